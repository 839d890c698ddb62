"""Cash and stock some weeks ahead if purchases go on as they did: a plain sum, with interval."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

__all__ = ["CashAhead", "cash_ahead", "cash_path"]

_Z = 1.6449
"""Half of a 90 % interval in standard errors."""


@dataclass(frozen=True)
class CashAhead:
    """What follows if the range goes on growing, and if it stops today.

    Args:
        table: One row per week ahead: ``week, receipts, operating, payments`` (of goods
            ordered before and of those ordered at today's pace), ``cash, low, high`` (90 %
            interval), ``cash_stop`` (if from today only what sells is reordered), ``days`` (of
            stock).
        cash: Money on hand today.
        assumed: Whether that is an assumption.
        pace: Goods ordered per week of late, at cost.
        wait: Days from ordering to paying.
        weeks_left: Weeks until the cash is gone; None where it is not within the horizon.
        first, last: The same at the lower and upper edge of the interval.
        need: Deepest shortfall within the horizon, as money missing; zero without one.
        operating: Cost of running the shop, share of sales.
    """

    table: pd.DataFrame
    cash: float
    assumed: bool
    pace: float
    wait: int
    weeks_left: int | None
    first: int | None
    last: int | None
    need: float
    operating: float

    @property
    def saved(self) -> float:
        """Money at the horizon that stopping today keeps in the till."""
        end = self.table.iloc[-1]
        return float(end["cash_stop"] - end["cash"])


def cash_path(weeks: pd.DataFrame, cash: float, operating: float) -> pd.Series:
    """Cash after each week: what customers paid less suppliers and running the shop.

    Args:
        weeks: From ``range_weeks``.
        cash: Money on hand before the first week.
        operating: Cost of running the shop without goods, share of sales.

    Example:
        >>> weeks = pd.DataFrame({"sales": [100.0, 100.0], "paid": [50.0, 90.0]})
        >>> cash_path(weeks, 10.0, 0.3).tolist()
        [30.0, 10.0]
    """
    return cash + (weeks["sales"] * (1 - operating) - weeks["paid"]).cumsum()


def cash_ahead(
    weeks: pd.DataFrame,
    end: date,
    *,
    wait: int,
    horizon: int,
    operating: float,
    cash: float,
    assumed: bool,
    pace_weeks: int = 4,
) -> CashAhead:
    """Add up what is known to come and what goes on as it was.

    Sales follow last year's weeks at this year's level; where there is no year before, the
    mean of what is on record. Goods are paid ``wait`` days after they are ordered, so the
    payments of the next weeks are known already; later ones go on at the pace of the last
    ``pace_weeks`` weeks. The interval takes the scatter of weekly sales about that
    expectation and of weekly orders about their pace as independent from week to week, and a
    standard error of the pace common to all weeks.

    Args:
        weeks: From ``range_weeks``.
        end: The morning.
        wait: Days from ordering to paying.
        horizon: Weeks ahead.
        operating: Cost of running the shop, share of sales.
        cash: Money on hand.
        assumed: Whether that is an assumption.
        pace_weeks: Weeks that make the pace.
    """
    lag = round(wait / 7)
    sales, spread = _sales_ahead(weeks["sales"].to_numpy(float), horizon)
    year = weeks[["cogs", "sales"]].tail(52).sum()
    cost_share = float(year["cogs"]) / max(float(year["sales"]), 1e-9)
    late = weeks["ordered"].tail(pace_weeks).to_numpy(float)
    pace = float(late.mean())
    noise = float(late.std(ddof=1)) if len(late) > 1 else 0.0
    ordered = weeks["ordered"].to_numpy(float)
    owed = ordered[max(len(ordered) - lag, 0) :][:horizon]
    owed = np.concatenate([np.zeros(min(lag, horizon) - len(owed)), owed]) if lag else owed[:0]
    later = horizon - len(owed)
    goes_on = np.concatenate([owed, np.full(later, pace)])
    reorder = sales * cost_share
    stops = np.concatenate([owed, reorder[:later]])
    kept = sales * (1 - operating)
    path = cash + np.cumsum(kept - goes_on)
    stop = cash + np.cumsum(kept - stops)
    n = np.arange(1, horizon + 1)
    ahead = np.maximum(n - len(owed), 0)
    wide = _Z * np.sqrt(
        n * (spread * (1 - operating)) ** 2 + ahead * noise**2 + (ahead * noise) ** 2 / len(late)
    )
    # Goods come in after about two weeks and leave at their cost: what is bought piles up.
    stock = float(weeks["stock"].iloc[-1]) + np.cumsum(pace - reorder)
    table = pd.DataFrame({
        "week": pd.Timestamp(end) + pd.to_timedelta(np.arange(horizon) * 7, unit="D"),
        "receipts": sales, "operating": sales * operating, "payments": goes_on, "cash": path,
        "low": path - wide, "high": path + wide, "cash_stop": stop,
        "days": np.maximum(stock, 0.0) / np.maximum(reorder.mean() / 7, 1e-9),
    })  # fmt: skip
    return CashAhead(
        table=table,
        cash=cash,
        assumed=assumed,
        pace=pace,
        wait=wait,
        weeks_left=_gone(path),
        first=_gone(path - wide),
        last=_gone(path + wide),
        need=max(-float(path.min()), 0.0),
        operating=operating,
    )


def _gone(path: np.ndarray) -> int | None:
    below = np.flatnonzero(path < 0)
    return int(below[0]) + 1 if len(below) else None


def _sales_ahead(sales: np.ndarray, horizon: int) -> tuple[np.ndarray, float]:
    """Weekly sales ahead, and the scatter of a week about what was expected of it."""
    if len(sales) < 52:
        mean = float(sales.mean())
        return np.full(horizon, mean), float(sales.std(ddof=1)) if len(sales) > 1 else 0.0
    year = sales[-52:]
    last = np.resize(year, horizon)
    level, scatter = 1.0, float(year.std(ddof=1)) / 2
    if len(sales) >= 65:
        # This year's level is measured on the last quarter against the same of last year.
        level = float(sales[-13:].sum() / max(sales[-65:-52].sum(), 1e-9))
        level = float(np.clip(level, 0.5, 2.0))
        known = min(len(sales) - 52, 26)
        scatter = float(np.std(sales[-known:] - level * sales[-52 - known : -52], ddof=1))
    return last * level, scatter

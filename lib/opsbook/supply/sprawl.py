"""Assortment sprawl: does the range grow faster than sales, and when does the cash run out?"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.cash_ahead import CashAhead, cash_ahead
from opsbook.supply.range_weeks import payable_days, range_weeks
from opsbook.supply.stock_items import in_range, stock_end

__all__ = ["SIGNALS", "Sprawl", "SprawlLimits", "looks", "sprawl", "sprawl_index"]

SIGNALS = ("range", "outrun", "stock", "cash")
"""The range grows fast; faster than sales; goods are ordered faster than they sell; the cash
runs out within the horizon."""
_LEAST_WEEKS = 26


@dataclass(frozen=True)
class SprawlLimits:
    """When a signal is given, and what is assumed about cash.

    Args:
        weeks: Weeks a change is measured over, 4 to 26.
        growth: Growth of SKUs with stock over these weeks that is called fast.
        outrun: SKUs may grow by this much more than sales before it counts.
        buying: Goods ordered per goods sold, both at cost, above which stock is piling up.
        horizon: Weeks looked ahead for the cash.
        operating: Cost of running the shop without goods, as a share of sales (assumed).
        reserve_weeks: Cash on hand, in weeks of sales, where it is not told (assumed).
    """

    weeks: int = 4
    growth: float = 0.10
    outrun: float = 0.05
    buying: float = 1.35
    horizon: int = 26
    operating: float = 0.30
    reserve_weeks: float = 8.0

    def __post_init__(self) -> None:
        in_range("weeks", self.weeks, 4, 26)
        in_range("growth", self.growth, 0.01, 5)
        in_range("buying", self.buying, 0.5, 10)
        in_range("horizon", self.horizon, 4, 104)
        in_range("operating", self.operating, 0, 0.95)
        in_range("reserve_weeks", self.reserve_weeks, 0, 520)


@dataclass(frozen=True)
class Sprawl:
    """The state of the range on one morning, and where it leads.

    Args:
        end: The morning.
        weeks: From ``range_weeks``.
        signals: One row per signal in SIGNALS: ``signal, figure, limit, given``.
        index: Growth of SKUs over growth of sales against a year before, 1 is in step.
        skus: SKUs with stock now; ``skus_before`` at the start of the measured weeks.
        days_of_stock: Stock at cost over cost of goods sold a day, last 13 weeks;
            ``days_before`` the same a year (or half a year) before.
        tied_up: Stock beyond what the days of before would ask for, at cost.
        ahead: Cash and days of stock if it goes on like this.
        limits: When signals are given.
        currency, shop: ISO code, title.
    """

    end: date
    weeks: pd.DataFrame
    signals: pd.DataFrame
    index: float
    skus: int
    skus_before: int
    days_of_stock: float
    days_before: float
    tied_up: float
    ahead: CashAhead
    limits: SprawlLimits
    currency: str
    shop: str

    @property
    def called(self) -> bool:
        """Whether the range is out of hand: all four signals at once."""
        return bool(self.signals["given"].all())

    def figure(self, signal: str) -> float:
        """Figure of a signal."""
        return float(self.signals.set_index("signal").loc[signal, "figure"])


def sprawl_index(skus_growth: float, sales_growth: float) -> float:
    """How far the range runs ahead of sales: growth factor over growth factor.

    Args:
        skus_growth: Growth of SKUs as a fraction.
        sales_growth: Growth of sales as a fraction over the same time.

    Returns:
        1 in step, above 1 sprawling; NaN where sales fell to nothing.

    Example:
        >>> sprawl_index(1.0, 0.25)
        1.6
    """
    factor = 1 + sales_growth
    return (1 + skus_growth) / factor if factor > 0 else float("nan")


@shared
def sprawl(
    shop: Shop,
    end: date | None = None,
    *,
    limits: SprawlLimits | None = None,
    cash: float | None = None,
) -> Sprawl:
    """Judge the growth of the range on a morning, with what was known then.

    Args:
        shop: What ``range_weeks`` needs.
        end: The morning; the one after the last stock record unless given.
        limits: When signals are given, and what is assumed.
        cash: Money on hand; ``limits.reserve_weeks`` of sales unless given.

    Raises:
        CannotTell: A table is missing, nothing is sold, or under 26 weeks are on record.
    """
    limits = limits or SprawlLimits()
    end = end or stock_end(shop)
    table = range_weeks(shop, end)
    if len(table) < _LEAST_WEEKS:
        raise CannotTell(
            N_("sprawl needs {least} weeks of stock; {have} are on record"),
            least=_LEAST_WEEKS,
            have=len(table),
        )
    recent = table.tail(limits.weeks)
    quarter = table.tail(13)
    if not quarter["cogs"].sum() > 0:
        raise CannotTell(N_("nothing with a known cost was sold in the last {n} weeks"), n=13)
    skus, before = float(table["skus"].iloc[-1]), float(table["skus"].iloc[-1 - limits.weeks])
    growth = skus / before - 1 if before > 0 else 0.0
    sold = _sales_growth(table, limits.weeks)
    outrun = growth - sold
    buying = float(recent["ordered"].sum()) / max(float(_usual_cogs(table, limits.weeks)), 1e-9)
    ahead = cash_ahead(
        table,
        end,
        wait=payable_days(shop, end),
        horizon=limits.horizon,
        operating=limits.operating,
        cash=limits.reserve_weeks * float(table["sales"].tail(52).mean()) if cash is None else cash,
        assumed=cash is None,
        pace_weeks=limits.weeks,
    )
    runs_out = ahead.weeks_left
    rows = [
        ("range", growth, limits.growth, growth > limits.growth),
        ("outrun", outrun, limits.outrun, outrun > limits.outrun),
        ("stock", buying, limits.buying, buying > limits.buying),
        ("cash", float("nan") if runs_out is None else float(runs_out), float(limits.horizon),
         runs_out is not None),
    ]  # fmt: skip
    now_days, old_days = _days(quarter), _days(_earlier(table))
    daily = float(quarter["cogs"].sum()) / (len(quarter) * 7)
    return Sprawl(
        end=end,
        weeks=table,
        signals=pd.DataFrame(rows, columns=["signal", "figure", "limit", "given"]),
        index=sprawl_index(*_long_growth(table)),
        skus=int(skus),
        skus_before=int(before),
        days_of_stock=now_days,
        days_before=old_days,
        tied_up=max(now_days - old_days, 0.0) * daily,
        ahead=ahead,
        limits=limits,
        currency=shop.currency,
        shop=shop.title,
    )


def _sales_growth(table: pd.DataFrame, weeks: int) -> float:
    """Growth of the yearly pace of sales over the last weeks; seasons cancel in a year."""
    sales = table["sales"]
    span = min(52, len(table) - weeks)
    now, before = sales.tail(span).mean(), sales.iloc[:-weeks].tail(span).mean()
    return float(now / before - 1) if before > 0 else 0.0


def _usual_cogs(table: pd.DataFrame, weeks: int) -> float:
    """Cost of goods sold in as many weeks: the higher of the year's pace and the last weeks.

    Before a festival a shop orders for weeks to come; a year ago's next eight weeks say how
    much that is.
    """
    cogs = table["cogs"]
    likely = [float(cogs.tail(52).mean()) * weeks, float(cogs.tail(weeks).sum())]
    if len(cogs) >= 52 + weeks:
        place = len(cogs) - 52
        next_weeks = cogs.iloc[place - weeks : place + 8].rolling(weeks).sum().max()
        likely.append(float(next_weeks))
    return max(likely)


def _days(part: pd.DataFrame) -> float:
    cogs = float(part["cogs"].sum())
    return float(part["stock"].mean()) / (cogs / (len(part) * 7)) if cogs > 0 else float("nan")


def _earlier(table: pd.DataFrame) -> pd.DataFrame:
    """The same 13 weeks a year before, else the first 13 on record."""
    return table.iloc[-65:-52] if len(table) >= 65 else table.head(13)


def _long_growth(table: pd.DataFrame) -> tuple[float, float]:
    """Growth of SKUs and of sales, last 13 weeks against the earlier ones."""
    now, old = table.tail(13), _earlier(table)
    pairs = [(float(now[c].mean()), float(old[c].mean())) for c in ("skus", "sales")]
    skus, sales = (a / b - 1 if b > 0 else 0.0 for a, b in pairs)
    return skus, sales


def looks(end: date, weeks: int) -> list[date]:
    """Weekly mornings up to ``end``, oldest first, to replay the alarm on the past."""
    return [end - timedelta(weeks=k) for k in range(weeks, -1, -1)]

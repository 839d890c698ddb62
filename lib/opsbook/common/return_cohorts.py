"""Sales and returns by day of sale, completed: the curve of delays, months, one period."""

from datetime import date

import numpy as np
import pandas as pd

from opsbook.common.nowcast import DelayCurve, delay_curve, fit_prior, nowcast
from opsbook.shop.periods import Period

__all__ = ["cohort_nowcast", "curve_of", "period_nowcast"]


def curve_of(asked: pd.DataFrame, start: date, known: date, longest: int) -> DelayCurve:
    """The delay from sale to request, from all sales since ``start``.

    Args:
        asked: From ``asked_by_day``.
        start: First day of sales.
        known: Day from which on nothing is known.
        longest: Days after which returns no longer come; later ones count as of that day.
    """
    rows = (known - start).days
    table = np.zeros((rows, longest + 1))
    day = (asked["day"] - pd.Timestamp(start)).dt.days.to_numpy()
    inside = (asked["delay"].to_numpy() <= longest) & (day >= 0)
    np.add.at(
        table,
        (day[inside], asked["delay"].to_numpy()[inside]),
        asked["returns"].to_numpy()[inside],
    )
    return delay_curve(table)


def cohort_nowcast(
    sold: pd.DataFrame, asked: pd.DataFrame, curve: DelayCurve, known: date, level: float
) -> tuple[pd.DataFrame, float]:
    """Months of purchase completed, and how bunched returns come.

    Args:
        sold: From ``sold_by_day``.
        asked: From ``asked_by_day``.
        curve: Delay from sale to request.
        known: Day from which on nothing is known.
        level: Confidence of the intervals.
    """
    days = _by_day(sold, asked, curve, known)
    months = days.groupby(days["day"].dt.to_period("M"))
    table = months.agg(
        lines=("lines", "sum"), asked=("asked", "sum"), exposure=("exposure", "sum"),
        slack=("slack", "sum"),
    )  # fmt: skip
    prior = fit_prior(table["asked"], table["exposure"])
    phi = _bunching(days)
    done = nowcast(
        table["asked"], table["lines"], table["exposure"], table["slack"] ** 2,
        prior=prior, dispersion=phi, level=level,
    )  # fmt: skip
    table = table.assign(
        raw=table["asked"] / table["lines"], grown=table["exposure"] / table["lines"],
        to_come=done.to_come, low=done.low, high=done.high,
        rate=done.rate, rate_low=done.rate_low, rate_high=done.rate_high,
    )  # fmt: skip
    table = table.drop(columns=["exposure", "slack"]).rename_axis("month").reset_index()
    return table.assign(month=table["month"].dt.to_timestamp()), phi


def _by_day(
    sold: pd.DataFrame, asked: pd.DataFrame, curve: DelayCurve, known: date
) -> pd.DataFrame:
    """Lines and returns per day of sale, with the part of its returns that is known."""
    per = asked.groupby("day")["returns"].sum()
    age = (pd.Timestamp(known) - sold["day"]).dt.days.to_numpy() - 1
    n = sold["lines"].to_numpy(float)
    return pd.DataFrame(
        {
            "day": sold["day"], "lines": n, "asked": sold["day"].map(per).fillna(0.0).to_numpy(),
            "exposure": n * curve.at(age), "slack": n * np.sqrt(curve.variance_at(age)),
        }
    )  # fmt: skip


def _bunching(days: pd.DataFrame) -> float:
    """Variance of weekly returns over their mean, given the month's rate; at least 1."""
    weeks = days.groupby(days["day"].dt.to_period("W"))[["asked", "exposure"]].sum()
    weeks = weeks[weeks["exposure"] > 0]
    near = weeks.rolling(9, center=True, min_periods=3).sum()
    mean = weeks["exposure"] * near["asked"] / near["exposure"]
    told = mean > 1
    if told.sum() < 8:
        return 1.0
    # A week is a ninth of its own mean: its residual is smaller by as much.
    chi = (weeks["asked"] - mean)[told] ** 2 / mean[told]
    return max(1.0, float(chi.sum() / (told.sum() * 8 / 9)))


def period_nowcast(
    sold: pd.DataFrame,
    asked: pd.DataFrame,
    curve: DelayCurve,
    known: date,
    period: Period,
    phi: float,
    level: float,
) -> dict[str, float]:
    """The sales of one period completed: ``lines``, and the fields of ``Nowcast``.

    Args:
        sold: From ``sold_by_day``.
        asked: From ``asked_by_day``.
        curve: Delay from sale to request.
        known: Day from which on nothing is known.
        period: Days of sale.
        phi: How bunched returns come, from ``cohort_nowcast``.
        level: Confidence of the intervals.
    """
    days = _by_day(sold, asked, curve, known)
    months = days.groupby(days["day"].dt.to_period("M"))[["asked", "exposure"]].sum()
    inside = days["day"].between(
        pd.Timestamp(period.start), pd.Timestamp(period.end), inclusive="left"
    )
    mine = days[inside][["lines", "asked", "exposure", "slack"]].sum()
    done = nowcast(
        [mine["asked"]], [mine["lines"]], [mine["exposure"]], [mine["slack"] ** 2],
        prior=fit_prior(months["asked"], months["exposure"]), dispersion=phi, level=level,
    )  # fmt: skip
    values = {name: float(getattr(done, name)[0]) for name in done.__dataclass_fields__}
    return {**values, "lines": float(mine["lines"])}

"""Who comes back, by month and channel of the first purchase, as far as it can be seen yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, t
from opsbook.lifecycle.cohort_compared import compare_channels
from opsbook.lifecycle.cohort_triangle import retention_triangle
from opsbook.lifecycle.day_edges import NEEDS
from opsbook.lifecycle.newcomers import Clock, Newcomers, newcomers
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = [
    "NEEDS",
    "WINDOWS",
    "Cohorts",
    "cohorts",
    "compare_channels",
    "retention_curve",
    "retention_triangle",
    "retention_windows",
]

WINDOWS = (7, 30, 90)
"""Days of the source's retention figures (001)."""


@dataclass(frozen=True)
class Cohorts:
    """Retention of new customers.

    ``back within N days`` means: bought again on another day, 1 to N days after the first
    purchase. A customer whose N days are not over is in no N-day figure.

    Args:
        new: Who counts as new.
        windows: From ``retention_windows``: all, by channel, by month.
        curve: From ``retention_curve``: all and by channel.
        triangle: From ``retention_triangle``.
        compared: From ``compare_channels``: first return; empty without two channels of 100.
        again: The same for the third purchase, of those who made a second: who stays after
            coming back once.
        level: Confidence of the intervals.
    """

    new: Newcomers
    windows: pd.DataFrame
    curve: pd.DataFrame
    triangle: pd.DataFrame
    compared: pd.DataFrame
    again: pd.DataFrame
    level: float

    def rate(self, days: int, channel: str | None = None) -> pd.Series | None:
        """The N-day row of the whole shop or a channel; None where it cannot be seen yet."""
        kind = "all" if channel is None else "channel"
        rows = self.windows[(self.windows["kind"] == kind) & (self.windows["days"] == days)]
        if channel is not None:
            rows = rows[rows["group"] == channel]
        if rows.empty or rows["rate"].isna().all():
            return None
        row: pd.Series = rows.iloc[0]
        return row


def cohorts(
    shop: Shop,
    *,
    end: date | None = None,
    days: Sequence[int] = WINDOWS,
    clock: Clock = "calendar",
    level: float = 0.95,
    horizon_days: int = 180,
) -> Cohorts:
    """Follow new customers from their first purchase.

    Args:
        shop: Needs ``orders.customer_id``; uses ``customers.signup_date`` and ``channel``.
        end: Day after the last one to count; all of the data unless given.
        days: Windows, each 1 or more.
        clock: ``calendar`` (difference of dates) or ``24h`` (full periods of 24 hours).
        level: Confidence of the intervals, 0.5 to 0.999.
        horizon_days: Length of the curve.

    Raises:
        CannotTell: Customers are not named, nobody is new, or no window is over yet.
        ParameterError: A window is shorter than a day, or a parameter is out of range.
    """
    if not days or min(days) < 1:
        raise ParameterError(
            N_("days {value} holds no window of 1 day or more; use such as 7, 30, 90"),
            value=", ".join(map(str, days)) or "()",
        )
    new, triangle, compared, again = _followed(shop, end, days, clock, level)
    cells = new.cells
    windows = retention_windows(cells, days, level=level)
    curve = retention_curve(cells, horizon_days, level=level)
    return Cohorts(new, windows, curve, triangle, compared, again, level)


@shared
def _followed(
    shop: Shop, end: date | None, days: Sequence[int], clock: Clock, level: float
) -> tuple[Newcomers, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Who is new, when they bought later, and how channels compare at the longest window."""
    new = newcomers(shop, end=end, clock=clock)
    cells = new.cells
    if (cells["follow"] < min(days)).all():
        raise CannotTell(
            N_(
                "no new customer has been observed for {days} days yet: the data run from "
                "{start} to {last}"
            ),
            days=min(days),
            start=new.span.start,
            last=new.span.end - timedelta(days=1),
        )
    longest = [d for d in days if (cells["follow"] >= d).any()]
    return (
        new,
        retention_triangle(shop, new),
        compare_channels(cells, max(longest), level=level),
        compare_channels(new.second_cells, max(longest), level=level),
    )


def retention_windows(
    cells: pd.DataFrame, days: Sequence[int] = WINDOWS, *, level: float = 0.95
) -> pd.DataFrame:
    """Share of new customers back within N days: whole shop, channels, months.

    For the shop and a channel the figure rests on every customer whose N days are over.
    For a month it is blank until they are over for all its customers: the early ones alone
    are not the month.

    Args:
        cells: ``Newcomers.cells``.
        days: Windows in days.
        level: Confidence of the intervals.

    Returns:
        One row per group and window: ``kind`` (all, channel, month), ``group`` (month as
        YYYY-MM), ``days, customers`` (all of the group), ``observed`` (N days over),
        ``back, rate, low, high`` (fractions; missing where not observable).
    """
    frames = []
    named = cells.assign(
        all=t("All"),
        channel=cells["channel"].fillna(t("not stated")),
        month=cells["month"].dt.strftime("%Y-%m"),
    )
    for kind in ("all", "channel", "month"):
        for n in days:
            seen = named["follow"] >= n
            back = seen & (named["gap"] <= n)
            sums = (
                named.assign(
                    observed=named["customers"].where(seen, 0),
                    back=named["customers"].where(back, 0),
                )
                .groupby(kind)[["customers", "observed", "back"]]
                .sum()
            )
            known = sums["observed"] > 0
            if kind == "month":
                known = sums["observed"] == sums["customers"]
            sums["rate"] = (sums["back"] / sums["observed"].where(known)).astype(float)
            low, high = wilson(sums["back"], sums["observed"].where(known), level)
            frame = sums.assign(kind=kind, days=n, low=low, high=high)
            frames.append(frame.rename_axis("group").reset_index())
    columns = ["kind", "group", "days", "customers", "observed", "back", "rate", "low", "high"]
    return pd.concat(frames, ignore_index=True)[columns]


def retention_curve(
    cells: pd.DataFrame, horizon_days: int = 180, *, level: float = 0.95
) -> pd.DataFrame:
    """Share back within 1, 2, 3 ... days, each over the customers observed that long.

    Day by day it is the figure of ``retention_windows``, so curve and table agree.

    Args:
        cells: ``Newcomers.cells``.
        horizon_days: Last day.
        level: Confidence of the band.

    Returns:
        One row per group and day: ``group`` (empty for all), ``day, observed, back, rate,
        low, high``; days on which fewer than 20 customers are observed are left out.
    """
    horizon = int(min(horizon_days, cells["follow"].max()))
    span = np.arange(1, horizon + 1)
    groups = {"": cells} | {
        str(name): part for name, part in cells.groupby(cells["channel"].fillna(t("not stated")))
    }
    frames = []
    for name, part in groups.items():
        weight = part["customers"].to_numpy(float)
        follow, gap = part["follow"].to_numpy(int), part["gap"].to_numpy(float)
        observed = _at_least(follow, weight, horizon)
        came = (gap <= follow) & (gap <= horizon)
        first = gap[came].astype(int)
        # In the count from the day they came back to the last day they are observed.
        came_by = np.cumsum(np.bincount(first, weight[came], horizon + 2)[: horizon + 1])
        gone = np.bincount(np.minimum(follow[came] + 1, horizon + 1), weight[came], horizon + 2)
        back = (came_by - np.cumsum(gone[: horizon + 1]))[1:]
        low, high = wilson(back, observed, level)
        frame = pd.DataFrame({"group": name, "day": span, "observed": observed, "back": back})
        frame = frame.assign(rate=back / np.where(observed > 0, observed, np.nan))
        frames.append(frame.assign(low=low, high=high)[observed >= 20])
    return pd.concat(frames, ignore_index=True)


def _at_least(follow: np.ndarray, weight: np.ndarray, horizon: int) -> np.ndarray:
    """Customers followed for 1, 2 ... ``horizon`` days or longer."""
    by_day = np.bincount(np.clip(follow, 0, horizon), weight, horizon + 1)
    longer: np.ndarray = by_day[::-1].cumsum()[::-1][1:]
    return longer

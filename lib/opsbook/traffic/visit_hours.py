"""When visitors come and when they buy: by hour, weekday and class of traffic.

The claim that search is a weekday's habit and content an evening's and a weekend's is put to
the shop's own visits, week by week, so that one festival does not decide it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["EVENING", "NEEDS", "VisitHours", "visit_hours"]

NEEDS = {"sessions": ("session_id", "start_ts")}
EVENING = range(19, 23)
"""Hours called evening: 19:00 to 22:59."""


@dataclass(frozen=True)
class VisitHours:
    """Visits and orders of a period by time.

    Args:
        grid: One row per weekday (0 Monday to 6) and hour with all 168 cells: ``weekday,
            hour, visits, orders, rate`` (orders per visit, drawn towards the hour's and the
            weekday's rate where there are few visits), ``rate_raw``.
        classes: One row per class of traffic, by visits: ``source_class, visits, share``,
            ``weekend`` (visits of a weekend day over those of a weekday) with
            ``weekend_low, weekend_high``, ``evening`` (share of visits 19 to 23 h) with
            bounds, ``weekend_all, evening_all`` (the same of all visits) and
            ``weekend_differs, evening_differs`` (beyond chance, corrected for the number of
            classes). Empty without ``sessions.source_class``.
        weeks: One row per week and class: ``week, source_class, visits, share``.
        period: Days counted.
        whole_weeks: How many whole weeks the bounds rest on.
        level: Confidence of the bounds.
        shop: Title of the shop.
    """

    grid: pd.DataFrame
    classes: pd.DataFrame
    weeks: pd.DataFrame
    period: Period
    whole_weeks: int
    level: float
    shop: str

    @property
    def best(self) -> pd.Series:
        """The cell with the most orders."""
        return self.grid.loc[self.grid["orders"].idxmax()]


@shared
def visit_hours(shop: Shop, period: Period, *, level: float = 0.95) -> VisitHours:
    """Count visits and orders by hour of the shop's own time.

    Args:
        shop: Needs sessions; ``source_class`` gives the classes.
        period: Days to count.
        level: Confidence of the bounds, 0.5 to 0.999.

    Raises:
        CannotTell: There is no visit in the period, or all are at one single hour: the
            data holds days and no times.
    """
    shop.require(NEEDS)
    visits = in_days(shop.sessions, period.start, period.end, "start_ts")
    named = "source_class" in visits.columns
    by_class = {"source_class": visits.source_class.fill_null("")} if named else {}
    cells = visits.group_by(
        day=visits.start_ts.date(), hour=visits.start_ts.hour(), **by_class
    ).aggregate(visits=visits.count())  # fmt: skip
    frame: pd.DataFrame = cells.execute()
    if not len(frame):
        raise CannotTell(N_("there is no visit in {period}"), period=str(period))
    if frame["hour"].nunique() == 1:
        raise CannotTell(
            N_("all visits began in the same hour: the data holds days and no times of day")
        )
    frame["day"] = pd.to_datetime(frame["day"])
    frame["weekday"] = frame["day"].dt.day_of_week
    bought = _orders(in_days(paid_orders(shop), period.start, period.end))
    grid = _grid(frame, bought)
    classes, weeks = pd.DataFrame(), pd.DataFrame()
    whole = period.days // 7
    if named and (frame["source_class"] != "").any():
        classes, weeks = _classes(frame, period, whole, level)
    return VisitHours(grid, classes, weeks, period, whole, level, shop.title)


def _orders(orders: Frame) -> pd.DataFrame:
    sums = orders.group_by(day=orders.day, hour=orders.order_ts.hour())
    found: pd.DataFrame = sums.aggregate(orders=orders.count()).execute()
    return found.assign(weekday=pd.to_datetime(found["day"]).dt.day_of_week)


def _grid(frame: pd.DataFrame, bought: pd.DataFrame) -> pd.DataFrame:
    cells = pd.MultiIndex.from_product([range(7), range(24)], names=["weekday", "hour"])
    keys = ["weekday", "hour"]
    grid = pd.DataFrame(index=cells)
    grid["visits"] = frame.groupby(keys)["visits"].sum().reindex(cells, fill_value=0)
    grid["orders"] = bought.groupby(keys)["orders"].sum().reindex(cells, fill_value=0)
    grid = grid.reset_index().astype({"visits": np.float64, "orders": np.float64})
    seen = grid["visits"] > 0
    grid["rate_raw"] = (grid["orders"] / grid["visits"].where(seen)).astype(np.float64)
    # Expected from hour and weekday alone, and as many visits of belief as the cells differ.
    whole = max(grid["visits"].sum(), 1.0)
    rate = grid["orders"].sum() / whole
    parts = [
        grid.groupby(k)["orders"].transform("sum")
        / grid.groupby(k)["visits"].transform("sum").clip(lower=1)
        for k in keys
    ]
    prior = (parts[0] * parts[1] / rate) if rate > 0 else pd.Series(0.0, grid.index)
    expected = prior * grid["visits"]
    excess = float(((grid["orders"] - expected) ** 2 - expected)[seen].sum())
    size = float((prior**2 * grid["visits"] ** 2)[seen].sum())
    variance = excess / size if size > 0 else 0.0
    # Gamma prior: its strength in expected orders is one over the relative variance.
    strength = 1 / max(variance, 1e-6)
    grid["rate"] = prior * (grid["orders"] + strength) / (expected + strength)
    return grid


def _classes(
    frame: pd.DataFrame, period: Period, whole: int, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = frame[frame["source_class"] != ""]
    frame = frame.assign(
        week=(frame["day"] - pd.Timestamp(period.start)).dt.days // 7,
        weekend=frame["visits"].where(frame["weekday"] >= 5, 0),
        evening=frame["visits"].where(frame["hour"].isin(EVENING), 0),
    )
    weeks = frame.groupby(["week", "source_class"], as_index=False)[
        ["visits", "weekend", "evening"]
    ].sum()
    weeks["share"] = weeks["visits"] / weeks.groupby("week")["visits"].transform("sum")
    every = weeks.groupby("week")[["visits", "weekend", "evening"]].sum()
    rows = []
    for name, part in weeks.groupby("source_class"):
        row = {"source_class": name, "visits": float(part["visits"].sum())}
        full = part[part["week"] < whole].set_index("week")
        for measure in ("weekend", "evening"):
            row |= _against(measure, full, every.loc[full.index], part, every, level)
        rows.append(row)
    classes = pd.DataFrame(rows).sort_values("visits", ascending=False, ignore_index=True)
    classes["share"] = classes["visits"] / classes["visits"].sum()
    for measure in ("weekend", "evening"):
        classes[f"{measure}_differs"] = _holm(classes[f"{measure}_p"], 1 - level)
    start = pd.Timestamp(period.start)
    weeks = weeks.assign(week=start + pd.to_timedelta(weeks["week"] * 7, unit="D"))
    return classes, weeks[["week", "source_class", "visits", "share"]]


def _measure(measure: str, part: pd.DataFrame) -> pd.Series:
    share = part[measure] / part["visits"]
    if measure == "evening":
        return share
    # Visits of one weekend day over those of one weekday.
    return (share / 2) / ((1 - share) / 5).where(share < 1)


def _against(
    measure: str,
    full: pd.DataFrame,
    every: pd.DataFrame,
    part: pd.DataFrame,
    all_weeks: pd.DataFrame,
    level: float,
) -> dict[str, float]:
    """The class's measure, its bounds from week to week, and whether all visits differ."""
    from scipy import stats

    own = _measure(measure, part[["visits", measure]].sum().to_frame().T).iloc[0]
    base = _measure(measure, all_weeks[["visits", measure]].sum().to_frame().T).iloc[0]
    weekly = _measure(measure, full).dropna()
    low = high = p = float("nan")
    if len(weekly) >= 4:
        half = stats.t.ppf((1 + level) / 2, len(weekly) - 1) * weekly.std() / len(weekly) ** 0.5
        low, high = own - half, own + half
        apart = (weekly - _measure(measure, every)).dropna()
        if apart.std() > 0:
            p = float(stats.ttest_1samp(apart, 0.0).pvalue)
    return {
        measure: float(own), f"{measure}_low": float(low), f"{measure}_high": float(high),
        f"{measure}_all": float(base), f"{measure}_p": p,
    }  # fmt: skip


def _holm(p: pd.Series, rate: float) -> pd.Series:
    """Whether each holds when all of them are looked at (Holm)."""
    known = p.dropna().sort_values()
    limits = rate / np.arange(len(known), 0, -1)
    holds = (known.to_numpy() <= limits).astype(bool)
    holds = np.logical_and.accumulate(holds)
    return pd.Series(holds, known.index).reindex(p.index, fill_value=False)

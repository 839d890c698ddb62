"""Where each product stands in its life: new, growth, mature, decline, or dormant.

A product is measured against its own category: the trend is that of its share in the
category's purchases, so a season or a sale that moves the whole category moves no stage.
A category that shrinks as a whole is therefore no decline of its products.

Hundreds of products are tested at once, so growth and decline are called with the share of
false calls held down over all of them, not with each product's own interval.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd
from ibis import Table as Frame
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.market.share_trend import share_trend
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["FALSE_CALLS", "NEEDS", "STAGES", "stages"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku"),
}
Floats = NDArray[np.float64]
STAGES = ("new", "growth", "mature", "decline", "dormant", "unknown")
"""``unknown``: too little data to tell."""
FALSE_CALLS = 0.05
"""Share of growth and decline calls, of all made, that may be false on average."""
HISTORY = 52
_WINDOWS = (26, 52)
"""No shorter ones: in 13 weeks a promotion of a month is a trend."""
_ENOUGH, _FEWEST = 100, 20
"""Purchases that decide for a window, and below which no trend is read at all."""
_MOVED = 0.15
_WIDEST = (-0.6, 1.5)
_FALLEN = 0.4
_LATELY, _STILL = 13, 0.9
"""Weeks in which growth has to go on, and level of the interval that shows it (5 % a side)."""
_SURPRISE = 3.0
"""Purchases expected and not seen that show a product was not there: chance below 5 %."""


@shared
def stages(
    shop: Shop, *, end: date, new_weeks: int = 13, dormant_weeks: int = 8, level: float = 0.95
) -> pd.DataFrame:
    """Stage of every product sold in the year before ``end``, with the evidence.

    - new: on sale for at most ``new_weeks``, by launch date or, without one, by a first sale
      so late that at its pace it would have sold before;
    - dormant: silent for ``dormant_weeks`` in which three purchases or more were due;
    - growth: its share rose, by 15 % or more over the window, and still rises in the last 13
      weeks (one-sided, 5 %), so that it has not levelled off since;
    - decline: its share fell, by 15 % or more over the window or to 40 % or less of its best
      8 weeks;
    - mature: neither, and measured well enough to rule out that it more than halves or doubles
      (-60 % to +150 % over the window);
    - unknown: the rest.

    Every product with enough purchases that is neither new nor dormant is tested once: twice
    the smaller p-value of its two questions, trend and fall from the peak. Growth and decline
    need a Benjamini-Hochberg q-value of at most 5 % over all products tested. The window is
    chosen before the trend is looked at: 26 weeks where they hold 100 purchases, else 52 weeks
    where they hold 20.

    Args:
        shop: The shop; ``launch_date`` and ``category`` are used where known.
        end: Day after the last day counted, as in ``Period``.
        new_weeks: 4 to 52.
        dormant_weeks: 4 to 26.
        level: Of the trend's interval, 0.5 to 0.999; it decides for mature only.

    Returns:
        One row per product, by gmv: ``sku, category, stage, weeks_on_sale`` (nan when it was
        there before the data), ``purchases`` (in the window), ``window_weeks, trend,
        trend_low, trend_high`` (relative change of its share over the window), ``q_value`` (of
        growth or decline; nan where not tested), ``share_of_peak, gmv, gmv_before`` (last 13
        weeks and the 13 before, currency), ``against_category`` (gmv less what it would be
        had it moved like its category).

    Raises:
        ParameterError: An option is outside its range.
        CannotTell: Less than 8 whole weeks of data before ``end``, or nothing sold.

    Source:
        Levitt (1965), Exploit the Product Life Cycle, HBR 43; Benjamini and Hochberg (1995),
        JRSS B 57, 289-300. Thresholds are this project's.
    """
    _inside("new_weeks", new_weeks, 4, 52)
    _inside("dormant_weeks", dormant_weeks, 4, 26)
    _inside("level", level, 0.5, 0.999)
    data = data_days(shop)
    weeks = min(HISTORY, (end - data.start).days // 7)
    if weeks < 8:
        raise CannotTell(
            N_("life-cycle stages need 8 weeks before {end}; the data starts {start}"),
            end=end,
            start=data.start,
        )
    span = Period(end - timedelta(weeks=weeks), end)
    lines = sales_lines(shop)
    lines = lines.filter(lines.amount > 0, lines.day < end)
    products = _products(shop, lines, span)
    if products.empty:
        raise CannotTell(N_("no product was sold for money before {end}"), end=end)
    counts, totals = _counts(lines, span, products, weeks)
    launched = _launched(products, data, end)
    frame = products.assign(
        launched=launched, weeks_on_sale=(pd.Timestamp(end) - launched).dt.days / 7
    )
    new = frame["weeks_on_sale"] <= new_weeks
    dormant = _silent(frame, span, data, dormant_weeks) & ~new
    tested = ~(new | dormant).to_numpy(bool)
    frame = frame.join(_curve_stage(counts, totals, launched, span, level, tested))
    frame["stage"] = frame["stage"].mask(dormant, "dormant").mask(new, "new")
    frame = frame.sort_values(["gmv", "sku"], ascending=[False, True])
    columns = ["sku", "category", "stage", "weeks_on_sale", "purchases", "window_weeks"]
    columns += ["trend", "trend_low", "trend_high", "q_value", "share_of_peak"]
    return frame[[*columns, "gmv", "gmv_before", "against_category"]].reset_index(drop=True)


def _inside(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ParameterError(
            N_("{name} {value} must lie between {low} and {high}"),
            name=name,
            value=value,
            low=low,
            high=high,
        )


def _products(shop: Shop, lines: Frame, span: Period) -> pd.DataFrame:
    """One row per product sold in the span, by sku, with first and last sale and sales."""
    recent = Period(span.end - timedelta(weeks=13), span.end)
    earlier = recent.before()
    now = lines.day >= recent.start
    then = (lines.day >= earlier.start) & (lines.day < earlier.end)
    table = lines.group_by("sku", "category").aggregate(
        first=lines.day.min(),
        last=lines.day.max(),
        bought=lines.count(where=lines.day >= span.start),
        ever=lines.count(),
        gmv=lines.amount.sum(where=now),
        gmv_before=lines.amount.sum(where=then),
    )
    table = table.filter(table.bought > 0)
    if shop.has("products", "launch_date"):
        known = shop.products.select("sku", launch=shop.products.launch_date)
        table = table.left_join(known, "sku").drop("sku_right")
    frame = table.order_by("sku").execute()
    for column in ("first", "last", "launch"):
        frame[column] = pd.to_datetime(frame.get(column, pd.NaT))
    frame[["gmv", "gmv_before"]] = frame[["gmv", "gmv_before"]].fillna(0.0)
    sums = frame.groupby("category", dropna=False)[["gmv", "gmv_before"]].transform("sum")
    moved = sums["gmv"] / sums["gmv_before"].where(sums["gmv_before"] > 0)
    frame["against_category"] = frame["gmv"] - frame["gmv_before"] * moved
    return frame


def _counts(
    lines: Frame, span: Period, products: pd.DataFrame, weeks: int
) -> tuple[Floats, Floats]:
    """Purchases by product and week, and those of the product's category (or the shop)."""
    lines = in_days(lines, span.start, span.end)
    lines = lines.mutate(week=(lines.day.delta(span.start, unit="day") // 7).cast("int64"))
    per_group = lines.group_by("category", "week").aggregate(n=lines.count()).execute()
    cells = lines.group_by("sku", "week").aggregate(n=lines.count())
    dense = cells.group_by("sku").aggregate(all=cells.n.sum())
    cells = cells.semi_join(dense.filter(dense["all"] >= _FEWEST), "sku").execute()
    counts = np.zeros((len(products), weeks))
    row = pd.Index(products["sku"]).get_indexer(cells["sku"])
    counts[row, cells["week"]] = cells["n"]
    grid = per_group.pivot_table("n", "category", "week", "sum", fill_value=0, dropna=True)
    grid = grid.reindex(columns=range(weeks), fill_value=0)
    shop = per_group.groupby("week")["n"].sum().reindex(range(weeks), fill_value=0).to_numpy(float)
    place = grid.index.get_indexer(products["category"])
    totals = np.tile(shop, (len(products), 1))
    totals[place >= 0] = grid.to_numpy(float)[place[place >= 0]]
    # A product that is most of its category is compared with the shop instead of itself.
    rules = counts.sum(1) > 0.5 * totals.sum(1)
    totals[rules] = shop
    return counts, totals


def _launched(products: pd.DataFrame, data: Period, end: date) -> pd.Series:
    """First day on sale; not a time where the product may have been there before the data."""
    first, start = products["first"], pd.Timestamp(data.start)
    days = (pd.Timestamp(end) - first).dt.days.clip(lower=7)
    missed = products["ever"] / days * (first - start).dt.days
    guessed = first.where(missed >= _SURPRISE)
    return products["launch"].fillna(guessed)


def _curve_stage(
    counts: Floats,
    totals: Floats,
    launched: pd.Series,
    span: Period,
    level: float,
    tested: NDArray[np.bool_],
) -> pd.DataFrame:
    """Growth, mature or decline of the products tested that have purchases enough."""
    weeks = counts.shape[1]
    days = (launched - pd.Timestamp(span.start)).dt.days.fillna(-1).to_numpy(float)
    on_sale = np.arange(weeks) >= np.ceil(days / 7)[:, None]
    size = _window(counts)
    recent = np.arange(weeks)[::-1] < size[:, None]
    trend = share_trend(counts, totals, on_sale & recent, level=level)
    both = 2 * np.fmin(trend.p_value, trend.p_fall)
    asked = tested & (size > 0) & np.isfinite(both)
    q_value = _q_values(np.where(asked, np.minimum(both, 1.0), np.nan))
    real = q_value <= FALSE_CALLS
    limit = both[real].max(initial=0.0)
    moves = real & (2 * trend.p_value <= limit)
    last = np.arange(weeks) >= weeks - _LATELY
    lately = share_trend(counts, totals, on_sale & last, level=_STILL)
    growth = moves & (trend.change >= _MOVED) & (lately.low > 0)
    fallen = real & (2 * trend.p_fall <= limit) & (trend.share_of_peak <= _FALLEN)
    sinks = moves & (trend.change <= -_MOVED)
    steady = (trend.low > _WIDEST[0]) & (trend.high < _WIDEST[1])
    stage = np.select([growth, sinks | fallen, steady], ["growth", "decline", "mature"], "unknown")
    read = size > 0
    values = {
        "trend": trend.change,
        "trend_low": trend.low,
        "trend_high": trend.high,
        "q_value": q_value,
        "share_of_peak": trend.share_of_peak,
    }
    found = pd.DataFrame({name: np.where(read, value, np.nan) for name, value in values.items()})
    return found.assign(
        purchases=(counts * recent).sum(1),
        window_weeks=size,
        stage=np.where(read, stage, "unknown"),
    )


def _window(counts: Floats) -> NDArray[np.int64]:
    """Weeks to read of each product, from the number of purchases alone; 0 for none."""
    weeks = counts.shape[1]
    sizes = sorted({min(w, weeks) for w in _WINDOWS})
    enough = [
        counts[:, weeks - size :].sum(1) >= (_FEWEST if size == sizes[-1] else _ENOUGH)
        for size in sizes
    ]
    return np.select(enough, sizes, 0).astype(np.int64)


def _q_values(p_values: Floats) -> Floats:
    """Benjamini-Hochberg: smallest rate of false calls at which each product is called."""
    from scipy.stats import false_discovery_control

    known = np.isfinite(p_values)
    found = np.full(len(p_values), np.nan)
    if known.any():
        found[known] = false_discovery_control(p_values[known])
    return found


def _silent(frame: pd.DataFrame, span: Period, data: Period, dormant_weeks: int) -> pd.Series:
    """No sale for weeks in which, at the product's pace, three or more were due."""
    end = pd.Timestamp(span.end)
    since = frame["launched"].clip(lower=pd.Timestamp(data.start)).fillna(pd.Timestamp(data.start))
    silent = (end - frame["last"]).dt.days / 7
    pace = frame["ever"] / ((frame["last"] - since).dt.days / 7).clip(lower=4)
    return (silent > dormant_weeks) & (pace * silent >= _SURPRISE)

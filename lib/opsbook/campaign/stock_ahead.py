"""Before the event: what it will need, product by product, against what is there and coming."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.event import Event
from opsbook.common.censored import hidden_demand
from opsbook.common.demand import DemandPanel
from opsbook.common.expectation import expectation
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop

__all__ = ["EVENT_ERROR", "event_need", "on_the_way", "run_out"]

Floats = NDArray[np.float64]

EVENT_ERROR = 0.20
"""Assumed relative error (standard deviation) of how busy the event will be."""
_BACK, _AHEAD, _ORIGINS = 56, 28, 10
_PRIOR = 30.0
"""Pieces with which a category's part of an event starts from the shop's."""


def event_need(
    panel: DemandPanel, days: Period, last_year: Event | None, others: tuple[Event, ...]
) -> tuple[pd.DataFrame, str]:
    """Pieces that each product is expected to be asked for over some days, with the spread.

    A product's level is taken from its last weeks, stock-outs filled; how busy the days are
    in its category from the same days of last year's event, counted from the first day of
    the peak. Without one, the mean busyness of other campaigns' peaks; without any, 1.

    Args:
        panel: From ``daily_demand``, ending on the morning from which is looked ahead.
        days: Days to come that are to be covered.
        last_year: The same event a year before; its days must lie in the panel to count.
        others: Other campaigns with a peak in the panel.

    Returns:
        One row per product: ``sku, category, level`` (pieces an ordinary day), ``need``
        (pieces expected), ``sd``; and where the busyness is from (``last_year, others,
        ordinary``).
    """
    hidden = hidden_demand(panel)
    category = np.unique(panel.skus["category"].to_numpy(str), return_inverse=True)[1]
    exposure = panel.on_sale.astype(np.float32)
    usual = expectation(hidden.demand, exposure, category)
    demand = hidden.demand.astype(float)
    known = np.where(panel.on_sale, usual.level, 0.0).astype(float)
    busy, basis = _busy(panel, demand, known, category, days, last_year, others)
    alive = panel.on_sale[:, -1]
    level = np.where(alive, usual.level[:, -1], 0.0).astype(float)
    need = level * busy.sum(axis=1)[category]
    lumps, extra = _spread(demand, panel.on_sale, usual.busy[category])
    sd = np.sqrt(lumps * need + (extra + EVENT_ERROR**2) * need**2)
    frame = pd.DataFrame(
        {
            "sku": panel.skus["sku"].to_numpy(), "category": panel.skus["category"].to_numpy(),
            "level": level, "need": need, "sd": sd,
        }
    )  # fmt: skip
    return frame, basis


def _busy(
    panel: DemandPanel, demand: Floats, level: Floats, category: NDArray[np.int64], days: Period,
    last_year: Event | None, others: tuple[Event, ...],
) -> tuple[Floats, str]:  # fmt: skip
    """How busy each category is on each of the days; weekdays are not matched."""
    first, known = panel.dates[0].date(), len(panel.dates)

    def place(day: date) -> int:
        return (day - first).days

    if last_year is not None and last_year.observed:
        # Counted from the first day of the peak; both ends are held inside the event.
        start = place(last_year.start) + (days.start - _peak(days, last_year)).days
        at = np.clip(
            np.arange(start, start + days.days),
            max(place(last_year.days.start), 0), place(last_year.end) - 1,
        )  # fmt: skip
        if at.min() >= 0 and at.max() < known and place(last_year.days.start) >= 0:
            return _factors(demand, level, category, at), "last_year"
    at = np.array(
        [
            k
            for e in others
            for k in range(max(place(e.peak.start), 0), min(place(e.peak.end), known))
        ],
        dtype=np.int64,
    )
    if len(at):
        mean = _factors(demand, level, category, at).mean(axis=1)
        return np.tile(mean[:, None], (1, days.days)), "others"
    return np.ones((int(category.max()) + 1, days.days)), "ordinary"


def _factors(
    demand: Floats, level: Floats, category: NDArray[np.int64], at: NDArray[np.int64]
) -> Floats:
    """Demand over level: the shop's day by day, a category's own part over all of the days."""
    wanted, usual = demand[:, at], level[:, at]
    shop = wanted.sum(axis=0) / np.maximum(usual.sum(axis=0), 1e-9)
    size = int(category.max()) + 1
    seen = np.bincount(category, wanted.sum(axis=1), size)
    expected = np.bincount(category, usual @ shop, size)
    own = (seen + _PRIOR) / (expected + _PRIOR)
    return np.asarray(own[:, None] * shop[None, :], np.float64)


def _peak(days: Period, last_year: Event) -> date:
    """First peak day of the event to come, by the length of last year's warm-up."""
    warm = last_year.preheat.days if last_year.preheat else 0
    return days.start + timedelta(days=min(warm, days.days - 1))


def _spread(demand: Floats, on_sale: NDArray[np.bool_], busy: NDArray[np.float32]) -> tuple[
    float, float
]:  # fmt: skip
    """Variance over mean of pieces, and squared error beyond it, from forecasts of the past."""
    plain = np.where(on_sale, demand / np.maximum(busy, 0.05), 0.0)
    sums = np.concatenate([np.zeros((len(plain), 1)), np.cumsum(plain, axis=1)], axis=1)
    means, misses = [], []
    for k in range(_ORIGINS):
        origin = demand.shape[1] - _AHEAD - k * _AHEAD
        if origin < _BACK:
            break
        steady = on_sale[:, origin - _BACK : origin + _AHEAD].all(axis=1)
        before = (sums[:, origin] - sums[:, origin - _BACK])[steady] * _AHEAD / _BACK
        after = (sums[:, origin + _AHEAD] - sums[:, origin])[steady]
        means.append(before)
        misses.append((after - before) ** 2)
    if not means or not sum(len(m) for m in means):
        return 1.2, 0.1
    from scipy.optimize import nnls

    mean, miss = np.concatenate(means), np.concatenate(misses)
    # The forecast is itself counted over eight weeks: half of what four weeks scatter.
    weight = 1 / np.maximum(mean, 1.0)
    design = np.column_stack([1.5 * mean, mean**2])
    (lumps, extra), _ = nnls(design * weight[:, None], miss * weight)
    return float(np.clip(lumps, 1.0, 6.0)), float(np.clip(extra, 0.0, 1.0))


def run_out(need: Floats, sd: Floats, stock: Floats) -> tuple[Floats, Floats]:
    """Chance that demand passes the stock, and the pieces missing on average.

    Args:
        need: Mean demand, pieces.
        sd: Its standard deviation.
        stock: Pieces there.

    Source:
        Demand is gamma with shape k = mean^2 / variance; E[(D - S)+] =
        mean P(D' > S) - S P(D > S), with D' of shape k + 1.

    Example:
        >>> chance, missing = run_out(np.array([10.0]), np.array([10.0]), np.array([10.0]))
        >>> f"{chance[0]:.4f} {missing[0]:.4f}"
        '0.3679 3.6788'
    """
    from scipy.special import gammaincc

    mean, s = np.maximum(need, 1e-9), np.maximum(stock, 0.0)
    variance = np.maximum(sd**2, 1e-12)
    shape, scale = mean**2 / variance, variance / mean
    chance = np.asarray(gammaincc(shape, s / scale), np.float64)
    missing = mean * gammaincc(shape + 1, s / scale) - s * chance
    return np.where(need > 0, chance, 0.0), np.where(need > 0, np.maximum(missing, 0.0), 0.0)


def on_the_way(shop: Shop, evening: date) -> pd.Series:
    """Pieces ordered and not yet received, by product; empty where it is not recorded."""
    if not shop.has("inventory_daily", "in_transit"):
        return pd.Series(dtype=float)
    rows = in_days(shop.inventory_daily, evening, evening + timedelta(days=1), "date")
    sums = rows.group_by("sku").aggregate(coming=rows.in_transit.sum()).execute()
    found: pd.Series = sums.set_index("sku")["coming"].astype(float)
    return found

"""The quick forecast learned from the days known: levels, how fast to forget, how wrong it was.

Four rates of forgetting are tried on the last half year, on forecasts as they would have been
made then; the one that told most is kept, and its errors are what the forecast says of its own.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from opsbook.supply.quick_forecast import EDGES, QuickForecast

__all__ = ["fit_quick"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_HALF_LIVES = (14.0, 28.0, 56.0, 112.0)
_PAST, _STEP, _AHEAD = 182, 7, 14
"""Days of the past that errors are measured on, days between two forecasts, days ahead."""


def fit_quick(
    demand: NDArray[np.float32] | Floats, on_sale: Flags, factors: Floats, category: Ints
) -> QuickForecast:
    """Learn levels, forgetting rate and errors from the days known.

    Args:
        demand: Pieces per product and day known.
        on_sale: Whether the product was on sale.
        factors: From ``day_profile``, running on beyond the days known.
        category: Row of ``factors`` of each product.
    """
    y = np.where(on_sale, demand, 0.0)
    groups = len(factors)
    ordinary = np.where(on_sale, factors[category, : y.shape[1]], 0.0)
    start = QuickForecast(
        factors=factors,
        category=category,
        half_life=_HALF_LIVES[0],
        lumps=np.ones(groups),
        extra=np.full(len(EDGES) + 1, np.nan),
        prior=np.zeros(groups),
        weight=np.zeros(groups),
        pieces=np.zeros(len(y)),
        exposure=np.zeros(len(y)),
    )
    start.prior, start.weight = _prior(y, on_sale, ordinary, category, groups)
    told = _mornings(y, on_sale, factors, category)
    tried = [_run(replace(start, half_life=h), y, ordinary, told) for h in _HALF_LIVES]
    best = int(np.argmin([deviance for *_, deviance in tried]))
    forecast, level, mean, _ = tried[best]
    seen = np.where(level > 0, told.sold, 0.0)
    day_mean, day_seen = level * told.factor, np.where(level > 0, told.today, 0.0)
    forecast.lumps = _lumps(day_mean, day_seen, category, groups)
    spread = forecast.lumps[category][None, :] * mean
    place = np.searchsorted(EDGES, mean)
    for bin_ in range(len(EDGES) + 1):
        inside = (place == bin_) & (mean > 0)
        square = float((mean[inside] ** 2).sum())
        if inside.sum() >= 50 and square > 0:
            beyond = float(((seen - mean)[inside] ** 2 - spread[inside]).sum())
            forecast.extra[bin_] = min(max(beyond / square, 0.0), 4.0)
    _fill(forecast.extra, np.bincount(place[mean > 0].ravel(), minlength=len(EDGES) + 1))
    return forecast


def _prior(
    y: Floats, on_sale: Flags, ordinary: Floats, category: Ints, groups: int
) -> tuple[Floats, Floats]:
    """Level of a product nobody knows: mean and spread of the category's first eight weeks."""
    age = np.cumsum(on_sale, axis=1)
    young = on_sale & (age <= 56)
    use = np.where(young.any(axis=1, keepdims=True), young, on_sale)
    exposure = np.where(use, ordinary, 0.0).sum(axis=1)
    pieces = np.where(use, y, 0.0).sum(axis=1)
    level = pieces / np.maximum(exposure, 1.0)
    count = np.maximum(np.bincount(category, minlength=groups), 1)
    mean = np.bincount(category, weights=level, minlength=groups) / count
    mean = np.maximum(mean, 1e-4)
    square = np.bincount(category, weights=(level - mean[category]) ** 2, minlength=groups) / count
    # Shape of a gamma distribution of levels, in ordinary days: mean / variance.
    weight = np.clip(mean / np.maximum(square, 1e-9), 0.5, 28.0)
    return mean, weight


@dataclass(frozen=True)
class _Mornings:
    """Days of the past on which a forecast is tried: one row each, one column per product.

    Args:
        days: The days.
        on: Whether a product was on sale then and to the end of what is forecast.
        span: Ordinary days that the days forecast are worth.
        sold: Pieces sold on them.
        factor: Factor of the day itself.
        today: Pieces sold on it.
    """

    days: Ints
    on: Flags
    span: Floats
    sold: Floats
    factor: Floats
    today: Floats


def _mornings(y: Floats, on_sale: Flags, factors: Floats, category: Ints) -> _Mornings:
    known = y.shape[1]
    days = np.arange(max(known - _PAST - _AHEAD, 1), known - _AHEAD)
    days = days[(known - days) % _STEP == 0]
    sums = np.concatenate([np.zeros((len(y), 1)), np.cumsum(y, axis=1)], axis=1)
    ahead = np.concatenate([np.zeros((len(factors), 1)), np.cumsum(factors, axis=1)], axis=1)
    return _Mornings(
        days,
        (on_sale[:, days] & on_sale[:, days + _AHEAD]).T.copy(),
        (ahead[:, days + _AHEAD] - ahead[:, days])[category].T.copy(),
        (sums[:, days + _AHEAD] - sums[:, days]).T.copy(),
        factors[category][:, days].T.copy(),
        y[:, days].T.copy(),
    )


def _run(
    forecast: QuickForecast, y: Floats, ordinary: Floats, told: _Mornings
) -> tuple[QuickForecast, Floats, Floats, float]:
    """The forecast after all days known, levels and means it had on the way, their deviance."""
    from scipy.signal import lfilter

    # What ``see`` does day by day, for all days at once.
    fade = [1.0, -(0.5 ** (1 / forecast.half_life))]
    pieces, exposure = (lfilter([1.0], fade, v, axis=1) for v in (y, ordinary))
    forecast = replace(forecast, pieces=pieces[:, -1].copy(), exposure=exposure[:, -1].copy())
    if not len(told.days):
        nothing = np.zeros((0, len(y)))
        return forecast, nothing, nothing, 0.0
    before = told.days - 1
    then = replace(forecast, pieces=pieces[:, before].T, exposure=exposure[:, before].T)
    level = np.where(told.on, then.level, 0.0)
    m, s = level * told.span, np.where(level > 0, told.sold, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = 2 * (np.where(s > 0, s * np.log(s / m), 0.0) - (s - m))
    return forecast, level, m, float(off[m > 0].sum())


def _lumps(mean: Floats, seen: Floats, category: Ints, groups: int) -> Floats:
    """Variance of a day's pieces against their mean, by category, drawn toward the shop's."""
    square = np.bincount(category, weights=((seen - mean) ** 2).sum(axis=0), minlength=groups)
    pieces = np.bincount(category, weights=mean.sum(axis=0), minlength=groups)
    shop = max(float(square.sum()) / max(float(pieces.sum()), 1e-9), 1.0) if pieces.any() else 1.2
    drawn = (square + 100 * shop) / (pieces + 100)
    return np.asarray(np.clip(drawn, 1.0, 12.0), np.float64)


def _fill(extra: Floats, cases: NDArray[np.int64]) -> None:
    """Bins with too few cases take the nearest measured one; .1 where none is measured."""
    known = np.flatnonzero(np.isfinite(extra))
    if not len(known):
        extra[:] = 0.1
        return
    for place in range(len(extra)):
        if not np.isfinite(extra[place]):
            extra[place] = extra[known[int(np.argmin(np.abs(known - place)))]]

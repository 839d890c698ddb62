"""A forecast that can be made anew at every review of a replay, thousands of times in seconds.

Each product has a level, pieces on an ordinary day, that forgets the past at a rate the shop's
own data choose; days ahead are the level times the calendar's factors. What it says about its own
error is measured on forecasts it would have made before. It is the smoothing that a better
forecast has to beat, and what a replay can afford to run.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.supply.loss import poisson_loss

__all__ = ["QuickForecast", "completed", "fit_quick"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_HALF_LIVES = (14.0, 28.0, 56.0, 112.0)
_EDGES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Bounds of expected pieces between which the forecast's error is measured apart."""
_PAST, _STEP, _AHEAD = 182, 7, 14
"""Days of the past that errors are measured on, days between two forecasts, days ahead."""


@dataclass
class QuickForecast:
    """Levels of all products, and how wrong they tend to be.

    Args:
        factors: Calendar factors: one row per product's category, one column per day, running on
            beyond the days known.
        category: Row of ``factors`` of each product.
        half_life: Days after which a day counts half.
        lumps: Variance of a day's pieces against their mean, by category.
        extra: Squared coefficient of variation beyond that, by expected pieces (``_EDGES``).
        prior: Pieces a day of a product nobody knows, by category.
        weight: What that prior is worth, in ordinary days.
        pieces: Discounted pieces seen of each product.
        exposure: Discounted ordinary days seen.
    """

    factors: Floats
    category: Ints
    half_life: float
    lumps: Floats
    extra: Floats
    prior: Floats
    weight: Floats
    pieces: Floats
    exposure: Floats

    @property
    def level(self) -> Floats:
        """Pieces of each product on an ordinary day."""
        prior, weight = self.prior[self.category], self.weight[self.category]
        return np.asarray((prior * weight + self.pieces) / (weight + self.exposure), np.float64)

    def see(self, day: int, pieces: Floats, on_sale: Flags) -> None:
        """Take in one more day."""
        keep = 0.5 ** (1 / self.half_life)
        today = self.factors[self.category, day]
        self.pieces = keep * self.pieces + np.where(on_sale, pieces, 0.0)
        self.exposure = keep * self.exposure + np.where(on_sale, today, 0.0)

    def over(
        self, day: int, days: ArrayLike, launch: Ints | None = None, rows: Ints | None = None
    ) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the demand of the next days.

        Args:
            day: Last day seen.
            days: How many days ahead, one number or one per product asked for; parts count.
            launch: First day of sale of each product asked for; earlier days sell nothing.
            rows: Products asked for; all unless given.
        """
        asked = np.arange(len(self.category)) if rows is None else rows
        category = self.category[asked]
        sums = np.concatenate(
            [np.zeros((len(self.factors), 1)), np.cumsum(self.factors, axis=1)], axis=1
        )
        first = np.full(len(asked), day + 1.0)
        until = first + np.asarray(days, np.float64)
        if launch is not None:
            first = np.clip(launch.astype(np.float64), first, until)
        span = _up_to(sums, category, until) - _up_to(sums, category, first)
        mean = self.level[asked] * span
        extra = self.extra[np.searchsorted(_EDGES, mean)]
        return mean, np.sqrt(self.lumps[category] * mean + extra * mean**2)


def _up_to(sums: Floats, row: Ints, until: Floats) -> Floats:
    """Sum of factors from the first day to part of a day."""
    at = np.clip(until, 0, sums.shape[1] - 1 - 1e-9)
    whole = at.astype(np.int64)
    low, high = sums[row, whole], sums[row, whole + 1]
    return np.asarray(low + (high - low) * (at - whole), np.float64)


def completed(sold: Floats, empty: Flags, expected: Floats) -> Floats:
    """Sales with what was probably missed on days that ended with an empty shelf.

    Args:
        sold: Pieces sold.
        empty: Whether nothing was left in the evening.
        expected: Pieces that the forecast expected.

    Returns:
        Mean of Poisson demand given that it was at least what was sold.
    """
    at_least = np.maximum(1 - _below(sold, expected), 1e-6)
    return np.where(empty, sold + poisson_loss(sold, expected) / at_least, sold)


def _below(sold: Floats, mean: Floats) -> Floats:
    from scipy.special import pdtr

    return np.where(sold > 0, pdtr(np.maximum(sold - 1, 0), mean), 0.0)


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
    prior, weight = _prior(y, on_sale, factors, category, groups)
    tried = [_run(y, on_sale, factors, category, prior, weight, h) for h in _HALF_LIVES]
    best = int(np.argmin([one[2] for one in tried]))
    forecast, (mean, seen, day_mean, day_seen), _ = tried[best]
    forecast.lumps = _lumps(day_mean, day_seen, category, groups)
    spread = forecast.lumps[category][None, :] * mean
    place = np.searchsorted(_EDGES, mean)
    for bin_ in range(len(_EDGES) + 1):
        inside = (place == bin_) & (mean > 0)
        square = float((mean[inside] ** 2).sum())
        if inside.sum() >= 50 and square > 0:
            beyond = float(((seen - mean)[inside] ** 2 - spread[inside]).sum())
            forecast.extra[bin_] = min(max(beyond / square, 0.0), 4.0)
    _fill(forecast.extra, np.bincount(place[mean > 0].ravel(), minlength=len(_EDGES) + 1))
    return forecast


def _prior(
    y: Floats, on_sale: Flags, factors: Floats, category: Ints, groups: int
) -> tuple[Floats, Floats]:
    """Level of a product nobody knows: mean and spread of the category's first eight weeks."""
    known = y.shape[1]
    age = np.cumsum(on_sale, axis=1)
    young = on_sale & (age <= 56)
    use = np.where(young.any(axis=1, keepdims=True), young, on_sale)
    exposure = np.where(use, factors[category, :known], 0.0).sum(axis=1)
    pieces = np.where(use, y, 0.0).sum(axis=1)
    level = pieces / np.maximum(exposure, 1.0)
    count = np.maximum(np.bincount(category, minlength=groups), 1)
    mean = np.bincount(category, weights=level, minlength=groups) / count
    mean = np.maximum(mean, 1e-4)
    square = np.bincount(category, weights=(level - mean[category]) ** 2, minlength=groups) / count
    # Shape of a gamma distribution of levels, in ordinary days: mean / variance.
    weight = np.clip(mean / np.maximum(square, 1e-9), 0.5, 28.0)
    return mean, weight


def _run(
    y: Floats,
    on_sale: Flags,
    factors: Floats,
    category: Ints,
    prior: Floats,
    weight: Floats,
    half_life: float,
) -> tuple[QuickForecast, tuple[Floats, Floats, Floats, Floats], float]:
    """Levels at the end of the days known, forecasts made on the way, and their deviance."""
    products, known = y.shape
    forecast = QuickForecast(
        factors=factors,
        category=category,
        half_life=half_life,
        lumps=np.ones(len(factors)),
        extra=np.full(len(_EDGES) + 1, np.nan),
        prior=prior,
        weight=weight,
        pieces=np.zeros(products),
        exposure=np.zeros(products),
    )
    sums = np.concatenate([np.zeros((products, 1)), np.cumsum(y, axis=1)], axis=1)
    ahead = np.concatenate([np.zeros((len(factors), 1)), np.cumsum(factors, axis=1)], axis=1)
    means, seen, day_means, day_seen = [], [], [], []
    for day in range(known):
        if known - _PAST - _AHEAD <= day < known - _AHEAD and (known - day) % _STEP == 0 and day:
            level = np.where(on_sale[:, day] & on_sale[:, day + _AHEAD], forecast.level, 0.0)
            span = (ahead[:, day + _AHEAD] - ahead[:, day])[category]
            means.append(level * span)
            seen.append(np.where(level > 0, sums[:, day + _AHEAD] - sums[:, day], 0.0))
            day_means.append(level * factors[category, day])
            day_seen.append(np.where(level > 0, y[:, day], 0.0))
        forecast.see(day, y[:, day], on_sale[:, day])
    if not means:
        nothing = np.zeros((1, products))
        return forecast, (nothing, nothing, nothing, nothing), 0.0
    m, s = np.array(means), np.array(seen)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = 2 * (np.where(s > 0, s * np.log(s / m), 0.0) - (s - m))
    deviance = float(off[m > 0].sum())
    return forecast, (m, s, np.array(day_means), np.array(day_seen)), deviance


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

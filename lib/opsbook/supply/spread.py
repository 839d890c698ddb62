"""How far demand may lie from its forecast: whole pieces, never below none, honest coverage.

The sum of a few days of demand is a count. Around its mean it is given a negative binomial
whose variance grows with the mean as it did in the test on the past; then the levels are
moved until, in that test, five in a hundred fell below the five-per-cent line.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["LENGTHS", "LEVELS", "Spread", "count_quantile", "fit_spread", "placed"]

Array = NDArray[np.float64]

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Quantiles of every forecast."""
LENGTHS = (1, 7, 14, 28)
"""Lengths of sums, in days, for which the spread is measured; between them it is interpolated."""
_GRID = 192
_ENOUGH = 30
"""Sums below which a length has no spread of its own."""
_TINY = 1e-9


def count_quantile(mean: ArrayLike, variance: ArrayLike, level: ArrayLike) -> Array:
    """Quantile of a negative binomial with that mean and variance, in whole pieces.

    Args:
        mean: Expected pieces, 0 or more.
        variance: Its variance; at or below the mean it is a Poisson.
        level: Between 0 and 1.
    """
    from scipy.stats import nbinom

    m, v, p = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (mean, variance, level)))
    m = np.maximum(m, _TINY)
    # A variance of the mean itself is the Poisson limit, from just above it.
    over = np.maximum(v - m, 1e-4 * m)
    size = m * m / over
    return np.asarray(np.nan_to_num(nbinom.ppf(p, size, size / (size + m))))


def placed(actual: Array, mean: Array, variance: Array, rng: np.random.Generator) -> Array:
    """Where in its distribution each count fell, 0-1, ties within a count broken by lot."""
    from scipy.stats import nbinom

    m = np.maximum(mean, _TINY)
    over = np.maximum(variance - m, 1e-4 * m)
    size = m * m / over
    # A half piece, in goods sold by weight, stands between its neighbours.
    whole = np.floor(actual + 0.5)
    p = size / (size + m)
    high, low = nbinom.cdf(whole, size, p), nbinom.cdf(whole - 1, size, p)
    return np.asarray(low + rng.random(len(m)) * (high - low))


@dataclass(frozen=True)
class Spread:
    """Spread of demand about a forecast.

    Args:
        even: Variance per expected piece, one per length of ``LENGTHS``; 1 is pure chance.
        wide: Variance per squared expected pieces: errors all days share.
        levels: Level to ask of the counts so that ``LEVELS`` come true, length x level.
        cases: Sums behind it.
    """

    even: tuple[float, ...]
    wide: tuple[float, ...]
    levels: Array
    cases: int

    def variance(self, mean: ArrayLike, days: ArrayLike, extra: ArrayLike = 0.0) -> Array:
        """Variance of the sum over ``days``.

        Args:
            mean: Expected pieces in those days.
            days: How many days the sum is over; beyond 28 as for 28.
            extra: Added share of the mean, squared: what the test could not know.
        """
        m = np.asarray(mean, np.float64)
        even, wide = (self._between(v, days) for v in (self.even, self.wide))
        return np.asarray(even * m + (wide + np.asarray(extra)) * m * m)

    def asked(self, level: float, days: ArrayLike) -> Array:
        """The level to ask of the counts so that ``level`` comes true."""
        ends = np.r_[0.0, LEVELS, 1.0]
        each = [float(np.interp(level, ends, np.r_[0.0, row, 1.0])) for row in self.levels]
        return self._between(each, days)

    def quantile(
        self, level: float, mean: ArrayLike, days: ArrayLike, extra: ArrayLike = 0.0
    ) -> Array:
        """Pieces below which the sum stays with that chance.

        Args:
            level: Between 0 and 1.
            mean: Expected pieces in those days.
            days: How many days the sum is over.
            extra: As in ``variance``.
        """
        return count_quantile(mean, self.variance(mean, days, extra), self.asked(level, days))

    def _between(self, values: ArrayLike, days: ArrayLike) -> Array:
        at = np.log(np.maximum(np.asarray(days, np.float64), 1.0))
        return np.asarray(np.interp(at, np.log(LENGTHS), np.asarray(values, np.float64)))


def variance_law(actual: Array, mean: Array) -> tuple[float, float]:
    """How squared errors grow with the mean: per piece, and per piece squared.

    Least squares of squared errors over the mean on the mean, at least pure chance.
    """
    m = np.maximum(mean, 0.02)
    ratio = (actual - mean) ** 2 / m
    # Weighted: the variance of a squared error over its mean is about 2 + 1 / m.
    weight = m / (2 * m + 1)
    one, two, three = weight.sum(), (weight * m).sum(), (weight * m * m).sum()
    got, more = (weight * ratio).sum(), (weight * ratio * m).sum()
    det = one * three - two * two
    even = (got * three - more * two) / det if det > 1e-12 else got / one
    wide = (more * one - got * two) / det if det > 1e-12 else 0.0
    if wide < 0:
        even, wide = got / one, 0.0
    if even < 1.0:
        even, wide = 1.0, max(float((more - two) / three), 0.0)
    return float(min(even, 25.0)), float(min(wide, 9.0))


def fit_spread(
    sums: Mapping[int, tuple[Array, Array]], rng: np.random.Generator, *, adjust: bool = True
) -> Spread:
    """Fit the spread to what happened in the test on the past.

    Args:
        sums: By length of the sum in days: pieces sold and forecast (of what could be sold).
        rng: Breaks ties within a count.
        adjust: Whether to move the levels until they come true.

    Source:
        Negative binomial with linear and quadratic variance: Hilbe 2011. Moving the levels:
        Kuleshov, Fenner and Ermon 2018, a split conformal calibration of the whole
        distribution; randomised placement after Czado, Gneiting and Held 2009.
    """
    even: list[float] = []
    wide: list[float] = []
    levels: list[Array] = []
    for length in LENGTHS:
        actual, mean = sums[length]
        if len(actual) >= _ENOUGH:
            e, w = variance_law(actual, mean)
        elif even:
            # Too few long sums: their errors are taken to be shared like those of shorter ones.
            e, w = even[-1], wide[-1]
        else:
            e, w = 1.5, 0.3
        even.append(e)
        wide.append(w)
        row = np.array(LEVELS)
        if adjust and len(actual) >= 200:
            fell = placed(actual, mean, e * mean + w * mean * mean, rng)
            row = np.clip(np.quantile(fell, LEVELS), 0.001, 0.999)
        levels.append(np.maximum.accumulate(row))
    cases = len(sums[LENGTHS[-1]][0])
    return Spread(tuple(even), tuple(wide), np.array(levels), cases)


def by_grid(spread: Spread, level: float, mean: Array, days: int) -> Array:
    """Quantiles of very many sums of one length: read off a fine grid of means."""
    if len(mean) <= 4 * _GRID:
        return spread.quantile(level, mean, days)
    m = np.maximum(mean, 1e-4)
    grid = np.geomspace(m.min(), max(m.max(), m.min() * 1.01), _GRID)
    return np.asarray(np.round(np.interp(m, grid, spread.quantile(level, grid, days))))

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

__all__ = ["EDGES", "QuickForecast", "completed"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

EDGES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Bounds of expected pieces between which the forecast's error is measured apart."""


@dataclass
class QuickForecast:
    """Levels of all products, and how wrong they tend to be.

    Args:
        factors: Calendar factors: one row per product's category, one column per day, running on
            beyond the days known.
        category: Row of ``factors`` of each product.
        half_life: Days after which a day counts half.
        lumps: Variance of a day's pieces against their mean, by category.
        extra: Squared coefficient of variation beyond that, by expected pieces (``EDGES``).
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
        extra = self.extra[np.searchsorted(EDGES, mean)]
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

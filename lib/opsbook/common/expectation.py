"""What a product would be expected to sell on a day, from the days on which it could sell.

Expected pieces are a slowly moving level of the product times how busy the day was in its
category: weekday, festival and campaign at once. Days without stock count in neither.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Expectation", "expectation", "near"]

Floats = NDArray[np.float32]

_PRIOR_DAYS = 28.0
"""Days of its own long-run rate that a SKU's level starts from."""
_PRIOR_PIECES = 10.0
"""Expected pieces with which a category's day starts from the shop's, that from its weekday."""


@dataclass(frozen=True)
class Expectation:
    """Expected pieces by SKU and day.

    Args:
        mean: Pieces expected on a day with stock.
        level: The SKU's own level on an average day.
        busy: How busy the day was in the SKU's category, 1 on average; a row per category.
        category: Row of ``busy`` for each SKU.
    """

    mean: Floats
    level: Floats
    busy: Floats
    category: NDArray[np.int64]


def expectation(
    pieces: Floats, exposure: Floats, category: NDArray[np.int64], *, window: int = 43
) -> Expectation:
    """Level times category day, each fitted to what the other leaves.

    Args:
        pieces: Pieces by SKU and day; counted only where there is exposure.
        exposure: Part of the day and of the warehouses in which the SKU could sell, 0-1.
        category: Category of each SKU, from 0.
        window: Days on each side that make the level, nearer ones weighing more.
    """
    pieces = np.where(exposure > 0, pieces, np.float32(0))
    size = int(category.max()) + 1
    busy = np.ones((size, pieces.shape[1]), np.float32)
    total, around = pieces.sum(axis=1), near(pieces, window)
    sums = _by(pieces, category, size)
    level = np.zeros_like(pieces)
    for _ in range(3):
        weighted = exposure * busy[category]
        rate = total / np.maximum(weighted.sum(axis=1), 1e-6)
        prior = np.float32(_PRIOR_DAYS)
        level = (around + prior * rate[:, None]) / (near(weighted, window) + prior)
        expected = _by(level * exposure, category, size)
        # A category's day leans on the shop's, the shop's on its weekday: on a day on which
        # little could be sold, little is known about how busy it was.
        weekday = _weekdays(sums.sum(axis=0), expected.sum(axis=0))
        whole = _toward(sums.sum(axis=0), expected.sum(axis=0), weekday)
        busy = _toward(sums, expected, whole)
        # The level carries the slow movement; a category's days are busy only against it.
        busy = (busy / np.maximum(busy.mean(axis=1, keepdims=True), 1e-6)).astype(np.float32)
    return Expectation((level * busy[category]).astype(np.float32), level, busy, category)


def near(values: Floats, window: int) -> Floats:
    """Sum over the days around each day with triangular weights, 1 at the day itself."""
    from scipy.ndimage import uniform_filter1d

    once = uniform_filter1d(values, window, axis=1, mode="constant")
    found: Floats = uniform_filter1d(once, window, axis=1, mode="constant") * np.float32(window)
    return np.maximum(found, 0)


def _toward(pieces: Floats, expected: Floats, start: Floats) -> Floats:
    weight = np.float32(_PRIOR_PIECES)
    found: Floats = (pieces + weight * start) / (expected + weight)
    return found


def _weekdays(pieces: Floats, expected: Floats) -> Floats:
    day = np.arange(len(pieces)) % 7
    top, bottom = (np.bincount(day, v, minlength=7) for v in (pieces, expected))
    found = np.where(bottom > 0, top / np.maximum(bottom, 1e-9), 1.0)
    return np.asarray(found[day], np.float32)


def _by(values: Floats, category: NDArray[np.int64], size: int) -> Floats:
    out = np.zeros((size, values.shape[1]), np.float32)
    np.add.at(out, category, values)
    return out

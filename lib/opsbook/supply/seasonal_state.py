"""Level, trend and weekly season of many products, updated day by day."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["first_state", "run"]

Floats = NDArray[np.float64]

_LEAST = 1e-8
"""A level below this is none: a multiplicative season of nothing stays nothing."""


def first_state(y: Floats, season: int, kind: str) -> tuple[Floats, Floats]:
    """Mean and mean season of the first four seasons.

    Args:
        y: Time first, one column per series; NaN where nothing is known.
        season: Steps in a season.
        kind: ``additive`` or ``multiplicative``.

    Returns:
        Level by series, and season by step and series.
    """
    whole = min(4, len(y) // season) * season
    head = y[:whole].reshape(-1, season, y.shape[1])
    known = np.isfinite(head)
    filled = np.where(known, head, 0.0)
    level = filled.sum(axis=(0, 1)) / np.maximum(known.sum(axis=(0, 1)), 1)
    mean = filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    mean = np.where(known.any(axis=0), mean, level)
    if kind == "additive":
        return level, mean - level
    return level, np.where(level > _LEAST, mean / np.maximum(level, _LEAST), 1.0)


def run(
    y: Floats,
    begin: tuple[Floats, Floats],
    alpha: float,
    beta: float,
    gamma: float,
    phi: float,
    kind: str,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Walk through all steps once, all series side by side.

    Args:
        y: Time first, one column per series; NaN where nothing is known.
        begin: From ``first_state``.
        alpha: Weight of the newest value in the level.
        beta: Weight of the newest change in the trend; 0 for none.
        gamma: Weight of the newest value in the season.
        phi: Share of the trend left one step later.
        kind: ``additive`` or ``multiplicative``.

    Returns:
        Level, trend and season after the last step, and the sum of squared one-step errors.

    Source:
        Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 2nd ed., 7.3.
    """
    level, seasons = begin[0].copy(), begin[1].copy()
    slope, sse = np.zeros_like(level), np.zeros_like(level)
    size, additive = len(seasons), kind == "additive"
    gaps = bool(np.isnan(y).any())
    for step, row in enumerate(y):
        at = step % size
        season = seasons[at]
        before = level + phi * slope
        said = before + season if additive else np.maximum(before, 0.0) * season
        row = np.where(np.isfinite(row), row, said) if gaps else row
        error = row - said
        sse += error * error
        if additive:
            raw, fresh = row - season, row - before
        else:
            raw = np.where(season > _LEAST, row / np.maximum(season, _LEAST), before)
            fresh = np.where(before > _LEAST, row / np.maximum(before, _LEAST), season)
        now = alpha * raw + (1 - alpha) * before
        if beta:
            slope = beta * (now - level) + (1 - beta) * phi * slope
        seasons[at] = gamma * fresh + (1 - gamma) * season
        level = now
    return level, slope, seasons, sse

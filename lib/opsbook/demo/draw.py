"""Random draws: one stream of numbers per part of the shop, and vectorised choices.

A stream is named, not numbered: a part that is added later changes no other part.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Ints", "choose", "choose_by_group", "poisson_choice", "stream"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def stream(seed: int, part: str) -> np.random.Generator:
    """The generator of one part of the shop."""
    child = np.random.SeedSequence([seed, zlib.crc32(part.encode())])
    return np.random.Generator(np.random.PCG64(child))


def choose(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Indices drawn in proportion to weights."""
    edges = np.cumsum(weights / weights.sum())
    edges[-1] = 1.0
    return np.searchsorted(edges, rng.random(size), side="right").astype(np.int64)


def choose_by_group(rng: np.random.Generator, weights: Floats, group: Ints) -> Ints:
    """For each row an index drawn in proportion to the weights of its group.

    Args:
        rng: Source of randomness.
        weights: One row per group, one column per choice.
        group: Group of each row.
    """
    choices = weights.shape[1]
    edges = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    edges[:, -1] = 1.0
    # One sorted line for all groups: group g occupies the stretch from g to g + 1.
    line = (edges + np.arange(len(weights))[:, None]).ravel()
    at = np.searchsorted(line, group + rng.random(len(group)), side="right")
    return np.clip(at - group * choices, 0, choices - 1).astype(np.int64)


def poisson_choice(rng: np.random.Generator, expected: Floats) -> tuple[Ints, Ints]:
    """Poisson counts of a matrix, as row and column index of every single event."""
    counts = rng.poisson(expected)
    row, column = np.nonzero(counts)
    times = counts[row, column]
    return np.repeat(row, times).astype(np.int64), np.repeat(column, times).astype(np.int64)

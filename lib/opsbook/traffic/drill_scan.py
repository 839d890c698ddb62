"""Which slices of a shop fell more than the rest, told apart without counting one drop twice.

Everything works on leaves, the finest combinations of slices. What the base leads to expect
of a leaf is a weighted sum of its base days, so expectations add up exactly, like sales.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Candidates", "Pick", "candidates", "discoveries", "dispersion", "log_ratio", "scan"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_LEAST_EXPECTED = 8.0
"""Orders expected of a slice below which nothing can be told about it."""
_PAIR_EXTRA = 2.3
"""A pair must be ten times as likely as a single slice that tells nearly the same."""
_MOVED = 1.0
"""Standard errors by which a slice must have moved against its own past, too: one that stood
still while others grew did not cause a drop."""
_PRIOR_WEIGHT = 40.0
"""Degrees of freedom that the common noise counts for beside a slice's own weeks."""


@dataclass(frozen=True)
class Candidates:
    """Slices that may have caused the drop.

    Args:
        names: Per slice its conditions, as ``(("channel", "Search"), ("region", "East"))``.
        depth: Number of conditions.
        inside: Slices by leaves: whether the leaf belongs to the slice.
    """

    names: tuple[tuple[tuple[str, str], ...], ...]
    depth: NDArray[np.int64]
    inside: Flags


@dataclass(frozen=True)
class Pick:
    """A slice that moved otherwise than the rest.

    Args:
        index: Its number among the candidates.
        p_value: Chance of such a movement, one-sided, before the correction for many looks.
        z: Its distance from what was expected in standard errors, negative
            where it fell.
    """

    index: int
    p_value: float
    z: float


def candidates(leaves: pd.DataFrame, expected: Floats, *, depth: int = 2) -> Candidates:
    """Every value of every dimension, and every pair of values of two dimensions.

    Args:
        leaves: One row per leaf, one column per dimension.
        expected: Orders expected of each leaf.
        depth: 1 for single values only, 2 for pairs too.
    """
    codes = {name: pd.factorize(leaves[name], sort=True) for name in leaves.columns}
    names: list[tuple[tuple[str, str], ...]] = []
    rows: list[Flags] = []
    single: dict[str, list[tuple[str, Flags]]] = {}
    for name, (code, values) in codes.items():
        single[name] = [(str(v), np.asarray(code == i)) for i, v in enumerate(values)]
        for value, rows_in in single[name]:
            if expected[rows_in].sum() >= _LEAST_EXPECTED:
                names.append(((name, value),))
                rows.append(rows_in)
    for one, two in combinations(leaves.columns, 2) if depth > 1 else ():
        for (v1, in1), (v2, in2) in ((a, b) for a in single[one] for b in single[two]):
            both = in1 & in2
            if expected[both].sum() >= _LEAST_EXPECTED:
                names.append(((one, v1), (two, v2)))
                rows.append(both)
    inside = np.array(rows) if rows else np.zeros((0, len(leaves)), bool)
    return Candidates(tuple(names), np.array([len(n) for n in names], int), inside)


def dispersion(weekly: Floats, expected: Floats) -> Floats:
    """How many times more than chance each slice varies from week to week, 1 or more.

    A handful of weeks says little about one slice; its own estimate is drawn towards the
    median of all.

    Args:
        weekly: Slices by weeks: what was sold in the base.
        expected: The same, as the slice's share of the whole shop's week leads to expect, in
            units of its chance variance.

    Source:
        Moderated variance after Smyth (2004), Statistical Applications in Genetics 3(1).
    """
    free = max(weekly.shape[1] - 1, 0)
    if not free:
        return np.ones(len(weekly))
    squares = np.where(expected > 0, (weekly - expected) ** 2 / np.maximum(expected, 1e-9), 0.0)
    own = squares.sum(axis=1) / free
    common = float(np.median(own)) if len(own) else 1.0
    mixed = (_PRIOR_WEIGHT * common + free * own) / (_PRIOR_WEIGHT + free)
    return np.maximum(mixed, 1.0)


def log_ratio(actual: Floats, expected: Floats, total: float) -> Floats:
    """Log likelihood ratio of "this slice has its own rate" against "one rate for all".

    Args:
        actual: What each slice sold.
        expected: What it would have sold at the common rate.
        total: What the whole shop sold; expectations of all leaves add up to it.

    Returns:
        Per slice, negative where it rose: the sign says the direction.

    Source:
        Kulldorff (1997), Communications in Statistics - Theory and Methods 26(6), 1481-1496.
    """
    a, e = np.maximum(actual, 0.0), np.clip(expected, 1e-9, max(total - 1e-9, 1e-9))
    rest, left = np.maximum(total - a, 0.0), np.maximum(total - e, 1e-9)
    inside = np.where(a > 0, a * np.log(np.maximum(a, 1e-300) / e), 0.0)
    outside = np.where(rest > 0, rest * np.log(np.maximum(rest, 1e-300) / left), 0.0)
    value: Floats = np.maximum(inside + outside, 0.0)
    return np.where(a <= e, value, -value)


def discoveries(p_values: Floats, rate: float) -> Flags:
    """Which slices are told when the share of false ones is held at ``rate``.

    Source:
        Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
    """
    order = np.argsort(p_values, kind="stable")
    passed = np.flatnonzero(p_values[order] <= rate * np.arange(1, len(order) + 1) / len(order))
    real = np.zeros(len(p_values), bool)
    if len(passed):
        real[order[: passed[-1] + 1]] = True
    return real


def scan(
    actual: Floats,
    expected: Floats,
    every: Candidates,
    noise: Floats,
    *,
    false_share: float,
    most: int,
) -> list[Pick]:
    """The few slices that explain a drop, each found in what the ones before leave open.

    The whole shop's common movement is taken out first. Slices that rose are taken out like
    those that fell, or their gain would look like everybody else's loss. A pair has to beat
    its parents by more than there are more pairs to choose from.

    Args:
        actual: Orders of each leaf.
        expected: What the base leads to expect of it.
        every: Slices to look at.
        noise: Variance of a slice's difference over its expectation.
        false_share: Share of false calls allowed.
        most: Slices that fell at most.
    """
    from scipy.stats import norm

    picks: list[Pick] = []
    total, left = float(actual.sum()), expected.astype(float)
    if total <= 0 or left.sum() <= 0 or not len(every.names):
        return picks
    sold = every.inside @ actual
    size = np.bincount(every.depth, minlength=3)
    handicap = np.log(np.maximum(size[every.depth], 1)) + _PAIR_EXTRA * (every.depth - 1)
    plain = every.inside @ expected
    alone = (sold - plain) / np.sqrt(np.maximum(plain * noise, 1e-9))
    for _ in range(2 * most):
        left = left * (total / left.sum())
        ratio = log_ratio(sold, every.inside @ left, total) / noise
        z = -np.sign(ratio) * np.sqrt(2 * np.abs(ratio))
        falls = discoveries(norm.cdf(z), false_share) & (alone < -_MOVED)
        rises = discoveries(norm.sf(z), false_share) & (alone > _MOVED)
        told = falls | rises
        told[[p.index for p in picks]] = False
        if not told.any() or sum(p.z < 0 for p in picks) >= most:
            break
        # Of two halves of a shop one may have fallen or the other risen: the likelihood is
        # the same, and the one that moved against its own past is meant.
        score = np.abs(ratio) - handicap + 0.01 * np.abs(alone)
        best = int(np.argmax(np.where(told, score, -np.inf)))
        picks.append(Pick(best, float(norm.cdf(-abs(z[best]))), float(z[best])))
        inside = every.inside[best]
        was, now = float(left[inside].sum()), float(sold[best])
        # What the slice explains is now expected of it, and of the others what they share.
        rest, other = float(left[~inside].sum()), total - now
        left = np.where(inside, left * (now / was if was > 0 else 1.0),
                        left * (other / rest if rest > 0 else 1.0))  # fmt: skip
        left = np.maximum(left, 1e-12)
    return picks

"""Difference in differences: means, counts of restless weeks, and other choices of regions."""

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np

__all__ = ["did", "permuted", "ratio_did"]


def did(
    treated_before: float, treated_after: float, control_before: float, control_after: float
) -> float:
    """Difference in differences of four means.

    Args:
        treated_before: Mean of the treated before.
        treated_after: Mean of the treated after.
        control_before: Mean of the others before.
        control_after: Mean of the others after.

    Returns:
        What changed more for the treated, in the unit of the means.

    Source:
        Card, Krueger (1994), Minimum Wages and Employment, American Economic Review 84,
        772-793, table 3.

    Example:
        >>> round(did(20.44, 21.03, 23.33, 21.17), 2)
        2.75
    """
    return (treated_after - treated_before) - (control_after - control_before)


def ratio_did(
    weeks: np.ndarray, treated: np.ndarray, after: np.ndarray
) -> tuple[float, float, float]:
    """Difference in differences of counts on the log scale, with an error for restless weeks.

    Args:
        weeks: Counts by week (row) and region (column).
        treated: Which regions are treated.
        after: Which weeks are.

    Returns:
        Log ratio, its standard error, and the degrees of freedom of the error.

    Source:
        Counts vary more than by pure chance; by how much is measured before the test:
        Pearson's chi-square of region by week over its degrees of freedom (McCullagh, Nelder,
        Generalized Linear Models, 2nd ed., 1989, section 6.2).
    """
    sums = np.array(
        [[weeks[np.ix_(a, r)].sum() for a in (~after, after)] for r in (~treated, treated)]
    )
    if (sums <= 0).any():
        return float("nan"), float("nan"), 0.0
    effect = float(np.log(sums[1, 1] / sums[1, 0]) - np.log(sums[0, 1] / sums[0, 0]))
    past = weeks[~after]
    hoped = np.outer(past.sum(1), past.sum(0)) / past.sum()
    freedom = (past.shape[0] - 1) * (past.shape[1] - 1)
    restless = max(float(((past - hoped) ** 2 / hoped).sum()) / freedom, 1.0) if freedom else 1.0
    return effect, float(np.sqrt(restless * (1 / sums).sum())), float(freedom)


def permuted(
    weeks: np.ndarray, inside: np.ndarray, after: np.ndarray, effect: float, most: int = 2_000
) -> float:
    """Share of choices of as many regions, the true one included, with as large an effect."""
    units, size = len(inside), int(inside.sum())
    choices: Sequence[tuple[int, ...]]
    if comb(units, size) <= most:
        choices = list(combinations(range(units), size))
    else:
        rng = np.random.default_rng(1)
        drawn = [tuple(rng.choice(units, size, replace=False)) for _ in range(most - 1)]
        choices = [tuple(np.flatnonzero(inside)), *drawn]
    before, later = weeks[~after].sum(0), weeks[after].sum(0)
    hits = 0
    for choice in choices:
        chosen = np.isin(np.arange(units), choice)
        with np.errstate(divide="ignore", invalid="ignore"):
            other = np.log(later[chosen].sum() / before[chosen].sum()) - np.log(
                later[~chosen].sum() / before[~chosen].sum()
            )
        hits += bool(np.abs(other) >= abs(effect) - 1e-12)
    return hits / len(choices)

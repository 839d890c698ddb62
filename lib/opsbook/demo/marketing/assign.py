"""Who gets which variant, so that outcomes that happened are those of a randomised test.

Customers of the shop buy whether or not somebody tests something on them. So the variant is
drawn after the outcome, with the odds that a randomised test with the planted lift implies:
with prior shares p and lifts L, a customer who converted was in arm k with chance
p[k] (1 + L[k]) / sum of these, and those who did not convert fill up the arms so that the
shares hold in every stratum of what was known before. Observed data then have exactly the
distribution of a true randomised test.
"""

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Floats, Ints, choose_by_group

__all__ = ["assign", "strata"]


def assign(
    rng: np.random.Generator,
    converted: NDArray[np.bool_],
    stratum: Ints,
    shares: Floats,
    lift: Floats,
) -> Ints:
    """Draw the arm of every unit.

    Args:
        rng: Source of randomness.
        converted: Outcome of each unit.
        stratum: What is known of it before; the arms are alike in every stratum.
        shares: Share of units in each arm, summing to 1; or one row per stratum.
        lift: Lift of each arm against arm 0 as a fraction: one row per arm, or one row per
            stratum and one column per arm.

    Returns:
        Index of the arm.
    """
    groups = max(int(stratum.max(initial=0)) + 1, len(np.atleast_2d(lift)))
    arms = shares.shape[-1]
    share = np.broadcast_to(shares, (groups, arms))
    won = share * (1 + np.broadcast_to(lift, (groups, arms)))
    won = won / won.sum(axis=1, keepdims=True)
    size = np.bincount(stratum, minlength=groups)
    rate = np.bincount(stratum, weights=converted, minlength=groups) / np.maximum(size, 1)
    # In a stratum where nearly all convert, the rest cannot balance the arms: as near as may be.
    lost = np.maximum(share - rate[:, None] * won, 1e-9)
    lost = lost / lost.sum(axis=1, keepdims=True)
    weights = np.vstack([lost, won])
    return choose_by_group(rng, weights, stratum + groups * converted)


def strata(before: Floats, bins: int = 5) -> Ints:
    """Strata of what a customer spent before: nothing, then equal parts of the rest.

    Args:
        before: CNY spent before.
        bins: Number of strata among those who spent something.
    """
    positive = before[before > 0]
    if len(positive) < 4 * bins:
        return (before > 0).astype(np.int64)
    edges = np.quantile(positive, np.linspace(0, 1, bins + 1)[1:-1])
    return np.where(before > 0, 1 + np.searchsorted(edges, before, side="right"), 0)

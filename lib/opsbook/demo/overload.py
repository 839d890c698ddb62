"""More orders in a day than the shop can take: some are lost, and parcels run late after it."""

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Floats, Ints
from opsbook.demo.plan import Plan

__all__ = ["daily_capacity", "overload", "within_capacity"]

_AFTERMATH = 10
"""Days it takes to work off what an overloaded day left behind."""


def daily_capacity(plan: Plan, expected: Floats) -> float:
    """Orders the shop can take in a day.

    Args:
        plan: Capacity in multiples of the average day.
        expected: Expected orders by region and day.
    """
    return float(plan.capacity * expected.sum() / expected.shape[1])


def overload(plan: Plan, expected: Floats) -> Floats:
    """Factor on the chance of a late parcel by day: 1 unless the days before were too much."""
    load = expected.sum(axis=0) / daily_capacity(plan, expected)
    strain = np.maximum(load, 1.0) ** plan.overload_late
    worst = strain.copy()
    for days in range(1, _AFTERMATH):
        fading = 1 + (strain[:-days] - 1) * (1 - days / _AFTERMATH)
        worst[days:] = np.maximum(worst[days:], fading)
    return np.asarray(worst, np.float64)


def within_capacity(
    rng: np.random.Generator, plan: Plan, expected: Floats, day: Ints
) -> NDArray[np.bool_]:
    """Which intended orders get through; on an overloaded day chance decides.

    Args:
        rng: Source of randomness.
        plan: Capacity.
        expected: Expected orders by region and day.
        day: Day of each intended order.
    """
    limit = daily_capacity(plan, expected)
    orders = np.bincount(day, minlength=expected.shape[1])
    through = np.minimum(limit / np.maximum(orders, 1), 1.0)
    return np.asarray(rng.random(len(day)) < through[day], bool)

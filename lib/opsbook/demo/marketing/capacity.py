"""Load on the systems that carry the shop, day by day, and what fails when it is too much."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import words
from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, stream
from opsbook.demo.overload import daily_capacity

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["CapacityPlan", "System", "capacity", "load_and_limit"]


@dataclass(frozen=True)
class System:
    """A system under load.

    Args:
        name: As it stands in the data.
        per_order: Highest load of the day per order of that day, in the system's unit.
        tried: Whether it carries orders that were tried and lost, too.
        headroom: Limit against the highest load that was planned for.
        failures: Failed requests or jobs per unit of load above the limit.
        usual: Failed ones per unit of load on any day.
        noise: Standard deviation of the log load.
    """

    name: str
    per_order: float
    tried: bool
    headroom: float
    failures: float
    usual: float
    noise: float


@dataclass(frozen=True)
class CapacityPlan:
    """Planted parameters of load.

    Args:
        systems: Systems; units are page requests a minute, payments a minute, parcels a day,
            conversations an hour.
        ordinary: Limit outside festival seasons against the limit of the greatest day.
    """

    systems: tuple[System, ...] = (
        System("website", 2.60, True, 1.12, 40.0, 0.004, 0.05),
        System("payment", 0.012, True, 1.18, 30.0, 0.010, 0.06),
        System("warehouse", 0.95, False, 1.06, 1.0, 0.001, 0.05),
        System("service desk", 0.030, False, 0.97, 6.0, 0.020, 0.10),
    )
    ordinary: float = 0.55


def load_and_limit(b: "Business", plan: CapacityPlan) -> tuple[Floats, Floats]:
    """Peak load and limit: one row per system, one column per day."""
    rng = stream(b.seed, "marketing capacity")
    days = b.clock.days
    placed = np.bincount(b.orders.placed // DAY, minlength=days).astype(np.float64)
    tried = placed + b.losses.capacity + b.losses.incident + b.losses.stock
    planned = b.expected.sum(axis=0)
    room = daily_capacity(b.plan, b.expected)
    # Limits are raised from two weeks before a great day until one week after it.
    great = (b.clock.festival > 1.6).astype(np.float64)
    season = np.convolve(great, np.ones(22))[14 : 14 + days] > 0
    load, limit = [], []
    for s in plan.systems:
        noise = np.exp(rng.normal(0.0, s.noise, days))
        load.append((tried if s.tried else placed) * s.per_order * noise)
        top = float(planned.max()) * s.headroom
        calm = float(planned[~season].max(initial=0.0))
        low = max(plan.ordinary * top, 1.25 * s.headroom * calm)
        wanted = np.where(season, top, min(low, top))
        # What the shop can take in a day is what its website and payment can take.
        limit.append(np.minimum(wanted, room if s.tried else np.inf) * s.per_order)
    return np.round(load, 3), np.round(limit, 3)


def capacity(b: "Business", plan: CapacityPlan) -> pa.Table:
    """Rows by day and system."""
    rng = stream(b.seed, "marketing errors")
    load, limit = load_and_limit(b, plan)
    over = np.maximum(load - limit, 0.0)
    usual = np.array([[s.usual] for s in plan.systems])
    failures = np.array([[s.failures] for s in plan.systems])
    errors = rng.poisson(usual * load + failures * over)
    day = np.repeat(np.arange(b.clock.days), len(plan.systems))
    at = np.tile(np.arange(len(plan.systems)), b.clock.days)
    return pa.table(
        {
            "date": pa.array(b.clock.dates(day)),
            "system": words(at, [s.name for s in plan.systems]),
            "peak_load": load[at, day],
            "load_limit": limit[at, day],
            "errors": errors[at, day],
        }
    )

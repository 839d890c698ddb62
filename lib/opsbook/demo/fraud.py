"""Rings of fraudsters: fresh accounts that buy one product in a burst and want money back."""

from dataclasses import dataclass, replace

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats, Ints, choose
from opsbook.demo.plan import Plan
from opsbook.demo.purchases import Purchases

__all__ = ["Rings", "make_rings"]


@dataclass(frozen=True)
class Rings:
    """Accounts of fraudsters.

    Args:
        customer: Account.
        ring: Ring it belongs to.
        region: Region given at registration.
        signup: Day of registration.
        target: For each ring a number in 0..1 that says which product it goes for.
    """

    customer: Ints
    ring: Ints
    region: Ints
    signup: Ints
    target: Floats

    def __len__(self) -> int:
        return len(self.customer)

    def renumbered(self, number: Ints) -> "Rings":
        """The same with other customer numbers."""
        return replace(self, customer=number[self.customer])


def make_rings(
    rng: np.random.Generator, plan: Plan, clock: Clock, expected: Floats, known: int
) -> tuple[Rings, Purchases]:
    """Draw the rings and what they order.

    Args:
        rng: Source of randomness.
        plan: Share of orders that are fraudulent.
        clock: The period.
        expected: Expected orders by region and day.
        known: Number of honest customers, after which accounts are numbered.
    """
    wanted = plan.fraud * float(expected.sum())
    count = max(1, round(wanted / 15)) if plan.fraud > 0 else 0
    size = rng.integers(6, 15, count)
    ring = np.repeat(np.arange(count), size)
    begins = rng.integers(min(5, clock.days - 1), max(clock.days - 3, 6), count)
    region = choose(rng, np.array([r.share for r in plan.regions]), count)[ring]
    account = known + np.arange(len(ring))
    signup = np.maximum(begins[ring] - rng.integers(0, 3, len(ring)), 0)
    times = 1 + (rng.random(len(ring)) < 0.5).astype(np.int64)
    which = np.repeat(np.arange(len(ring)), times)
    day = np.minimum(begins[ring[which]] + rng.integers(0, 2, len(which)), clock.days - 1)
    first = np.diff(which, prepend=-1) > 0
    day = np.where(
        first, np.minimum(day, begins[ring[which]]), np.maximum(day, begins[ring[which]])
    )
    orders = Purchases(
        customer=account[which],
        day=day,
        at=np.full(len(which), np.nan),
        region=region[which],
        first=first,
        late=np.zeros(len(which), bool),
        ring=ring[which],
    )
    return Rings(account, ring, region, signup, rng.random(count)), orders

"""How many visits there are by day and device, and who comes: known, new, or back again.

Visits follow from the orders expected and planned conversion, and scatter by themselves; so
orders and visits agree in expectation, and conversion varies from day to day as chance does.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from opsbook.demo.clock import DAY, Clock
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.plan import Plan
from opsbook.demo.visits.incidents import order_factor
from opsbook.demo.visits.outcomes import Outcomes, list_outcomes
from opsbook.demo.visits.steps import STEPS, Funnel, Steps, plan_steps

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["LAGS", "Traffic", "lag_chances", "plan_traffic"]

LAGS = 21
"""Longest time between an earlier visit of a buyer and the order, days."""
_DRIFT, _PRIOR = 21, 300.0
"""Days on either side, and orders added to theirs, by which a drift of orders is told."""
_CHUNK = 300_000
"""Visits that are made at a time."""


@dataclass(frozen=True)
class Traffic:
    """Numbers of visits; arrays have one row per day and one column per device.

    Args:
        funnel: What is planted.
        steps: Planned steps.
        outcomes: Kinds of visits without an order.
        visits: Expected visits of all kinds.
        earlier: Expected earlier visits of buyers.
        shares: Chance of each outcome among other visits: days, devices, outcomes.
        known: Other visits by registered customers.
        fresh: Visits by new anonymous visitors.
        back: Visits by anonymous visitors who have been there.
        first: Number of a day's first new visitor among those of the device; one row more.
        members: Customers by device, in order of registration.
        present: Registered customers.
        bounce: Share of visits without an order that bounce.
        edges: First day of each chunk, and the day after the last.
    """

    funnel: Funnel
    steps: Steps
    outcomes: Outcomes
    visits: Floats
    earlier: Floats
    shares: Floats
    known: Ints
    fresh: Ints
    back: Ints
    first: Ints
    members: tuple[Ints, ...]
    present: Ints
    bounce: float
    edges: Ints

    @property
    def others(self) -> Ints:
        """Visits that are neither those of an order nor earlier ones of a buyer."""
        return self.known + self.fresh + self.back


def lag_chances(funnel: Funnel) -> Floats:
    """Chance of 1, 2, ... days between an earlier visit and the order."""
    left = np.exp(-np.arange(LAGS + 1) / funnel.earlier_days)
    left[-1] = 0.0
    return np.asarray(-np.diff(left), np.float64)


def plan_traffic(b: "Business", funnel: Funnel | None = None) -> Traffic:
    """Draw the numbers of visits of the whole period.

    Args:
        b: The shop's orders and customers.
        funnel: What to plant; the demo shop's own unless given.
    """
    funnel = funnel or Funnel()
    rng = stream(b.seed, "visits")
    left = _left(b)
    there = b.media.presence(len(b.plan.channels))
    steps = plan_steps(b.plan, b.clock, funnel, b.orders.placed, b.orders.channel, left, there)
    outcomes = list_outcomes(b.plan, funnel, steps)
    orders = _count(b.orders.placed, b.orders.device, steps.order.shape)
    visits = _visits(b, steps, orders, left)
    earlier = _earlier(funnel, orders)
    without = np.maximum(visits * (1.0 - steps.order) - earlier, 0.1 * visits)
    number = rng.poisson(without)
    members = tuple(
        np.flatnonzero(b.people.device == device) for device in range(len(b.plan.devices))
    )
    days = np.arange(b.clock.days)
    arrived = [np.searchsorted(b.people.signup[own], days, side="right") for own in members]
    present = np.stack(arrived, axis=1)
    known, fresh, back = _who(rng, funnel, number, present)
    first = np.concatenate([np.zeros((1, fresh.shape[1]), np.int64), np.cumsum(fresh, axis=0)])
    # What earlier visits of buyers take, the others leave: together they keep to the steps.
    depth = visits[:, :, None, None] * steps.without
    taken = earlier[:, :, None, None] * steps.channel[:, None, :, None]
    depth = np.maximum(depth - taken * np.array(funnel.earlier_depth), 0.05 * depth)
    shares = outcomes.shares(depth)
    bounce = (number[:, :, None] * shares).sum(axis=(0, 1)) / max(number.sum(), 1)
    return Traffic(
        *(funnel, steps, outcomes, visits, earlier, shares, known, fresh, back, first),
        *(members, present, float(bounce[outcomes.bounced].sum())),
        _edges((orders + earlier + number).sum(axis=1)),
    )


def _count(second: Ints, device: Ints, shape: tuple[int, ...]) -> Floats:
    cell = second // DAY * shape[1] + device
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def _left(b: "Business") -> Floats:
    """What losses leave of each step: one row per day, one column per step of STEPS."""
    days = b.clock.days
    made = np.bincount(b.orders.placed // DAY, minlength=days)
    left = np.ones((days, len(STEPS)))
    # Empty shelves: nothing to put into the cart. They last, so a week tells their share.
    lost, wanted = _about(b.losses.stock, 3), _about(made + b.losses.stock, 3)
    left[:, STEPS.index("cart")] = 1.0 - lost / np.maximum(wanted, 1.0)
    # An overloaded shop: orders that do not get through.
    pressing = made + b.losses.stock + b.losses.capacity
    left[:, STEPS.index("pay")] = 1.0 - b.losses.capacity / np.maximum(pressing, 1.0)
    return np.maximum(left, 0.02)


def _about(values: Ints | Floats, reach: int) -> Floats:
    """Sum of each day and some days on either side."""
    total = np.convolve(values, np.ones(2 * reach + 1))
    return np.asarray(total[reach : reach + len(values)], np.float64)


def _visits(b: "Business", steps: Steps, orders: Floats, left: Floats) -> Floats:
    """Visits that promise the orders expected; a slow drift of orders moves them too.

    The orders of the day itself count for next to nothing: visits made to fit them would
    leave a conversion that scatters less than chance.
    """
    # Losses take orders from visits, not visits.
    kept = order_factor(b.plan, b.clock) * left.prod(axis=1)[:, None]
    forecast = b.expected_orders[:, None] * _device_shares(b.plan, b.clock)
    forecast *= np.maximum(orders.sum(axis=0), 0.5) / (forecast * kept).sum(axis=0)
    made = _about(orders.sum(axis=1), _DRIFT) + _PRIOR
    drift = made / (_about((forecast * kept).sum(axis=1), _DRIFT) + _PRIOR)
    return np.asarray(forecast * kept * drift[:, None] / steps.order, np.float64)


def _device_shares(plan: Plan, clock: Clock) -> Floats:
    share = np.array([d.share for d in plan.devices])
    growth = np.array([d.growth for d in plan.devices])
    return np.asarray(share * np.exp(growth * clock.years[:, None]), np.float64)


def _earlier(funnel: Funnel, orders: Floats) -> Floats:
    expected = np.zeros_like(orders)
    for lag, chance in enumerate(lag_chances(funnel), start=1):
        if lag < len(orders):
            expected[:-lag] += funnel.earlier * chance * orders[lag:]
    return expected


def _who(
    rng: np.random.Generator, funnel: Funnel, number: Ints, present: Ints
) -> tuple[Ints, Ints, Ints]:
    days = np.arange(len(number))
    known = np.where(present > 0, rng.binomial(number, funnel.known), 0)
    # In the first weeks hardly anybody can be back.
    ripe = 1.0 - np.exp(-(days + 1.0) / funnel.again_days)[:, None]
    back = rng.binomial(number - known, funnel.again * ripe)
    fresh = number - known - back
    nobody = np.cumsum(fresh, axis=0) == 0
    return known, np.where(nobody, fresh + back, fresh), np.where(nobody, 0, back)


def _edges(expected: Floats) -> Ints:
    """Days put together until a chunk is full; a day is never split."""
    full = np.cumsum(expected)
    chunk = np.floor((full - expected / 2) / _CHUNK).astype(np.int64)
    starts = np.flatnonzero(np.diff(chunk, prepend=-1))
    return np.append(starts, len(expected))

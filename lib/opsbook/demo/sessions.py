"""Visits: those in which something was ordered, those before, and the many that end without.

Every order has a visit of its customer that starts before it. Visitors without an order
are so many that conversion is what the plan says.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY, Clock, moments
from opsbook.demo.customers import People
from opsbook.demo.draw import Floats, Ints, choose_by_group
from opsbook.demo.orders import Orders, channel_weights
from opsbook.demo.plan import Plan

__all__ = ["LANDINGS", "Sessions", "conversion", "visit"]

LANDINGS = ("home", "search", "category", "product", "campaign", "live")
_LANDING = {
    "search": (0.05, 0.55, 0.10, 0.30, 0.0, 0.0),
    "category": (0.15, 0.0, 0.65, 0.20, 0.0, 0.0),
    "paid": (0.05, 0.05, 0.10, 0.60, 0.20, 0.0),
    "content": (0.05, 0.0, 0.0, 0.45, 0.10, 0.40),
    "event": (0.10, 0.0, 0.05, 0.15, 0.70, 0.0),
    "external": (0.40, 0.0, 0.10, 0.40, 0.10, 0.0),
}
_EARLIER = 0.8
"""Visits of a buyer in the days before an order, mean."""
_KNOWN = 0.10
"""Share of other visits made by registered customers, logged in."""
_AGAIN = 0.28
"""Share of anonymous visits by someone who has been there lately."""


@dataclass(frozen=True)
class Sessions:
    """Visits in order of time.

    Args:
        start: Second the visit began.
        customer: Customer logged in, -1 if nobody.
        visitor: Visitor number; customers have their own numbers, then come the anonymous.
        channel: Channel.
        device: Device.
        landing: Index into LANDINGS.
        dwell: Seconds on site.
        bounced: Ended on its first page.
    """

    start: Ints
    customer: Ints
    visitor: Ints
    channel: Ints
    device: Ints
    landing: Ints
    dwell: Ints
    bounced: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)


def conversion(plan: Plan, clock: Clock) -> Floats:
    """Planned orders per visit by day."""
    since = np.arange(clock.days) / 365.25
    growth = np.exp(plan.conversion_growth * since)
    return plan.conversion * growth * clock.festival**plan.conversion_festival


def visit(
    rng: np.random.Generator,
    plan: Plan,
    clock: Clock,
    orders: Orders,
    people: People,
    expected: Floats,
) -> Sessions:
    """Draw all visits of the period.

    Args:
        rng: Source of randomness.
        plan: Conversion, channels and devices.
        clock: The period.
        orders: Orders in time.
        people: Customers.
        expected: Expected orders by day.
    """
    parts = [
        _with_order(rng, orders, people),
        _before_order(rng, plan, clock, orders, people),
        _without_order(rng, plan, clock, people, expected),
    ]
    start, customer, visitor, channel, device, dwell, bounced = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    order = np.argsort(start, kind="stable")
    channel = channel[order]
    landing = np.array([_LANDING[c.source_class] for c in plan.channels])
    return Sessions(
        start=start[order],
        customer=customer[order],
        visitor=visitor[order],
        channel=channel,
        device=device[order],
        landing=choose_by_group(rng, landing, channel),
        dwell=dwell[order].astype(np.int64),
        bounced=bounced[order].astype(bool),
    )


Part = tuple[Ints, Ints, Ints, Ints, Ints, Ints, NDArray[np.bool_]]


def _with_order(rng: np.random.Generator, orders: Orders, people: People) -> Part:
    before = np.clip(rng.lognormal(5.9, 0.8, len(orders)), 30, 5400).astype(np.int64)
    today = orders.placed // DAY
    # Nobody is logged in before the day of registration.
    earliest = np.maximum(people.signup[orders.customer], 0) * DAY
    earliest = np.where(people.signup[orders.customer] == today, today * DAY, earliest)
    start = np.maximum(orders.placed - before, np.minimum(earliest, orders.placed - 30))
    after = rng.integers(20, 240, len(orders))
    none = np.zeros(len(orders), dtype=bool)
    dwell = orders.placed - start + after
    return (start, orders.customer, orders.customer, orders.channel, orders.device, dwell, none)


def _before_order(
    rng: np.random.Generator, plan: Plan, clock: Clock, orders: Orders, people: People
) -> Part:
    times = rng.poisson(_EARLIER, len(orders))
    order = np.repeat(np.arange(len(orders)), times)
    days = np.ceil(rng.exponential(3.0, len(order))).astype(np.int64)
    day = orders.placed[order] // DAY - np.minimum(days, 21)
    order, day = order[day >= 0], day[day >= 0]
    start = moments(rng, day, clock.festival)
    visitor = orders.customer[order]
    customer = np.where(people.signup[visitor] <= day, visitor, -1)
    channel = choose_by_group(rng, _visit_weights(plan, clock), day)
    dwell, _ = _stay(rng, len(order), 0.0)
    none = np.zeros(len(order), dtype=bool)
    return (start, customer, visitor, channel, orders.device[order], dwell, none)


def _without_order(
    rng: np.random.Generator, plan: Plan, clock: Clock, people: People, expected: Floats
) -> Part:
    mean = np.maximum(expected * (1 / conversion(plan, clock) - 1 - _EARLIER), 0.0)
    day = np.repeat(np.arange(clock.days), rng.poisson(mean))
    count = len(day)
    start = np.sort(moments(rng, day, clock.festival))
    day = start // DAY
    # Registered customers come in proportion to how lately they joined.
    present = np.searchsorted(people.signup, day, side="right")
    someone = (present * rng.random(count) ** 0.6).astype(np.int64)
    known = (rng.random(count) < _KNOWN) & (present > 0)
    fresh = ~known & (rng.random(count) >= _AGAIN)
    newest = np.cumsum(fresh)
    back = (rng.exponential(8.0, count) * count / clock.days * 0.6).astype(np.int64)
    anonymous = np.where(fresh, newest, np.maximum(newest - back, 1))
    customer = np.where(known, someone, -1)
    visitor = np.where(known, someone, len(people) + anonymous)
    device = choose_by_group(rng, _device_weights(plan, clock), day)
    # An anonymous visitor is a cookie, so the device stays with the number.
    device = np.where(known, people.device[np.where(known, someone, 0)], device)
    first_device = np.zeros(int(newest[-1]) + 2 if count else 2, dtype=np.int64)
    first_device[newest[fresh]] = device[fresh]
    device = np.where(known, device, first_device[anonymous])
    channel = choose_by_group(rng, _visit_weights(plan, clock), day)
    dwell, bounced = _stay(rng, count, 0.46)
    return (start, customer, visitor, channel, device, dwell, bounced)


def _visit_weights(plan: Plan, clock: Clock) -> Floats:
    """Share of visits by channel and day: that of orders over how well the channel converts."""
    return channel_weights(plan, clock) / np.array([c.conversion for c in plan.channels])


def _device_weights(plan: Plan, clock: Clock) -> Floats:
    share = np.array([d.share / d.conversion for d in plan.devices])
    growth = np.array([d.growth for d in plan.devices])
    return share * np.exp(growth * clock.years[:, None])


def _stay(
    rng: np.random.Generator, count: int, bounce_rate: float
) -> tuple[Ints, NDArray[np.bool_]]:
    bounced = rng.random(count) < bounce_rate
    dwell = np.where(bounced, rng.exponential(9.0, count), rng.lognormal(4.6, 0.9, count))
    return np.clip(dwell, 1, 7200).astype(np.int64), bounced

"""Orders in time: the minute they are placed and paid, and where they stand at the end."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.baskets import Baskets
from opsbook.demo.clock import DAY, Clock, moments
from opsbook.demo.customers import People
from opsbook.demo.draw import Floats, Ints, choose_by_group
from opsbook.demo.plan import Plan

__all__ = ["STATUSES", "Orders", "channel_weights", "place"]

STATUSES = ("unpaid", "paid", "shipped", "completed", "cancelled", "refunded")
_UNPAID, _PAID, _SHIPPED, _COMPLETED, _CANCELLED, REFUNDED = range(6)


@dataclass(frozen=True)
class Orders:
    """Orders in order of time; seconds count from the first midnight.

    Args:
        basket: Basket of each order.
        customer: Customer.
        platform: Platform.
        channel: Channel credited, that of the visit in which it was placed.
        device: Device of that visit.
        region: Region of delivery.
        placed: Second it was placed.
        paid: Second it was paid, -1 if never.
        delivered: Second it arrives, which may lie after the period.
        status: Index into STATUSES.
        freight: Freight charged, CNY.
    """

    basket: Ints
    customer: Ints
    platform: Ints
    channel: Ints
    device: Ints
    region: Ints
    placed: Ints
    paid: Ints
    delivered: Ints
    status: Ints
    freight: Floats

    def __len__(self) -> int:
        return len(self.basket)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Orders that were paid and not cancelled."""
        return (self.status != _UNPAID) & (self.status != _CANCELLED)


def channel_weights(plan: Plan, clock: Clock) -> Floats:
    """Share of orders by channel: one row per day, one column per channel."""
    share = np.array([c.share for c in plan.channels])
    growth = np.array([c.growth for c in plan.channels])
    festival = np.array([c.festival for c in plan.channels])
    weight = share * np.exp(growth * clock.years[:, None])
    weight = weight * np.maximum(clock.festival, 1.0)[:, None] ** festival
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def place(
    rng: np.random.Generator, plan: Plan, clock: Clock, baskets: Baskets, people: People
) -> Orders:
    """Give every basket a time, a payment and a state.

    What is never paid or is cancelled is drawn without a look at the price.

    Args:
        rng: Source of randomness.
        plan: Shares of unpaid and cancelled orders, freight.
        clock: The period.
        baskets: Content, day and region of the orders.
        people: Customer of each basket.
    """
    count = len(baskets)
    second = moments(rng, baskets.day, clock.festival)
    # A visit comes before its order, so nothing is ordered in the first minute of a day.
    second = np.maximum(second, baskets.day * DAY + rng.integers(60, 400, count))
    basket = np.argsort(second, kind="stable")
    placed, day = second[basket], baskets.day[basket]
    customer = people.buyer[basket]
    fate = rng.random(count)
    unpaid = fate < plan.unpaid
    cancelled = ~unpaid & (fate < plan.unpaid + plan.cancelled)
    slow = rng.random(count) < 0.1
    delay = np.where(slow, rng.exponential(1500, count), rng.lognormal(3.6, 0.8, count)) + 3
    # Prices change at midnight: what is ordered today is paid today.
    paid = np.minimum(placed + delay.astype(np.int64), (day + 1) * DAY - 1)
    paid[unpaid | (cancelled & (rng.random(count) < 0.5))] = -1
    shipped = placed + (rng.uniform(0.2, 2.0, count) * DAY).astype(np.int64)
    delivered = shipped + (rng.uniform(1.2, 5.0, count) * DAY).astype(np.int64)
    end = clock.days * DAY
    status = np.select(
        [unpaid, cancelled, delivered < end, shipped < end],
        [_UNPAID, _CANCELLED, _COMPLETED, _SHIPPED],
        _PAID,
    ).astype(np.int64)
    weights = np.array([p.share for p in plan.platforms])
    drift = np.exp(np.array([p.growth for p in plan.platforms]) * clock.years[:, None])
    usual = rng.random(count) < 0.85
    elsewhere = choose_by_group(rng, weights * drift, day)
    return Orders(
        basket=basket,
        customer=customer,
        platform=np.where(usual, people.platform[customer], elsewhere),
        channel=choose_by_group(rng, channel_weights(plan, clock), day),
        device=people.device[customer],
        region=baskets.region[basket],
        placed=placed,
        paid=paid,
        delivered=delivered,
        status=status,
        freight=np.where(baskets.value[basket] >= plan.free_freight, 0.0, plan.freight),
    )

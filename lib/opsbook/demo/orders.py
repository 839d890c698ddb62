"""Orders in time: the minute they are placed and paid, when they leave, how they end."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY, Clock, moments
from opsbook.demo.customers import People
from opsbook.demo.draw import Floats, Ints, choose_by_group
from opsbook.demo.plan import Plan
from opsbook.demo.purchases import Purchases

__all__ = ["REFUNDED", "STATUSES", "Orders", "place"]

STATUSES = ("unpaid", "paid", "shipped", "completed", "cancelled", "refunded")
_UNPAID, _PAID, _SHIPPED, _COMPLETED, _CANCELLED, REFUNDED = range(6)


@dataclass(frozen=True)
class Orders:
    """Orders in order of time; seconds count from the first midnight.

    Args:
        customer: Customer.
        platform: Platform.
        channel: Channel credited, that of the visit in which it was placed.
        device: Device of that visit.
        region: Region of delivery.
        warehouse: Warehouse that ships it.
        carrier: Carrier that takes it, -1 if it is never shipped.
        campaign: Campaign it counts for, -1 if none.
        coupon: Coupon used, an index into the plan's; -1 if none.
        placed: Second it was placed.
        paid: Second it was paid, -1 if never.
        shipped: Second it leaves, which may lie after the period; -1 if never.
        delivered: Second it arrives, which may lie after the period; -1 if never.
        ended: Second an order that is never shipped gives its stock back, else -1.
        status: Index into STATUSES.
        freight: Freight charged, CNY.
        discount: Discount on the whole order, CNY, already inside the lines' amounts.
        presale: Bought with a deposit before a mega-sale's great day.
        deposit: Deposit of a presale, CNY; 0 otherwise.
        first: Whether it is the customer's first order.
        late: Whether it arrives later than promised.
        fraud: Whether it was placed by a ring of fraudsters.
    """

    customer: Ints
    platform: Ints
    channel: Ints
    device: Ints
    region: Ints
    warehouse: Ints
    carrier: Ints
    campaign: Ints
    coupon: Ints
    placed: Ints
    paid: Ints
    shipped: Ints
    delivered: Ints
    ended: Ints
    status: Ints
    freight: Floats
    discount: Floats
    presale: NDArray[np.bool_]
    deposit: Floats
    first: NDArray[np.bool_]
    late: NDArray[np.bool_]
    fraud: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.placed)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Orders that were paid and not cancelled."""
        return (self.status != _UNPAID) & (self.status != _CANCELLED)

    def where(self, kept: NDArray[np.bool_]) -> "Orders":
        """Some of them."""
        return Orders(**{f.name: getattr(self, f.name)[kept] for f in fields(self)})


def place(
    rng: np.random.Generator,
    plan: Plan,
    clock: Clock,
    people: People,
    wishes: Purchases,
    channels: Floats,
    live: Callable[[Ints], Ints],
) -> tuple[Orders, Ints]:
    """Give every intended order a time, a payment and a fate.

    What is never paid or is cancelled is drawn without a look at the price.

    Args:
        rng: Source of randomness.
        plan: Shares of unpaid and cancelled orders.
        clock: The period.
        people: Customers.
        wishes: Intended orders.
        channels: Share of each channel, one row per day.
        live: Moves seconds of orders from live streams into the sessions of their day.

    Returns:
        The orders by time, without contents; and for each its intention.
    """
    second = moments(rng, wishes.day, clock.festival)
    # A visit comes before its order, so nothing is ordered in the first minute of a day.
    second = np.maximum(second, wishes.day * DAY + rng.integers(60, 400, len(wishes)))
    channel = choose_by_group(rng, channels, wishes.day)
    channel = np.where(wishes.first, people.channel[wishes.customer], channel)
    streamed = channel == [c.name for c in plan.channels].index("Live stream")
    second[streamed] = live(second[streamed])
    wish = np.argsort(second, kind="stable")
    count, placed, customer = len(wishes), second[wish], wishes.customer[wish]
    day = wishes.day[wish]
    fate = rng.random(count)
    unpaid = fate < plan.unpaid
    cancelled = ~unpaid & (fate < plan.unpaid + plan.cancelled)
    slow = rng.random(count) < 0.1
    delay = np.where(slow, rng.exponential(1500, count), rng.lognormal(3.6, 0.8, count)) + 3
    # Prices change at midnight: what is ordered today is paid today.
    paid = np.minimum(placed + delay.astype(np.int64), (day + 1) * DAY - 1)
    paid[unpaid | (cancelled & (rng.random(count) < 0.5))] = -1
    ends = unpaid | cancelled
    shipped = placed + (rng.uniform(0.2, 2.0, count) * DAY).astype(np.int64)
    ended = placed + (rng.uniform(0.02, 1.0, count) * DAY).astype(np.int64)
    first = wishes.first[wish]
    shares = np.array([p.share for p in plan.platforms])
    drift = np.exp(np.array([p.growth for p in plan.platforms]) * clock.years[:, None])
    elsewhere = choose_by_group(rng, shares * drift, day)
    usual = rng.random(count) < 0.85
    none, nothing = np.full(count, -1), np.zeros(count)
    never = np.zeros(count, bool)
    orders = Orders(
        customer=customer,
        platform=np.where(usual, people.platform[customer], elsewhere),
        channel=channel[wish],
        device=people.device[customer],
        region=wishes.region[wish],
        warehouse=none,
        carrier=none,
        campaign=none,
        coupon=none,
        placed=placed,
        paid=paid,
        shipped=np.where(ends, -1, shipped),
        delivered=none,
        ended=np.where(ends, ended, -1),
        status=np.select([unpaid, cancelled], [_UNPAID, _CANCELLED], _PAID).astype(np.int64),
        freight=nothing,
        discount=nothing,
        presale=never,
        deposit=nothing,
        first=first,
        late=wishes.late[wish],
        fraud=never,
    )
    return orders, wish


def standing(clock: Clock, orders: Orders) -> Ints:
    """Status of each order at the end of the period."""
    end = clock.seconds
    return np.select(
        [
            orders.shipped < 0,
            (orders.delivered >= 0) & (orders.delivered < end),
            orders.shipped < end,
        ],
        [orders.status, _COMPLETED, _SHIPPED],
        _PAID,
    ).astype(np.int64)

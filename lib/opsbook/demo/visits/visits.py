"""The visits of a stretch of days, in order of time: who came, when, by which way, how far.

Three kinds are drawn and put in order: visits with an order, earlier visits of buyers, and
all others. Each stretch has its own random numbers, so stretches can be made in any order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY, moments
from opsbook.demo.draw import Floats, Ints, choose_by_group, stream
from opsbook.demo.visits.buyers import earlier_visits, order_visits
from opsbook.demo.visits.outcomes import landing_shares
from opsbook.demo.visits.steps import DEPTHS
from opsbook.demo.visits.traffic import Traffic

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["ORDERED", "Visits", "draw_visits", "in_rows", "join", "lengths"]

ORDERED = len(DEPTHS)
"""Depth of a visit with an order."""
_BITS = 34
"""What a number of 62 bits has left beside the second of a period of eight years."""
_LONGEST = 7200
"""Longest visit without an order, seconds."""


@dataclass(frozen=True)
class Visits:
    """Visits in order of time.

    Args:
        start: Second the visit began.
        customer: Customer logged in, -1 if nobody.
        visitor: Visitor; customers have their own numbers, then come the anonymous.
        channel: Channel.
        device: Device.
        landing: Index into LANDINGS.
        depth: Index into DEPTHS, ORDERED for a visit with an order.
        bounced: Ended on its first page.
        order: Order placed in the visit, -1 if none.
        later: Order that the visitor places some days later, -1 for all but earlier visits.
    """

    start: Ints
    customer: Ints
    visitor: Ints
    channel: Ints
    device: Ints
    landing: Ints
    depth: Ints
    bounced: NDArray[np.bool_]
    order: Ints
    later: Ints

    def __len__(self) -> int:
        return len(self.start)

    @property
    def day(self) -> Ints:
        """Day on which the visit began."""
        return self.start // DAY

    def where(self, kept: NDArray[np.bool_]) -> "Visits":
        """Some of them."""
        return in_rows(self, np.flatnonzero(kept))


def in_rows(visits: Visits, rows: Ints) -> Visits:
    """Visits at given places."""
    return Visits(*(getattr(visits, f.name)[rows] for f in fields(visits)))


def join(parts: Sequence[Visits]) -> Visits:
    """Visits one after the other; at least one part."""
    return Visits(
        *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Visits))
    )


def draw_visits(b: "Business", traffic: Traffic, chunk: int) -> Visits:
    """All visits that begin on the days of a chunk.

    Args:
        b: The shop.
        traffic: Numbers of visits.
        chunk: Number of the chunk.
    """
    rng = stream(b.seed, f"visits-{chunk}")
    first, end = int(traffic.edges[chunk]), int(traffic.edges[chunk + 1])
    parts = [
        _with_order(rng, b, first, end),
        _earlier(rng, b, traffic, first, end),
        _others(rng, b, traffic, first, end),
    ]
    joined = join(parts)
    # One number per row: ties fall at random, and in the same way on every machine.
    place = max(len(joined).bit_length(), 1)
    chance = min(_BITS - place, 16)
    luck = rng.integers(0, 1 << chance, len(joined))
    key = (joined.start << (chance + place)) | (luck << place) | np.arange(len(joined))
    row = np.sort(key) & ((1 << place) - 1)
    return in_rows(joined, row)


def _with_order(rng: np.random.Generator, b: "Business", first: int, end: int) -> Visits:
    order, start = order_visits(b, first, end)
    o = b.orders
    customer, channel = o.customer[order], o.channel[order]
    landing = choose_by_group(rng, landing_shares(b.plan), channel)
    deep = np.full(len(order), ORDERED)
    none = np.full(len(order), -1)
    stays = np.zeros(len(order), np.bool_)
    device = o.device[order]
    return Visits(start, customer, customer, channel, device, landing, deep, stays, order, none)


def _earlier(
    rng: np.random.Generator, b: "Business", traffic: Traffic, first: int, end: int
) -> Visits:
    later, day = earlier_visits(b, traffic, first, end)
    visitor = b.orders.customer[later]
    registered = b.people.signup[visitor] <= day
    customer = np.where(registered & (rng.random(len(day)) < traffic.funnel.logged_in), visitor, -1)
    depth = np.array(traffic.funnel.earlier_depth)
    shares = traffic.outcomes.shares(traffic.steps.channel[first:end, :, None] * depth)
    kind = choose_by_group(rng, shares, day - first)
    out = traffic.outcomes
    return Visits(
        *(moments(rng, day, b.clock.festival), customer, visitor, out.channel[kind]),
        *(b.orders.device[later], out.landing[kind], out.depth[kind], out.bounced[kind]),
        *(np.full(len(day), -1), later),
    )


def _others(
    rng: np.random.Generator, b: "Business", traffic: Traffic, first: int, end: int
) -> Visits:
    days = slice(first, end)
    who = np.stack([traffic.known[days], traffic.fresh[days], traffic.back[days]], axis=2)
    shares = traffic.shares[days, :, None, :]
    number = rng.multinomial(who, np.broadcast_to(shares, (*who.shape, shares.shape[-1])))
    cell, kind = np.divmod(np.repeat(np.arange(number.size), number.ravel()), shares.shape[-1])
    cell, group = np.divmod(cell, 3)
    day, device = np.divmod(cell, who.shape[1])
    day += first
    out = traffic.outcomes
    channel = out.channel[kind]
    start = _moments(rng, b, day, channel, traffic.funnel.evening)
    visitor, customer = _people(rng, b, traffic, day, device, group, who)
    none = np.full(len(day), -1)
    return Visits(
        *(start, customer, visitor, channel, device),
        *(out.landing[kind], out.depth[kind], out.bounced[kind], none, none),
    )


def _moments(
    rng: np.random.Generator, b: "Business", day: Ints, channel: Ints, evening_share: float
) -> Ints:
    """Seconds by the hours people shop at; content is watched in the evening."""
    start = moments(rng, day, b.clock.festival)
    content = np.array([c.source_class == "content" for c in b.plan.channels])
    evening = np.flatnonzero(content[channel])
    evening = evening[rng.random(len(evening)) < evening_share]
    start[evening] = day[evening] * DAY + rng.integers(66_600, 82_800, len(evening))
    return start


def _people(
    rng: np.random.Generator,
    b: "Business",
    traffic: Traffic,
    day: Ints,
    device: Ints,
    group: Ints,
    who: Ints,
) -> tuple[Ints, Ints]:
    """Visitor and customer: those known, new ones by number, and those who are back."""
    visitor = np.empty(len(day), np.int64)
    customer = np.full(len(day), -1)
    # Anonymous visitors have numbers after all customers, device by device.
    offset = len(b.people) + np.append(0, np.cumsum(traffic.first[-1])[:-1])
    known = np.flatnonzero(group == 0)
    someone = _someone(rng, traffic, day[known], device[known])
    # Who has left for good hardly ever looks in: another one comes instead.
    gone = np.flatnonzero(b.people.left_day[someone] < day[known])
    someone[gone] = _someone(rng, traffic, day[known[gone]], device[known[gone]])
    visitor[known] = customer[known] = someone
    fresh = np.flatnonzero(group == 1)
    cells = who[:, :, 1].ravel()
    nth = np.arange(len(fresh)) - np.repeat(np.cumsum(cells) - cells, cells)
    visitor[fresh] = offset[device[fresh]] + traffic.first[day[fresh], device[fresh]] + nth
    back = np.flatnonzero(group == 2)
    lag = rng.exponential(traffic.funnel.again_days, len(back)).astype(np.int64)
    then = np.maximum(day[back] - lag, 0)
    low, high = traffic.first[then, device[back]], traffic.first[then + 1, device[back]]
    seen = low + (rng.random(len(back)) * (high - low)).astype(np.int64)
    seen = np.minimum(seen, traffic.first[day[back] + 1, device[back]] - 1)
    visitor[back] = offset[device[back]] + seen
    return visitor, customer


def _someone(rng: np.random.Generator, traffic: Traffic, day: Ints, device: Ints) -> Ints:
    """A registered customer with this device; the more lately he joined, the more likely."""
    nth = (traffic.present[day, device] * rng.random(len(day)) ** 0.6).astype(np.int64)
    someone = np.empty(len(day), np.int64)
    for index, members in enumerate(traffic.members):
        own = device == index
        someone[own] = members[nth[own]]
    return someone


def lengths(rng: np.random.Generator, b: "Business", visits: Visits, window: int) -> Floats:
    """Time on site, seconds; a visit with an order lasts until after it is paid.

    Args:
        rng: Source of randomness.
        b: Orders.
        visits: The visits.
        window: Longest time from order to payment that belongs to the visit, seconds.
    """
    count = len(visits)
    longer = np.array([1.0, 1.2, 1.6, 1.9, 1.0])[visits.depth]
    stay = np.exp(rng.normal(4.6, 0.9, count)) * longer
    left = rng.exponential(9.0, count) + 1.0
    dwell = np.clip(np.where(visits.bounced, left, stay), 1.0, _LONGEST)
    bought = np.flatnonzero(visits.order >= 0)
    order = visits.order[bought]
    placed, paid = b.orders.placed[order], b.orders.paid[order]
    end = np.where((paid >= 0) & (paid - placed <= window), paid, placed)
    dwell[bought] = end - visits.start[bought] + rng.integers(20, 240, len(bought))
    # What happens after the period is not known yet.
    return np.minimum(dwell, np.maximum(b.clock.seconds - visits.start, 1))

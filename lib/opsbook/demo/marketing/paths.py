"""Contacts with marketing on the way to an order, and on ways that led to none.

An order that a paid channel caused has met that channel before; other contacts come by as
they come by for everybody. Search and brand close a path whoever caused it, which is why
the last click gets credit it has not earned.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints, choose_by_group, stream
from opsbook.demo.marketing.history import History

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["PathPlan", "Touches", "account_credit", "lost_paths", "order_paths"]

_CHUNK = 100_000


@dataclass(frozen=True)
class PathPlan:
    """Planted parameters of customer paths.

    Args:
        more: Mean contacts before the last one on a path that ends in an order.
        lost_more: The same on a path that ends in nothing.
        lost: Paths without order, per order.
        window_days: Longest path.
        pace_days: Mean age of a contact at the time of the order.
        claim_days: An ad account claims an order this long after a click on its ad.
        early: How much more often than as last click a channel is met earlier on.
    """

    more: float = 3.0
    lost_more: float = 1.4
    lost: float = 0.6
    window_days: int = 30
    pace_days: float = 6.0
    claim_days: int = 1
    early: Mapping[str, float] = field(
        default_factory=lambda: {
            "Organic search": 0.7,
            "Category pages": 0.7,
            "Paid search": 0.5,
            "Feed ads": 1.8,
            "Short video": 2.0,
            "Live stream": 1.1,
            "Campaign page": 0.6,
            "Social share": 1.5,
            "External links": 1.2,
        }
    )


@dataclass(frozen=True)
class Touches:
    """Contacts, sorted by path and time: customer, second, channel of the plan, order or -1."""

    customer: Ints
    second: Ints
    channel: Ints
    order: Ints

    def __len__(self) -> int:
        return len(self.second)


def order_paths(
    b: "Business", paths: PathPlan, history: History, cause: NDArray[np.int8]
) -> Iterator[Touches]:
    """Paths before all orders, some orders at a time.

    Args:
        b: The shop.
        paths: Parameters.
        history: All orders by customer.
        cause: Cause of each order, 0 for none.
    """
    rng = stream(b.seed, "marketing paths")
    mix = _mix(b, paths)
    ages = np.array([0.3 + c.decay / (1 - c.decay) for c in b.media.plan.channels])
    lit = _last_lit(b.media.spend)
    orders = b.orders
    for low in range(0, len(orders), _CHUNK):
        row = np.arange(low, min(low + _CHUNK, len(orders)))
        placed, customer = orders.placed[row], orders.customer[row]
        ahead = history.before(customer, placed)
        since = np.where(ahead >= 0, orders.placed[ahead] + 60, 0)
        room = np.clip(placed - since, 2, paths.window_days * DAY).astype(np.float64)
        paid = cause[row].astype(np.int64) - 1
        # The channel behind the order: none, or a paid one.
        culprit = np.where(paid >= 0, b.media.index[np.maximum(paid, 0)], -1)
        count = 1 + rng.poisson(paths.more, len(row))
        count = np.where((culprit >= 0) & (orders.channel[row] != culprit), count.clip(2), count)
        at = np.repeat(np.arange(len(row)), count)
        place = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
        last = place == count[at] - 1
        chosen = (rng.random(len(row)) * np.maximum(count - 1, 1)).astype(np.int64)
        forced = (culprit[at] >= 0) & (place == chosen[at]) & ~last
        pace = np.where(forced, ages[np.maximum(paid[at], 0)], paths.pace_days) * DAY
        close = np.minimum(rng.uniform(60, 1800, len(row)), 0.3 * room)
        age = close[at] + _age(rng, pace, (room - close)[at])
        second = np.floor(placed[at] - np.where(last, close[at], age)).astype(np.int64)
        second = np.maximum(second, 0)
        moved = lit[np.maximum(paid[at], 0), second // DAY] * DAY + second % DAY
        fits = forced & (moved >= 0) & (moved > placed[at] - room[at])
        second = np.where(fits, moved, second)
        channel = _channels(rng, b, mix, second, orders.region[row][at])
        channel = np.where(forced, culprit[at], channel)
        channel = np.where(last, orders.channel[row][at], channel)
        sort = np.lexsort((last, second, at))
        yield Touches(customer[at][sort], second[sort], channel[sort], row[at][sort])


def lost_paths(b: "Business", paths: PathPlan, history: History) -> Iterator[Touches]:
    """Paths of customers who ordered neither during them nor within a window after."""
    rng = stream(b.seed, "marketing lost paths")
    mix = _mix(b, paths)
    wanted = round(paths.lost * len(b.orders))
    for low in range(0, wanted, _CHUNK):
        size = min(_CHUNK, wanted - low)
        customer = rng.integers(0, len(b.people), size)
        end = rng.integers(3600, b.clock.days * DAY, size)
        count = 1 + rng.poisson(paths.lost_more, size)
        window = paths.window_days * DAY
        start, stop = history.between(customer, end - window, end + window)
        fine = (start == stop) & (b.people.signup[customer] * DAY <= end)
        customer, end, count = customer[fine], end[fine], count[fine]
        at = np.repeat(np.arange(len(end)), count)
        pace = np.full(len(at), paths.pace_days * DAY)
        age = _age(rng, pace, np.minimum(window, end)[at].astype(np.float64))
        second = np.maximum(end[at] - age.astype(np.int64), 0)
        channel = _channels(rng, b, mix, second, b.people.region[customer][at])
        sort = np.lexsort((second, at))
        none = np.full(len(at), -1, np.int64)
        yield Touches(customer[at][sort], second[sort], channel[sort], none)


def account_credit(
    b: "Business", paths: PathPlan, touches: Touches, value: Floats
) -> tuple[Floats, Floats]:
    """Orders and CNY that every ad account claims for itself: any click shortly before.

    Args:
        b: The shop.
        paths: Window of the claim.
        touches: Contacts before orders.
        value: CNY of each order.

    Returns:
        Orders and CNY, each by paid channel and day of the order.
    """
    row_of = np.full(len(b.plan.channels), -1)
    row_of[b.media.index] = np.arange(len(b.media.index))
    row = row_of[touches.channel]
    age = b.orders.placed[touches.order] - touches.second
    claims = (row >= 0) & (age <= paths.claim_days * DAY) & b.orders.kept[touches.order]
    paid = len(b.media.index)
    pair = np.unique(touches.order[claims] * paid + row[claims])
    order = pair // paid
    cell = (pair % paid) * b.clock.days + b.orders.placed[order] // DAY
    shape, size = (paid, b.clock.days), paid * b.clock.days
    count = np.bincount(cell, minlength=size).reshape(shape)
    money = np.bincount(cell, weights=value[order], minlength=size).reshape(shape)
    return count.astype(np.float64), money.astype(np.float64)


def _mix(b: "Business", paths: PathPlan) -> Floats:
    """Chance of each channel at an earlier contact, one row per day."""
    share = np.array([c.share * paths.early.get(c.name, 1.0) for c in b.plan.channels])
    # A little of everything keeps a day without any channel from being impossible.
    return np.asarray((share[:, None] * b.media.presence(len(share))).T + 1e-12, np.float64)


def _age(rng: np.random.Generator, pace: Floats, room: Floats) -> Floats:
    """Exponential ages in seconds, cut off at the room there is."""
    luck = rng.random(len(pace))
    return np.asarray(-pace * np.log1p(-luck * -np.expm1(-room / pace)), np.float64)


def _channels(
    rng: np.random.Generator, b: "Business", mix: Floats, second: Ints, region: Ints
) -> Ints:
    """Channel of each contact; nobody meets a channel where it is switched off."""
    day = second // DAY
    channel = choose_by_group(rng, mix, day)
    geo = b.media.geo
    if geo is not None:
        dark = (day >= geo.first) & (day <= geo.last) & np.isin(region, geo.regions)
        hidden = dark & (channel == b.media.index[geo.channel])
        free = [i for i, c in enumerate(b.plan.channels) if c.source_class != "paid"]
        channel = np.where(hidden, free[0], channel)
    return channel


def _last_lit(spend: Floats) -> Ints:
    """Last day with spend up to each day, by channel; negative if there is none."""
    day = np.where(spend > 0, np.arange(spend.shape[1]), -10_000)
    return np.maximum.accumulate(day, axis=1).astype(np.int64)

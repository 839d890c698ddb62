"""Who buys: customers join, buy again at their own pace, and leave for good.

Time runs in purchases of the shop: a repeat order goes to a customer of its region in
proportion to purchase rates, which are gamma distributed; after a repeat order a customer
may leave, with a chance of his own. On that clock this is the BG/NBD process.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.baskets import Baskets
from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats, Ints, choose, choose_by_group
from opsbook.demo.plan import Device, Plan, Platform

__all__ = ["AGE_BANDS", "CITY_TIERS", "GENDERS", "People", "gather"]

GENDERS = ("female", "male")
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55+")
CITY_TIERS = ("1", "2", "3", "4")
_STOCK = 0.09
"""Customers from before the period, per order in it."""
_IDLE = 0.30
"""Customers who register and never buy, per new buyer."""


@dataclass(frozen=True)
class People:
    """Customers in order of registration, and the customer of each order.

    Args:
        signup: Day of registration, negative before the period.
        region: Region of residence.
        platform: Platform preferred.
        device: Device used.
        gender: Index into GENDERS.
        age: Index into AGE_BANDS.
        city: Index into CITY_TIERS.
        rate: Purchase rate, relative.
        dropout: Chance to leave after a repeat order.
        left: Whether the customer has left.
        buyer: Customer of each order.
        first: Whether the order is its customer's first.
    """

    signup: Ints
    region: Ints
    platform: Ints
    device: Ints
    gender: Ints
    age: Ints
    city: Ints
    rate: Floats
    dropout: Floats
    left: NDArray[np.bool_]
    buyer: Ints
    first: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.signup)


def gather(rng: np.random.Generator, plan: Plan, clock: Clock, baskets: Baskets) -> People:
    """Find a customer for every order.

    Args:
        rng: Source of randomness.
        plan: Shares of first-time buyers, purchase process.
        clock: The period.
        baskets: Orders by day and region.
    """
    count = len(baskets)
    start, end = plan.new_buyers
    share_new = start + (end - start) * baskets.day / max(clock.days - 1, 1)
    first = rng.random(count) < share_new
    regions = len(plan.regions)
    stock = max(int(_STOCK * count), 30 * regions)
    fresh = int(first.sum())
    idle = int(_IDLE * fresh)
    size = stock + fresh + idle

    region = choose(rng, np.array([r.share for r in plan.regions]), size)
    region[stock : stock + fresh] = baskets.region[first]
    joined = np.full(size, -1)
    joined[stock : stock + fresh] = baskets.day[first]
    signup = _signups(rng, clock, baskets.day, joined, stock, fresh)

    rate = rng.gamma(plan.rate_shape, 1.0, size)
    rate[:stock] = rng.gamma(plan.rate_shape + 0.5, 1.0, stock)
    dropout = rng.beta(*plan.dropout, size)
    buyer = np.full(count, -1, dtype=np.int64)
    buyer[first] = stock + np.arange(fresh)
    left = _come_back(rng, baskets, buyer, joined, region, rate, dropout, stock + fresh)

    place = np.argsort(signup, kind="stable")
    number = np.empty(size, dtype=np.int64)
    number[place] = np.arange(size)
    day = np.clip(signup[place], 0, clock.days - 1)
    return People(
        signup=signup[place],
        region=region[place],
        platform=choose_by_group(rng, _trend(plan.platforms, clock), day),
        device=choose_by_group(rng, _trend(plan.devices, clock), day),
        gender=choose(rng, np.array([0.58, 0.42]), size),
        age=choose(rng, np.array([0.16, 0.37, 0.27, 0.13, 0.07]), size),
        city=choose(rng, np.array([0.24, 0.33, 0.27, 0.16]), size),
        rate=rate[place],
        dropout=dropout[place],
        left=left[place],
        buyer=number[buyer],
        first=first,
    )


def _trend(kinds: Sequence[Platform | Device], clock: Clock) -> Floats:
    share = np.array([k.share for k in kinds])
    growth = np.array([k.growth for k in kinds])
    return share * np.exp(growth * clock.years[:, None])


def _signups(
    rng: np.random.Generator, clock: Clock, order_day: Ints, joined: Ints, stock: int, fresh: int
) -> Ints:
    """Registration: long ago, on or a little before the first order, or without any order."""
    size = len(joined)
    signup = np.empty(size, dtype=np.int64)
    signup[:stock] = -np.minimum(rng.geometric(1 / 260, stock), 1400)
    earlier = np.where(rng.random(fresh) < 0.7, 0, rng.geometric(1 / 12, fresh))
    signup[stock : stock + fresh] = joined[stock : stock + fresh] - earlier
    signup[stock + fresh :] = rng.choice(order_day, size - stock - fresh)
    return np.minimum(signup, clock.days - 1)


def _come_back(
    rng: np.random.Generator,
    baskets: Baskets,
    buyer: Ints,
    joined: Ints,
    region: Ints,
    rate: Floats,
    dropout: Floats,
    known: int,
) -> NDArray[np.bool_]:
    """Fill the customers of repeat orders into ``buyer``, day by day; return who has left."""
    left = np.zeros(len(rate), dtype=bool)
    luck, leaves = rng.random(len(buyer)), rng.random(len(buyer))
    repeat = buyer < 0
    for here in range(int(region.max()) + 1):
        members = np.flatnonzero(region[:known] == here)
        weight = rate[members].copy()
        wanted = np.flatnonzero(repeat & (baskets.region == here))
        days, starts = np.unique(baskets.day[wanted], return_index=True)
        present = np.searchsorted(joined[members], days, side="left")
        for day_orders, there in zip(np.split(wanted, starts[1:]), present, strict=False):
            edges = np.cumsum(weight[:there])
            if edges[-1] <= 0:
                edges = np.arange(1.0, there + 1)
            at = np.searchsorted(edges, luck[day_orders] * edges[-1], side="right")
            at = np.minimum(at, there - 1)
            buyer[day_orders] = members[at]
            gone = at[leaves[day_orders] < dropout[members[at]]]
            weight[gone] = 0.0
            left[members[gone]] = True
    return left

"""Lines put together into orders: which products meet in a basket, and where it goes."""

from dataclasses import dataclass

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.demand import Lines
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.plan import Plan

__all__ = ["Baskets", "fill_baskets", "region_shares"]


@dataclass(frozen=True)
class Baskets:
    """Orders by content, ordered by day; lines ordered by order.

    Args:
        day: Day of each order.
        region: Region of each order.
        value: What its lines cost, CNY.
        order: Order of each line.
        product: Product of each line.
        pieces: Pieces of each line.
        price: Price paid for one piece.
    """

    day: Ints
    region: Ints
    value: Floats
    order: Ints
    product: Ints
    pieces: Ints
    price: Floats

    def __len__(self) -> int:
        return len(self.day)


def fill_baskets(
    rng: np.random.Generator, plan: Plan, clock: Clock, lines: Lines, paid: Floats
) -> Baskets:
    """Deal the lines of each day into orders; no line is added or lost.

    Args:
        rng: Source of randomness.
        plan: Lines per order, regions.
        clock: The period.
        lines: Lines, ordered by day.
        paid: Paid price by product and week.
    """
    shuffled = np.argsort(lines.day + rng.random(len(lines)))
    day, product = lines.day[shuffled], lines.product[shuffled]
    pieces = lines.pieces[shuffled]
    opens = rng.random(len(lines)) < 1 / plan.lines_per_order
    opens[:1] = True
    opens[1:] |= day[1:] != day[:-1]
    order = np.cumsum(opens) - 1
    # The same product twice in one basket is one line with more pieces.
    cell, inverse = np.unique(order * paid.shape[0] + product, return_inverse=True)
    pieces = np.bincount(inverse, weights=pieces).astype(np.int64)
    order, product = cell // paid.shape[0], cell % paid.shape[0]
    day = day[opens]
    price = paid[product, clock.week[day[order]]]
    value = np.asarray(np.bincount(order, weights=pieces * price), np.float64)
    region = _regions(rng, plan, clock, day, value)
    return Baskets(day, region, value, order, product, pieces, price)


def region_shares(plan: Plan, clock: Clock) -> Floats:
    """Planned weight of each region by day, before the value of the basket counts."""
    share = np.array([r.share for r in plan.regions])
    growth = np.array([r.growth for r in plan.regions])
    return share * np.exp(growth * clock.years[:, None])


def _regions(rng: np.random.Generator, plan: Plan, clock: Clock, day: Ints, value: Floats) -> Ints:
    """Region of each order: rich regions draw the big baskets, growing ones the later."""
    size = np.log(value) - np.log(value).mean() if len(value) else value
    tilt = np.array([r.basket_tilt for r in plan.regions])
    weight = region_shares(plan, clock)[day] * np.exp(size[:, None] * tilt)
    edges = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
    region = (rng.random(len(day))[:, None] > edges).sum(axis=1)
    return np.minimum(region, len(plan.regions) - 1).astype(np.int64)

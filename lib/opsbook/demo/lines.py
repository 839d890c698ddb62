"""What is in the baskets: products drawn by demand, put together, and given to orders."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import Clock
from opsbook.demo.demand import Demand
from opsbook.demo.draw import Floats, Ints, choose_by_group, stream
from opsbook.demo.plan import Plan
from opsbook.demo.prices import Prices
from opsbook.demo.products import Range

__all__ = ["Baskets", "Lines", "Pairs", "draw_baskets", "hand_out", "make_pairs", "only"]


@dataclass(frozen=True)
class Lines:
    """Order lines, sorted by order.

    Args:
        order: Order of each line.
        product: Product.
        pieces: Pieces.
        shelf: Price of one piece before a discount on the whole order, CNY.
        amount: What the line costs after every discount, CNY, to the cent.
    """

    order: Ints
    product: Ints
    pieces: Ints
    shelf: Floats
    amount: Floats

    def __len__(self) -> int:
        return len(self.order)

    @property
    def price(self) -> Floats:
        """What one piece costs after every discount; times pieces it is the amount."""
        return np.asarray(self.amount / self.pieces, np.float64)


@dataclass(frozen=True)
class Pairs:
    """Products bought together: who buys the first often adds the second.

    Args:
        first: Product that draws the other.
        second: Product drawn.
        chance: Chance that a basket with the first gets the second as well.
    """

    first: Ints
    second: Ints
    chance: Floats


@dataclass(frozen=True)
class Baskets:
    """Baskets that nobody has bought yet, sorted by day; lines sorted by basket."""

    day: Ints
    basket: Ints
    product: Ints
    pieces: Ints
    shelf: Floats

    @property
    def value(self) -> Floats:
        """Value of each basket at shelf prices, CNY."""
        total = np.bincount(self.basket, self.pieces * self.shelf, minlength=len(self.day))
        return np.asarray(total, np.float64)


def make_pairs(rng: np.random.Generator, plan: Plan, range_: Range) -> Pairs:
    """Choose pairs among products that sell well enough to be seen together."""
    size = min(3 * plan.pairs, len(range_) // 4 * 2)
    best = np.argsort(-range_.popularity, kind="stable")[: max(size * 2, 4)]
    drawn = rng.permutation(best)[: size // 3 * 2]
    half = len(drawn) // 2
    low, high = plan.pair_chance
    return Pairs(drawn[:half], drawn[half : 2 * half], rng.uniform(low, high, half).round(2))


def draw_baskets(
    seed: int,
    plan: Plan,
    clock: Clock,
    range_: Range,
    demand: Demand,
    prices: Prices,
    pairs: Pairs,
    count: Ints,
) -> Baskets:
    """Fill baskets with products in proportion to the demand of their day.

    Args:
        seed: Seed of the shop.
        plan: Lines per order.
        clock: The period.
        range_: Products and their mean pieces per line.
        demand: Expected lines by product and day.
        prices: Shelf prices.
        pairs: Products bought together.
        count: Baskets wanted on each day.
    """
    rng = stream(seed, "baskets")
    day = np.repeat(np.arange(clock.days), count)
    lines = rng.geometric(1 / plan.lines_per_order, len(day))
    basket = np.repeat(np.arange(len(day)), lines)
    product = _products(rng, clock, range_, demand, day[basket])
    # The other half of a pair rides along.
    partner = np.full(len(range_), -1)
    chance = np.zeros(len(range_))
    partner[pairs.first], chance[pairs.first] = pairs.second, pairs.chance
    rides = rng.random(len(product)) < chance[product]
    extra, extra_basket = partner[product[rides]], basket[rides]
    sold = demand.weekly[extra, clock.week[day[extra_basket]]] > 0
    product = np.concatenate([product, extra[sold]])
    basket = np.concatenate([basket, extra_basket[sold]])
    mean = np.array([c.pieces for c in plan.categories])[range_.category[product]]
    pieces = rng.geometric(1 / mean).astype(np.int64)
    # The same product twice in one basket is one line with more pieces.
    cell, inverse = np.unique(basket * len(range_) + product, return_inverse=True)
    pieces = np.bincount(inverse, weights=pieces).astype(np.int64)
    basket, product = cell // len(range_), cell % len(range_)
    shelf = prices.paid[product, clock.week[day[basket]]]
    return Baskets(day, basket, product, pieces, shelf)


def _products(
    rng: np.random.Generator, clock: Clock, range_: Range, demand: Demand, day: Ints
) -> Ints:
    """A product for every line, week by week so that no large table of chances is held."""
    product = np.empty(len(day), np.int64)
    week = clock.week[day]
    edges = np.searchsorted(week, np.arange(clock.weeks + 1))
    for w in range(clock.weeks):
        low, high = int(edges[w]), int(edges[w + 1])
        if low == high:
            continue
        days = np.flatnonzero(clock.week == w)
        wanted = demand.weekly[:, w] * demand.shock[:, w]
        weight = wanted[None, :] * demand.daily[range_.category][:, days].T
        product[low:high] = choose_by_group(rng, weight, day[low:high] - days[0])
    return product


def hand_out(clock: Clock, baskets: Baskets, day: Ints, wish: Floats) -> Lines:
    """Give the baskets of each week to its orders: the bigger wish gets the bigger basket.

    Prices and ranges are those of the week, so it is the week that is dealt from; around
    festivals, which make one day unlike the next, it is the day.

    Args:
        clock: The period.
        baskets: As many per day as there are orders.
        day: Day of each order, rising.
        wish: What the customer wants to spend.
    """
    calm = np.ones(clock.weeks, bool)
    calm[clock.week[np.abs(clock.festival - 1) > 0.3]] = False
    pool = np.where(calm[clock.week], clock.week, clock.weeks + np.arange(clock.days))
    by_wish = np.lexsort((wish, pool[day]))
    by_value = np.lexsort((baskets.value, pool[baskets.day]))
    order_of = np.empty(len(day), np.int64)
    order_of[by_value] = by_wish
    order = order_of[baskets.basket]
    at = np.argsort(order, kind="stable")
    pieces, shelf = baskets.pieces[at], baskets.shelf[at]
    return Lines(order[at], baskets.product[at], pieces, shelf, pieces * shelf)


def only(lines: Lines, keep: NDArray[np.bool_], number: Ints) -> Lines:
    """Some of the lines, under new order numbers."""
    return Lines(
        number[lines.order[keep]],
        *(lines.product[keep], lines.pieces[keep], lines.shelf[keep], lines.amount[keep]),
    )

"""What customers pay: list price, a price level that moves, and promotions.

Prices hold from Monday to Sunday. They are drawn without a look at demand, so within a
product and within a category's week nothing but the price moves with the price. The
exception is planted: in one category the price follows last week's demand.
"""

from dataclasses import dataclass

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats
from opsbook.demo.festivals import festivals
from opsbook.demo.plan import Plan
from opsbook.demo.products import Range

__all__ = ["Prices", "set_prices"]


@dataclass(frozen=True)
class Prices:
    """Prices by product and week.

    Args:
        paid: What one piece costs, CNY, never above list price.
        cut: Depth of the promotion that was on, a fraction; 0 where there was none.
    """

    paid: Floats
    cut: Floats


def set_prices(
    rng: np.random.Generator, plan: Plan, clock: Clock, range_: Range, shock: Floats
) -> Prices:
    """Draw the price of every product in every week.

    Args:
        rng: Source of randomness.
        plan: How often products are promoted.
        clock: The period.
        range_: The products.
        shock: Demand shock by product and week, which some prices follow.
    """
    shape = (len(range_), clock.weeks)
    level = _price_level(rng, shape)
    follows = np.array([c.price_follows for c in plan.categories])[range_.category]
    seen = np.log(np.concatenate([np.ones((shape[0], 1)), shock[:, :-1]], axis=1))
    level = np.where(
        follows[:, None] > 0, np.clip(np.exp(follows[:, None] * seen - 0.15), 0.6, 1.0), level
    )
    own = np.where(
        rng.random(shape) < plan.promotion_rate,
        rng.choice((0.10, 0.15, 0.20, 0.25, 0.30), shape, p=(0.2, 0.25, 0.25, 0.15, 0.15)),
        0.0,
    )
    cut = np.maximum(own, _event_cuts(rng, plan, clock, shape))
    paid = np.round(range_.list_price[:, None] * level * (1 - cut), 1)
    return Prices(np.minimum(np.maximum(paid, 0.1), range_.list_price[:, None]), cut)


def _price_level(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """List price or a little under it, kept for three weeks on average."""
    steps = rng.choice((1.0, 0.98, 0.95, 0.92), shape, p=(0.5, 0.2, 0.2, 0.1))
    kept = rng.random(shape) < 2 / 3
    kept[:, 0] = False
    since = np.where(kept, 0, np.arange(shape[1]))
    return np.take_along_axis(steps, np.maximum.accumulate(since, axis=1), axis=1)


def _event_cuts(
    rng: np.random.Generator, plan: Plan, clock: Clock, shape: tuple[int, int]
) -> Floats:
    """Cuts of the products that take part in a festival, the same in all its weeks."""
    cuts = np.zeros(shape)
    for festival in festivals(clock.first, clock.last):
        # Drawn for every festival, in the period or not: a shorter period changes no other.
        takes_part = rng.random(shape[0]) < plan.event_rate
        low, high = festival.depth or (0.0, 0.0)
        depth = np.where(takes_part, np.round(rng.uniform(low, high, shape[0]), 2), 0.0)
        weeks = {(day - clock.monday).days // 7 for day in festival.sale_days}
        for week in weeks:
            if 0 <= week < shape[1]:
                cuts[:, week] = np.maximum(cuts[:, week], depth)
    return cuts

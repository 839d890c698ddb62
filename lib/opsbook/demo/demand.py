"""How much is wanted: expected lines by product and day, and what chance makes of them.

expected = popularity x life x season x weekday x festival x trend x (paid/list)^elasticity.
"""

from dataclasses import dataclass

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats, Ints, poisson_choice
from opsbook.demo.lifecycles import Lives
from opsbook.demo.plan import Plan
from opsbook.demo.prices import Prices
from opsbook.demo.products import Range

__all__ = ["Demand", "Lines", "category_effect", "draw_lines", "expect"]


@dataclass(frozen=True)
class Demand:
    """Expected lines before chance.

    Args:
        weekly: Part of the expectation that belongs to a product and its week.
        daily: Part that belongs to a category and a day.
        shock: Random demand shock by product and week, mean 1; independent of the price.
    """

    weekly: Floats
    daily: Floats
    shock: Floats


@dataclass(frozen=True)
class Lines:
    """Order lines before they are put into baskets, ordered by day.

    Args:
        day: Day of each line.
        product: Product of each line.
        pieces: Pieces of each line.
    """

    day: Ints
    product: Ints
    pieces: Ints

    def __len__(self) -> int:
        return len(self.day)


def category_effect(plan: Plan, clock: Clock) -> Floats:
    """Season x weekday x festival x trend: one row per category, one column per day."""
    day_of_year = np.array([d.timetuple().tm_yday for d in clock.dates(_days(clock)).tolist()])
    weekday = np.array(plan.weekday)[clock.weekday]
    rows = []
    for c in plan.categories:
        season = c.season * np.cos(2 * np.pi * (day_of_year - c.season_peak) / 365.25)
        rows.append(np.exp(season + c.growth * clock.years) * weekday * clock.festival**c.festival)
    return np.array(rows)


def _days(clock: Clock) -> Ints:
    return np.arange(clock.days)


def expect(
    rng: np.random.Generator,
    plan: Plan,
    clock: Clock,
    range_: Range,
    lives: Lives,
    prices: Prices,
    orders: int,
) -> Demand:
    """Expected lines, scaled so that their sum makes the number of orders asked for.

    Args:
        rng: Source of the demand shocks.
        plan: Parameters.
        clock: The period.
        range_: The products.
        lives: Their lives.
        prices: Their prices.
        orders: Orders to expect over the whole period.
    """
    elasticity = np.array([c.elasticity for c in plan.categories])[range_.category]
    response = (prices.paid / range_.list_price[:, None]) ** elasticity[:, None]
    weekly = range_.popularity[:, None] * lives.level * response
    daily = category_effect(plan, clock)
    by_week = np.zeros((len(daily), clock.weeks))
    np.add.at(by_week.T, clock.week, daily.T)
    total = float((weekly * by_week[range_.category]).sum())
    scale = orders * plan.lines_per_order / total
    shock = np.exp(rng.normal(-(plan.shock**2) / 2, plan.shock, weekly.shape))
    return Demand(weekly * scale, daily, shock)


def draw_lines(
    rng: np.random.Generator, plan: Plan, clock: Clock, range_: Range, demand: Demand
) -> Lines:
    """Poisson lines by product and day, each of one piece or a few, whatever the price.

    Args:
        rng: Source of randomness.
        plan: Mean pieces per line.
        clock: The period.
        range_: The products.
        demand: What is expected.
    """
    wanted = demand.weekly * demand.shock
    expected = wanted[:, clock.week] * demand.daily[range_.category]
    day, product = poisson_choice(rng, np.ascontiguousarray(expected.T))
    mean = np.array([c.pieces for c in plan.categories])[range_.category[product]]
    return Lines(day, product, rng.geometric(1 / mean).astype(np.int64))

"""How much is wanted: expected lines by product and day, and what chance makes of them.

expected = popularity x life x season x weekday x festival x trend x campaign x advertising
x (paid/list)^elasticity.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.lifecycles import Lives
from opsbook.demo.plan import Plan
from opsbook.demo.prices import Prices
from opsbook.demo.products import Range

if TYPE_CHECKING:
    from opsbook.demo.marketing.campaigns import Campaign

__all__ = ["Demand", "category_effect", "expect", "halo_effect", "shocks", "weekday_effect"]


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

    def units(self, plan: Plan, clock: Clock, range_: Range) -> Floats:
        """Expected pieces by product and week, before the shock."""
        by_week = np.zeros((clock.weeks, len(plan.categories)))
        np.add.at(by_week, clock.week, self.daily.T)
        pieces = np.array([c.pieces for c in plan.categories])[range_.category]
        return np.asarray(self.weekly * by_week.T[range_.category] * pieces[:, None])


def weekday_effect(plan: Plan, clock: Clock) -> Floats:
    """Effect of the weekday by day; a weekend day that is worked counts as a Wednesday."""
    from opsbook.reference.calendar import events

    days = events(clock.first, clock.last + timedelta(days=1))
    worked = days.loc[days["event"] == "makeup_workday", "date"].dt.date
    weekday = clock.weekday.copy()
    weekday[[(day - clock.first).days for day in worked]] = 2
    return np.asarray(np.array(plan.weekday)[weekday], np.float64)


def category_effect(plan: Plan, clock: Clock) -> Floats:
    """Season x weekday x festival x trend: one row per category, one column per day."""
    day_of_year = np.array([d.timetuple().tm_yday for d in clock.dates(_days(clock)).tolist()])
    weekday = weekday_effect(plan, clock)
    rows = []
    for c in plan.categories:
        season = c.season * np.cos(2 * np.pi * (day_of_year - c.season_peak) / 365.25)
        rows.append(np.exp(season + c.growth * clock.years) * weekday * clock.festival**c.festival)
    return np.array(rows)


def _days(clock: Clock) -> Ints:
    return np.arange(clock.days)


def shocks(rng: np.random.Generator, plan: Plan, range_: Range, weeks: int) -> Floats:
    """Random demand shocks by product and week, mean 1; some categories remember theirs."""
    size = np.array([c.shock for c in plan.categories])[range_.category]
    memory = np.array([c.shock_memory for c in plan.categories])[range_.category]
    log = rng.normal(0.0, 1.0, (len(range_), weeks))
    for week in range(1, weeks):
        log[:, week] = memory * log[:, week - 1] + np.sqrt(1 - memory**2) * log[:, week]
    return np.asarray(np.exp(size[:, None] * log - (size**2 / 2)[:, None]))


def halo_effect(plan: Plan, clock: Clock, campaigns: "tuple[Campaign, ...]") -> Floats:
    """What a category's own day does to two others; one row per category, one column per day."""
    effect = np.ones((len(plan.categories), clock.days))
    for campaign in campaigns:
        if campaign.type != "category day" or campaign.category < 0:
            continue
        days = [d for d in campaign.sale_days if 0 <= d < clock.days]
        for step, log in ((1, plan.halo), (2, plan.cannibal)):
            effect[(campaign.category + step) % len(effect), days] *= np.exp(log)
    return effect


def expect(
    plan: Plan,
    clock: Clock,
    range_: Range,
    lives: Lives,
    prices: Prices,
    shock: Floats,
    extra: Floats,
    orders: int,
    until: int,
) -> Demand:
    """Expected lines, scaled so that their sum makes the number of orders asked for.

    Args:
        plan: Parameters.
        clock: The period.
        range_: The products.
        lives: Their lives.
        prices: Their prices.
        shock: Random demand shock by product and week.
        extra: Effect of campaigns and advertising by category and day.
        orders: Orders to expect over the whole period, if all days are like those judged.
        until: Days judged; a scenario in which business changes is judged by the time before.
    """
    elasticity = np.array([c.elasticity for c in plan.categories])[range_.category]
    response = (prices.paid / range_.list_price[:, None]) ** elasticity[:, None]
    weekly = range_.popularity[:, None] * lives.level * response
    daily = category_effect(plan, clock) * extra
    ordinary = category_effect(plan, clock).sum(axis=0)
    judged = np.arange(clock.days) < until
    by_week = np.zeros((clock.weeks, len(daily)))
    np.add.at(by_week, clock.week[judged], daily.T[judged])
    total = float((weekly * by_week.T[range_.category]).sum())
    part = float(ordinary[judged].sum() / ordinary.sum())
    scale = orders * plan.lines_per_order * part / total
    return Demand(weekly * scale, daily, shock)

"""The shop's campaigns: mega-sales with their phases, member days, flash sales, category days."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.festivals import Festival, festivals
from opsbook.demo.plan import Plan

__all__ = ["Campaign", "campaign_effect", "campaign_of", "plan_campaigns", "uptake_of"]

_BIG_RULE, _MIDDLE_RULE = "199-30;399-80;599-150", "199-20;399-50"
_BIG = ("618", "Double 11")


@dataclass(frozen=True)
class Campaign:
    """A campaign; days count from the first of the clock and may lie after the last.

    Args:
        number: Place in order of start, from 0; the id is this plus 1.
        name: Name.
        type: mega-sale, member day, flash sale or category day.
        preheat: First day of the warm-up, -1 if there is none.
        start: First day of the peak.
        tail: First day of the tail, -1 if there is none.
        end: Last day, tail included.
        sale_days: Days with price cuts or threshold discounts.
        rule: Threshold discounts as ``199-30;399-80``, empty if there are none.
        category: Index of the one category it is about, -1 for all.
        effect: Demand on its days against the same days without it; mega-sales have 1,
            because the festival calendar carries their effect.
        goal_factor: Goal for GMV, in multiples of what the weeks before promise.
        new_factor: Goal for new customers, in multiples of what the weeks before promise.
        budget_share: Budget as a fraction of the goal for GMV.
    """

    number: int
    name: str
    type: str
    preheat: int
    start: int
    tail: int
    end: int
    sale_days: tuple[int, ...]
    rule: str
    category: int
    effect: float
    goal_factor: float
    new_factor: float
    budget_share: float

    @property
    def id(self) -> str:
        """Id in the data."""
        return f"K{self.number + 1:03d}"

    @property
    def first(self) -> int:
        """First day, warm-up included."""
        return self.start if self.preheat < 0 else self.preheat

    @property
    def peak_end(self) -> int:
        """Last day of the peak."""
        return self.end if self.tail < 0 else self.tail - 1


def plan_campaigns(plan: Plan, clock: Clock) -> tuple[Campaign, ...]:
    """Campaigns whose peak begins within the period, in order of start.

    Args:
        plan: Categories, which take turns in having their day.
        clock: The period.
    """
    drafts = [_mega(f, clock) for f in festivals(clock.first, clock.last) if f.depth is not None]
    found = [c for c in drafts if 0 <= c.start < clock.days]
    taken = np.zeros(clock.days, np.bool_)
    for c in found:
        taken[c.start : c.end + 1] = True
    for first in _months(clock):
        for draft in _routine(plan, clock, first):
            if draft.start >= 0 and draft.end < clock.days:
                days = slice(draft.start, draft.end + 1)
                if not taken[days].any():
                    found.append(draft)
                    taken[days] = True
    found.sort(key=lambda c: (c.start, c.name))
    return tuple(replace(c, number=number) for number, c in enumerate(found))


def campaign_of(clock: Clock, campaigns: tuple[Campaign, ...]) -> Ints:
    """Main campaign of each day, -1 for none; a small campaign beats a warm-up."""
    return _by_day(clock, campaigns)[0]


def uptake_of(clock: Clock, campaigns: tuple[Campaign, ...]) -> Floats:
    """Share of a day's orders that count for its main campaign; 0 where there is none."""
    return _by_day(clock, campaigns)[1]


def campaign_effect(plan: Plan, clock: Clock, campaigns: tuple[Campaign, ...]) -> Floats:
    """What campaigns outside festivals do to demand: one row per category, a column per day."""
    effect = np.ones((len(plan.categories), clock.days))
    for c in campaigns:
        rows = slice(None) if c.category < 0 else slice(c.category, c.category + 1)
        effect[rows, c.start : c.end + 1] *= c.effect
    return effect


_UPTAKE = {"member day": 0.30, "flash sale": 0.22, "category day": 0.25}


def _by_day(clock: Clock, campaigns: tuple[Campaign, ...]) -> tuple[Ints, Floats]:
    """Later layers cover earlier ones: warm-up, tail, small campaigns, peak."""
    main, uptake = np.full(clock.days, -1, np.int64), np.zeros(clock.days)
    mega = [c for c in campaigns if c.type == "mega-sale"]
    small = [c for c in campaigns if c.type != "mega-sale"]
    layers = [
        *((c, c.preheat, c.start - 1, 0.35) for c in mega if c.preheat >= 0),
        *((c, c.tail, c.end, 0.45) for c in mega if c.tail >= 0),
        *((c, c.start, c.end, _UPTAKE[c.type]) for c in small),
        *((c, c.start, c.peak_end, 0.75) for c in mega),
    ]
    for c, first, last, share in layers:
        main[first : last + 1] = c.number
        uptake[first : last + 1] = share
    return main, uptake


def _mega(festival: Festival, clock: Clock) -> Campaign:
    anchor = (festival.anchor - clock.first).days
    first: dict[str, int] = {}
    for phase in festival.phases:
        first.setdefault(phase.name, anchor + phase.first)
    big = festival.name in _BIG
    sale = tuple((day - clock.first).days for day in festival.sale_days)
    preheat = first.get("preheat", -1)
    start = first["peak"]
    return Campaign(
        number=0,
        name=f"{festival.name} {festival.anchor.year}",
        type="mega-sale",
        # A warm-up that began before the data is known from the first day on.
        preheat=max(preheat, 0) if start > 0 and "preheat" in first else -1,
        start=start,
        tail=first.get("tail", -1),
        end=anchor + max(phase.last for phase in festival.phases),
        sale_days=tuple(day for day in sale if 0 <= day < clock.days),
        rule=_BIG_RULE if big else _MIDDLE_RULE,
        category=-1,
        effect=1.0,
        goal_factor=1.15 if big else 1.05,
        new_factor=1.6 if big else 1.3,
        budget_share=0.10 if big else 0.08,
    )


def _months(clock: Clock) -> list[date]:
    """First day of every month that the period touches."""
    months, day = [], clock.first.replace(day=1)
    while day <= clock.last:
        months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return months


def _routine(plan: Plan, clock: Clock, first: date) -> list[Campaign]:
    """Member day on the 8th, flash sale on the third Thursday, a category's days from the 24th."""
    begin = (first - clock.first).days
    # Months are counted from a fixed one, so that a shorter period keeps its categories.
    category = (first.year * 12 + first.month) % len(plan.categories)
    thursday = begin + (3 - first.weekday()) % 7 + 14
    label = f"{first.year}-{first.month:02d}"
    small = (
        (f"Member day {label}", "member day", begin + 7, 1, -1, 1.10, 1.10, 0.9, 0.03),
        (f"Flash sale {label}", "flash sale", thursday, 1, -1, 1.06, 1.05, 1.1, 0.04),
        (
            *(f"{plan.categories[category].name} days {label}", "category day", begin + 23, 3),
            *(category, 1.15, 1.08, 1.1, 0.05),
        ),
    )
    return [
        Campaign(
            number=0,
            name=name,
            type=kind,
            preheat=-1,
            start=start,
            tail=-1,
            end=start + length - 1,
            sale_days=tuple(range(start, start + length)),
            rule="",
            category=about,
            effect=effect,
            goal_factor=goal,
            new_factor=new,
            budget_share=budget,
        )
        for name, kind, start, length, about, effect, goal, new, budget in small
    ]

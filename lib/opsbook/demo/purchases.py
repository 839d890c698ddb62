"""When customers buy: the BG/NBD process on a clock that runs with the shop's business."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.plan import Plan

__all__ = ["NEVER", "Purchases", "lateness", "pace_clock", "recruit", "repeat"]

NEVER = 2**40
"""A day that never comes."""
_PAST = 600
"""Days before the period in which its earliest customers joined."""
_LEAST_NEW = 0.12
"""First orders are at least this share of expected orders."""


@dataclass(frozen=True)
class Purchases:
    """Orders as intentions: who, when, from where.

    Args:
        customer: Customer.
        day: Day, negative before the period.
        at: Time on the region's clock, days.
        region: Region.
        first: Whether it is the customer's first order.
        late: Whether its parcel will be late.
        ring: Ring of fraudsters that places it, -1 for everybody else.
    """

    customer: Ints
    day: Ints
    at: Floats
    region: Ints
    first: NDArray[np.bool_]
    late: NDArray[np.bool_]
    ring: Ints

    def __len__(self) -> int:
        return len(self.customer)

    def renumbered(self, number: Ints) -> "Purchases":
        """The same with other customer numbers."""
        return replace(self, customer=number[self.customer])

    def where(self, kept: NDArray[np.bool_]) -> "Purchases":
        """Some of them."""
        return Purchases(*(getattr(self, f.name)[kept] for f in fields(self)))

    def joined_by(self, others: "Purchases") -> "Purchases":
        """These and others."""
        return _all_of([self, others])


def pace_clock(pace: Floats) -> Floats:
    """Time on the clock at each midnight: one row per region, days + 1 columns."""
    return np.concatenate([np.zeros((len(pace), 1)), np.cumsum(pace, axis=1)], axis=1)


def lateness(plan: Plan, clock: Clock, ordinary: Floats) -> Floats:
    """Chance that a parcel is late: one row per region, one column per day.

    Args:
        plan: How much festivals strain deliveries.
        clock: The period.
        ordinary: Chance by region on an ordinary day.
    """
    strain = np.maximum(clock.festival, 1.0) ** plan.late_festival
    return np.minimum(ordinary[:, None] * strain[None, :], 0.5)


def recruit(
    rng: np.random.Generator,
    plan: Plan,
    clock: Clock,
    expected: Floats,
    pace: Floats,
    late: Floats,
) -> Purchases:
    """First orders: what expected orders leave over when known customers have bought.

    Args:
        rng: Source of randomness.
        plan: Purchase process, share of first orders at the start.
        clock: The period.
        expected: Expected orders by region and day.
        pace: Speed of each region's clock by day.
        late: Chance of a late parcel by region and day.
    """
    time = pace_clock(pace)
    step = np.arange(0.0, _PAST + time.max() + 2.0)
    activity = _activity(plan, step)
    grown = np.concatenate([[0.0], np.cumsum(activity)])
    parts = []
    for region, row in enumerate(expected):
        mean = max(float(row.mean()), 1e-12)
        middle = (time[region, :-1] + time[region, 1:]) / 2
        old = np.interp(middle + _PAST, step, grown[:-1]) - np.interp(middle, step, grown[:-1])
        start = np.interp(_PAST, step, grown[:-1])
        per_day = (1 - plan.new_at_start) * mean / start
        known = per_day * old
        fresh = np.zeros(clock.days)
        for now in range(clock.days):
            young = fresh[:now] @ np.interp(middle[now] - middle[:now], step, activity)
            left_over = row[now] * (1 - (known[now] + young) / mean)
            fresh[now] = max(left_over, _LEAST_NEW * row[now])
        day = np.repeat(np.arange(clock.days), rng.poisson(fresh))
        at = time[region, day] + rng.random(len(day)) * pace[region, day]
        past = -rng.random(rng.poisson(per_day * _PAST)) * _PAST
        days = np.concatenate([np.floor(past).astype(np.int64), day])
        parts.append((days, np.concatenate([past, at]), np.full(len(days), region)))
    day, at, region_of = (np.concatenate(column) for column in zip(*parts, strict=True))
    chance = late[region_of, np.maximum(day, 0)]
    return Purchases(
        customer=np.arange(len(day)),
        day=day,
        at=at,
        region=region_of,
        first=np.ones(len(day), bool),
        late=rng.random(len(day)) < chance,
        ring=np.full(len(day), -1),
    )


def repeat(
    rng: np.random.Generator,
    plan: Plan,
    clock: Clock,
    pace: Floats,
    recruits: Purchases,
    rate: Floats,
    dropout: Floats,
    late: Floats,
) -> tuple[Purchases, Ints]:
    """All orders of the period, first ones included, and the day each customer left.

    A late parcel makes leaving more likely, a parcel in time less so; on average over
    parcels the chance is the customer's own, which keeps the process BG/NBD.

    Args:
        rng: Source of randomness.
        plan: What a late parcel and a win-back programme do to leaving.
        clock: The period.
        pace: Speed of each region's clock by day.
        recruits: First orders, one per customer.
        rate: Purchases per day on the clock, by customer.
        dropout: Chance to leave after a repeat order, by customer.
        late: Chance of a late parcel by region and day.

    Returns:
        The orders, and the day of leaving, NEVER for those who are still there.
    """
    time = pace_clock(pace)
    alive = np.arange(len(recruits))
    now = recruits.at.copy()
    left = np.full(len(recruits), NEVER)
    rounds = [recruits.where(recruits.day >= 0)]
    while len(alive):
        now = now + rng.exponential(1.0, len(alive)) / np.maximum(rate[alive], 1e-9)
        inside = now < time[recruits.region[alive], -1]
        alive, now = alive[inside], now[inside]
        region = recruits.region[alive]
        day = np.floor(now).astype(np.int64)
        for r in range(len(pace)):
            here = (region == r) & (now >= 0)
            day[here] = np.searchsorted(time[r], now[here], side="right") - 1
        chance = late[region, np.maximum(day, 0)]
        is_late = (rng.random(len(alive)) < chance) & (day >= 0)
        usual = dropout[alive]
        after_late = np.minimum(usual * plan.late_churn, 1.0)
        in_time = np.maximum((usual - chance * after_late) / (1 - chance), 0.0)
        harmed = np.where(is_late, after_late, np.where(day >= 0, in_time, usual))
        kept = np.where(day >= plan.winback_from * clock.days, 1 - plan.winback, 1.0)
        leaves = rng.random(len(alive)) < harmed * kept
        nobody = np.full(len(alive), -1)
        seen = Purchases(alive, day, now, region, np.zeros(len(alive), bool), is_late, nobody)
        rounds.append(seen.where(day >= 0))
        left[alive[leaves]] = day[leaves]
        alive, now = alive[~leaves], now[~leaves]
    return _all_of(rounds), left


def _all_of(parts: list[Purchases]) -> Purchases:
    names = [f.name for f in fields(Purchases)]
    return Purchases(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def _activity(plan: Plan, age: Floats) -> Floats:
    """Mean purchases per day of a customer ``age`` days after his first order.

    A customer with rate L and chance p is still there with probability exp(-L p age).
    """
    grid = (np.arange(200) + 0.5) / 200
    from scipy.stats import beta, gamma

    rate = gamma.ppf(grid, plan.rate_shape, scale=1.0 / plan.rate_days)
    leave = beta.ppf(grid, *plan.dropout)
    # Sparse ages are enough for a smooth curve.
    some = np.unique(np.concatenate([np.arange(0, 60, 2), np.geomspace(60, age[-1] + 1, 60)]))
    speed = np.outer(rate, leave).ravel()
    weight = np.repeat(rate, len(leave))
    curve = np.array([(weight * np.exp(-speed * a)).mean() for a in some])
    return np.interp(age, some, curve)

"""When the shop goes live, and when in a live session people order."""

from dataclasses import dataclass

import numpy as np

from opsbook.demo.clock import DAY, Clock
from opsbook.demo.draw import Floats, Ints, choose, choose_by_group, stream

__all__ = ["LivePlan", "LiveSchedule", "into_lives", "live_schedule"]


@dataclass(frozen=True)
class LivePlan:
    """Planted parameters of live sessions.

    Args:
        days: Share of ordinary days with a live session; on festival days there is one always.
        lengths: Lengths of a session, minutes.
        more: Orders per day of the shop from which a second and a third session is held.
        in_live: Share of Live stream orders of such a day placed in a session.
        dwell: Mean time a viewer stays, minutes.
        rush: Minutes in which the stream of new viewers falls to a third.
        steady: Stream of new viewers in the long run against the opening.
        hosted: Share of sessions that a creator hosts; the others are the staff's.
        staff_conversion: Orders per view in the staff's sessions.
        conversion: Orders per view of a creator of middling quality and fit.
        by_quality: Log points of conversion per point of a creator's quality.
        by_fit: Log points of conversion per point of fit.
        luck: Standard deviation of a creator's log conversion beyond quality and fit.
        evenness: Shape of the gamma distribution of expected orders between sessions.
        block: Minutes for which a product is on show.
    """

    days: float = 0.50
    lengths: tuple[int, ...] = (90, 120, 150, 180)
    more: tuple[float, float] = (300.0, 1500.0)
    in_live: float = 0.85
    dwell: float = 5.5
    rush: float = 22.0
    steady: float = 0.22
    hosted: float = 0.55
    staff_conversion: float = 0.035
    conversion: float = 0.048
    by_quality: float = 0.9
    by_fit: float = 1.4
    luck: float = 0.10
    evenness: float = 3.0
    block: int = 10

    def entering(self, minutes: int) -> Floats:
        """Expected share of all views that begin in each minute of a session."""
        m = np.arange(minutes)
        flow = self.steady + (1 - self.steady) * np.exp(-m / self.rush)
        return np.asarray(flow / flow.sum())

    def watching(self, minutes: int) -> Floats:
        """Expected people watching in each minute, per view of the session."""
        stay = np.exp(-np.arange(minutes) / self.dwell)
        return np.asarray(np.convolve(self.entering(minutes), stay)[:minutes])


@dataclass(frozen=True)
class LiveSchedule:
    """Live sessions in order of time.

    Args:
        start: Second at which each begins.
        minutes: Its length; it ends before midnight.
    """

    start: Ints
    minutes: Ints

    def __len__(self) -> int:
        return len(self.start)

    def at(self, second: Ints) -> Ints:
        """Session that is on at each second, -1 where there is none."""
        live = np.searchsorted(self.start, second, side="right") - 1
        ends = np.concatenate([self.start + 60 * self.minutes, [0]])
        # Before the first session the index is -1, whose end, 0, is past.
        return np.where(second < ends[live], live, -1).astype(np.int64)


_SLOTS = (20 * 60, 12 * 60, 15 * 60 + 30)
"""Opening minutes of the day: the evening first, then noon and afternoon."""


def live_schedule(seed: int, clock: Clock, plan: LivePlan, orders: int) -> LiveSchedule:
    """Plan the sessions of the whole period.

    Args:
        seed: Seed of the shop.
        clock: The period.
        plan: Share of days, lengths.
        orders: Orders expected in the period.
    """
    rng = stream(seed, "live schedule")
    per_day = orders / clock.days
    slots = 1 + sum(per_day >= step for step in plan.more)
    luck, length = rng.random(clock.days), rng.random((clock.days, len(_SLOTS)))
    late = rng.integers(0, 4, clock.days) * 15
    lives = (luck < plan.days) | (clock.festival > 1.3)
    day, slot = np.nonzero(lives[:, None] & (np.arange(len(_SLOTS)) < slots))
    lengths = np.array(plan.lengths)
    minutes = lengths[(length[day, slot] * len(lengths)).astype(np.int64)]
    begins = np.array(_SLOTS)[slot] - 30 * (slot == 0) + np.where(slot == 0, late[day], 0)
    start = day * DAY + begins * 60
    line = np.argsort(start, kind="stable")
    return LiveSchedule(start[line], minutes[line])


def into_lives(
    rng: np.random.Generator, plan: LivePlan, schedule: LiveSchedule, second: Ints
) -> Ints:
    """Move orders of the live channel into the sessions of their day, where there are any.

    Within a session orders follow the people watching.

    Args:
        rng: Source of randomness.
        plan: Share of orders placed in sessions, course of a session.
        schedule: The sessions.
        second: When each order would be placed without live sessions; orders stay in their day.

    Returns:
        When each order is placed.
    """
    if not len(schedule):
        return second
    day = second // DAY
    held = schedule.start // DAY
    low, high = np.searchsorted(held, day), np.searchsorted(held, day, side="right")
    moves = (high > low) & (rng.random(len(second)) < plan.in_live)
    # The evening is the great session; at noon and in the afternoon fewer people watch.
    evening = choose(rng, np.array([0.3, 0.7]), len(second)) == 1
    any_ = low + (rng.random(len(second)) * (high - low)).astype(np.int64)
    live = np.where(evening, high - 1, any_)[moves]
    kinds = sorted(set(plan.lengths))
    course = np.zeros((len(kinds), max(kinds)))
    for row, minutes in enumerate(kinds):
        course[row, :minutes] = plan.watching(minutes)
    kind = np.searchsorted(np.array(kinds), schedule.minutes[live])
    minute = choose_by_group(rng, course, kind)
    out = second.copy()
    out[moves] = schedule.start[live] + minute * 60 + rng.integers(0, 60, len(live))
    return out

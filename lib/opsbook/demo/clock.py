"""The days and weeks the demo shop is simulated for, and the hours people shop at."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Floats, Ints, choose_by_group
from opsbook.demo.festivals import festival_effect

__all__ = ["DAY", "Clock", "Times", "moments"]

Times = NDArray[np.datetime64]
DAY = 86_400
"""Seconds in a day."""

_HOURS = (
    *(2.2, 1.2, 0.6, 0.4, 0.4, 0.6, 1.3, 2.5, 3.6, 4.8, 5.6, 5.4),
    *(5.6, 5.3, 5.0, 5.0, 5.0, 4.8, 4.9, 6.0, 8.2, 8.9, 7.6, 4.3),
)
_RUSH = (
    *(9.0, 4.0, 1.5, 0.6, 0.5, 0.6, 1.3, 2.5, 3.6, 4.8, 5.4, 5.2),
    *(5.2, 5.0, 4.8, 4.8, 4.8, 4.7, 4.9, 6.5, 9.5, 10.0, 9.0, 6.5),
)
"""Hours of a festival's great day: a rush at midnight and a long evening."""


@dataclass(frozen=True)
class Clock:
    """A period of whole days.

    Args:
        first: First day.
        days: Number of days.
    """

    first: date
    days: int

    @property
    def last(self) -> date:
        """Last day."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def seconds(self) -> int:
        """Seconds in the period; what comes after is not known yet."""
        return self.days * DAY

    @property
    def monday(self) -> date:
        """Monday of the first week, which may lie before the first day."""
        return self.first - timedelta(days=self.first.weekday())

    @cached_property
    def week(self) -> Ints:
        """Week of each day, counted from the first Monday."""
        return (np.arange(self.days) + self.first.weekday()) // 7

    @property
    def weeks(self) -> int:
        """Number of weeks, partial ones included."""
        return int(self.week[-1]) + 1

    @cached_property
    def weekday(self) -> Ints:
        """Weekday of each day, Monday 0."""
        return (np.arange(self.days) + self.first.weekday()) % 7

    @cached_property
    def years(self) -> Floats:
        """Years since the middle of the period, by day."""
        return np.asarray((np.arange(self.days) - (self.days - 1) / 2) / 365.25, np.float64)

    @cached_property
    def festival(self) -> Floats:
        """Festival effect by day."""
        return festival_effect(self.first, self.days)

    def dates(self, day: Ints) -> Times:
        """Day numbers as dates."""
        return np.datetime64(self.first, "D") + day

    def times(self, seconds: Ints) -> Times:
        """Seconds since the first midnight as timestamps."""
        return np.datetime64(self.first, "us") + seconds.astype("timedelta64[s]")


def moments(rng: np.random.Generator, day: Ints, festival: Floats) -> Ints:
    """A second of the day for each row, by the hours people shop at.

    Args:
        rng: Source of randomness.
        day: Day of each row.
        festival: Festival effect by day; great days have the hours of a rush.

    Returns:
        Seconds since the first midnight.
    """
    great = (festival > 3).astype(np.int64)
    hour = choose_by_group(rng, np.array([_HOURS, _RUSH]), great[day])
    return day * DAY + hour * 3600 + rng.integers(0, 3600, len(day))

"""A clock that runs with the shop's business: a festival day counts for several.

The models of repeat buying know no season. On the calendar a customer who last bought
before a quiet month looks as if he had left, and one who joined before a festival looks
like a frequent buyer. On a clock whose days are as long as they are busy the same
customers buy at a steady rate, which is what the models assume.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.lifecycle.bg_nbd import Floats, Ints
from opsbook.lifecycle.fit import Fit, cells_of, fit_purchases

__all__ = ["Clock", "activity_clock", "calendar_clock", "on_clock"]

_ROUNDS = 3
_YEAR = 364
"""Days back to the same weekday of last year."""
_RECENT = 84
_PRIOR = 1.0
"""Expected purchases by which each day's speed is drawn towards an average day."""


@dataclass(frozen=True)
class Clock:
    """Length of each day, 1 for an average one.

    Args:
        start: First day.
        pace: Length of each day from then on; after the last one an average of the last year.
        unit_days: Average days in a unit of time.
        kind: ``calendar`` (every day is alike) or ``activity``.
    """

    start: date
    pace: Floats
    unit_days: float
    kind: str

    @property
    def end(self) -> date:
        """Day after the last one whose length is known."""
        return self.start + timedelta(days=len(self.pace))

    def at(self, days: "pd.Series[pd.Timestamp] | pd.DatetimeIndex | list[date]") -> Floats:
        """Units of time from the clock's start to the beginning of each day."""
        number = (pd.DatetimeIndex(pd.to_datetime(days)) - pd.Timestamp(self.start)).days
        return self._reading(np.asarray(number, np.int64))

    def between(self, start: date, end: date) -> float:
        """Units of time from the beginning of one day to the beginning of another.

        Days after the last known one are as long as they were a year earlier, at the
        level of the last weeks; without a year of data they are average days.
        """
        low, high = ((d - self.start).days for d in (start, end))
        readings = self._reading(np.array([low, high], np.int64))
        return float(readings[1] - readings[0])

    def dead_time(self, share: float, repeats: "pd.Series[float]") -> float:
        """Units of time that a share of a purchase's day lasts, on average over purchases.

        Args:
            share: Share of the day.
            repeats: Repeat purchases by day (index: day).
        """
        if not share or self.kind == "calendar":
            return share / self.unit_days
        days = pd.DatetimeIndex(repeats.index)
        length = self.at(days + pd.Timedelta(days=1)) - self.at(days)
        return float(share * np.average(length, weights=repeats.to_numpy(np.float64)))

    def _reading(self, number: Ints) -> Floats:
        most = int(number.max(initial=0))
        pace = self.pace
        if most > len(pace):
            pace = np.concatenate([pace, self._ahead(most - len(pace))])
        total = np.concatenate([[0.0], np.cumsum(pace)])
        before = np.minimum(number, 0)
        return np.asarray((total[np.maximum(number, 0)] + before) / self.unit_days)

    def _ahead(self, days: int) -> Floats:
        if self.kind == "calendar" or len(self.pace) < _YEAR:
            return np.ones(days)
        pace = list(self.pace)
        level = 1.0
        if len(pace) >= _YEAR + _RECENT:
            then = sum(pace[-_RECENT - _YEAR : -_YEAR])
            level = sum(pace[-_RECENT:]) / then if then > 0 else 1.0
        last_year = np.array(pace[-_YEAR:])
        ahead = np.resize(last_year, days)
        # The level of the last weeks against a year ago is carried on, not compounded.
        return np.asarray(ahead * level)


def calendar_clock(start: date, end: date, unit_days: float = 7.0) -> Clock:
    """The ordinary calendar.

    Args:
        start: First day.
        end: Day after the last one.
        unit_days: Days in a unit of time.
    """
    return Clock(start, np.ones((end - start).days), unit_days, "calendar")


def on_clock(histories: pd.DataFrame, clock: Clock, end: date) -> pd.DataFrame:
    """Histories with their recency and age read from a clock.

    Args:
        histories: One row per customer with ``first_day, last_day``.
        clock: The clock.
        end: Day after the last one observed.

    Returns:
        The same with other ``recency`` and ``age``, from the end of one day to the end of
        another: since purchases of a day count once, the first day is over with the first
        of them. On the calendar clock the values are those of ``histories``.
    """
    over = pd.Timedelta(days=1)
    first = clock.at(histories["first_day"] + over)
    last = clock.at(histories["last_day"] + over)
    return histories.assign(recency=last - first, age=clock.at([end])[0] - first)


def activity_clock(
    histories: pd.DataFrame,
    repeats: "pd.Series[float]",
    start: date,
    end: date,
    *,
    unit_days: float = 7.0,
    dead_days: float = 0.0,
) -> Clock:
    """Estimate how long each day is from the repeat purchases on it.

    A day's length is its repeat purchases over those expected of the customers known by
    then, were it an average day; expectation and lengths are fitted in turns. Counting
    orders alone would take a growing number of customers for a faster clock.

    Args:
        histories: One row per customer with ``first_day, last_day, frequency``; those whose
            first purchase is in the data.
        repeats: Repeat purchases of these customers by day (index: day).
        start: First day.
        end: Day after the last one.
        unit_days: Average days in a unit of time.
        dead_days: Part of a purchase's day in which another one would not be counted, 0 to 1.

    Raises:
        CannotTell: As ``fit_purchases``.

    Source:
        The estimator of the baseline rate is Breslow's (1972, JRSS B 34, 216-217), with
        each customer's expected rate under the model in place of the risk set.
    """
    days = pd.date_range(start, end, inclusive="left")
    bought = repeats.reindex(days).fillna(0.0).to_numpy(np.float64)
    joined = histories["first_day"].value_counts().reindex(days).fillna(0.0).to_numpy(np.float64)
    clock = calendar_clock(start, end, unit_days)
    for _ in range(_ROUNDS):
        dead = clock.dead_time(dead_days, repeats)
        fit = fit_purchases(cells_of(on_clock(histories, clock, end)), dead_time=dead)
        clock = Clock(start, _speeds(fit, clock, bought, joined), unit_days, "activity")
    return clock


def _speeds(fit: Fit, clock: Clock, bought: Floats, joined: Floats) -> Floats:
    size = len(bought)
    total = np.concatenate([[0.0], np.cumsum(clock.pace)]) / clock.unit_days
    middle = (total[:-1] + total[1:]) / 2
    grid = np.linspace(0.0, total[-1], 400)
    curve = fit.parameters.expected_new(grid)
    rate = np.gradient(curve, grid)
    expected = np.array(
        [joined[:d] @ np.interp(middle[d] - middle[:d], grid, rate) for d in range(size)]
    )
    expected /= clock.unit_days
    prior = expected * np.minimum(_PRIOR / np.maximum(expected, 1e-9), 1.0)
    pace = (bought + prior) / np.maximum(expected + prior, 1e-9)
    return np.asarray(pace / pace.mean())

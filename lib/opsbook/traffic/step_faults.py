"""Days on which one step of the funnel failed on one device, found against the other devices.

Festivals, season and campaigns move all devices together; a broken button does not. So a
device is compared with the others on the same days, and its usual distance from them taken
out. What is left is searched for the run of days that is least likely to be chance.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["StepFault", "step_faults"]

Floats = NDArray[np.float64]
_LONGEST = 28
"""Days of the longest run looked for."""
_USUAL = 28
"""Days before and after a day in which the usual distance is read (its median)."""
_FEWEST_DAYS = 42
_CHANCE = 5.0
"""Standard errors from which a run is told. Of the some 200,000 runs in two years, four steps
and three devices, chance gives one like it in about one shop in twenty."""
_LEAST_FALL = 0.05
_HOLD = 40.0
"""Usual visits that a day of the others is mixed with."""


@dataclass(frozen=True)
class StepFault:
    """A run of days on which fewer than usual went on to a step.

    Args:
        step: Number of the step that was reached too seldom, from 1.
        group: The device.
        start: First day.
        end: Day after the last one.
        cases: Visits that stood before the step.
        reached: Visits that reached it.
        expected: Visits that would have, as on the other devices and as usual.
        low: Lower end of the interval of ``reached / expected``.
        high: Upper end.
        z: Distance in standard errors, negative.
    """

    step: int
    group: str
    start: date
    end: date
    cases: int
    reached: int
    expected: float
    low: float
    high: float
    z: float

    @property
    def lost(self) -> float:
        """Visits that did not reach the step and would have."""
        return self.expected - self.reached


def step_faults(days: pd.DataFrame, *, level: float = 0.95, most: int = 12) -> list[StepFault]:
    """Runs of 1 to 28 days that fell short on one device only.

    Args:
        days: From ``step_days``.
        level: Confidence of the intervals, 0.5 to 0.999.
        most: Faults at most, the surest first.

    Returns:
        In order of ``z``; empty where there is but one device or less than six weeks. A
        failure on all devices at once cannot be told from the season here and is not found.
    """
    found: list[StepFault] = []
    groups = [g for g in days["group"].unique() if g]
    every = pd.date_range(days["date"].min(), days["date"].max(), name="date")
    if len(groups) < 2 or len(every) < _FEWEST_DAYS:
        return []
    names = [c for c in days.columns if str(c).startswith("step_")]
    known = days[days["group"].isin(groups)]
    total = known.groupby("date")[names].sum().reindex(every, fill_value=0).to_numpy(float)
    for group in groups:
        own = known[known["group"] == group].set_index("date")[names]
        mine = own.reindex(every, fill_value=0).to_numpy(float)
        for step in range(1, len(names)):
            n, x = mine[:, step - 1], mine[:, step]
            m, y = total[:, step - 1] - n, total[:, step] - x
            found += _runs(every, n, x, m, y, step, str(group), level)
    return sorted(found, key=lambda f: f.z)[:most]


def _runs(
    every: pd.DatetimeIndex,
    n: Floats,
    x: Floats,
    m: Floats,
    y: Floats,
    step: int,
    group: str,
    level: float,
) -> list[StepFault]:
    """Take the surest run, then look again without its days."""
    from scipy.special import expit, ndtri

    quantile = float(ndtri((1 + level) / 2))
    clean = np.ones(len(n), bool)
    found: list[StepFault] = []
    while len(found) < 5:
        used = clean & (n > 0) & (m > 0)
        if used.sum() < _FEWEST_DAYS:
            return found
        usual = _usual(n, x, m, y, used)
        # A day of few others says little: it is held by what is usual for them.
        level_of = _around(y, used) / np.maximum(_around(m, used), 1.0)
        hits, cases = y + _HOLD * level_of, m + _HOLD
        p = expit(np.log((hits + 0.5) / (cases - hits + 0.5)) + usual)
        even = level_of * (1 - level_of)
        # Both sides vary: visits of the device, and those of the others that it is held against.
        spread = n * np.maximum(p * (1 - p), 1e-4)
        spread = spread + spread**2 / np.maximum(cases * even, 1.0)
        short = np.where(used, x - n * p, 0.0)
        spread = np.where(used, spread, 0.0)
        over = max(1.0, _overdispersion(short[used], spread[used]))
        first, last, z = _surest(short, spread * over)
        expected = float((n * p)[first:last][used[first:last]].sum())
        if z > -_CHANCE or expected <= 0:
            return found
        reached = float(x[first:last][used[first:last]].sum())
        if reached > expected * (1 - _LEAST_FALL):
            return found
        half = quantile * float(np.sqrt(spread[first:last].sum() * over)) / expected
        share = reached / expected
        found.append(
            StepFault(
                step,
                group,
                every[first].date(),
                every[last - 1].date() + timedelta(days=1),
                int(n[first:last][used[first:last]].sum()),
                int(reached),
                expected,
                max(0.0, share - half),
                share + half,
                z,
            )
        )
        clean[first:last] = False
    return found


def _around(values: Floats, used: NDArray[np.bool_], days: int = 2 * _USUAL + 1) -> Floats:
    """Sum over the days around each day."""
    return np.convolve(np.where(used, values, 0.0), np.ones(days), "same")


def _logit(hits: Floats, cases: Floats) -> Floats:
    odds: Floats = np.log((hits + 0.5) / (cases - hits + 0.5))
    return odds


def _usual(n: Floats, x: Floats, m: Floats, y: Floats, used: NDArray[np.bool_]) -> Floats:
    """Usual log odds against the others around each day.

    The median of weeks: single days of a small device say little, and a week has all
    weekdays. A run of bad days is too short to move the median of eight weeks far.
    """
    own, others = (
        (_around(x, used, 7), _around(n, used, 7)),
        (_around(y, used, 7), _around(m, used, 7)),
    )
    gap = np.where(own[1] > 0, _logit(*own) - _logit(*others), np.nan)
    line = pd.Series(gap).rolling(2 * _USUAL + 1, center=True, min_periods=1).median()
    usual: Floats = line.interpolate(limit_direction="both").fillna(0.0).to_numpy(float)
    return usual


def _overdispersion(short: Floats, spread: Floats) -> float:
    """Days vary more than chance alone would let them; by how much, not led by a few bad ones."""
    z = short / np.sqrt(np.maximum(spread, 1e-9))
    return float((np.quantile(np.abs(z), 0.6827)) ** 2)


def _surest(short: Floats, spread: Floats) -> tuple[int, int, float]:
    a, b = np.concatenate([[0], short.cumsum()]), np.concatenate([[0], spread.cumsum()])
    best = (0, 1, 0.0)
    for length in range(1, min(_LONGEST, len(short)) + 1):
        sums, wide = a[length:] - a[:-length], b[length:] - b[:-length]
        z = np.where(wide > 1e-9, sums / np.sqrt(np.maximum(wide, 1e-9)), 0.0)
        at = int(z.argmin())
        if z[at] < best[2]:
            best = (at, at + length, float(z[at]))
    return best

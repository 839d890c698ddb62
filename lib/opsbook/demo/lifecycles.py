"""The life of a product: launch, growth, maturity, decline, and the stage it has reached."""

from dataclasses import dataclass

import numpy as np

from opsbook.demo.draw import Floats, Ints

__all__ = ["STAGES", "Lives", "levels", "live"]

STAGES = ("new", "growth", "mature", "decline")
_START, _LEFT_NEW, _GONE = 0.06, 0.20, 0.03
"""Sales against maturity at launch, at the end of the new stage, and when a product retires."""
_LONG = 10_000
"""A number of weeks that never comes."""


@dataclass(frozen=True)
class Lives:
    """Life of every product, in weeks counted from the first Monday of the period.

    Args:
        launch: Week of launch; negative for what was there before.
        grows: Week in which growth begins.
        matures: Week in which maturity is reached.
        declines: Week in which decline begins; far off for most.
        half_life: Weeks in which declining sales halve.
        level: Sales against maturity, one row per product, one column per week.
    """

    launch: Ints
    grows: Ints
    matures: Ints
    declines: Ints
    half_life: Floats
    level: Floats

    def stage(self, week: int) -> Ints:
        """Index into STAGES of each product in a week."""
        return np.select(
            [week >= self.declines, week >= self.matures, week >= self.grows], [3, 2, 1], 0
        ).astype(np.int64)

    @property
    def retired(self) -> Ints:
        """First week without sales, after which there are none; -1 where there is none."""
        gone = (self.level == 0) & (np.arange(self.level.shape[1]) >= self.declines[:, None])
        return np.where(gone.any(axis=1), gone.argmax(axis=1), -1)


def live(rng: np.random.Generator, size: int, weeks: int, new_weeks: int) -> Lives:
    """Draw the lives of products.

    About 54 % are mature all the time, 16 % decline, 30 % are launched shortly before or
    during the period; one newcomer in five declines again soon after it has grown up.

    Args:
        rng: Source of randomness.
        size: Number of products.
        weeks: Number of weeks.
        new_weeks: Weeks from launch during which a product counts as new.
    """
    kind = np.searchsorted([0.54, 0.70], rng.random(size), side="right")
    newcomer, ageing = kind == 2, kind == 1
    launch = np.where(
        newcomer,
        np.floor(rng.uniform(-16, weeks - 2, size)),
        -np.floor(rng.uniform(70, 260, size)),
    ).astype(np.int64)
    grows = launch + new_weeks
    matures = grows + rng.integers(10, 27, size)
    flop = newcomer & (rng.random(size) < 0.2)
    declines = np.select(
        [ageing, flop],
        [rng.integers(-6, max(weeks - 6, 1), size), matures + rng.integers(4, 16, size)],
        _LONG,
    ).astype(np.int64)
    half_life = np.round(rng.uniform(5.0, 14.0, size), 1)
    level = levels(np.arange(weeks), launch, grows, matures, declines, half_life)
    return Lives(launch, grows, matures, declines, half_life, level)


def levels(
    week: Ints, launch: Ints, grows: Ints, matures: Ints, declines: Ints, half_life: Floats
) -> Floats:
    """Sales against maturity by product and week; constant within a week."""
    now = week[None, :]
    launch, grows, matures = launch[:, None], grows[:, None], matures[:, None]
    fresh = np.clip((now - launch) / (grows - launch), 0, 1)
    grown = np.clip((now - grows) / (matures - grows), 0, 1)
    level = _START * (_LEFT_NEW / _START) ** fresh * (1 / _LEFT_NEW) ** grown
    age = np.maximum(now - declines[:, None], 0)
    level = level * 0.5 ** (age / half_life[:, None])
    return np.where((now < launch) | (level < _GONE), 0.0, level)

"""A range that is blown up: thousands of new products in a few months, hardly any demand."""

from dataclasses import replace

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.lifecycles import Lives, levels
from opsbook.demo.plan import Sprawl
from opsbook.demo.products import Range

__all__ = ["blow_up"]


def blow_up(
    rng: np.random.Generator, sprawl: Sprawl, clock: Clock, range_: Range, lives: Lives
) -> tuple[Range, Lives]:
    """Make most products latecomers that few people want.

    Args:
        rng: Source of randomness.
        sprawl: How many, when, how little wanted.
        clock: The period.
        range_: All products, old and new.
        lives: Their lives before.
    """
    late = np.zeros(len(range_), bool)
    late[rng.permutation(len(range_))[sprawl.before :]] = True
    count = int(late.sum())
    first = int(clock.week[int(sprawl.start * (clock.days - 1))])
    weeks = max(sprawl.days // 7, 1)
    launch, grows, matures = (a.copy() for a in (lives.launch, lives.grows, lives.matures))
    declines = lives.declines.copy()
    launch[late] = first + rng.integers(0, weeks, count)
    grows[late], matures[late] = launch[late] + 2, launch[late] + 6
    declines[late] = 10_000
    week = np.arange(clock.weeks)
    level = levels(week, launch, grows, matures, declines, lives.half_life)
    popularity = range_.popularity.copy()
    popularity[~late] *= (1 - sprawl.demand) / popularity[~late].sum()
    # The newcomers share what little they draw more evenly than the old range does.
    flat = popularity[late] ** 0.5
    popularity[late] = sprawl.demand * flat / flat.sum()
    return (
        replace(range_, popularity=popularity),
        Lives(launch, grows, matures, declines, lives.half_life, level),
    )

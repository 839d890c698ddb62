"""What ordinary days would have brought: a level that drifts, weekdays, seasons, festivals.

A daily series is fitted on the days that nothing special happened on, and continued through
the days that something did. Between them the level may drift; how restless it is, and how long
it remembers, is weighed over a grid and not set, so that the interval grows with the length of
the gap that has to be bridged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.campaign.structural_draws import Draws
from opsbook.campaign.structural_fit import (
    Point,
    Work,
    covariance,
    fits,
    linearised,
    solve,
    with_step,
)
from opsbook.campaign.structural_steps import step_points
from opsbook.errors import CannotTell
from opsbook.language import N_

__all__ = ["Design", "Expected", "Fitted", "Step", "expected_days", "fitted", "left_out"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_DRAWS = 2_000
_LEAST_DAYS = 42


@dataclass(frozen=True)
class Design:
    """What a day's level may depend on, on the log scale.

    Args:
        names: One per column.
        columns: Days by columns, the first one all ones.
        spread: Standard deviation a column's effect is expected to have; what the days
            cannot tell stays that uncertain.
    """

    names: tuple[str, ...]
    columns: Floats
    spread: Floats


@dataclass(frozen=True)
class Step:
    """A date on which the level may have changed for good: a price rise, a new channel.

    Args:
        day: First day of the new level, counted from the first day of the series.
        chance: That it did, before looking at the series.
    """

    day: int
    chance: float


@dataclass(frozen=True)
class Expected:
    """The days asked for, as they would have been.

    Args:
        mean: Expected value by day asked for.
        draws: Draws of it (rows) by day, for intervals of sums.
        every: Expected value of every day of the series, those fitted included.
        dispersion: Variance of a day over its mean.
        effects: Log effect by column of the design.
        errors: Standard error of each.
        restless: Standard deviation of the drifting level, log points.
        memory_days: Days after which a third of a drift is left.
        stepped: Chance that the level stepped on one of the dates asked about.
    """

    mean: Floats
    draws: Floats
    every: Floats
    dispersion: float
    effects: Floats
    errors: Floats
    restless: float
    memory_days: float
    stepped: float = 0.0


@dataclass(frozen=True)
class Fitted:
    """The days that were kept, fitted at every restlessness and memory of the grid.

    Args:
        work: The series made linear.
        points: One fit per point of the grid, none of them with a step.
    """

    work: Work
    points: tuple[Point, ...]


def fitted(y: Floats, design: Design, keep: Mask) -> Fitted:
    """Fit the days to keep; what several questions about them share.

    Args:
        y: The series, one element per day without gaps.
        design: Its columns, one row per day.
        keep: Days to learn from.

    Raises:
        CannotTell: Fewer than 42 days to learn from, or nothing was sold on them.
    """
    if keep.sum() < _LEAST_DAYS or not y[keep].mean() > 0:
        raise CannotTell(
            N_(
                "a baseline needs {need} ordinary days with sales outside events; there are {found}"
            ),
            need=_LEAST_DAYS,
            found=int(keep.sum()),
        )
    work = linearised(y, design, keep)
    return Fitted(work, tuple(fits(work)))


def expected_days(
    y: Floats,
    design: Design,
    keep: Mask,
    ask: Mask,
    *,
    steps: Sequence[Step] = (),
    draws: int = _DRAWS,
    seed: int = 1,
    known: Fitted | None = None,
) -> Expected:
    """Fit the days to keep and say what the days asked for would have brought.

    The mean of a day is the exponential of the design and of a level that drifts as a
    first-order autoregression; the variance of a day is proportional to its mean, as for
    counts and for sums of baskets.

    Args:
        y: The series, one element per day without gaps.
        design: Its columns, one row per day.
        keep: Days to learn from.
        ask: Days to tell.
        steps: Dates on which the level may have stepped up or down for good, once.
        draws: How many draws.
        seed: Of the draws.
        known: ``fitted`` of the same series, design and days, where it is at hand.

    Raises:
        CannotTell: Fewer than 42 days to learn from, or nothing was sold on them.

    Where steps are given, fits with one of them and fits with none are averaged by their
    evidence (a column that the days cannot place widens the interval instead of bending it).

    Source:
        Averaging over models: Hoeting et al. (1999), Statistical Science 14, 382-417.
        Structural time series: Harvey (1989); counterfactuals by them: Brodersen et al.
        (2015), Annals of Applied Statistics 9, 247-274. Quasi-likelihood with a latent
        level: Breslow, Clayton (1993), JASA 88, 9-25.
    """
    known = known or fitted(y, design, keep)
    work = known.work
    none = float(np.log1p(-sum(step.chance for step in steps)))
    tried = [(work, p, p.evidence + none) for p in known.points]
    near = known.points
    for nth, step in enumerate(steps):
        more = with_step(work, step.day)
        found = step_points(more, near)
        if not nth:
            # How restless the days are beside a step hardly depends on the week it came in.
            top = max(p.evidence for p in found)
            near = tuple(p for p, q in zip(near, found, strict=True) if q.evidence > top - 6)
        # The other columns' prior is common to all fits, the step's is not.
        extra = float(np.log(step.chance)) + 0.5 * float(np.log(more.precision[-1]))
        tried += [(more, p, p.evidence + extra) for p in found]
    best = max(evidence for _, _, evidence in tried)
    tried = [one for one in tried if one[2] > best - 6]
    points = [p for _, p, _ in tried]
    chance = np.exp(np.array([evidence - best for _, _, evidence in tried]))
    chance /= chance.sum()
    rng = np.random.default_rng(seed)
    asked = np.flatnonzero(ask)
    shares = rng.multinomial(draws, chance)
    luck = Draws(asked)
    parts = [luck.of(own, p, n, rng) for (own, p, _), n in zip(tried, shares, strict=True) if n]
    sample = np.vstack(parts) if parts else np.empty((0, len(asked)))
    own = len(design.names)
    betas = np.array([p.beta[:own] for p in points])
    effects = chance @ betas
    variance = chance @ np.array([p.scale * np.diag(p.beta_cov)[:own] for p in points])
    variance = variance + chance @ (betas - effects) ** 2
    every = np.exp(chance @ np.array([p.level for p in points]))
    return Expected(
        mean=sample.mean(axis=0),
        draws=sample,
        every=every,
        dispersion=float(chance @ np.array([p.scale for p in points])),
        effects=effects,
        errors=np.sqrt(variance),
        restless=float(chance @ np.array([p.restless for p in points])),
        memory_days=float(chance @ np.array([p.memory for p in points])),
        stepped=float(
            sum(c for c, (one, _, _) in zip(chance, tried, strict=True) if one is not work)
        ),
    )


def left_out(
    y: Floats,
    design: Design,
    keep: Mask,
    blocks: list[NDArray[np.int64]],
    known: Fitted | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Blocks of ordinary days, each told from the other days: how far off is the method?

    Args:
        y: The series.
        design: Its columns.
        keep: Ordinary days.
        blocks: Days of each block, all of them ordinary; the days between them are left out
            with it.
        known: ``fitted`` of the same series, design and days, where it is at hand.

    Returns:
        Actual sum, expected sum, and standard error of their difference, by block.
    """
    known = known or fitted(y, design, keep)
    work, best = known.work, max(known.points, key=lambda p: p.evidence)
    actual, told, error = [], [], []
    for block in blocks:
        apart = keep.copy()
        apart[block.min() : block.max() + 1] = False
        part = Work(work.z, work.weight, apart, work.x, work.precision, work.dispersion)
        point = solve(part, best.restless, best.memory)
        cov = covariance(part, point, block)
        mean = np.exp(point.level[block] + np.diag(cov) / 2)
        actual.append(float(y[block].sum()))
        told.append(float(mean.sum()))
        error.append(float(np.sqrt(mean @ cov @ mean + point.scale * mean.sum())))
    return np.array(actual), np.array(told), np.array(error)

"""Fitting a daily series with a drifting level: the arithmetic behind the baseline.

The series is made linear at the fitted level once; at every restlessness and memory of the
drift the best fit and its evidence then come from one banded system.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from opsbook.campaign.structural import Design

__all__ = ["Point", "Work", "covariance", "fits", "linearised", "point_of", "solve", "with_step"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_RESTLESS = (0.015, 0.04, 0.08, 0.15, 0.3)
_MEMORY_DAYS = (3.0, 8.0, 21.0, 60.0, 180.0)
_GRID = tuple((s, days) for s in _RESTLESS for days in _MEMORY_DAYS)
_STEP_SPREAD = 0.3


@dataclass(frozen=True)
class Work:
    """The series made linear at the fitted level.

    Args:
        z: Working response by day, log scale.
        weight: Its weight by day: the fitted level.
        keep: Days that count.
        x: Columns of the design, by day.
        precision: Prior precision of each column's effect, in units of the dispersion.
        dispersion: Variance of a day over its mean.
    """

    z: Floats
    weight: Floats
    keep: Mask
    x: Floats
    precision: Floats
    dispersion: float


@dataclass(frozen=True)
class Point:
    """The fit at one restlessness and memory of the drift.

    Args:
        restless: Standard deviation of the drift, log points.
        memory: Days after which a third of it is left.
        evidence: Log evidence, up to a constant.
        scale: Dispersion as fitted here.
        beta: Effects of the columns.
        beta_cov: Their covariance over ``scale``.
        level: Log level by day.
        factor: Banded Cholesky factor of the drift's posterior precision.
        pulled: Columns as the drift follows them.
    """

    restless: float
    memory: float
    evidence: float
    scale: float
    beta: Floats
    beta_cov: Floats
    level: Floats
    factor: Floats
    pulled: Floats


def linearised(y: Floats, design: "Design", keep: Mask) -> Work:
    """Fit once at a middling restlessness; give the series as seen from there.

    Args:
        y: The series, one element per day.
        design: Its columns.
        keep: Days to learn from.
    """
    x = design.columns.copy()
    start = float(np.log(y[keep].mean()))
    eta = np.full(len(y), start)
    dispersion = 1.0
    work = None
    for step in range(8):
        mu = np.exp(eta)
        # A day without sales, or of losses, is a low day and not an endless one.
        z = eta - start + np.clip((y - mu) / mu, -3.0, 8.0)
        if step:
            residual = (y - mu)[keep] ** 2 / mu[keep]
            dispersion = max(float(residual.mean()), 1e-9)
        work = Work(z, mu, keep, x, dispersion / design.spread**2, dispersion)
        level = solve(work, 0.08, 21.0).level + start
        done = float(np.abs(level - eta)[keep].max()) < 1e-4
        eta = np.clip(level, start - 6, start + 6)
        if done:
            break
    mu = np.exp(eta)
    z = eta + np.clip((y - mu) / mu, -3.0, 8.0)
    # The intercept carries the whole level, so its spread must hold any of them.
    precision = dispersion / design.spread**2
    precision[0] = dispersion / (10.0 + abs(start)) ** 2
    return Work(z, mu, keep, x, precision, dispersion)


def fits(work: Work, some: Sequence[tuple[float, float]] | None = None) -> list[Point]:
    """Fits over the grid of restlessness and memory, or at some of its points.

    Args:
        work: From ``linearised``.
        some: Points ``(restlessness, days of memory)``; the whole grid unless given.
    """
    return [solve(work, s, days) for s, days in some or _GRID]


def with_step(work: Work, day: int) -> Work:
    """The same series with one more column, which is one from the step on.

    Args:
        work: From ``linearised``.
        day: First day of the new level, counted from the first of the series.
    """
    column = (np.arange(len(work.z)) >= day).astype(float)
    return replace(
        work,
        x=np.column_stack([work.x, column]),
        precision=np.append(work.precision, work.dispersion / _STEP_SPREAD**2),
    )


def solve(work: Work, restless: float, memory: float) -> Point:
    """Best fit and its evidence where the drift is this restless and remembers this long.

    Args:
        work: From ``linearised``.
        restless: Standard deviation of the drift, log points.
        memory: Days after which a third of a drift is left.
    """
    from scipy.linalg import cho_solve_banded, cholesky_banded

    n, keep = len(work.z), work.keep
    rho = float(np.exp(-1 / memory))
    # All variances are in units of the dispersion, which is then integrated out.
    spread = restless**2 / work.dispersion
    inner = spread * (1 - rho**2)
    band = np.zeros((2, n))
    band[1] = (1 + rho**2) / inner
    band[1, [0, -1]] = 1 / inner
    band[0, 1:] = -rho / inner
    weight = np.where(keep, work.weight, 0.0)
    band[1] += weight
    factor = cholesky_banded(band)
    x, z = work.x, np.where(keep, work.z, 0.0)
    both = np.column_stack([x, z]) * weight[:, None]
    pulled = cho_solve_banded((factor, False), both)
    return point_of(work, pulled, factor, restless, memory)


def point_of(work: Work, pulled: Floats, factor: Floats, restless: float, memory: float) -> Point:
    """The fit once it is known how the drift follows the design and the series.

    Args:
        work: From ``linearised``.
        pulled: The drift that each column of the design, and then the series, brings with it.
        factor: The drift's banded factor, whatever the design.
        restless: As in ``solve``.
        memory: As in ``solve``.
    """
    from scipy.linalg import cho_factor, cho_solve

    n, days = len(work.z), int(work.keep.sum())
    weight = np.where(work.keep, work.weight, 0.0)
    x, z = work.x, np.where(work.keep, work.z, 0.0)
    spread = restless**2 / work.dispersion
    inner = spread * (1 - float(np.exp(-1 / memory)) ** 2)
    # K^-1 v = W v - W A^-1 W v for the days kept.
    through = np.column_stack([x, z]) * weight[:, None] - weight[:, None] * pulled
    m = x.T @ through[:, :-1] + np.diag(work.precision)
    b = x.T @ through[:, -1]
    chol = cho_factor(m)
    beta = cho_solve(chol, b)
    rest = max(float(z @ through[:, -1] - b @ beta), 1e-12)
    logdet = 2 * np.log(factor[1]).sum() + (n - 1) * np.log(inner) + np.log(spread)
    logdet += 2 * np.log(np.diag(chol[0])).sum()
    drift = pulled[:, -1] - pulled[:, :-1] @ beta
    return Point(
        restless,
        memory,
        float(-0.5 * float(logdet) - 0.5 * days * np.log(rest)),
        rest / days,
        beta,
        cho_solve(chol, np.eye(len(b))),
        x @ beta + drift,
        factor,
        pulled[:, :-1],
    )


def covariance(work: Work, point: Point, asked: NDArray[np.int64]) -> Floats:
    """Covariance of the level on some days, the design's effects being uncertain too.

    Args:
        work: From ``linearised``.
        point: From ``solve`` of it.
        asked: Numbers of the days.
    """
    from scipy.linalg import cho_solve_banded

    unit = np.zeros((len(work.z), len(asked)))
    unit[asked, np.arange(len(asked))] = 1.0
    own = cho_solve_banded((point.factor, False), unit)[asked]
    slope = work.x[asked] - point.pulled[asked]
    found: Floats = point.scale * (own + slope @ point.beta_cov @ slope.T)
    return (found + found.T) / 2

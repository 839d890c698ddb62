"""Fits with a step in the level, built on those without one, which know nearly everything.

A step is one more column beside those that were fitted already. How the drift follows the
others does not change with it, so only the new column is solved for.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from opsbook.campaign.structural_fit import Point, Work

__all__ = ["step_points"]

Floats = NDArray[np.float64]


def step_points(work: Work, near: Sequence[Point]) -> list[Point]:
    """What ``structural_fit.solve`` finds for the same restlessness and memory.

    Args:
        work: From ``with_step``: its last column is the step.
        near: Fits of the same series and days without that column.
    """
    from scipy.linalg import cho_factor, cho_solve, cho_solve_banded

    n, keep = len(work.z), work.keep
    days = int(keep.sum())
    weight = np.where(keep, work.weight, 0.0)
    x, z = work.x, np.where(keep, work.z, 0.0)
    both = np.column_stack([x, z]) * weight[:, None]
    found = []
    for point in near:
        pulled = np.empty(both.shape, order="F")
        pulled[:, :-2] = point.pulled
        pulled[:, -2:] = cho_solve_banded((point.factor, False), both[:, -2:], check_finite=False)
        through = both - weight[:, None] * pulled
        m = x.T @ through[:, :-1] + np.diag(work.precision)
        b = x.T @ through[:, -1]
        chol = cho_factor(m)
        beta = cho_solve(chol, b)
        rest = max(float(z @ through[:, -1] - b @ beta), 1e-12)
        spread = point.restless**2 / work.dispersion
        inner = spread * (1 - float(np.exp(-1 / point.memory)) ** 2)
        logdet = 2 * np.log(point.factor[1]).sum() + (n - 1) * np.log(inner) + np.log(spread)
        logdet += 2 * np.log(np.diag(chol[0])).sum()
        drift = pulled[:, -1] - pulled[:, :-1] @ beta
        found.append(
            Point(
                point.restless,
                point.memory,
                float(-0.5 * float(logdet) - 0.5 * days * np.log(rest)),
                rest / days,
                beta,
                cho_solve(chol, np.eye(len(b))),
                x @ beta + drift,
                point.factor,
                pulled[:, :-1],
            )
        )
    return found

"""Fits with a step in the level, built on those without one, which know nearly everything.

A step is one more column beside those that were fitted already. How the drift follows the
others does not change with it, so only the new column is solved for.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from opsbook.campaign.structural_fit import Point, Work, point_of

__all__ = ["step_points"]

Floats = NDArray[np.float64]


def step_points(work: Work, near: Sequence[Point]) -> list[Point]:
    """What ``structural_fit.solve`` finds for the same restlessness and memory.

    Args:
        work: From ``with_step``: its last column is the step.
        near: Fits of the same series and days without that column.
    """
    from scipy.linalg import cho_solve_banded

    weight = np.where(work.keep, work.weight, 0.0)
    # Only what the step and the series bring is not known yet.
    new = np.column_stack([work.x[:, -1], np.where(work.keep, work.z, 0.0)]) * weight[:, None]
    found = []
    for point in near:
        solved = cho_solve_banded((point.factor, False), new, check_finite=False)
        pulled = np.asfortranarray(np.column_stack([point.pulled, solved]))
        found.append(point_of(work, pulled, point.factor, point.restless, point.memory))
    return found

"""Draws of the days' means from several fits that share how restless the days are.

How a day's drift hangs together with another's is the same for every fit of one restlessness
and memory, whatever columns stand beside it: it is worked out once for all of them.
"""

import numpy as np
from numpy.typing import NDArray

from opsbook.campaign.structural_fit import Point, Work

__all__ = ["Draws"]

Floats = NDArray[np.float64]


class Draws:
    """Draws on some days from fits of one series on the same days.

    Args:
        asked: Numbers of the days.
    """

    def __init__(self, asked: NDArray[np.int64]) -> None:
        self.asked = asked
        self._drift: dict[tuple[float, float], Floats] = {}

    def of(self, work: Work, point: Point, size: int, rng: np.random.Generator) -> Floats:
        """Draws of the days' means: Student's t, since the dispersion is estimated.

        Args:
            work: What the fit was made of.
            point: The fit.
            size: How many draws.
            rng: Source of randomness.

        Returns:
            One row per draw, one column per day asked for.
        """
        asked = self.asked
        slope = work.x[asked] - point.pulled[asked]
        found = point.scale * (self._own(work, point) + slope @ point.beta_cov @ slope.T)
        cov = (found + found.T) / 2
        # A hair on the diagonal: neighbouring days hang together almost perfectly.
        root = np.linalg.cholesky(cov + np.eye(len(asked)) * (1e-9 + 1e-7 * float(np.trace(cov))))
        normal = rng.standard_normal((size, len(asked))) @ root.T
        freedom = max(int(work.keep.sum()) - 2, 5)
        wide = np.sqrt(freedom / rng.chisquare(freedom, size))[:, None]
        drawn: Floats = np.exp(point.level[asked] + normal * wide)
        return drawn

    def _own(self, work: Work, point: Point) -> Floats:
        """Covariance of the drift on the days asked for, over the dispersion."""
        from scipy.linalg import cho_solve_banded

        key = (point.restless, point.memory)
        if key not in self._drift:
            unit = np.zeros((len(work.z), len(self.asked)))
            unit[self.asked, np.arange(len(self.asked))] = 1.0
            self._drift[key] = cho_solve_banded((point.factor, False), unit)[self.asked]
        return self._drift[key]

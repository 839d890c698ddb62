"""Two shares and the difference between them, with intervals that hold for small counts."""

import numpy as np
from numpy.typing import NDArray

from opsbook.common.shares import wilson

__all__ = ["share_gap"]

Floats = NDArray[np.float64]


def share_gap(
    hits: Floats, cases: Floats, hits_of: Floats, cases_of: Floats, *, level: float = 0.95
) -> tuple[Floats, Floats, Floats, Floats]:
    """Difference of two shares with Newcombe's interval and the pooled test.

    Args:
        hits: Of the first group.
        cases: Size of the first group, above 0.
        hits_of: Of the second group.
        cases_of: Size of the second group, above 0.
        level: Confidence, 0.5 to 0.999.

    Returns:
        Difference, lower and upper end (fractions), two-sided p-value.

    Source:
        Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    Example:
        >>> import numpy as np
        >>> found = share_gap(*(np.array([v]) for v in (56.0, 70.0, 48.0, 80.0)))
        >>> [round(float(v[0]), 4) for v in found[:3]]
        [0.2, 0.0524, 0.3339]
    """
    from scipy.special import ndtr

    a, b = hits / cases, hits_of / cases_of
    al, ah = wilson(hits, cases, level)
    bl, bh = wilson(hits_of, cases_of, level)
    gap = a - b
    low = gap - np.sqrt((a - al) ** 2 + (bh - b) ** 2)
    high = gap + np.sqrt((ah - a) ** 2 + (b - bl) ** 2)
    pool = (hits + hits_of) / (cases + cases_of)
    wide = np.sqrt(np.maximum(pool * (1 - pool) * (1 / cases + 1 / cases_of), 1e-18))
    return gap, low, high, 2 * ndtr(-np.abs(gap / wide))

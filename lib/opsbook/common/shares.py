"""Shares with their uncertainty, for every room."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["false_discovery", "two_shares", "wilson"]

Floats = NDArray[np.float64]


def wilson(hits: ArrayLike, cases: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's interval for a share; not a number without cases.

    Args:
        hits: How many of the cases, 0 to ``cases``.
        cases: How many there were.
        level: Confidence, 0.5 to 0.999.

    Returns:
        Lower and upper ends, fractions.

    Raises:
        ParameterError: ``level`` is out of range.

    Source:
        Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    Example:
        >>> low, high = wilson(7, 50)
        >>> f"{low:.6f} {high:.6f}"
        '0.069508 0.261862'
    """
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)
    from scipy.stats import norm

    x, n = np.asarray(hits, float), np.asarray(cases, float)
    n = np.where(n > 0, n, np.nan)
    z = float(norm.ppf((1 + level) / 2))
    share = x / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def two_shares(hits: tuple[float, float], cases: tuple[float, float]) -> float:
    """Two-sided p-value that two independent shares are the same (pooled z-test).

    Returns:
        Not a number where either group is empty or nobody, or everybody, did it.
    """
    from scipy.stats import norm

    if min(cases) <= 0:
        return float("nan")
    pooled = sum(hits) / sum(cases)
    error = np.sqrt(pooled * (1 - pooled) * (1 / cases[0] + 1 / cases[1]))
    if error == 0:
        return float("nan")
    return float(2 * norm.sf(abs(hits[0] / cases[0] - hits[1] / cases[1]) / error))


def false_discovery(p_values: ArrayLike) -> Floats:
    """Adjusted p-values: naming all below 5 % leaves 5 % false names among them on average.

    Args:
        p_values: One per test; not a number stays so and does not count as a test.

    Source:
        Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.

    Example:
        >>> [round(float(v), 3) for v in false_discovery([0.01, 0.04, 0.03, 0.5])]
        [0.04, 0.053, 0.053, 0.5]
    """
    p = np.asarray(p_values, float)
    found = np.full(p.shape, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    n = len(order)
    raised = p[order] * n / np.arange(1, n + 1)
    found[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return found

"""Groups compared within strata, and many of them without being fooled by luck."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["StratifiedGap", "holm", "stratified_gap"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StratifiedGap:
    """How far a group's share lies from the others', month by month.

    Args:
        gap: Difference of shares, averaged over strata, fraction.
        low: Lower end of its interval.
        high: Upper end.
        p_value: That there is none.
    """

    gap: float
    low: float
    high: float
    p_value: float


def stratified_gap(strata: pd.DataFrame, level: float = 0.95) -> StratifiedGap:
    """Mantel-Haenszel difference of two shares over strata.

    A channel that brings its customers in November is compared with others' November
    customers, so that the season of a cohort is not taken for the channel's merit.

    Args:
        strata: One row per stratum: ``hits, cases`` of the group, ``other_hits,
            other_cases`` of the rest.
        level: Confidence, 0.5 to 0.999.

    Returns:
        All not a number where no stratum holds both sides, or nothing varies.

    Source:
        Greenland and Robins (1985), Biometrics 41, 55-68; variance by Sato (1989),
        Biometrics 45, 1323-1324.
    """
    from scipy.stats import norm

    nothing = StratifiedGap(*(float("nan"),) * 4)
    names = ("hits", "cases", "other_hits", "other_cases")
    x, n, y, m = (strata[name].to_numpy(float) for name in names)
    both = (n > 0) & (m > 0)
    if not both.any():
        return nothing
    x, n, y, m = x[both], n[both], y[both], m[both]
    whole = n + m
    weight = float((n * m / whole).sum())
    gap = float(((x * m - y * n) / whole).sum()) / weight
    p_term = (n**2 * y - m**2 * x + n * m * (m - n) / 2) / whole**2
    q_term = (x * (m - y) + y * (n - x)) / (2 * whole)
    variance = (gap * float(p_term.sum()) + float(q_term.sum())) / weight**2
    if variance <= 0:
        return nothing
    error = float(np.sqrt(variance))
    z = float(norm.ppf((1 + level) / 2))
    p_value = float(2 * norm.sf(abs(gap) / error))
    return StratifiedGap(gap, gap - z * error, gap + z * error, p_value)


def holm(p_values: ArrayLike) -> Floats:
    """p-values corrected for being many (Holm); missing ones stay missing.

    Source:
        Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Example:
        >>> [round(float(p), 3) for p in holm([0.01, 0.04, 0.03])]
        [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, float)
    result = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * (len(order) - np.arange(len(order)))
    result[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return result

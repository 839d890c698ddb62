"""Split a change exactly between the factors of a product (LMDI-I, additive)."""

import numpy as np

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["as_taught", "lmdi", "log_mean"]


def log_mean(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Logarithmic mean ``(a - b) / ln(a / b)``, with its limits ``a`` at a = b and 0 at 0."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    mean = np.zeros(a.shape)
    both = (a > 0) & (b > 0)
    ratio = np.log(a[both]) - np.log(b[both])
    # Near one the quotient loses its digits: L = sqrt(ab) sinh(x/2)/(x/2), here its series.
    near = np.abs(ratio) < 1e-4
    far = np.where(near, 1.0, ratio)
    series = np.sqrt(a[both] * b[both]) * (1 + ratio**2 / 24)
    mean[both] = np.where(near, series, (a[both] - b[both]) / far)
    return mean


def lmdi(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Contribution of every factor to the change of every group's product.

    ``effect(i) = L(V1, V0) ln(x1(i) / x0(i))`` with L the logarithmic mean of the group's
    products; effects of a group add up to ``V1 - V0`` exactly, in any order of factors.
    Zeros take the analytical limit: a factor that rises from (or falls to) zero carries the
    group's whole change, in equal parts if several do. A factor that is not a number in one
    period (the price of a group that sold nothing) counts as unchanged, so a group that
    appears or vanishes goes to the factor that became or ceased to be zero.

    Args:
        before: Groups by factors, not negative; the product of a row is its value.
        now: The same for the later period.

    Returns:
        Groups by factors, in the unit of the product.

    Raises:
        ParameterError: A factor is negative, or shapes differ.

    Source:
        Ang (2005), Energy Policy 33, 867-871 (LMDI-I); Ang and Liu (2007), Energy Policy
        35, 238-246 (zeros).

    Example:
        >>> lmdi([[1000, 0.02, 50]], [[1200, 0.025, 48]]).round(3)
        array([[220.   , 269.258, -49.258]])
    """
    x0, x1 = np.atleast_2d(np.array(before, float)), np.atleast_2d(np.array(now, float))
    if x0.shape != x1.shape:
        raise ParameterError(
            N_("both periods need the same groups and factors; got {before} and {now}"),
            before=x0.shape,
            now=x1.shape,
        )
    x0, x1 = np.where(np.isnan(x0), x1, x0), np.where(np.isnan(x1), x0, x1)
    x0, x1 = np.nan_to_num(x0), np.nan_to_num(x1)
    if (x0 < 0).any() or (x1 < 0).any():
        raise ParameterError(N_("a factor cannot be negative; got {value}"),
                             value=float(min(x0.min(), x1.min())))  # fmt: skip
    v0, v1 = x0.prod(axis=1), x1.prod(axis=1)
    effects = np.zeros(x0.shape)
    positive = (v0 > 0) & (v1 > 0)
    weight = log_mean(v1[positive], v0[positive])[:, None]
    effects[positive] = weight * (np.log(x1[positive]) - np.log(x0[positive]))
    appears, vanishes = (v0 == 0) & (v1 > 0), (v1 == 0) & (v0 > 0)
    for rows, zero in ((appears, x0 == 0), (vanishes, x1 == 0)):
        carriers = zero[rows]
        change = (v1 - v0)[rows, None]
        effects[rows] = change * carriers / carriers.sum(axis=1, keepdims=True)
    return effects


def as_taught(visitors: float, conversion: float, aov: float, repeat_purchase_rate: float) -> float:
    """The course formula GMV = visitors x conversion x AOV x repeat purchase rate.

    It is shown because it is taught, not because it holds: a rate below one shrinks the
    product, at 20 % to a fifth of what was sold (X10). What the formula means is orders per
    buyer, which reports use, or one plus the repeat orders per buyer.

    Source:
        002 三(三)1 GMV=流量×转化率×客单价×复购率.

    Example:
        >>> as_taught(1000, 0.02, 50, 0.2), 1000 * 0.02 * 50
        (200.0, 1000.0)
    """
    return visitors * conversion * aov * repeat_purchase_rate

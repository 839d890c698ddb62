"""How far to believe few cases: figures of many suppliers drawn toward what all of them do.

A supplier with four orders is not ranked like one with four hundred. What a figure owes to
luck is known from its cases, what suppliers truly differ by is estimated from all of them;
the ratio of the two says how far each figure is drawn toward the shop's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["Shrunk", "check_level", "shrink_means", "shrink_shares"]

Floats = NDArray[np.float64]
_STRONGEST = 1e6
"""Cases a prior is worth at most, where suppliers do not differ at all."""


@dataclass(frozen=True)
class Shrunk:
    """Estimates after shrinkage, one element per supplier.

    Args:
        value: Best guess.
        sd: Its standard deviation, that of the common mean included.
        low: Lower end of the interval.
        high: Upper end.
        weight: Share of the guess that rests on the supplier's own cases, 0 to 1.
        common: What a supplier without cases is taken to do.
        spread: Standard deviation of true values between suppliers.
    """

    value: Floats
    sd: Floats
    low: Floats
    high: Floats
    weight: Floats
    common: float
    spread: float


def check_level(level: float) -> None:
    """Refuse a confidence level that is none.

    Raises:
        ParameterError: ``level`` is out of range.
    """
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of range; use 0.5 to 0.999"), value=level)


def shrink_means(values: ArrayLike, variances: ArrayLike, *, level: float = 0.95) -> Shrunk:
    """Means drawn toward their common mean, each by how uncertain it is (normal-normal).

    Args:
        values: One figure per supplier; not a number where there is none.
        variances: Its sampling variance; infinite, not a number or negative counts as unknown.
        level: Confidence of the intervals, 0.5 to 0.999.

    Returns:
        ``spread`` is found by the method of Paule and Mandel. With no figure at all
        everything is not a number.

    Raises:
        ParameterError: ``level`` is out of range.

    Source:
        Paule and Mandel (1982), J. Res. National Bureau of Standards 87, 377-385;
        Morris (1983), Journal of the American Statistical Association 78, 47-55.

    Example:
        >>> found = shrink_means([1.0, 3.0, 8.0], [0.01, 0.01, 100.0])
        >>> [round(float(v), 1) for v in found.value]
        [1.0, 3.0, 2.1]
    """
    check_level(level)
    from scipy.stats import norm

    y, v = np.asarray(values, float), np.asarray(variances, float)
    known = np.isfinite(y) & np.isfinite(v) & (v >= 0)
    nothing = np.full(y.shape, np.nan)
    if not known.any():
        return Shrunk(nothing, nothing, nothing, nothing, np.zeros(y.shape), np.nan, np.nan)
    yk, vk = y[known], np.maximum(v[known], 1e-12)
    between = _between(yk, vk)
    pull = 1 / (vk + between)
    common = float((pull * yk).sum() / pull.sum())
    weight = np.zeros(y.shape)
    weight[known] = between / (vk + between)
    value = np.where(known, weight * np.where(known, y, 0.0) + (1 - weight) * common, common)
    own = np.where(known, weight * np.where(known, v, 0.0), between)
    sd = np.sqrt(np.maximum(own, 0) + (1 - weight) ** 2 / pull.sum())
    z = float(norm.ppf((1 + level) / 2))
    return Shrunk(
        value, sd, value - z * sd, value + z * sd, weight, common, float(np.sqrt(between))
    )


def _between(y: Floats, v: Floats) -> float:
    """Variance of true values: the one at which the weighted sum of squares is as expected."""
    if len(y) < 2:
        return 0.0

    def excess(between: float) -> float:
        w = 1 / (v + between)
        middle = (w * y).sum() / w.sum()
        return float((w * (y - middle) ** 2).sum()) - (len(y) - 1)

    if excess(0.0) <= 0:
        return 0.0
    from scipy.optimize import brentq

    top = float(np.var(y, ddof=1)) + 1e-12
    while excess(top) > 0:
        top *= 2
    return float(brentq(excess, 0.0, top))


def shrink_shares(
    hits: ArrayLike,
    cases: ArrayLike,
    *,
    level: float = 0.95,
    design: float = 1.0,
    toward: ArrayLike | None = None,
) -> Shrunk:
    """Shares drawn toward what suppliers do on the whole (beta-binomial).

    Args:
        hits: How many of the cases, 0 to ``cases``.
        cases: How many there were; 0 gets the prior.
        level: Confidence of the intervals, 0.5 to 0.999.
        design: How many cases tell as much as one independent case, at least 1: pieces of
            one delivery pass or fail together.
        toward: What each is drawn toward, between 0 and 1; one common share unless given.

    Returns:
        ``value`` is the posterior mean, ``low`` and ``high`` the posterior's quantiles. The
        prior is the most likely one (marginal maximum likelihood), held
        weakly to the worth of twenty cases, which matters where suppliers are few.

    Raises:
        ParameterError: ``level`` is out of range.

    Source:
        Robbins (1956), Proc. Third Berkeley Symposium 1, 157-163; beta-binomial:
        Carlin and Louis, Bayes and Empirical Bayes Methods (2000), section 3.3.

    Example:
        >>> found = shrink_shares([1, 30, 2], [2, 400, 40])
        >>> bool(found.value[0] < 0.2)
        True
    """
    check_level(level)
    from scipy.stats import beta

    x, n = np.asarray(hits, float) / design, np.asarray(cases, float) / design
    middle = None if toward is None else np.clip(np.asarray(toward, float), 1e-4, 1 - 1e-4)
    some = n > 0
    mean, strength = _beta_prior(x[some], n[some], None if middle is None else middle[some])
    share = np.full(x.shape, mean) if middle is None else middle
    a, b = share * strength, (1 - share) * strength
    after_a, after_b = a + x, b + n - x
    value = after_a / (after_a + after_b)
    sd = np.sqrt(value * (1 - value) / (after_a + after_b + 1))
    tail = (1 - level) / 2
    return Shrunk(
        value,
        sd,
        beta.ppf(tail, after_a, after_b),
        beta.ppf(1 - tail, after_a, after_b),
        n / (n + strength),
        mean,
        float(np.sqrt(mean * (1 - mean) / (strength + 1))),
    )


def _beta_prior(x: Floats, n: Floats, toward: Floats | None) -> tuple[float, float]:
    """Mean and strength (in cases) of the beta distribution that makes the counts most likely."""
    if not len(x):
        return 0.5, 2.0
    middle = float((x.sum() + 0.5) / (n.sum() + 1))
    if len(x) == 1:
        return middle, 2.0
    from scipy.optimize import minimize
    from scipy.special import betaln

    def unlikely(place: Floats) -> float:
        strength = np.exp(place[-1])
        m = 1 / (1 + np.exp(-place[0])) if toward is None else toward
        a, b = m * strength, (1 - m) * strength
        # A weak pull toward modest strength: with few suppliers the likelihood has no top.
        hold = 0.5 * ((place[-1] - np.log(20.0)) / 3.0) ** 2
        return float(hold - (betaln(a + x, b + n - x) - betaln(a, b)).sum())

    strong = (float(np.log(0.5)), float(np.log(_STRONGEST)))
    if toward is not None:
        found = minimize(unlikely, [np.log(20.0)], method="L-BFGS-B", bounds=[strong]).x
        return middle, float(np.exp(found[0]))
    start = [np.log(middle / (1 - middle)), np.log(20.0)]
    found = minimize(unlikely, start, method="L-BFGS-B", bounds=[(-12.0, 12.0), strong]).x
    return float(1 / (1 + np.exp(-found[0]))), float(np.exp(found[1]))

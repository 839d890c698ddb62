"""Fitting purchase rhythms by maximum likelihood, categories drawn towards their common one."""

import numpy as np

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.lifecycle.one_thread import one_thread
from opsbook.lifecycle.repurchase_model import Floats, Gaps, Renewal

__all__ = ["fit_renewal", "log_likelihood"]

_LOW, _HIGH = -5.0, 8.0
_MOST = 10_000
"""Histories with a gap that a fit reads; so many fix five numbers well enough."""


def log_likelihood(logs: Floats, gaps: Gaps, weight: Floats) -> tuple[float, Floats]:
    """Log-likelihood of a renewal model.

    Args:
        logs: Logarithms of k, r, alpha, a, b.
        gaps: The histories.
        weight: How often each occurs.

    Returns:
        Its value and its slope along ``logs``.
    """
    from scipy.special import betainc, betaln, gammaln, psi

    k, r, alpha, a, b = np.exp(logs)
    n, silent = gaps.n, gaps.silent
    scale, shape = alpha + gaps.total, r + k * n
    z = scale / (silent + scale)
    stays = np.log(np.maximum(betainc(shape, k, z), 1e-300))
    rhythm = (
        (k - 1) * gaps.logs
        - n * gammaln(k)
        + r * np.log(alpha)
        - gammaln(r)
        + gammaln(shape)
        - shape * np.log(scale)
    )
    left, there = betaln(a + 1, b + n), betaln(a, b + n + 1) + stays
    both = np.logaddexp(left, there)
    value = float(weight @ (rhythm + both - betaln(a, b)))
    # The incomplete beta function has no closed slope in its shapes: two small steps.
    step = 1e-6
    by_shape = np.log(np.maximum(betainc(shape * (1 + step), k, z), 1e-300)) - stays
    by_k = np.log(np.maximum(betainc(shape, k * (1 + step), z), 1e-300)) - stays
    by_shape, by_k = by_shape / (step * shape), by_k / (step * k)
    # d S / d z in logs; nobody silent for no time has left the start of the gap.
    some = silent > 0
    by_z = np.zeros(len(n))
    by_z[some] = np.exp(
        (shape[some] - 1) * np.log(z[some])
        + (k - 1) * np.log1p(-z[some])
        - betaln(shape[some], k)
        - stays[some]
    )
    here = np.exp(there - both)
    common = psi(a + b) - psi(a + b + n + 1)
    slope = [
        k
        * (
            gaps.logs - n * psi(k) + n * (psi(shape) - np.log(scale)) + here * (n * by_shape + by_k)
        ),
        r * (np.log(alpha) - psi(r) + psi(shape) - np.log(scale) + here * by_shape),
        alpha * (r / alpha - shape / scale + here * by_z * silent / (silent + scale) ** 2),
        a * ((1 - here) * psi(a + 1) + here * psi(a) - psi(a) + common),
        b * ((1 - here) * psi(b + n) + here * psi(b + n + 1) - psi(b) + common),
    ]
    return value, np.array([weight @ part for part in slope])


def fit_renewal(
    gaps: Gaps,
    *,
    prior: Renewal | None = None,
    spread: float = 0.5,
    seed: int = 0,
) -> Renewal:
    """Fit by maximum likelihood, or drawn towards a prior where data are few.

    Args:
        gaps: Histories of one category.
        prior: Model of all categories; the logarithms of the parameters are drawn towards
            its own with the weight of a normal distribution of standard deviation
            ``spread``, which thousands of gaps overrule and a handful do not.
        spread: That standard deviation.
        seed: Of the sample taken of very many histories.

    Raises:
        CannotTell: No customer has bought twice, or the search found no maximum.
    """
    from scipy.optimize import minimize

    n = int(gaps.n.sum())
    if n < 1 or (prior is None and n < 10):
        raise CannotTell(
            N_("only {n} repeat purchases: too few to tell when customers come back"), n=n
        )
    used, weight = _compact(gaps, seed)
    mean = float(gaps.total.sum() / n)
    starts = [np.log([1.0, 1.0, max(mean, 1.0), 1.0, 1.5]), np.log([2.0, 2.0, 2 * mean, 0.5, 2.0])]
    middle = np.log([1.0, 1.0, max(mean, 1.0), 1.0, 1.5])
    width = 3.0
    if prior is not None:
        middle, width, starts = prior.logs, spread, [prior.logs]

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, slope = log_likelihood(logs, used, weight)
        # A wide prior even without a category: a handful of gaps has no finite maximum.
        value, slope = -value + ((logs - middle) ** 2).sum() / (2 * width**2), -slope
        slope += (logs - middle) / width**2
        if not (np.isfinite(value) and np.isfinite(slope).all()):
            return 1e12, np.zeros(5)
        return float(value), slope

    best = None
    for start in starts:
        with one_thread():
            found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(_LOW, _HIGH)] * 5)
        if best is None or found.fun < best.fun:
            best = found
        if found.success:
            break
    if best is None or not np.isfinite(best.fun) or best.fun >= 1e12:
        raise CannotTell(N_("the search for the purchase rhythm found no maximum"))
    k, r, alpha, a, b = np.exp(best.x)
    return Renewal(float(k), float(r), float(alpha), float(a), float(b), len(gaps), n)


def _compact(gaps: Gaps, seed: int) -> tuple[Gaps, Floats]:
    """Fewer rows that say the same: customers without a gap differ by their silence alone."""
    once = gaps.n == 0
    silence, times = np.unique(gaps.silent[once], return_counts=True)
    rest = np.flatnonzero(~once)
    weight = np.ones(len(rest))
    if len(rest) > _MOST:
        weight = np.full(_MOST, len(rest) / _MOST)
        rest = np.random.default_rng(seed).choice(rest, _MOST, replace=False)
    zero = np.zeros(len(silence))
    some = gaps.where(rest)
    joined = Gaps(
        np.r_[zero, some.n],
        np.r_[zero, some.total],
        np.r_[zero, some.logs],
        np.r_[silence, some.silent],
    )
    return joined, np.r_[times.astype(np.float64), weight]

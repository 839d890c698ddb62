"""How likely parameters of repeat buying make the histories seen, with the exact slope.

Customers are counted by distinct history first, so that a million of them cost what their
histories cost.
"""

from dataclasses import dataclass

import numpy as np

from opsbook.lifecycle.bg_nbd import Floats, Ints, Kind

__all__ = ["Cells", "log_likelihood"]


@dataclass(frozen=True)
class Cells:
    """Customers counted by history, laid out for a fast likelihood.

    Ages and recencies are whole days, so a million customers have a few hundred of each:
    their logarithms are taken once per value and not once per cell.

    Args:
        frequency: Repeat purchases of each cell.
        recencies: Distinct values of time from first to last purchase.
        recency_at: Which of them each cell has.
        ages: Distinct values of time from first purchase to now.
        age_at: Which of them each cell has.
        weight: Customers in each cell.
        by_count: Customers with 0, 1, 2 ... repeat purchases.
    """

    frequency: Ints
    recencies: Floats
    recency_at: Ints
    ages: Floats
    age_at: Ints
    weight: Floats
    by_count: Floats

    @classmethod
    def of(cls, frequency: Ints, recency: Floats, age: Floats, weight: Floats) -> "Cells":
        """Lay out cells given as columns."""
        recencies, recency_at = np.unique(recency, return_inverse=True)
        ages, age_at = np.unique(age, return_inverse=True)
        by_count = np.asarray(np.bincount(frequency, weight), np.float64)
        return cls(frequency, recencies, recency_at, ages, age_at, weight, by_count)


def log_likelihood(kind: Kind, logs: Floats, cells: Cells) -> tuple[float, Floats]:
    """Log-likelihood and its gradient by the logarithms of r, alpha, a, b.

    Args:
        kind: ``BG/NBD`` or ``MBG/NBD``.
        logs: Logarithms of r, alpha, a, b.
        cells: Customers counted by history.

    Returns:
        The sum over customers (Fader, Hardie, Lee 2005, eq. 6) and its four derivatives.
    """
    from scipy.special import digamma, gammaln

    r, alpha, a, b = np.exp(logs)
    # Gamma functions depend on the count alone: a few hundred values.
    counts = np.arange(len(cells.by_count))
    risks = counts + (1 if kind == "MBG/NBD" else 0)
    static = (
        gammaln(r + counts)
        - gammaln(r)
        + gammaln(a + b)
        + gammaln(b + risks)
        - gammaln(b)
        - gammaln(a + b + risks)
    )
    by_a = digamma(a + b) - digamma(a + b + risks)
    by_b = by_a + digamma(b + risks) - digamma(b)
    by_r = digamma(r + counts) - digamma(r)
    base = np.maximum(b + risks - 1, 1e-300)
    odds = np.where(risks > 0, np.log(a) - np.log(base), -np.inf)
    x, weight, customers = cells.frequency, cells.weight, float(cells.by_count.sum())
    log_there = np.log(alpha + cells.ages)[cells.age_at]
    log_last = np.log(alpha + cells.recencies)[cells.recency_at]
    shape = (r + counts)[x]
    # Odds of having left after the last purchase against being there, in one exponential.
    ratio = np.exp(np.minimum(odds[x] + shape * (log_there - log_last), 700.0))
    gone = weight * (ratio / (1 + ratio))
    there = weight - gone
    total = (
        _dot(cells.by_count, static)
        + customers * r * np.log(alpha)
        + _dot(weight, np.log1p(ratio) - shape * log_there)
    )
    pull = there / (alpha + cells.ages)[cells.age_at]
    pull += gone / (alpha + cells.recencies)[cells.recency_at]
    gone_by_count = np.bincount(x, gone, len(counts))
    leaving = np.where(risks > 0, gone_by_count / base, 0.0)
    gradient = np.array(
        [
            _dot(cells.by_count, by_r)
            + customers * np.log(alpha)
            - _dot(there, log_there)
            - _dot(gone, log_last),
            customers * r / alpha - _dot(shape, pull),
            _dot(cells.by_count, by_a) + gone.sum() / a,
            _dot(cells.by_count, by_b) - leaving.sum(),
        ]
    )
    return total, gradient * np.array([r, alpha, a, b])


def _dot(left: Floats, right: Floats) -> float:
    """A dot product without BLAS, whose threads cost more than they bring on such vectors."""
    return float(np.einsum("i,i->", left, right))

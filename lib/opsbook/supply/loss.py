"""How many pieces will be missing, on average, if so many are there: the loss function.

The loss at a stock level is the mean of what demand exceeds it by. It turns a stock level into
a fill rate, and it needs a distribution that fits: most products of a shop sell a few pieces in
a lead time, where a normal curve puts chance on negative sales. Here a Poisson, a negative
binomial (lumpy demand, uncertain forecast) and a normal distribution take turns by mean and
variance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["DemandOver", "demand_over", "negative_binomial_loss", "normal_loss", "poisson_loss"]

Floats = NDArray[np.float64]
_NORMAL_FROM = 400.0
"""Mean from which a normal distribution is as good as a discrete one."""


def normal_loss(level: ArrayLike, mean: ArrayLike = 0.0, sd: ArrayLike = 1.0) -> Floats:
    """Mean shortage of normal demand at a stock level.

    Args:
        level: Stock level, pieces.
        mean: Mean demand, pieces.
        sd: Its standard deviation; 0 means certain demand.

    Source:
        Snyder & Shen, 2nd ed., (C.30): sd [phi(z) - z (1 - Phi(z))].

    Example:
        >>> round(float(normal_loss(0.3)), 7)
        0.2667612
    """
    x, m, s = (np.asarray(v, np.float64) for v in (level, mean, sd))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(s > 0, (x - m) / s, 0.0)
    inside = s * (np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) - z * special.ndtr(-z))
    return np.asarray(np.where(s > 0, inside, np.maximum(m - x, 0.0)), np.float64)


def poisson_loss(level: ArrayLike, mean: ArrayLike) -> Floats:
    """Mean shortage of Poisson demand at a whole stock level (also a negative one).

    Source:
        Snyder & Shen, 2nd ed., (C.41): (mean - x) P(X > x) + mean P(X = x).
    """
    x, m = np.broadcast_arrays(np.asarray(level, np.float64), np.asarray(mean, np.float64))
    at = np.maximum(np.floor(x), 0.0)
    mass = np.exp(special.xlogy(at, m) - m - special.gammaln(at + 1))
    inside = (m - at) * special.pdtrc(at, m) + m * mass
    return np.where(x < 0, m - x, np.maximum(inside, 0.0))


def negative_binomial_loss(level: ArrayLike, mean: ArrayLike, variance: ArrayLike) -> Floats:
    """Mean shortage of negative binomial demand at a whole stock level.

    Args:
        level: Stock level, pieces.
        mean: Mean demand, above 0.
        variance: Its variance, above the mean.

    Source:
        x f(x; r) = mean f(x - 1; r + 1) gives E[X; X > x] = mean P(Y >= x) with Y of shape
        r + 1; the loss is that less x P(X > x).
    """
    x, m, v = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in (level, mean, variance)))
    at = np.maximum(np.floor(x), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, r = m / v, m**2 / (v - m)
        above = special.betainc(at + 1, r, 1 - p)
        # P(Y >= x) of shape r + 1; at 0 it is certain.
        from_x = np.where(at > 0, special.betainc(np.maximum(at, 1), r + 1, 1 - p), 1.0)
    inside = m * from_x - at * above
    return np.where(x < 0, m - x, np.maximum(inside, 0.0))


@dataclass(frozen=True)
class DemandOver:
    """Demand of many products over some days, as a distribution each.

    Args:
        mean: Pieces expected.
        sd: Standard deviation of the forecast's error over the same days.
        kind: 0 none (nothing is expected), 1 Poisson, 2 negative binomial, 3 normal.
    """

    mean: Floats
    sd: Floats
    kind: NDArray[np.int8]

    def loss(self, level: ArrayLike) -> Floats:
        """Mean shortage at a stock level: rows of ``level`` are products."""
        x = np.asarray(level, np.float64)
        shape = (len(self.mean),) + (1,) * max(x.ndim - 1, 0)
        m, s, kind = (a.reshape(shape) for a in (self.mean, self.sd, self.kind))
        m, s, kind, x = np.broadcast_arrays(m, s, kind, x)
        out = np.maximum(-x, 0.0)
        for code, loss in ((1, _poisson), (2, _negative), (3, _normal)):
            chosen = kind == code
            if chosen.any():
                out[chosen] = loss(x[chosen], m[chosen], s[chosen])
        return out

    def of(self, rows: NDArray[np.int64]) -> "DemandOver":
        """The demand of some of the products."""
        return DemandOver(self.mean[rows], self.sd[rows], self.kind[rows])

    def loss_of(self, product: NDArray[np.int64], level: Floats) -> Floats:
        """Mean shortage of single products at a stock level each.

        Args:
            product: Positions of products, which may repeat.
            level: Stock level of each.
        """
        m, s, kind = self.mean[product], self.sd[product], self.kind[product]
        out = np.maximum(-level, 0.0)
        for code, loss in ((1, _poisson), (2, _negative), (3, _normal)):
            chosen = np.flatnonzero(kind == code)
            if len(chosen) == len(kind):
                return loss(level, m, s)
            if len(chosen):
                out[chosen] = loss(level[chosen], m[chosen], s[chosen])
        return out

    def covered(self, level: ArrayLike) -> Floats:
        """Chance that demand does not exceed a stock level, one per product."""
        x = np.floor(np.broadcast_to(np.asarray(level, np.float64), self.mean.shape))
        at, m, v = np.maximum(x, 0.0), self.mean, self.sd**2
        with np.errstate(divide="ignore", invalid="ignore"):
            negative = special.betaincc(at + 1, m**2 / (v - m), 1 - m / v)
            normal = special.ndtr((x + 0.5 - m) / self.sd)
        out = np.select(
            [self.kind == 1, self.kind == 2, self.kind == 3],
            [special.pdtr(at, m), negative, normal],
            1.0,
        )
        return np.asarray(np.where((x < 0) & (self.kind != 3), 0.0, out), np.float64)


def _poisson(x: Floats, m: Floats, s: Floats) -> Floats:
    return poisson_loss(x, m)


def _negative(x: Floats, m: Floats, s: Floats) -> Floats:
    return negative_binomial_loss(x, m, s**2)


def _normal(x: Floats, m: Floats, s: Floats) -> Floats:
    return normal_loss(x, m, s)


def demand_over(mean: ArrayLike, sd: ArrayLike) -> DemandOver:
    """Choose a distribution for each product by its mean and standard deviation.

    Nothing expected: none. Variance up to 2 % above the mean, or below it: Poisson, which is
    then the wider and so the safe choice. Above it: negative binomial. Normal from a mean of
    400 pieces on, if its spread leaves negative demand out of the question.

    Args:
        mean: Pieces expected, 0 or more.
        sd: Standard deviation of the error, 0 or more.

    Raises:
        ParameterError: A value is negative or no number.
    """
    m, s = np.broadcast_arrays(np.asarray(mean, np.float64), np.asarray(sd, np.float64))
    m, s = np.atleast_1d(m).copy(), np.atleast_1d(s).copy()
    for name, values in (("mean", m), ("sd", s)):
        bad = ~np.isfinite(values) | (values < 0)
        if bad.any():
            raise ParameterError(
                N_("{name} of demand holds {value} at position {at}; use numbers from 0 on"),
                name=name,
                value=float(values[bad][0]),
                at=int(np.flatnonzero(bad)[0]),
            )
    kind = np.select(
        [m <= 1e-9, (m >= _NORMAL_FROM) & (s < m / 3), s**2 <= 1.02 * m], [0, 3, 1], 2
    ).astype(np.int8)
    return DemandOver(m, s, kind)

"""Buy until you leave: the BG/NBD and MBG/NBD models of repeat buying.

While a customer is there, purchases come at random at a rate of the customer's own (gamma
among customers); after each one the customer leaves for good with a chance of the
customer's own (beta among customers). In BG/NBD the first purchase is free of that risk,
in MBG/NBD it is not.

Everything here follows from one picture: ``N`` purchases would come if nobody left
(negative binomial), and ``survival(k)`` is the chance to survive ``k`` of them. Then
P(Y > k) = survival(k) x P(N > k), a sum of positive terms, stable where the textbook's
difference of a Gauss hypergeometric function and one loses all digits.

Source:
    Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the
    Pareto/NBD Model, Marketing Science 24(2), 275-284. Batislam, Denizel, Filiztekin
    (2007), Empirical validation and comparison of models for customer base analysis,
    IJRM 24(3), 201-209 (MBG/NBD).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Ints", "Kind", "Parameters"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Kind = Literal["BG/NBD", "MBG/NBD"]

_TAIL = 1e-10
"""Chance of more purchases than are summed over."""
_LONGEST = 20_000


@dataclass(frozen=True)
class Parameters:
    """A customer base: how often its customers buy and how they leave.

    Args:
        kind: ``BG/NBD`` or ``MBG/NBD``.
        r: Shape of the gamma distribution of purchase rates, above 0.
        alpha: Its rate, in units of time, above 0; r / alpha is the mean purchase rate.
        a: First parameter of the beta distribution of the chance to leave, above 0.
        b: Second one, above 0; a / (a + b) is the mean chance to leave after a purchase.
    """

    kind: Kind
    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def of_logs(cls, kind: Kind, logs: Floats) -> "Parameters":
        """Parameters from the logarithms of r, alpha, a, b."""
        return cls(kind, *(float(v) for v in np.exp(logs)))

    @property
    def first_risk(self) -> int:
        """Risks to leave before the first repeat purchase: 0 in BG/NBD, 1 in MBG/NBD."""
        return int(self.kind == "MBG/NBD")

    def alive(self, frequency: Ints, recency: Floats, age: Floats) -> Floats:
        """Chance that a customer has not left.

        Args:
            frequency: Repeat purchases.
            recency: Units of time from the first to the last purchase.
            age: Units of time from the first purchase to now.

        Returns:
            P(alive); in BG/NBD 1 for everybody without a repeat purchase, by assumption.
        """
        risks = frequency + self.first_risk
        with np.errstate(divide="ignore"):
            gone = np.log(self.a) - np.log(np.maximum(self.b + risks - 1, 1e-300))
        gone = gone + (self.r + frequency) * np.log((self.alpha + age) / (self.alpha + recency))
        gone = np.where(risks > 0, gone, -np.inf)
        return np.asarray(np.exp(-np.logaddexp(0.0, gone)))

    def expected(
        self, frequency: Ints, recency: Floats, age: Floats, horizon: float
    ) -> tuple[Floats, Floats, Floats]:
        """Purchases to come of customers with a history.

        Args:
            frequency: Repeat purchases.
            recency: Units of time from the first to the last purchase.
            age: Units of time from the first purchase to now.
            horizon: Units of time ahead.

        Returns:
            Expected purchases, their variance, and the chance of none at all; all three
            for a customer whose state is unknown, that is with P(alive) in them.
        """
        alive = self.alive(frequency, recency, age)
        mean, square, some = _moments(
            np.asarray(self.r + frequency, np.float64),
            np.asarray(self.alpha + age, np.float64),
            self.a,
            np.asarray(self.b + frequency + self.first_risk, np.float64),
            horizon,
        )
        mean, square = alive * mean, alive * square
        return mean, square - mean**2, 1 - alive * some

    def expected_new(self, horizon: Floats) -> Floats:
        """Repeat purchases expected of a new customer by each time after the first."""
        horizon = np.atleast_1d(np.asarray(horizon, np.float64))
        ones = np.ones(len(horizon))
        start = self.b / (self.a + self.b) if self.first_risk else 1.0
        b = np.asarray(ones * (self.b + self.first_risk), np.float64)
        mean, _, _ = _moments(ones * self.r, ones * self.alpha, self.a, b, horizon)
        return start * mean

    def more_than(self, k: Ints, horizon: Floats) -> Floats:
        """P(more than k repeat purchases by a time), one row per time, one column per k."""
        from scipy.special import betainc, gammaln

        risks = k + self.first_risk
        survival = np.exp(
            gammaln(self.b + risks)
            - gammaln(self.b)
            + gammaln(self.a + self.b)
            - gammaln(self.a + self.b + risks)
        )
        share = np.asarray(horizon / (self.alpha + horizon))[:, None]
        return np.asarray(survival[None, :] * betainc(k[None, :] + 1.0, self.r, share))


def _moments(
    shape: Floats, rate: Floats, a: float, b: Floats, horizon: float | Floats
) -> tuple[Floats, Floats, Floats]:
    """Mean and mean square of purchases, and P(at least one), of customers who are there.

    The loop adds one possible purchase at a time to all customers at once and drops those
    whose remaining chance is negligible; its length is the largest count that matters.
    """
    horizon = np.broadcast_to(np.asarray(horizon, np.float64), shape.shape)
    share = horizon / (rate + horizon)
    mean, square = np.zeros(len(shape)), np.zeros(len(shape))
    log_none = shape * np.log1p(-share)
    # P(N = 0) below 1e-290 would freeze the recurrence; only a wholesaler gets there.
    some = -np.expm1(log_none)
    open_ = np.flatnonzero(share > 0)
    chance = np.exp(np.maximum(log_none, -660.0))[open_]
    left, survival = some[open_].copy(), np.ones(len(open_))
    big = log_none[open_] < -650.0
    if big.any():
        cells = open_[big]
        mean[cells], square[cells] = _large(shape[cells], share[cells], a, b[cells])
        open_ = open_[~big]
        chance, left, survival = chance[~big], left[~big], survival[~big]
    s, z, bb = shape[open_], share[open_], b[open_]
    for k in range(_LONGEST):
        if not len(open_):
            break
        more = survival * left
        mean[open_] += more
        square[open_] += (2 * k + 1) * more
        chance = chance * z * (s + k) / (k + 1)
        left = np.maximum(left - chance, 0.0)
        survival = survival * (bb + k) / (a + bb + k)
        if k % 8 == 7:
            stay = left * survival > _TAIL
            if not stay.all():
                open_ = open_[stay]
                chance, left, survival = chance[stay], left[stay], survival[stay]
                s, z, bb = s[stay], z[stay], bb[stay]
    return mean, square, some


def _large(shape: Floats, share: Floats, a: float, b: Floats) -> tuple[Floats, Floats]:
    """The same for very many purchases, by the incomplete beta function."""
    from scipy.special import betainc, gammaln

    mean, square = np.zeros(len(shape)), np.zeros(len(shape))
    for i in range(len(shape)):
        middle = shape[i] * share[i] / (1 - share[i])
        k = np.arange(int(middle + 12 * np.sqrt(middle / (1 - share[i])) + 50), dtype=np.float64)
        survival = np.exp(
            gammaln(b[i] + k) - gammaln(b[i]) + gammaln(a + b[i]) - gammaln(a + b[i] + k)
        )
        more = survival * betainc(k + 1, shape[i], share[i])
        mean[i], square[i] = more.sum(), ((2 * k + 1) * more).sum()
    return mean, square

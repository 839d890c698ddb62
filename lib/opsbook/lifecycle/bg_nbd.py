"""Buy until you leave: the BG/NBD and MBG/NBD models of repeat buying.

While a customer is there, purchases come at random at a rate of the customer's own (gamma
among customers); after each one the customer leaves for good with a chance of the
customer's own (beta among customers). In BG/NBD the first purchase is free of that risk,
in MBG/NBD it is not.

Everything here follows from one picture: ``N`` purchases would come if nobody left
(negative binomial), and ``survival(k)`` is the chance to survive ``k`` of them. Then
P(Y > k) = survival(k) x P(N > k), a sum of positive terms, stable where the textbook's
difference of a Gauss hypergeometric function and one loses all digits.

Where purchases of a day count once, a customer who has bought cannot be seen to buy again
until midnight. On whole days a day with a purchase has the chance 1 - exp(-rate), which is
rate x exp(-rate / 2) but for a part in 24: the model of moments, with half a day taken off
the time at risk for every purchase. That half day is the dead time of a counter.

Source:
    Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the
    Pareto/NBD Model, Marketing Science 24(2), 275-284. Batislam, Denizel, Filiztekin
    (2007), Empirical validation and comparison of models for customer base analysis,
    IJRM 24(3), 201-209 (MBG/NBD). Mueller (1973), Dead-time problems, Nuclear Instruments
    and Methods 112, 47-57.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Ints", "Kind", "Parameters", "at_risk"]

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
        dead_time: Units of time after a purchase in which another one would not be counted;
            half a day where purchases of a day are merged, 0 where they are moments.
    """

    kind: Kind
    r: float
    alpha: float
    a: float
    b: float
    dead_time: float = 0.0

    @classmethod
    def of_logs(cls, kind: Kind, logs: Floats, dead_time: float = 0.0) -> "Parameters":
        """Parameters from the logarithms of r, alpha, a, b."""
        r, alpha, a, b = (float(v) for v in np.exp(logs))
        return cls(kind, r, alpha, a, b, dead_time)

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
        recency, age = at_risk(frequency, recency, age, self.dead_time)
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
        _, exposed = at_risk(frequency, recency, age, self.dead_time)
        shape = np.asarray(self.r + frequency, np.float64)
        rate = np.asarray(self.alpha + exposed, np.float64)
        b = np.asarray(self.b + frequency + self.first_risk, np.float64)
        mean, square = _moments(shape, rate, self.a, b, self._open(horizon, shape, rate))
        some = -np.expm1(-shape * np.log1p(horizon / rate))
        mean, square = alive * mean, alive * square
        return mean, square - mean**2, 1 - alive * some

    def expected_new(self, horizon: Floats) -> Floats:
        """Repeat purchases expected of a new customer by each time after the first."""
        horizon = np.atleast_1d(np.asarray(horizon, np.float64))
        ones = np.ones(len(horizon))
        start = self.b / (self.a + self.b) if self.first_risk else 1.0
        b = np.asarray(ones * (self.b + self.first_risk), np.float64)
        shape, rate = ones * self.r, ones * self.alpha
        mean, _ = _moments(shape, rate, self.a, b, self._open(horizon, shape, rate))
        return start * mean

    def _open(self, horizon: float | Floats, shape: Floats, rate: Floats) -> float | Floats:
        """What of a time ahead is not dead time, at the rate of whom purchases come from."""
        if not self.dead_time:
            return horizon
        # Purchases come from customers in proportion to their rate: the mean of it among
        # purchases is that of a gamma distribution with one more in its shape.
        return np.asarray(horizon / (1 + self.dead_time * (shape + 1) / rate))

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
        open_ = np.maximum(horizon[:, None] - self.dead_time * k[None, :], 0.0)
        share = np.asarray(open_ / (self.alpha + open_))
        return np.asarray(survival[None, :] * betainc(k[None, :] + 1.0, self.r, share))


def at_risk(
    frequency: Ints, recency: Floats, age: Floats, dead_time: float
) -> tuple[Floats, Floats]:
    """Times less those in which a purchase would not have been counted.

    Args:
        frequency: Repeat purchases.
        recency: Units of time from the first to the last purchase.
        age: Units of time from the first purchase to now.
        dead_time: As in ``Parameters``.

    Returns:
        Recency and age at risk; who bought every day was at risk half of the time.
    """
    if not dead_time:
        return recency, age
    lost = np.minimum(dead_time * frequency, recency / 2)
    # Equal times stay equal numbers: a likelihood takes each logarithm once.
    return np.round(recency - lost, 9), np.round(age - lost, 9)


def _moments(
    shape: Floats, rate: Floats, a: float, b: Floats, horizon: float | Floats
) -> tuple[Floats, Floats]:
    """Mean and mean square of the purchases of customers who are there.

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
    return mean, square


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

"""How long until a customer buys again: a renewal model with a place for those who left.

While a customer is there, gaps between purchases are gamma distributed: shape ``k`` says
how regular they are (1 as if by chance, 4 like a refill), the rate is the customer's own
(gamma among customers). After each purchase a customer leaves for good with a chance of his
own (beta among customers). Everything below has a closed form, so a customer with one gap
is drawn towards the category exactly as far as one gap deserves, and the silence since the
last purchase counts as what it is: a gap that has not ended yet.

Source:
    Platzer, Reutterer (2016), Ticking Away the Moments: Timing Regularity Helps to Better
    Predict Customer Activity, Marketing Science 35(5), 779-799 (gamma gaps); Batislam,
    Denizel, Filiztekin (2007), IJRM 24(3), 201-209 (leaving also after the first purchase).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "Gaps", "Renewal"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Gaps:
    """Buying histories, one entry per customer (and category).

    Args:
        n: Gaps seen: purchase days after the first.
        total: Their sum, days.
        logs: Sum of their logarithms.
        silent: Days since the last purchase, at least 0.
    """

    n: Floats
    total: Floats
    logs: Floats
    silent: Floats

    def __len__(self) -> int:
        return len(self.n)

    def where(self, rows: "NDArray[np.bool_] | NDArray[np.int64]") -> "Gaps":
        """Some of them."""
        return Gaps(self.n[rows], self.total[rows], self.logs[rows], self.silent[rows])


@dataclass(frozen=True)
class Renewal:
    """A fitted renewal model of one category.

    Args:
        k: Regularity of gaps: 1 as if by chance, above 1 more regular, below 1 in bursts.
        r: Shape of the gamma distribution of the customers' rates.
        alpha: Its rate, days.
        a: First parameter of the beta distribution of the chance to leave after a purchase.
        b: Second one.
        histories: Customers fitted.
        gaps: Gaps they hold.
    """

    k: float
    r: float
    alpha: float
    a: float
    b: float
    histories: int
    gaps: int

    @property
    def logs(self) -> Floats:
        """Logarithms of k, r, alpha, a, b."""
        return np.log(np.array([self.k, self.r, self.alpha, self.a, self.b]))

    def coming(self, gaps: Gaps) -> Floats:
        """Chance that a customer has not left, given the silence so far."""
        waiting = (self.b + gaps.n) * self._silence(gaps)
        return np.asarray(waiting / (self.a + waiting))

    def usual(self, gaps: Gaps, share: float = 0.5) -> Floats:
        """Days from the last purchase by which a share of next purchases has come."""
        fresh = Gaps(gaps.n, gaps.total, gaps.logs, np.zeros(len(gaps)))
        return self.wait(fresh, share)

    def buys_within(self, gaps: Gaps, days: float) -> Floats:
        """Chance of a purchase in the next days, with the chance to have left in it."""
        now = self._silence(gaps)
        later = self._survival(gaps, gaps.silent + days)
        return np.asarray(self.coming(gaps) * (1 - later / np.maximum(now, 1e-300)))

    def wait(self, gaps: Gaps, share: float, *, within: float | None = None) -> Floats:
        """Days from now by which a share of those who come back has come back.

        Args:
            gaps: The histories.
            share: 0.5 for the expected date, 0.1 and 0.9 for an 80 % interval.
            within: Only among comebacks within this many days from now: what a test on
                a holdout of that length can see.
        """
        from scipy.special import betaincinv

        now = self._silence(gaps)
        end = 0.0 if within is None else self._survival(gaps, gaps.silent + within)
        left = now - share * (now - end)
        scale, shape = self.alpha + gaps.total, self.r + self.k * gaps.n
        # P(gap > t) = 1 - I_z(k, shape) with z = t / (t + scale); solved for t.
        z = betaincinv(shape, self.k, np.clip(left, 1e-12, 1.0))
        until = scale * (1 - z) / np.maximum(z, 1e-12)
        return np.asarray(np.maximum(until - gaps.silent, 0.0))

    def typical(self, share: float = 0.5) -> float:
        """Days to the next purchase of a new customer who comes back: a quantile."""
        return float(self.wait(_nobody(), share)[0])

    def comes_back(self) -> float:
        """Chance that a new customer ever buys again."""
        return self.b / (self.a + self.b)

    def _silence(self, gaps: Gaps) -> Floats:
        return self._survival(gaps, gaps.silent)

    def _survival(self, gaps: Gaps, days: "Floats | float") -> Floats:
        """P(next gap > days) of a customer who is there, given the gaps seen."""
        from scipy.special import betainc

        scale, shape = self.alpha + gaps.total, self.r + self.k * gaps.n
        # The complement from the other side: no digits are lost where it is tiny.
        return np.asarray(betainc(shape, self.k, scale / (days + scale)))


def _nobody() -> Gaps:
    zero = np.zeros(1)
    return Gaps(zero, zero, zero, zero)

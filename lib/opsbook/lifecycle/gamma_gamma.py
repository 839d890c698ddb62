"""What a customer spends per purchase: the Gamma-Gamma model, and whether it may be used.

A few purchases say little about a customer's usual spend, so it is drawn towards the
shop's mean: the fewer purchases, the more. The model holds only if how much a customer
spends has nothing to do with how often; a strong connection is refused.

Source:
    Fader, Hardie, Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base
    Analysis, JMR 42(4), 415-430. Fader, Hardie (2013), The Gamma-Gamma Model of Monetary
    Value, brucehardie.com/notes/025.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, t
from opsbook.lifecycle.bg_nbd import Floats, Ints
from opsbook.lifecycle.maximum import maximise

__all__ = ["STRONG", "Spend", "fit_spend"]

STRONG = 0.3
"""Correlation of frequency and mean spend from which the model is refused."""
_LEAST = 10
_STARTS = ((2.0, 3.0, 1.0), (6.0, 4.0, 1.0), (1.0, 2.0, 1.0), (0.5, 6.0, 5.0))
_NAMES = ("p", "q", "v")


@dataclass(frozen=True)
class Spend:
    """The Gamma-Gamma model of mean spend.

    Args:
        p: Shape of the amounts of one customer.
        q: Shape of how customers differ; the mean exists above 1.
        v: Scale, currency.
        covariance: Covariance of the logarithms of p, q, v.
        log_likelihood: At the maximum.
        customers: Repeaters fitted.
        left_out: Repeaters whose mean spend is zero or less; they take the shop's mean.
        correlation: Pearson correlation of frequency and mean spend among repeaters.
        rank_correlation: Spearman's, which no wholesaler can bend.
    """

    p: float
    q: float
    v: float
    covariance: Floats
    log_likelihood: float
    customers: int
    left_out: int
    correlation: float
    rank_correlation: float

    @property
    def mean(self) -> float:
        """Mean spend over customers, currency; not finite unless q is above 1."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else float("inf")

    @property
    def independent(self) -> bool:
        """Whether spend is loosely enough tied to frequency for the model to hold."""
        return max(abs(self.correlation), abs(self.rank_correlation)) < STRONG

    @property
    def logs(self) -> Floats:
        """Logarithms of p, q, v."""
        return np.log(np.array([self.p, self.q, self.v]))

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval of ``p``, ``q`` or ``v`` (normal on the log scale).

        Raises:
            ParameterError: Another name.
        """
        from scipy.stats import norm

        if name not in _NAMES:
            raise ParameterError(N_('"{value}" is no parameter; use p, q or v'), value=name)
        i = _NAMES.index(name)
        half = float(norm.ppf(0.5 + level / 2)) * float(np.sqrt(self.covariance[i, i]))
        return float(np.exp(self.logs[i] - half)), float(np.exp(self.logs[i] + half))

    def draws(self, rng: np.random.Generator, size: int) -> "list[Spend]":
        """The model as it might also be: normal draws on the log scale, mean kept finite."""
        drawn = np.exp(rng.multivariate_normal(self.logs, self.covariance, size, method="eigh"))
        drawn[:, 1] = np.maximum(drawn[:, 1], 1.01)
        return [
            Spend(**{**self.__dict__, **dict(zip(_NAMES, (float(v) for v in row), strict=True))})
            for row in drawn
        ]

    def expected(self, frequency: Ints, monetary: Floats) -> Floats:
        """Expected spend per future purchase, currency.

        Args:
            frequency: Repeat purchases that ``monetary`` averages.
            monetary: Their mean amount; missing, zero or less gives the shop's mean.
        """
        known = (frequency > 0) & (np.nan_to_num(monetary) > 0)
        x = np.where(known, frequency, 0)
        total = x * np.where(known, np.nan_to_num(monetary), 0.0)
        return np.asarray(self.p * (self.v + total) / (self.p * x + self.q - 1))

    def words(self) -> str:
        """Parameters and the check of its assumption."""
        return t(
            "Gamma-Gamma on {n} repeaters: p {p}, q {q}, v {v}; frequency and spend "
            "correlate by {corr} (ranks {rank})",
            n=count(self.customers),
            p=count(self.p, 2),
            q=count(self.q, 2),
            v=count(self.v, 2),
            corr=count(self.correlation, 3),
            rank=count(self.rank_correlation, 3),
        )


def fit_spend(histories: pd.DataFrame, *, strict: bool = True) -> Spend:
    """Fit the Gamma-Gamma model to repeaters by maximum likelihood.

    Args:
        histories: One row per customer with ``frequency`` and ``monetary`` (mean amount of
            repeat purchases).
        strict: Refuse data in which frequency and spend are strongly connected.

    Raises:
        CannotTell: Amounts are unknown, fewer than ten repeaters, all spend the same, the
            mean does not exist, or spend is strongly connected with frequency.
    """
    repeaters = histories[histories["frequency"] > 0]
    if len(repeaters) and repeaters["monetary"].isna().all():
        raise CannotTell(N_("what customers spend is unknown: the shop has no order lines"))
    paying = repeaters[repeaters["monetary"] > 0]
    if len(paying) < _LEAST:
        raise CannotTell(
            N_("{n} customers have spent on a second day; at least {least} are needed"),
            n=len(paying),
            least=_LEAST,
        )
    x = paying["frequency"].to_numpy(np.float64)
    m = paying["monetary"].to_numpy(np.float64)
    unit = float(np.mean(m))
    if np.ptp(m) < 1e-9 * unit:
        raise CannotTell(N_("all customers spend the same amount; there is nothing to model"))
    correlation, ranks = _correlations(x, m)

    def cost(logs: Floats) -> tuple[float, Floats]:
        value, slope = _log_likelihood(logs, x, m / unit)
        return -value / len(x), -slope / len(x)

    logs, inverse, _, _, edge = maximise(cost, [np.log(np.array(s)) for s in _STARTS], names=_NAMES)
    p, q, v = (float(n) for n in np.exp(logs + np.array([0.0, 0.0, np.log(unit)])))
    # q at its upper edge is no fault: customers then hardly differ in what they spend.
    if "p" in edge or q <= 1:
        raise CannotTell(
            N_("spend per customer varies too wildly for a mean to exist (q {q}, p {p})"),
            q=f"{q:.3g}",
            p=f"{p:.3g}",
        )
    value = _log_likelihood(logs + np.array([0.0, 0.0, np.log(unit)]), x, m)[0]
    fitted = Spend(
        *(p, q, v, inverse / len(x), value, len(paying)),
        *(len(repeaters) - len(paying), correlation, ranks),
    )
    if strict and not fitted.independent:
        raise CannotTell(
            N_(
                "frequent buyers spend differently per purchase (correlation {corr}, by ranks "
                "{rank}; the model needs less than {limit}): values from it would be wrong"
            ),
            corr=count(correlation, 2),
            rank=count(ranks, 2),
            limit=count(STRONG, 1),
        )
    return fitted


def _correlations(x: Floats, m: Floats) -> tuple[float, float]:
    from scipy.stats import rankdata

    if np.ptp(x) == 0:
        return 0.0, 0.0
    return (
        float(np.corrcoef(x, m)[0, 1]),
        float(np.corrcoef(rankdata(x), rankdata(m))[0, 1]),
    )


def _log_likelihood(logs: Floats, x: Floats, m: Floats) -> tuple[float, Floats]:
    """Log-likelihood of mean spends and its gradient by log p, q, v (note 025, eq. 1a)."""
    from scipy.special import digamma, gammaln

    p, q, v = np.exp(logs)
    counts, at = np.arange(1, int(x.max()) + 1), x.astype(np.int64) - 1
    static = gammaln(p * counts + q) - gammaln(p * counts)
    sum_log = np.log(x * m + v)
    value = static[at] - gammaln(q) + q * np.log(v)
    value = value + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * sum_log
    both = digamma(p * counts + q)
    by_p = (counts * (both - digamma(p * counts)))[at] + x * (np.log(m) + np.log(x) - sum_log)
    by_q = both[at] - digamma(q) + np.log(v) - sum_log
    by_v = q / v - (p * x + q) / (x * m + v)
    gradient = np.array([by_p.sum() * p, by_q.sum() * q, by_v.sum() * v])
    return float(value.sum()), gradient

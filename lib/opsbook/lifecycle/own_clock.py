"""Each customer's own clock: how long a silence is usual for someone who buys like this.

A mother who buys milk powder every three weeks is late after five; a customer who bought
two coats in two years is not late after a hundred days. A customer with few purchases says
little about his rhythm, so his own gaps are drawn toward the shop's (empirical Bayes).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell
from opsbook.language import N_

__all__ = ["LEAST_REPEATERS", "OwnClock", "fit_own_clock"]

Floats = NDArray[np.float64]
LEAST_REPEATERS = 30
"""Customers with a second purchase below which no rhythm is fitted."""
_MOST_CELLS = 10_000


@dataclass(frozen=True)
class OwnClock:
    """How gaps between purchases vary in a shop.

    While a customer keeps buying, his purchases fall at random at his own rate, and rates
    vary over customers by a gamma distribution. After the first purchase a share
    ``1 - stay_first`` never returns, after each later one ``1 - stay``. What remains of a
    customer's rate, once his own ``repeats`` over ``span`` days are known, is again gamma,
    and the next gap exceeds t with probability ``((scale + span) / (scale + span + t)) **
    (shape + repeats)``.

    Args:
        shape: Shape of the gamma distribution of rates; small means very different customers.
        scale_days: Its scale, days: the weight of the shop's habit against the customer's.
        stay_first: Chance to come back after the first purchase, ever.
        stay: Chance to come back after a later one.
        customers: Customers fitted.
        repeaters: Those with a second purchase.

    Source:
        Lomax form of the gamma mixture of exponentials: Lomax (1954), Journal of the
        American Statistical Association 49, 847-852; leaving after a purchase as in Fader,
        Hardie and Lee (2005), Marketing Science 24, 275-284, with two chances instead of a
        distribution of them.
    """

    shape: float
    scale_days: float
    stay_first: float
    stay: float
    customers: int
    repeaters: int

    def share_back(self, silent_days: Floats, repeats: Floats, span_days: Floats) -> Floats:
        """Share of such customers, if they keep buying, who would have come back by now."""
        weight = self.scale_days + np.asarray(span_days, float)
        return np.asarray(
            1 - (weight / (weight + silent_days)) ** (self.shape + np.asarray(repeats, float))
        )

    def due_days(
        self, share: float, repeats: Floats, span_days: Floats, horizon_days: float
    ) -> Floats:
        """Days by which that share of returns within the horizon has happened.

        Args:
            share: 0 to 1, such as 0.8.
            repeats: Purchases after the first.
            span_days: Days from the first purchase to the last.
            horizon_days: Returns later than this do not count as returns.
        """
        within = self.share_back(np.asarray(horizon_days, float), repeats, span_days)
        weight = self.scale_days + np.asarray(span_days, float)
        power = -1 / (self.shape + np.asarray(repeats, float))
        return np.asarray(weight * ((1 - share * within) ** power - 1))

    def chance_gone(self, silent_days: Floats, repeats: Floats, span_days: Floats) -> Floats:
        """Chance that the customer has left for good, given how long he has been silent."""
        stay = np.where(np.asarray(repeats) > 0, self.stay, self.stay_first)
        still = stay * (1 - self.share_back(silent_days, repeats, span_days))
        return np.asarray((1 - stay) / (1 - stay + still))


def fit_own_clock(cells: pd.DataFrame) -> OwnClock:
    """Fit the shop's distribution of rhythms by maximum likelihood.

    Args:
        cells: One row per distinct history: ``repeats, span_days, silent_days`` (since the
            last purchase) and ``customers`` (how many have it).

    Raises:
        CannotTell: Fewer than 30 customers have bought on two days, or the fit does not
            settle: then only a fixed clock is left.

    Source:
        See ``OwnClock``; log-likelihood by Nelder-Mead from two of three starting points.
    """
    from scipy.optimize import minimize

    cells = cells[cells["customers"] > 0]
    repeaters = int(cells.loc[cells["repeats"] > 0, "customers"].sum())
    if repeaters < LEAST_REPEATERS:
        raise CannotTell(
            N_(
                "customers who bought on two days or more: {n}; to read a rhythm takes {least}. "
                "Until then go by fixed days of silence."
            ),
            n=repeaters,
            least=LEAST_REPEATERS,
        )
    x, span, silent, n = _columns(_merged(cells))
    gap = float((cells["span_days"] * cells["customers"]).sum())
    gap /= float((cells["repeats"] * cells["customers"]).sum())
    starts = [
        np.array([np.log(shape), np.log(scale), *(2 * [np.log(stay / (1 - stay))])])
        for shape, scale, stay in ((0.5, gap, 0.7), (1.5, 2 * gap, 0.5), (0.3, gap / 2, 0.95))
    ]
    data = (x, span, silent, n)
    best = None
    # From the two likelier ends: a search that was stuck shows as two answers.
    for start in sorted(starts, key=lambda theta: _minus_log_likelihood(theta, *data))[:2]:
        options = {"maxiter": 1500, "xatol": 1e-3, "fatol": 1e-6 * n.sum()}
        found = minimize(
            _minus_log_likelihood, start, args=data, method="Nelder-Mead", options=options
        )
        best = found if best is None or found.fun < best.fun else best
    assert best is not None
    if not best.success or not np.isfinite(best.fun):
        raise CannotTell(N_("the rhythm of purchases cannot be fitted; use fixed days"))
    shape, scale = np.exp(best.x[:2])
    stay_first, stay = 1 / (1 + np.exp(-best.x[2:]))
    return OwnClock(
        float(shape), float(scale), float(stay_first), float(stay), int(n.sum()), repeaters
    )


def _columns(cells: pd.DataFrame) -> tuple[Floats, Floats, Floats, Floats]:
    x, span, silent, n = (
        cells[name].to_numpy(float) for name in ("repeats", "span_days", "silent_days", "customers")
    )
    return x, span, silent, n


def _merged(cells: pd.DataFrame) -> pd.DataFrame:
    """Histories that differ by a few per cent put together, where there are very many."""
    if len(cells) <= _MOST_CELLS:
        return cells
    keys = {
        "x": np.where(
            cells["repeats"] > 20, 20 * np.round(np.log(cells["repeats"] + 1), 1), cells["repeats"]
        ),
        "s": np.round(np.log1p(cells["span_days"]) * 5),
        "t": np.round(np.log1p(cells["silent_days"]) * 5),
    }
    weighted = cells[["repeats", "span_days", "silent_days"]].mul(cells["customers"], axis=0)
    sums = weighted.assign(customers=cells["customers"], **keys).groupby(list(keys)).sum()
    for name in ("repeats", "span_days", "silent_days"):
        sums[name] = sums[name] / sums["customers"]
    return sums.reset_index(drop=True)


def _minus_log_likelihood(
    theta: Floats, x: Floats, span: Floats, silent: Floats, n: Floats
) -> float:
    from scipy.special import gammaln

    if np.abs(theta).max() > 15:
        return float("inf")
    r, alpha = np.exp(theta[:2])
    first, later = 1 / (1 + np.exp(-theta[2:]))
    again = x > 0
    rates = r * np.log(alpha) + gammaln(r + x) - gammaln(r) - (r + x) * np.log(alpha + span)
    stayed = np.where(again, np.log(first) + (x - 1) * np.log(later), 0.0)
    quiet = np.exp((r + x) * (np.log(alpha + span) - np.log(alpha + span + silent)))
    stay = np.where(again, later, first)
    value: float = -(n * (rates + stayed + np.log(1 - stay + stay * quiet))).sum()
    return value

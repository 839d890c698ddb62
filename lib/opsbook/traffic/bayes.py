"""The Bayesian reading beside the test: how likely is B better, and what a wrong choice costs."""

from dataclasses import dataclass

import numpy as np

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["Belief", "compare_rates"]

_STEPS, _REACH = 401, 8.0


@dataclass(frozen=True)
class Belief:
    """What is believed after the test, with priors that know nothing.

    Args:
        better: Probability that B's true rate is above A's.
        loss_if_b: Rate given away on average by choosing B (fraction of units): zero
            where B is better, the difference where A is.
        loss_if_a: The same for choosing A.
    """

    better: float
    loss_if_b: float
    loss_if_a: float


def compare_rates(
    a: tuple[float, float], b: tuple[float, float], *, prior: tuple[float, float] = (1.0, 1.0)
) -> Belief:
    """Compare two conversion rates with beta priors.

    Args:
        a: Conversions and units of the unchanged arm.
        b: Conversions and units of the other.
        prior: Both parameters of the beta prior of each arm; (1, 1) is uniform.

    Raises:
        ParameterError: More conversions than units, or a prior that is not positive.

    Source:
        Gelman et al., Bayesian Data Analysis (3rd ed., 2013), section 2.4; expected loss:
        Stucchio, Bayesian A/B Testing at VWO (2015).

    Example:
        >>> round(compare_rates((120, 1000), (150, 1000)).better, 5)
        0.97507
    """
    for won, units in (a, b):
        if not 0 <= won <= units:
            raise ParameterError(
                N_("{won} conversions of {units} units is not possible"), won=won, units=units
            )
    if min(prior) <= 0:
        raise ParameterError(N_("prior {value} must be above 0"), value=prior)
    pa = (a[0] + prior[0], a[1] - a[0] + prior[1])
    pb = (b[0] + prior[0], b[1] - b[0] + prior[1])
    better = _above(pb, pa)
    mean_a, mean_b = pa[0] / sum(pa), pb[0] / sum(pb)
    # E[A; A > B] = E[A] P(A' > B), A' with one success more.
    a_wins = mean_a * _above((pa[0] + 1, pa[1]), pb) - mean_b * (1 - _above((pb[0] + 1, pb[1]), pa))
    loss_b = max(a_wins, 0.0)
    return Belief(better, loss_b, max(loss_b + mean_b - mean_a, 0.0))


def _above(high: tuple[float, float], low: tuple[float, float]) -> float:
    """Probability that a draw of one beta is above a draw of another.

    The mean of one's distribution function over the other's quantiles, taken at evenly
    spaced normal scores: the rule of trapezoids is then exact to ten digits.
    """
    from scipy.special import betainc, betaincinv, ndtr

    score = np.linspace(-_REACH, _REACH, _STEPS)
    weight = np.exp(-(score**2) / 2)
    below = betainc(*low, betaincinv(*high, ndtr(score)))
    return float((weight * below).sum() / weight.sum())

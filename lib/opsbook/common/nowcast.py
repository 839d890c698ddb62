"""How many returns are still to come: what has been asked for, completed for those not yet old.

A line sold yesterday has had no time to come back. From older sales it is known which part of
all returns has been asked for after so many days; what is seen is divided by that part, and
young cohorts, which tell little, are drawn toward what the others do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["DelayCurve", "Nowcast", "delay_curve", "fit_prior", "nowcast"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DelayCurve:
    """Which part of all returns has been asked for by the end of each day since the sale.

    Args:
        grown: One element per day from 0: share of the returns there will be.
        variance: Sampling variance of it.
        returns: Returns behind the curve, by day.
    """

    grown: Floats
    variance: Floats
    returns: Floats

    def at(self, age: ArrayLike) -> Floats:
        """Share known of a line sold so many days ago; its last whole day counts."""
        return self._read(self.grown, age, 1.0)

    def variance_at(self, age: ArrayLike) -> Floats:
        """Sampling variance of ``at``."""
        return self._read(self.variance, age, 0.0)

    @staticmethod
    def _read(values: Floats, age: ArrayLike, after: float) -> Floats:
        place = np.asarray(age, int)
        inside = np.clip(place, 0, len(values) - 1)
        found = np.where(place < len(values), values[inside], after)
        return np.where(place < 0, 0.0, found).astype(float)

    def days(self, share: float) -> int:
        """Days until this share of returns is known."""
        return int(np.argmax(self.grown >= share - 1e-12))


def delay_curve(asked: Floats) -> DelayCurve:
    """Delay from sale to request, from sales of every age (reverse-time product limit).

    A return is only seen if its delay is shorter than the age of the sale. Looking backwards
    in delay undoes that: of the returns known to come by day d in cohorts old enough to show
    day d, which part came on day d itself?

    Args:
        asked: Returns by day of sale (row, oldest first, the last row one day old) and whole
            days until the request (column, from 0).

    Source:
        Lagakos, Barraj and De Gruttola (1988), Biometrika 75, 515-523; the same numbers as
        the chain ladder, Mack (1993), ASTIN Bulletin 23, 213-225.

    Example:
        >>> seen = np.array([[2.0, 2], [2, 2], [3, 0]])
        >>> [float(v) for v in delay_curve(seen).grown]
        [0.5, 1.0]
    """
    rows, width = asked.shape
    by = asked.sum(axis=0)
    grown, spread = np.ones(width), np.zeros(width)
    total = np.cumsum(asked, axis=1)
    for d in range(width - 1, 0, -1):
        # The last row is a day old when the day begins: its delay 0 is known, no more.
        able = max(rows - d, 0)
        part, among = asked[:able, d].sum(), total[:able, d].sum()
        hazard = part / among if among > 0 else 0.0
        grown[d - 1] = grown[d] * (1 - hazard)
        noise = hazard / (among * (1 - hazard)) if among > 0 and hazard < 1 else 0.0
        spread[d - 1] = spread[d] + noise
    return DelayCurve(grown, grown**2 * spread, by)


@dataclass(frozen=True)
class Nowcast:
    """Returns to come of some cohorts, one element per cohort.

    Args:
        known: Returns asked for so far.
        to_come: Returns still expected.
        low: Lower end of the interval of returns to come.
        high: Upper end.
        rate: Expected final share of lines.
        rate_low: Lower end, as the interval of what will be counted in the end.
        rate_high: Upper end.
    """

    known: Floats
    to_come: Floats
    low: Floats
    high: Floats
    rate: Floats
    rate_low: Floats
    rate_high: Floats


def fit_prior(returns: ArrayLike, exposure: ArrayLike) -> tuple[float, float]:
    """Gamma distribution of true rates between cohorts: shape, and lines it is worth.

    Args:
        returns: Returns known by cohort.
        exposure: Lines, each counted by the share of its returns that is known.

    Returns:
        Shape and rate by moments; where cohorts differ no more than luck has it, a prior
        worth a hundred times all lines.
    """
    x, e = np.asarray(returns, float), np.asarray(exposure, float)
    x, e = x[e > 0], e[e > 0]
    if not len(x) or x.sum() == 0:
        return 0.5, max(float(e.sum()), 1.0)
    mean = float(x.sum() / e.sum())
    if len(x) < 3:
        return max(float(x.sum()), 1.0), max(float(x.sum()), 1.0) / mean
    # Excess of the weighted sum of squares over what Poisson luck makes of it.
    excess = float((e * (x / e - mean) ** 2).sum()) - (len(x) - 1) * mean
    scale = float(e.sum() - (e**2).sum() / e.sum())
    between = excess / scale if scale > 0 else 0.0
    least = mean / (100 * float(e.sum()))
    between = max(between, least)
    return mean**2 / between, mean / between


def nowcast(
    known: ArrayLike,
    lines: ArrayLike,
    exposure: ArrayLike,
    slack: ArrayLike,
    *,
    prior: tuple[float, float],
    dispersion: float = 1.0,
    level: float = 0.95,
) -> Nowcast:
    """Complete cohorts: what is known of each, weighed against what others do.

    A cohort's rate has a gamma distribution before anything is known (``prior``) and after;
    what is to come is Poisson given the rate, so negative binomial in all (Bornhuetter and
    Ferguson's estimate with the weight of experience fitted). The uncertainty of the delay
    curve is added to the variance.

    Args:
        known: Returns asked for, by cohort.
        lines: Lines sold.
        exposure: Lines, each counted by the share of its returns that is known.
        slack: Variance of ``exposure`` that is due to the curve.
        prior: From ``fit_prior``.
        dispersion: Variance of counts over their mean, at least 1: returns that come in
            bunches.
        level: Confidence of the intervals.

    Source:
        Verrall (2004), North American Actuarial Journal 8, 67-89.
    """
    from scipy.stats import nbinom, poisson

    x, n, e = (np.asarray(v, float) for v in (known, lines, exposure))
    shape, worth = prior[0] + x, prior[1] + e
    rate = shape / worth
    left = np.maximum(n - e, 0.0)
    mean = rate * left
    variance = mean * dispersion + (left / worth) ** 2 * shape * dispersion
    variance = variance + rate**2 * np.asarray(slack, float)
    low, high = np.zeros(x.shape), np.zeros(x.shape)
    tail = (1 - level) / 2
    for i, (m, v) in enumerate(zip(mean, variance, strict=True)):
        if m <= 0:
            continue
        if v > m * (1 + 1e-9):
            size, chance = m**2 / (v - m), m / v
            low[i], high[i] = nbinom.ppf([tail, 1 - tail], size, chance)
        else:
            low[i], high[i] = poisson.ppf([tail, 1 - tail], m)
    whole = np.where(n > 0, n, np.nan)
    return Nowcast(
        x, mean, low, high, (x + mean) / whole, (x + low) / whole, np.minimum((x + high) / whole, 1)
    )

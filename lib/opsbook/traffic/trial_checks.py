"""Single checks of an experiment: shares of the arms, shares by day, fading, equal pasts."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from opsbook.traffic.trial_data import control_of

__all__ = ["SURE", "fading", "past_balance", "planned_shares", "sample_ratio", "shares_by_day"]


SURE = 0.001
"""Chance of a false stop: a mismatch stops everything, so it has to be beyond doubt."""


_LEAST_PER_CELL = 5


def sample_ratio(units: ArrayLike, shares: ArrayLike | None = None) -> tuple[float, float]:
    """Chi-square test that arms hold the shares they were meant to.

    Args:
        units: Units of each arm.
        shares: Planned shares of each arm, any scale; equal unless given.

    Returns:
        Chi-square and its p-value; not a number with fewer than two arms or no units.

    Source:
        Fabijan et al. (2019), Diagnosing Sample Ratio Mismatch, KDD 2019.

    Example:
        >>> chi2, p = sample_ratio([821_588, 815_482])
        >>> f"{chi2:.4f} {p:.4e}"
        '22.7744 1.8218e-06'
    """
    from scipy.stats import chi2

    seen = np.asarray(units, float)
    meant = np.ones(len(seen)) if shares is None else np.asarray(shares, float)
    if len(seen) < 2 or seen.sum() <= 0:
        return float("nan"), float("nan")
    hoped = seen.sum() * meant / meant.sum()
    value = float(((seen - hoped) ** 2 / hoped).sum())
    return value, float(chi2.sf(value, len(seen) - 1))


def planned_shares(units: pd.Series) -> tuple[pd.Series, bool]:
    """Shares an experiment was probably meant to have, and whether that is a guess.

    Equal, unless one of two arms is more than ten points off and a multiple of five per
    cent fits: a pilot on a tenth of the units was planned as a tenth. A mismatch of a few
    points is never explained away like this.

    Args:
        units: Units by variant.
    """
    equal = pd.Series(1 / len(units), units.index)
    if len(units) != 2 or not units.sum():
        return equal, False
    share = units / units.sum()
    near = (share * 20).round() / 20
    off = abs(float(share.iloc[0]) - 0.5) > 0.1 and 0 < float(near.iloc[0]) < 1
    if off and sample_ratio(units, near)[1] >= SURE:
        return near, True
    return equal, False


def shares_by_day(table: pd.DataFrame) -> float:
    """P-value that the arms' shares are the same on every day."""
    from scipy.stats import chi2

    seen = table.to_numpy(float)
    total = seen.sum()
    if seen.shape[1] < 2 or not total:
        return float("nan")
    hoped = np.outer(seen.sum(1), seen.sum(0)) / total
    fit = hoped.min(axis=1) >= _LEAST_PER_CELL
    if fit.sum() < 2:
        return float("nan")
    seen = seen[fit]
    hoped = np.outer(seen.sum(1), seen.sum(0)) / seen.sum()
    value = float(((seen - hoped) ** 2 / hoped).sum())
    return float(chi2.sf(value, (len(seen) - 1) * (seen.shape[1] - 1)))


def fading(part: pd.DataFrame) -> tuple[float, float, float]:
    """Relative lift in the first and the second half, and the p-value that it does not fade.

    Weekly lifts of all treated arms together, fitted by weighted least squares on the
    logarithm of the week: novelty wears off fast at first and slowly later.
    """
    from scipy.stats import norm

    none = (float("nan"),) * 3
    seen = part.dropna(subset=["day"])
    if not part["has_converted"].sum() or seen["variant"].nunique() < 2:
        return none
    control = control_of(seen["variant"].unique())
    week = (seen["day"] - seen["day"].min()).dt.days // 7
    sums = seen.assign(week=week, treated=seen["variant"] != control).pivot_table(
        index="week", columns="treated", values=["units", "converted"], aggfunc="sum", fill_value=0
    )
    n0, n1 = sums["units"][False].to_numpy(float), sums["units"][True].to_numpy(float)
    y0, y1 = sums["converted"][False].to_numpy(float), sums["converted"][True].to_numpy(float)
    base = y0.sum() / max(n0.sum(), 1)
    usable = (n0 >= 20) & (n1 >= 20)
    if usable.sum() < 3 or not 0 < base < 1:
        return none
    n0, n1, y0, y1 = n0[usable], n1[usable], y0[usable], y1[usable]
    lift = (y1 / n1 - y0 / n0) / base
    # The same spread for every week: a week without a conversion must not weigh endlessly.
    error = base * (1 - base) * (1 / n0 + 1 / n1) / base**2
    x, w = np.log1p(np.arange(len(lift))), 1 / error
    middle = (w * x).sum() / w.sum()
    slope = (w * (x - middle) * lift).sum() / (w * (x - middle) ** 2).sum()
    z = slope * np.sqrt((w * (x - middle) ** 2).sum())
    half = len(lift) // 2
    first = float((w * lift)[:half].sum() / w[:half].sum())
    later = float((w * lift)[half:].sum() / w[half:].sum())
    start = lift[0] / np.sqrt(error[0])
    # Fading is towards nothing: an effect that grows more negative is another matter.
    p = float(2 * norm.cdf(-abs(z))) if z * np.sign(first) < 0 and abs(start) > 2 else 1.0
    return first, later, p


def past_balance(arms: pd.DataFrame) -> tuple[float, float]:
    """Largest difference of earlier spend between arms, in standard deviations; its p-value."""
    from scipy.stats import f

    n = arms["units"].to_numpy(float)
    if len(n) < 2 or n.min() < 2 or not arms["before"].sum():
        return float("nan"), float("nan")
    mean = arms["before"].to_numpy(float) / n
    within = float((arms["before_sq"].to_numpy(float) - n * mean**2).sum()) / (n.sum() - len(n))
    if within <= 0:
        return float("nan"), float("nan")
    between = float((n * (mean - (n * mean).sum() / n.sum()) ** 2).sum()) / (len(n) - 1)
    p = float(f.sf(between / within, len(n) - 1, n.sum() - len(n)))
    return float((mean.max() - mean.min()) / np.sqrt(within)), p

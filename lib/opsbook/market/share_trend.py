"""Trend of each product's share in a total, for thousands of products at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Trend", "share_trend"]

Floats = NDArray[np.float64]
_STEPS = 25
_LAGS, _ROUNDS = 4, 4
"""Weeks over which a promotion is allowed to last without being taken for a trend."""
_BLOCK = 8
"""Weeks per block, when the best time of a product is looked for."""


@dataclass(frozen=True)
class Trend:
    """One element per product; nan where nothing can be fitted.

    Args:
        change: Relative change of the odds of being the product bought, from the first to
            the last week used.
        low: Lower end of its interval.
        high: Upper end.
        p_value: Two-sided, that the odds moved.
        share_of_peak: Share in the last 8 weeks against that of the best 8 weeks before.
        p_fall: One-sided, that it fell from there; corrected for having picked the best of
            several blocks.
    """

    change: Floats
    low: Floats
    high: Floats
    p_value: Floats
    share_of_peak: Floats
    p_fall: Floats


def share_trend(
    counts: Floats, totals: Floats, used: NDArray[np.bool_], *, level: float = 0.95
) -> Trend:
    """Fit ``counts ~ binomial(totals, logistic(a + b week))`` for every row at once.

    Args:
        counts: Purchases of a product, one row per product, one column per week.
        totals: Purchases of its category in the same weeks, its own included.
        used: Weeks that count for the trend; at least 5 are needed.
        level: Of the interval.

    Returns:
        Changes with t intervals; variances are stretched by each row's Pearson statistic
        where weeks scatter more than chance would, and by what neighbouring weeks share, read
        from all rows together. A campaign as long as half the window remains a trend.

    Source:
        McCullagh and Nelder (1989), Generalized Linear Models, ch. 4 (logistic fit by
        iteratively weighted least squares) and 4.5 (over-dispersion); Newey and West (1987),
        Econometrica 55, 703-708 (neighbouring weeks), with equal weights on four lags.
    """
    from scipy.stats import t as student

    used = used & (totals > 0)
    weeks = used.sum(1)
    position = np.arange(counts.shape[1])
    x = np.where(used, position, 0.0)
    first = np.where(used, position, counts.shape[1]).min(1)
    length = np.where(weeks > 0, x.max(1) - first, 0.0)
    x = x - (x.sum(1) / np.maximum(weeks, 1))[:, None]
    mine, all_ = counts * used, np.maximum(totals, 1.0)
    share = (mine.sum(1) + 0.5) / ((totals * used).sum(1) + 1.0)
    level_, slope = np.log(share / (1 - share)), np.zeros(len(counts))
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(level_[:, None] + slope[:, None] * x)))
        weight = all_ * p * (1 - p) * used
        miss = (mine - all_ * p) * used
        s0, s1, s2 = weight.sum(1), (weight * x).sum(1), (weight * x * x).sum(1)
        g0, g1 = miss.sum(1), (miss * x).sum(1)
        span = np.where(s0 * s2 - s1**2 > 1e-9, s0 * s2 - s1**2, np.nan)
        # Steps are bounded: a product that stopped dead would send its slope to infinity.
        step = np.nan_to_num((s0 * g1 - s1 * g0) / span).clip(-0.5, 0.5)
        level_ = level_ + np.nan_to_num((s2 * g0 - s1 * g1) / span).clip(-2, 2)
        slope = (slope + step).clip(-2, 2)
        if np.abs(step).max(initial=0.0) < 1e-8:
            break
    free = weeks - 2
    scatter = (miss**2 / np.maximum(weight, 1e-9) * used).sum(1) / np.maximum(free, 1)
    centred = np.where(used, x - (s1 / np.maximum(s0, 1e-9))[:, None], 0.0)
    information = np.maximum(span / np.maximum(s0, 1e-9), 1e-9)
    lasting, drift = _lasting(miss, weight, centred, information, scatter)
    scatter = np.maximum(scatter, 1.0)
    error = np.sqrt((scatter + lasting) / information)
    free = np.maximum(free, 1)
    half = student.ppf((1 + level) / 2, free) * error
    fitted = (weeks >= 5) & (mine.sum(1) > 0) & np.isfinite(error)

    def over(value: Floats) -> Floats:
        change: Floats = np.where(fitted, np.expm1((value * length).clip(-20, 20)), np.nan)
        return change

    p_value = np.where(fitted, 2 * student.sf(np.abs(slope) / error, free), np.nan)
    peak, p_fall = _peak(counts, totals, scatter, drift)
    return Trend(over(slope), over(slope - half), over(slope + half), p_value, peak, p_fall)


def _lasting(
    miss: Floats, weight: Floats, centred: Floats, information: Floats, scatter: Floats
) -> tuple[Floats, float]:
    """What neighbouring weeks that move together add: to each row's scatter, to a block's.

    A price cut of a month lifts its weeks alike. How much is read from all rows together:
    one product's weeks are too few. Fitting a line hides part of it; the expected product
    of two residuals is therefore taken off, in rounds, as it grows with the answer.
    """
    lasting, drift = np.zeros(len(miss)), 0.0
    whole = np.maximum(weight.sum(1), 1e-9)[:, None]
    for _ in range(_ROUNDS):
        added, drift = np.zeros(len(miss)), 0.0
        spread = (scatter + lasting)[:, None]
        for lag in range(1, _LAGS + 1):
            both = weight[:, lag:] * weight[:, :-lag]
            lever = centred[:, lag:] * centred[:, :-lag]
            hidden = spread * both * (1 / whole + lever / information[:, None])
            shared = np.nansum(miss[:, lag:] * miss[:, :-lag] + hidden)
            shared = max(float(shared / max(np.nansum(both), 1e-9)), 0.0)
            added = added + 2 * shared * (both * lever).sum(1)
            drift += 2 * shared * (1 - lag / _BLOCK) / _BLOCK
        lasting = np.maximum(np.nan_to_num(added), 0.0) / information
    return lasting, drift


def _peak(counts: Floats, totals: Floats, scatter: Floats, drift: float) -> tuple[Floats, Floats]:
    """The last weeks against the best block before them, both as shares of the category."""
    from scipy.stats import norm

    blocks = counts.shape[1] // _BLOCK
    if blocks < 2:
        empty = np.full(len(counts), np.nan)
        return empty, empty
    tail = counts.shape[1] - blocks * _BLOCK
    weekly = counts[:, tail:].reshape(len(counts), blocks, _BLOCK)
    of = totals[:, tail:].reshape(len(counts), blocks, _BLOCK)
    mine, all_ = weekly.sum(2), of.sum(2)
    share = mine / np.maximum(all_, 1.0)
    # The window may have been calmer than the weeks of the peak: weeks within all blocks count.
    due = of * share[:, :, None]
    miss = (weekly - due) ** 2 / np.maximum(due * (1 - share[:, :, None]), 1e-9)
    free = (mine > 0).sum(1) * (_BLOCK - 1)
    scatter = np.maximum(scatter, np.where(due > 0, miss, 0.0).sum((1, 2)) / np.maximum(free, 1))
    best = share[:, :-1].argmax(1)
    row = np.arange(len(counts))
    top, now = share[row, best], share[:, -1]
    ratio = np.where(top > 0, now / np.where(top > 0, top, 1.0), np.nan)
    # Half a purchase keeps the logarithm finite when a product sold nothing lately.
    seen, was = mine[:, -1] + 0.5, mine[row, best] + 0.5
    gap = np.log((was / np.maximum(all_[row, best], 1)) / (seen / np.maximum(all_[:, -1], 1)))
    sure = norm.sf(gap / np.sqrt(scatter * (1 / seen + 1 / was) + 2 * drift))
    p_fall: Floats = np.where(top > 0, np.minimum(1.0, sure * (blocks - 1)), np.nan)
    return ratio, p_fall

"""Shares of visits with honest intervals: days differ more than chance alone would let them."""

import numpy as np
from numpy.typing import NDArray

from opsbook.traffic.funnel import share_interval
from opsbook.traffic.visit_worth import VisitWorth

__all__ = ["against_past", "clustered_interval", "clustered_share", "corrected"]

Floats = NDArray[np.float64]


def clustered_share(cases: Floats, hits: Floats) -> tuple[float, float]:
    """Share over all days and its standard error, the days taken as clusters.

    Source:
        Cochran (1977), Sampling Techniques, 3rd ed., section 6.3 (ratio estimate).
    """
    total, days = float(cases.sum()), int((cases > 0).sum())
    if total <= 0:
        return float("nan"), float("nan")
    rate = float(hits.sum()) / total
    chance = (rate * (1 - rate) / total) ** 0.5
    if days < 2:
        return rate, chance
    left = hits - rate * cases
    spread = float((left**2).sum()) ** 0.5 / total * (days / (days - 1)) ** 0.5
    return rate, max(spread, chance)


def clustered_interval(
    hits: float, cases: float, rate: float, error: float, level: float
) -> tuple[float, float]:
    """Wilson's interval with as many cases as the days' spread leaves of them."""
    if not cases or rate != rate:
        return float("nan"), float("nan")
    worth = cases
    if error > 0 and 0 < rate < 1:
        worth = min(cases, rate * (1 - rate) / error**2)
    return share_interval(rate * worth, worth, level)


def against_past(
    now: tuple[float, float],
    past: tuple[float, float],
    cases: float,
    onward: float,
    worth: VisitWorth,
    level: float,
    enough: bool,
) -> dict[str, float | None]:
    """A share now less that of the past, with interval, chance and money.

    Args:
        now: Share and standard error.
        past: The same of the past.
        cases: Visits before the step now.
        onward: Share of those who reach the step that pays.
        worth: Money of a paying visit.
        level: Confidence of the interval.
        enough: Whether both are large enough to compare.

    Returns:
        ``past_rate, past_change, past_low, past_high`` (fractions of the past's share),
        ``past_p`` (not yet corrected), ``past_money``.
    """
    from scipy.special import ndtr, ndtri

    none = float("nan")
    if not enough or not past[0] > 0 or now[0] != now[0]:
        rate = past[0] if past[0] == past[0] else none
        return {"past_rate": rate, "past_change": none, "past_low": none, "past_high": none,
                "past_p": none, "past_money": None}  # fmt: skip
    gap, error = now[0] - past[0], float(np.hypot(now[1], past[1]))
    half = float(ndtri((1 + level) / 2)) * error
    p = float(2 * ndtr(-abs(gap) / error)) if error > 0 else 1.0
    return {
        "past_rate": past[0],
        "past_change": gap / past[0],
        "past_low": (gap - half) / past[0],
        "past_high": (gap + half) / past[0],
        "past_p": p,
        "past_money": worth.of(gap * cases * onward),
    }


def corrected(p: Floats) -> Floats:
    """p-values corrected for being many (Benjamini-Hochberg); missing ones stay missing."""
    from scipy.stats import false_discovery_control

    result = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        result[known] = false_discovery_control(p[known])
    return result

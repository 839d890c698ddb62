"""What is usual for a daily share, and how rare it is to see so few."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = [
    "chance_of_few",
    "log_odds",
    "share_of",
    "sum_around",
    "usual_line",
    "usual_share",
    "week_sum",
    "wide_sum",
]

Floats = NDArray[np.float64]
_USUAL = 57
"""Days, centred, whose median is usual; two weeks of failure do not move it far."""


def chance_of_few(n: Floats, y: Floats, mu: Floats, over: Floats) -> Floats:
    """Of so few or fewer; ``over`` is the sum of visits times their overdispersion."""
    from scipy.special import betainc

    whole = np.maximum(n, 1.0)
    more = np.maximum(over / whole, 1.0)
    p = np.clip(mu / whole, 1e-9, 1 - 1e-9)
    size, hits = n / more, y / more
    found: Floats = np.where(
        size > hits, betainc(np.maximum(size - hits, 1e-9), hits + 1, 1 - p), 1.0
    )
    return found


def week_sum(values: Floats) -> Floats:
    """Sum over the week around each day."""
    return sum_around(values, 7)


def wide_sum(values: Floats) -> Floats:
    """Sum over the weeks around each day."""
    return sum_around(values, _USUAL)


def sum_around(values: Floats, days: int) -> Floats:
    """Centred sum over some days; fewer at the ends."""
    rolled = pd.Series(values).rolling(days, center=True, min_periods=1).sum()
    found: Floats = rolled.to_numpy(float)
    return found


def log_odds(hits: Floats, cases: Floats) -> Floats:
    """Log odds of a share, also for none and all."""
    odds: Floats = np.log((hits + 0.5) / (cases - hits + 0.5))
    return odds


def share_of(x: Floats) -> Floats:
    """Share of log odds."""
    found: Floats = 1 / (1 + np.exp(-x))
    return found


def usual_line(values: Floats) -> Floats:
    """What is usual around each day."""
    line = pd.Series(values).rolling(_USUAL, center=True, min_periods=1).median()
    found: Floats = line.interpolate(limit_direction="both").fillna(0.0).to_numpy(float)
    return found


def usual_share(n: Floats, y: Floats) -> Floats:
    """The course's own usual share, from the median of weeks around each day."""
    return share_of(
        usual_line(np.where(week_sum(n) > 0, log_odds(week_sum(y), week_sum(n)), np.nan))
    )

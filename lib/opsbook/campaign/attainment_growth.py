"""Growth of an event's days over their counterparts, and how sure that growth is."""

from dataclasses import dataclass
from math import exp, sqrt

import pandas as pd

__all__ = ["Growth", "paired_growth"]

_LEAST_DAYS = 5
_MOST_CORRELATION = 0.5


@dataclass(frozen=True)
class Growth:
    """Growth of paired days with its interval.

    Args:
        value: Sum now over sum then, less one; not a number without a pair.
        low: Lower end; not a number under five pairs.
        high: Upper end.
        days: Pairs.
    """

    value: float
    low: float
    high: float
    days: int

    @property
    def has_interval(self) -> bool:
        """Whether there were days enough for an interval."""
        return self.low == self.low


def paired_growth(days: pd.DataFrame, column: str = "gmv", *, level: float = 0.95) -> Growth:
    """Growth of the sum over paired days, with an interval from how days scatter about it.

    Args:
        days: ``both`` and ``column`` now and ``_then``.
        column: What is compared.
        level: Confidence of the interval.

    Source:
        Ratio estimator and its linearised variance: Cochran (1977), Sampling Techniques,
        ch. 6; widened for correlation of neighbouring days (first-order autoregression).
    """
    if f"{column}_then" not in days:
        return Growth(float("nan"), float("nan"), float("nan"), 0)
    pairs = days[days["both"]]
    now = pairs[column].to_numpy(float)
    then = pairs[f"{column}_then"].to_numpy(float)
    n, below = len(pairs), float(then.sum())
    if not n or below <= 0:
        return Growth(float("nan"), float("nan"), float("nan"), n)
    ratio = float(now.sum()) / below
    if n < _LEAST_DAYS or ratio <= 0:
        return Growth(ratio - 1, float("nan"), float("nan"), n)
    from scipy.stats import t as student

    off = now - ratio * then
    squares = float(off @ off)
    seen = float(off[1:] @ off[:-1]) / squares if squares > 0 else 0.0
    # A mean taken out of n values lowers their correlation by about (1 + 3 r) / n.
    lag = min(max(seen + (1 + 3 * seen) / n, 0.0), _MOST_CORRELATION)
    variance = n / (n - 1) * squares / below**2 * (1 + lag) / (1 - lag)
    reach = float(student.ppf((1 + level) / 2, n - 1)) * sqrt(variance) / ratio
    return Growth(ratio - 1, ratio * exp(-reach) - 1, ratio * exp(reach) - 1, n)

"""What a model expected week by week, in total, and of the past counts of purchases."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.lifecycle.bg_nbd import Floats
from opsbook.lifecycle.customer_base import CustomerBase

__all__ = ["past_histogram", "total_interval", "tracking"]

_MOST = 7
"""Counts up to here are shown one by one where customers buy seldom."""
_BINS = 8
_DRAWS = 60


def total_interval(
    base: CustomerBase, days: int, known: pd.DataFrame, level: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Interval of the total: draws of the parameters, and chance on top of them."""
    from scipy.stats import norm

    horizon = base.horizon(days)
    totals = np.zeros(_DRAWS)
    for group in base.groups:
        size = group.cells["customers"].to_numpy()
        for i, drawn in enumerate(group.fit.draws(rng, _DRAWS)):
            totals[i] += size @ group.moments(horizon, drawn)[0]
    spread = float(np.sqrt(totals.var(ddof=1) + known["variance"].sum()))
    half = float(norm.ppf(0.5 + level / 2)) * spread
    total = float(known["purchases"].sum())
    return max(total - half, 0.0), total + half


def tracking(base: CustomerBase, repeats: "pd.Series[float]", end: date) -> pd.DataFrame:
    """Cumulative repeat purchases by week, actual and expected of those known at the split."""
    weeks = pd.date_range(base.start + timedelta(days=7), end, freq="7D")
    if weeks[-1] != pd.Timestamp(end):
        weeks = weeks.append(pd.DatetimeIndex([pd.Timestamp(end)]))
    now = base.clock.at(weeks)
    expected = np.zeros(len(weeks))
    for group in base.groups:
        first = base.histories["first_day"].iloc[group.rows].value_counts().sort_index()
        days = pd.DatetimeIndex(first.index)
        # What is left of the first day is dead time: purchases of a day count once.
        left = 0.5 if group.fit.parameters.dead_time else 0.0
        joined = base.clock.at(days) + (0.5 + left) / base.clock.unit_days
        grid = np.linspace(0.0, now[-1], 800)
        curve = group.fit.parameters.expected_new(grid)
        age = np.maximum(now[:, None] - joined[None, :], 0.0)
        expected += np.interp(age, grid, curve) @ first.to_numpy(np.float64)
    every = pd.date_range(base.start, end, inclusive="left")
    total = repeats.reindex(every).fillna(0.0).cumsum()
    last = weeks - pd.Timedelta(days=1)
    return pd.DataFrame(
        {
            "day": last,
            "actual": total.reindex(last).to_numpy(),
            "expected": expected,
            "held_out": last >= pd.Timestamp(base.end),
        }
    )


def past_histogram(base: CustomerBase) -> pd.DataFrame:
    """Customers by repeat purchases, actual and expected from the ages alone."""
    frequency = base.histories["frequency"].to_numpy(np.int64)
    # Bins that hold about as many customers each, but never half a count.
    cuts = np.unique(np.quantile(frequency, np.linspace(0, 1, _BINS + 1)[1:-1], method="higher"))
    if frequency.max() <= _MOST or cuts.max(initial=0) < _MOST:
        cuts = np.arange(min(_MOST, int(frequency.max())))
    more = np.zeros(len(cuts))
    for group in base.groups:
        ages = group.cells.groupby("age")["customers"].sum()
        chance: Floats = group.fit.parameters.more_than(
            cuts.astype(np.int64), ages.index.to_numpy(np.float64)
        )
        more += ages.to_numpy(np.float64) @ chance
    actual = np.array([(frequency > c).sum() for c in cuts], np.float64)
    size = float(len(frequency))

    def bins(above: Floats) -> Floats:
        return -np.diff(np.concatenate([[size], above, [0.0]]))

    lows = np.concatenate([[0], cuts + 1]).astype(np.int64)
    highs = np.concatenate([cuts, [max(int(frequency.max()), int(lows[-1]))]]).astype(np.int64)
    return pd.DataFrame(
        {"low": lows, "high": highs, "actual": bins(actual), "expected": bins(more)}
    )

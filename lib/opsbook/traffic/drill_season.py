"""A category's own season between two windows, read off last year and shrunk to what is sure."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.reference.day_classes import DayClasses

__all__ = ["season_factors"]

Floats = NDArray[np.float64]


def season_factors(leaves: pd.DataFrame, sold: pd.DataFrame, classes: DayClasses) -> Floats:
    """How much more of its share of the shop a category took in last year's same weeks.

    Args:
        leaves: One row per leaf; without ``category`` there is no season of its own.
        sold: Last year's daily slices, as from ``order_slices``.
        classes: Last year's days, the ones of the period marked ``now``.

    Returns:
        A factor per leaf, 1 where last year says nothing. The differences between categories
        are shrunk by the share of them that is chance (DerSimonian and Laird 1986).
    """
    if "category" not in leaves or "category" not in sold or not classes.used.any():
        return np.ones(len(leaves))
    days = classes.days[classes.used].copy()
    now = days["now"].to_numpy()
    size = int(classes.codes.max()) + 1
    n_now, n_base = (np.bincount(classes.codes[side], minlength=size) for side in (now, ~now))
    days["weight"] = np.where(now, 1.0, (n_now / n_base)[classes.codes])
    rows = sold.merge(days[["day", "now", "weight"]], on="day")
    rows["value"] = rows["orders"] * rows["weight"]
    rows["square"] = rows["order_squares"] * rows["weight"] ** 2
    sums = rows.pivot_table(
        index="category", columns="now", values=["value", "square"], aggfunc="sum", fill_value=0.0
    )
    if sums["value"].shape[1] < 2:
        return np.ones(len(leaves))
    after, before = sums["value"][True].to_numpy(float), sums["value"][False].to_numpy(float)
    known = (after >= 5) & (before >= 5)
    if known.sum() < 3:
        return np.ones(len(leaves))
    shift = np.log(after[known] / after.sum()) - np.log(before[known] / before.sum())
    variance = (
        sums["square"][True].to_numpy(float)[known] / after[known] ** 2
        + sums["square"][False].to_numpy(float)[known] / before[known] ** 2
    )
    weight = 1 / variance
    mean = float((weight * shift).sum() / weight.sum())
    excess = float((weight * (shift - mean) ** 2).sum()) - (known.sum() - 1)
    spread = weight.sum() - (weight**2).sum() / weight.sum()
    between = max(excess / spread, 0.0)
    factor = np.exp((shift - mean) * between / (between + variance))
    found = dict(zip(sums.index[known], factor, strict=True))
    return np.array([found.get(c, 1.0) for c in leaves["category"]])

"""The model's inputs cut into few steps of equal weight, as boosted trees look at them anyway.

scikit-learn finds the same steps itself, but sorts a column anew for every single one of them
where rows have weights; here each column is sorted once. Trees grown on the numbers of the steps
are the trees grown on the values.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["in_steps", "step_edges"]

Array = NDArray[np.float64]


def step_edges(values: NDArray[np.float32], weight: Array, most: int) -> Array:
    """Upper ends of all steps of one column but the last.

    Args:
        values: The column, without gaps.
        weight: Weight of each row, above 0.
        most: Steps at most; fewer different values are a step each.

    Source:
        Weighted quantiles as scikit-learn takes them (Hyndman and Fan 1996, type 2).
    """
    order = np.argsort(values, kind="stable")
    sorted_ = values[order].astype(np.float64)
    distinct = np.unique(sorted_)
    if len(distinct) <= most:
        return np.asarray((distinct[1:] + distinct[:-1]) / 2)
    below = np.cumsum(weight[order])
    ranks = np.linspace(0, 100, num=most + 1)[1:-1] / 100 * below[-1]
    last = len(sorted_) - 1
    at = np.minimum(np.searchsorted(below, ranks), last)
    after = np.minimum(at + 1, last)
    # A step that ends exactly with a row ends half way to the next one.
    even = below[at] - ranks <= np.finfo(np.float64).eps
    return np.unique(np.where(even, (sorted_[at] + sorted_[after]) / 2, sorted_[at]))


def in_steps(values: NDArray[np.float32], edges: Sequence[Array | None]) -> NDArray[np.float32]:
    """The number of each value's step, column by column.

    Args:
        values: One row per case, one column per input.
        edges: Of each column, from ``step_edges``; None leaves it as it is.
    """
    out = values.copy()
    for k, ends in enumerate(edges):
        if ends is not None:
            out[:, k] = np.searchsorted(ends, values[:, k].astype(np.float64))
    return out

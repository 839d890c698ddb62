"""How often two items would share a basket by chance, given time and size of baskets."""

from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame
from numpy.typing import NDArray

from opsbook.lifecycle.basket_items import Baskets

__all__ = ["expected_together", "time_grain"]

_SIZES = (2, 3, 4, 6, 10, 20, 40)
"""Baskets are compared with baskets of like size: 2, 3, 4-5, 6-9 ... different items."""
_LEAST_PER_STRATUM = 200
_MOST_CELLS = 1_000_000


def time_grain(baskets: Baskets, items: int) -> str:
    """The finest time that still has enough baskets in each of its slices.

    Args:
        baskets: From ``basket_items``.
        items: Items to be paired.

    Returns:
        ``week, month, quarter``, or ``all`` where the shop is too small to be sliced.
    """
    pool = baskets.orders - baskets.single
    for grain, days in (("week", 7), ("month", 30), ("quarter", 91)):
        slices = baskets.period.days / days
        if 1 < slices <= min(pool / _LEAST_PER_STRATUM, _MOST_CELLS / (4 * items)):
            return grain
    return "all"


def _strata(lines: Frame, grain: str) -> Frame:
    """Lines or baskets with the ``time`` and ``size`` that they are compared within."""
    size = ibis.cases(*((lines.k < edge, edge) for edge in _SIZES[1:]), else_=1_000)
    unit = {"week": "W", "month": "M", "quarter": "Q"}.get(grain)
    time = lines.day.truncate(unit) if unit else ibis.literal(0)
    return lines.mutate(time=time, size=size.cast("int32"))


def expected_together(
    lines: Frame,
    baskets: Baskets,
    code: "pd.Series[Any]",
    grain: str,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Joint baskets of each pair if items met by chance within time and size.

    Every item keeps the number of neighbours it had in a stratum. Neighbours are drawn by
    chance from the other items: item ``a`` meets ``b`` x_a x_b times, with x such that the
    numbers of neighbours come out. An item never meets itself, which matters for categories.

    Args:
        lines: From ``frequent_lines``.
        baskets: From ``basket_items``.
        code: Row of each item, by its id.
        grain: From ``time_grain``.
        a: Row of one item of each pair.
        b: Row of the other.

    Returns:
        Expected joint baskets of each pair.

    Source:
        Strata: Mantel and Haenszel (1959), Journal of the National Cancer Institute 22,
        719-748. Chance with given numbers of neighbours: Chung and Lu (2002), Annals of
        Combinatorics 6, 125-145.
    """
    from scipy.sparse import csr_array

    if not len(a):
        return np.empty(0)
    keys = ["time", "size"]
    fitting = baskets.sizes.filter(baskets.sizes.k >= 2)
    strata = _strata(lines.select("item", "day", "k"), grain)
    frame = strata.group_by("item", *keys).aggregate(met=(strata.k - 1).sum()).execute()
    sizes = _strata(fitting, grain)
    whole = sizes.group_by(keys).aggregate(met=(sizes.k * (sizes.k - 1)).sum()).execute()
    slot = pd.MultiIndex.from_frame(whole[keys])
    stratum = slot.get_indexer(pd.MultiIndex.from_frame(frame[keys]))
    known = stratum >= 0
    stratum = stratum[known]
    x = _propensity(frame["met"].to_numpy(np.float64)[known], stratum,
                    whole["met"].to_numpy(np.float64))  # fmt: skip
    item = code.reindex(frame["item"][known]).to_numpy(np.int64)
    table = csr_array((x, (item, stratum)), shape=(len(code), len(whole)))
    parts = [
        np.asarray((table[a[i : i + 20_000]] * table[b[i : i + 20_000]]).sum(axis=1)).ravel()
        for i in range(0, len(a), 20_000)
    ]
    return np.concatenate(parts)


def _propensity(
    met: NDArray[np.float64], stratum: NDArray[np.int64], whole: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights x with x_a (sum of x - x_a) = neighbours of a, in each stratum.

    Args:
        met: Neighbours of an item in a stratum.
        stratum: Which stratum that is.
        whole: Neighbours of all items of a stratum, those not listed included: they are many
            and rare, so each of them has x near its share.
    """
    rest = np.maximum(whole - np.bincount(stratum, met, len(whole)), 0.0)
    x = met / np.sqrt(whole)[stratum]
    total = np.sqrt(whole)
    for _ in range(60):
        others = np.maximum(total[stratum] - x, 1e-9)
        # Half a step in logarithms: a whole one swings where one item is in most baskets.
        new = np.sqrt(x * met / others)
        total = np.bincount(stratum, new, len(whole)) + rest / total
        if np.max(np.abs(new - x) / x, initial=0.0) < 1e-6:
            return new
        x = new
    return x

"""What a product cost on the shelf on every day, also on days when nobody bought it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["prices"]

Floats = NDArray[np.float32]

_REMEMBERED = 6
"""Days for which a SKU's own last cut is taken to hold when nobody bought it."""


def prices(
    cells: Mapping[str, NDArray[Any]], skus: pd.DataFrame, shape: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Shelf price and share off the list price of every SKU and day.

    On a day with sales it is the mean price paid in orders without a coupon. On a day without,
    the SKU's own cut of the last six days holds; failing that the mean cut of its category on
    that day; failing that none. Nothing is taken from later days, so that a forecast made on
    a day sees no future.

    Args:
        cells: ``at`` (row), ``day`` (column), ``units``, ``price`` and ``listed`` (money per
            piece) of each SKU and day with a sale.
        skus: ``category`` and ``list_price`` of each row.
        shape: SKUs, days.

    Returns:
        Price (NaN where neither a list price nor a sale is known) and cut (0-1).
    """
    at, day = cells["at"], cells["day"]
    listed = np.full(shape, np.nan, np.float32)
    listed[at, day] = cells["listed"]
    listed = _carried(listed, shape[1])
    usual = skus["list_price"].to_numpy(np.float32)[:, None]
    listed = np.where(np.isfinite(listed), listed, usual)
    own = np.full(shape, np.nan, np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        off = 1 - cells["price"] / listed[at, day]
    own[at, day] = np.clip(off, 0, 1)
    own = _carried(own, _REMEMBERED)
    cut = np.where(np.isfinite(own), own, _category_cut(own, skus["category"]))
    price = listed * (1 - cut)
    return price.astype(np.float32), cut.astype(np.float32)


def _carried(values: Floats, days: int) -> Floats:
    """The last known value of each row, for at most so many days."""
    column = np.arange(values.shape[1])
    last = np.maximum.accumulate(np.where(np.isfinite(values), column, -1), axis=1)
    found = np.take_along_axis(values, np.maximum(last, 0), axis=1)
    return np.where((last >= 0) & (column - last <= days), found, np.float32(np.nan))


def _category_cut(own: Floats, category: pd.Series) -> Floats:
    codes, names = pd.factorize(category)
    known = np.isfinite(own)
    total = np.zeros((len(names), own.shape[1]), np.float32)
    count = np.zeros_like(total)
    np.add.at(total, codes, np.where(known, own, np.float32(0)))
    np.add.at(count, codes, known)
    mean: Floats = (total / np.maximum(count, 1))[codes]
    return mean

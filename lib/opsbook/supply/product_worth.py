"""What a product brings: the price paid for it, and its class by sales."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand import DemandPanel
from opsbook.supply.abc_xyz import abc_classes

__all__ = ["paid_price", "sales_class"]

Floats = NDArray[np.float64]


def paid_price(panel: DemandPanel, until: int | None = None) -> Floats:
    """Mean price paid per piece in a year; the list price where nothing was sold in it.

    Args:
        panel: From ``daily_demand``.
        until: Column after the year's last day; the panel's end unless given.

    Returns:
        Money per piece, one per product; not a number where neither is known.
    """
    stop = len(panel.dates) if until is None else until
    year = slice(max(stop - 365, 0), stop)
    sold = np.asarray(panel.sold[:, year], np.float64)
    posted = np.asarray(panel.price[:, year], np.float64)
    pieces = sold.sum(axis=1)
    paid = (sold * np.nan_to_num(posted)).sum(axis=1) / np.maximum(pieces, 1e-9)
    listed = panel.skus["list_price"].to_numpy(np.float64)
    return np.where((pieces > 0) & (paid > 0), paid, listed)


def sales_class(panel: DemandPanel, until: int | None = None) -> NDArray[np.object_]:
    """A, B or C by sales of a year; what was not sold in it is C.

    Args:
        panel: From ``daily_demand``.
        until: As in ``paid_price``.
    """
    stop = len(panel.dates) if until is None else until
    pieces = panel.sold[:, max(stop - 365, 0) : stop].sum(axis=1, dtype=np.float64)
    sales = pd.Series(pieces * np.nan_to_num(paid_price(panel, until)), panel.skus["sku"])
    # Without any price the pieces themselves rank.
    ranked = sales if (sales > 0).any() else pd.Series(pieces, panel.skus["sku"])
    return abc_classes(ranked).replace("none", "C").to_numpy(object)

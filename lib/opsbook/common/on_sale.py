"""On which days a product was on sale at all, by what was known on that day."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand_stock import StockDays

__all__ = ["on_sale"]

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


def on_sale(
    skus: pd.DataFrame,
    dates: pd.DatetimeIndex,
    sold: Floats,
    stock: StockDays | None,
    quiet_days: int,
) -> Flags:
    """Whether each SKU could be bought on each day, by what was known on that day.

    A SKU is on sale from its launch (its first sale or first stock if that came before, or
    if no launch is known) and as long as, within ``quiet_days``, it was sold, had stock, had a
    delivery on the way or was launched. Sold out for a week is still on sale.

    Args:
        skus: ``launch_date, first_sale`` of each row.
        dates: The days of the columns.
        sold: Pieces by SKU and day.
        stock: Stock of the same shape; None where none is recorded.
        quiet_days: Days of silence after which a SKU is retired; three times as many without
            stock records, where a shelf that is full and ignored looks the same.

    Returns:
        One row per SKU, one column per day.
    """
    n = len(dates)
    first = pd.to_datetime(skus["first_sale"])
    launch = pd.concat([pd.to_datetime(skus["launch_date"]), first], axis=1).min(axis=1)
    begin = (launch - dates[0]).dt.days.fillna(n).to_numpy(np.float64)
    alive = sold > 0
    if stock is not None:
        there = stock.coming | (np.nan_to_num(stock.pieces) > 0)
        alive |= there
        held = np.where(there.any(axis=1), there.argmax(axis=1), n)
        begin = np.where(launch.isna(), np.minimum(begin, held), begin)
    day = np.arange(n)
    seen = np.where(alive, day, -(10**6))
    last = np.maximum(np.maximum.accumulate(seen, axis=1), begin[:, None])
    quiet = quiet_days if stock is not None else 3 * quiet_days
    # Before the panel starts nothing is known: the benefit of the doubt.
    last = np.maximum(last, np.where(begin[:, None] < 0, 0, last))
    return np.asarray((day >= begin[:, None]) & (day - last < quiet), np.bool_)

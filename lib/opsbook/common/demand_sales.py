"""What every product sold on a day and what stood on its price tag, counted in the engine."""

from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame
from numpy.typing import NDArray

from opsbook.shop.sales import in_days, paid_orders, sales_lines
from opsbook.shop.shop import Shop

__all__ = ["sales_cells"]


def sales_cells(shop: Shop, start: date, end: date, skus: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """Pieces and shelf price of each SKU and day with a sale, as positions in the panel.

    Args:
        shop: Needs ``order_lines`` with ``qty``.
        start: First day.
        end: Day after the last.
        skus: ``sku`` of each row of the panel.

    Returns:
        Arrays of one length: ``at`` (row), ``day`` (column), ``units`` (pieces), ``price`` and
        ``listed`` (money per piece; NaN on a day whose orders all had a coupon).
    """
    lines = in_days(sales_lines(shop), start, end)
    lines = lines.filter(lines.qty > 0)
    marks = ibis.memtable(
        pd.DataFrame({"sku": skus["sku"].to_numpy(object), "at": np.arange(len(skus))})
    )
    lines = _posted(shop, lines).inner_join(marks, "sku")
    shown = lines.posted
    day = lines.day.delta(ibis.literal(start), unit="day")
    frame = (
        lines.mutate(nth=day.cast("int32"))
        .group_by("at", "nth")
        .aggregate(
            units=lines.qty.sum(),
            seen=lines.qty.sum(where=shown),
            paid=(lines.paid_price * lines.qty).sum(where=shown),
            listed=(lines.list_price * lines.qty).sum(where=shown),
        )
        .execute()
    )
    seen = frame["seen"].to_numpy(np.float64)
    seen = np.where(seen > 0, seen, np.nan)
    return {
        "at": frame["at"].to_numpy(np.int64),
        "day": frame["nth"].to_numpy(np.int64),
        "units": frame["units"].to_numpy(np.float64),
        "price": frame["paid"].to_numpy(np.float64) / seen,
        "listed": frame["listed"].to_numpy(np.float64) / seen,
    }


def _posted(shop: Shop, lines: Frame) -> Frame:
    """Lines with a mark whether they show the shelf price: coupons are personal."""
    orders = paid_orders(shop)
    personal = []
    if "coupon_id" in orders.columns:
        personal.append(orders.coupon_id.notnull())
    if "discount" in orders.columns:
        personal.append(orders.discount.fill_null(0) > 0)
    if not personal:
        return lines.mutate(posted=ibis.literal(True))
    return lines.inner_join(orders.select("order_id", posted=~ibis.or_(*personal)), "order_id")

"""Small shops made by hand or simulated, for the market tests."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from made_shop import shop_of
from opsbook.shop.shop import Shop

MONDAY = date(2024, 1, 1)


def shop_of_lines(rows: list[dict[str, Any]], **tables: pd.DataFrame) -> Shop:
    """One order per row: ``day`` (days after Monday 1 January 2024), sku, qty, price ...

    Optional keys: ``list``, ``customer``, ``store``, ``coupon``, ``cost``, ``order`` (rows
    with the same word share an order).
    """
    frame = pd.DataFrame(rows)
    frame["order_id"] = [
        str(row.get("order") or f"o{i}") for i, row in enumerate(frame.to_dict("records"))
    ]
    day = [
        datetime.combine(MONDAY, datetime.min.time()) + timedelta(days=int(d), hours=12)
        for d in frame["day"]
    ]
    orders = pd.DataFrame({"order_id": frame["order_id"], "order_ts": day})
    names = {"customer": "customer_id", "store": "store_id", "coupon": "coupon_id"}
    for key, column in names.items():
        if key in frame:
            orders[column] = frame[key].astype(object).where(frame[key].notna(), None)
    lines = pd.DataFrame(
        {
            "order_id": frame["order_id"],
            "line_id": [str(i) for i in range(len(frame))],
            "sku": frame["sku"],
            "qty": frame["qty"].fillna(1.0) if "qty" in frame else 1.0,
            "paid_price": frame["price"],
        }
    )
    for key, column in (("list", "list_price"), ("cost", "unit_cost")):
        if key in frame:
            lines[column] = frame[key]
    return shop_of(orders=orders.drop_duplicates("order_id"), order_lines=lines, **tables)


def shop_of_counts(
    counts: np.ndarray,
    prices: np.ndarray,
    categories: list[str],
    *,
    pieces: np.ndarray | None = None,
    cost: np.ndarray | None = None,
    **tables: pd.DataFrame,
) -> Shop:
    """A shop from purchases by product and week, on the Tuesday of each week.

    Args:
        counts: Order lines, one row per product, one column per week.
        prices: Paid price of one piece.
        categories: Category of each product.
        pieces: Pieces in all lines of a cell; one each unless given.
        cost: Cost of one piece by product.
    """
    row, column = np.nonzero(counts)
    times = counts[row, column].astype(int)
    product, week = np.repeat(row, times), np.repeat(column, times)
    first = np.r_[0, np.cumsum(times)[:-1]]
    qty = np.ones(len(product))
    if pieces is not None:
        # All extra pieces on the first line of a cell: only sums and counts are read.
        qty[first] += pieces[row, column] - times
    stamp = pd.Timestamp(MONDAY) + pd.to_timedelta(week * 7 + 1, unit="D")
    number = [f"o{i}" for i in range(len(product))]
    skus = [f"p{i:03d}" for i in range(len(counts))]
    lines = pd.DataFrame(
        {
            "order_id": number,
            "line_id": "1",
            "sku": np.array(skus)[product],
            "qty": qty,
            "paid_price": prices[product, week],
        }
    )
    if cost is not None:
        lines["unit_cost"] = cost[product]
    products = pd.DataFrame({"sku": skus, "category": categories})
    if "products" in tables:
        products = products.merge(tables.pop("products"), on="sku", how="left")
    orders = pd.DataFrame({"order_id": number, "order_ts": stamp})
    return shop_of(orders=orders, order_lines=lines, products=products, **tables)

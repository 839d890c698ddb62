"""Shops of orders written down one by one, for the tests of segments and tiers."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd

from made_shop import shop_of
from opsbook.shop.shop import Shop

MONDAY = date(2024, 1, 1)


def shop_of_lines(rows: list[dict[str, Any]], **tables: pd.DataFrame) -> Shop:
    """One line per row: ``day`` (days after Monday 1 January 2024), ``price, customer``.

    Optional: ``order`` (rows with the same word share an order) and ``cost``.
    """
    frame = pd.DataFrame(rows)
    numbers = [str(row.get("order") or f"o{i}") for i, row in enumerate(rows)]
    noon = datetime.combine(MONDAY, time(12))
    orders = pd.DataFrame(
        {
            "order_id": numbers,
            "order_ts": [noon + timedelta(days=int(day)) for day in frame["day"]],
            "customer_id": frame["customer"].astype("string"),
        }
    )
    lines = pd.DataFrame(
        {
            "order_id": numbers,
            "line_id": [str(i) for i in range(len(rows))],
            "sku": "p",
            "qty": 1.0,
            "paid_price": frame["price"],
        }
    )
    if "cost" in frame:
        lines["unit_cost"] = frame["cost"]
    return shop_of(orders=orders.drop_duplicates("order_id"), order_lines=lines, **tables)

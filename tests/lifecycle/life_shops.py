"""Small shops of who bought when, for tests of repurchase, churn and win-back."""

from datetime import datetime, timedelta
from typing import Any

import ibis
import pandas as pd

from opsbook.shop.contract import contract
from opsbook.shop.door import conform
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop

START = datetime(2024, 1, 1, 12)


def stamp(day: float) -> datetime:
    """Noon of a day, counted from 1 January 2024."""
    return START + timedelta(days=day)


def buys(
    customer: str | None, day: float, *, sku: str = "p", price: float = 10.0
) -> dict[str, Any]:
    """One order."""
    return {"customer_id": customer, "order_ts": stamp(day), "sku": sku, "price": price}


def shop_of_buys(
    rows: list[dict[str, Any]],
    *,
    categories: dict[str, str] | None = None,
    cost: float | None = None,
    **tables: pd.DataFrame,
) -> Shop:
    """A shop from orders of one piece each.

    Args:
        rows: What ``buys`` returned.
        categories: Category by sku; without it the shop has no products.
        cost: Cost as a share of price; without it margins are unknown.
    """
    frame = pd.DataFrame(rows)
    frame["customer_id"] = frame["customer_id"].astype("string")
    frame["order_id"] = [f"o{i}" for i in range(len(frame))]
    lines = pd.DataFrame(
        {
            "order_id": frame["order_id"],
            "line_id": "1",
            "sku": frame["sku"],
            "qty": 1.0,
            "paid_price": frame["price"],
        }
    )
    if cost is not None:
        lines["unit_cost"] = frame["price"] * cost
    if categories:
        tables["products"] = pd.DataFrame(
            {"sku": list(categories), "category": list(categories.values())}
        )
    tables["orders"] = frame[["order_id", "customer_id", "order_ts"]]
    tables["order_lines"] = lines
    engine = ibis.duckdb.connect()
    entries = {
        name: conform(engine.create_table(name, table), contract()[name])
        for name, table in tables.items()
    }
    return Shop("test", Settings(name="Test", currency="CNY"), entries)

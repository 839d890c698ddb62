"""Shops from who bought on which day, for the tests of cohorts, stages and acquisition."""

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from made_shop import shop_of
from opsbook.shop.shop import Shop

START = date(2024, 1, 1)


def day(number: int) -> date:
    """The day that many days after 1 January 2024."""
    return START + timedelta(days=number)


def shop_of_buyers(
    bought: list[tuple[str | None, float]] | list[tuple[str | None, float, float]],
    *,
    signup: dict[str, int] | None = None,
    channel: dict[str, str] | None = None,
    cost: float | None = None,
    **tables: pd.DataFrame,
) -> Shop:
    """One order per tuple: customer, day after 1 January 2024 (at noon; fractions count from
    midnight) and what it came to (100 unless given).

    Args:
        bought: The orders.
        signup: Day of registration by customer.
        channel: Channel by customer.
        cost: Cost of each order's goods.
    """
    rows: list[dict[str, Any]] = []
    for number, (who, when, *amount) in enumerate(bought):
        hours = 12.0 if when == int(when) else 0.0
        stamp = datetime.combine(START, datetime.min.time()) + timedelta(days=when, hours=hours)
        price = amount[0] if amount else 100.0
        rows.append({"order_id": f"o{number}", "customer_id": who, "ts": stamp, "price": price})
    frame = pd.DataFrame(rows)
    orders = frame[["order_id", "customer_id"]].assign(order_ts=frame["ts"])
    orders["customer_id"] = orders["customer_id"].astype("string")
    lines = frame[["order_id"]].assign(line_id="1", sku="p", qty=1.0, paid_price=frame["price"])
    if cost is not None:
        lines["unit_cost"] = cost
    if signup is not None or channel is not None:
        names = sorted({r["customer_id"] for r in rows if r["customer_id"]} | set(signup or {}))
        people = pd.DataFrame({"customer_id": names})
        if signup is not None:
            people["signup_date"] = pd.to_datetime([day(signup[n]) for n in names])
        if channel is not None:
            people["channel"] = [channel[n] for n in names]
        tables["customers"] = people
    return shop_of(orders=orders, order_lines=lines, **tables)

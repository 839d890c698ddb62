"""Small shops with campaigns whose figures can be computed by hand."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from made_shop import shop_of
from opsbook.shop.shop import Shop

CAMPAIGNS = (
    # id, name, type, start, end, preheat, tail, goal, new, budget
    ("A1", "618 2025", "mega-sale", "2025-06-16", "2025-06-20", "2025-06-14", "2025-06-19",
     5000.0, 10, 100.0),
    ("A2", "618 2026", "mega-sale", "2026-06-15", "2026-06-19", "2026-06-13", "2026-06-18",
     6000.0, 10, 100.0),
    ("F1", "Flash sale 2026-06", "flash sale", "2026-06-18", "2026-06-18", None, None,
     None, None, None),
    ("A3", "618 2027", "mega-sale", "2027-06-15", "2027-06-19", None, None, 9000.0, None, None),
)  # fmt: skip


def campaign_frame(rows: Sequence[tuple] = CAMPAIGNS) -> pd.DataFrame:
    names = ["campaign_id", "name", "type", "start_date", "end_date", "preheat_start_date",
             "tail_start_date", "goal_gmv", "goal_new_customers", "budget"]  # fmt: skip
    frame = pd.DataFrame(list(rows), columns=names)
    for column in names[3:7]:
        frame[column] = pd.to_datetime(frame[column])
    frame["goal_new_customers"] = frame["goal_new_customers"].astype("Int64")
    return frame


def daily_orders(
    first: date,
    last: date,
    per_day: "dict[date, int] | int",
    *,
    price: float = 100.0,
    list_price: float = 120.0,
    qty: float = 1.0,
    cost: float = 60.0,
    prefix: str = "o",
    status: str = "completed",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """So many orders on every day, each by a customer of its own and with one line."""
    rows = []
    day = first
    while day <= last:
        n = per_day if isinstance(per_day, int) else per_day.get(day, 0)
        rows += [(day, k) for k in range(n)]
        day += timedelta(days=1)
    orders = pd.DataFrame(
        {
            "order_id": [f"{prefix}{d:%Y%m%d}-{k}" for d, k in rows],
            "customer_id": [f"{prefix}c{d:%Y%m%d}-{k}" for d, k in rows],
            "order_ts": [
                pd.Timestamp(d) + pd.Timedelta(hours=10, minutes=k % 600) for d, k in rows
            ],
            "status": status,
        }
    )
    lines = pd.DataFrame(
        {
            "order_id": orders["order_id"],
            "sku": ["p1" if k % 2 else "p2" for _, k in rows],
            "qty": qty,
            "paid_price": price,
            "list_price": list_price,
            "unit_cost": cost,
        }
    )
    return orders, lines


def together(*parts: tuple[pd.DataFrame, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    orders, lines = zip(*parts, strict=True)
    return {
        "orders": pd.concat(orders, ignore_index=True),
        "order_lines": pd.concat(lines, ignore_index=True),
    }


def visits(days: dict[date, int]) -> pd.DataFrame:
    """So many visitors a day, each once."""
    rows = [(d, k) for d, n in days.items() for k in range(n)]
    return pd.DataFrame(
        {
            "session_id": [f"s{d:%Y%m%d}-{k}" for d, k in rows],
            "visitor_id": [f"v{d:%Y%m%d}-{k}" for d, k in rows],
            "start_ts": [pd.Timestamp(d) + pd.Timedelta(hours=9) for d, _ in rows],
            "channel": ["search" if k % 2 else "feed" for _, k in rows],
        }
    )


def span(first: date, days: int) -> list[date]:
    return [first + timedelta(days=k) for k in range(days)]


PRODUCTS = pd.DataFrame({"sku": ["p1", "p2"], "category": ["Home", "Food"]})


def two_years(**more: pd.DataFrame) -> Shop:
    """Ten orders a day of 100; 618 sells 12 a day in 2025 and 15 a day in 2026, warm-up 8."""
    base = daily_orders(date(2025, 1, 1), date(2026, 8, 31), 10)
    extra = dict.fromkeys(span(date(2025, 6, 16), 5), 2) | dict.fromkeys(
        span(date(2026, 6, 15), 5), 5
    )
    sale = daily_orders(date(2025, 6, 1), date(2026, 6, 30), extra, prefix="e")
    return shop_of(**together(base, sale), campaigns=campaign_frame(), products=PRODUCTS, **more)

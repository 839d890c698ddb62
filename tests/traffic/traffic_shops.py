"""Small shops with visits, contacts, orders and spend, for the tests of channels and journeys."""

from collections.abc import Iterable

import pandas as pd

from made_shop import shop_of
from opsbook.shop.shop import Shop

START = pd.Timestamp("2026-01-05")
"""A Monday."""


def at(days: float) -> pd.Timestamp:
    return START + pd.Timedelta(seconds=round(days * 86_400))


def _moments(days: pd.Series) -> pd.Series:
    return START + pd.to_timedelta((days.astype(float) * 86_400).round(), unit="s")


def touch_frame(rows: Iterable[tuple[str, float, str | None]]) -> pd.DataFrame:
    """Contacts: customer, day, channel."""
    frame = pd.DataFrame(list(rows), columns=["customer_id", "day", "channel"])
    return frame.assign(touch_ts=_moments(frame.pop("day")))


def session_frame(rows: Iterable[tuple[str, str | None, float, str | None]]) -> pd.DataFrame:
    """Visits: visitor, customer, day, channel."""
    frame = pd.DataFrame(list(rows), columns=["visitor_id", "customer_id", "day", "channel"])
    # A column of nothing has no type of its own.
    frame["customer_id"] = frame["customer_id"].astype("string")
    frame["start_ts"] = _moments(frame.pop("day"))
    return frame.assign(session_id=[f"s{i}" for i in range(len(frame))])


def order_frames(
    rows: Iterable[tuple[str | None, float, str | None]],
    *,
    amount: float = 100.0,
    cost: float = 60.0,
) -> dict[str, pd.DataFrame]:
    """Orders: customer, day, channel; one line each."""
    orders = pd.DataFrame(list(rows), columns=["customer_id", "day", "channel"])
    orders["order_ts"] = _moments(orders.pop("day"))
    orders["order_id"] = [f"o{i}" for i in range(len(orders))]
    lines = pd.DataFrame(
        {
            "order_id": orders["order_id"],
            "sku": "p1",
            "qty": 1.0,
            "paid_price": amount,
            "unit_cost": cost,
        }
    )
    return {"orders": orders, "order_lines": lines}


def spend_frame(rows: dict[str, float], days: int) -> pd.DataFrame:
    """Ad spend by channel, the same every day."""
    return pd.DataFrame(
        [
            {"date": START + pd.Timedelta(days=d), "channel": name, "cost": total / days}
            for name, total in rows.items()
            for d in range(days)
        ]
    )


def walked_shop(
    touches: Iterable[tuple[str, float, str | None]],
    orders: Iterable[tuple[str | None, float, str | None]],
    **more: pd.DataFrame,
) -> Shop:
    """A shop with contacts and orders."""
    return shop_of(touchpoints=touch_frame(touches), **order_frames(orders), **more)

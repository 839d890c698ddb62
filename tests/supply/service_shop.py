"""Small shops whose parcels and returns can be counted by hand."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from made_shop import shop_of
from opsbook.shop.shop import Shop

DAY0 = datetime(2025, 1, 6)


def at(day: float) -> datetime:
    """A moment so many days after the first Monday of 2025."""
    return DAY0 + timedelta(days=day)


def stamps(frame: pd.DataFrame) -> pd.DataFrame:
    """Times as the engine wants them, columns without a value included."""
    for name in frame.columns:
        if name.endswith("_ts") or name.endswith("_date") or name == "date":
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    return frame


def orders(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Orders, completed unless said."""
    whole = [{"customer_id": "c", "status": "completed", **r} for r in rows]
    return stamps(pd.DataFrame(whole))


def parcels(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Parcels, numbered."""
    base = {"carrier_id": "fast", "deliver_ts": None, "promised_ts": None}
    whole = [{"shipment_id": f"h{i}", **base, **r} for i, r in enumerate(rows)]
    return stamps(pd.DataFrame(whole))


def returns_shop(
    sold: list[tuple[str, str, float]],
    back: list[dict[str, Any]],
    **tables: pd.DataFrame,
) -> Shop:
    """A shop of one-piece lines ``(order, sku, day)`` and requests."""
    made = orders(
        [{"order_id": o, "order_ts": at(d)} for o, d in {o: d for o, _, d in sold}.items()]
    )
    lines = pd.DataFrame(
        [
            {"order_id": o, "sku": s, "qty": 1.0, "paid_price": 100.0, "unit_cost": 60.0}
            for o, s, _ in sold
        ]
    )
    base = {"sku": None, "reason": None, "grade": None, "refund_ts": None}
    rows = [{"return_id": f"r{i}", **base, **r} for i, r in enumerate(back)]
    empty = ["return_id", "order_id", "request_ts", *base]
    asked = stamps(pd.DataFrame(rows or None, columns=None if rows else empty))
    for name in ("return_id", "order_id", "sku", "reason", "grade"):
        asked[name] = asked[name].astype("str" if asked[name].notna().all() else "object")
    return shop_of(orders=made, order_lines=lines, returns=asked.astype(_text(asked)), **tables)


def _text(frame: pd.DataFrame) -> dict[str, str]:
    names = ("return_id", "order_id", "sku", "reason", "grade")
    return {name: "string" for name in names if name in frame}


def many_sales(days: int, per_day: int, rate: float, seed: int) -> tuple[list[Any], list[Any]]:
    """Sales of every day and their returns, with delays of 1 to 15 days (binomial)."""
    rng = np.random.default_rng(seed)
    sold, back = [], []
    for day in range(days):
        for i in range(per_day):
            name = f"o{day}_{i}"
            sold.append((name, f"s{i % 5}", day + 0.5))
            if rng.random() < rate:
                delay = 1 + rng.binomial(14, 0.4)
                back.append({"order_id": name, "sku": f"s{i % 5}",
                             "request_ts": at(day + 0.5 + delay)})  # fmt: skip
    return sold, back

"""Small shops with visits and events whose faults are known, for tracking and paths."""

import numpy as np
import pandas as pd

from made_shop import shop_of
from opsbook.shop.shop import Shop

START = pd.Timestamp("2026-01-05")
DEVICES = {"mobile": 0.6, "desktop": 0.3, "tablet": 0.1}


def walked(
    days: int = 98, a_day: int = 60, seed: int = 0, devices: dict[str, float] | None = None
) -> dict[str, pd.DataFrame]:
    """Sessions, events, orders and lines of a shop in which everything is seen.

    Six in ten visits see a product, half of those fill a cart, half of those check out,
    eight in ten of those pay.
    """
    rng = np.random.default_rng(seed)
    names = devices or DEVICES
    n = days * a_day
    sessions = pd.DataFrame(
        {
            "session_id": [f"s{i}" for i in range(n)],
            "visitor_id": [f"v{i % (n // 2)}" for i in range(n)],
            "customer_id": [f"c{i}" for i in range(n)],
            "start_ts": START
            + pd.to_timedelta(np.arange(n) // a_day, unit="D")
            + pd.to_timedelta(rng.integers(8 * 3600, 20 * 3600, n), unit="s"),
            "device": rng.choice(list(names), n, p=list(names.values())),
        }
    )
    depth = (rng.random((n, 4)) < [0.6, 0.5, 0.5, 0.8]).cumprod(axis=1).sum(axis=1)
    parts = [
        sessions.assign(type="view", sku=None, page="home", after=0),
        sessions[depth >= 1].assign(type="view", sku="p1", page="product", after=20),
        sessions[depth >= 2].assign(type="cart", sku="p1", page="product", after=60),
        sessions[depth >= 3].assign(type="checkout", sku=None, page="checkout", after=120),
        sessions[depth >= 4].assign(type="pay", sku=None, page="checkout", after=180),
    ]
    events = pd.concat(parts, ignore_index=True)
    events["event_ts"] = events["start_ts"] + pd.to_timedelta(events["after"], unit="s")
    events["event_id"] = [f"e{i}" for i in range(len(events))]
    events["sku"] = events["sku"].astype("string")
    bought = sessions[depth >= 4]
    orders = pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(len(bought))],
            "customer_id": bought["customer_id"].to_numpy(),
            "order_ts": (bought["start_ts"] + pd.Timedelta(seconds=150)).to_numpy(),
            "pay_ts": (bought["start_ts"] + pd.Timedelta(seconds=180)).to_numpy(),
        }
    )
    lines = pd.DataFrame(
        {
            "order_id": orders["order_id"], "sku": "p1", "qty": 1.0, "paid_price": 100.0,
            "unit_cost": 60.0,
        }
    )  # fmt: skip
    return {"sessions": sessions, "events": events, "orders": orders, "order_lines": lines}


def opened(tables: dict[str, pd.DataFrame]) -> Shop:
    """The shop of these tables; helper columns of the events are dropped."""
    kept = ["event_id", "session_id", "event_ts", "type", "sku", "page"]
    events = tables["events"]
    return shop_of(**{**tables, "events": events[[c for c in kept if c in events.columns]]})


def on_days(frame: pd.DataFrame, first: int, last: int, device: str | None) -> "pd.Series":
    """Events of visits that began on these days, from 0, on this device."""
    day = (frame["start_ts"].dt.normalize() - START).dt.days
    found = day.between(first, last)
    return found if device is None else found & (frame["device"] == device)

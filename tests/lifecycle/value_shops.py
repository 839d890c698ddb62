"""Shops made of purchases, for the tests of customer value."""

import ibis
import numpy as np
import pandas as pd

from opsbook.shop.contract import contract
from opsbook.shop.door import conform
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop


def shop_of_purchases(frame: pd.DataFrame, **tables: pd.DataFrame) -> Shop:
    """One order with one line per row: ``customer`` (None for a guest), ``day``, ``amount``.

    Optional: ``status``, ``cost``. Without ``amount`` the shop has no order lines.
    """
    numbers = [f"o{i:06d}" for i in range(len(frame))]
    orders = pd.DataFrame(
        {
            "order_id": numbers,
            "customer_id": frame["customer"].astype("string"),
            "order_ts": pd.to_datetime(frame["day"]),
        }
    )
    if "status" in frame:
        orders["status"] = frame["status"].to_numpy()
    tables["orders"] = orders
    if "amount" in frame:
        lines = {"order_id": numbers, "line_id": "1", "sku": "s", "qty": 1.0}
        lines["paid_amount"] = frame["amount"].to_numpy(float)
        if "cost" in frame:
            lines["unit_cost"] = frame["cost"].to_numpy(float)
        tables["order_lines"] = pd.DataFrame(lines)
    engine = ibis.duckdb.connect()
    entries = {
        name: conform(engine.create_table(name, table), contract()[name])
        for name, table in tables.items()
    }
    return Shop("test", Settings(name="Test", currency="CNY"), entries)


def buy_till_you_leave(
    rng: np.random.Generator,
    *,
    customers: int,
    days: int,
    r: float,
    alpha: float,
    a: float,
    b: float,
) -> pd.DataFrame:
    """Purchases of the BG/NBD process: ``customer, at`` (days, fractional), in days."""
    rate, leave = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    who, now = np.arange(customers), rng.uniform(0, days, customers)
    rounds = [pd.DataFrame({"customer": who, "at": now})]
    while len(who):
        now = now + rng.exponential(1.0, len(who)) / np.maximum(rate[who], 1e-12)
        who, now = who[now < days], now[now < days]
        rounds.append(pd.DataFrame({"customer": who, "at": now}))
        stay = rng.random(len(who)) >= leave[who]
        who, now = who[stay], now[stay]
    return pd.concat(rounds, ignore_index=True)

"""A made shop with stock and purchase orders, for tests of stock rules."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

START, DAYS = date(2025, 1, 6), 420


def frames(rng, products=24, *, stock=True, orders=True):
    """A shop that sells and restocks each product every ten days, whatever is left."""
    dates = pd.date_range(START, periods=DAYS)
    daily = rng.gamma(0.7, 0.6, products) + 0.02
    cost = rng.uniform(5, 60, products).round(2)
    lines, shelf, bought = [], [], []
    for k in range(products):
        sku = f"s{k:02d}"
        here, wants = 20, rng.poisson(daily[k], DAYS)
        for n, when in enumerate(dates):
            if n % 10 == k % 10:
                # What is expected for eleven days comes every ten, ordered three to six days ago.
                pieces = int(np.ceil(daily[k] * 11))
                took = int(rng.integers(3, 7))
                bought.append(
                    (f"p{k}-{n}", f"V{k % 3}", sku, when - timedelta(days=took), when, pieces)
                )
                here += pieces
            sold = min(int(wants[n]), here)
            here -= sold
            if sold:
                lines.append(
                    (f"o{k}-{n}", when + timedelta(hours=10), sku, sold, cost[k] * 1.7, cost[k])
                )
            shelf.append((when, sku, "W", here))
    names = ["order_id", "order_ts", "sku", "qty", "paid_price", "unit_cost"]
    table = pd.DataFrame(lines, columns=names)
    out = {
        "orders": table[["order_id", "order_ts"]].assign(status="completed"),
        "order_lines": table.drop(columns="order_ts").assign(line_id="1"),
        "products": pd.DataFrame(
            {
                "sku": [f"s{k:02d}" for k in range(products)],
                "category": np.where(np.arange(products) % 2, "x", "y"),
                "list_price": cost * 2,
                "unit_cost": cost,
                "launch_date": START - timedelta(days=90),
            }
        ),
    }
    if stock:
        rows = pd.DataFrame(shelf, columns=["date", "sku", "warehouse_id", "on_hand"])
        out["inventory_daily"] = rows.assign(reserved=0)
    if orders:
        names = ["po_id", "supplier_id", "sku", "order_date", "received_date", "qty"]
        placed = pd.DataFrame(bought, columns=names)
        out["purchase_orders"] = placed.assign(
            promised_date=placed["order_date"] + timedelta(days=5), received_qty=placed["qty"]
        )
    return out

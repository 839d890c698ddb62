"""A small shop with suppliers whose figures can be counted by hand."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from made_shop import shop_of
from opsbook.shop.shop import Shop

END = date(2025, 7, 1)


def dated(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A frame whose date columns are dates, empty ones included."""
    frame = pd.DataFrame(rows)
    for name in frame.columns:
        if name.endswith("_date") or name.endswith("_ts") or name == "date":
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
        elif frame[name].isna().all():
            frame[name] = frame[name].astype("float64")
    return frame


def order(
    po: str,
    supplier: str,
    ordered: date,
    lead: int | None,
    *,
    sku: str = "A",
    promise: int = 5,
    qty: float = 10,
    ok: float | None = None,
    price: float = 4.0,
    invoice: float | None = None,
) -> dict[str, Any]:
    """One line of a purchase order; no lead time means still open."""
    good = qty if ok is None else ok
    came = lead is not None
    return {
        "po_id": po,
        "supplier_id": supplier,
        "sku": sku,
        "order_date": ordered,
        "promised_date": ordered + timedelta(days=promise),
        "received_date": ordered + timedelta(days=lead) if lead is not None else None,
        "qty": qty,
        "received_qty": qty if came else None,
        "qty_ok": good if came else None,
        "price": price,
        "invoice_amount": (price * good if invoice is None else invoice) if came else None,
    }


def history(
    supplier: str, leads: list[int | None], *, every: int = 5, **more: Any
) -> list[dict[str, Any]]:
    """Purchase orders that end a few weeks before END, one every few days."""
    first = END - timedelta(days=20 + every * len(leads))
    return [
        order(f"{supplier}{k}", supplier, first + timedelta(days=every * k), lead, **more)
        for k, lead in enumerate(leads)
    ]


def sales(skus: dict[str, float], *, days: int = 60, customers: int = 5) -> dict[str, pd.DataFrame]:
    """One piece of each product a day at its price, at half of it in cost."""
    orders, lines = [], []
    for k in range(days):
        when = pd.Timestamp(END) - pd.Timedelta(days=k + 1)
        orders.append({"order_id": f"o{k}", "customer_id": f"c{k % customers}",
                       "order_ts": when, "status": "paid"})  # fmt: skip
        lines += [
            {"order_id": f"o{k}", "sku": sku, "qty": 1.0, "paid_price": price,
             "unit_cost": price / 2}
            for sku, price in skus.items()
        ]  # fmt: skip
    return {"orders": dated(orders), "order_lines": pd.DataFrame(lines)}


def shop_with(purchases: list[dict[str, Any]], **tables: pd.DataFrame) -> Shop:
    """A shop from purchase order lines and whatever else there is."""
    return shop_of(purchase_orders=dated(purchases), **tables)

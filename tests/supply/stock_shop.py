"""Small shops with stock, sales and receipts, for tests of the health of stock."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from made_shop import shop_of
from opsbook.shop.shop import Shop

END = date(2025, 3, 1)


def day(back: int) -> date:
    """So many days before the morning that is judged: 1 is the evening before."""
    return END - timedelta(days=back)


def stock_shop(
    stock: dict[str, list[tuple[int, float]]],
    sold: list[tuple[str, int, float]],
    *,
    cost: dict[str, float] | None = None,
    launch: dict[str, int] | None = None,
    receipts: list[tuple[str, int, float]] | None = None,
    price: float = 10.0,
    more: dict[str, dict[str, Any]] | None = None,
) -> Shop:
    """A shop by days before END.

    Args:
        stock: By SKU, pieces on hand on the evening so many days before END.
        sold: SKU, days before END, pieces; at ``price`` each.
        cost: Unit cost by SKU; 4 where not told.
        launch: Days before END of the launch, by SKU; 400 where not told.
        receipts: SKU, days before END, pieces.
        price: Paid for a piece.
        more: Further columns of the stock table by SKU.
    """
    skus = sorted({*stock, *(s for s, _, _ in sold), *(launch or {})})
    cost, launch = cost or {}, launch or {}
    rows = [
        {"date": day(back), "sku": sku, "warehouse_id": "W", "on_hand": pieces,
         **(more or {}).get(sku, {})}
        for sku, days in stock.items() for back, pieces in days
    ]  # fmt: skip
    sold = sold or [("none", 900, 1.0)]
    tables = {
        "inventory_daily": pd.DataFrame(rows),
        "products": pd.DataFrame(
            {
                "sku": skus,
                "category": "c",
                "launch_date": [day(launch.get(s, 400)) for s in skus],
                "list_price": price,
                "unit_cost": [cost.get(s, 4.0) for s in skus],
            }
        ),
        "orders": pd.DataFrame(
            {
                "order_id": [f"o{i}" for i in range(len(sold))],
                "order_ts": [pd.Timestamp(day(back)) + pd.Timedelta("12h") for _, back, _ in sold],
            }
        ),
        "order_lines": pd.DataFrame(
            {
                "order_id": [f"o{i}" for i in range(len(sold))],
                "line_id": "1",
                "sku": [s for s, _, _ in sold],
                "qty": [q for _, _, q in sold],
                "paid_price": price,
                "unit_cost": [cost.get(s, 4.0) for s, _, _ in sold],
            }
        ),
    }
    if receipts is not None:
        tables["purchase_orders"] = pd.DataFrame(
            {
                "po_id": [f"p{i}" for i in range(len(receipts))],
                "supplier_id": "S",
                "sku": [s for s, _, _ in receipts],
                "order_date": [day(back + 5) for _, back, _ in receipts],
                "received_date": [day(back) for _, back, _ in receipts],
                "qty": [q for _, _, q in receipts],
                "price": 4.0,
            }
        )
    return shop_of(**tables)


def steady(pieces: float, days: int = 30) -> list[tuple[int, float]]:
    """The same stock on every one of the last days."""
    return [(back, pieces) for back in range(1, days + 1)]

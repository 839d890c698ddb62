"""A demand panel made of rows, for tests that need no shop."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from opsbook.common.demand import DemandPanel


def panel_of(
    sold: Sequence[Sequence[float]],
    *,
    free: Sequence[Sequence[float]] | None = None,
    left: Sequence[Sequence[float]] | None = None,
    category: Sequence[str] | None = None,
    cost: float = 6.0,
    price: float = 10.0,
) -> DemandPanel:
    """A panel from 2025-01-01 on, everything on sale; stock everywhere unless given."""
    pieces = np.asarray(sold, np.float32)
    n = len(pieces)
    start = np.asarray(free, np.float32) if free is not None else np.ones_like(pieces)
    end = np.asarray(left, np.float32) if left is not None else start.copy()
    skus = pd.DataFrame(
        {
            "sku": [f"S{k}" for k in range(n)],
            "category": list(category) if category is not None else ["A"] * n,
            "launch_date": pd.Timestamp("2024-01-01"),
            "unit_cost": cost,
            "list_price": price,
            "first_sale": pd.Timestamp("2024-06-01"),
        }
    )
    return DemandPanel(
        skus=skus,
        dates=pd.date_range("2025-01-01", periods=pieces.shape[1]),
        sold=pieces,
        free=start,
        left=end,
        stock=np.where(np.isfinite(end), end * 10, np.nan).astype(np.float32),
        on_sale=np.ones_like(pieces, bool),
        price=np.full_like(pieces, price),
        cut=np.zeros_like(pieces),
        left_out=pd.DataFrame(columns=["reason", "weeks", "skus", "pieces"]),
        currency="CNY",
        shop="Test",
    )

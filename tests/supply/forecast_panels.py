"""Panels of made-up demand whose truth is known, for tests of the forecast."""

from datetime import date

import numpy as np
import pandas as pd

from made_shop import shop_of
from opsbook.common.demand import DemandPanel
from opsbook.shop.shop import Shop

START = date(2024, 3, 4)
WEEK = np.array([0.8, 0.8, 0.9, 1.0, 1.1, 1.3, 1.1])
"""Planted factor of each weekday, Monday first; mean 1."""


def bare_shop() -> Shop:
    """A shop that says nothing but its currency: the calendar is China's."""
    return shop_of(
        orders=pd.DataFrame({"order_id": ["1"], "order_ts": [pd.Timestamp("2024-03-04 10:00")]})
    )


def panel_of(
    sold: np.ndarray,
    *,
    start: date = START,
    category: list[str] | None = None,
    free: np.ndarray | None = None,
    cost: float = 6.0,
    price: float = 10.0,
    launch: list[date] | None = None,
    stock: np.ndarray | None = None,
) -> DemandPanel:
    """A panel from sales, SKU x day; always on sale from launch, shelves full unless given."""
    n, days = sold.shape
    dates = pd.date_range(start, periods=days)
    begin = pd.to_datetime(launch if launch is not None else [start] * n)
    full = np.ones((n, days), np.float32)
    free = full if free is None else free.astype(np.float32)
    return DemandPanel(
        skus=pd.DataFrame(
            {
                "sku": [f"P{i:05d}" for i in range(n)],
                "category": category or ["A"] * n,
                "launch_date": begin,
                "unit_cost": cost,
                "list_price": price,
                "first_sale": begin,
            }
        ),
        dates=dates,
        sold=sold.astype(np.float32),
        free=free,
        left=free,
        stock=full * 20 if stock is None else stock.astype(np.float32),
        on_sale=np.asarray(dates.to_numpy()[None, :] >= begin.to_numpy()[:, None]),
        price=full * price,
        cut=full * 0,
        left_out=pd.DataFrame({"reason": [], "skus": [], "pieces": []}),
        currency="CNY",
        shop="Made",
    )


def drawn(
    n: int, days: int, *, seed: int = 0, mean: float = 2.0, start: date = START
) -> tuple[np.ndarray, np.ndarray]:
    """Poisson sales and their planted means: popularity x weekday x a slow season."""
    rng = np.random.default_rng(seed)
    rate = mean * rng.gamma(1.0, 1.0, n)[:, None] + 0.05
    when = pd.date_range(start, periods=days)
    season = 1 + 0.2 * np.sin(2 * np.pi * when.day_of_year.to_numpy() / 365)
    truth = rate * WEEK[when.day_of_week.to_numpy()] * season
    return rng.poisson(truth), truth

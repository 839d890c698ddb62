"""A shop about to order: a forecast that is known by heart, policies by hand, few products."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
from scipy.stats import poisson

from made_shop import shop_of

END = date(2025, 3, 1)


class KnownForecast:
    """Poisson demand of so many pieces a day, for ever."""

    currency, shop = "CNY", "Test"

    def __init__(self, skus, daily, *, price=20.0, unit_cost=10.0):
        self.daily = np.asarray(daily, float)
        n = len(self.daily)
        frame = pd.DataFrame({"sku": skus, "category": "x", "unit_cost": unit_cost})
        self.panel = SimpleNamespace(
            skus=frame.assign(list_price=price),
            end=END,
            sold=np.tile(self.daily[:, None], (1, 100)).astype(np.float32),
            price=np.full((n, 100), price, np.float32),
            currency="CNY",
            shop="Test",
        )

    def over(self, days):
        mean = self.daily * np.broadcast_to(np.asarray(days, float), self.daily.shape)
        return pd.DataFrame({"sku": self.panel.skus["sku"], "mean": mean, "sd": np.sqrt(mean)})

    def over_quantile(self, days, level):
        return poisson.ppf(level, self.daily * np.asarray(days, float))


def policies_of(skus, daily, **columns):
    """Lead time 5 days, review 7, lots of 10, reorder point at 12 days' sales."""
    daily = np.asarray(daily, float)
    frame = pd.DataFrame({"sku": skus, "category": "x", "supplier_id": "V", "abc": "A"})
    frame = frame.assign(
        daily=daily, lead_days=5.0, lead_sd=0.0, protect_days=12.0, protect_mean=daily * 12,
        protect_sd=np.sqrt(daily * 12), reorder_point=np.ceil(daily * 12), order_quantity=10,
        up_to=np.ceil(daily * 12) + 10, stock_now=0.0, on_way=0.0, unit_cost=10.0, left_out="",
        assumed_lead=False,
    )  # fmt: skip
    return frame.assign(**columns)


def order_shop(skus, *, moq=0.0, stock=None, **products):
    """Products, one evening's stock, one supplier, one old order of each product."""
    n = len(skus)
    facts = {"pack_qty": 1, "volume_l": 1.0, "category": "x", **products}
    evening = {"on_hand": np.zeros(n), "reserved": np.zeros(n), **(stock or {})}
    suppliers = sorted({"V", "W"})
    return shop_of(
        products=pd.DataFrame({"sku": skus, **facts}),
        suppliers=pd.DataFrame({"supplier_id": suppliers, "moq": [moq] * len(suppliers)}),
        inventory_daily=pd.DataFrame(
            {"date": [date(2025, 2, 28)] * n, "sku": skus, "warehouse_id": "H", **evening}
        ),
        purchase_orders=pd.DataFrame(
            {
                "po_id": [f"p{k}" for k in range(n)],
                "supplier_id": "V",
                "sku": skus,
                "order_date": date(2025, 1, 2),
                "received_date": date(2025, 1, 8),
                "qty": 5.0,
                "price": 10.0,
            }
        ),
    )

"""Daily slices with a planted drop, for the tests of the drill."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

import opsbook
from opsbook.reference.calendar import shop_events
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days, sales_lines
from opsbook.traffic.order_slices import SLICES, sliced_orders

Where = tuple[tuple[str, str], ...]


class Orders:
    """The orders of a shop's last ten weeks, to be dealt anew and robbed of a slice."""

    def __init__(self, folder: Path) -> None:
        shop = opsbook.open_shop(str(folder))
        self.span = data_days(shop)
        self.period = Period(self.span.end - timedelta(days=14), self.span.end)
        self.base = Period(self.period.start - timedelta(weeks=8), self.period.start)
        days = Period(self.base.start, self.period.end)
        self.calendar = shop_events(shop, days.start, days.end)
        lines = in_days(sales_lines(shop), days.start, days.end)
        goods = lines.group_by("order_id", "category").aggregate(gmv=lines.amount.sum())
        orders = sliced_orders(shop, days).drop("order_ts", "buyer").execute()
        orders["day"] = pd.to_datetime(orders["day"])
        self.orders = orders.sort_values("order_id", ignore_index=True)
        self.goods = goods.execute().sort_values(["order_id", "category"], ignore_index=True)
        self.names = [n for n in SLICES if n in orders.columns or n == "category"]

    def dealt(self, rng: np.random.Generator) -> pd.DataFrame:
        """Lines with their slices, the days dealt anew among orders: nothing has changed."""
        orders = self.orders.assign(day=rng.permutation(self.orders["day"].to_numpy()))
        lines = self.goods.merge(orders, on="order_id")
        lines["orders"] = lines["gmv"] / lines.groupby("order_id")["gmv"].transform("sum")
        return lines

    def large(self, lines: pd.DataFrame, least: float) -> list[Where]:
        """Slices with at least that share of orders, but not nearly all of them."""
        total = lines["orders"].sum()
        return [
            ((name, str(value)),)
            for name in self.names
            for value, n in lines.groupby(name)["orders"].sum().items()
            if least <= n / total <= 0.9 and value != "(unknown)"
        ]

    def robbed(
        self, lines: pd.DataFrame, where: Where, share: float, rng: np.random.Generator
    ) -> pd.DataFrame:
        """Lines without a share of a slice's orders in the last 14 days."""
        inside = (lines["day"] >= pd.Timestamp(self.period.start)).to_numpy(copy=True)
        for name, value in where:
            inside &= (lines[name] == value).to_numpy()
        ids = np.sort(lines.loc[inside, "order_id"].unique())
        gone = lines["order_id"].isin(rng.choice(ids, round(share * len(ids)), replace=False))
        # Of a basket with other goods only the goods of the category are not sold.
        return lines[~(gone.to_numpy() & inside)]

    def daily(self, lines: pd.DataFrame) -> pd.DataFrame:
        """The form of ``order_slices``."""
        squares = lines.assign(gmv_squares=lines["gmv"] ** 2, order_squares=lines["orders"] ** 2)
        values = ["gmv", "orders", "gmv_squares", "order_squares"]
        return squares.groupby(["day", *self.names])[values].sum().reset_index()

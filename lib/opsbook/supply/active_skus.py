"""The active-SKU rate: which share of the range sold at all, and what the rest is doing."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.stock_items import StockItems, in_range, stock_items

__all__ = ["STATES", "ActiveSkus", "active_skus"]

STATES = ("active", "silent", "new", "gone")
"""Sold; could be bought and was not; not yet ``new_days`` on sale; nothing to buy."""


@dataclass(frozen=True)
class ActiveSkus:
    """Every product of the catalogue in one of four states.

    Args:
        items: The stock and sales of the window.
        skus: One row per SKU: ``items.frame`` with ``state`` in STATES.
        states: One row per state: ``state, skus, value`` (stock at cost), ``sales``.
        categories: One row per category, lowest rate first: ``category, on_sale, active,
            rate, silent_value``.
        new_days: Days on sale below which a product without a sale is not called silent.
    """

    items: StockItems
    skus: pd.DataFrame
    states: pd.DataFrame
    categories: pd.DataFrame
    new_days: int

    def count(self, *states: str) -> int:
        """Products in these states."""
        return int(self.skus["state"].isin(states).sum())

    @property
    def rate(self) -> float:
        """SKUs with a sale over SKUs that could be bought, new ones included."""
        could = self.count("active", "silent", "new")
        return self.count("active") / could if could else float("nan")

    @property
    def catalogue_rate(self) -> float:
        """SKUs with a sale over every SKU of the catalogue, sold out and retired included."""
        return self.count("active") / len(self.skus) if len(self.skus) else float("nan")

    @property
    def silent_value(self) -> float:
        """Stock at cost of products that could be bought and were not."""
        return float(self.skus.loc[self.skus["state"] == "silent", "value"].sum())


@shared
def active_skus(
    shop: Shop, end: date | None = None, *, days: int = 30, new_days: int = 30
) -> ActiveSkus:
    """Tell active, silent, new and sold-out products apart.

    On sale is what had stock on a day of the window or was sold in it. The catalogue alone
    does not say it: it keeps what nobody sells any more.

    Args:
        shop: What ``stock_items`` needs.
        end: The morning; the one after the last record unless given.
        days: Window, 7 to 730 days.
        new_days: Days on sale below which a product without a sale is new, 0 to 365.

    Raises:
        CannotTell: A table is missing, or there is no stock on record.
        ParameterError: A parameter is out of range.
    """
    in_range("new_days", new_days, 0, 365)
    items = stock_items(shop, end, days=days)
    frame = items.frame
    sold = frame["pieces"] > 0
    could = sold | (frame["stock_days"] > 0)
    # A product of unknown age had time enough.
    young = frame["since"].fillna(np.inf) < new_days
    state = np.select([sold, ~could, young], ["active", "gone", "new"], "silent")
    skus = frame.assign(state=state)
    grouped = skus.groupby("state")
    states = pd.DataFrame(
        {"skus": grouped.size(), "value": grouped["value"].sum(), "sales": grouped["sales"].sum()}
    ).reindex(list(STATES), fill_value=0)
    on_sale = skus[skus["state"] != "gone"]
    marks = on_sale.assign(
        is_active=on_sale["state"] == "active",
        silent_value=on_sale["value"].where(on_sale["state"] == "silent", 0.0),
    ).groupby("category")
    categories = pd.DataFrame({
        "on_sale": marks.size(), "active": marks["is_active"].sum().astype(int),
        "rate": marks["is_active"].mean(), "silent_value": marks["silent_value"].sum(),
    })  # fmt: skip
    return ActiveSkus(
        items=items,
        skus=skus,
        states=states.rename_axis("state").reset_index(),
        categories=categories.reset_index().sort_values("rate", ignore_index=True),
        new_days=new_days,
    )

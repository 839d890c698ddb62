"""How old the stock is: first in, first out against receipts, or days since the last sale."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
import numpy as np
import pandas as pd

from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.stock_items import StockItems, stock_items

__all__ = ["BANDS", "Ageing", "ageing", "fifo_layers"]

BANDS = (30, 60, 90, 180, 365)
"""Upper ends of the age bands, in days; what is older stands in a last band."""
Method = Literal["fifo", "last_sale"]


@dataclass(frozen=True)
class Ageing:
    """Age of what is left.

    Args:
        items: The stock.
        method: ``fifo``: by receipts in purchase_orders; ``last_sale``: days since the last
            sale, else since it was first in stock.
        bands: One row per band, youngest first: ``from_day, to_day`` (None: no end),
            ``value`` (at cost), ``pieces, skus, share`` (of value).
        skus: One row per SKU with stock, most value beyond the old limit first: ``sku,
            category, on_hand, value, mean_age, oldest, old_value``.
        old_days: Age from which stock counts as old.
        undated: Value that no receipt explains, dated by the start of the record: it is at
            least that old.
    """

    items: StockItems
    method: Method
    bands: pd.DataFrame
    skus: pd.DataFrame
    old_days: int
    undated: float

    @property
    def old(self) -> float:
        """Value of stock older than ``old_days``."""
        return float(self.skus["old_value"].sum())


def fifo_layers(on_hand: pd.Series, receipts: pd.DataFrame) -> pd.DataFrame:
    """Which receipts the pieces on hand come from, if what came first left first.

    Args:
        on_hand: Pieces by SKU.
        receipts: One row per SKU and day of receipt: ``sku, received, pieces``.

    Returns:
        One row per layer that is left: ``sku, received, left``; what no receipt explains has
        no date.

    Example:
        >>> got = pd.DataFrame({"sku": "a", "received": [1, 5], "pieces": [10.0, 4.0]})
        >>> fifo_layers(pd.Series({"a": 6.0}), got)["left"].tolist()
        [4.0, 2.0]
    """
    late = receipts.sort_values(["sku", "received"], ascending=[True, False], ignore_index=True)
    stock = late["sku"].map(on_hand).fillna(0.0).astype("float64")
    later = late.groupby("sku")["pieces"].cumsum() - late["pieces"]
    left = np.minimum(late["pieces"], (stock - later).clip(lower=0.0))
    layers = late.assign(left=left)[left > 0][["sku", "received", "left"]]
    rest = on_hand - layers.groupby("sku")["left"].sum().reindex(on_hand.index).fillna(0.0)
    rest = rest[rest > 1e-9]
    unknown = pd.DataFrame({"sku": rest.index, "received": pd.NaT, "left": rest.to_numpy()})
    return layers if unknown.empty else pd.concat([layers, unknown], ignore_index=True)


@shared
def ageing(shop: Shop, end: date | None = None, *, old_days: int = 90) -> Ageing:
    """Stock at cost by age.

    Args:
        shop: What ``stock_items`` needs; ``purchase_orders`` date the layers.
        end: The morning; the one after the last record unless given.
        old_days: Age from which stock counts as old, 1 to 3650 days.

    Raises:
        CannotTell: A table is missing, or there is no stock on record.
    """
    items = stock_items(shop, end)
    held = items.frame[items.frame["on_hand"] > 0].set_index("sku")
    dated = shop.has("purchase_orders", "sku", "received_date", "qty")
    if dated:
        layers = fifo_layers(held["on_hand"], _receipts(shop, items.end))
        start = held["first_stock"].min()
        when = pd.to_datetime(layers["received"])
        undated = layers["left"].where(when.isna(), 0.0)
        cost = layers["sku"].map(held["unit_cost"]).astype("float64").fillna(0.0)
        undated_value = float((undated * cost).sum())
        # Beyond the record nobody knows: at least as old as the record.
        age = (pd.Timestamp(items.end) - when.fillna(start)).dt.days
        layers = layers.assign(age=age.astype("float64"))
    else:
        last = held["last_sale"].fillna(held["first_stock"]).fillna(held["launch_date"])
        age = (pd.Timestamp(items.end) - last).dt.days.astype("float64")
        layers = pd.DataFrame({"sku": held.index, "left": held["on_hand"], "age": age})
        layers = layers.reset_index(drop=True)
        undated_value = 0.0
    # Without a single piece the names map to text, which cannot be multiplied.
    each = layers["sku"].map(held["unit_cost"]).astype("float64").fillna(0.0)
    layers = layers.assign(left=layers["left"].astype("float64"))
    layers = layers.assign(value=layers["left"] * each)
    return Ageing(
        items=items,
        method="fifo" if dated else "last_sale",
        bands=_bands(layers),
        skus=_by_sku(layers, held, old_days),
        old_days=old_days,
        undated=undated_value,
    )


def _receipts(shop: Shop, end: date) -> pd.DataFrame:
    po = shop.purchase_orders
    po = po.filter(po.received_date < ibis.literal(end), po.received_date.notnull())
    got = po.received_qty.fill_null(po.qty) if "received_qty" in po.columns else po.qty
    found = po.group_by("sku", received=po.received_date).aggregate(pieces=got.sum()).execute()
    found["received"] = pd.to_datetime(found["received"])
    return found[found["pieces"] > 0].astype({"pieces": "float64"})


def _bands(layers: pd.DataFrame) -> pd.DataFrame:
    edges = [-np.inf, *BANDS, np.inf]
    place = pd.cut(layers["age"], edges, labels=False, right=False)
    grouped = layers.assign(band=place).groupby("band")
    table = pd.DataFrame({
        "value": grouped["value"].sum(), "pieces": grouped["left"].sum(),
        "skus": grouped["sku"].nunique(),
    }).reindex(range(len(BANDS) + 1), fill_value=0)  # fmt: skip
    table.insert(0, "from_day", [0, *BANDS])
    table.insert(1, "to_day", [*BANDS, None])
    total = float(table["value"].sum())
    table["share"] = table["value"] / total if total > 0 else 0.0
    return table.reset_index(drop=True)


def _by_sku(layers: pd.DataFrame, held: pd.DataFrame, old_days: int) -> pd.DataFrame:
    old = layers["value"].where(layers["age"] >= old_days, 0.0)
    work = layers.assign(old=old, weighed=layers["age"] * layers["left"])
    grouped = work.groupby("sku")
    table = held[["category", "on_hand", "value"]].join(
        pd.DataFrame({
            "mean_age": grouped["weighed"].sum() / grouped["left"].sum(),
            "oldest": grouped["age"].max(), "old_value": grouped["old"].sum(),
        })
    )  # fmt: skip
    table = table.rename_axis("sku").reset_index()
    return table.sort_values(["old_value", "value"], ascending=False, ignore_index=True)

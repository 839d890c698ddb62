"""What a purchase order has to know of a product: pack, price, room, shelf life, what is owed."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand import DemandPanel
from opsbook.shop.shop import Shop

__all__ = ["order_facts", "paid_margin", "smallest_orders"]

Floats = NDArray[np.float64]

_RECENT = 91
"""Days whose price a piece is expected to fetch."""


def order_facts(shop: Shop, skus: pd.Series, end: date) -> pd.DataFrame:
    """One row per product, in the order given.

    Args:
        shop: ``products``, ``purchase_orders`` and ``inventory_daily``, as far as there.
        skus: Products.
        end: First day that is not known yet.

    Returns:
        ``pack_qty`` (1 if unknown), ``shelf_life_days, volume_l`` (NaN if unknown), ``price``
        (of the latest purchase order that names one, NaN), ``owed`` (pieces promised beyond
        what is there, all warehouses), ``below_zero`` (a record of fewer than no pieces),
        ``recorded`` (whether any stock record names it).
    """
    out = pd.DataFrame(index=pd.Index(skus, name="sku"))
    out["pack_qty"], out["shelf_life_days"], out["volume_l"] = 1.0, np.nan, np.nan
    have = [
        c for c in ("pack_qty", "shelf_life_days", "volume_l") if shop.has("products", "sku", c)
    ]
    if have:
        known = shop.products.select("sku", *have).execute().drop_duplicates("sku")
        known = known.set_index("sku").reindex(out.index)
        for name in have:
            out[name] = pd.to_numeric(known[name]).astype(float)
        out["pack_qty"] = out["pack_qty"].fillna(1.0)
    out["pack_qty"] = out["pack_qty"].clip(lower=1).astype(int)
    out["price"] = np.nan
    if shop.has("purchase_orders", "sku", "price", "order_date"):
        po = shop.purchase_orders
        po = po.filter(po.order_date < ibis.literal(end), po.price > 0)
        last = po.group_by("sku").aggregate(last=po.order_date.max())
        at = po.inner_join(last, ["sku", po.order_date == last["last"]])
        price = at.group_by("sku").aggregate(price=at.price.mean()).execute()
        out["price"] = price.set_index("sku")["price"].astype(float).reindex(out.index)
    return out.join(_stock_record(shop, end).reindex(out.index)).assign(
        owed=lambda f: f["owed"].fillna(0.0),
        below_zero=lambda f: f["below_zero"].eq(True),
        recorded=lambda f: f["recorded"].eq(True),
    )


def _stock_record(shop: Shop, end: date) -> pd.DataFrame:
    """Last evening with a record: what is promised beyond what is there."""
    names = ["owed", "below_zero", "recorded"]
    if not shop.has("inventory_daily", "date", "sku", "on_hand"):
        return pd.DataFrame(columns=names)
    stock = shop.inventory_daily
    stock = stock.filter(stock.date < ibis.literal(end))
    last = stock.date.max().execute()
    if pd.isna(last):
        return pd.DataFrame(columns=names)
    now = stock.filter(stock.date == ibis.literal(pd.Timestamp(last).date()))
    free = now.on_hand.fill_null(0)
    if "reserved" in now.columns:
        free = free - now.reserved.fill_null(0)
    short = ibis.greatest(-free, 0)
    if "system_qty" in now.columns:
        # A sales system below zero has sold what is not there.
        short = ibis.greatest(short, -now.system_qty.fill_null(0))
    now = now.mutate(short=short, bad=(now.on_hand < 0).fill_null(False))
    found: pd.DataFrame = (
        now.group_by("sku").aggregate(owed=now.short.sum(), below_zero=now.bad.any()).execute()
    )
    found["owed"] = found["owed"].astype(float)
    return found.assign(recorded=True).set_index("sku")[names]


def smallest_orders(shop: Shop, suppliers: pd.Index) -> Floats:
    """Pieces that each supplier's order needs at least; 0 where none is known."""
    if not shop.has("suppliers", "supplier_id", "moq"):
        return np.zeros(len(suppliers))
    known = shop.suppliers.select("supplier_id", "moq").execute().drop_duplicates("supplier_id")
    found = known.set_index("supplier_id")["moq"].astype(float).reindex(suppliers)
    return np.asarray(found.fillna(0.0), np.float64)


def paid_margin(panel: DemandPanel, unit_cost: Floats) -> Floats:
    """Margin per piece at the prices of the last months; NaN where a cost is unknown.

    Args:
        panel: Sales and shelf prices.
        unit_cost: Purchase price per piece.
    """
    sold = np.asarray(panel.sold[:, -_RECENT:], np.float64)
    shelf = np.asarray(panel.price[:, -_RECENT:], np.float64)
    pieces = np.where(np.isfinite(shelf), sold, 0.0)
    total = pieces.sum(axis=1)
    paid = (pieces * np.nan_to_num(shelf)).sum(axis=1) / np.maximum(total, 1e-9)
    last = np.asarray(panel.price[:, -1], np.float64)
    listed = panel.skus["list_price"].to_numpy(np.float64)
    price = np.where(total > 0, paid, np.where(np.isfinite(last), last, listed))
    return np.asarray(price - unit_cost, np.float64)

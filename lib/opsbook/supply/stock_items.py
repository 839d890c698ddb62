"""What lies on the shelves on one morning, product by product, and how it sells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.sales import sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "StockItems", "in_range", "stock_end", "stock_items"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku", "qty"),
    "inventory_daily": ("date", "sku", "on_hand"),
}


@dataclass(frozen=True)
class StockItems:
    """Every product that is listed, was ever sold or ever stocked, on one morning.

    Args:
        end: The morning; stock is that of the last evening on record before it.
        stock_day: That evening.
        days: Days of sales looked back.
        frame: One row per SKU, by SKU: ``sku, category, launch_date, list_price, unit_cost``
            (money per piece, NaN where unknown), ``on_hand, free, in_transit`` (pieces; below
            zero counts as zero), ``negative`` (a record below zero), ``value`` (at cost; zero
            where the cost is unknown), ``stock_days`` (days with stock within ``days``),
            ``first_stock, first_sale, last_sale`` (dates), ``since`` (days since launch, else
            first stock or sale; NaN where none is known), ``pieces, sales, cogs`` (within
            ``days``), ``rate`` (pieces per day on which it had stock).
        currency: ISO code.
        shop: Title of the shop.
    """

    end: date
    stock_day: date
    days: int
    frame: pd.DataFrame
    currency: str
    shop: str

    @property
    def negative(self) -> int:
        """Products with a stock record below zero on the day."""
        return int(self.frame["negative"].sum())

    @property
    def unpriced(self) -> int:
        """Products with stock whose unit cost nobody knows: their value counts as zero."""
        return int(((self.frame["on_hand"] > 0) & self.frame["unit_cost"].isna()).sum())


def in_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a parameter outside its bounds.

    Raises:
        ParameterError: With name, value and bounds.
    """
    if not low <= value <= high:
        raise ParameterError(
            N_("{name} {value} is out of range; use {low} to {high}"),
            name=name,
            value=value,
            low=low,
            high=high,
        )


def stock_end(shop: Shop) -> date:
    """Morning after the last evening whose stock is on record.

    Raises:
        CannotTell: No stock is on record.
    """
    shop.require({"inventory_daily": ("date",)})
    last = shop.inventory_daily.date.max().execute()
    if pd.isna(last):
        raise CannotTell(N_("inventory_daily has no row; without stock there is nothing to judge"))
    return pd.Timestamp(last).date() + timedelta(days=1)


@shared
def stock_items(shop: Shop, end: date | None = None, *, days: int = 30) -> StockItems:
    """Stock, cost and sales of every product, counted in the engine.

    Args:
        shop: Needs ``inventory_daily``, ``orders``, ``order_lines``; takes ``products`` too.
        end: The morning; the one after the last record unless given.
        days: Days of sales looked back, 7 to 730.

    Raises:
        CannotTell: A table is missing, or there is no stock before the day.
        ParameterError: ``days`` is out of range.
    """
    in_range("days", days, 7, 730)
    shop.require(NEEDS)
    end = end or stock_end(shop)
    start = end - timedelta(days=days)
    stock, day = _stock(shop, start, end)
    frame = stock.join(_sales(shop, start, end), how="outer")
    if shop.has("products"):
        frame = _products(shop).join(frame, how="outer")
    columns = ("category", "launch_date", "list_price", "unit_cost")
    frame = frame.assign(**{c: np.nan for c in columns if c not in frame})
    for name in ("launch_date", "first_stock", "first_sale", "last_sale"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[us]")
    for name, other in (("unit_cost", "line_cost"), ("list_price", "line_list")):
        frame[name] = frame[name].astype("float64").fillna(frame[other].astype("float64"))
    counts = ["on_hand", "free", "in_transit", "stock_days", "pieces", "sales", "cogs"]
    frame[counts] = frame[counts].astype("float64").fillna(0.0)
    frame["negative"] = frame["negative"].astype("float64").fillna(0.0) > 0
    frame["category"] = frame["category"].astype(object).fillna("").astype(str)
    begun = frame[["launch_date", "first_stock", "first_sale"]]
    first = begun["launch_date"].fillna(begun.min(axis=1))
    frame["since"] = (pd.Timestamp(end) - first).dt.days.astype("float64")
    frame["value"] = frame["on_hand"] * frame["unit_cost"].fillna(0.0)
    # A shelf that was empty half the time sells twice as fast as the calendar says; a day
    # that sold out counts, though its evening was empty.
    shelf = frame[["stock_days", "sale_days"]].max(axis=1).clip(lower=1.0)
    frame["rate"] = np.where(frame["pieces"] > 0, frame["pieces"] / shelf, 0.0)
    frame = frame.drop(columns=["line_cost", "line_list", "sale_days"])
    # What is launched later is not known yet.
    frame = frame[~(first >= pd.Timestamp(end))]
    frame = frame.rename_axis("sku").reset_index().sort_values("sku", ignore_index=True)
    return StockItems(end, day, days, frame, shop.currency, shop.title)


def _stock(shop: Shop, start: date, end: date) -> tuple[pd.DataFrame, date]:
    """Stock of the last evening before the end, and how long there was any."""
    past = shop.inventory_daily
    past = past.filter(past.date < ibis.literal(end))
    last = past.date.max().execute()
    if pd.isna(last):
        raise CannotTell(N_("inventory_daily has no stock before {day}"), day=end)
    day = pd.Timestamp(last).date()
    there, now = past.on_hand > 0, past.date == ibis.literal(day)
    none = past.on_hand * 0
    held = ibis.greatest(past.on_hand.fill_null(0), 0)
    promised = past.reserved.fill_null(0) if "reserved" in past.columns else none
    coming = past.in_transit.fill_null(0) if "in_transit" in past.columns else none
    recent = there & (past.date >= ibis.literal(start))
    below = past.on_hand < 0
    if "system_qty" in past.columns:
        below = below | (past.system_qty < 0).fill_null(False)
    # One mark per day: two warehouses with stock are one day with stock.
    nth = past.date.delta(ibis.literal(start), unit="day").cast("int32")
    found = past.group_by("sku").aggregate(
        first_stock=past.date.min(where=there),
        stock_days=nth.nunique(where=recent),
        on_hand=held.sum(where=now),
        free=ibis.greatest(held - promised, 0).sum(where=now),
        in_transit=coming.sum(where=now),
        negative=(below & now).sum(),
    )
    return found.execute().dropna(subset=["sku"]).set_index("sku"), day


def _sales(shop: Shop, start: date, end: date) -> pd.DataFrame:
    lines = sales_lines(shop)
    lines = lines.filter(lines.qty > 0, lines.day < ibis.literal(end))
    recent = lines.day >= ibis.literal(start)
    found = lines.group_by("sku").aggregate(
        first_sale=lines.day.min(),
        last_sale=lines.day.max(),
        sale_days=lines.day.nunique(where=recent),
        pieces=lines.qty.sum(where=recent),
        sales=lines.amount.sum(where=recent),
        cogs=lines.cost.sum(where=recent),
        line_cost=lines.cost.sum() / lines.qty.sum(where=lines.cost.notnull()),
        line_list=lines.list_price.max(),
    )
    return found.execute().dropna(subset=["sku"]).set_index("sku")


def _products(shop: Shop) -> pd.DataFrame:
    products = shop.products
    wanted = ("category", "launch_date", "list_price", "unit_cost")
    have = [c for c in wanted if c in products.columns]
    return products.select("sku", *have).execute().drop_duplicates("sku").set_index("sku")

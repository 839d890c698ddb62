"""A shop's range, sales, purchases and cash, week by week: what range growth does to them."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.stock_value import valued_stock

__all__ = ["payable_days", "range_weeks"]

NEEDS = {
    "inventory_daily": ("date", "sku", "on_hand"),
    "products": ("sku", "unit_cost"),
    "order_lines": ("order_id", "sku", "qty"),
    "purchase_orders": ("sku", "order_date", "qty", "price"),
}
DAYS = 7


@shared
def range_weeks(shop: Shop, end: date, *, weeks: int = 104) -> pd.DataFrame:
    """Whole weeks up to ``end``, as known on that morning.

    Args:
        shop: Needs ``inventory_daily``, ``products.unit_cost``, ``order_lines`` and
            ``purchase_orders`` with price.
        end: The morning.
        weeks: Weeks looked back; fewer where stock is on record for fewer.

    Returns:
        One row per week, oldest first: ``week`` (first day), ``skus`` (with stock on its last
        evening), ``launched`` (products first seen in stock or sale), ``stock`` (at cost, last
        evening), ``sales, cogs``, ``sold_skus``, ``ordered`` (goods ordered, at the agreed
        price), ``paid`` (to suppliers, by the day of payment), ``fresh_sales`` (of products
        first sold within 26 weeks, as of that week).

    Raises:
        CannotTell: A table is missing, or stock is on record for under two weeks.
    """
    shop.require(NEEDS)
    first = shop.inventory_daily.date.min().execute()
    have = (end - pd.Timestamp(first).date()).days // DAYS if not pd.isna(first) else 0
    if have < 2:
        raise CannotTell(N_("stock is on record for under two weeks"))
    weeks = min(weeks, have)
    start = end - timedelta(weeks=weeks)
    # Only the last evening of each week is read: stock is a level, not a sum.
    rows = valued_stock(shop, start, end)
    nth = rows.date.delta(ibis.literal(start), unit="day").cast("int32")
    stock = (
        rows.filter(nth % DAYS == DAYS - 1)
        .group_by(nth=nth // DAYS)
        .aggregate(skus=rows.sku.nunique(where=rows.pieces > 0), stock=rows.value.sum())
    )
    sold, bought = _sales(shop, start, end), _bought(shop, start, end)
    parts = [stock, *sold, _launched(shop, start, end), *bought]
    table = pd.DataFrame(index=pd.RangeIndex(weeks, name="nth"))
    for part in parts:
        table = table.join(part.execute().set_index("nth").astype("float64"))
    levels = table[["skus", "stock"]].ffill().bfill()
    table = table.fillna(0.0).assign(skus=levels["skus"], stock=levels["stock"])
    week = pd.Timestamp(start) + pd.to_timedelta(np.arange(weeks) * DAYS, unit="D")
    table.insert(0, "week", week)
    return table.reset_index(drop=True)


def _nth(frame: Frame, column: str, start: date) -> ibis.Value:
    return (frame[column].delta(ibis.literal(start), unit="day") // DAYS).cast("int32")


def _sales(shop: Shop, start: date, end: date) -> list[Frame]:
    lines = sales_lines(shop)
    lines = lines.filter(lines.qty > 0, lines.day < ibis.literal(end))
    begun = lines.group_by("sku").aggregate(first=lines.day.min())
    inside = in_days(lines, start, end)
    week = _nth(inside, "day", start)
    every = inside.group_by(nth=week).aggregate(
        sales=inside.amount.sum(), cogs=inside.cost.sum(), sold_skus=inside.sku.nunique()
    )
    # Sales of the young are few rows: summed by SKU and week first.
    cells = inside.group_by("sku", nth=week).aggregate(amount=inside.amount.sum())
    cells = cells.inner_join(begun, "sku")
    age = cells.nth - _nth(cells, "first", start)
    fresh = cells.group_by("nth").aggregate(fresh_sales=cells.amount.sum(where=age < 26))
    return [every, fresh]


def _launched(shop: Shop, start: date, end: date) -> Frame:
    """Products by the week in which they first lay in stock."""
    stock = shop.inventory_daily
    stock = stock.filter(stock.on_hand > 0, stock.date < ibis.literal(end))
    first = stock.group_by("sku").aggregate(day=stock.date.min())
    first = first.filter(first.day >= ibis.literal(start))
    return first.group_by(nth=_nth(first, "day", start)).aggregate(launched=first.count())


def _bought(shop: Shop, start: date, end: date) -> list[Frame]:
    po = shop.purchase_orders
    worth = po.mutate(worth=po.qty * po.price)
    ordered = in_days(worth, start, end, "order_date")
    placed = ordered.group_by(nth=_nth(ordered, "order_date", start)).aggregate(
        ordered=ordered.worth.sum()
    )
    if "paid_date" not in po.columns:
        return [placed, placed.select("nth", paid=placed.ordered)]
    if "invoice_amount" in po.columns:
        worth = worth.mutate(worth=ibis.coalesce(worth.invoice_amount, worth.worth))
    settled = in_days(worth, start, end, "paid_date")
    paid = settled.group_by(nth=_nth(settled, "paid_date", start)).aggregate(
        paid=settled.worth.sum()
    )
    return [placed, paid]


def payable_days(shop: Shop, end: date) -> int:
    """Days from ordering goods to paying for them, median of what was paid; 0 if unknown."""
    if not shop.has("purchase_orders", "paid_date", "order_date"):
        return 0
    po = shop.purchase_orders
    po = po.filter(po.paid_date < ibis.literal(end), po.order_date.notnull())
    found = po.aggregate(days=po.paid_date.delta(po.order_date, unit="day").median()).execute()
    days = found["days"].iloc[0]
    return 0 if pd.isna(days) else max(int(days), 0)

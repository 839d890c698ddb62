"""How much money lies in stock, day by day, by category and warehouse."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.stock_items import in_range, stock_end

__all__ = ["StockValue", "stock_value", "valued_stock"]


@dataclass(frozen=True)
class StockValue:
    """Stock at cost over time.

    Args:
        end: Day after the last.
        daily: One row per day: ``day, value`` (at cost), ``pieces, skus`` (with stock).
        categories: One row per category on the last day: ``category, value, pieces, skus``.
        warehouses: The same by ``warehouse_id``; empty where no warehouse is named.
        negative: Records below zero in these days, counted as zero.
        unpriced: Pieces of the last day without a known cost, valued at zero.
        currency: ISO code.
        shop: Title of the shop.
    """

    end: date
    daily: pd.DataFrame
    categories: pd.DataFrame
    warehouses: pd.DataFrame
    negative: int
    unpriced: float
    currency: str
    shop: str

    @property
    def now(self) -> float:
        """Value on the last day."""
        return float(self.daily["value"].iloc[-1])


def valued_stock(shop: Shop, start: date, end: date) -> Frame:
    """Stock records of the days with cost and category joined.

    Returns:
        One row per record: ``date, sku, pieces`` (below zero is zero), ``value`` (null where
        the cost is unknown), ``category, below`` and the warehouse where there is one.

    Raises:
        CannotTell: Stock or costs are not in the data.
    """
    shop.require({"inventory_daily": ("date", "sku", "on_hand"), "products": ("sku", "unit_cost")})
    stock = shop.inventory_daily
    stock = stock.filter(stock.date >= ibis.literal(start), stock.date < ibis.literal(end))
    known = shop.products
    named = "category" in known.columns
    # The names are the join's alone: a stock table may have a cost or category of its own.
    products = known.select(
        sku_known=known.sku,
        piece_cost=known.unit_cost,
        kind=known.category if named else ibis.null("string"),
    )
    joined = stock.left_join(products, stock.sku == products.sku_known)
    held = ibis.greatest(joined.on_hand.fill_null(0), 0)
    more = {"warehouse_id": joined.warehouse_id} if "warehouse_id" in stock.columns else {}
    return joined.select(
        "date", "sku", pieces=held, value=held * joined.piece_cost,
        category=joined.kind.fill_null(""), below=joined.on_hand < 0, **more,
    )  # fmt: skip


@shared
def stock_value(shop: Shop, end: date | None = None, *, days: int = 365) -> StockValue:
    """Stock at today's unit cost for every day on record.

    Args:
        shop: Needs ``inventory_daily`` and ``products.unit_cost``.
        end: Day after the last; the last on record unless given.
        days: Days looked back, 1 to 3650.

    Raises:
        CannotTell: A table is missing, or no stock is on record in these days.
    """
    in_range("days", days, 1, 3650)
    end = end or stock_end(shop)
    rows = valued_stock(shop, end - timedelta(days=days), end)
    there = rows.pieces > 0
    daily = rows.group_by(day=rows.date).aggregate(
        value=rows.value.sum().fill_null(0.0), pieces=rows.pieces.sum(),
        skus=rows.sku.nunique(where=there), below=rows.below.sum(),
    ).execute()  # fmt: skip
    if daily.empty:
        raise CannotTell(N_("inventory_daily has no stock before {day}"), day=end)
    daily["day"] = pd.to_datetime(daily["day"])
    daily = daily.sort_values("day", ignore_index=True)
    last = daily["day"].iloc[-1].date()
    today = rows.filter(rows.date == ibis.literal(last))
    priceless = today.pieces.sum(where=today.value.isnull()).execute()
    houses = (
        _part(today, "warehouse_id")
        if "warehouse_id" in rows.columns
        else pd.DataFrame(columns=["warehouse_id", "value", "pieces", "skus"])
    )
    return StockValue(
        end=end,
        daily=daily.drop(columns="below"),
        categories=_part(today, "category"),
        warehouses=houses,
        negative=int(daily["below"].fillna(0).sum()),
        unpriced=0.0 if pd.isna(priceless) else float(priceless),
        currency=shop.currency,
        shop=shop.title,
    )


def _part(today: Frame, column: str) -> pd.DataFrame:
    found = today.group_by(column).aggregate(
        value=today.value.sum().fill_null(0.0), pieces=today.pieces.sum(),
        skus=today.sku.nunique(where=today.pieces > 0),
    )  # fmt: skip
    return found.execute().sort_values("value", ascending=False, ignore_index=True)

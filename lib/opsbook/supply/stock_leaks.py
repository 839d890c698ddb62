"""What stock costs where it is missing, where it is too much, and where the books are wrong."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["StockLeaks", "stock_leaks"]

NEEDS = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku"),
    "inventory_daily": ("date", "sku", "on_hand"),
}


@dataclass(frozen=True)
class StockLeaks:
    """Money lost to stock over a period.

    Args:
        period: The days.
        products: One row per product with stock records: ``sku, empty`` (days without free
            stock anywhere), ``days`` (recorded), ``pieces, margin`` (sold in the period),
            ``lost`` (margin not earned on empty days), ``on_hand`` (mean pieces), ``excess``
            (mean pieces beyond the cover), ``held`` (cost of holding them).
        counted: Product-warehouse-days with a count; 0 where there is none.
        wrong: Of those, with another number than the books.
        count_value: Pieces missing or found in counts at unit cost, currency.
        oversold: Product-warehouse-days with system stock below zero.
        oversold_margin: Margin of the pieces sold that were not there, currency.
        lag_hours: Longest delay of the sales systems, hours; not a number where it is not
            recorded.
        has_counts: Whether counted pieces are recorded.
        has_system: Whether system stock is recorded.
        has_cost: Whether unit costs are known; without them nothing is priced.
        cover_days: Days of sales above which stock counts as excess.
        holding: Cost of holding stock, share of its value per year.
    """

    period: Period
    products: pd.DataFrame
    counted: int
    wrong: int
    count_value: float
    oversold: int
    oversold_margin: float
    lag_hours: float
    has_counts: bool
    has_system: bool
    has_cost: bool
    cover_days: int
    holding: float

    @property
    def lost(self) -> float:
        """Margin not earned on empty days, currency over the period."""
        return float(self.products["lost"].sum())

    @property
    def held(self) -> float:
        """Cost of holding what is beyond the cover, currency over the period."""
        return float(self.products["held"].sum())

    @property
    def records(self) -> float:
        """What wrong books cost, currency over the period."""
        return self.count_value + self.oversold_margin


@shared
def stock_leaks(
    shop: Shop, period: Period, *, cover_days: int = 60, holding: float = 0.25
) -> StockLeaks:
    """Price empty shelves, excess stock and wrong books from the shop's tables alone.

    Lost margin: days without free stock in any warehouse, times the product's margin per
    day in stock. A lower bound: one empty warehouse is not counted, and a product that was
    never in stock earns nothing to compare with. Excess: mean pieces beyond ``cover_days``
    of the sales of the period. Counts are priced by what is missing or found, oversold
    pieces once per product and warehouse, at the worst day.

    Args:
        shop: Needs ``inventory_daily``, ``orders`` and ``order_lines``; ``products`` for
            costs.
        period: The days.
        cover_days: Days of sales above which stock is excess, 7 to 730.
        holding: Cost of holding stock, share of its value per year, 0 to 2.

    Raises:
        CannotTell: The shop has no stock records.
        ParameterError: A parameter is out of bounds.
    """
    for name, value, low, high in (
        ("cover_days", cover_days, 7, 730),
        ("holding", holding, 0, 2),
    ):
        if not low <= value <= high:
            raise ParameterError(
                N_("{name} {value} is out of range; use {low} to {high}"),
                name=name, value=value, low=low, high=high,
            )  # fmt: skip
    shop.require(NEEDS)
    stock = in_days(shop.inventory_daily, period.start, period.end, "date")
    products = _products(shop, stock, period)
    in_stock = (products["days"] - products["empty"]).clip(lower=0)
    per_day = products["margin"] / in_stock.where(in_stock > 0)
    products["lost"] = (per_day * products["empty"]).clip(lower=0).fillna(0.0)
    sold = products["pieces"] / in_stock.where(in_stock > 0)
    excess = (products["on_hand"] - sold.fillna(0.0) * cover_days).clip(lower=0)
    products["excess"] = excess
    year = period.days / 365
    products["held"] = (excess * products["unit_cost"] * holding * year).fillna(0.0)
    have = stock.columns
    unit = products.set_index("sku")[["unit_cost", "piece_margin"]]
    counted, wrong, value = _counts(stock, unit) if "counted_qty" in have else (0, 0, 0.0)
    below, oversold = _oversold(stock, unit) if "system_qty" in have else (0, 0.0)
    lag = np.nan
    if "sync_lag_s" in have:
        worst = stock.sync_lag_s.max().execute()
        lag = float(worst) / 3600 if worst == worst and worst is not None else np.nan
    return StockLeaks(
        period=period,
        products=products.drop(columns=["piece_margin"]),
        counted=counted,
        wrong=wrong,
        count_value=value,
        oversold=below,
        oversold_margin=oversold,
        lag_hours=lag,
        has_counts="counted_qty" in have,
        has_system="system_qty" in have,
        has_cost=bool(products["unit_cost"].notna().any()),
        cover_days=cover_days,
        holding=holding,
    )


def _products(shop: Shop, stock: Frame, period: Period) -> pd.DataFrame:
    free = stock.on_hand
    if "reserved" in stock.columns:
        free = free - stock.reserved.fill_null(0)
    daily = stock.mutate(free=ibis.greatest(free, 0)).group_by("sku", "date")
    day = daily.aggregate(free=lambda f: f.free.sum(), on_hand=lambda f: f.on_hand.sum())
    per = (
        day.group_by("sku")
        .aggregate(
            days=day.count(),
            # Sold out on the day and still so in the evening: the record is of the evening.
            empty=(day.free <= 0).sum(),
            on_hand=ibis.greatest(day.on_hand, 0).mean(),
        )
        .execute()
    )
    lines = in_days(sales_lines(shop), period.start, period.end)
    sold = (
        lines.group_by("sku")
        .aggregate(pieces=lines.qty.sum(), amount=lines.amount.sum(), cost=lines.cost.sum())
        .execute()
    )
    found = per.merge(sold, how="left", on="sku")
    if shop.has("products", "unit_cost"):
        costs = shop.products.select("sku", "unit_cost").execute()
        found = found.merge(costs.drop_duplicates("sku"), how="left", on="sku")
    else:
        found["unit_cost"] = found["cost"] / found["pieces"].where(found["pieces"] > 0)
    pieces = found["pieces"].astype(float)
    cost = found["cost"].astype(float).fillna(pieces * found["unit_cost"])
    found["margin"] = (found["amount"].astype(float) - cost).fillna(0.0)
    found["piece_margin"] = found["margin"] / pieces.where(pieces > 0)
    found["pieces"] = pieces.fillna(0.0)
    for name in ("days", "empty", "on_hand", "unit_cost"):
        found[name] = found[name].astype(float)
    columns = ["sku", "days", "empty", "on_hand", "pieces", "margin", "unit_cost", "piece_margin"]
    return found[columns].sort_values("sku").reset_index(drop=True)


def _counts(stock: Frame, unit: pd.DataFrame) -> tuple[int, int, float]:
    seen = stock.filter(stock.counted_qty.notnull())
    off = (seen.counted_qty - seen.on_hand).abs()
    per = seen.group_by("sku").aggregate(n=seen.count(), wrong=(off > 0).sum(), pieces=off.sum())
    table = per.execute()
    value = table["pieces"].astype(float) * table["sku"].map(unit["unit_cost"]).astype(float)
    return int(table["n"].sum()), int(table["wrong"].sum()), float(value.fillna(0.0).sum())


def _oversold(stock: Frame, unit: pd.DataFrame) -> tuple[int, float]:
    below = stock.filter(stock.system_qty < 0)
    keys = ["sku", *(["warehouse_id"] if "warehouse_id" in stock.columns else [])]
    table = (
        below.group_by(*keys).aggregate(n=below.count(), worst=(-below.system_qty).max()).execute()
    )
    value = table["worst"].astype(float) * table["sku"].map(unit["piece_margin"]).astype(float)
    return int(table["n"].sum()), float(value.clip(lower=0).fillna(0.0).sum())

"""How often stock turns over, how many days it lies, and what it earns (GMROI)."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.stock_items import in_range, stock_end
from opsbook.supply.stock_value import valued_stock

__all__ = ["Turnover", "gmroi", "turnover"]

_YEAR = 365


@dataclass(frozen=True)
class Turnover:
    """Turnover of a period, and of the one a year before (or just before).

    Args:
        period: The days.
        before: The days compared with; None where stock does not reach back.
        a_year_ago: Whether ``before`` is the same weekdays of last year.
        table: One row per category, most stock first, and ``category`` "" for unknown:
            ``cogs, sales, margin`` (of the period), ``stock`` (mean at cost), ``turns`` (per
            year), ``days`` (of stock), ``gmroi`` (yearly margin per unit of money in stock),
            and ``days_before, turns_before, gmroi_before``.
        total: The same for the whole shop.
        released: Money set free if every category whose days grew went back to its own days
            of before.
        uncosted: Share of sales without a known cost; they count in no figure.
        currency: ISO code.
        shop: Title of the shop.
    """

    period: Period
    before: Period | None
    a_year_ago: bool
    table: pd.DataFrame
    total: pd.Series
    released: float
    uncosted: float
    currency: str
    shop: str


def gmroi(margin: float, mean_stock: float, days: float) -> float:
    """Gross margin return on inventory: margin of a year per unit of money in stock.

    Args:
        margin: Gross margin of the days.
        mean_stock: Mean stock at cost.
        days: Days of the margin.

    Returns:
        NaN without stock.

    Example:
        >>> gmroi(30.0, 100.0, 73)
        1.5
    """
    return margin * _YEAR / days / mean_stock if mean_stock > 0 else float("nan")


@shared
def turnover(shop: Shop, end: date | None = None, *, days: int = 84) -> Turnover:
    """Turns, days and GMROI by category against a year before.

    Days of stock are mean stock at cost over cost of goods sold per day. The mean takes every
    day on record: the mean of first and last day is moved by a single delivery.

    Args:
        shop: Needs ``inventory_daily``, ``products.unit_cost``, ``order_lines``.
        end: Day after the last; the last on record unless given.
        days: Length of the period, 7 to 730; whole weeks keep weekdays comparable.

    Raises:
        CannotTell: A table is missing, or no cost is known for anything sold.
    """
    in_range("days", days, 7, 730)
    shop.require({"order_lines": ("order_id", "sku", "qty", "unit_cost")})
    end = end or stock_end(shop)
    now = Period(end - timedelta(days=days), end)
    table, uncosted = _measured(shop, now)
    if not table["cogs"].sum() > 0:
        raise CannotTell(N_("nothing with a known cost was sold in {period}"), period=str(now))
    first = pd.Timestamp(shop.inventory_daily.date.min().execute()).date()
    year = now.last_year()
    before = next((p for p in (year, now.before()) if p.start >= first), None)
    old = _measured(shop, before)[0] if before else table.iloc[:0]
    columns = ["cogs", "sales", "margin", "stock"]
    total = _figures(table[columns].sum().to_frame().T, days).iloc[0]
    total_old = _figures(old[columns].sum().to_frame().T, days).iloc[0]
    both = _figures(table, days).join(
        _figures(old, days)[["turns", "days", "gmroi"]].add_suffix("_before"), how="left"
    )
    for name in ("turns", "days", "gmroi"):
        total[f"{name}_before"] = total_old[name] if before else np.nan
    longer = (both["days"] - both["days_before"]).clip(lower=0).fillna(0.0)
    both["released"] = longer * both["cogs"] / days
    both = both.rename_axis("category").reset_index()
    return Turnover(
        period=now,
        before=before,
        a_year_ago=before == year,
        table=both.sort_values("stock", ascending=False, ignore_index=True),
        total=total,
        released=float(both["released"].sum()),
        uncosted=uncosted,
        currency=shop.currency,
        shop=shop.title,
    )


def _figures(table: pd.DataFrame, days: int) -> pd.DataFrame:
    stock = table["stock"].where(table["stock"] > 0)
    cogs = table["cogs"].where(table["cogs"] > 0)
    return table.assign(
        turns=table["cogs"] * _YEAR / days / stock,
        days=stock / (cogs / days),
        gmroi=table["margin"] * _YEAR / days / stock,
    )


def _measured(shop: Shop, period: Period) -> tuple[pd.DataFrame, float]:
    """Cost of goods sold, sales, margin and mean stock by category; share of sales uncosted."""
    lines = in_days(sales_lines(shop), period.start, period.end)
    known = lines.cost.notnull()
    sold = (
        lines.group_by(category=lines.category.fill_null(""))
        .aggregate(
            cogs=lines.cost.sum(),
            sales=lines.amount.sum(where=known),
            every=lines.amount.sum(),
        )
        .execute()
        .set_index("category")
        .astype("float64")
        .fillna(0.0)
    )
    rows = valued_stock(shop, period.start, period.end)
    stock = rows.group_by("category").aggregate(value=rows.value.sum()).execute()
    days = max(int(rows.date.nunique().execute()), 1)
    held = (stock.set_index("category")["value"].astype("float64") / days).rename("stock")
    table = sold.join(held, how="outer").fillna(0.0)
    table["margin"] = table["sales"] - table["cogs"]
    every = float(table["every"].sum())
    uncosted = 1 - float(table["sales"].sum()) / every if every > 0 else 0.0
    return table.drop(columns="every"), max(uncosted, 0.0)

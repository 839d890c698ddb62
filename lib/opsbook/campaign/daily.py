"""Orders, sales and margin by day and category: the series that every baseline is fitted to."""

from dataclasses import dataclass

import pandas as pd

from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Daily", "daily_series"]

NEEDS = {"orders": ("order_id", "order_ts")}


@dataclass(frozen=True)
class Daily:
    """Every day of the data, with and without sales.

    Args:
        frame: Indexed by day: ``orders``; ``gmv`` where there are order lines; ``margin``
            where their cost is known.
        by_category: One row per day and category: ``day, category, gmv``, and ``margin``;
            empty without categories.
        span: Days of the data.
    """

    frame: pd.DataFrame
    by_category: pd.DataFrame
    span: Period

    @property
    def measures(self) -> tuple[str, ...]:
        """What can be counted: some of ``orders, gmv, margin``."""
        return tuple(c for c in ("orders", "gmv", "margin") if c in self.frame)

    def of(self, category: str, measure: str = "gmv") -> pd.Series:
        """One category's series, every day of the data."""
        rows = self.by_category[self.by_category["category"] == category]
        series: pd.Series = rows.set_index("day")[measure].reindex(self.frame.index).fillna(0.0)
        return series


@shared
def daily_series(shop: Shop) -> Daily:
    """Count paid orders, their sales and their margin by day and by category.

    Args:
        shop: Needs ``orders``; sales take ``order_lines``, margins its ``unit_cost``.

    Returns:
        Sales are what was charged; margin is sales less cost of goods, of lines whose cost
        is known.
    """
    shop.require(NEEDS)
    span = data_days(shop)
    orders = paid_orders(shop)
    counted = orders.group_by("day").aggregate(orders=orders.count()).execute()
    days = pd.date_range(span.start, span.end, inclusive="left", name="day")
    frame = counted.assign(day=pd.to_datetime(counted["day"])).set_index("day").astype(float)
    frame = frame.reindex(days).fillna(0.0)
    empty = pd.DataFrame(columns=["day", "category", "gmv"])
    if not shop.has("order_lines"):
        return Daily(frame, empty, span)
    parts = _by_category(shop)
    sums = parts.groupby("day")[[c for c in ("gmv", "margin") if c in parts]].sum()
    frame = frame.join(sums).fillna(0.0)
    known = parts[parts["category"].notna()]
    return Daily(frame, known.reset_index(drop=True), span)


def _by_category(shop: Shop) -> pd.DataFrame:
    lines = line_amounts(shop)
    day = paid_orders(shop).select("order_id", "day")
    sold = lines.join(day, "order_id")
    has_cost = shop.has("order_lines", "unit_cost")
    sums = {"gmv": sold.amount.fill_null(0.0).sum()}
    if has_cost:
        sums["margin"] = (sold.amount - sold.cost).fill_null(0.0).sum()
    named = shop.has("products", "category") and shop.has("order_lines", "sku")
    if not named:
        found = sold.group_by("day").aggregate(**sums).execute()
        return found.assign(day=pd.to_datetime(found["day"]), category=None)
    # Products are few: summed by product first, their categories are joined to far fewer rows.
    by_sku = sold.group_by("day", "sku").aggregate(**sums)
    products = shop.products.select("sku", "category")
    joined = by_sku.left_join(products, "sku")
    totals = {name: joined[name].sum() for name in sums}
    found = joined.group_by("day", "category").aggregate(**totals).execute()
    kept = ["day", "category", *sums]
    found = found[kept].assign(day=pd.to_datetime(found["day"]))
    for name in sums:
        found[name] = found[name].astype(float)
    return found.sort_values(["day", "category"], ignore_index=True)

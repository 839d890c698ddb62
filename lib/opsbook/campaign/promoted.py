"""Which products an event pushed: those of its category, or those whose price fell most."""

from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.campaign.event import Event
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Promoted", "promoted_products", "series_of_groups"]

_BEFORE_DAYS = 56
_LEAST_LINES = 3.0
"""Lines a product was to be expected to sell in the peak: with fewer, one that sold nothing
would be missing from the promoted ones, and those that are left would look too good."""
_DEEPER = 0.05


@dataclass(frozen=True)
class Promoted:
    """Products by what the event did with them.

    Args:
        groups: One row per product: ``sku, category, group`` (``promoted, others, untold``).
        category: The event's own category; empty where it is not about one.
        shift: Discount that all products shared in the event, a fraction; not a number where
            the groups are categories.
    """

    groups: pd.DataFrame
    category: str
    shift: float


@shared
def promoted_products(shop: Shop, event: Event) -> Promoted | None:
    """Sort products into pushed and others.

    An event named after a category pushed that category. Else a product was pushed if its
    average discount in the peak is at least 5 points deeper than before, beyond the shift of
    the least discounted quarter (which is what discounts on whole baskets do to every line).

    Args:
        shop: Needs ``order_lines`` with ``sku``.
        event: The event.

    Returns:
        None where neither categories nor list prices tell.
    """
    if not shop.has("order_lines", "sku"):
        return None
    category = _own_category(shop, event)
    if category:
        known = shop.products.select("sku", "category").execute()
        known["group"] = np.where(known["category"] == category, "promoted", "others")
        return Promoted(known[["sku", "category", "group"]], category, float("nan"))
    if event.observed is None or not shop.has("order_lines", "list_price"):
        return None
    return _by_discount(shop, event)


def _own_category(shop: Shop, event: Event) -> str:
    if not shop.has("products", "category"):
        return ""
    names = shop.products.select("category").distinct().execute()["category"].dropna()
    said = f"{event.name} {event.rule}".casefold()
    fits = [str(n) for n in names if str(n).strip() and str(n).casefold() in said]
    return max(fits, key=lambda n: (len(n), n), default="")


def _by_discount(shop: Shop, event: Event) -> Promoted | None:
    peak = Period(event.peak.start, min(event.peak.end, event.until)) if (
        event.until > event.peak.start
    ) else None  # fmt: skip
    if peak is None:
        return None
    first = event.days.start - timedelta(days=_BEFORE_DAYS)
    day = in_days(paid_orders(shop).select("order_id", "day"), first, peak.end)
    lines = line_amounts(shop).select("order_id", "sku", "amount", "list_amount")
    sold = lines.join(day, "order_id")
    inside = sold.day >= ibis.literal(peak.start)
    before = sold.day < ibis.literal(event.days.start)
    table = (
        sold.group_by("sku")
        .aggregate(
            lines=before.cast("int64").sum(),
            paid0=sold.amount.sum(where=before),
            list0=sold.list_amount.sum(where=before),
            paid1=sold.amount.sum(where=inside),
            list1=sold.list_amount.sum(where=inside),
        )
        .execute()
    )
    for name in ("lines", "paid0", "list0", "paid1", "list1"):
        table[name] = table[name].astype(float).fillna(0.0)
    hoped = table["lines"] / _BEFORE_DAYS * peak.days
    told = (hoped >= _LEAST_LINES) & (table["list0"] > 0) & (table["list1"] > 0)
    if told.sum() < 8:
        return None
    deeper = table["paid0"] / table["list0"].where(table["list0"] > 0) - table["paid1"] / table[
        "list1"
    ].where(table["list1"] > 0)
    shift = max(float(deeper[told].quantile(0.25)), 0.0)
    group = np.where(deeper >= shift + _DEEPER, "promoted", "others")
    table["group"] = np.where(hoped >= _LEAST_LINES, group, "untold")
    category: pd.Series = pd.Series(None, index=table.index, dtype=object)
    if shop.has("products", "category"):
        known = shop.products.select("sku", "category").execute().drop_duplicates("sku")
        category = table["sku"].map(known.set_index("sku")["category"])
    out = table.assign(category=category)[["sku", "category", "group"]]
    if not {"promoted", "others"} <= set(out["group"]):
        return None
    return Promoted(out, "", shift)


@shared
def series_of_groups(shop: Shop, groups: pd.DataFrame) -> pd.DataFrame:
    """Sales by day of each group of products.

    Args:
        shop: Needs ``order_lines``.
        groups: ``sku, group``; a product without a row is untold.

    Returns:
        One row per day with sales, a column per group.
    """
    day = paid_orders(shop).select("order_id", "day")
    lines = line_amounts(shop).select("order_id", "sku", "amount")
    sold = lines.join(day, "order_id").group_by("day", "sku").aggregate(
        gmv=lambda f: f.amount.sum()
    )  # fmt: skip
    marks = ibis.memtable(groups.loc[groups["group"] != "untold", ["sku", "group"]])
    joined = sold.left_join(marks, "sku").group_by("day", "group").aggregate(
        gmv=lambda f: f.gmv.sum()
    )  # fmt: skip
    found = joined.execute()
    found["day"] = pd.to_datetime(found["day"])
    found["group"] = found["group"].fillna("untold")
    table: pd.DataFrame = found.pivot_table(
        index="day", columns="group", values="gmv", aggfunc="sum", fill_value=0.0
    ).astype(float)
    return table

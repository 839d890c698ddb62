"""Gaps between purchases: per customer, and per customer and category."""

from datetime import date, timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.lifecycle.purchases import NEEDS, purchase_days
from opsbook.shop.sales import sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["ALL", "gap_histories", "next_days"]

ALL = "*"
"""Category of histories over everything a customer bought."""


@shared
def gap_histories(shop: Shop, end: date, *, by_category: bool = True) -> pd.DataFrame:
    """Gaps between purchase days per customer, and per customer and category.

    Args:
        shop: Needs ``orders.customer_id``; categories need ``products.category``.
        end: Day after the last one to read.
        by_category: Whether to add a row per category beside that over everything.

    Returns:
        One row per customer and category: ``customer_id, category`` (``ALL`` for
        everything), ``n`` (gaps), ``total`` (days in them), ``logs`` (sum of logarithms),
        ``silent`` (days since the last purchase day), ``last_day``, ``amount`` (mean of a
        purchase day, money; 0 where unknown).

    Raises:
        CannotTell: Orders name no customer, or nobody bought before ``end``.
    """
    shop.require(NEEDS)
    rows = _bought(shop).filter(lambda r: r.day < ibis.literal(end))
    if not by_category:
        rows = rows.filter(rows.category == ALL)
    frame = _gaps(rows, end).execute()
    if frame.empty:
        raise CannotTell(N_("no named customer has bought anything before {end}"), end=end)
    frame["last_day"] = pd.to_datetime(frame["last_day"])
    numbers = ["n", "total", "logs", "silent", "amount"]
    frame[numbers] = frame[numbers].astype("float64")
    return frame.sort_values(["category", "customer_id"], ignore_index=True)


def _gaps(rows: Frame, end: date) -> Frame:
    keys = ["customer_id", "category"]
    before = ibis.window(group_by=keys, order_by="day")
    rows = rows.mutate(earlier=rows.day.lag().over(before))
    rows = rows.mutate(gap=rows.day.delta(rows.earlier, unit="day").cast("float64"))
    per = rows.group_by(keys).aggregate(
        n=rows.count() - 1,
        total=rows.gap.sum().fill_null(0.0),
        logs=rows.gap.ln().sum().fill_null(0.0),
        last_day=rows.day.max(),
        amount=rows.amount.mean().fill_null(0.0),
    )
    final = ibis.literal(end - timedelta(days=1))
    return per.mutate(silent=final.delta(per.last_day, unit="day"))


def next_days(shop: Shop, start: date, end: date) -> Frame:
    """First purchase day of a stretch of time.

    Returns:
        One row per customer and category who bought in it: ``customer_id, category,
        following``.
    """
    rows = _bought(shop)
    rows = rows.filter(rows.day >= ibis.literal(start), rows.day < ibis.literal(end))
    return rows.group_by("customer_id", "category").aggregate(following=rows.day.min())


def _bought(shop: Shop) -> Frame:
    """Purchase days over everything, and by category where products have one."""
    days = purchase_days(shop)
    rows = days.select("customer_id", "day", "amount", category=ibis.literal(ALL))
    if shop.has("order_lines") and shop.has("products", "category"):
        lines = sales_lines(shop)
        lines = lines.filter(lines.customer_id.notnull(), lines.category.notnull())
        named = lines.group_by("customer_id", "category", "day").aggregate(
            amount=lines.amount.sum()
        )
        rows = rows.union(named.select("customer_id", "day", "amount", "category"))
    # Asked for today, for the day of the test, and for what came after it.
    bound = shop.order_lines if shop.has("order_lines") else shop.orders
    return shop.kept("repurchase days", rows, rows=bound)

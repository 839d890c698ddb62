"""First three and last two purchase days of every customer.

Retention needs the first ones, life-cycle stages the last two; both are asked of whole
customer bases, so they are found without sorting each customer's purchases.
"""

from datetime import date
from typing import Any

import ibis
import ibis.expr.datatypes as dt
from ibis import Table as Frame

from opsbook.lifecycle.once import kept_if_small, once
from opsbook.lifecycle.purchases import Guests
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import paid_orders
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "buying_days", "data_span", "first_days", "guests_until", "last_days"]

NEEDS = {"orders": ("order_id", "order_ts", "customer_id")}


def data_span(shop: Shop) -> Period:
    """First to last day with a paid order, asked once; see ``shop.periods.data_days``."""
    return once(shop, "span", lambda: data_days(shop))


def guests_until(shop: Shop, end: date) -> Guests:
    """Orders without a customer before a day, asked once and without reading order lines.

    Unlike ``purchases.guests`` it leaves their amount unknown.
    """

    def ask() -> Guests:
        orders = paid_orders(shop)
        orders = orders.filter(orders.day < ibis.literal(end))
        row = orders.aggregate(all=orders.count(), named=orders.customer_id.count()).execute()
        everyone, named = int(row["all"].iloc[0]), int(row["named"].iloc[0])
        return Guests(everyone - named, everyone, float("nan"))

    return once(shop, f"guests {end}", ask)


def buying_days(shop: Shop, end: date | None = None) -> Frame:
    """Days on which each named customer bought: ``customer_id, day``, distinct.

    No money, so order lines are not read.

    Args:
        shop: Needs ``orders.customer_id``.
        end: Day after the last one to count; all of the data unless given.

    Raises:
        CannotTell: The shop does not know its customers.
    """
    shop.require(NEEDS)
    days = kept_if_small(shop, "buying days", lambda: _buying_days(shop))
    return days if end is None else days.filter(days.day < ibis.literal(end))


def _buying_days(shop: Shop) -> Frame:
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull())
    return orders.select("customer_id", "day").distinct()


def first_days(shop: Shop, end: date | None = None) -> Frame:
    """The purchase days at the beginning of each customer's history.

    Args:
        shop: Needs ``orders.customer_id``.
        end: Day after the last one to count; all of the data unless given.

    Returns:
        One row per customer: ``customer_id, first_day, second_day, third_day``; null where
        the customer has fewer purchases.

    Raises:
        CannotTell: The shop does not know its customers.
    """
    days = buying_days(shop, end)
    if days.get_backend().name != "duckdb":
        return first_by_window(days)
    three = _several("min")
    per = days.group_by("customer_id").aggregate(low=three(days.day, 3))
    return per.select(
        "customer_id",
        first_day=per.low[0],
        second_day=_beyond(per.low, 1),
        third_day=_beyond(per.low, 2),
    )


def last_days(shop: Shop, end: date | None = None) -> Frame:
    """The purchase days at the end of each customer's history, and how many there are.

    Args:
        shop: Needs ``orders.customer_id``.
        end: Day after the last one to count; all of the data unless given.

    Returns:
        One row per customer: ``customer_id, purchases`` (days with a purchase),
        ``first_day, last_day, previous_day`` (the last but one; null without).

    Raises:
        CannotTell: The shop does not know its customers.
    """
    days = buying_days(shop, end)
    if days.get_backend().name != "duckdb":
        return last_by_window(days)
    two = _several("max")
    per = days.group_by("customer_id").aggregate(
        purchases=days.count(), first_day=days.day.min(), high=two(days.day, 2)
    )
    return per.select(
        "customer_id",
        "purchases",
        "first_day",
        last_day=per.high[0],
        previous_day=_beyond(per.high, 1),
    )


def first_by_window(days: Frame) -> Frame:
    """``first_days`` on any engine, by ordering each customer's days."""
    order = ibis.window(group_by="customer_id", order_by="day")
    days = days.mutate(place=ibis.row_number().over(order))
    return days.group_by("customer_id").aggregate(
        first_day=days.day.min(),
        second_day=days.day.max(where=days.place == 1),
        third_day=days.day.max(where=days.place == 2),
    )


def last_by_window(days: Frame) -> Frame:
    """``last_days`` on any engine, by ordering each customer's days."""
    order = ibis.window(group_by="customer_id", order_by="day")
    days = days.mutate(earlier=days.day.lag().over(order))
    return days.group_by("customer_id").aggregate(
        purchases=days.count(),
        first_day=days.day.min(),
        last_day=days.day.max(),
        previous_day=days.earlier.max(),
    )


def _beyond(few: Any, place: int) -> ibis.Value:
    return ibis.ifelse(few.length() > place, few[place], ibis.null("date"))


def _several(name: str) -> Any:
    """DuckDB's ``min(x, n)`` or ``max(x, n)``: kept while grouping, without sorting."""

    def ends(day, number):  # type: ignore[no-untyped-def]
        ...

    ends.__name__ = f"several_{name}"
    signature = ((dt.date, dt.int64), dt.Array(dt.date))
    return ibis.udf.agg.builtin(ends, name=name, signature=signature)

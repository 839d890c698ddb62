"""What the engine sums up per customer: who was addressed, spend by window, other messages."""

from datetime import date, timedelta

import ibis
from ibis import Table as Frame

from opsbook.campaign.targeted_messages import HELD_OUT, NOT_REACHED, Messages
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, line_amounts, paid_orders
from opsbook.shop.shop import Shop

__all__ = [
    "either",
    "homes",
    "marks_of",
    "other_messages",
    "past",
    "regions_of",
    "registered",
    "spends",
]

_REDEEMED = "ordered"
_CONTACT_DAYS = 90
_LEAST_REGION, _MOST_REGIONS = 50, 20


def either(one: Frame, other: Frame) -> Frame:
    """Customers of either table, with what both say of them.

    Args:
        one: A table by ``customer_id``.
        other: Another.
    """
    both = one.outer_join(other, "customer_id")
    known = ibis.coalesce(both.customer_id, both.customer_id_right)
    return both.mutate(customer_id=known).drop("customer_id_right")


def registered(shop: Shop) -> list[Frame]:
    """Customers on record of a shop that does not say when they registered, such as a panel's.

    Where it does, who registered and has not ordered is no like of anybody who has: many of
    them registered to order within the hour.

    Args:
        shop: The shop.
    """
    if not shop.has("customers", "customer_id") or shop.has("customers", "signup_date"):
        return []
    rows = shop.customers
    return [rows.filter(rows.customer_id.notnull()).select("customer_id")]


def regions_of(shop: Shop) -> list[str]:
    """Where customers live: a region moves on its own, and mailings are planned by region.

    The rarest are left together: a handful of customers says nothing about a place.

    Args:
        shop: The shop.
    """
    if not shop.has("customers", "customer_id", "region"):
        return []
    found = shop.customers.group_by("region").aggregate(size=ibis._.count()).execute()
    found = found[found["region"].notna() & (found["size"] >= _LEAST_REGION)]
    found = found.sort_values(["size", "region"], ascending=[False, True])
    return [str(name) for name in found["region"].head(_MOST_REGIONS)]


def homes(shop: Shop, regions: list[str]) -> list[Frame]:
    """The region of every customer as its place in the list, from one.

    Args:
        shop: The shop.
        regions: From ``regions_of``.
    """
    if not regions:
        return []
    rows = shop.customers
    rows = rows.filter(rows.customer_id.notnull())
    number = ibis.cases(*[(rows.region == name, k + 1) for k, name in enumerate(regions)], else_=0)
    return [rows.group_by("customer_id").aggregate(home=number.max())]


def listed(shop: Shop) -> bool:
    """Whether list prices are known."""
    return shop.has("order_lines", "list_price") or shop.has("order_lines", "list_amount")


def marks_of(messages: Messages) -> Frame:
    """Customers whom the event addressed, one row each.

    Args:
        messages: From ``messages_of``.

    Returns:
        ``customer_id, tested, held, responded, cost, marked``.
    """
    rows = messages.own
    outcome = rows.outcome if "outcome" in rows.columns else ibis.literal("")
    rows = rows.mutate(
        is_held=(outcome == HELD_OUT).fill_null(False).cast("int64"),
        is_bought=(outcome == _REDEEMED).fill_null(False).cast("int64"),
        paid=rows.cost.fill_null(0.0) if "cost" in rows.columns else ibis.null("float64"),
    )
    with_lot = rows.filter(rows.is_held == 1).select("journey").distinct().execute()["journey"]
    rows = rows.mutate(by_lot=rows.journey.isin(with_lot.dropna().tolist() or [""]))
    at = rows.contact_ts if "contact_ts" in rows.columns else ibis.literal(0)
    return rows.group_by("customer_id").aggregate(
        tested=rows.by_lot.cast("int64").max(),
        # The first lot decides: whoever is drawn again has not bought in between, so later
        # draws would sort customers by the outcome.
        held=rows.is_held.argmin(at, where=rows.by_lot),
        responded=rows.is_bought.max(),
        cost=rows.paid.sum(),
        marked=rows.is_held.max().notnull().cast("int8"),
    )  # fmt: skip


def spends(shop: Shop, window: Period, first: date, windows: int) -> Frame:
    """Spend and orders per customer and window, counted backwards from the event.

    Args:
        shop: Needs ``orders`` and ``order_lines``.
        window: Days counted.
        first: First day of the earliest window.
        windows: Windows before the event.

    Returns:
        ``customer_id``, and by window ``spend, orders, off`` (below list price) with its number.
    """
    orders = in_days(paid_orders(shop), first, window.end)
    orders = orders.filter(orders.customer_id.notnull())
    day = orders.day
    number: ibis.Value = ibis.literal(0)
    for k in range(windows, 0, -1):
        edge = window.start - timedelta(days=(k - 1) * window.days)
        number = ibis.ifelse(
            (day < ibis.literal(edge)) & (day >= ibis.literal(edge - timedelta(window.days))),
            ibis.literal(k), number,
        )  # fmt: skip
    orders = orders.select("order_id", "customer_id", number=number)
    lines = line_amounts(shop).select("order_id", "amount", "list_amount")
    sums = lines.join(orders, "order_id")
    per_order = sums.group_by("order_id", "customer_id", "number").aggregate(
        amount=sums.amount.sum(), off=(sums.list_amount - sums.amount).sum()
    )
    values: dict[str, ibis.Value] = {}
    for k in range(windows + 1):
        inside = per_order.number == k
        values[f"spend{k}"] = per_order.amount.sum(where=inside)
        if k:
            values[f"orders{k}"] = inside.cast("int64").sum()
    if listed(shop):
        for k in (0, 1):
            values[f"off{k}"] = per_order.off.sum(where=per_order.number == k)
    return per_order.group_by("customer_id").aggregate(**values)


def past(shop: Shop, start: date) -> Frame:
    """First and last order before the event, and how many there were.

    Args:
        shop: Needs ``orders``.
        start: First day of the event.

    Returns:
        ``customer_id, seen, recent, oldest`` (days before the event).
    """
    orders = paid_orders(shop)
    before = orders.filter(orders.day < ibis.literal(start), orders.customer_id.notnull())
    return before.group_by("customer_id").aggregate(
        seen=before.order_id.count(),
        # Numbers leave the engine many times as fast as dates do.
        recent=ibis.literal(start).delta(before.day.max(), unit="day"),
        oldest=ibis.literal(start).delta(before.day.min(), unit="day"),
    )


def other_messages(messages: Messages, window: Period) -> Frame:
    """Other messages per customer: in the weeks before, and on the same days.

    Args:
        messages: From ``messages_of``.
        window: Days counted.

    Returns:
        ``customer_id, earlier`` (how many), ``beside`` (1 where one reached him on the days).
    """
    rows = messages.others
    if "contact_ts" not in rows.columns:
        rows = rows.mutate(sent=ibis.null("date"))
    else:
        rows = rows.mutate(sent=rows.contact_ts.date())
    start = ibis.literal(window.start)
    since = ibis.literal(window.start - timedelta(days=_CONTACT_DAYS))
    earlier = (rows.sent >= since) & (rows.sent < start)
    inside = (rows.sent >= start) & (rows.sent < ibis.literal(window.end))
    if "outcome" in rows.columns:
        inside = inside & rows.outcome.notin(NOT_REACHED).fill_null(True)
    return rows.group_by("customer_id").aggregate(
        earlier=earlier.fill_null(False).cast("int64").sum(),
        beside=inside.fill_null(False).cast("int64").max(),
    )

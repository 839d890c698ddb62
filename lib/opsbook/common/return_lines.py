"""Returned lines joined to their sale: what came back of what was sold, and what does not count."""

from collections.abc import Mapping
from datetime import date

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.common.hours import hours_between, midnight
from opsbook.shop.sales import in_days, line_amounts, paid_orders
from opsbook.shop.shop import Shop

__all__ = [
    "NEEDS",
    "asked_by_day",
    "faults",
    "returned_lines",
    "sold_by_day",
    "with_category",
]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku"),
    "returns": ("return_id", "order_id", "sku", "request_ts"),
}
_OPTIONAL = {
    "qty": "float64",
    "reason": "string",
    "grade": "string",
    "refund_ts": "timestamp",
    "refund_amount": "float64",
    "freight": "float64",
}


def returned_lines(shop: Shop, start: date, end: date, known: date) -> Frame:
    """The first request for each line sold on some days, as known on a morning.

    Args:
        shop: Needs ``orders``, ``order_lines`` and ``returns``.
        start: First day of ordering.
        end: Day after the last one.
        known: Requests and refunds from this day on are not known yet.

    Returns:
        One row per order and product that was sold and asked back: ``order_id, sku, day``
        (of the sale), ``category, amount, cost`` (of the line), ``pieces`` sold,
        ``back_qty, reason, grade, freight, refund_amount, request_ts, refund_ts, delay``
        (whole days from sale to request, 0 or more). Requests before the order, without an
        order or product that was sold, and second requests for a line are left out;
        ``faults`` counts them.
    """
    now = midnight(known)
    asked = _first_requests(shop, known)
    # The few lines asked back first: on a large shop the join of every line is what costs.
    few = line_amounts(shop).semi_join(asked, ["order_id", "sku"])
    orders = in_days(paid_orders(shop), start, end).select("order_id", "order_ts", "day")
    lines = few.join(orders, "order_id")
    sold = lines.group_by("order_id", "sku").aggregate(
        day=lines.day.min(),
        order_ts=lines.order_ts.min(),
        amount=lines.amount.sum(),
        cost=lines.cost.sum(),
        pieces=lines.qty.sum(),
    )
    both = asked.inner_join(with_category(shop, sold), ["order_id", "sku"])
    both = both.filter(both.request_ts >= both.order_ts)
    both = both.mutate(
        delay=both.request_ts.date().delta(both.day, unit="day"),
        refund_ts=ibis.ifelse(both.refund_ts < now, both.refund_ts, ibis.null("timestamp")),
    )
    return shop.kept(f"returned_lines {start} {end} {known}", both, rows=shop.returns)


def _first_requests(shop: Shop, known: date) -> Frame:
    table = shop.returns
    have = table.columns
    table = table.filter(table.request_ts < midnight(known), table.sku.notnull())
    more = {c: table[c] if c in have else ibis.null(kind) for c, kind in _OPTIONAL.items()}
    table = table.select(
        "return_id", "order_id", "sku", "request_ts", **{**more, "back_qty": more["qty"]}
    ).drop("qty")
    place = ibis.row_number().over(
        group_by=["order_id", "sku"], order_by=[table.request_ts, table.return_id]
    )
    return table.mutate(place=place).filter(lambda f: f.place == 0).drop("place")


def sold_by_day(shop: Shop, start: date, end: date) -> pd.DataFrame:
    """Lines sold: ``day, lines``."""
    orders = in_days(paid_orders(shop), start, end).select("order_id", "day")
    lines = shop.order_lines.select("order_id").join(orders, "order_id")
    return lines.group_by("day").aggregate(lines=lines.count()).order_by("day").execute()


def with_category(shop: Shop, frame: Frame) -> Frame:
    """Rows with ``sku`` and the ``category`` of the product, null where it is not known."""
    if not shop.has("products", "sku", "category"):
        return frame.mutate(category=ibis.null("string"))
    return frame.left_join(shop.products.select("sku", "category"), "sku").drop("sku_right")


def asked_by_day(back: Frame) -> pd.DataFrame:
    """Returned lines by day of sale and delay: ``day, delay, returns``."""
    counts = back.group_by("day", "delay").aggregate(returns=back.count())
    return counts.order_by("day", "delay").execute()


def faults(shop: Shop, start: date, end: date) -> dict[str, int]:
    """Requests of some days that do not count, by reason.

    Args:
        shop: As in ``returned_lines``.
        start: First day of requests.
        end: Day after the last one.

    Returns:
        ``no_product``: they name none; ``no_order``: the order is not in the data;
        ``not_sold``: the order was not paid or has no such product; ``before_order``: asked
        for before it was ordered; ``again``: a further request for the same line;
        ``refund_first``: paid back before it was asked for (it counts, but not for the
        hours to the refund).
    """
    table = in_days(shop.returns, start, end, "request_ts")
    # Only the orders that requests name: joining all of them is what costs.
    orders = shop.orders.semi_join(table, "order_id").select("order_id", "order_ts")
    paid = paid_orders(shop).semi_join(table, "order_id").select("order_id").mutate(paid=True)
    pairs = shop.order_lines.select("order_id", "sku").semi_join(table, "order_id").distinct()
    backward = ibis.literal(False)
    if "refund_ts" in table.columns:
        backward = (hours_between(table.refund_ts, table.request_ts) < 0).fill_null(False)
    marked = table.select("order_id", "sku", "request_ts", backward=backward)
    for other, keys in (
        (orders, ["order_id"]),
        (paid, ["order_id"]),
        (pairs.mutate(bought=True), ["order_id", "sku"]),
    ):
        marked = marked.left_join(other, keys).drop(*(f"{k}_right" for k in keys))
    fault = ibis.cases(
        (marked.sku.isnull(), "no_product"),
        (marked.order_ts.isnull(), "no_order"),
        (marked.paid.isnull() | marked.bought.isnull(), "not_sold"),
        (marked.request_ts < marked.order_ts, "before_order"),
        else_="none",
    )
    marked = marked.mutate(fault=fault)
    per = marked.group_by("fault", "order_id", "sku").aggregate(
        n=marked.count(), backward=marked.backward.sum()
    )
    sums = (
        per.group_by("fault")
        .aggregate(n=per.n.sum(), lines=per.count(), backward=per.backward.sum())
        .execute()
        .set_index("fault")
    )
    names = ("no_product", "no_order", "not_sold", "before_order")
    found = {name: int(sums["n"].get(name, 0)) for name in names}
    found["again"] = int(sums["n"].get("none", 0) - sums["lines"].get("none", 0))
    found["refund_first"] = int(sums["backward"].sum())
    return found

"""What counts as a sale, once for all rooms: paid orders and their lines with amounts."""

from datetime import date, datetime, time

import ibis
import ibis.expr.operations as ops
from ibis import Table as Frame

from opsbook.shop.shop import Shop

__all__ = ["NOT_SALES", "in_days", "line_amounts", "paid_orders", "sales_lines"]

NOT_SALES = ("unpaid", "cancelled")
"""Order states that are no sale. A refunded order was one; its refund is counted apart."""

_ORDER_COLUMNS = (
    "customer_id",
    "platform",
    "channel",
    "region",
    "store_id",
    "campaign_id",
    "is_presale",
)


def paid_orders(shop: Shop) -> Frame:
    """Orders that were paid and not cancelled.

    An order counts when its status is neither unpaid nor cancelled; without a status,
    when ``pay_ts`` is filled; where the data says neither, every order counts.

    Returns:
        One row per order, the contract's columns plus ``day`` (date of ``order_ts``).
    """
    orders = shop.orders
    if "status" in orders.columns:
        orders = orders.filter(orders.status.fill_null("paid").notin(NOT_SALES))
    elif "pay_ts" in orders.columns:
        orders = orders.filter(orders.pay_ts.notnull())
    return orders.mutate(day=orders.order_ts.date())


def sales_lines(shop: Shop) -> Frame:
    """Lines of paid orders with what was charged.

    Returns:
        One row per line: ``order_id, line_id, sku, qty, paid_price, list_price, amount``
        (charged for the line, after discounts), ``list_amount`` (before discounts; equal to
        amount where the data has no list price), ``cost`` (of the whole line: pieces times
        unit_cost, so never multiply it by qty again; null without unit_cost),
        ``day, order_ts``, the order's own columns (customer, region, channel ...) as far as
        the shop has them, and ``category, brand`` from products (null where unknown).

    Raises:
        CannotTell: The shop has no order lines.
    """
    shop.require({"orders": ("order_id", "order_ts"), "order_lines": ("order_id", "sku")})
    return shop.kept("sales_lines", _sales_lines(shop), rows=shop.order_lines)


def line_amounts(shop: Shop) -> Frame:
    """Lines with what was charged, for whoever joins them to paid orders himself.

    On a large shop it saves a second join of every line to its order; a small shop's
    ``sales_lines`` are at hand, and are given.

    Returns:
        One row per line of every paid order, and possibly of other orders: ``order_id, sku,
        line_id, qty, amount, list_amount, paid_price, list_price, cost`` as in
        ``sales_lines``.

    Raises:
        CannotTell: The shop has no order lines.
    """
    lines, sold = _charged(shop), sales_lines(shop)
    kept = isinstance(sold.op(), ops.PhysicalTable)
    return sold.select(*lines.columns) if kept else lines


def _sales_lines(shop: Shop) -> Frame:
    lines = _charged(shop)
    orders = paid_orders(shop)
    kept = [c for c in _ORDER_COLUMNS if c in orders.columns]
    joined = lines.join(orders.select("order_id", "order_ts", "day", *kept), "order_id")
    if not shop.has("products"):
        return joined.mutate(category=ibis.null("string"), brand=ibis.null("string"))
    known = shop.products
    products = known.select(
        "sku",
        **{
            c: known[c] if c in known.columns else ibis.null("string")
            for c in ("category", "brand")
        },
    )
    return joined.left_join(products, "sku").drop("sku_right")


def _charged(shop: Shop) -> Frame:
    """Every line with its amounts and prices, whatever became of the order."""
    lines = shop.order_lines
    have = lines.columns
    null = ibis.null("float64")

    def column(name: str) -> ibis.Value:
        return lines[name] if name in have else null

    qty, paid, listed = column("qty"), column("paid_price"), column("list_price")
    amount = ibis.coalesce(column("paid_amount"), qty * paid)
    before = ibis.coalesce(column("list_amount"), qty * listed, amount)
    pieces = qty.nullif(0)
    return lines.select(
        "order_id",
        "sku",
        line_id=column("line_id") if "line_id" in have else ibis.null("string"),
        qty=qty,
        amount=amount,
        list_amount=before,
        paid_price=ibis.coalesce(paid, amount / pieces),
        list_price=ibis.coalesce(listed, before / pieces),
        cost=qty * column("unit_cost"),
    )


def in_days(frame: Frame, start: date, end: date, column: str = "day") -> Frame:
    """Rows from ``start`` to the day before ``end``."""
    value = frame[column]
    if value.type().is_timestamp():
        first = ibis.literal(datetime.combine(start, time()))
        after = ibis.literal(datetime.combine(end, time()))
        return frame.filter(value >= first, value < after)
    return frame.filter(value >= ibis.literal(start), value < ibis.literal(end))

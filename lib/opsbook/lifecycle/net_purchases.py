"""What the shop kept of each customer's purchases: sales and margin less what was refunded."""

from datetime import date

import ibis
import ibis.expr.operations as ops
from ibis import Table as Frame

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.lifecycle.once import kept_if_small
from opsbook.shop.sales import line_amounts, paid_orders, sales_lines
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "net_purchases", "net_sales"]

NEEDS = {"orders": ("order_id", "order_ts", "customer_id"), "order_lines": ("order_id",)}


def net_purchases(shop: Shop, margin: float | None = None, *, with_margin: bool = True) -> Frame:
    """Purchases with what the shop kept of them.

    A refund is taken off the order that it belongs to, whenever it was paid; margin falls
    in proportion, as if returned goods were sold again at once.

    Args:
        shop: Needs order lines and ``orders.customer_id``.
        margin: Margin over sales for lines without a cost, 0 to 1; the mean of the other
            lines unless given.
        with_margin: Leave it out where it is not needed: then costs are not read.

    Returns:
        One row per customer and day with a line: ``customer_id, day, revenue`` and
        ``margin`` (null where neither cost nor ``margin`` is known), shop's currency.

    Raises:
        CannotTell: The shop lacks order lines or does not know its customers.
        ParameterError: ``margin`` is not a share.
    """
    if margin is not None and not 0 <= margin <= 1:
        raise ParameterError(
            N_("margin {value} is not a share of sales; use 0 to 1, such as 0.4"), value=margin
        )
    shop.require(NEEDS)
    name = f"net {margin} {with_margin}"
    return kept_if_small(shop, name, lambda: _net_purchases(shop, margin, with_margin))


def net_sales(shop: Shop, start: date, end: date) -> Frame:
    """What the shop kept of each customer's purchases in some days.

    Args:
        shop: Needs order lines and ``orders.customer_id``.
        start: First day.
        end: Day after the last one.

    Returns:
        One row per customer with a line on these days: ``customer_id, sales`` (net, shop's
        currency).

    Raises:
        CannotTell: The shop lacks order lines or does not know its customers.
    """
    shop.require(NEEDS)
    bought = net_purchases(shop, with_margin=False)
    if not isinstance(bought.op(), ops.PhysicalTable):
        # Nothing is written down: straight from lines to customers, without days between.
        bought = _net_lines(shop, None, False) if _refunds(shop) else _kept_lines(shop)
    bought = bought.filter(bought.day >= ibis.literal(start), bought.day < ibis.literal(end))
    return bought.group_by("customer_id").aggregate(sales=bought.revenue.sum())


def _kept_lines(shop: Shop) -> Frame:
    """Lines of named customers' orders that were not refunded: ``customer_id, day, revenue``."""
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull())
    if "status" in orders.columns:
        orders = orders.filter(orders.status.fill_null("paid") != "refunded")
    lines = line_amounts(shop).select("order_id", revenue=lambda line: line.amount)
    return lines.join(orders.select("order_id", "customer_id", "day"), "order_id")


def _refunds(shop: Shop) -> bool:
    return shop.has("returns", "order_id", "refund_amount")


def _net_purchases(shop: Shop, margin: float | None, with_margin: bool) -> Frame:
    bought = _net_lines(shop, margin, with_margin)
    return bought.group_by("customer_id", "day").aggregate(
        revenue=bought.revenue.sum(), margin=bought.margin.sum()
    )


def _net_lines(shop: Shop, margin: float | None, with_margin: bool) -> Frame:
    """Lines, and refunds as lines of less than nothing: ``customer_id, day, revenue, margin``."""
    lines = sales_lines(shop)
    rate = None
    if with_margin:
        rate = margin if margin is not None else _own_rate(shop, lines)
    lines = lines.filter(lines.customer_id.notnull())
    # A line without a cost earns the rate; without either nothing is known.
    unknown = lines.amount * rate if rate is not None else ibis.null("float64")
    known = lines.amount - lines.cost if with_margin else ibis.null("float64")
    lines = lines.select(
        "order_id",
        "customer_id",
        "day",
        revenue=lines.amount,
        margin=ibis.coalesce(known, unknown).cast("float64"),
    )
    if _refunds(shop):
        return lines.drop("order_id").union(_refunded(shop, lines))
    if shop.has("orders", "status"):
        gone = shop.orders.filter(shop.orders.status == "refunded").select("order_id")
        return lines.anti_join(gone, "order_id").drop("order_id")
    return lines.drop("order_id")


def _refunded(shop: Shop, lines: Frame) -> Frame:
    """What refunds take off, on the day of the order: negative revenue and margin."""
    back = shop.returns.group_by("order_id").aggregate(refund=shop.returns.refund_amount.sum())
    joined = lines.inner_join(back, "order_id")
    orders = joined.group_by("order_id", "customer_id", "day", "refund").aggregate(
        amount=joined.revenue.sum(), earned=joined.margin.sum()
    )
    share = orders.refund.fill_null(0.0) / orders.amount.nullif(0.0)
    return orders.select(
        "customer_id",
        "day",
        revenue=-orders.refund.fill_null(0.0),
        margin=-(share * orders.earned).fill_null(0.0),
    )


def _own_rate(shop: Shop, lines: Frame) -> float | None:
    """Margin over sales of the lines that carry a cost; None where none does."""
    if not shop.has("order_lines", "unit_cost"):
        return None
    costed = lines.filter(lines.cost.notnull())
    row = costed.aggregate(cost=costed.cost.sum(), sales=costed.amount.sum()).execute()
    cost, sales = row["cost"].iloc[0], row["sales"].iloc[0]
    return float(1 - cost / sales) if sales == sales and sales and sales > 0 else None

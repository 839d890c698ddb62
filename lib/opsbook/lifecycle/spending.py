"""What each customer spent, how often and when last, in several stretches of time at once."""

from collections.abc import Mapping
from datetime import date, datetime, time

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.lifecycle.purchases import Guests
from opsbook.shop.periods import Period
from opsbook.shop.sales import line_amounts, paid_orders
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "customer_spending", "orders_named"]

NEEDS = {"orders": ("order_id", "order_ts", "customer_id"), "order_lines": ("order_id", "sku")}


def customer_spending(shop: Shop, stretches: Mapping[str, Period], end: date) -> pd.DataFrame:
    """Spending of every named customer, in one query.

    A purchase is a day with a paid order. Spend is net: a refund known by ``end`` is taken
    off the order it belongs to, not off the day it was paid back, because money that came
    back in May says nothing about buying in May. Where the shop has no returns, an order
    marked refunded counts as a purchase of nothing. Margin is what the lines with a known
    cost made; a refund takes back the same share of the day's.

    Args:
        shop: Needs customers on orders, and order lines.
        stretches: Name to days; may overlap.
        end: Day after the last one that is known.

    Returns:
        One row per customer with a purchase before ``end``: ``customer_id, first_day,
        last_day`` and for each name ``NAME_days`` (purchase days), ``NAME_spend`` (net,
        currency), ``NAME_last`` (last day in the stretch, missing without one) and, where
        lines have a cost, ``NAME_margin`` (currency).

    Raises:
        CannotTell: The shop does not know customers or lines, or none has bought by then.
    """
    shop.require(NEEDS)
    days = _days(shop, end)
    sums: dict[str, ibis.Value] = {"first_day": days.day.min(), "last_day": days.day.max()}
    for name, span in stretches.items():
        inside = (days.day >= ibis.literal(span.start)) & (days.day < ibis.literal(span.end))
        sums[f"{name}_days"] = days.count(where=inside)
        sums[f"{name}_spend"] = days.spend.sum(where=inside)
        sums[f"{name}_last"] = days.day.max(where=inside)
        if "margin" in days.columns:
            sums[f"{name}_margin"] = days.margin.sum(where=inside)
    frame = days.group_by("customer_id").aggregate(**sums).execute()
    if frame.empty:
        raise CannotTell(N_("no named customer has bought anything before {end}"), end=end)
    for column in [c for c in frame if c in ("first_day", "last_day") or c.endswith("_last")]:
        frame[column] = pd.to_datetime(frame[column])
    for name in stretches:
        for what, kind in (("days", "int64"), ("spend", "float64")):
            frame[f"{name}_{what}"] = frame[f"{name}_{what}"].fillna(0).astype(kind)
        if f"{name}_margin" in frame:
            frame[f"{name}_margin"] = frame[f"{name}_margin"].fillna(0).astype("float64")
    return frame.sort_values("customer_id", ignore_index=True)


def orders_named(shop: Shop, end: date) -> tuple[Guests, date | None]:
    """Orders without a customer, and the first day with an order, from one look at orders.

    Args:
        shop: The shop.
        end: Day after the last one to count.

    Returns:
        The guests, their amount not looked up (not a number), and the first day of all the
        data; None where there is no order.
    """
    orders = paid_orders(shop)
    before = orders.day < ibis.literal(end)
    nameless = orders.customer_id.isnull()
    row = (
        orders.aggregate(
            first=orders.day.min(),
            orders=orders.count(where=before),
            guests=orders.count(where=before & nameless),
        )
        .execute()
        .iloc[0]
    )
    first = None if pd.isna(row["first"]) else pd.Timestamp(row["first"]).date()
    return Guests(int(row["guests"]), int(row["orders"]), float("nan")), first


def _days(shop: Shop, end: date) -> Frame:
    """One row per customer and day with net spend.

    Lines are joined to orders and summed by day at once; by order first would take a second
    pass over every order of the shop.
    """
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull(), orders.day < ibis.literal(end))
    returns = shop.has("returns", "refund_amount")
    kept = ["order_id", "customer_id", "day"]
    if not returns and "status" in orders.columns:
        kept.append("status")
    orders = orders.select(*kept)
    lines = line_amounts(shop).select("order_id", "amount", "cost")
    joined = orders.left_join(lines, "order_id")
    amount, cost = joined.amount.fill_null(0.0), joined.cost
    if "status" in kept:
        sold = joined.status.fill_null("paid") != "refunded"
        amount, cost = ibis.ifelse(sold, amount, 0.0), ibis.ifelse(sold, cost, 0.0)
    sums = {"spend": amount.sum()}
    if shop.has("order_lines", "unit_cost"):
        sums["margin"] = ibis.ifelse(cost.notnull(), amount - cost, 0.0).sum()
    days = joined.group_by("customer_id", "day").aggregate(**sums)
    if not returns:
        return days
    back = _refunds(shop, end).join(orders, "order_id")
    back = back.group_by("customer_id", "day").aggregate(refund=back.refund.sum())
    both = days.left_join(back, ["customer_id", "day"])
    refund = both.refund.fill_null(0.0)
    net = {"spend": both.spend - refund}
    if "margin" in days.columns:
        left = 1.0 - (refund / both.spend.nullif(0.0)).fill_null(0.0)
        net["margin"] = both.margin * left
    return both.select("customer_id", "day", **net)


def _refunds(shop: Shop, end: date) -> Frame:
    """Money paid back by order, as far as known before ``end``."""
    back = shop.returns
    when = back.request_ts
    if "refund_ts" in back.columns:
        when = ibis.coalesce(back.refund_ts, back.request_ts)
    back = back.filter(when < ibis.literal(datetime.combine(end, time())))
    return back.group_by("order_id").aggregate(refund=back.refund_amount.sum())

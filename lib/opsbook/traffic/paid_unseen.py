"""Orders that were paid without a payment event: the one proof that events were lost."""

from datetime import timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shop import Shop

__all__ = ["PAY_WINDOW_S", "can_match", "paid_days", "paid_in_visit"]

PAY_WINDOW_S = 30 * 60
"""Orders paid later than this after ordering are paid outside the visit and prove nothing."""
_BEFORE_S = 24 * 3600
"""An order belongs to a visit of its customer that began at most this long before it."""
_SLACK_S = 600


def can_match(shop: Shop) -> bool:
    """Whether orders can be matched with visits: both name the customer, orders the payment."""
    return not shop.lacks(
        {
            "orders": ("order_id", "customer_id", "order_ts", "pay_ts"),
            "sessions": ("session_id", "customer_id", "start_ts"),
            "events": ("session_id", "event_ts", "type"),
        }
    )


def paid_in_visit(shop: Shop, period: Period) -> Frame:
    """Orders that were paid at once and whose customer was on a visit, seen or not.

    Orders without a visit (a platform, a till, the telephone) are left out: that nothing was
    seen of them is no fault.

    Args:
        shop: One that ``can_match``.
        period: Days of the orders.

    Returns:
        One row per order: ``order_id, day, device`` (of the last visit before it) and
        ``seen`` (1 where a payment event of the customer lies between order and payment, ten
        minutes later at the utmost; else 0).
    """
    around = timedelta(days=1)
    orders = in_days(paid_orders(shop), period.start, period.end)
    waited = orders.pay_ts.epoch_seconds() - orders.order_ts.epoch_seconds()
    orders = orders.filter(waited >= 0, waited <= PAY_WINDOW_S, orders.customer_id.notnull())
    if "is_presale" in orders.columns:
        orders = orders.filter(~orders.is_presale.fill_null(False))
    orders = orders.select(
        "order_id", "day", buyer="customer_id",
        placed=orders.order_ts.epoch_seconds(), paid=orders.pay_ts.epoch_seconds(),
    )  # fmt: skip
    visits = in_days(shop.sessions, period.start - around, period.end, "start_ts")
    visits = visits.filter(visits.customer_id.notnull())
    device = visits.device.cast("string") if "device" in visits.columns else ibis.literal("")
    visits = visits.select(
        "session_id", "customer_id", device=device.fill_null(""),
        began=visits.start_ts.epoch_seconds(),
    )  # fmt: skip
    events = in_days(shop.events, period.start - around, period.end + around, "event_ts")
    pays = events.filter(events.type == "pay").select(
        visit="session_id", at=events.event_ts.epoch_seconds()
    )
    pays = pays.join(visits, pays.visit == visits.session_id).select("customer_id", "at")
    near = orders.join(visits, orders.buyer == visits.customer_id)
    near = near.filter(near.began >= near.placed - _BEFORE_S, near.began <= near.placed + 60)
    near = near.group_by("order_id", "day").aggregate(device=near.device.argmax(near.began))
    hits = orders.join(pays, orders.buyer == pays.customer_id)
    hits = hits.filter(hits.at >= hits.placed - 60, hits.at <= hits.paid + _SLACK_S)
    hits = hits.select(hit="order_id").distinct()
    joined = near.left_join(hits, near.order_id == hits.hit)
    return joined.select("order_id", "day", "device", seen=joined.hit.notnull().cast("int64"))


def paid_days(shop: Shop, period: Period) -> pd.DataFrame:
    """Those orders by day and device.

    Returns:
        ``date, device, orders, unseen``; empty where orders cannot be matched with visits.
    """
    if not can_match(shop):
        empty = pd.DataFrame({"date": [], "device": [], "orders": [], "unseen": []})
        return empty.astype({"date": "datetime64[s]", "orders": "int64", "unseen": "int64"})
    orders = paid_in_visit(shop, period)
    frame: pd.DataFrame = (
        orders.group_by(date=orders.day, device=orders.device)
        .aggregate(orders=orders.count(), unseen=(1 - orders.seen).sum())
        .execute()
    )
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.sort_values(["date", "device"], ignore_index=True)

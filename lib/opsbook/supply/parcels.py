"""Parcels and orders as they were known on one morning: what was sent, came, was late, is open.

A parcel that is under way is neither late nor on time until its promised time has passed; one
that came early counts only then, too, or young orders would tell of the quick ones alone.
"""

from collections.abc import Mapping
from datetime import date

import ibis
from ibis import Table as Frame

from opsbook.common.hours import hours_between, midnight
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shop import Shop

__all__ = ["LONGEST_HOURS", "NEEDS", "known_orders", "known_parcels"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "order_ts"),
    "shipments": ("shipment_id", "order_id", "ship_ts", "deliver_ts"),
}
LONGEST_HOURS = 24 * 365
"""Hours beyond which a time is taken for a mistake."""


def _orders(shop: Shop, start: date, end: date) -> Frame:
    orders = in_days(paid_orders(shop), start, end)
    have = orders.columns
    begin = orders.order_ts
    if {"is_presale", "pay_ts"} <= set(have):
        # A presale leaves when the balance is paid; its clock starts there.
        late = orders.is_presale.fill_null(False) & orders.pay_ts.notnull()
        begin = ibis.ifelse(late, ibis.greatest(orders.order_ts, orders.pay_ts), begin)
    nothing = ibis.null("string")
    return orders.select(
        "order_id",
        "day",
        begin=begin,
        region=orders.region if "region" in have else nothing,
        warehouse_id=orders.warehouse_id if "warehouse_id" in have else nothing,
        refunded=(orders.status.fill_null("") == "refunded")
        if "status" in have
        else ibis.literal(False),
        in_store=orders.store_id.notnull() if "store_id" in have else ibis.literal(False),
    )


def known_parcels(shop: Shop, start: date, end: date, known: date) -> Frame:
    """Parcels of the orders of some days, as known on the morning of ``known``.

    Args:
        shop: Needs ``orders`` and ``shipments``.
        start: First day of ordering.
        end: Day after the last one.
        known: What happened from this day on is not known yet.

    Returns:
        One row per parcel that has left: ``order_id, day, region, warehouse_id,
        carrier_id, begin`` (order; payment for a presale), ``ship_ts, deliver_ts, fault``
        (``before_order``, ``backwards``, ``too_long``, ``none``), ``state`` of the promise
        (``on_time, late, open, no_promise``), ``promised_days`` (whole days from sending),
        ``dispatch, road`` (hours; road null while under way), ``waited`` (hours since
        sending).
    """
    now = midnight(known)
    sent = shop.shipments
    have = sent.columns
    promised = sent.promised_ts if "promised_ts" in have else ibis.null("timestamp")
    sent = sent.filter(sent.ship_ts.notnull(), sent.ship_ts < now).select(
        "order_id",
        "ship_ts",
        promised_ts=promised,
        carrier_id=sent.carrier_id if "carrier_id" in have else ibis.null("string"),
        deliver_ts=ibis.ifelse(sent.deliver_ts < now, sent.deliver_ts, ibis.null("timestamp")),
    )
    orders = _orders(shop, start, end)
    both = sent.inner_join(orders, "order_id")
    dispatch = hours_between(both.ship_ts, both.begin)
    road = hours_between(both.deliver_ts, both.ship_ts)
    waited = hours_between(now, both.ship_ts)
    fault = ibis.cases(
        (dispatch < 0, "before_order"),
        (road < 0, "backwards"),
        ((road > LONGEST_HOURS) | (dispatch > LONGEST_HOURS), "too_long"),
        (both.deliver_ts.isnull() & (waited > LONGEST_HOURS), "too_long"),
        else_="none",
    )
    state = ibis.cases(
        (both.promised_ts.isnull(), "no_promise"),
        (both.promised_ts >= now, "open"),
        (both.deliver_ts <= both.promised_ts, "on_time"),
        else_="late",
    )
    days = both.promised_ts.date().delta(both.ship_ts.date(), unit="day")
    return both.mutate(
        dispatch=dispatch, road=road, waited=waited, fault=fault, state=state, promised_days=days
    )


def known_orders(shop: Shop, start: date, end: date, known: date) -> Frame:
    """Orders of some days with their first and last parcel.

    Args:
        shop: As in ``known_parcels``.
        start: First day of ordering.
        end: Day after the last one.
        known: As there.

    Returns:
        One row per order: ``order_id, day, parcels`` (without impossible ones), ``excuse``
        (why nothing is to be expected of it: ``refunded`` before anything left,
        ``in_store``, ``faulty`` where every parcel has impossible times; else ``none``),
        ``dispatch`` (hours to the first parcel, null while none has left), ``door`` (hours
        to the last one's delivery, null while one is under way), ``age`` (hours),
        ``promise`` (``on_time`` when all were, ``late`` when one was, ``open``,
        ``no_promise``).
    """
    orders = _orders(shop, start, end)
    parcels = known_parcels(shop, start, end, known)
    good = parcels.fault == "none"
    per = parcels.group_by("order_id").aggregate(
        parcels=good.sum(),
        faulty=(~good).sum(),
        first=parcels.dispatch.min(where=good),
        last=(parcels.dispatch + parcels.road).max(where=good),
        arrived=(good & parcels.deliver_ts.notnull()).sum(),
        late=(good & (parcels.state == "late")).sum(),
        waiting=(good & (parcels.state == "open")).sum(),
        kept=(good & (parcels.state == "on_time")).sum(),
    )
    both = orders.left_join(per, "order_id").drop("order_id_right")
    zero = {c: both[c].fill_null(0) for c in ("parcels", "faulty", "late", "waiting", "kept")}
    both = both.mutate(**zero)
    promise = ibis.cases(
        (both.late > 0, "late"),
        (both.waiting > 0, "open"),
        (both.kept > 0, "on_time"),
        else_="no_promise",
    )
    door = ibis.ifelse(both.arrived == both.parcels, both["last"], ibis.null("float64"))
    excuse = ibis.cases(
        ((both.parcels == 0) & (both.faulty > 0), "faulty"),
        ((both.parcels == 0) & both.refunded, "refunded"),
        ((both.parcels == 0) & both.in_store, "in_store"),
        else_="none",
    )
    return both.select(
        "order_id", "day", "parcels", dispatch=both["first"], door=door, excuse=excuse,
        age=hours_between(midnight(known), both.begin), promise=promise,
    )  # fmt: skip

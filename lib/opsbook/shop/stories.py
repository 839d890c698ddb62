"""Tables that contradict each other: sent back more than bought, a visit's event days later.

Rows with an impossible time or number are reported as such and left out here: one fault is
said once. What is compared is aggregated or filtered in the engine.
"""

from collections.abc import Collection
from datetime import datetime

import ibis
from ibis import Table as Frame
from ibis import Value

from opsbook.language import N_
from opsbook.shop.bounds import plausible
from opsbook.shop.counting import SHOWN, examples_of, fetch, kept
from opsbook.shop.door import ROW, Entry
from opsbook.shop.issues import Example, Issue
from opsbook.shop.shop import Shop

__all__ = ["CLOCK_EARLY_S", "LATE_S", "story_issues"]

EARLY_S = 60
"""Seconds by which clocks of a site may disagree."""
LATE_S = 24 * 3600
"""Seconds after its beginning at which no visit goes on."""
CLOCK_EARLY_S = 30 * 60
"""Seconds that make a wrong clock of a slow one: zones differ by half hours at least."""
_CLOCK_ORDERS = 3
_SOURCES = ("platform", "store_id", "channel")
_CENT = 0.01


def story_issues(
    shop: Shop, tables: Collection[str], now: datetime, shown: int = SHOWN
) -> list[Issue]:
    """Contradictions between tables.

    Args:
        shop: The shop.
        tables: Names of the tables to be checked; partners are looked up in all.
        now: What lies after it is in the future.
        shown: Examples per fault.
    """
    found: list[Issue] = []
    if "orders" in tables and shop.has("orders", "pay_ts"):
        found += _clocks(shop.entries["orders"], now, shown)
    for name, column in (("shipments", "ship_ts"), ("returns", "request_ts")):
        if name in tables and shop.has(name, "order_id", column):
            found += _before_order(shop, name, column, now, shown)
    if "returns" in tables and shop.has("order_lines", "qty"):
        found += _returned(shop, shown)
        found += _refunded(shop, shown)
    if "events" in tables and shop.has("sessions"):
        found += _visits(shop, now, shown)
    return found


def _clocks(entry: Entry, now: datetime, shown: int) -> list[Issue]:
    """Days on which most orders of one source are paid before they were placed."""
    used = entry.used
    source = next((name for name in _SOURCES if name in used.columns), None)
    if source is None:
        return []
    paid = used.filter(plausible(used.order_ts, now), plausible(used.pay_ts, now))
    # A float, because the mean of whole numbers is an exact decimal on some engines.
    gap = (paid.order_ts.epoch_seconds() - paid.pay_ts.epoch_seconds()).cast("float64")
    # Grouped by the day of payment: that clock belongs to the payment service and is right.
    rows = paid.select(source=paid[source], day=paid.pay_ts.date(), gap=gap)
    early = rows.gap > CLOCK_EARLY_S
    days = rows.group_by("source", "day").agg(
        n=rows.count(),
        early=early.ifelse(1, 0).sum(),
        ahead=early.ifelse(rows.gap, None).mean(),
    )
    days = days.filter(days.early >= _CLOCK_ORDERS, days.early * 2 > days.n)
    counted = fetch(days.aggregate(days=days.count(), rows=days.early.sum()))[0]
    if not counted["days"]:
        return []
    text = N_(
        "{label}: on {days} days most orders of one {column} are paid before they were placed, "
        "{rows} in all: its clock or time zone was wrong. Correct order_ts there; where it is "
        "always so, set data_timezone in shop.toml"
    )
    examples = tuple(
        Example(
            key=f"{source} {row['source']}, {row['day']:%Y-%m-%d}",
            value=f"+{float(row['ahead']) / 3600:.1f} h",
        )
        for row in fetch(days.order_by([days.early.desc(), days.source, days.day]).limit(shown))
    )
    values = {"label": entry.label, "days": int(counted["days"])}
    hit = int(counted["rows"])
    return [Issue("orders", source, "clock_ahead", "doubtful", hit, text, values, examples)]


def _before_order(shop: Shop, name: str, column: str, now: datetime, shown: int) -> list[Issue]:
    entry = shop.entries[name]
    orders = shop.orders.select(partner="order_id", placed="order_ts")
    orders = orders.filter(plausible(orders.placed, now))
    rows = kept(entry)
    rows = rows.filter(plausible(rows[column], now))
    rows = rows.join(orders, rows.order_id == orders.partner)
    text = N_("{label}: {column} lies before its order was placed in {rows} of {total} rows")
    return _reported(
        entry, rows.filter(rows[column] < rows.placed), column, "before_order", text, shown
    )


def _returned(shop: Shop, shown: int) -> list[Issue]:
    if not shop.has("returns", "sku", "qty"):
        return []
    entry = shop.entries["returns"]
    lines, back = shop.order_lines, shop.returns
    bought = lines.filter(lines.qty > 0).group_by("order_id", "sku").agg(bought=lines.qty.sum())
    # A return that stands twice is reported as that; it does not send back twice as much.
    once = (
        back.filter(back.qty > 0).group_by("return_id", "order_id", "sku").agg(qty=back.qty.max())
    )
    sent = once.group_by("order_id", "sku").agg(sent=once.qty.sum())
    both = sent.join(bought, ["order_id", "sku"])
    both = both.filter(both.sent > both.bought).select(
        order_of="order_id", sku_of="sku", pieces=both.sent.cast("float64"), most="bought"
    )
    rows = kept(entry)
    rows = rows.join(both, [rows.order_id == both.order_of, rows.sku == both.sku_of])
    text = N_("{label}: more pieces are sent back than were bought, in {rows} of {total} rows")
    return _reported(entry, rows, "qty", "returned_too_much", text, shown)


def _refunded(shop: Shop, shown: int) -> list[Issue]:
    if not shop.has("returns", "refund_amount"):
        return []
    entry = shop.entries["returns"]
    paid = _paid(shop.order_lines)
    if paid is None:
        return []
    amounts = shop.order_lines.select("order_id", amount=paid)
    by_order = amounts.group_by("order_id").agg(paid=amounts.amount.sum())
    if shop.has("orders", "freight"):
        freight = shop.orders.group_by(partner="order_id").agg(
            freight=shop.orders.freight.max().clip(lower=0)
        )
        by_order = by_order.left_join(freight, by_order.order_id == freight.partner)
        by_order = by_order.select("order_id", paid=by_order.paid + by_order.freight.fill_null(0.0))
    back = shop.returns
    once = back.group_by("return_id", "order_id").agg(refund=back.refund_amount.max())
    sums = once.group_by("order_id").agg(refund=once.refund.sum(), n=once.count())
    both = sums.join(by_order, "order_id")
    both = both.filter(both.refund > both.paid + _CENT * (both.n + 1), both.paid >= 0)
    rows = kept(entry)
    rows = rows.join(both.select(order_of="order_id"), rows.order_id == both.order_id)
    rows = rows.filter(rows.refund_amount.notnull())
    text = N_(
        "{label}: more money is paid back than the order and its freight cost, in {rows} of "
        "{total} rows"
    )
    return _reported(entry, rows, "refund_amount", "refunded_too_much", text, shown)


def _paid(lines: Frame) -> Value | None:
    """What a line cost, as the sales figures count it."""
    have = lines.columns
    given = [lines.paid_amount] if "paid_amount" in have else []
    if {"qty", "paid_price"} <= set(have):
        given.append(lines.qty * lines.paid_price)
    return ibis.coalesce(*given) if given else None


def _visits(shop: Shop, now: datetime, shown: int) -> list[Issue]:
    entry = shop.entries["events"]
    sessions = shop.sessions.select(partner="session_id", began="start_ts")
    sessions = sessions.filter(plausible(sessions.began, now))
    rows = kept(entry)
    rows = rows.filter(plausible(rows.event_ts, now))
    rows = rows.join(sessions, rows.session_id == sessions.partner)
    after = rows.event_ts.epoch_seconds() - rows.began.epoch_seconds()
    off = (after < -EARLY_S) | (after > LATE_S)
    if not int(rows.filter(off).count().execute()):
        return []
    text = N_(
        "{label}: {rows} of {total} events lie before their visit began: the clocks disagree. "
        "Funnels by time lose them"
    )
    found = _reported(
        entry, rows.filter(after < -EARLY_S), "event_ts", "event_before_visit", text, shown
    )
    text = N_(
        "{label}: {rows} of {total} events lie more than a day after their visit began: they came "
        "late and carry the time of arrival. Figures by day count them on the wrong one"
    )
    return found + _reported(
        entry, rows.filter(after > LATE_S), "event_ts", "late_event", text, shown
    )


def _reported(
    entry: Entry, rows: Frame, column: str, kind: str, text: str, shown: int
) -> list[Issue]:
    """An issue for these rows of a table; each counts once, however often its partner stands."""
    key = [name for name in entry.table.key if name in rows.columns]
    there = [ROW] if ROW in rows.columns else key
    if not int(rows.count().execute()):
        return []
    once = rows.group_by(there).agg(
        **{name: rows[name].min() for name in (*key, column) if name not in there}
    )
    hit = int(once.count().execute())
    if not hit:
        return []
    values = {"label": entry.label, "total": int(kept(entry).count().execute())}
    examples = examples_of(once, key, once[column], shown)
    return [Issue(entry.table.name, column, kind, "doubtful", hit, text, values, examples)]

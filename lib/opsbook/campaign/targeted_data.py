"""Who was targeted and what every customer spent before and during: one row per customer."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame
from numpy.typing import NDArray

from opsbook.campaign.event import Event
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days, line_amounts, paid_orders
from opsbook.shop.shop import Shop

__all__ = ["HELD_OUT", "NEEDS", "Panel", "customer_panel"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
NEEDS = {
    "orders": ("order_id", "customer_id", "order_ts"),
    "order_lines": ("order_id",),
    "contacts": ("customer_id", "journey"),
}
HELD_OUT = "held_out"
"""Outcome of a contact: chosen for it, and left out by lot."""
_REDEEMED = "ordered"
_SHORT_DAYS, _RESPONSE_DAYS = 7, 14
_MOST_WINDOWS = 4
_CONTACT_DAYS = 90
_LEAST_REGION, _MOST_REGIONS = 50, 20
_MAY_LACK = ("recent", "oldest")


@dataclass(frozen=True)
class Panel:
    """Customers known before the event.

    Args:
        chosen: Who was targeted, and not held out.
        held: Who was chosen and left out by lot.
        tested: Whose message left somebody out by lot, the held included.
        responded: Who redeemed or ordered through it, as the contact says.
        spend: Money by customer (row) and window (column): during, then one column per
            window of the same length before, the nearest first.
        discount: Money below list price, during and in the window before; empty where list
            prices are not known.
        features: What was known before, one column each, for weighting.
        window: Days counted.
        cost: Cost of the contacts, money; None where it is not recorded.
        by_journey: Whether contacts name the event; else those sent on its days are meant.
        elsewhere: Share of the targeted and of the others whom another message reached on the
            same days.
    """

    chosen: Mask
    held: Mask
    tested: Mask
    responded: Mask
    spend: Floats
    discount: Floats
    features: pd.DataFrame
    window: Period
    cost: float | None
    by_journey: bool
    elsewhere: tuple[float, float]


def customer_panel(shop: Shop, event: Event, *, windows: int = _MOST_WINDOWS) -> Panel:
    """Sum every known customer's spend in windows of the event's length.

    Known is who ordered before the event began, or was targeted; on a panel that does not date
    its customers, everybody on record. An event shorter than a week is given two weeks to work.

    Args:
        shop: Needs ``orders`` of named customers, ``order_lines`` and ``contacts``.
        event: The event, begun.
        windows: Windows before it at most, 2 to 4.

    Raises:
        CannotTell: Nobody was contacted, or there is too little data before the event.
    """
    shop.require(NEEDS)
    if event.observed is None:
        raise CannotTell(
            N_("{event} lies outside the data: what it brought can be told when it has begun"),
            event=event.name,
        )
    span, window = data_days(shop), event.observed
    if window.days < _SHORT_DAYS:
        stop = min(span.end, window.start + timedelta(days=_RESPONSE_DAYS))
        window = Period(window.start, stop)
    fits = (window.start - span.start).days // window.days
    windows = min(windows, fits)
    if windows < 1:
        raise CannotTell(
            N_("{event}: no window of its length lies before it in the data"), event=event.name
        )
    first = window.start - timedelta(days=windows * window.days)
    marks, by_journey = _marks(shop, event, window)
    table = _past(shop, window.start)
    for known in (marks, *_registered(shop)):
        table = _either(table, known)
    regions = _regions(shop)
    for part in (
        _spends(shop, window, first, windows),
        _other_contacts(shop, event, window, by_journey),
        *_homes(shop, regions),
    ):
        table = table.left_join(part, "customer_id").drop("customer_id_right")
    # Plain numbers without gaps leave the engine in a third of the time.
    plain = {
        c: table[c].cast("float64") if c in _MAY_LACK else table[c].cast("float64").fill_null(0.0)
        for c in table.columns
        if c != "customer_id"
    }
    found = table.select(**plain).execute()
    return _panel(shop, found, window, windows, by_journey, regions)


def _either(one: Frame, other: Frame) -> Frame:
    """Customers of either table, with what both say of them."""
    both = one.outer_join(other, "customer_id")
    known = ibis.coalesce(both.customer_id, both.customer_id_right)
    return both.mutate(customer_id=known).drop("customer_id_right")


def _registered(shop: Shop) -> list[Frame]:
    """Customers on record of a shop that does not say when they registered, such as a panel's.

    Where it does, who registered and has not ordered is no like of anybody who has: many of
    them registered to order within the hour.
    """
    if not shop.has("customers", "customer_id") or shop.has("customers", "signup_date"):
        return []
    rows = shop.customers
    return [rows.filter(rows.customer_id.notnull()).select("customer_id")]


def _regions(shop: Shop) -> list[str]:
    """Where customers live: a region moves on its own, and mailings are planned by region.

    The rarest are left together: a handful of customers says nothing about a place.
    """
    if not shop.has("customers", "customer_id", "region"):
        return []
    found = shop.customers.group_by("region").aggregate(size=ibis._.count()).execute()
    found = found[found["region"].notna() & (found["size"] >= _LEAST_REGION)]
    found = found.sort_values(["size", "region"], ascending=[False, True])
    return [str(name) for name in found["region"].head(_MOST_REGIONS)]


def _homes(shop: Shop, regions: list[str]) -> list[Frame]:
    """The region of every customer as its place in the list, from one."""
    if not regions:
        return []
    rows = shop.customers
    rows = rows.filter(rows.customer_id.notnull())
    number = ibis.cases(*[(rows.region == name, k + 1) for k, name in enumerate(regions)], else_=0)
    return [rows.group_by("customer_id").aggregate(home=number.max())]


def _listed(shop: Shop) -> bool:
    return shop.has("order_lines", "list_price") or shop.has("order_lines", "list_amount")


def _marks(shop: Shop, event: Event, window: Period) -> tuple[Frame, bool]:
    """Customers whom the event addressed."""
    rows = shop.contacts
    rows = rows.filter(rows.customer_id.notnull())
    by_journey = event.targeted
    if by_journey:
        rows = rows.filter(rows.journey.cast("string").isin([event.id, event.name]))
    elif "contact_ts" in rows.columns:
        rows = in_days(rows, event.days.start, min(event.end, window.end), "contact_ts")
    outcome = rows.outcome if "outcome" in rows.columns else ibis.literal("")
    rows = rows.mutate(
        is_held=(outcome == HELD_OUT).fill_null(False).cast("int64"),
        is_bought=(outcome == _REDEEMED).fill_null(False).cast("int64"),
        paid=rows.cost.fill_null(0.0) if "cost" in rows.columns else ibis.null("float64"),
    )
    with_lot = rows.filter(rows.is_held == 1).select("journey").distinct().execute()["journey"]
    rows = rows.mutate(by_lot=rows.journey.isin(with_lot.dropna().tolist() or [""]))
    at = rows.contact_ts if "contact_ts" in rows.columns else ibis.literal(0)
    found = rows.group_by("customer_id").aggregate(
        tested=rows.by_lot.cast("int64").max(),
        # The first lot decides: whoever is drawn again has not bought in between, so later
        # draws would sort customers by the outcome.
        held=rows.is_held.argmin(at, where=rows.by_lot),
        responded=rows.is_bought.max(),
        cost=rows.paid.sum(),
        marked=rows.is_held.max().notnull().cast("int8"),
    )  # fmt: skip
    return found, by_journey


def _spends(shop: Shop, window: Period, first: date, windows: int) -> Frame:
    """Spend and orders per customer and window, counted backwards from the event."""
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
    if _listed(shop):
        for k in (0, 1):
            values[f"off{k}"] = per_order.off.sum(where=per_order.number == k)
    return per_order.group_by("customer_id").aggregate(**values)


def _past(shop: Shop, start: date) -> Frame:
    """First and last order before the event, and how many there were."""
    orders = paid_orders(shop)
    before = orders.filter(orders.day < ibis.literal(start), orders.customer_id.notnull())
    return before.group_by("customer_id").aggregate(
        seen=before.order_id.count(),
        # Numbers leave the engine many times as fast as dates do.
        recent=ibis.literal(start).delta(before.day.max(), unit="day"),
        oldest=ibis.literal(start).delta(before.day.min(), unit="day"),
    )


def _other_contacts(shop: Shop, event: Event, window: Period, by_journey: bool) -> Frame:
    """Other messages per customer: in the weeks before, and on the same days."""
    rows = shop.contacts
    rows = rows.filter(rows.customer_id.notnull())
    if by_journey:
        rows = rows.filter(rows.journey.cast("string").notin([event.id, event.name]))
    if "contact_ts" not in rows.columns:
        rows = rows.mutate(sent=ibis.null("date"))
    else:
        rows = rows.mutate(sent=rows.contact_ts.date())
    start = ibis.literal(window.start)
    since = ibis.literal(window.start - timedelta(days=_CONTACT_DAYS))
    earlier = (rows.sent >= since) & (rows.sent < start)
    inside = (rows.sent >= start) & (rows.sent < ibis.literal(window.end))
    if not by_journey:
        inside = inside & ibis.literal(False)
    return rows.group_by("customer_id").aggregate(
        earlier=earlier.fill_null(False).cast("int64").sum(),
        beside=inside.fill_null(False).cast("int64").max(),
    )


def _panel(
    shop: Shop,
    found: pd.DataFrame,
    window: Period,
    windows: int,
    by_journey: bool,
    regions: list[str],
) -> Panel:
    cost_known = shop.has("contacts", "cost")
    values = found
    marked = values["marked"].to_numpy() > 0
    held = marked & (values["held"].to_numpy() > 0)
    chosen = marked & ~held
    if not chosen.any():
        raise CannotTell(N_("nobody was contacted for this event, or on its days"))
    features = pd.DataFrame(index=found.index)
    for k in range(1, windows + 1):
        spend = values[f"spend{k}"].clip(lower=0)
        features[f"spend{k}"] = spend
        features[f"log_spend{k}"] = np.log1p(spend)
        features[f"orders{k}"] = values[f"orders{k}"]
    features["orders_ever"] = np.log1p(values["seen"])
    if (values["seen"] == 0).any():
        features["never_ordered"] = (values["seen"] == 0).astype(float)
    for name, column in (("days_since_last", "recent"), ("days_since_first", "oldest")):
        days = found[column]
        longest = days.max() if days.notna().any() else 0.0
        features[name] = np.log1p(days.fillna(longest))
    features["messages_before"] = values["earlier"]
    for k, name in enumerate(regions):
        features[f"region {name}"] = (values["home"] == k + 1).astype(float)
    beside = values["beside"].to_numpy() > 0
    off = [c for c in ("off0", "off1") if c in values]
    left = ~marked
    return Panel(
        chosen,
        held,
        marked & (values["tested"].to_numpy() > 0),
        marked & (values["responded"].to_numpy() > 0),
        values[[f"spend{k}" for k in range(windows + 1)]].to_numpy(float),
        values[off].to_numpy(float),
        features,
        window,
        float(values.loc[chosen, "cost"].sum()) if cost_known else None,
        by_journey,
        tuple(float(beside[m].mean()) if m.any() else 0.0 for m in (chosen, left)),  # type: ignore[arg-type]
    )

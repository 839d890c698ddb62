"""Carts that were filled and not paid: how many, whose, worth what, and whom to write to."""

from dataclasses import dataclass
from datetime import datetime, time

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.cart_prices import cart_prices
from opsbook.traffic.cart_profile import cart_profile
from opsbook.traffic.cart_recovery import recovery_list
from opsbook.traffic.funnel import share_interval
from opsbook.traffic.funnel_events import second_of

__all__ = ["Carts", "carts"]

_FEWEST = 30


@dataclass(frozen=True)
class Carts:
    """Carts of the period and what became of them.

    Args:
        period: Days on which the carts were filled.
        hours: Time after the last product was put in, within which a cart counts as paid.
        counts: ``carts, paid, abandoned, reached_checkout`` (of the abandoned), ``open``
            (filled so late that the time is not over; in none of the others).
        rate: Abandoned share of carts whose time is over, fraction.
        low: Lower end of its Wilson interval.
        high: Upper end.
        value: Money in abandoned carts.
        later: Share of abandoned carts whose customer or visitor paid within ``recent_days``
            after all, without being asked; not a number where too few could be watched.
        profile: From ``cart_profile.cart_profile``.
        recovery: Whom to write to, most money first, one row per customer: ``customer_id,
            visitor_id, last_cart`` (when), ``device, channel, items, price`` (shelf value),
            ``value`` (as ``basis`` says), ``reason``.
        unknown: Abandoned carts of the same days whose visitor is no known customer.
        refused: Of known customers who do not want to be written to.
        recent_days: Days before the end whose carts are on the list.
        basis: What ``value`` is: ``margin``, ``sales`` or ``none`` (no prices are known).
        level: Confidence of the intervals.
        shop: Title of the shop.
        currency: ISO code.
    """

    period: Period
    hours: int
    counts: dict[str, int]
    rate: float
    low: float
    high: float
    value: float
    later: float
    profile: pd.DataFrame
    recovery: pd.DataFrame
    unknown: int
    refused: int
    recent_days: int
    basis: str
    level: float
    shop: str
    currency: str


@shared
def carts(
    shop: Shop,
    period: Period,
    *,
    hours: int = 24,
    recent_days: int = 7,
    level: float = 0.95,
) -> Carts:
    """Judge every cart of the period, and list those still worth a message.

    A cart is a visit in which something was put in. It is paid if its visitor paid, or its
    customer placed an order that was paid, from its first product until ``hours`` after its
    last. What is in it is counted once per product, since carts do not record pieces or what
    was taken out again; the price is the mean paid in the shop's data, else the list price.

    Args:
        shop: Needs ``sessions`` and ``events``; ``products`` or ``order_lines`` for values,
            ``customers.consent`` to leave out who does not want to be written to.
        period: Days on which carts were filled.
        hours: 1 to 720.
        recent_days: Length of the list in days before the period's end, 1 to 60.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: A table is missing, or nobody filled a cart.
        ParameterError: An option is out of range.
    """
    _check("hours", hours, 1, 720)
    _check("recent_days", recent_days, 1, 60)
    _check("level", level, 0.5, 0.999)
    basis, filled, known = _filled(shop, period)
    if filled.empty:
        raise CannotTell(N_("nobody put anything into a cart in {period}"), period=str(period))
    # Not known when is not in time: a comparison with a missing number is False.
    frame = filled.assign(paid=filled["next_paid"].astype(float) <= filled["last"] + hours * 3600)
    limit = known.timestamp() - hours * 3600
    frame["open"] = (frame["last"] > limit) & ~frame["paid"]
    over = frame[~frame["open"]]
    left = over[~over["paid"]]
    low, high = share_interval(len(left), len(over), level)
    watched = left[left["last"] <= limit + hours * 3600 - recent_days * 86400]
    recovery, unknown, refused = recovery_list(shop, frame, period, recent_days)
    return Carts(
        period=period,
        hours=hours,
        counts={
            "carts": len(over),
            "paid": int(over["paid"].sum()),
            "abandoned": len(left),
            "reached_checkout": int(left["checkout"].sum()),
            "open": int(frame["open"].sum()),
        },
        rate=len(left) / len(over) if len(over) else float("nan"),
        low=low,
        high=high,
        value=float(left["value"].sum()),
        later=_later(watched, recent_days),
        profile=cart_profile(over, level=level),
        recovery=recovery,
        unknown=unknown,
        refused=refused,
        recent_days=recent_days,
        basis=basis,
        level=level,
        shop=shop.title,
        currency=shop.currency,
    )


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ParameterError(
            N_("{name} {value} is out of bounds; use {low} to {high}"),
            name=name,
            value=value,
            low=low,
            high=high,
        )


def _later(watched: pd.DataFrame, days: int) -> float:
    """Of carts left more than so many days before the data's end: paid in that time."""
    if len(watched) < _FEWEST:
        return float("nan")
    return float((watched["next_paid"] - watched["last"] <= days * 86400).mean())


@shared
def _filled(shop: Shop, period: Period) -> tuple[str, pd.DataFrame, pd.Timestamp]:
    """What holds for any patience: the basis of values, the carts, the last event's time.

    One row per visit with a cart: who, when, what it is worth, and when it was paid.
    """
    basis, filled = _with_payment(shop, period)
    known = pd.Timestamp(shop.events.event_ts.max().execute())
    return basis, filled.execute(), known


def _with_payment(shop: Shop, period: Period) -> tuple[str, Frame]:
    shop.require(
        {
            "events": ("session_id", "event_ts", "type"),
            "sessions": ("session_id", "visitor_id", "start_ts"),
        }
    )
    events = shop.events
    put = in_days(events.filter(events.type == "cart"), period.start, period.end, "event_ts")
    basis, prices = cart_prices(shop)
    put = put.mutate(second=second_of(put.event_ts))
    if "sku" not in put.columns:
        put = put.mutate(sku=ibis.null("string"))
        basis = "none"
    items = put.group_by("session_id", "sku").aggregate(
        first=put.second.min(), last=put.second.max()
    )
    items = items.left_join(prices, items.sku == prices.of_sku)
    filled = items.group_by("session_id").aggregate(
        first=items["first"].min(),
        last=items["last"].max(),
        items=items.sku.nunique(),
        price=items.price.sum().fill_null(0.0),
        value=items.value.sum().fill_null(0.0),
    )
    begun = events.filter(events.type == "checkout").select(begun="session_id").distinct()
    visits = shop.sessions
    names = ("customer_id", "device", "channel", "source_class")
    about = {
        name: visits[name].cast("string") if name in visits.columns else ibis.null("string")
        for name in names
    }
    visits = visits.select(visit="session_id", visitor_id="visitor_id", **about)
    filled = filled.inner_join(visits, filled.session_id == visits.visit).drop("visit")
    filled = filled.left_join(begun, filled.session_id == begun.begun)
    filled = filled.mutate(checkout=filled.begun.notnull()).drop("begun")
    pays = events.filter(events.type == "pay", events.event_ts >= _day(period))
    pays = pays.select(pay_visit="session_id", at=second_of(pays.event_ts))
    by_visitor = pays.inner_join(visits, pays.pay_visit == visits.visit).select(
        who="visitor_id", at="at"
    )
    filled = _next_paid(filled, by_visitor, "visitor_id", "seen_paid")
    orders = paid_orders(shop)
    if "customer_id" in orders.columns:
        bought = orders.filter(orders.order_ts >= _day(period), orders.customer_id.notnull())
        bought = bought.select(who=bought.customer_id, at=second_of(bought.order_ts))
        filled = _next_paid(filled, bought, "customer_id", "ordered")
    else:
        filled = filled.mutate(ordered=ibis.null("int64"))
    first = ibis.least(filled.seen_paid.fill_null(_NEVER), filled.ordered.fill_null(_NEVER)).nullif(
        _NEVER
    )
    return basis, filled.mutate(next_paid=first).drop("seen_paid", "ordered")


_NEVER = 2**40


def _day(period: Period) -> datetime:
    return datetime.combine(period.start, time.min)


def _next_paid(filled: Frame, paid: Frame, who: str, name: str) -> Frame:
    """First payment of the same person from the cart's first product on."""
    pairs = filled.select("session_id", "first", person=filled[who])
    pairs = pairs.inner_join(paid, [pairs.person == paid.who, paid["at"] >= pairs["first"]])
    nearest = pairs.group_by("session_id").aggregate(**{name: pairs["at"].min()})
    return filled.left_join(nearest, "session_id").select(*filled.columns, name)

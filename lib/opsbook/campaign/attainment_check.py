"""First step of a post-mortem: is everything there, and what does each gap cost the answer."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from opsbook.campaign.attainment_days import day_sheet
from opsbook.campaign.event import Event, all_events
from opsbook.language import count, per_cent, t
from opsbook.shop.sales import in_days, line_amounts, paid_orders
from opsbook.shop.shop import Shop

__all__ = ["Collected", "collected"]

Status = Literal["there", "partly", "missing"]
_RETURN_DAYS = 30


@dataclass(frozen=True)
class Collected:
    """One thing a post-mortem rests on. All text is in the language in force.

    Args:
        what: What is looked for.
        status: Whether it is there.
        seen: What was found.
        cost: What cannot be said without it; empty when it is there.
    """

    what: str
    status: Status
    seen: str
    cost: str = ""


def collected(shop: Shop, event: Event) -> tuple[Collected, ...]:
    """Check what the analysis of an event rests on, gap by gap.

    Args:
        shop: The shop.
        event: From ``event_of``.

    Source:
        E01: 001 活动复盘, step one (收集).
    """
    return (
        _days(shop, event),
        _goal(event),
        _last_year(shop, event),
        _overlaps(shop, event),
        _visits(shop, event),
        _costs(shop, event),
        _spend(shop),
        _stock(shop),
        _returns(shop, event),
        _contacts(shop, event),
    )


def _days(shop: Shop, event: Event) -> Collected:
    what = t("Days of the event")
    known = (event.until - event.since).days
    if known <= 0:
        return Collected(
            what, "missing", t("none of {n}", n=event.days.days), t("everything: it has not begun")
        )
    if not shop.has("order_lines"):
        return Collected(what, "partly", t("orders without lines"), t("sales, price, basket"))
    sheet = day_sheet(shop, event.since, event.until)
    empty = int((sheet["orders"] == 0).sum())
    seen = t(
        "{known} of {n} days, {orders} orders",
        known=known,
        n=event.days.days,
        orders=count(float(sheet["orders"].sum())),
    )
    if empty:
        return Collected(what, "partly", seen, t("{n} days without any order", n=empty))
    if known < event.days.days:
        return Collected(what, "partly", seen, t("the result; only days so far can be compared"))
    return Collected(what, "there", seen)


def _goal(event: Event) -> Collected:
    what = t("Goal and budget")
    names = (
        (t("GMV"), event.goal_gmv),
        (t("new customers"), event.goal_new_customers),
        (t("budget"), event.budget),
    )
    there = [name for name, value in names if value is not None]
    gone = [name for name, value in names if value is None]
    if not there:
        return Collected(what, "missing", t("none on record"), t("attainment"))
    seen = t(", ").join(there)
    if gone:
        return Collected(what, "partly", seen, t("attainment of {names}", names=t(", ").join(gone)))
    return Collected(what, "there", seen)


def _last_year(shop: Shop, event: Event) -> Collected:
    what = t("Same event last year")
    if event.last_year is None:
        return Collected(
            what, "missing", t("none in the table of campaigns"), t("growth; phase goals")
        )
    base = next(e for e in all_events(shop) if e.id == event.last_year)
    known = (base.until - base.since).days
    if known < base.days.days:
        return Collected(
            what,
            "partly" if known > 0 else "missing",
            t("{name}: {known} of {n} days", name=base.name, known=max(known, 0), n=base.days.days),
            t("growth on the days outside the data"),
        )
    return Collected(what, "there", base.name)


def _overlaps(shop: Shop, event: Event) -> Collected:
    what = t("Other campaigns in the same days")
    if not event.overlaps:
        return Collected(what, "there", t("none"))
    names = {e.id: e.name for e in all_events(shop)}
    shown = [names[i] for i in event.overlaps]
    text = t(", ").join(shown[:3]) + (" …" if len(shown) > 3 else "")
    return Collected(what, "partly", text, t("which of them brought a sale on shared days"))


def _visits(shop: Shop, event: Event) -> Collected:
    what = t("Visits")
    if not shop.has("sessions", "visitor_id", "start_ts"):
        return Collected(what, "missing", t("not recorded"), t("traffic apart from conversion"))
    if event.observed is None:
        return Collected(what, "missing", t("none yet"), t("traffic apart from conversion"))
    days = day_sheet(shop, event.since, event.until)["sessions"]
    known = int(days.notna().sum())
    seen = t("{n} visits on {days} days", n=count(float(days.sum())), days=known)
    if known < len(days):
        return Collected(
            what,
            "partly",
            seen,
            t("{n} days without a visit on record", n=len(days) - known),
        )
    return Collected(what, "there", seen)


def _costs(shop: Shop, event: Event) -> Collected:
    what = t("Unit costs")
    if not shop.has("order_lines", "unit_cost"):
        return Collected(what, "missing", t("not recorded"), t("margin: money below is sales"))
    if event.observed is None:
        return Collected(what, "there", t("on record"))
    lines = line_amounts(shop)
    orders = in_days(paid_orders(shop), event.since, event.until).select("order_id")
    lines = lines.semi_join(orders, "order_id")
    row = lines.aggregate(
        all=lines.amount.sum(), known=lines.amount.sum(where=lines.cost.notnull())
    ).execute()
    total, known = float(row["all"].iloc[0] or 0.0), float(row["known"].fillna(0.0).iloc[0])
    share = known / total if total > 0 else 0.0
    seen = t("{share} of sales", share=per_cent(share))
    if share < 0.5:
        return Collected(what, "missing", seen, t("margin: money below is sales"))
    if share < 0.98:
        return Collected(what, "partly", seen, t("margin of the rest, taken as the same"))
    return Collected(what, "there", seen)


def _spend(shop: Shop) -> Collected:
    what = t("Advertising")
    if not shop.has("ad_spend", "date", "cost"):
        return Collected(what, "missing", t("not recorded"), t("return on advertising"))
    return Collected(what, "there", t("by day and channel"))


def _stock(shop: Shop) -> Collected:
    what = t("Stock by day")
    if not shop.has("inventory_daily"):
        return Collected(what, "missing", t("not recorded"), t("sales lost to stock-outs"))
    return Collected(what, "there", t("by day and product"))


def _returns(shop: Shop, event: Event) -> Collected:
    what = t("Returned goods")
    if not shop.has("returns", "order_id", "request_ts"):
        return Collected(what, "missing", t("not recorded"), t("what of the sales stays"))
    if event.observed is None:
        return Collected(what, "missing", t("none yet"), t("what of the sales stays"))
    ripe = event.end + timedelta(days=_RETURN_DAYS)
    age = (event.known - event.end).days
    if event.known < ripe:
        return Collected(
            what,
            "partly",
            t("{n} days after the end", n=max(age, 0)),
            t("the final share: what is to come is estimated"),
        )
    return Collected(what, "there", t("{n} days after the end", n=age))


def _contacts(shop: Shop, event: Event) -> Collected:
    what = t("Customers contacted")
    if event.targeted:
        return Collected(what, "there", t("on record"))
    if shop.has("contacts", "customer_id", "contact_ts") and event.observed is not None:
        sent = in_days(shop.contacts, event.since, event.until, "contact_ts")
        people = int(sent.customer_id.nunique().execute())
        if people:
            # The section on targeting judges these: it must not come as a surprise there.
            return Collected(
                what,
                "partly",
                t("{n} customers on its days, none in its name", n=count(people)),
                t("which messages were the event's"),
            )
    return Collected(
        what, "missing", t("none on record for it"), t("what contacting a customer added")
    )

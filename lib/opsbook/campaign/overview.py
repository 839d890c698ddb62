"""The top and the bottom of the campaign report: the verdict, key figures, what cannot be said."""

from datetime import timedelta

from opsbook.campaign.attainment import attainment
from opsbook.campaign.baseline import event_lift
from opsbook.campaign.brought import Brought
from opsbook.campaign.event import Event
from opsbook.campaign.money_rates import Lift as AddedLift
from opsbook.chart.blocks import Definitions, Heading, KeyFigures
from opsbook.chart.heading import page_heading
from opsbook.chart.strip import strip_of_period
from opsbook.errors import CannotTell
from opsbook.language import N_, per_cent, t
from opsbook.shop.checks import CheckResult
from opsbook.shop.metrics import definitions, key_figures
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shop import Shop

__all__ = ["READS", "days_of", "heading", "key_strip", "lift_of", "limits", "words_used"]

READS = (
    *("orders", "order_lines", "products", "customers", "sessions", "campaigns", "calendar"),
    *("contacts", "experiments", "ad_spend", "inventory_daily", "returns", "points_ledger"),
)
"""Tables this room reads where a shop has them."""

STRIP = ("gmv", "orders", "aov", "visitors", "cvr", "buyers")


def days_of(shop: Shop, event: Event | None) -> Period:
    """Days that the key figures are for: the event's, as far as they are over.

    Without an event it is the last four weeks of the data, before one those before it begins.
    """
    if event is not None and event.observed is not None:
        return event.observed
    whole = data_days(shop)
    end = whole.end if event is None else min(whole.end, event.days.start)
    if end <= whole.start:
        end = whole.end
    return Period(max(whole.start, end - timedelta(days=28)), end)


def heading(shop: Shop, event: Event | None, checked: CheckResult) -> Heading:
    """What the event brought, in one sentence, with its days and the state of the data.

    Args:
        shop: The shop.
        event: The event; None where the shop has none.
        checked: From ``shop.checks.check``.
    """
    return page_heading(shop, _headline(shop, event), days_of(shop, event), checked)


def _headline(shop: Shop, event: Event | None) -> str:
    if event is None:
        return t("No campaign is on record: this page has the calendar and the budget only")
    if event.state == "future":
        return t(
            "{event} has not begun: its stock, its goal and what was promised", event=event.name
        )
    try:
        brought = event_lift(shop, event).headline()
    except CannotTell:
        brought = ""
    goal = _goal(shop, event)
    return "; ".join(part for part in (brought, goal) if part) or event.name


def _goal(shop: Shop, event: Event) -> str:
    try:
        goal = attainment(shop, event).goal("gmv")
    except CannotTell:
        return ""
    if goal is None:
        return ""
    return t("{share} of the goal", share=per_cent(goal["attained"], 0))


def lift_of(brought: Brought | None) -> AddedLift | None:
    """What the event added in sales, for the money section; None where it was not told."""
    gmv = brought.lifts.get("gmv") if brought else None
    if gmv is None:
        return None
    # A message and not its words: what is asked with it is then the same in every language.
    net, method = gmv.net, N_("baseline without the event")
    return AddedLift(net.low, net.gain, net.high, kind="gmv", method=method)


def key_strip(shop: Shop, event: Event | None) -> KeyFigures:
    """Key figures of the event's days against as many days before it."""
    return strip_of_period(shop, days_of(shop, event), STRIP)


def limits(shop: Shop) -> tuple[str, ...]:
    """What this shop's data cannot tell about its campaigns, one line each."""
    gone: list[str] = []
    if not shop.has("campaigns"):
        gone.append(t("Campaigns: none are recorded, so there is no event to look at."))
    if not shop.has("contacts"):
        gone.append(t("Targeting: who was contacted is not recorded; only the whole shop is read."))
    if not shop.has("ad_spend"):
        gone.append(t("Advertising: no spend is recorded, so there is no ROAS and no budget."))
    if not shop.has("order_lines", "unit_cost"):
        gone.append(t("Profit: unit costs are not recorded; money is sales, not margin."))
    if not shop.has("inventory_daily"):
        gone.append(t("Stock: none is recorded, so lost sales are not known."))
    if not shop.has("returns"):
        gone.append(t("Returns: none are recorded; sales count as kept."))
    return tuple(gone)


def words_used(shop: Shop, event: Event | None) -> Definitions:
    """Definitions of the key figures, and the report's limits."""
    used = [name for name in STRIP if name in key_figures(shop, days_of(shop, event))]
    return Definitions(definitions(used), limits(shop))

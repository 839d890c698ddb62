"""Traffic answers, right and wrong: conversion, funnel, baskets, returns on spend, tests."""

from typing import Any

import ibis

from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop
from opsbook.teach.class_days import figures, lines_of, quarter, quarter_given
from opsbook.teach.once import once
from opsbook.traffic.basket_size import basket_size
from opsbook.traffic.channels import channels
from opsbook.traffic.funnel import funnel
from opsbook.traffic.holdout import holdout_effects
from opsbook.traffic.steps import SHOP_STEPS, Funnel

__all__ = [
    "account", "added", "break_even", "cart_visitors", "channel_given", "claimed", "event_ratio",
    "figure", "journey_given", "lines_per_order", "margin_over_cost", "mean_of_days",
    "of_all_visits", "pieces_per_buyer", "pieces_per_line", "relative", "roas", "roas_less_one",
    "roi", "to_cart", "to_pay", "unasked", "upt",
]  # fmt: skip


def figure(name: str, over: str = "") -> Any:
    """A figure of the metric dictionary, or one over another."""

    def of(shop: Shop) -> float:
        found = figures(shop)
        return found[name] / (found[over] if over else 1.0)

    return of


def mean_of_days(shop: Shop) -> float:
    """Orders over visits, day by day, then the plain mean: a slow day counts like a festival."""
    days = quarter(shop)
    visits = in_days(shop.sessions, days.start, days.end, "start_ts")
    daily = visits.group_by(day=visits.start_ts.date()).aggregate(v=visits.visitor_id.nunique())
    lines = lines_of(shop, days)
    sold = lines.group_by("day").aggregate(b=lines.customer_id.nunique())
    both = daily.left_join(sold, "day")
    return float((both.b.fill_null(0) / both.v).mean().execute())


def to_cart(shop: Shop) -> float:
    """Visits with a product view that went on to the cart."""
    return _step(shop, "session")


def _step(shop: Shop, within: Any) -> float:
    found = funnel(shop, Funnel(SHOP_STEPS[:2], within=within), quarter(shop))
    return float(found.total["rate"].iloc[1])


def cart_visitors(shop: Shop) -> float:
    """The same for visitors."""
    return _step(shop, "visitor")


def _inside(shop: Shop) -> ibis.Table:
    days = quarter(shop)
    return in_days(shop.events, days.start, days.end, "event_ts")


def event_ratio(shop: Shop) -> float:
    """Cart events over view events."""
    events = _inside(shop)
    views = (events.type == "view") & events.sku.notnull()
    row = events.aggregate(c=(events.type == "cart").sum(), v=views.sum()).execute().iloc[0]
    return float(row["c"] / row["v"])


def of_all_visits(shop: Shop) -> float:
    """Visits with a cart over all visits."""
    days, events = quarter(shop), _inside(shop)
    carts = events.filter(events.type == "cart").session_id.nunique().execute()
    visits = in_days(shop.sessions, days.start, days.end, "start_ts").count().execute()
    return float(carts / visits)


def to_pay(shop: Shop) -> float:
    """The whole way to payment."""
    found = funnel(shop, Funnel(SHOP_STEPS, within="session"), quarter(shop))
    return float(found.total["of_first"].iloc[-1])


def upt(shop: Shop) -> float:
    """Pieces per order."""
    found = basket_size(shop, quarter(shop)).upt
    return found.value if found is not None else float("nan")


def lines_per_order(shop: Shop) -> float:
    """Lines per order."""
    lines = lines_of(shop, quarter(shop))
    return float((lines.count() / lines.order_id.nunique()).execute())


def pieces_per_buyer(shop: Shop) -> float:
    """Pieces per buyer."""
    found = figures(shop)
    return found["units"] / found["buyers"]


def pieces_per_line(shop: Shop) -> float:
    """Pieces per line."""
    return float(lines_of(shop, quarter(shop)).qty.mean().execute())


@once
def _dearest(shop: Shop) -> Any:
    """The row of the channel that most was spent on."""
    paid = channels(shop, quarter(shop)).paid
    return paid.sort_values("spend", ascending=False).iloc[0]


def channel_given(shop: Shop) -> dict[str, Any]:
    """The channel that most was spent on, and the days."""
    return {"channel": str(_dearest(shop)["channel"]), **quarter_given(shop)}


def roi(shop: Shop) -> float:
    """Margin less cost, over cost."""
    return float(_dearest(shop)["roi"])


def roas(shop: Shop) -> float:
    """Sales over cost."""
    return float(_dearest(shop)["roas"])


def roas_less_one(shop: Shop) -> float:
    """Sales less cost, over cost."""
    return roas(shop) - 1


def margin_over_cost(shop: Shop) -> float:
    """Margin over cost."""
    return roi(shop) + 1


def account(shop: Shop) -> float:
    """What the ad account claims, over cost."""
    row = _dearest(shop)
    return float(row["account_sales"] / row["spend"])


@once
def _journey(shop: Shop) -> Any:
    """The row of the journey with most contacts among those that left customers out."""
    frame = holdout_effects(shop).frame
    return frame[frame["held"] > 0].sort_values("contacts", ascending=False).iloc[0]


def journey_given(shop: Shop) -> dict[str, Any]:
    """The journey with most contacts among those with a holdout."""
    return {"journey": str(_journey(shop)["journey"]), "window_days": 14}


def added(shop: Shop) -> float:
    """Rate of the messaged less that of those held out."""
    row = _journey(shop)
    return float(row["rate"] - row["base"])


def claimed(shop: Shop) -> float:
    """Rate of the messaged."""
    return float(_journey(shop)["rate"])


def relative(shop: Shop) -> float:
    """Rate of the messaged over that of those held out, less one."""
    row = _journey(shop)
    return float(row["rate"] / row["base"] - 1)


def unasked(shop: Shop) -> float:
    """Rate of those held out."""
    return float(_journey(shop)["base"])


def break_even(shop: Shop) -> float:
    """The ROAS that breaks even: one over the margin's share of sales."""
    return roas(shop) / margin_over_cost(shop)


def needed_share(shop: Shop) -> float:
    """The part of orders that the advertising must have brought to pay for itself."""
    return 1 / margin_over_cost(shop)

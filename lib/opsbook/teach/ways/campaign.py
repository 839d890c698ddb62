"""Campaign answers, right and wrong: goal, returns, waterfall, steps, targeting, dependence."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.common.discount_rules import steps_of
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.metrics import key_figures, order_totals
from opsbook.shop.periods import Period, data_days, latest_period
from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop
from opsbook.teach.class_days import lines_of
from opsbook.teach.once import once

__all__ = [
    "after_discount", "attained", "below_list", "cost_times_qty", "cost_to_gain", "dependence",
    "did", "event_given", "every_order", "given", "got_a_discount", "marked_only", "missing",
    "naive", "of_orders", "own_past", "peak_only", "refunded_meanwhile", "roas", "roi",
    "rule_given", "sales_less_cost", "tier_given", "times_earned", "to_everyday", "twice",
    "uptake", "waterfall", "with_warm_up", "year_given",
]  # fmt: skip


_ONE = timedelta(days=1)
_TIER = "gold"


@once
def _event(shop: Shop) -> Any:
    """The finished mega-sale of the last year with the highest goal."""
    span = data_days(shop)
    rows = shop.campaigns.execute()
    ends = pd.to_datetime(rows["end_date"])
    over = (ends < pd.Timestamp(span.end)) & (
        ends > pd.Timestamp(span.end) - pd.Timedelta(days=365)
    )
    big = rows[over & (rows["type"] == "mega-sale") & (rows["goal_gmv"] > 0)]
    if big.empty:
        raise CannotTell(N_("no mega-sale with a goal ended within the last year of the data"))
    return big.sort_values("goal_gmv", ascending=False).iloc[0]


def _day(value: object) -> date:
    return pd.Timestamp(value).date()


def _days(shop: Shop) -> Period:
    """Warm-up to the last day."""
    row = _event(shop)
    return Period(_day(row["preheat_start_date"]), _day(row["end_date"]) + _ONE)


def _from_peak(shop: Shop) -> Period:
    return Period(_day(_event(shop)["start_date"]), _days(shop).end)


def event_given(shop: Shop) -> dict[str, Any]:
    """The event alone: its days are for the trainee to find."""
    row = _event(shop)
    return {"campaign_id": str(row["campaign_id"]), "name": str(row["name"])}


def given(shop: Shop) -> dict[str, Any]:
    """The event and its days."""
    days = _days(shop)
    return {
        **event_given(shop),
        "first_day": days.start.isoformat(),
        "last_day": (days.end - _ONE).isoformat(),
    }


def _marked(shop: Shop) -> Frame:
    """Paid orders of the event's days that count for it, with their sums."""
    days = _days(shop)
    orders = in_days(order_totals(shop), days.start, days.end)
    return orders.filter(orders.campaign_id == str(_event(shop)["campaign_id"]))


def _goal(shop: Shop) -> float:
    return float(_event(shop)["goal_gmv"])


@once
def _sold(shop: Shop) -> dict[str, float]:
    return key_figures(shop, _days(shop))


def attained(shop: Shop) -> float:
    """Sales from the first day of the peak to the last day, over the goal."""
    return key_figures(shop, _from_peak(shop))["gmv"] / _goal(shop)


def marked_only(shop: Shop) -> float:
    """Only orders that carry its number."""
    return float(_marked(shop).amount.sum().execute()) / _goal(shop)


def with_warm_up(shop: Shop) -> float:
    """The warm-up counted too."""
    return _sold(shop)["gmv"] / _goal(shop)


def missing(shop: Shop) -> float:
    """What is missing of the goal."""
    return 1 - attained(shop)


@once
def _spent(shop: Shop) -> float:
    spend = shop.ad_spend
    mine = spend.filter(spend.campaign_id == str(_event(shop)["campaign_id"]))
    return float(mine.cost.sum().execute())


@once
def _sums(shop: Shop) -> Any:
    orders = _marked(shop)
    return orders.aggregate(gmv=orders.amount.sum(), cost=orders.cost.sum()).execute().iloc[0]


def roi(shop: Shop) -> float:
    """Margin less advertising, over advertising."""
    sums, spent = _sums(shop), _spent(shop)
    return float((sums["gmv"] - sums["cost"] - spent) / spent)


def roas(shop: Shop) -> float:
    """Sales over advertising."""
    return float(_sums(shop)["gmv"] / _spent(shop))


def sales_less_cost(shop: Shop) -> float:
    """Sales less advertising, over advertising."""
    return roas(shop) - 1


def times_earned(shop: Shop) -> float:
    """Margin over advertising."""
    return roi(shop) + 1


def cost_to_gain(shop: Shop) -> float:
    """The course's other notation, cost to gain."""
    sums = _sums(shop)
    return float(_spent(shop) / (sums["gmv"] - sums["cost"]))


def _fall(shop: Shop, refunds: float) -> Mapping[str, float]:
    days = _days(shop)
    lines = lines_of(shop, days)
    row = lines.aggregate(full=lines.list_amount.sum(), paid=lines.amount.sum()).execute().iloc[0]
    full, paid = float(row["full"]), float(row["paid"])
    return {
        "list": full,
        "discount": full - paid,
        "sales": paid,
        "refunds": refunds,
        "net": paid - refunds,
    }


@once
def _refunds_of_event(shop: Shop) -> float:
    days = _days(shop)
    sold = in_days(order_totals(shop), days.start, days.end).select("order_id")
    return float(shop.returns.semi_join(sold, "order_id").refund_amount.sum().execute())


def waterfall(shop: Shop) -> Mapping[str, float]:
    """List value, discount, sales, refunds of these orders, net."""
    return _fall(shop, _refunds_of_event(shop))


def refunded_meanwhile(shop: Shop) -> Mapping[str, float]:
    """Refunds paid in the days, whatever order they belong to."""
    return _fall(shop, _sold(shop)["refunds"])


def twice(shop: Shop) -> Mapping[str, float]:
    """Discounts taken off sales again, though sales are what is left after them."""
    found = dict(waterfall(shop))
    found["net"] = found["sales"] - found["discount"] - found["refunds"]
    return found


def _reached(orders: Frame, shop: Shop, *, before_discount: bool) -> float:
    first = steps_of(str(_event(shop)["discount_rule"]))[0][0]
    basket = orders.amount + orders.discount.fill_null(0.0) if before_discount else orders.amount
    return float((basket >= first - 0.005).mean().execute())


def uptake(shop: Shop) -> float:
    """Share of marked orders at or above the first step, before the discount."""
    return _reached(_marked(shop), shop, before_discount=True)


def after_discount(shop: Shop) -> float:
    """The same by what was charged."""
    return _reached(_marked(shop), shop, before_discount=False)


def every_order(shop: Shop) -> float:
    """The same of all orders of the days."""
    days = _days(shop)
    orders = in_days(order_totals(shop), days.start, days.end)
    return _reached(orders, shop, before_discount=True)


def got_a_discount(shop: Shop) -> float:
    """Share of marked orders with any discount on the whole order."""
    orders = _marked(shop)
    return float((orders.discount.fill_null(0.0) > 0).mean().execute())


def rule_given(shop: Shop) -> dict[str, Any]:
    """The event with its discount rule."""
    return {**given(shop), "discount_rule": str(_event(shop)["discount_rule"])}


def _spend_by_side(shop: Shop, days: Period) -> tuple[float, float]:
    """Sales per customer of some days: of gold members, of all others."""
    known = shop.customers.filter(
        shop.customers.signup_date < ibis.literal(_days(shop).before().start)
    )
    orders = in_days(order_totals(shop), days.start, days.end)
    sums = orders.group_by("customer_id").aggregate(amount=orders.amount.sum())
    both = known.left_join(sums, "customer_id")
    gold = (both.tier == _TIER).fill_null(False)
    row = both.group_by(gold=gold).aggregate(m=both.amount.fill_null(0.0).mean()).execute()
    means = row.set_index("gold")["m"]
    if len(means) < 2:
        raise CannotTell(N_("the shop has no customers of that tier to compare"))
    return float(means[True]), float(means[False])


def naive(shop: Shop) -> float:
    """Gold members less others, during the event."""
    gold, others = _spend_by_side(shop, _days(shop))
    return gold - others


def did(shop: Shop) -> float:
    """The same gap less that of the days before."""
    gold, others = _spend_by_side(shop, _days(shop).before())
    return naive(shop) - (gold - others)


def own_past(shop: Shop) -> float:
    """Gold members during the event less before."""
    now, _ = _spend_by_side(shop, _days(shop))
    then, _ = _spend_by_side(shop, _days(shop).before())
    return now - then


def tier_given(shop: Shop) -> dict[str, Any]:
    """The event, the tier and the days before."""
    before = _days(shop).before()
    return {
        **given(shop),
        "tier": _TIER,
        "before_first_day": before.start.isoformat(),
        "before_last_day": (before.end - _ONE).isoformat(),
    }


def dependence(shop: Shop) -> float:
    """Share of a year's sales by orders that carry a campaign."""
    days = latest_period(shop, weeks=52)
    orders = in_days(order_totals(shop), days.start, days.end)
    marked = orders.amount.sum(where=orders.campaign_id.notnull())
    return float((marked / orders.amount.sum()).execute())


def of_orders(shop: Shop) -> float:
    """The same of orders."""
    days = latest_period(shop, weeks=52)
    orders = in_days(order_totals(shop), days.start, days.end)
    return float(orders.campaign_id.notnull().cast("float64").mean().execute())


def below_list(shop: Shop) -> float:
    """The share sold below list price."""
    return key_figures(shop, latest_period(shop, weeks=52))["promo_share"]


def to_everyday(shop: Shop) -> float:
    """Campaign sales over everyday sales."""
    share = dependence(shop)
    return share / (1 - share)


def year_given(shop: Shop) -> dict[str, Any]:
    """First and last day of 52 whole weeks."""
    days = latest_period(shop, weeks=52)
    return {"first_day": days.start.isoformat(), "last_day": (days.end - _ONE).isoformat()}


def peak_only(shop: Shop) -> float:
    """The tail forgotten: only from the first day to the last of the peak."""
    tail = _event(shop).get("tail_start_date")
    if tail is None or pd.isna(tail):
        raise CannotTell(N_("the event has no tail apart from its peak"))
    return key_figures(shop, Period(_from_peak(shop).start, _day(tail)))["gmv"] / _goal(shop)


def cost_times_qty(shop: Shop) -> float:
    """A line's cost multiplied by its pieces again."""
    lines = lines_of(shop, _days(shop))
    mine = lines.filter(lines.campaign_id == str(_event(shop)["campaign_id"]))
    cost = float((mine.cost * mine.qty).sum().execute())
    spent = _spent(shop)
    return float((_sums(shop)["gmv"] - cost - spent) / spent)

"""On which days of a campaign its spend-saving rule was really given."""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import pandas as pd

from opsbook.campaign.event import Event
from opsbook.common.discount_rules import steps_of
from opsbook.shop.periods import Period
from opsbook.shop.sales import line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["all_offer_days", "day_runs", "inside", "offer_days"]

_GIVEN = 0.5
"""Share of the baskets above the first step that must have a discount on a day of the rule."""


def offer_days(shop: Shop, event: Event) -> tuple[date, ...]:
    """Days on which most baskets above the lowest step got an order discount.

    A rule stands in the plan for the whole campaign, but often runs on its price days only.

    Args:
        shop: The shop; without ``orders.discount`` the days of the peak are taken.
        event: The campaign.

    Returns:
        The days in order; empty without a rule or without days inside the data.
    """
    return all_offer_days(shop, (event,))[event.id]


@shared
def all_offer_days(shop: Shop, events: tuple[Event, ...]) -> dict[str, tuple[date, ...]]:
    """``offer_days`` of several campaigns, in one question to the engine.

    Args:
        shop: The shop.
        events: Campaigns.

    Returns:
        Days by campaign number, one entry per campaign.
    """
    found: dict[str, tuple[date, ...]] = {e.id: () for e in events}
    ruled = [e for e in events if steps_of(e.rule) and e.observed]
    if not ruled:
        return found
    if not (shop.has("orders", "discount") and shop.has("order_lines")):
        for e in ruled:
            first, last = max(e.peak.start, e.since), min(e.peak.end, e.until)
            found[e.id] = tuple(first + timedelta(days=k) for k in range((last - first).days))
        return found
    orders = paid_orders(shop)
    tagged = "campaign_id" in orders.columns
    branches = []
    for e in ruled:
        days = (orders.day >= ibis.literal(e.since)) & (orders.day < ibis.literal(e.until))
        mine = (orders.campaign_id == ibis.literal(e.id)).fill_null(False) & days
        branches.append((mine if tagged else days, e))
    orders = orders.mutate(
        whose=ibis.cases(*((test, ibis.literal(e.id)) for test, e in branches)),
        least=ibis.cases(*((test, ibis.literal(steps_of(e.rule)[0][0])) for test, e in branches)),
        off=orders.discount.fill_null(0.0),
    )
    orders = orders.filter(orders.whose.notnull())
    if "coupon_id" in orders.columns:
        orders = orders.filter(orders.coupon_id.isnull())
    orders = orders.select("order_id", "day", "whose", "least", "off")
    lines = line_amounts(shop).semi_join(orders, "order_id")
    sums = lines.group_by("order_id").aggregate(amount=lines.amount.sum())
    able = orders.join(sums, "order_id")
    able = able.filter(able.amount + able.off >= able.least)
    table = (
        able.group_by("whose", "day")
        .aggregate(able=able.count(), given=(able.off > 0).sum())
        .order_by("whose", "day")
        .execute()
    )
    kept = table[table["given"] > _GIVEN * table["able"]]
    for whose, days in kept.groupby("whose")["day"]:
        found[str(whose)] = tuple(pd.to_datetime(days).dt.date)
    return found


def day_runs(days: Sequence[date]) -> list[Period]:
    """Days as few periods: runs without a gap.

    Args:
        days: Days in order.

    Example:
        >>> [str(p.days) for p in day_runs([date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 9)])]
        ['2', '1']
    """
    runs: list[Period] = []
    one = timedelta(days=1)
    for day in days:
        if runs and runs[-1].end == day:
            runs[-1] = Period(runs[-1].start, day + one)
        else:
            runs.append(Period(day, day + one))
    return runs


def inside(column: ibis.Value, days: Sequence[date]) -> ibis.Value:
    """Whether a date column falls on one of the days.

    Args:
        column: Of dates.
        days: Days in order.
    """
    found = ibis.literal(False)
    for run in day_runs(days):
        found = found | ((column >= ibis.literal(run.start)) & (column < ibis.literal(run.end)))
    return found

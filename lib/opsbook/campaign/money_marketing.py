"""What was spent to bring customers in: advertising, messages, and points given with orders."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis

from opsbook.campaign.event import Event
from opsbook.campaign.money_ledger import Days
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shop import Shop

__all__ = ["Marketing", "marketing_money", "reward_cost"]


@dataclass(frozen=True)
class Marketing:
    """Spend of one side, money.

    Args:
        ads: Advertising on the days, and in the event's name on other days.
        tagged: Of it, in the event's name.
        credited: Sales that ad accounts credit to what was spent in its name.
        messages: Cost of messages and calls on the days.
        has_ads: Whether advertising is on record.
        has_messages: Whether messages have a cost on record.
    """

    ads: float = 0.0
    tagged: float = 0.0
    credited: float = float("nan")
    messages: float = 0.0
    has_ads: bool = False
    has_messages: bool = False


def marketing_money(shop: Shop, event: Event, days: Days) -> dict[str, Marketing]:
    """Spend of the event's days and of ordinary days.

    Args:
        shop: The shop.
        event: The event.
        days: From ``days_of``.
    """
    ads = _ads(shop, event, days)
    messages = _messages(shop, days)
    has_ads, has_messages = shop.has("ad_spend"), shop.has("contacts", "cost")
    return {
        side: Marketing(
            ads=ads[side][0],
            tagged=ads[side][1],
            credited=ads[side][2],
            messages=messages.get(side, 0.0),
            has_ads=has_ads,
            has_messages=has_messages,
        )
        for side in ("event", "usual")
    }


def _ads(shop: Shop, event: Event, days: Days) -> dict[str, tuple[float, float, float]]:
    if not shop.has("ad_spend"):
        return {"event": (0.0, 0.0, float("nan")), "usual": (0.0, 0.0, float("nan"))}
    table = shop.ad_spend
    mine = ibis.literal(False)
    if "campaign_id" in table.columns:
        mine = (table.campaign_id == event.id).fill_null(False)
    revenue = table.revenue if "revenue" in table.columns else ibis.null("float64")
    # Spent in the event's name counts for it wherever it falls.
    side = ibis.ifelse(mine, "event", days.side(table.date))
    table = table.mutate(side=side, mine=mine, credited=revenue)
    table = table.filter(table.side.notnull())
    sums = (
        table.group_by("side")
        .aggregate(
            cost=table.cost.sum(),
            tagged=table.cost.sum(where=table.mine),
            credited=table.credited.sum(where=table.mine),
        )
        .execute()
        .set_index("side")
        .astype(float)
    )
    found = {}
    for name in ("event", "usual"):
        row = sums.loc[name] if name in sums.index else None
        tagged = 0.0 if row is None or row["tagged"] != row["tagged"] else float(row["tagged"])
        credited = float("nan") if row is None or not tagged else float(row["credited"])
        found[name] = (0.0 if row is None else float(row["cost"]), tagged, credited)
    return found


def _messages(shop: Shop, days: Days) -> dict[str, float]:
    if not shop.has("contacts", "contact_ts", "cost"):
        return {}
    last = days.event[-1] + timedelta(days=1)
    table = in_days(shop.contacts, days.first, last, "contact_ts")
    if "outcome" in table.columns:
        table = table.filter((table.outcome != "held_out").fill_null(True))
    table = table.mutate(side=days.side(table.contact_ts.date()))
    sums = table.group_by("side").aggregate(cost=table.cost.sum()).execute().dropna()
    return {str(k): float(v) for k, v in zip(sums["side"], sums["cost"], strict=True)}


def reward_cost(shop: Shop, known: date) -> float:
    """What an order's points cost in the end: rewards of the last year over its orders.

    Args:
        shop: The shop; 0 without ``points_ledger`` or the cost of rewards.
        known: Day from which on nothing is known.
    """
    if not (
        shop.has("points_ledger", "book_ts", "kind", "reward_id")
        and shop.has("rewards", "reward_id", "cost")
    ):
        return 0.0
    start = known - timedelta(days=365)
    booked = in_days(shop.points_ledger, start, known, "book_ts")
    used = booked.filter(booked.kind == "redeem").join(
        shop.rewards.select("reward_id", "cost"), "reward_id"
    )
    orders = in_days(paid_orders(shop), start, known)
    row = used.aggregate(cost=used.cost.sum()).cross_join(orders.aggregate(n=orders.count()))
    cost, n = row.execute().iloc[0].tolist()
    return float(cost or 0.0) / float(n) if n and cost == cost else 0.0

"""An event's goals against what was reached: of the whole shop, or of credited orders."""

from datetime import date

import ibis
import pandas as pd

from opsbook.campaign.event import Event
from opsbook.shop.metrics import buyer_of
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, line_amounts, paid_orders
from opsbook.shop.shop import Shop

__all__ = ["credited_to", "goal_rows", "spent_on"]


def spent_on(shop: Shop, event: Event, days: Period) -> tuple[float | None, bool]:
    """Advertising booked to the event; where none is, all of its days. And which of the two."""
    if not shop.has("ad_spend", "date", "cost"):
        return None, False
    table = shop.ad_spend
    if "campaign_id" in table.columns:
        own = table.filter(table.campaign_id == event.id, table.date < ibis.literal(days.end))
        total = own.aggregate(total=own.cost.sum()).execute()["total"].iloc[0]
        if total == total and total is not None:
            return float(total), True
    inside = in_days(table, days.start, days.end, "date")
    total = inside.aggregate(total=inside.cost.sum()).execute()["total"].iloc[0]
    return (float(total) if total == total and total is not None else None), False


def credited_to(shop: Shop, event: Event, until: date) -> dict[str, float]:
    """GMV and new customers of the orders that carry the event's number."""
    if not shop.has("orders", "campaign_id"):
        return {}
    orders = paid_orders(shop)
    orders = orders.mutate(buyer=buyer_of(orders))
    mine = orders.filter(orders.campaign_id == event.id, orders.day < ibis.literal(until))
    lines = line_amounts(shop).select("order_id", "amount").semi_join(mine, "order_id")
    gmv = lines.aggregate(gmv=lines.amount.sum()).execute()["gmv"].iloc[0]
    if gmv != gmv or gmv is None:
        return {}
    found = {"gmv": float(gmv)}
    if shop.has("orders", "customer_id"):
        first = orders.group_by("buyer").aggregate(first=orders.day.min())
        with_first = mine.join(first, "buyer")
        fresh = with_first.filter(with_first.day == with_first["first"])
        found["new_customers"] = float(
            fresh.aggregate(n=fresh.buyer.nunique()).execute().iloc[0, 0]
        )
    return found


def goal_rows(
    event: Event, days: pd.DataFrame, spent: float | None, credited: dict[str, float]
) -> pd.DataFrame:
    """One row per goal that was set: what was aimed at, reached, due and projected.

    Args:
        event: The event.
        days: From ``aligned_days``.
        spent: From ``spent_on``.
        credited: From ``credited_to`` where credited orders count; empty for the whole shop.
    """
    counted = days[days["phase"] != "preheat"]
    rows: list[dict[str, object]] = []
    over = event.state == "finished"
    for name, goal in (("gmv", event.goal_gmv), ("new_customers", event.goal_new_customers)):
        now = credited.get(name, float(counted[name].sum(min_count=1)))
        if goal is None or now != now:
            continue
        # What is credited follows no course of the shop.
        due = _course(counted, name, event) if name not in credited or over else float("nan")
        rows.append(
            {
                "goal_of": name,
                "goal": goal,
                "now": now,
                "attained": now / goal,
                "due": due,
                "projected": now / due if due > 0 else float("nan"),
            }
        )
    if event.budget is not None and spent is not None:
        rows.append(
            {
                "goal_of": "budget",
                "goal": event.budget,
                "now": spent,
                "attained": spent / event.budget,
                "due": float("nan"),
                "projected": float("nan"),
            }
        )
    return pd.DataFrame(rows, columns=["goal_of", "goal", "now", "attained", "due", "projected"])


def _course(days: pd.DataFrame, name: str, event: Event) -> float:
    """Part of the whole that last year had reached by the same phase day; 1 when it is over."""
    if event.state == "finished":
        return 1.0
    if f"{name}_then" not in days:
        return float("nan")
    whole = float(days[f"{name}_then"].sum())
    part = float(days.loc[days["both"], f"{name}_then"].sum())
    return part / whole if whole > 0 else float("nan")

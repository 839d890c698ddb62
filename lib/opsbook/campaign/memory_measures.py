"""The figures by which a promise of the last post-mortem is judged at the next run."""

from opsbook.campaign.action_measures import MEASURES
from opsbook.campaign.attainment import Attainment
from opsbook.campaign.event import Event
from opsbook.campaign.stock_lost import stock_lost
from opsbook.errors import CannotTell
from opsbook.shop.metrics import key_figures
from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop

__all__ = ["event_measures"]


def event_measures(shop: Shop, found: Attainment | None) -> dict[str, float]:
    """Every measure that the data allow for an event, by its id in ``actions.MEASURES``.

    Args:
        shop: The shop.
        found: From ``attainment``; None for an event that has not begun, which has no figures.
    """
    if found is None:
        return {}
    event = found.event
    figures = key_figures(shop, event.observed or event.days)
    # As the goal counts them: without the warm-up.
    counted = found.days[found.days["phase"] != "preheat"]
    values = {
        "gmv": found.gmv,
        "new_customers": float(counted["new_customers"].sum(min_count=1)),
        "gross_margin": figures.get("gross_margin", float("nan")),
        "aov": figures.get("aov", float("nan")),
        "units_per_order": figures.get("units_per_order", float("nan")),
        "discount_depth": figures.get("discount_depth", float("nan")),
        "visitors": figures.get("visitors", float("nan")),
        "cancelled": _cancelled(shop, found),
        "stock_lost": _stock_lost(shop, event),
    }
    if figures.get("visitors"):
        values["conversion"] = figures["orders"] / figures["visitors"]
    for name, goal_of in (("gmv_attained", "gmv"), ("budget_used", "budget")):
        goal = found.goal(goal_of)
        if goal is not None and (goal_of != "budget" or found.booked):
            values[name] = float(goal["attained"])
    tail = found.phases[found.phases["phase"] == "tail"]
    if len(tail):
        values["tail_multiple"] = float(tail["multiple"].iloc[0])
    return {name: v for name, v in values.items() if name in MEASURES and v == v}


def _cancelled(shop: Shop, found: Attainment) -> float:
    days = found.event.observed
    if days is None or not (shop.has("orders", "status") or shop.has("orders", "pay_ts")):
        return float("nan")
    placed = in_days(shop.orders, days.start, days.end, "order_ts")
    n = float(placed.count().execute())
    return 1 - float(found.days["orders"].sum()) / n if n else float("nan")


def _stock_lost(shop: Shop, event: Event) -> float:
    try:
        return stock_lost(shop, event).share[0]
    except CannotTell:
        return float("nan")

"""Answers to formula drills, right and wrong, with the figures drawn for a class."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opsbook.common.lmdi import lmdi
from opsbook.shop.shop import Shop
from opsbook.supply.reorder import safety_stock
from opsbook.teach.draws import drawn

__all__ = [
    "conversion_effect", "customer", "invites", "k", "k_people", "k_per_user_twice",
    "k_with_himself", "last_in_line", "ltv", "ltv_as_taught", "ltv_sales", "ltv_undiscounted",
    "ltv_year_end", "money", "not_taken_off", "one_at_a_time", "reorder_point", "roas",
    "roas_less_one", "roi", "safety", "safety_forecast_only", "safety_sum", "seven_days",
    "supplier", "tree", "visitors_effect",
]  # fmt: skip

Floats = NDArray[np.float64]


def invites(shop: Shop) -> dict[str, Any]:
    """Users, their invitations and who joins."""
    rng = drawn(shop, "K08-k-factor")
    return {
        "users": int(rng.integers(80, 400)) * 10,
        "invites_per_user": round(float(rng.uniform(1.6, 4.8)), 1),
        "conversion": round(float(rng.uniform(0.05, 0.17)), 3),
    }


def k(shop: Shop) -> float:
    """New users per original user."""
    g = invites(shop)
    return float(g["users"] * g["invites_per_user"] * g["conversion"] / g["users"])


def k_per_user_twice(shop: Shop) -> float:
    """Divided by users once too often."""
    return k(shop) / float(invites(shop)["users"])


def k_people(shop: Shop) -> float:
    """All new users."""
    return k(shop) * float(invites(shop)["users"])


def k_with_himself(shop: Shop) -> float:
    """The user himself counted."""
    return 1 + k(shop)


def customer(shop: Shop) -> dict[str, Any]:
    """A customer's purchases, margin and discount rate."""
    rng = drawn(shop, "K08-ltv")
    return {
        "purchases_next_year": round(float(rng.uniform(1.2, 3.8)), 1),
        "value_per_purchase": int(rng.integers(12, 40)) * 10,
        "gross_margin": round(float(rng.uniform(0.28, 0.52)), 2),
        "discount_per_year": round(float(rng.uniform(0.08, 0.16)), 2),
        "repeat_purchases_so_far": int(rng.integers(2, 7)),
        "people_brought_along": round(float(rng.uniform(0.05, 0.4)), 2),
    }


def ltv(shop: Shop) -> float:
    """Margin of next year, discounted from its middle."""
    g = customer(shop)
    margin = g["purchases_next_year"] * g["value_per_purchase"] * g["gross_margin"]
    return float(margin / math.sqrt(1 + g["discount_per_year"]))


def ltv_sales(shop: Shop) -> float:
    """Sales instead of margin."""
    return ltv(shop) / float(customer(shop)["gross_margin"])


def ltv_undiscounted(shop: Shop) -> float:
    """Not discounted."""
    return ltv(shop) * math.sqrt(1 + customer(shop)["discount_per_year"])


def ltv_year_end(shop: Shop) -> float:
    """Discounted a whole year."""
    return ltv(shop) / math.sqrt(1 + customer(shop)["discount_per_year"])


def ltv_as_taught(shop: Shop) -> float:
    """The course's formula: value per order, times repeat purchases, times people brought."""
    g = customer(shop)
    return float(g["value_per_purchase"] * g["repeat_purchases_so_far"] * g["people_brought_along"])


def supplier(shop: Shop) -> dict[str, Any]:
    """Demand, lead time, their spreads."""
    rng = drawn(shop, "K08-safety-stock")
    return {
        "pieces_a_day": int(rng.integers(5, 30)),
        "lead_time_days": int(rng.integers(6, 15)),
        "lead_time_sd_days": round(float(rng.uniform(1.2, 3.4)), 1),
        "review_days": 7,
        "forecast_error_pieces": int(rng.integers(20, 70)),
        "cycle_service": 0.95,
    }


def safety(shop: Shop) -> float:
    """Spreads added as squares."""
    g = supplier(shop)
    late = g["pieces_a_day"] * g["lead_time_sd_days"]
    return safety_stock(g["cycle_service"], math.hypot(g["forecast_error_pieces"], late))


def safety_sum(shop: Shop) -> float:
    """Spreads added as they are."""
    g = supplier(shop)
    late = g["pieces_a_day"] * g["lead_time_sd_days"]
    return safety_stock(g["cycle_service"], g["forecast_error_pieces"] + late)


def safety_forecast_only(shop: Shop) -> float:
    """Without the supplier's spread."""
    g = supplier(shop)
    return safety_stock(g["cycle_service"], float(g["forecast_error_pieces"]))


def seven_days(shop: Shop) -> float:
    """Seven days of sales."""
    return float(7 * supplier(shop)["pieces_a_day"])


def reorder_point(shop: Shop) -> float:
    """Mean demand of the time counted too."""
    g = supplier(shop)
    return safety(shop) + g["pieces_a_day"] * (g["lead_time_days"] + g["review_days"])


def tree(shop: Shop) -> dict[str, Any]:
    """Visitors, buyers, orders and value per order, before and now."""
    rng = drawn(shop, "K08-gmv-split")
    visitors, cvr = int(rng.integers(200, 900)) * 100, float(rng.uniform(0.025, 0.06))
    aov = int(rng.integers(80, 260))
    buyers = round(visitors * cvr)
    later = round(visitors * float(rng.uniform(1.12, 1.4)))
    # More visitors who buy less: the two parts have opposite signs.
    later_buyers = round(later * cvr * float(rng.uniform(0.74, 0.9)))
    return {
        "visitors_before": visitors,
        "buyers_before": buyers,
        "orders_before": round(buyers * float(rng.uniform(1.05, 1.2))),
        "value_per_order_before": aov,
        "visitors_now": later,
        "buyers_now": later_buyers,
        "orders_now": round(later_buyers * float(rng.uniform(1.05, 1.2))),
        "value_per_order_now": round(aov * float(rng.uniform(1.02, 1.12))),
    }


def _factors(shop: Shop) -> tuple[Floats, Floats]:
    g = tree(shop)
    sides = []
    for side in ("before", "now"):
        visitors, buyers, orders = (
            float(g[f"{name}_{side}"]) for name in ("visitors", "buyers", "orders")
        )
        value = float(g[f"value_per_order_{side}"])
        sides.append(np.array([visitors, buyers / visitors, orders / buyers, value]))
    return sides[0], sides[1]


def _effect(shop: Shop, factor: int) -> float:
    before, now = _factors(shop)
    return float(lmdi(before, now)[0, factor])


def conversion_effect(shop: Shop) -> float:
    """What buyers per visitor contributed."""
    return _effect(shop, 1)


def visitors_effect(shop: Shop) -> float:
    """What visitors contributed."""
    return _effect(shop, 0)


def one_at_a_time(shop: Shop) -> float:
    """Only this factor changed, all others old."""
    before, now = _factors(shop)
    return float(before[0] * (now[1] - before[1]) * before[2] * before[3])


def last_in_line(shop: Shop) -> float:
    """Only this factor changed, all others new."""
    before, now = _factors(shop)
    return float(now[0] * (now[1] - before[1]) * now[2] * now[3])


def money(shop: Shop) -> dict[str, Any]:
    """Spend, sales and margin of a channel."""
    rng = drawn(shop, "K08-roi")
    spend = int(rng.integers(20, 90)) * 1_000
    margin = round(float(rng.uniform(0.24, 0.42)), 2)
    # Around the break-even, so that ROAS looks fine on either side of it.
    sales = round(spend / margin * float(rng.uniform(0.75, 1.45)), -2)
    return {"ad_spend": spend, "sales": int(sales), "gross_margin": margin}


def roi(shop: Shop) -> float:
    """Margin less spend, over spend."""
    g = money(shop)
    return float((g["sales"] * g["gross_margin"] - g["ad_spend"]) / g["ad_spend"])


def roas(shop: Shop) -> float:
    """Sales over spend."""
    g = money(shop)
    return float(g["sales"] / g["ad_spend"])


def roas_less_one(shop: Shop) -> float:
    """Sales less spend, over spend."""
    return roas(shop) - 1


def not_taken_off(shop: Shop) -> float:
    """Margin over spend."""
    return roi(shop) + 1

"""Slips that each formula invites, on the figures drawn for a class: what they would give."""

import math

from opsbook.shop.shop import Shop
from opsbook.supply.reorder import safety_stock
from opsbook.teach.ways import formulas as right

__all__ = [
    "all_rounds", "all_rounds_with_himself", "both_conversions", "conversion_alone",
    "cost_over_sales", "error_scaled_again", "forever", "goods_cost",
    "invites_alone", "logarithm_alone", "mean_lead_time", "money_not_rate", "needed_roas",
    "one_purchase", "orders_effect", "over_sales", "past_purchases", "rate_change",
    "rate_taken_off", "service_as_factor", "share_of_change", "spend_before_margin",
    "supplier_only", "two_sided", "value_effect", "whole_change", "with_people_brought",
    "without_factor",
]  # fmt: skip


# --- K factor -----------------------------------------------------------------------------


def conversion_alone(shop: Shop) -> float:
    """The share that joins, without how many are asked."""
    return float(right.invites(shop)["conversion"])


def invites_alone(shop: Shop) -> float:
    """How many are asked, without the share that joins."""
    return float(right.invites(shop)["invites_per_user"])


def all_rounds(shop: Shop) -> float:
    """Every round to come added up: K, its square and so on."""
    k = right.k(shop)
    return k / (1 - k)


def all_rounds_with_himself(shop: Shop) -> float:
    """The same and the user himself."""
    return 1 / (1 - right.k(shop))


# --- customer value -----------------------------------------------------------------------


def _worth(shop: Shop, purchases: float) -> float:
    g = right.customer(shop)
    margin = purchases * g["value_per_purchase"] * g["gross_margin"]
    return float(margin / math.sqrt(1 + g["discount_per_year"]))


def past_purchases(shop: Shop) -> float:
    """Purchases made so far in place of those to come."""
    return _worth(shop, right.customer(shop)["repeat_purchases_so_far"])


def one_purchase(shop: Shop) -> float:
    """A single purchase."""
    return _worth(shop, 1.0)


def goods_cost(shop: Shop) -> float:
    """What the goods cost in place of the margin."""
    margin = float(right.customer(shop)["gross_margin"])
    return right.ltv(shop) / margin * (1 - margin)


def rate_taken_off(shop: Shop) -> float:
    """The yearly rate taken off as if it were a rebate."""
    return right.ltv_undiscounted(shop) * (1 - float(right.customer(shop)["discount_per_year"]))


def forever(shop: Shop) -> float:
    """Every year to come, not the next one."""
    return right.ltv_undiscounted(shop) / float(right.customer(shop)["discount_per_year"])


def with_people_brought(shop: Shop) -> float:
    """The people whom he brings along counted as his own purchases."""
    return right.ltv(shop) * (1 + float(right.customer(shop)["people_brought_along"]))


# --- safety stock -------------------------------------------------------------------------


def _late(shop: Shop) -> float:
    g = right.supplier(shop)
    return float(g["pieces_a_day"] * g["lead_time_sd_days"])


def _error(shop: Shop) -> float:
    return float(right.supplier(shop)["forecast_error_pieces"])


def _stock(shop: Shop, spread: float) -> float:
    return safety_stock(right.supplier(shop)["cycle_service"], spread)


def mean_lead_time(shop: Shop) -> float:
    """The lead time itself in place of how it varies."""
    g = right.supplier(shop)
    return _stock(shop, math.hypot(_error(shop), g["pieces_a_day"] * g["lead_time_days"]))


def without_factor(shop: Shop) -> float:
    """One standard deviation."""
    return math.hypot(_error(shop), _late(shop))


def service_as_factor(shop: Shop) -> float:
    """0.95 deviations."""
    return without_factor(shop) * float(right.supplier(shop)["cycle_service"])


def two_sided(shop: Shop) -> float:
    """1.96 deviations, as for an interval."""
    return without_factor(shop) * 1.96


def error_scaled_again(shop: Shop) -> float:
    """The error of the sum multiplied by the root of the days once more."""
    g = right.supplier(shop)
    days = g["lead_time_days"] + g["review_days"]
    return _stock(shop, math.hypot(_error(shop) * math.sqrt(days), _late(shop)))


def supplier_only(shop: Shop) -> float:
    """Without the forecast's error."""
    return _stock(shop, _late(shop))


# --- what conversion did ------------------------------------------------------------------


def _sales(shop: Shop, side: str) -> float:
    g = right.tree(shop)
    return float(g[f"orders_{side}"] * g[f"value_per_order_{side}"])


def _part(shop: Shop, above: str, below: str) -> float:
    g = right.tree(shop)
    now, before = _sales(shop, "now"), _sales(shop, "before")
    ratio = g[f"{above}_now"] / g[f"{above}_before"]
    if below:
        ratio /= g[f"{below}_now"] / g[f"{below}_before"]
    return float((now - before) / math.log(now / before) * math.log(ratio))


def orders_effect(shop: Shop) -> float:
    """The part of orders per buyer."""
    return _part(shop, "orders", "buyers")


def value_effect(shop: Shop) -> float:
    """The part of value per order."""
    return _part(shop, "value_per_order", "")


def both_conversions(shop: Shop) -> float:
    """The part of orders per visitor, which holds two factors."""
    return _part(shop, "orders", "visitors")


def whole_change(shop: Shop) -> float:
    """What all four factors did."""
    return _sales(shop, "now") - _sales(shop, "before")


def share_of_change(shop: Shop) -> float:
    """The part as a share of the whole change."""
    return right.conversion_effect(shop) / whole_change(shop)


def rate_change(shop: Shop) -> float:
    """By how much the rate changed."""
    return math.exp(logarithm_alone(shop)) - 1


def logarithm_alone(shop: Shop) -> float:
    """The logarithm of the ratio, without its weight."""
    g = right.tree(shop)
    now = g["buyers_now"] / g["visitors_now"]
    return math.log(now * g["visitors_before"] / g["buyers_before"])


# --- ROI ----------------------------------------------------------------------------------


def money_not_rate(shop: Shop) -> float:
    """Profit in money."""
    return right.roi(shop) * float(right.money(shop)["ad_spend"])


def over_sales(shop: Shop) -> float:
    """Profit over sales."""
    return money_not_rate(shop) / float(right.money(shop)["sales"])


def cost_over_sales(shop: Shop) -> float:
    """Advertising over sales."""
    return 1 / right.roas(shop)


def spend_before_margin(shop: Shop) -> float:
    """Advertising taken off sales, and the margin taken of the rest."""
    return right.roas_less_one(shop) * float(right.money(shop)["gross_margin"])


def needed_roas(shop: Shop) -> float:
    """The ROAS that breaks even."""
    return 1 / float(right.money(shop)["gross_margin"])

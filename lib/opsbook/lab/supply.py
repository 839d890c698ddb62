"""The lab's supply room: cover, stock levels, classes, clearance, suppliers, late parcels."""

from typing import Any

import pandas as pd

from opsbook.chart.section import known
from opsbook.lab.view import view
from opsbook.language import N_
from opsbook.shop.periods import days_reported
from opsbook.shop.shop import Shop
from opsbook.supply.abc_chart import abc_table, cell_table, plot_abc_xyz
from opsbook.supply.abc_xyz import abc_xyz
from opsbook.supply.clearance import ClearanceTerms, clearance
from opsbook.supply.clearance_chart import clearance_table, plot_clearance
from opsbook.supply.forecast import Forecast
from opsbook.supply.overview import morning, standing
from opsbook.supply.policy_tables import policy_table
from opsbook.supply.scorecard import scorecard
from opsbook.supply.scorecard_chart import plot_scorecard, scorecard_table
from opsbook.supply.stock_cover_chart import plot_cover, stock_cover_table
from opsbook.supply.stock_policy import policies
from opsbook.supply.supplier_trend import Deterioration, since_changes
from opsbook.supply.timeliness import timeliness
from opsbook.supply.timeliness_chart import hours_table, plot_punctuality, punctuality_table

__all__ = [
    "cover_bounds",
    "late_parcels",
    "product_classes",
    "sell_off",
    "stock_levels",
    "supplier_scores",
]

_NOTEBOOK = "supply_chain"


@view(_NOTEBOOK, N_("how far stock reaches"))
def cover_bounds(
    shop: Shop, *, cover_low: float, cover_high: float, holding_rate: float, end: str
) -> list[Any]:
    """Products short and products lying too long, under other bounds."""
    bounds = {"low_days": cover_low, "high_days": cover_high, "holding": holding_rate}
    cover = known(standing(shop, morning(shop, end), **bounds))
    return [plot_cover(cover), stock_cover_table(cover)]


@view(_NOTEBOOK, N_("stock levels and orders"))
def stock_levels(
    shop: Shop,
    *,
    target_fill_rate: float,
    review_days: int,
    order_cost: float,
    holding_rate: float,
    ahead: Forecast | None,
    times: pd.DataFrame | None,
) -> list[Any]:
    """When to order and how much, for another service, rhythm and other costs."""
    levels = policies(
        shop,
        ahead,
        times,
        target=target_fill_rate,
        review_days=review_days,
        holding_rate=holding_rate,
        order_cost=order_cost,
    )
    return [policy_table(levels, shop.currency)]


@view(_NOTEBOOK, N_("classes by sales and steadiness"))
def product_classes(shop: Shop, *, abc_a: float, abc_b: float, end: str) -> list[Any]:
    """The nine classes of the range, with other cuts."""
    grid = abc_xyz(shop, morning(shop, end), cuts=(abc_a, abc_b))
    return [plot_abc_xyz(grid), cell_table(grid), abc_table(grid)]


@view(_NOTEBOOK, N_("what to sell off"))
def sell_off(shop: Shop, *, dead_days: int, holding_rate: float, end: str) -> list[Any]:
    """Dead stock and its best price, for another rule of what is dead."""
    terms = ClearanceTerms(holding=holding_rate)
    dead = clearance(shop, morning(shop, end), dead_days=dead_days, terms=terms)
    return [plot_clearance(dead), clearance_table(dead)]


@view(_NOTEBOOK, N_("scores of suppliers"))
def supplier_scores(
    shop: Shop,
    *,
    supplier_weights: str,
    supplier_days: int,
    end: str,
    level: float,
    worse: Deterioration | None,
) -> list[Any]:
    """The scorecard under weights of one's own."""
    card = scorecard(
        shop,
        morning(shop, end),
        days=supplier_days,
        weights=supplier_weights,
        since=since_changes(known(worse)),
        level=level,
    )
    return [plot_scorecard(card), scorecard_table(card)]


@view(_NOTEBOOK, N_("late dispatch and what it costs"))
def late_parcels(
    shop: Shop, *, ship_hours: float, pay_per_late: float, weeks: int, end: str, level: float
) -> list[Any]:
    """Punctuality under another limit and another pay-out."""
    late = timeliness(
        shop,
        days_reported(shop, weeks=weeks, end=end),
        limits=(ship_hours, 2 * ship_hours),
        pay_per_late=pay_per_late,
        level=level,
    )
    return [plot_punctuality(late), punctuality_table(late), hours_table(late)]

"""A shop's past, laid out so that stock rules can be tried on it: demand, shelves, suppliers.

Everything a rule may see is dated. Lead times come from the deliveries the shop really received
around each day, drawn by lot with a fixed seed; the same draws are used for every rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.censored import demand_estimate
from opsbook.common.demand import DemandPanel, daily_demand
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shop import Shop
from opsbook.supply.day_plan import DayPlan, day_plan
from opsbook.supply.day_profile import day_profile, profile_input
from opsbook.supply.product_worth import paid_price, sales_class
from opsbook.supply.proposed_rule import LeadKnown
from opsbook.supply.replay import Costs, Replay
from opsbook.supply.replay_orders import (
    LeadsKnown,
    deliveries_seen,
    drawn_leads,
    open_orders,
    suppliers_of,
)

__all__ = ["World", "replay_world"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BEYOND = 92
"""Days beyond the data that calendar factors reach."""


@dataclass(frozen=True)
class World:
    """What stock rules are tried on; arrays have one row per product, one column per day.

    Args:
        panel: The demand panel behind it.
        demand: Whole pieces wanted.
        start: Column of the first day of the replay.
        measure: Column of the first day that counts.
        supplier: Supplier of each product; empty where no order tells.
        lead: Lead time of an order placed on each day, whole days, drawn by lot.
        known_leads: Mean and standard deviation of lead times as known on a day.
        opening: Free pieces on the first morning.
        on_way: Pieces of orders open at the start, by the day they arrive.
        turn: Day of the review round of each product.
        launch: Column of the first day of sale; negative if before the panel.
        category: Row of each product's category.
        factors: Calendar factors known after so many days.
        costs: What stock, orders and lost sales cost.
        abc: Class by sales of the year before the days that count.
        today: What the shop itself did on those days; None without a stock record.
        houses: Warehouses with stock.
        assumed: Whether lead times are an assumption.
        dropped: Share of the pieces wanted of products that were left out to save time.
    """

    panel: DemandPanel
    demand: Floats
    start: int
    measure: int
    supplier: NDArray[np.object_]
    lead: Ints
    known_leads: LeadKnown
    opening: Ints
    on_way: Ints
    turn: Ints
    launch: Ints
    category: Ints
    factors: Callable[[int, Floats], Floats]
    costs: Costs
    abc: NDArray[np.object_]
    today: Replay | None
    houses: int
    assumed: bool
    dropped: float

    @property
    def first(self) -> date:
        """First day that counts."""
        found: date = self.panel.dates[self.measure].date()
        return found


def replay_world(
    shop: Shop,
    end: date | None = None,
    *,
    days: int = 182,
    warm_up: int = 42,
    holding_rate: float = 0.25,
    order_cost: float = 10.0,
    review_days: int = 7,
    demand: NDArray[np.floating] | None = None,
    panel: DemandPanel | None = None,
    most: int = 2000,
    seed: int = 0,
) -> World:
    """Lay out the past for a replay.

    Args:
        shop: Needs ``order_lines.qty``; ``inventory_daily`` and ``purchase_orders`` where it
            has them.
        end: Day after the last one.
        days: Days that count, 28 to 366.
        warm_up: Days before them on which rules already order, 0 to 120.
        holding_rate: Yearly cost of keeping goods, as a share of their purchase price.
        order_cost: Money per order line.
        review_days: Days between two looks, 1 to 28.
        demand: Pieces wanted per product and day of ``panel``; the estimate of
            ``demand_estimate`` unless given.
        panel: The panel, where it has been read already.
        most: Products replayed at most, those that sell most.
        seed: Of the lead times drawn.

    Raises:
        CannotTell: Less than half a year of history lies before the days that count.
        ParameterError: A parameter lies outside its bounds.
    """
    for name, value, least, top in (
        ("days", days, 28, 366),
        ("warm_up", warm_up, 0, 120),
        ("review_days", review_days, 1, 28),
    ):
        if not least <= value <= top:
            raise ParameterError(
                N_("{name} is {value}; use {least} to {most}"),
                name=name,
                value=value,
                least=least,
                most=top,
            )
    panel = panel or daily_demand(shop, end)
    n = len(panel.dates)
    measure = n - days
    start = measure - warm_up
    if start < 182:
        raise CannotTell(
            N_(
                "trying stock rules on {days} days takes {need} days of sales; the data have "
                "{have}. Use fewer days"
            ),
            days=days,
            need=days + warm_up + 182,
            have=n,
        )
    wanted = _whole(panel.sold, demand_estimate(panel) if demand is None else demand)
    pieces = wanted[:, start:].sum(axis=1)
    keep = np.sort(np.argsort(-pieces, kind="stable")[:most])
    dropped = 1 - float(pieces[keep].sum()) / max(float(pieces.sum()), 1e-9)
    if len(keep) < len(pieces):
        panel, wanted = _rows(panel, keep), wanted[keep]
    names, category = np.unique(
        panel.skus["category"].fillna("").to_numpy(str), return_inverse=True
    )
    assumed = not shop.has("purchase_orders", "received_date", "order_date", "sku", "supplier_id")
    first = panel.dates[0].date()
    if assumed:
        supplier = np.full(len(panel.skus), "", object)
    else:
        supplier = suppliers_of(shop, panel.skus["sku"], panel.dates[measure].date())
    who, at = np.unique(supplier.astype(str), return_inverse=True)
    rng = np.random.default_rng(seed)
    lead = drawn_leads(
        rng, None if assumed else deliveries_seen(shop, first, panel.end), who, at, start, n
    )
    on_way, lines = open_orders(shop, panel, start, measure, assumed=assumed)
    price = paid_price(panel, measure)
    cost = panel.skus["unit_cost"].to_numpy(np.float64)
    opening, today = _shelf(panel, wanted, start, measure, lines)
    launched = pd.to_datetime(panel.skus["launch_date"]).fillna(panel.skus["first_sale"])
    launched = np.minimum(launched, pd.to_datetime(panel.skus["first_sale"]).fillna(launched))
    return World(
        panel=panel,
        demand=wanted,
        start=start,
        measure=measure,
        supplier=supplier,
        lead=lead,
        known_leads=LeadsKnown(shop, panel.dates, who, at, assumed=assumed),
        opening=opening,
        on_way=on_way,
        turn=at % review_days,
        launch=(launched - panel.dates[0]).dt.days.fillna(0).to_numpy(np.int64),
        category=category,
        factors=_calendar(shop, panel, tuple(names), category),
        costs=Costs(cost, price - cost, holding_rate, order_cost),
        abc=sales_class(panel, measure),
        today=today,
        houses=int(shop.inventory_daily.warehouse_id.nunique().execute())
        if shop.has("inventory_daily", "warehouse_id")
        else 1,
        assumed=assumed,
        dropped=dropped,
    )


def _rows(panel: DemandPanel, keep: Ints) -> DemandPanel:
    from dataclasses import replace

    arrays = ("sold", "free", "left", "stock", "on_sale", "price", "cut")
    return replace(
        panel,
        skus=panel.skus.iloc[keep].reset_index(drop=True),
        **{name: getattr(panel, name)[keep] for name in arrays},
    )


def _whole(sold: NDArray[np.float32], wanted: NDArray[np.floating]) -> Floats:
    """Whole pieces: hidden parts of pieces are carried on until they make one."""
    hidden = np.maximum(np.asarray(wanted, np.float64) - sold, 0.0)
    run = np.floor(np.cumsum(hidden, axis=1) + 0.5)
    return np.rint(sold).astype(np.float64) + np.diff(run, axis=1, prepend=0.0)


def _shelf(
    panel: DemandPanel, wanted: Floats, start: int, measure: int, lines: Ints
) -> tuple[Ints, Replay | None]:
    """Stock on the first morning, and what the shop itself did on the days that count."""
    if not panel.has_stock:
        usual = wanted[:, start - 56 : start].mean(axis=1)
        return np.ceil(usual * 14).astype(np.int64), None
    stock = np.maximum(np.nan_to_num(np.asarray(panel.stock, np.float64)), 0.0)
    span = slice(measure, len(panel.dates))
    served = np.asarray(panel.sold[:, span], np.float64)
    today = Replay(wanted[:, span], served, stock[:, span], lines, np.zeros_like(lines))
    return stock[:, start - 1].astype(np.int64), today


def _calendar(
    shop: Shop, panel: DemandPanel, names: tuple[str, ...], category: Ints
) -> Callable[[int, Floats], Floats]:
    plan = day_plan(shop, panel.dates[0].date(), panel.end + timedelta(days=_BEYOND), names)
    return partial(_factors, plan, names, category)


def _factors(
    plan: DayPlan, names: tuple[str, ...], category: Ints, known: int, wanted: Floats
) -> Floats:
    """Day factors by category, learnt from what was wanted before a day."""
    totals = np.zeros((len(names), known))
    np.add.at(totals, category, wanted[:, :known])
    return day_profile(profile_input(totals, names, plan), known).factor

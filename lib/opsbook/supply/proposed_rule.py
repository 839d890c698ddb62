"""The proposed rule: levels from forecast error and lead-time spread, anew at every review.

Nothing in it is tuned to the days it is tried on: it learns factors, levels and its own errors from
the past each four weeks, takes in its own sales day by day, and completes what an empty shelf hid.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from opsbook.supply.economic_order import order_quantities
from opsbook.supply.fill_search import Served
from opsbook.supply.loss import demand_over
from opsbook.supply.quick_fit import fit_quick
from opsbook.supply.quick_forecast import QuickForecast, completed
from opsbook.supply.replay import Past
from opsbook.supply.review_levels import points_for_fill

__all__ = ["FillTarget", "LeadKnown", "Need", "need_ahead"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
LeadKnown = Callable[[int], tuple[Floats, Floats]]
"""Mean and standard deviation of each product's lead time, days, as known on a day."""


@dataclass(frozen=True)
class Need:
    """What levels are made from, one element per product asked for.

    Args:
        quantity: Pieces per order.
        mean_lead: Demand expected over the lead time.
        sd_lead: Standard deviation of its error, the lead time's own spread included.
        mean_next: Demand expected over the lead time and the time to the next review.
        sd_next: Standard deviation of its error, likewise.
    """

    quantity: Ints
    mean_lead: Floats
    sd_lead: Floats
    mean_next: Floats
    sd_next: Floats


def need_ahead(
    forecast: QuickForecast,
    day: int,
    lead_mean: Floats,
    lead_sd: Floats,
    *,
    review_days: int,
    unit_cost: Floats,
    order_cost: float,
    holding_rate: float,
    launch: Ints | None = None,
    rows: Ints | None = None,
) -> Need:
    """Demand to protect against and order quantities, from a quick forecast.

    Args:
        forecast: Levels and errors.
        day: Last day seen.
        lead_mean: Mean lead time of each product asked for, days.
        lead_sd: Its standard deviation.
        review_days: Days between two looks.
        unit_cost: Purchase price per piece.
        order_cost: Money per order line.
        holding_rate: Yearly, as a share of the price.
        launch: First day of sale of each product asked for.
        rows: Products asked for, as positions; all unless given.
    """
    mean_lead, sd_lead = forecast.over(day, lead_mean, launch, rows)
    mean_next, sd_next = forecast.over(day, lead_mean + review_days, launch, rows)
    level = forecast.level if rows is None else forecast.level[rows]
    # By ordinary days: a festival's rate would buy for a year that has none.
    quantity = order_quantities(
        level * 365, unit_cost, order_cost=order_cost, holding_rate=holding_rate
    )
    # A day more or less of lead time moves what is sold in it by a day's demand.
    daily_lead = mean_lead / np.maximum(lead_mean, 1e-9)
    daily_next = mean_next / (lead_mean + review_days)
    return Need(
        quantity,
        mean_lead,
        np.hypot(sd_lead, daily_lead * lead_sd),
        mean_next,
        np.hypot(sd_next, daily_next * lead_sd),
    )


@dataclass
class FillTarget:
    """A planner who follows the proposal; use one per replay, it learns.

    Args:
        target: Fill rate, one for all or one per product.
        factors: Calendar factors known after so many days, from demand so far: category by
            day, running on beyond them.
        category: Row of the factors of each product.
        on_sale: Whether each product was on sale, as known on that day.
        launch: First day of sale, planned ahead.
        leads: Lead times as known on a day.
        unit_cost: Purchase price per piece.
        order_cost: Money per order line.
        holding_rate: Yearly, as a share of the price.
        review_days: Days between two looks.
        refit_days: Days after which factors, errors and forgetting are learned anew.
    """

    target: float | Floats
    factors: Callable[[int, Floats], Floats]
    category: Ints
    on_sale: Flags
    launch: Ints
    leads: LeadKnown
    unit_cost: Floats
    order_cost: float = 10.0
    holding_rate: float = 0.25
    review_days: int = 7
    refit_days: int = 28
    _forecast: QuickForecast | None = field(default=None, init=False)
    _wanted: Floats = field(default_factory=lambda: np.zeros((0, 0)), init=False)
    _lead: tuple[Floats, Floats] = field(default=(np.zeros(0), np.zeros(0)), init=False)
    _until: int = field(default=-1, init=False)
    _fitted: int = field(default=-1, init=False)

    def order(self, past: Past) -> Ints:
        """Pieces to order: as many quantities as lift the position above the reorder point."""
        forecast = self._learned(past)
        asked = np.zeros(len(past.due), np.int64)
        rows = np.flatnonzero(past.due)
        need = need_ahead(
            forecast,
            past.day,
            self._lead[0][rows],
            self._lead[1][rows],
            review_days=self.review_days,
            unit_cost=self.unit_cost[rows],
            order_cost=self.order_cost,
            holding_rate=self.holding_rate,
            launch=self.launch[rows],
            rows=rows,
        )
        target = np.broadcast_to(np.asarray(self.target, np.float64), past.due.shape)[rows]
        # A reorder point one below the position that is high enough asks for no order; for the
        # others alone the point itself has to be searched.
        below = np.maximum(past.position[rows] - 1, -1)
        arrival = demand_over(need.mean_lead, need.sd_lead)
        following = demand_over(need.mean_next, need.sd_next)
        served = Served.of(need.quantity, arrival, following)
        enough, _ = served.enough(below, target, np.arange(len(rows)))
        low = np.flatnonzero(~enough | (past.position[rows] <= 0))
        if not len(low):
            return asked
        quantity = need.quantity[low]
        point = points_for_fill(target[low], quantity, arrival.of(low), following.of(low))
        lacks = np.maximum(point + 1 - past.position[rows[low]], 0)
        lots = -(-lacks // quantity)
        asked[rows[low]] = np.where(point >= 0, lots * quantity, 0)
        return asked

    def _learned(self, past: Past) -> QuickForecast:
        """The forecast with all days up to now taken in."""
        forecast, known = self._forecast, past.day + 1
        if forecast is None:
            self._wanted = np.zeros(self.on_sale.shape)
            self._wanted[:, :known] = past.sold
        else:
            for day in range(self._until + 1, known):
                expected = forecast.level * forecast.factors[self.category, day]
                whole = completed(past.sold[:, day], past.empty[:, day], expected)
                forecast.see(day, whole, self.on_sale[:, day])
                self._wanted[:, day] = whole
        self._until = past.day
        if forecast is None or past.day - self._fitted >= self.refit_days:
            wanted = self._wanted[:, :known]
            factors = self.factors(known, wanted)
            forecast = fit_quick(wanted, self.on_sale[:, :known], factors, self.category)
            self._forecast, self._fitted = forecast, past.day
            self._lead = self.leads(past.day)
        return forecast

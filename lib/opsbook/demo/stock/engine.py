"""Stock of the whole period: suppliers are found, a planner is hired, the days are lived.

What nobody could serve is lost and stands in no table but the truth.
"""

import numpy as np

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats
from opsbook.demo.lifecycles import Lives
from opsbook.demo.products import Range
from opsbook.demo.stock.house import House, Stock
from opsbook.demo.stock.plan import SupplyPlan
from opsbook.demo.stock.planner import hire
from opsbook.demo.stock.suppliers import find_suppliers
from opsbook.demo.stock.wanted import Wanted
from opsbook.errors import DataError
from opsbook.language import N_

__all__ = ["Stock", "run_stock"]


def run_stock(
    rng: np.random.Generator,
    supply: SupplyPlan,
    clock: Clock,
    range_: Range,
    lives: Lives,
    wanted: Wanted,
    forecast: Floats,
) -> Stock:
    """Run the warehouses through the period.

    Args:
        rng: Source of randomness.
        supply: Planted parameters.
        clock: The period.
        range_: The products.
        lives: Their lives; a product that has retired is not ordered again.
        wanted: What customers want, in order of time.
        forecast: Expected pieces by product and week, before the planner's error; may have
            more weeks than the period.

    Raises:
        DataError: The wanted lines are not in order, or the forecast has another shape.
    """
    wanted.check()
    if forecast.shape[0] != len(range_) or forecast.shape[1] < clock.weeks:
        raise DataError(
            N_("forecast has {rows} rows and {columns} columns; needs {products} and {weeks}"),
            rows=forecast.shape[0],
            columns=forecast.shape[1],
            products=len(range_),
            weeks=clock.weeks,
        )
    people, errors, days = rng.spawn(3)
    daily = forecast[:, : clock.weeks].sum(axis=1) / clock.days
    suppliers = find_suppliers(people, supply, clock, range_, daily)
    planner = hire(
        *(errors, supply, clock, suppliers, forecast),
        share=_shares(supply, wanted),
        lumps=_lumps(range_, wanted),
    )
    house = House(days, supply, clock, planner, lives, wanted)
    for day in range(clock.days):
        house.live(day)
    return house.close()


def _shares(supply: SupplyPlan, wanted: Wanted) -> Floats:
    """Share of wanted lines by the warehouse their region prefers."""
    by_region = np.bincount(wanted.region, minlength=len(supply.places)) + 1.0
    preferred = supply.fallback[:, 0]
    weight = np.bincount(preferred, weights=by_region, minlength=len(supply.used))
    return np.asarray(weight / weight.sum(), np.float64)


def _lumps(range_: Range, wanted: Wanted) -> Floats:
    """Mean of squared pieces per line against mean pieces, by the category of each product."""
    category = range_.category[wanted.product]
    size = int(range_.category.max()) + 1
    pieces = wanted.pieces.astype(np.float64)
    total = np.bincount(category, weights=pieces, minlength=size) + 1.0
    square = np.bincount(category, weights=pieces**2, minlength=size) + 1.0
    return np.asarray((square / total)[range_.category], np.float64)

"""How much to buy for one season, when what is left afterwards is worth less.

For goods that are bought once: a festival's gift box, a season's coat, a promotion's lot. One
piece too few loses its margin, one too many loses what it cost beyond its clearance price.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.loss import demand_over, normal_loss

__all__ = ["SeasonOrder", "newsvendor", "newsvendor_discrete", "newsvendor_normal", "season_order"]


@dataclass(frozen=True)
class SeasonOrder:
    """What to buy once.

    Args:
        level: Pieces to have at the start.
        cost: Expected cost of having too many or too few, money.
        ratio: Chance of selling out that is accepted is 1 less this; the critical ratio.
        covered: Chance that demand does not exceed ``level``.
    """

    level: float
    cost: float
    ratio: float
    covered: float


def newsvendor_normal(
    over_cost: float, short_cost: float, mean: float, sd: float, *, level: float | None = None
) -> SeasonOrder:
    """Best stock for normal demand, or the cost of another one.

    Args:
        over_cost: Money per piece left over, above 0.
        short_cost: Money per piece missing, above 0.
        mean: Pieces expected.
        sd: Standard deviation, above 0.
        level: Cost this stock instead.

    Raises:
        ParameterError: A cost or the deviation is not above 0.

    Source:
        Snyder & Shen, 2nd ed., 4.3.2.
    """
    ratio = _ratio(over_cost, short_cost)
    if not sd > 0:
        raise ParameterError(N_("{name} {value} must be a number above 0"), name="sd", value=sd)
    if level is None:
        level = mean + sd * float(special.ndtri(ratio))
    short = float(normal_loss(level, mean, sd))
    cost = over_cost * (level - mean + short) + short_cost * short
    return SeasonOrder(level, cost, ratio, float(special.ndtr((level - mean) / sd)))


def newsvendor(
    over_cost: float, short_cost: float, mean: float, sd: float, *, level: int | None = None
) -> SeasonOrder:
    """Best whole stock for demand in pieces, with the distribution of ``loss.demand_over``.

    Args:
        over_cost: Money per piece left over, above 0.
        short_cost: Money per piece missing, above 0.
        mean: Pieces expected, above 0.
        sd: Standard deviation of the forecast; the root of the mean is Poisson.
        level: Cost this stock instead.
    """
    ratio = _ratio(over_cost, short_cost)
    demand = demand_over(mean, sd)
    if level is None:
        low, high = -1, int(mean + 20 * sd + 20)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if demand.covered(middle)[0] >= ratio else (middle, high)
        level = high
    short = float(demand.loss(np.array([level]))[0])
    cost = over_cost * (level - mean + short) + short_cost * short
    return SeasonOrder(level, cost, ratio, float(demand.covered(level)[0]))


def newsvendor_discrete(
    over_cost: float, short_cost: float, chances: Mapping[int, float], *, level: int | None = None
) -> SeasonOrder:
    """Best stock for demand given as pieces and their chances, as planners estimate them.

    Raises:
        ParameterError: The chances do not sum to 1.
    """
    ratio = _ratio(over_cost, short_cost)
    pieces = np.array(sorted(chances), np.float64)
    chance = np.array([chances[int(k)] for k in pieces])
    if (chance < 0).any() or abs(chance.sum() - 1) > 1e-6:
        raise ParameterError(
            N_("the chances sum to {total}, not to 1; correct them"), total=float(chance.sum())
        )
    below = np.cumsum(chance)
    if level is None:
        level = int(pieces[int(np.argmax(below >= ratio - 1e-12))])
    over = float((np.maximum(level - pieces, 0.0) * chance).sum())
    short = float((np.maximum(pieces - level, 0.0) * chance).sum())
    cost = over_cost * over + short_cost * short
    return SeasonOrder(level, cost, ratio, float(chance[pieces <= level].sum()))


def season_order(
    price: float, unit_cost: float, salvage: float, mean: float, sd: float
) -> SeasonOrder:
    """What to buy for a season from price, cost and clearance price.

    Args:
        price: Money per piece sold in season.
        unit_cost: Purchase price.
        salvage: What a piece left over still brings, after clearance costs; may be negative.
        mean: Pieces expected in the season.
        sd: Standard deviation of that forecast.

    Raises:
        ParameterError: The prices do not fall from price over cost to clearance.
    """
    if not price > unit_cost > salvage:
        raise ParameterError(
            N_(
                "price {price}, unit cost {cost} and clearance price {salvage} must fall in "
                "this order; otherwise buy nothing, or without limit"
            ),
            price=price,
            cost=unit_cost,
            salvage=salvage,
        )
    return newsvendor(unit_cost - salvage, price - unit_cost, mean, sd)


def _ratio(over_cost: float, short_cost: float) -> float:
    for name, value in (("over_cost", over_cost), ("short_cost", short_cost)):
        if not (np.isfinite(value) and value > 0):
            raise ParameterError(
                N_("{name} {value} must be a number above 0"), name=name, value=value
            )
    return short_cost / (short_cost + over_cost)

"""How many pieces to order at a time, when each order costs money and so does each piece kept.

Economic order quantity, the same when customers wait for what is missing, and the same when
the supplier gives a lower price on the whole order from some quantity on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = [
    "BackorderQuantity",
    "DiscountQuantity",
    "EconomicQuantity",
    "eoq",
    "eoq_backorders",
    "eoq_discounts",
    "order_quantities",
]


@dataclass(frozen=True)
class EconomicQuantity:
    """An order quantity and what it costs.

    Args:
        quantity: Pieces per order.
        cost: Ordering and holding per unit of time, without the goods.
    """

    quantity: float
    cost: float


@dataclass(frozen=True)
class BackorderQuantity:
    """An order quantity when customers wait.

    Args:
        quantity: Pieces per order.
        short_share: Largest number of waiting pieces as a share of the order; also the share
            of the time without stock.
        cost: Ordering, holding and waiting per unit of time.
    """

    quantity: float
    short_share: float
    cost: float


@dataclass(frozen=True)
class DiscountQuantity:
    """An order quantity under a price list.

    Args:
        quantity: Pieces per order.
        unit_cost: Price per piece at that quantity.
        cost: Goods, ordering and holding per unit of time.
    """

    quantity: float
    unit_cost: float
    cost: float


def eoq(
    order_cost: float, holding_cost: float, demand: float, *, quantity: float | None = None
) -> EconomicQuantity:
    """Economic order quantity, or the cost of another one.

    Args:
        order_cost: Money per order, above 0.
        holding_cost: Money to keep one piece for one unit of time, above 0.
        demand: Pieces per unit of time (the same unit), above 0.
        quantity: Cost this quantity instead of the best one.

    Raises:
        ParameterError: A value is not above 0.

    Source:
        Harris 1913; Snyder & Shen, *Fundamentals of Supply Chain Theory*, 2nd ed., 3.2.

    Example:
        >>> found = eoq(8, 0.225, 1300)
        >>> round(found.quantity, 1), round(found.cost, 2)
        (304.0, 68.41)
    """
    _positive(order_cost=order_cost, holding_cost=holding_cost, demand=demand)
    if quantity is None:
        quantity = float(np.sqrt(2 * order_cost * demand / holding_cost))
    _positive(quantity=quantity)
    return EconomicQuantity(quantity, order_cost * demand / quantity + holding_cost * quantity / 2)


def eoq_backorders(
    order_cost: float, holding_cost: float, waiting_cost: float, demand: float
) -> BackorderQuantity:
    """Economic order quantity when customers wait for what is missing.

    Args:
        order_cost: Money per order, above 0.
        holding_cost: Money to keep one piece for one unit of time, above 0.
        waiting_cost: Money per piece that is waited for and unit of time, above 0.
        demand: Pieces per unit of time, above 0.

    Raises:
        ParameterError: A value is not above 0.

    Source:
        Snyder & Shen, 2nd ed., 3.5.
    """
    _positive(
        order_cost=order_cost,
        holding_cost=holding_cost,
        waiting_cost=waiting_cost,
        demand=demand,
    )
    both = holding_cost + waiting_cost
    quantity = np.sqrt(2 * order_cost * demand * both / (holding_cost * waiting_cost))
    cost = np.sqrt(2 * order_cost * demand * holding_cost * waiting_cost / both)
    return BackorderQuantity(float(quantity), holding_cost / both, float(cost))


def eoq_discounts(
    order_cost: float,
    holding_rate: float,
    demand: float,
    breaks: Sequence[float],
    unit_costs: Sequence[float],
) -> DiscountQuantity:
    """Best quantity under discounts on all units.

    Args:
        order_cost: Money per order, above 0.
        holding_rate: Cost of keeping goods per unit of time, as a share of their price.
        demand: Pieces per unit of time.
        breaks: Quantities from which each price holds, rising, the first one 0.
        unit_costs: Price per piece from each of them, falling.

    Raises:
        ParameterError: A value is not above 0, or the price list is not rising and falling.

    Source:
        Snyder & Shen, 2nd ed., 3.4.1: the best of each price's own optimum, moved into the
        range where that price holds.
    """
    _positive(order_cost=order_cost, holding_rate=holding_rate, demand=demand)
    start, price = np.asarray(breaks, np.float64), np.asarray(unit_costs, np.float64)
    rising = len(start) > 0 and start[0] == 0 and bool((np.diff(start) > 0).all())
    falling = len(price) == len(start) and bool((price > 0).all() and (np.diff(price) < 0).all())
    if not (rising and falling):
        raise ParameterError(
            N_(
                "price list {breaks} / {prices} is no discount: quantities must rise from 0, "
                "and each has one price, lower than the one before"
            ),
            breaks=list(breaks),
            prices=list(unit_costs),
        )
    # A price's optimum above its range loses to the next, lower price.
    best = np.sqrt(2 * order_cost * demand / (holding_rate * price))
    until = np.append(start[1:], np.inf)
    quantity = np.maximum(best, start)
    cost = price * demand + order_cost * demand / quantity + holding_rate * price * quantity / 2
    cost[quantity >= until] = np.inf
    k = int(np.argmin(cost))
    return DiscountQuantity(float(quantity[k]), float(price[k]), float(cost[k]))


def order_quantities(
    yearly: ArrayLike,
    unit_cost: ArrayLike,
    *,
    order_cost: float,
    holding_rate: float,
    most_days: float = 90.0,
) -> NDArray[np.int64]:
    """Whole economic quantities of many products at once.

    A slow mover's formula would buy for years; the chance that it is never sold is not in
    the formula, so a quantity never holds more than ``most_days`` of demand.

    Args:
        yearly: Pieces per year, one per product.
        unit_cost: Purchase price per piece; what is missing or 0 counts as no holding cost
            known, and the quantity is then bounded by ``most_days`` alone.
        order_cost: Money per order line.
        holding_rate: Yearly cost of keeping goods, as a share of their price.
        most_days: Days of demand that one order covers at most.

    Returns:
        Pieces per order, at least 1.
    """
    _positive(order_cost=order_cost, holding_rate=holding_rate, most_days=most_days)
    demand = np.maximum(np.nan_to_num(np.asarray(yearly, np.float64)), 0.0)
    price = np.nan_to_num(np.asarray(unit_cost, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        best = np.sqrt(2 * order_cost * demand / (holding_rate * price))
    best = np.where(price > 0, best, np.inf)
    return np.maximum(np.rint(np.minimum(best, demand * most_days / 365)), 1).astype(np.int64)


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not (np.isfinite(value) and value > 0):
            raise ParameterError(
                N_("{name} {value} must be a number above 0"), name=name, value=value
            )

"""Stock levels of all products at once, for a weekly review and a target fill rate.

Every so many days each product is looked at. If what is free and on the way has fallen to the
reorder point, as many order quantities are bought as lift it above. What an order must last for
is the lead time *and* the time until the next review, so both the forecast's error and the
supplier's spread over that time go into the level.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.fill_search import Served, first_guess
from opsbook.supply.loss import DemandOver, demand_over

__all__ = ["Levels", "fill_rate", "levels_for_fill", "levels_for_service", "points_for_fill"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NOTHING = 1e-9
"""Pieces below which nothing is expected to sell."""


@dataclass(frozen=True)
class Levels:
    """Levels of many products, one element each.

    Args:
        reorder_point: Order when free stock and what is on the way are at or below this;
            -1 means: order nothing, nothing is expected to sell.
        quantity: Pieces per order.
        safety_stock: Reorder point less demand expected over lead time and review.
        fill_rate: Expected share of pieces served.
        cycle_service: Chance that one review's order lasts until the next one's arrival,
            counted from the reorder point: the worst position.
    """

    reorder_point: Ints
    quantity: Ints
    safety_stock: Floats
    fill_rate: Floats
    cycle_service: Floats

    @property
    def up_to(self) -> Ints:
        """The highest position an order may lift the stock to."""
        return np.where(self.reorder_point >= 0, self.reorder_point + self.quantity, 0)


def fill_rate(
    reorder_point: ArrayLike,
    quantity: ArrayLike,
    until_arrival: DemandOver,
    until_next: DemandOver,
    *,
    lost_sales: bool = True,
) -> Floats:
    """Expected share of pieces served under periodic review with order quantities.

    After a review the position is one of s + 1 .. s + Q, each equally likely. Of each, what is
    short by the next arrival, less what was short already when this order arrived, is lost in
    between; against the demand in between.

    Args:
        reorder_point: s, whole pieces, one per product.
        quantity: Q, whole pieces.
        until_arrival: Demand over the lead time.
        until_next: Demand over the lead time and the time between reviews.
        lost_sales: Customers do not wait: a piece not served is gone and does not take stock
            from the next delivery. Silver's correction, x / (1 + x) instead of x.

    Returns:
        Fractions; 1 where nothing is expected.

    Source:
        Hadley & Whitin 1963, 5-2 (nQ policies); Silver, Pyke & Peterson, ch. 7; for lost sales
        van Donselaar & Broekmeulen 2013, *Int. J. Production Economics* 143, 205-213.
    """
    served = Served.of(quantity, until_arrival, until_next, lost_sales=lost_sales)
    everyone = np.arange(len(served.between))
    point = np.broadcast_to(np.asarray(reorder_point), everyone.shape)
    return served.rate(point, everyone)


def levels_for_fill(
    target: ArrayLike,
    quantity: ArrayLike,
    mean_lead: ArrayLike,
    sd_lead: ArrayLike,
    mean_next: ArrayLike,
    sd_next: ArrayLike,
    *,
    lost_sales: bool = True,
    at_least: bool = False,
) -> Levels:
    """Reorder points that give a fill rate as nearly as whole pieces allow.

    A slow mover jumps by points with every piece. Rounding each one up would give the shop as a
    whole more than it asked for, and stock with it.

    Args:
        target: Fill rate to reach, above 0 and below 1: one for all, or one per product.
        quantity: Pieces per order, at least 1.
        mean_lead: Demand expected over the lead time.
        sd_lead: Standard deviation of its error, lead time's spread included.
        mean_next: Demand expected over lead time and review.
        sd_next: Standard deviation of its error, lead time's spread included.
        lost_sales: As in ``fill_rate``.
        at_least: Every product must reach the target, whatever the whole then gets.

    Raises:
        ParameterError: A target is no share, or a quantity is below 1.
    """
    mean = np.atleast_1d(np.asarray(mean_next, np.float64))
    q = np.broadcast_to(np.asarray(quantity, np.int64), mean.shape)
    arrival, following = demand_over(mean_lead, sd_lead), demand_over(mean, sd_next)
    point = points_for_fill(target, q, arrival, following, lost_sales=lost_sales, at_least=at_least)
    return _levels(point, q, arrival, following, lost_sales)


def points_for_fill(
    target: ArrayLike,
    quantity: Ints,
    until_arrival: DemandOver,
    until_next: DemandOver,
    *,
    lost_sales: bool = True,
    at_least: bool = False,
) -> Ints:
    """The reorder points of ``levels_for_fill`` alone.

    Args:
        target: As there.
        quantity: Pieces per order, one per product.
        until_arrival: Demand over the lead time.
        until_next: Demand over the lead time and the time between reviews.
        lost_sales: As in ``fill_rate``.
        at_least: As in ``levels_for_fill``.

    Raises:
        ParameterError: A target is no share, or a quantity is below 1.
    """
    wanted = np.broadcast_to(np.asarray(target, np.float64), until_next.mean.shape)
    _check(wanted, quantity)
    served = Served.of(quantity, until_arrival, until_next, lost_sales=lost_sales)
    point = served.least(wanted, first_guess(until_next), nearest=not at_least)
    return np.where(until_next.mean <= _NOTHING, -1, point)


def levels_for_service(
    target: ArrayLike,
    quantity: ArrayLike,
    mean_lead: ArrayLike,
    sd_lead: ArrayLike,
    mean_next: ArrayLike,
    sd_next: ArrayLike,
    *,
    lost_sales: bool = True,
) -> Levels:
    """Least reorder points that give a cycle service level: chance that none is short.

    Args:
        target: Chance that demand over lead time and review does not exceed s + 1.
        quantity: Pieces per order.
        mean_lead: As in ``levels_for_fill``.
        sd_lead: As there.
        mean_next: As there.
        sd_next: As there.
        lost_sales: Only for the fill rate that is reported beside it.
    """
    mean = np.atleast_1d(np.asarray(mean_next, np.float64))
    wanted = np.broadcast_to(np.asarray(target, np.float64), mean.shape)
    q = np.broadcast_to(np.asarray(quantity, np.int64), mean.shape)
    _check(wanted, q)
    arrival, following = demand_over(mean_lead, sd_lead), demand_over(mean, sd_next)
    low = np.full(len(mean), -2, np.int64)
    high = np.ceil(mean + 12 * following.sd + 12).astype(np.int64)
    for _ in range(40):
        lacks = following.covered(high + 1) < wanted
        if not lacks.any():
            break
        high[lacks] *= 2
    while (high - low > 1).any():
        middle = (low + high) // 2
        enough = following.covered(middle + 1) >= wanted
        high, low = np.where(enough, middle, high), np.where(enough, low, middle)
    return _levels(np.maximum(high, 0), q, arrival, following, lost_sales)


def _levels(
    point: Ints, quantity: Ints, arrival: DemandOver, following: DemandOver, lost_sales: bool
) -> Levels:
    nothing = following.mean <= _NOTHING
    point = np.where(nothing, -1, point)
    rate = fill_rate(point, quantity, arrival, following, lost_sales=lost_sales)
    return Levels(
        reorder_point=point,
        quantity=quantity.copy(),
        safety_stock=np.where(nothing, 0.0, point - following.mean),
        fill_rate=np.where(nothing, 1.0, rate),
        cycle_service=np.where(nothing, 1.0, following.covered(point + 1)),
    )


def _check(target: Floats, quantity: Ints) -> None:
    bad = ~((target > 0) & (target < 1))
    if bad.any():
        raise ParameterError(
            N_("{name} {value} must lie between 0 and 1, such as 0.97"),
            name="target",
            value=float(target[bad][0]),
        )
    if (quantity < 1).any():
        raise ParameterError(
            N_("an order quantity is {value}; it must be at least 1 piece"),
            value=int(quantity.min()),
        )

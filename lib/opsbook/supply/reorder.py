"""When to order: reorder point, safety stock, and the service that they give.

Two services that are often mixed up are kept apart here. The *cycle service level* is the
share of replenishment cycles that see no stock-out; the *fill rate* is the share of pieces that
are served. A large order lifts the second and leaves the first alone.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.loss import normal_loss

__all__ = [
    "OrderUpTo",
    "ReorderPolicy",
    "Service",
    "order_up_to",
    "protection_sd",
    "reorder_for_cost",
    "reorder_for_fill",
    "safety_stock",
    "service",
]


@dataclass(frozen=True)
class Service:
    """What a reorder point gives.

    Args:
        safety_stock: Pieces in stock on average when the next delivery arrives.
        cycle_service: Share of cycles without a stock-out.
        short_pieces: Pieces short per cycle, on average.
        fill_rate: Share of pieces served from stock.
    """

    safety_stock: float
    cycle_service: float
    short_pieces: float
    fill_rate: float


@dataclass(frozen=True)
class ReorderPolicy:
    """A reorder point and a quantity, reviewed continuously.

    Args:
        reorder_point: Order when free stock and what is on the way fall to this.
        quantity: Pieces per order.
        cost: Expected cost per unit of time.
    """

    reorder_point: float
    quantity: float
    cost: float


@dataclass(frozen=True)
class OrderUpTo:
    """An order-up-to level under periodic review.

    Args:
        level: Order up to this at each review.
        safety_stock: Level less expected demand over review and lead time.
        mean: Expected demand over review and lead time.
        sd: Its standard deviation.
    """

    level: float
    safety_stock: float
    mean: float
    sd: float


def protection_sd(
    forecast_sd: float, daily_mean: float, lead_sd: float, *, daily_sd: float | None = None
) -> float:
    """Standard deviation of demand until the next delivery, with an uncertain lead time.

    Args:
        forecast_sd: Standard deviation of the forecast's error over the expected days, pieces.
        daily_mean: Expected demand per day.
        lead_sd: Standard deviation of the lead time, days.
        daily_sd: Not needed where ``forecast_sd`` is given; if it is, ``forecast_sd`` must be
            the number of expected days instead, and days are independent.

    Source:
        Hadley & Whitin 1963; Chopra & Meindl, *Supply Chain Management*, ch. 12:
        sd^2 = sd of demand over the mean lead time ^2 + daily mean^2 x sd of lead time^2.

    Example:
        >>> round(protection_sd(7, 2500, 7, daily_sd=500))  # 7 days, Chopra & Meindl
        17550
    """
    variance = forecast_sd**2 if daily_sd is None else forecast_sd * daily_sd**2
    return float(np.sqrt(variance + (daily_mean * lead_sd) ** 2))


def safety_stock(cycle_service: float, sd: float) -> float:
    """Safety stock for a cycle service level, demand normal.

    Args:
        cycle_service: Share of cycles without a stock-out, above 0 and below 1.
        sd: From ``protection_sd``.

    Raises:
        ParameterError: The service level is no such share.

    Source:
        Chopra & Meindl, ch. 12: F^-1(CSL) x sd.
    """
    _share("cycle_service", cycle_service)
    return float(special.ndtri(cycle_service)) * sd


def service(reorder_point: float, quantity: float, mean: float, sd: float) -> Service:
    """What a reorder point and a quantity give under continuous review, demand normal.

    What is missing is delivered later; the shortage left over from the cycle before is
    neglected, as textbooks do.

    Args:
        reorder_point: Pieces.
        quantity: Pieces per order, above 0.
        mean: Mean demand over the lead time.
        sd: From ``protection_sd``.

    Source:
        Chopra & Meindl, ch. 12: fill rate = 1 - ESC / Q.
    """
    short = float(normal_loss(reorder_point, mean, sd))
    cover = float(special.ndtr((reorder_point - mean) / sd)) if sd > 0 else 1.0
    return Service(reorder_point - mean, cover, short, 1 - short / quantity)


def reorder_for_fill(fill_rate: float, quantity: float, mean: float, sd: float) -> float:
    """Reorder point for a fill rate under continuous review, demand normal.

    Args:
        fill_rate: Share of pieces to serve from stock, above 0 and below 1.
        quantity: Pieces per order.
        mean: Mean demand over the lead time.
        sd: Its standard deviation, above 0.

    Returns:
        Pieces; below the mean (negative safety stock) where the order alone gives the rate.
    """
    from scipy.optimize import brentq

    _share("fill_rate", fill_rate)
    wanted = quantity * (1 - fill_rate)
    low = mean - max(wanted, 0.0) - 10 * sd
    return float(brentq(lambda r: float(normal_loss(r, mean, sd)) - wanted, low, mean + 10 * sd))


def reorder_for_cost(
    holding_cost: float,
    short_cost: float,
    order_cost: float,
    demand: float,
    demand_sd: float,
    lead_time: float,
) -> ReorderPolicy:
    """Reorder point and quantity of least cost by the expected-inventory-level approximation.

    Args:
        holding_cost: Money per piece and unit of time.
        short_cost: Money per piece short, whenever it is.
        order_cost: Money per order.
        demand: Pieces per unit of time.
        demand_sd: Standard deviation of demand in one unit of time.
        lead_time: In units of time.

    Raises:
        ParameterError: Being short costs so little that never ordering is best.

    Source:
        Hadley & Whitin 1963, 4-2; Snyder & Shen, 2nd ed., 5.3.1: alternate
        Q = sqrt(2 demand (K + p n(r)) / h) and 1 - F(r) = Q h / (p demand).
    """
    mean, sd = demand * lead_time, demand_sd * float(np.sqrt(lead_time))
    quantity = float(np.sqrt(2 * order_cost * demand / holding_cost))
    point = mean
    for _ in range(500):
        risk = quantity * holding_cost / (short_cost * demand)
        if not 0 < risk < 1:
            raise ParameterError(
                N_(
                    "being short costs {short} a piece, too little against holding cost "
                    "{holding} and order cost {order}: no reorder point pays; raise short_cost"
                ),
                short=short_cost,
                holding=holding_cost,
                order=order_cost,
            )
        point = mean + sd * float(special.ndtri(1 - risk))
        short = float(normal_loss(point, mean, sd))
        better = float(np.sqrt(2 * demand * (order_cost + short_cost * short) / holding_cost))
        if abs(better - quantity) < 1e-10 * quantity:
            break
        quantity = better
    short = float(normal_loss(point, mean, sd))
    cost = holding_cost * (point - mean + quantity / 2)
    cost += (order_cost + short_cost * short) * demand / quantity
    return ReorderPolicy(point, quantity, float(cost))


def order_up_to(
    cycle_service: float,
    daily_mean: float,
    daily_sd: float,
    *,
    review: float,
    lead_time: float,
    lead_sd: float = 0.0,
) -> OrderUpTo:
    """Order-up-to level under periodic review for a cycle service level, demand normal.

    Args:
        cycle_service: Share of cycles without a stock-out.
        daily_mean: Mean demand per unit of time (days, weeks).
        daily_sd: Its standard deviation, units of time independent.
        review: Time between two reviews.
        lead_time: Mean lead time.
        lead_sd: Its standard deviation.

    Source:
        Silver, Pyke & Peterson, ch. 7 (R, S); Chopra & Meindl, ch. 12.
    """
    _share("cycle_service", cycle_service)
    mean = daily_mean * (review + lead_time)
    sd = protection_sd(review + lead_time, daily_mean, lead_sd, daily_sd=daily_sd)
    stock = safety_stock(cycle_service, sd)
    return OrderUpTo(mean + stock, stock, mean, sd)


def _share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ParameterError(
            N_("{name} {value} must lie between 0 and 1, such as 0.97"), name=name, value=value
        )

"""Exact policies for slow movers: best reorder point and quantity when pieces are few.

For a product that sells a handful in a lead time, normal approximations are off by whole
pieces. These two search the exact cost of whole numbers: (r, Q) under continuous review with
Poisson demand, and (s, S) under periodic review with any demand in pieces.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.loss import poisson_loss
from opsbook.supply.reorder import ReorderPolicy

__all__ = ["poisson_chances", "rq_cost_poisson", "rq_poisson", "ss_cost", "ss_policy"]

_MOST = 1_000_000


def rq_cost_poisson(
    reorder_point: int,
    quantity: int,
    holding_cost: float,
    waiting_cost: float,
    order_cost: float,
    demand: float,
    lead_time: float,
) -> float:
    """Cost per unit of time of a reorder point and quantity, demand Poisson, customers wait.

    Args:
        reorder_point: Order when the position falls to this.
        quantity: Pieces per order, at least 1.
        holding_cost: Money per piece and unit of time.
        waiting_cost: Money per piece waited for and unit of time.
        order_cost: Money per order.
        demand: Pieces per unit of time.
        lead_time: In units of time.

    Source:
        Snyder & Shen, 2nd ed., 5.5: the position is uniform on r + 1 .. r + Q.
    """
    level = np.arange(reorder_point + 1, reorder_point + quantity + 1)
    rate = _rate(level, holding_cost, waiting_cost, demand * lead_time)
    return float((order_cost * demand + rate.sum()) / quantity)


def rq_poisson(
    holding_cost: float, waiting_cost: float, order_cost: float, demand: float, lead_time: float
) -> ReorderPolicy:
    """Best reorder point and quantity, demand Poisson, customers wait.

    Args:
        holding_cost: Money per piece and unit of time, above 0.
        waiting_cost: Money per piece waited for and unit of time, above 0.
        order_cost: Money per order, 0 or more.
        demand: Pieces per unit of time, above 0.
        lead_time: In units of time, above 0.

    Raises:
        ParameterError: A value is not above 0.

    Source:
        Federgruen & Zheng 1992, *Operations Research* 40(4), 808-813: take in the next
        cheapest position until its rate exceeds the average.
    """
    _positive(holding_cost, waiting_cost, demand, lead_time)
    mean = demand * lead_time
    best = int(np.floor(mean))
    ratio = waiting_cost / (waiting_cost + holding_cost)
    while special.pdtr(best, mean) < ratio:
        best += 1
    while best > 0 and special.pdtr(best - 1, mean) >= ratio:
        best -= 1

    def rate(level: int) -> float:
        return float(_rate(np.array([level]), holding_cost, waiting_cost, mean)[0])

    low = high = best
    total = order_cost * demand + rate(best)
    for _ in range(_MOST):
        average = total / (high - low + 1)
        below, above = rate(low - 1), rate(high + 1)
        if min(below, above) >= average:
            break
        total += min(below, above)
        low, high = (low - 1, high) if below <= above else (low, high + 1)
    quantity = high - low + 1
    return ReorderPolicy(float(low - 1), float(quantity), total / quantity)


def poisson_chances(mean: float, *, tail: float = 1e-13) -> NDArray[np.float64]:
    """Chances of 0, 1, 2 ... pieces, cut where less than ``tail`` is left."""
    most = int(special.pdtrik(1 - 1e-9, mean)) + int(10 * np.sqrt(mean)) + 10
    k = np.arange(most + 1)
    chance = np.exp(special.xlogy(k, mean) - mean - special.gammaln(k + 1))
    return np.asarray(chance[: int(np.argmax(special.pdtrc(k, mean) < tail)) + 1], np.float64)


def ss_cost(
    reorder_point: int,
    up_to: int,
    holding_cost: float,
    waiting_cost: float,
    order_cost: float,
    chances: Sequence[float] | NDArray[np.float64],
) -> float:
    """Cost per period of ordering up to S whenever the position is at or below s.

    Args:
        reorder_point: s.
        up_to: S, above s.
        holding_cost: Money per piece left at the end of a period.
        waiting_cost: Money per piece waited for at the end of a period.
        order_cost: Money per order.
        chances: Chance of 0, 1, 2 ... pieces in a period; with a lead time, costs are those
            of ``chances`` summed over lead time and one period, see ``ss_policy``.
    """
    if up_to <= reorder_point:
        raise ParameterError(
            N_("order-up-to level {up_to} must lie above the reorder point {point}"),
            up_to=up_to,
            point=reorder_point,
        )
    chance = np.asarray(chances, np.float64)
    visits = _visits(chance, up_to - reorder_point)
    level = up_to - np.arange(up_to - reorder_point)
    rate = _period_cost(level, holding_cost, waiting_cost, chance)
    return float((order_cost + (visits * rate).sum()) / visits.sum())


def ss_policy(
    holding_cost: float,
    waiting_cost: float,
    order_cost: float,
    chances: Sequence[float] | NDArray[np.float64],
) -> tuple[int, int, float]:
    """Best s and S under periodic review, customers wait, no lead time beyond the period.

    Args:
        holding_cost: Money per piece left at the end of a period, above 0.
        waiting_cost: Money per piece waited for at the end of a period, above 0.
        order_cost: Money per order, above 0.
        chances: Chance of 0, 1, 2 ... pieces in a period.

    Returns:
        s, S and the cost per period.

    Source:
        Zheng & Federgruen 1991, *Operations Research* 39(4), 654-665.
    """
    _positive(holding_cost, waiting_cost, order_cost)
    chance = np.asarray(chances, np.float64)
    span = np.arange(-len(chance), 40 * len(chance))
    rates = _period_cost(span, holding_cost, waiting_cost, chance)
    middle = int(np.argmin(rates))
    visits = _visits(chance, len(span))
    offset = -int(span[0])

    def cost(s: int, top: int) -> float:
        n = top - s
        back = rates[offset + s + 1 : offset + top + 1][::-1]
        return float((order_cost + (visits[:n] * back).sum()) / visits[:n].sum())

    star = int(span[middle])
    s = star - 1
    while cost(s, star) > rates[offset + s]:
        s -= 1
    best_top, best = star, cost(s, star)
    top = star + 1
    while rates[offset + top] <= best:
        if cost(s, top) < best:
            best_top = top
            while cost(s, top) <= rates[offset + s + 1]:
                s += 1
            best = cost(s, top)
        top += 1
    return s, best_top, best


def _rate(
    level: NDArray[np.int64], holding_cost: float, waiting_cost: float, mean: float
) -> NDArray[np.float64]:
    short = poisson_loss(level, mean)
    return holding_cost * (level - mean + short) + waiting_cost * short


def _period_cost(
    level: NDArray[np.int64],
    holding_cost: float,
    waiting_cost: float,
    chance: NDArray[np.float64],
) -> NDArray[np.float64]:
    pieces = np.arange(len(chance))
    left = level[:, None] - pieces[None, :]
    over = np.maximum(left, 0) @ chance
    return np.asarray(holding_cost * over + waiting_cost * (np.maximum(-left, 0) @ chance))


def _visits(chance: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Periods that the position spends j pieces below S, per order (Zheng & Federgruen's m)."""
    m = np.zeros(count)
    m[0] = 1 / (1 - chance[0])
    for j in range(1, count):
        reach = min(j, len(chance) - 1)
        m[j] = (chance[1 : reach + 1] * m[j - reach : j][::-1]).sum() / (1 - chance[0])
    return m


def _positive(*values: float) -> None:
    if not all(np.isfinite(v) and v > 0 for v in values):
        raise ParameterError(
            N_("costs, demand and lead time must be numbers above 0; got {values}"),
            values=", ".join(f"{v:g}" for v in values),
        )

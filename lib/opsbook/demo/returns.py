"""Goods that come back: which lines, why, and when the money was paid back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.baskets import Baskets
from opsbook.demo.clock import DAY, Clock
from opsbook.demo.draw import Floats, Ints, choose
from opsbook.demo.orders import Orders
from opsbook.demo.plan import Plan
from opsbook.demo.products import Range

__all__ = ["GRADES", "REASONS", "SCENARIOS", "Returns", "send_back"]

REASONS = (
    "no longer wanted",
    "size or fit",
    "not as described",
    "quality defect",
    "damaged in transit",
    "wrong item",
    "late delivery",
)
_WEIGHTS = np.array([0.30, 0.08, 0.20, 0.18, 0.11, 0.05, 0.08])
_APPAREL_WEIGHTS = np.array([0.22, 0.42, 0.14, 0.10, 0.04, 0.03, 0.05])
SCENARIOS = ("by mail", "refund only", "refused at the door")
GRADES = ("A", "B", "C")
_SHOP_PAYS = (2, 3, 4, 5)
"""Reasons for which the shop bears the return freight."""


@dataclass(frozen=True)
class Returns:
    """Returned lines in order of time of request.

    Args:
        order: Order returned from.
        line: Line of the baskets returned.
        pieces: Pieces returned, all of the line.
        reason: Index into REASONS.
        scenario: Index into SCENARIOS.
        grade: Index into GRADES, -1 where nothing arrived.
        request: Second of the request.
        approve: Second of approval, -1 while open.
        refund: Second of the refund, -1 while open.
        amount: Money paid back, 0 while open.
        freight: Return freight the shop bears.
    """

    order: Ints
    line: Ints
    pieces: Ints
    reason: Ints
    scenario: Ints
    grade: Ints
    request: Ints
    approve: Ints
    refund: Ints
    amount: Floats
    freight: Floats

    def __len__(self) -> int:
        return len(self.order)


def send_back(
    rng: np.random.Generator,
    plan: Plan,
    clock: Clock,
    range_: Range,
    baskets: Baskets,
    orders: Orders,
) -> tuple[Returns, NDArray[np.bool_]]:
    """Draw the returns of delivered lines, by the rate of their category.

    Args:
        rng: Source of randomness.
        plan: Return rates.
        clock: The period; a return asked for after it is not known yet.
        range_: The products.
        baskets: The lines.
        orders: The orders.

    Returns:
        The returns, and which orders were paid back in full.
    """
    order_of = np.empty(len(orders), dtype=np.int64)
    order_of[orders.basket] = np.arange(len(orders))
    order = order_of[baskets.order]
    category = range_.category[baskets.product]
    rate = np.array([c.return_rate for c in plan.categories])[category]
    wanted = (rng.random(len(order)) < rate) & orders.kept[order]
    request = orders.delivered[order] + (rng.uniform(0.1, 7.0, len(order)) * DAY).astype(np.int64)
    end = clock.days * DAY
    line = np.flatnonzero(wanted & (request < end))
    line = line[np.argsort(request[line], kind="stable")]
    count = len(line)
    fits = category[line] == 0
    reason = np.where(
        fits, choose(rng, _APPAREL_WEIGHTS, count), choose(rng, _WEIGHTS, count)
    ).astype(np.int64)
    scenario = choose(rng, np.array([0.82, 0.12, 0.06]), count)
    asked = request[line]
    approve = asked + (rng.uniform(0.02, 1.0, count) * DAY).astype(np.int64)
    refund = approve + (rng.uniform(0.5, 6.0, count) * DAY).astype(np.int64)
    approve, refund = (np.where(t < end, t, -1) for t in (approve, refund))
    amount = np.where(refund >= 0, baskets.pieces[line] * baskets.price[line], 0.0)
    grade = np.where(scenario == 1, -1, choose(rng, np.array([0.7, 0.2, 0.1]), count))
    returns = Returns(
        order=order[line],
        line=line,
        pieces=baskets.pieces[line],
        reason=reason,
        scenario=scenario,
        grade=grade,
        request=asked,
        approve=approve,
        refund=refund,
        amount=np.asarray(amount.round(2), np.float64),
        freight=np.where(np.isin(reason, _SHOP_PAYS) & (scenario == 0), 10.0, 0.0),
    )
    total = np.bincount(order, minlength=len(orders))
    back = np.bincount(returns.order[refund >= 0], minlength=len(orders))
    return returns, back == total

"""Goods that come back: which lines, why, and when the money was paid back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY, Clock
from opsbook.demo.draw import Floats, Ints, choose
from opsbook.demo.lines import Lines
from opsbook.demo.orders import Orders
from opsbook.demo.plan import Plan
from opsbook.demo.products import Range

__all__ = ["GRADES", "REASONS", "SCENARIOS", "Returns", "restocked", "send_back", "settle"]

REASONS = (
    "no longer wanted",
    "size or fit",
    "not as described",
    "quality defect",
    "damaged in transit",
    "wrong item",
    "late delivery",
)
_WEIGHTS = np.array([0.33, 0.09, 0.22, 0.19, 0.12, 0.05, 0.0])
_APPAREL_WEIGHTS = np.array([0.24, 0.44, 0.15, 0.10, 0.04, 0.03, 0.0])
SCENARIOS = ("by mail", "refund only", "refused at the door")
GRADES = ("A", "B", "C")
_LATE = REASONS.index("late delivery")
_BACK_DAYS = 4
"""Days from approval until good pieces are back on the shelf."""
_SHOP_PAYS = (2, 3, 4, 5)
"""Reasons for which the shop bears the return freight."""


@dataclass(frozen=True)
class Returns:
    """Returned lines in order of time of request.

    Args:
        order: Order returned from.
        line: Line returned.
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
    range_: Range,
    lines: Lines,
    orders: Orders,
) -> Returns:
    """Draw who sends what back, by the rate of the category; money comes later.

    Args:
        rng: Source of randomness.
        plan: Return rates.
        range_: The products.
        lines: Lines that were ordered.
        orders: The orders, with their deliveries.
    """
    order = lines.order
    category = range_.category[lines.product]
    rate = np.array([c.return_rate for c in plan.categories])[category]
    # Fraudsters live by refunds without a return.
    rate = np.where(orders.fraud[order], plan.fraud_refund, rate)
    arrived = orders.delivered[order] >= 0
    line = np.flatnonzero((rng.random(len(order)) < rate) & orders.kept[order] & arrived)
    wait = (rng.uniform(0.1, 7.0, len(line)) * DAY).astype(np.int64)
    asked = orders.delivered[order[line]] + wait
    at = np.argsort(asked, kind="stable")
    line, asked = line[at], asked[at]
    count, late = len(line), orders.late[order[line]]
    usual = np.where(
        category[line] == 0, choose(rng, _APPAREL_WEIGHTS, count), choose(rng, _WEIGHTS, count)
    )
    reason = np.where(late & (rng.random(count) < 0.4), _LATE, usual).astype(np.int64)
    scenario = choose(rng, np.array([0.82, 0.12, 0.06]), count)
    scenario = np.where(orders.fraud[order[line]], 1, scenario)
    approve = asked + (rng.uniform(0.02, 1.0, count) * DAY).astype(np.int64)
    refund = approve + (rng.uniform(0.1, 3.0, count) * DAY).astype(np.int64)
    grade = np.where(scenario == 1, -1, choose(rng, np.array([0.7, 0.2, 0.1]), count))
    return Returns(
        order=order[line],
        line=line,
        pieces=lines.pieces[line],
        reason=reason,
        scenario=scenario,
        grade=grade,
        request=asked,
        approve=approve,
        refund=refund,
        amount=np.zeros(count),
        freight=np.where(np.isin(reason, _SHOP_PAYS) & (scenario == 0), 10.0, 0.0),
    )


def restocked(returns: Returns, lines: int) -> Ints:
    """Day on which the pieces of each line are back on the shelf, -1 if they never are."""
    day = np.full(lines, -1)
    good = returns.grade == 0
    arrives = returns.approve[good] // DAY + _BACK_DAYS
    day[returns.line[good]] = arrives
    return day


def settle(
    returns: Returns,
    clock: Clock,
    kept: NDArray[np.bool_],
    line_number: Ints,
    order_number: Ints,
    amount: Floats,
    size: Ints,
) -> tuple[Returns, NDArray[np.bool_]]:
    """What is known of the returns at the end of the period, with the money paid back.

    Args:
        returns: All returns that were drawn.
        clock: The period.
        kept: Lines that could be delivered at all.
        line_number: New number of each line.
        order_number: New number of each order.
        amount: What each delivered line cost, CNY.
        size: Lines of each order that came about.

    Returns:
        The returns asked for in the period, and which orders were paid back in full.
    """
    end = clock.seconds
    known = kept[returns.line] & (returns.request < end)
    line = line_number[returns.line[known]]
    approve, refund = (
        np.where(at[known] < end, at[known], -1) for at in (returns.approve, returns.refund)
    )
    settled = Returns(
        order=order_number[returns.order[known]],
        line=line,
        pieces=returns.pieces[known],
        reason=returns.reason[known],
        scenario=returns.scenario[known],
        grade=np.where(approve >= 0, returns.grade[known], -1),
        request=returns.request[known],
        approve=approve,
        refund=refund,
        amount=np.where(refund >= 0, amount[line], 0.0),
        freight=returns.freight[known],
    )
    back = np.bincount(settled.order[refund >= 0], minlength=len(size))
    return settled, (back > 0) & (back == size)

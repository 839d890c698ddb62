"""Would customers recommend the shop: asked after delivery, answered from experience."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Ints, choose, stream
from opsbook.demo.service.experience import Experience
from opsbook.demo.service.plan import NpsPlan
from opsbook.demo.service.tickets import Tickets

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Answers", "ask"]

_DETRACTORS = (0.05, 0.02, 0.04, 0.08, 0.11, 0.32, 0.38)
"""Scores 0 to 6 among those who would not recommend."""
_PASSIVES = 0.38
"""Share of 7 among 7 and 8."""
_PROMOTERS = 0.40
"""Share of 9 among 9 and 10."""


@dataclass(frozen=True)
class Answers:
    """Answers in order of their day.

    Args:
        order: Order that was asked about.
        day: Day of the answer.
        score: 0 to 10.
        late: Whether that order was late.
        returned: Whether something of it was sent back by then.
        flaw: Whether something in it was flawed.
        unhappy: Whether a ticket about it ended with a satisfaction of 3 or less by then.
    """

    order: Ints
    day: Ints
    score: Ints
    late: NDArray[np.bool_]
    returned: NDArray[np.bool_]
    flaw: NDArray[np.bool_]
    unhappy: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.order)


def ask(b: "Business", plan: NpsPlan, lived: Experience, tickets: Tickets) -> Answers:
    """Draw the answers of a sample of delivered orders."""
    rng = stream(b.seed, "nps")
    orders, count = b.orders, len(b.orders)
    picked = rng.random(count) < plan.rate
    day = orders.delivered // DAY + rng.integers(8, 15, count)
    there = (orders.delivered >= 0) & orders.kept & (day < b.clock.days) & ~orders.fraud
    order = np.flatnonzero(picked & there)
    order = order[np.argsort(day[order], kind="stable")]
    day = day[order]

    returned = np.full(count, b.clock.seconds)
    np.minimum.at(returned, b.returns.order, b.returns.request)
    flaw = np.zeros(count, bool)
    flaw[b.lines.order[lived.flaw]] = True
    unhappy = np.full(count, b.clock.seconds)
    sad = (tickets.csat > 0) & (tickets.csat <= 3) & (tickets.order >= 0)
    np.minimum.at(unhappy, tickets.order[sad], tickets.close[sad])
    by_then = day * DAY
    drivers = {
        "late": orders.late[order],
        "returned": returned[order] < by_then,
        "flaw": flaw[order],
        "unhappy": unhappy[order] < by_then,
    }
    effect = plan.trend * day / 365.25
    for name, driver in drivers.items():
        effect = effect + getattr(plan, name) * driver
    luck = rng.logistic(size=len(order)) + effect
    score = np.select(
        [luck > -plan.cuts[0], luck > -plan.cuts[1]],
        [
            10 - (rng.random(len(order)) < _PROMOTERS),
            8 - (rng.random(len(order)) < _PASSIVES),
        ],
        choose(rng, np.array(_DETRACTORS), len(order)),
    )
    return Answers(order=order, day=day, score=score.astype(np.int64), **drivers)

"""What teams ask of each other, and how fast it is done before and after a change."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Ints, choose, stream
from opsbook.demo.team.plan import TeamPlan

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Requests", "ask_for"]

_HOUR = 3600


@dataclass(frozen=True)
class Requests:
    """Requests in order of time; seconds count from the first midnight.

    Args:
        asks: Team that asks, an index into the plan's sizes.
        answers: Team that answers.
        open: Second it was asked.
        respond: Second of the first response, which may lie after the period.
        close: Second it was done, which may lie after the period.
        passed: Whether it passed review at the first attempt.
    """

    asks: Ints
    answers: Ints
    open: Ints
    respond: Ints
    close: Ints
    passed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.open)


def ask_for(b: "Business", plan: TeamPlan) -> Requests:
    """Draw the requests of a period; they are made on working days, in working hours."""
    rng = stream(b.seed, "requests")
    number = rng.poisson(np.where(b.clock.weekday < 5, plan.requests, 0.0))
    day = np.repeat(np.arange(b.clock.days), number)
    second = np.sort(day * DAY + (rng.uniform(9, 18.5, len(day)) * _HOUR).astype(np.int64))
    count, teams = len(second), len(plan.sizes)
    # Many ask the analyst; management asks and is not asked.
    wanted = np.array([0.0] + [3.0 if n == plan.slow_team else 1.0 for n, _ in plan.sizes[1:]])
    answers = choose(rng, wanted, count)
    asks = (answers + rng.integers(1, teams, count)) % teams
    after = second >= change_second(b, plan)
    names = np.array([name for name, _ in plan.sizes])
    slow = np.where(names[answers] == plan.slow_team, plan.slow_factor, 1.0)
    respond = plan.respond_hours * np.where(after, plan.respond_factor, 1.0) * slow
    cycle = plan.cycle_hours * np.where(after, plan.cycle_factor, 1.0) * slow
    luck = np.exp(plan.spread * rng.normal(size=(2, count)))
    responded = second + (respond * luck[0] * _HOUR).astype(np.int64)
    return Requests(
        asks=asks,
        answers=answers,
        open=second,
        respond=responded,
        close=responded + (cycle * luck[1] * _HOUR).astype(np.int64),
        passed=rng.random(count) < np.where(after, plan.pass_after, plan.pass_rate),
    )


def change_second(b: "Business", plan: TeamPlan) -> int:
    """Midnight from which the new way of working holds."""
    return int(plan.change_at * b.clock.days) * DAY

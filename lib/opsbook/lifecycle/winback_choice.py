"""Spending a budget on the customers and offers that bring most: one action per customer.

The best actions of a customer form a staircase: each step costs more and adds less per unit
of money (steps that do not are skipped). All steps of all customers are taken in order of
what they add per unit of money until the budget is spent. That is the exact optimum of the
problem with divisible actions, and at most one step short of the best whole one.

Source:
    Sinha, Zoltners (1979), The Multiple-Choice Knapsack Problem, Operations Research 27(3),
    503-515. Dantzig (1957), Operations Research 5(2), 266-288 (greedy by ratio).
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["NOTHING", "budget_curve", "choose"]

Floats = NDArray[np.float64]
NOTHING = -1
"""Chosen where no action pays."""


def _steps(gain: Floats, cost: Floats) -> pd.DataFrame:
    """The staircase of each customer: efficient actions in order of cost.

    Returns:
        One row per step: ``row, action, cost`` and ``gain`` (added by the step), ``ratio``.
    """
    n, actions = gain.shape
    at_cost, at_gain = np.zeros(n), np.zeros(n)
    parts = []
    taken = np.full(n, NOTHING)
    for _ in range(actions):
        more_cost, more_gain = cost - at_cost[:, None], gain - at_gain[:, None]
        # An action that costs no more and brings more comes first, whatever its ratio.
        free = (more_gain > 0) & (more_cost <= 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(more_cost > 0, more_gain / more_cost, -np.inf)
        ratio = np.where(free, np.inf, np.where(more_gain > 1e-12, ratio, -np.inf))
        # Among free ones the best, among equal ratios the first.
        best = np.where(
            free.any(axis=1),
            np.argmax(np.where(free, more_gain, -np.inf), axis=1),
            np.argmax(ratio, axis=1),
        )
        rows = np.flatnonzero(ratio[np.arange(n), best] > 0)
        if not len(rows):
            break
        chosen = best[rows]
        parts.append(
            pd.DataFrame(
                {
                    "row": rows,
                    "action": chosen,
                    "cost": more_cost[rows, chosen],
                    "gain": more_gain[rows, chosen],
                    "ratio": ratio[rows, chosen],
                }
            )
        )
        taken[rows] = chosen
        at_cost[rows], at_gain[rows] = cost[rows, chosen], gain[rows, chosen]
    if not parts:
        return pd.DataFrame({c: np.zeros(0) for c in ("row", "action", "cost", "gain", "ratio")})
    steps = pd.concat(parts, ignore_index=True)
    # Stable: a customer's steps keep their order, and equal ratios keep the list's.
    return steps.sort_values("ratio", ascending=False, kind="stable", ignore_index=True)


def choose(gain: Floats, cost: Floats, budget: float = np.inf) -> NDArray[np.int64]:
    """One action per customer, for the most gain within the budget.

    Args:
        gain: Expected gain after cost, one row per customer, one column per action; money.
        cost: Expected cost of the action, 0 or more; money.
        budget: Most that the chosen actions may cost together; no limit by default.

    Returns:
        Column of the action chosen for each customer; ``NOTHING`` where none is.

    Raises:
        ParameterError: Shapes differ, a cost is negative, or the budget is.

    Example:
        >>> choose(np.array([[3.0, 4.0], [2.0, 2.5]]), np.array([[1.0, 4.0], [1.0, 2.0]]), 3.0)
        array([0, 1])
    """
    _check(gain, cost, budget)
    steps = _steps(gain, cost)
    chosen = np.full(len(gain), NOTHING)
    if steps.empty:
        return chosen
    spent = np.maximum(steps["cost"].to_numpy(), 0.0).cumsum()
    within = int(np.searchsorted(spent, budget * (1 + 1e-12), side="right"))
    _take(chosen, steps.iloc[:within])
    # The step that did not fit is skipped; later ones that still fit are not lost, as long
    # as they do not build on it.
    left = budget - (spent[within - 1] if within else 0.0)
    blocked: set[int] = set()
    for step in steps.iloc[within : within + 1000].itertuples():
        if step.row in blocked or step.cost > left:
            blocked.add(int(step.row))
            continue
        chosen[int(step.row)] = int(step.action)
        left -= max(step.cost, 0.0)
    return chosen


def _take(chosen: NDArray[np.int64], steps: pd.DataFrame) -> None:
    last = steps.groupby("row")["action"].last()
    chosen[last.index.to_numpy(np.int64)] = last.to_numpy(np.int64)


def budget_curve(gain: Floats, cost: Floats, *, points: int = 60) -> pd.DataFrame:
    """What each budget would bring, spent in the best order.

    Args:
        gain: As in ``choose``.
        cost: As in ``choose``.
        points: Points of the curve at most.

    Returns:
        One row per point: ``budget`` (money spent), ``gain`` (expected, after cost),
        ``customers`` (contacted), from nothing to all that pays.

    Raises:
        ParameterError: As in ``choose``.
    """
    _check(gain, cost, 0.0)
    steps = _steps(gain, cost)
    if steps.empty:
        return pd.DataFrame({"budget": [0.0], "gain": [0.0], "customers": [0]})
    whole = pd.DataFrame(
        {
            "budget": np.r_[0.0, np.maximum(steps["cost"], 0.0).cumsum()],
            "gain": np.r_[0.0, steps["gain"].cumsum()],
            "customers": np.r_[0, (~steps["row"].duplicated()).cumsum()],
        }
    )
    at = np.unique(np.linspace(0, len(whole) - 1, points).round().astype(int))
    return whole.iloc[at].reset_index(drop=True)


def _check(gain: Floats, cost: Floats, budget: float) -> None:
    if gain.shape != cost.shape or gain.ndim != 2:
        raise ParameterError(
            N_("gain and cost must be tables of the same shape; got {a} and {b}"),
            a=gain.shape,
            b=cost.shape,
        )
    if (cost < 0).any():
        raise ParameterError(N_("the cost of an action cannot be below 0"))
    if not budget >= 0:
        raise ParameterError(N_("budget {value} is below 0; use 0 or more"), value=budget)

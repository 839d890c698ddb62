"""One threshold set tried on baskets: what it gives away, and what topping up brings back."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.bunching import Response
from opsbook.campaign.threshold_baskets import Baskets
from opsbook.campaign.threshold_sets import off_of
from opsbook.common.discount_rules import steps_of

__all__ = ["Tried", "floor_of", "people_of", "try_set"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tried:
    """One set: per class money of one order without topping up, and what topping up changes.

    Args:
        plain: Contribution of an order that is not topped up.
        moved: What topping up adds to it.
        off: Discount of an order that is not topped up.
        more_off: What topping up adds to it.
        added: Goods that topping up adds.
        zone: Classes in reach of a step.
        slope: Contribution of one more unit of money of goods.
    """

    plain: Floats
    moved: Floats
    off: Floats
    more_off: Floats
    added: Floats
    zone: NDArray[np.bool_]
    slope: float


def people_of(baskets: Baskets, answer: Response | None, rule: str) -> tuple[pd.DataFrame, str]:
    """Classes of baskets to try on, with the weight of an order put back to no step.

    Args:
        baskets: From ``rule_baskets``.
        answer: From ``topping_up``; None where nothing was estimated.
        rule: The event's rule.

    Returns:
        One row per class: ``basket`` (mean value), ``seen`` (orders), ``weight``, and weighted
        ``n, value, cost, costed, paid``; and whose they are: ``own`` or ``usual``.
    """
    frame, basis = baskets.of(own=True), "own"
    weight = np.ones(len(frame))
    if frame["n"].sum() < 50:
        frame, basis = baskets.of(""), "usual"
        weight = np.ones(len(frame))
    elif answer is not None:
        fit = next((f for f in answer.fits if f.rule == rule), None)
        if fit is not None:
            at = np.searchsorted(fit.edges, frame.index * baskets.width + 1e-6, side="right") - 1
            ratio = np.where(fit.fitted > 0, fit.without / np.maximum(fit.fitted, 1e-9), 1.0)
            weight = np.clip(ratio, 0.0, 5.0)[at]
    frame = frame[frame["n"] > 0]
    found = pd.DataFrame(
        {
            "basket": frame["value"] / frame["n"], "seen": frame["n"], "weight": weight,
            "n": frame["n"] * weight, "value": frame["value"] * weight,
            "cost": frame["cost"] * weight, "costed": frame["costed"] * weight,
        }
    )  # fmt: skip
    found["paid"] = found["value"] - off_of(rule, found["basket"].to_numpy()) * found["n"]
    return found, basis


def try_set(rule: str, people: pd.DataFrame, rate: float, answer: Response) -> Tried:
    """Give a rule to baskets that had none.

    Args:
        rule: The rule; empty for none.
        people: From ``people_of``.
        rate: Cost of goods over their value before the order's discount.
        answer: How baskets answer a step.
    """
    basket = people["basket"].to_numpy()
    off = off_of(rule, basket)
    plain = (1 - rate) * basket - off
    steps = np.array([at for at, _ in steps_of(rule)])
    zone = np.zeros(len(basket), bool)
    target = basket.copy()
    if len(steps):
        place = np.searchsorted(steps, basket + 1e-9, side="right")
        at = steps[np.minimum(place, len(steps) - 1)]
        zone = (place < len(steps)) & (basket >= (1 - answer.reach) * at)
        target = np.where(zone, at + answer.over, basket)
    after = off_of(rule, target)
    moved = np.where(zone, (1 - rate) * target - after - plain, 0.0)
    return Tried(
        plain, moved, off, np.where(zone, after - off, 0.0), np.where(zone, target - basket, 0.0),
        zone, 1 - rate,
    )  # fmt: skip


def floor_of(rule: str, rate: float) -> float:
    """Margin rate of the basket that just reaches the worst step.

    Args:
        rule: The rule.
        rate: Cost of goods over their value before the discount.
    """
    steps = steps_of(rule)
    if not steps:
        return 1 - rate
    return min(((1 - rate) * at - off) / (at - off) for at, off in steps)

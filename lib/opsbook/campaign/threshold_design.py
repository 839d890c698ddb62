"""Which threshold set would have been best: discounts tried out on the baskets that came."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.bunching import ASSUMED, Response, assumed_response, topping_up
from opsbook.campaign.event import Event
from opsbook.campaign.threshold_baskets import NEEDS, rule_baskets
from opsbook.campaign.threshold_sets import candidate_rules, rule_text
from opsbook.campaign.threshold_trial import Tried, floor_of, people_of, try_set
from opsbook.common.discount_rules import steps_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["EXTRA_ORDERS", "NEEDS", "RESPONSES", "ThresholdDesign", "threshold_design"]

Floats = NDArray[np.float64]

EXTRA_ORDERS = 1.5
"""Assumed per cent more orders per point of discount: a price elasticity of -1.5."""
RESPONSES = (0.0, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Answers of orders to the discount for which the best set is shown."""


@dataclass(frozen=True)
class ThresholdDesign:
    """Threshold sets compared on the same baskets.

    Args:
        event: The event.
        rule: Its rule, as tidied; empty without one.
        frame: One row per set, best first: ``rule``, ``reached`` (share of orders that get a
            discount), ``topped`` (share topped up), ``depth`` (discount over goods), ``discount``
            and ``added`` (money: given; sales added by topping up), ``payback`` (margin of
            what was added over the discount; below zero if there is none), ``floor`` (margin rate
            of the basket that just reaches the worst step), ``allowed`` (at or above the
            floor), ``plain`` (contribution against no rule if no order more comes),
            ``needed`` (more orders that make it worth while, fraction), ``gain, low, high``
            (contribution against no rule at the assumed answer, with interval), ``best``
            (share of samples in which it is the best allowed set), ``best_generous`` (the
            same among those that give at least nine tenths of the event's discount).
        by_response: One row per answer of orders to a point of discount: ``response``
            (per cent), ``rule``, ``gain``, ``sure`` (share of samples), ``own`` (gain of the
            event's rule).
        response: How baskets answer a step.
        extra: Assumed per cent more orders per point of discount.
        floor: Least margin rate allowed.
        orders: Orders simulated.
        goods: Their value before discounts, without topping up, money.
        margin: Margin rate of goods before the order's discount.
        has_cost: Whether costs are known; without them margin is sales.
        basis: Whose baskets: ``own`` (of the event's rule days) or ``usual`` (of a year without
            a rule, where the event has fewer than 50).
        level: Confidence of the intervals.
        currency: ISO code.
        shop: Title of the shop.
    """

    event: Event
    rule: str
    frame: pd.DataFrame
    by_response: pd.DataFrame
    response: Response
    extra: float
    floor: float
    orders: float
    goods: float
    margin: float
    has_cost: bool
    basis: str
    level: float
    currency: str
    shop: str

    def row(self, rule: str) -> pd.Series | None:
        """One set; None if it was not compared."""
        rows = self.frame[self.frame["rule"] == rule]
        return rows.iloc[0] if len(rows) else None


@shared
def threshold_design(
    shop: Shop,
    event: Event,
    *,
    rules: Sequence[str] = (),
    floor: float = 0.10,
    extra: float = EXTRA_ORDERS,
    top_up: float = ASSUMED,
    level: float = 0.95,
    draws: int = 400,
    seed: int = 0,
) -> ThresholdDesign:
    """Try threshold sets on the event's baskets, topping up included.

    The baskets are first put back to what they would be without a step (``topping_up``). Under
    each set a basket in reach of its next step is topped up with the estimated share, to the
    step and the usual overshoot; goods added have the shop's mean margin. How many more
    orders a discount brings cannot be read from baskets: ``extra`` is assumed, and the number
    that each set needs is shown beside it.

    Args:
        shop: Needs ``campaigns``, ``orders`` and ``order_lines``.
        event: The event.
        rules: Sets to compare besides the usual ones.
        floor: Least margin rate of a basket that just reaches a step, -0.5 to 0.9.
        extra: Per cent more orders per point of discount, 0 to 10.
        top_up: Share topped up where no rule ever ran, 0 to 0.9.
        level: Confidence of the intervals, 0.5 to 0.999.
        draws: Samples, 100 to 5000.
        seed: Of the samples.

    Raises:
        CannotTell: There are too few baskets.
        ParameterError: A parameter is out of range.

    Source:
        Entry E08 (002 three, 003).
    """
    for name, value, low, high in (
        ("floor", floor, -0.5, 0.9), ("extra", extra, 0, 10), ("draws", draws, 100, 5000),
        ("level", level, 0.5, 0.999),
    ):  # fmt: skip
        if not low <= value <= high:
            raise ParameterError(
                N_("{name} {value} is out of range; use {low} to {high}"),
                name=name, value=value, low=low, high=high,
            )  # fmt: skip
    baskets = rule_baskets(shop, event)
    answer = topping_up(baskets, level=level, draws=draws, seed=seed)
    own = rule_text(steps_of(event.rule))
    people, basis = people_of(baskets, answer, event.rule)
    if people["n"].sum() < 50:
        raise CannotTell(N_("{event} has too few baskets to try thresholds on"), event=event.name)
    if answer is None:
        over = 0.1 * float(people["value"].sum() / people["n"].sum())
        answer = assumed_response(top_up, over=over, level=level, seed=seed)
    goods = float(people["value"].sum())
    has_cost = bool(people["costed"].sum() > 0)
    # Cost over goods before the order's discount, which the rule itself gives.
    rate = float(people["cost"].sum() / people["value"].sum()) if has_cost else 0.0
    if has_cost and people["costed"].sum() < 0.995 * people["paid"].sum():
        rate *= float(people["paid"].sum() / people["costed"].sum())
    names = candidate_rules(baskets, own, rules)
    tried = [try_set(name, people, rate, answer) for name in names]
    return _judged(
        event, own, names, tried, people, answer, rate, (floor, extra, level, draws, seed),
        basis, has_cost, goods, shop,
    )  # fmt: skip


def _judged(
    event: Event, own: str, names: list[str], tried: list[Tried], people: pd.DataFrame,
    answer: Response, rate: float, options: tuple[float, float, float, int, int], basis: str,
    has_cost: bool, goods: float, shop: Shop,
) -> ThresholdDesign:  # fmt: skip
    floor, extra, level, draws, seed = options
    n = people["n"].to_numpy()
    share = answer.share
    money = np.array([n @ t.plain + share * (n @ t.moved) for t in tried])
    given = np.array([n @ t.off + share * (n @ t.more_off) for t in tried])
    added = np.array([share * (n @ t.added) for t in tried])
    topped = np.array([share * (n @ t.zone) for t in tried])
    reached = np.array([n @ (t.off > 0) + share * (n @ (t.zone & (t.off <= 0))) for t in tried])
    depth = given / (goods + added)
    none = money[names.index("")]
    worst = np.array([floor_of(name, rate) for name in names])
    allowed = worst >= floor
    # Samples: orders by class, and how they answer a step.
    rng = np.random.default_rng(seed)
    orders = rng.poisson(people["seen"].to_numpy(), (draws, len(people))) * (
        people["weight"].to_numpy()
    )
    pick = answer.draws[rng.integers(0, len(answer.draws), draws)]
    base = orders @ np.array([t.plain for t in tried]).T
    top = orders @ np.array([t.moved for t in tried]).T
    near = orders @ np.array([t.zone for t in tried]).T.astype(float)
    slope = np.array([t.slope for t in tried])
    top = top + near * slope * (pick[:, [1]] - answer.over)
    sampled = base + pick[:, [0]] * top
    cost = orders @ np.array([t.off for t in tried]).T
    cost = cost + pick[:, [0]] * (orders @ np.array([t.more_off for t in tried]).T)
    deep = cost / (orders @ people["basket"].to_numpy())[:, None]
    origin = sampled[:, [names.index("")]]

    def gains(response: float) -> tuple[Floats, Floats]:
        now = money * (1 + response * depth) - none
        return now, sampled * (1 + response * deep) - origin

    now, drawn = gains(extra)
    winners = np.where(allowed[None, :], drawn, -np.inf).argmax(axis=1)
    at_least = 0.9 * depth[names.index(own)] if own in names else 0.0
    generous = allowed & (depth >= at_least) & (depth > 0)
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    frame = pd.DataFrame(
        {
            "rule": names, "reached": reached / n.sum(), "topped": topped / n.sum(),
            "depth": depth, "discount": given, "added": added,
            "payback": np.divide(
                (1 - rate) * added, given, out=np.full(len(names), np.nan), where=given > 0
            ),
            "floor": worst, "allowed": allowed, "plain": money - none,
            "needed": np.where(money > 0, none / np.where(money > 0, money, 1.0) - 1, np.inf),
            "gain": now, "low": low, "high": high,
            "best": np.bincount(winners, minlength=len(names)) / draws,
            "best_generous": _wins(drawn, generous),
        }
    )  # fmt: skip
    rows = []
    for response in sorted({*RESPONSES, extra}):
        value, samples = gains(response)
        best = int(np.where(allowed, value, -np.inf).argmax())
        sure = _wins(samples, allowed)[best]
        mine = value[names.index(own)] if own in names else np.nan
        rows.append((response, names[best], value[best], sure, mine))
    return ThresholdDesign(
        event=event, rule=own,
        frame=frame.sort_values(["allowed", "gain"], ascending=False, ignore_index=True),
        by_response=pd.DataFrame(rows, columns=["response", "rule", "gain", "sure", "own"]),
        response=answer, extra=extra, floor=floor, orders=float(n.sum()), goods=goods,
        margin=1 - rate, has_cost=has_cost, basis=basis, level=level,
        currency=shop.currency, shop=shop.title,
    )  # fmt: skip


def _wins(samples: Floats, able: NDArray[np.bool_]) -> Floats:
    """Share of samples that each set wins among those that may."""
    if not able.any():
        return np.zeros(samples.shape[1])
    winners = np.where(able[None, :], samples, -np.inf).argmax(axis=1)
    return np.bincount(winners, minlength=samples.shape[1]) / len(samples)

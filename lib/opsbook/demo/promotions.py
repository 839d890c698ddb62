"""Discounts on whole orders: spend-threshold rules of campaigns, coupons, topping up, presale."""

from dataclasses import replace

import numpy as np

from opsbook.demo.clock import DAY, Clock
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.lines import Lines
from opsbook.demo.orders import Orders
from opsbook.demo.plan import Plan

__all__ = ["discount", "rule_steps", "top_up"]


def rule_steps(rule: str) -> tuple[Floats, Floats]:
    """Thresholds and savings of a rule such as ``199-30;399-80``, rising.

    Args:
        rule: Steps as spend-saving, separated by semicolons; empty for none.
    """
    steps = sorted(tuple(float(x) for x in step.split("-")) for step in rule.split(";") if step)
    return np.array([s[0] for s in steps]), np.array([s[1] for s in steps])


def top_up(
    rng: np.random.Generator,
    plan: Plan,
    lines: Lines,
    day: Ints,
    rule: Ints,
    rules: tuple[str, ...],
) -> tuple[Lines, Ints]:
    """Customers a little under a threshold add something to reach it.

    Args:
        rng: Source of randomness.
        plan: How near is near, and how many do it.
        lines: Lines before.
        day: Day of each order, rising.
        rule: Discount rule that holds for each order, -1 if none.
        rules: The rules.

    Returns:
        The lines after, and the orders that were topped up.
    """
    value = np.bincount(lines.order, lines.pieces * lines.shelf, minlength=len(day))
    gap = np.full(len(day), np.inf)
    for number, text in enumerate(rules):
        steps, _ = rule_steps(text)
        on = np.flatnonzero(rule == number)
        if not len(on) or not len(steps):
            continue
        step = np.minimum(np.searchsorted(steps, value[on], side="right"), len(steps) - 1)
        missing = steps[step] - value[on]
        near = (missing > 0) & (missing <= plan.top_up_reach * steps[step])
        gap[on[near]] = missing[near]
    who = np.flatnonzero(np.isfinite(gap) & (rng.random(len(day)) < plan.top_up))
    # What is added is what others bought that day: eight looks, the cheapest that is enough.
    line_day = day[lines.order]
    low = np.searchsorted(line_day, day[who], side="left")
    high = np.searchsorted(line_day, day[who], side="right")
    looks = low[:, None] + (rng.random((len(who), 8)) * (high - low)[:, None]).astype(np.int64)
    enough = np.where(lines.shelf[looks] >= gap[who][:, None], lines.shelf[looks], np.inf)
    best = looks[np.arange(len(who)), enough.argmin(axis=1)]
    found = np.isfinite(enough.min(axis=1, initial=np.inf))
    who, best = who[found], best[found]
    products = int(lines.product.max(initial=0)) + 1
    held = np.unique(lines.order * products + lines.product)
    new = ~np.isin(who * products + lines.product[best], held)
    who, best = who[new], best[new]
    order = np.concatenate([lines.order, who])
    at = np.argsort(order, kind="stable")
    shelf = np.concatenate([lines.shelf, lines.shelf[best]])[at]
    pieces = np.concatenate([lines.pieces, np.ones(len(who), np.int64)])[at]
    product = np.concatenate([lines.product, lines.product[best]])[at]
    return Lines(order[at], product, pieces, shelf, pieces * shelf), who


def discount(
    rng: np.random.Generator,
    plan: Plan,
    clock: Clock,
    orders: Orders,
    lines: Lines,
    rule: Ints,
    rules: tuple[str, ...],
) -> tuple[Orders, Lines]:
    """Take discounts off whole orders, shared among their lines to the cent.

    Args:
        rng: Source of randomness.
        plan: Coupons, freight.
        clock: The period.
        orders: Orders that came about.
        lines: Their lines at shelf price.
        rule: Discount rule that holds for each order, -1 if none.
        rules: The rules.
    """
    cents = np.round(lines.pieces * lines.shelf * 100).astype(np.int64)
    total = np.bincount(lines.order, cents, minlength=len(orders)).astype(np.int64)
    saving = np.zeros(len(orders), np.int64)
    for number, text in enumerate(rules):
        steps, savings = rule_steps(text)
        step = np.searchsorted(np.round(steps * 100), total, side="right")
        worth = np.concatenate([[0], np.round(savings * 100)]).astype(np.int64)[step]
        saving = np.where(rule == number, worth, saving)
    coupon = _coupons(rng, plan, clock, orders, total)
    worth = np.array([round(c.saving * 100) for c in plan.coupons] + [0])
    saving = np.minimum(saving + worth[coupon], total // 2)
    amount = cents - _shares(cents, total, saving, lines.order)
    paid = (total - saving) / 100
    free = paid >= plan.free_freight
    done = replace(
        orders,
        discount=saving / 100,
        coupon=np.where(coupon < len(plan.coupons), coupon, -1),
        freight=np.where(free, 0.0, plan.freight),
        deposit=np.where(orders.presale, np.round(paid * plan.deposit, 2), 0.0),
    )
    return done, replace(lines, amount=amount / 100)


def _coupons(
    rng: np.random.Generator, plan: Plan, clock: Clock, orders: Orders, total: Ints
) -> Ints:
    """Coupon of each order, the number of coupons where there is none."""
    luck = rng.random(len(orders))
    month_day = clock.dates(orders.placed // DAY).astype("datetime64[D]")
    is_eighth = (month_day - month_day.astype("datetime64[M]")).astype(np.int64) == 7
    found = np.full(len(orders), len(plan.coupons))
    for number, c in enumerate(plan.coupons):
        for_whom = {"first": orders.first, "member day": is_eighth & ~orders.first}[c.audience]
        uses = for_whom & (total >= c.threshold * 100) & (luck < c.use) & ~orders.fraud
        found = np.where(uses & (found == len(plan.coupons)), number, found)
    return found


def _shares(cents: Ints, total: Ints, saving: Ints, order: Ints) -> Ints:
    """Each line's part of the saving, in cents: by value, exact in sum within every order."""
    before = np.cumsum(cents) - cents
    start = np.zeros(len(total), np.int64)
    opens = np.flatnonzero(np.diff(order, prepend=-1))
    start[order[opens]] = before[opens]
    upto = before - start[order] + cents
    # Rounding the running total instead of each part keeps the sum exact.
    whole = np.maximum(total[order], 1)
    done = np.rint(upto / whole * saving[order]).astype(np.int64)
    earlier = np.rint((upto - cents) / whole * saving[order]).astype(np.int64)
    return done - earlier

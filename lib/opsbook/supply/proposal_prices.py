"""Orders of very many products: a price on money takes the suppliers apart.

With a price on every unit of the budget each supplier can be settled alone, by sorting. The
price is moved until the budget is kept. What the same prices promise at most bounds the best
choice, so the gap is known.
"""

import numpy as np
from numpy.typing import NDArray

from opsbook.supply.proposal_steps import Limits, Steps

__all__ = ["by_prices"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_ROUNDS = 40


def by_prices(steps: Steps, limits: Limits) -> tuple[Ints, float]:
    """Packs that keep every limit, and the most that any choice could be worth.

    Args:
        steps: Packs on offer.
        limits: What they take and what there is.

    Source:
        Lagrangian relaxation of the budget: Fisher (1981), Management Science 27, 1-18.
    """
    cost = limits.cost[steps.item]
    packs, most = _settled(steps, limits, 0.0)
    if limits.budget is None or float((packs * cost).sum()) <= limits.budget:
        return packs, most
    low, bound = 0.0, most
    high = float((np.maximum(steps.worth, 0) / np.maximum(cost, 1e-9)).max()) + 1.0
    best = np.zeros_like(packs)
    for _ in range(_ROUNDS):
        price = (low + high) / 2
        packs, most = _settled(steps, limits, price)
        bound = min(bound, most + price * limits.budget)
        if float((packs * cost).sum()) <= limits.budget:
            high, best = price, packs
        else:
            low = price
    return best, bound


def _settled(steps: Steps, limits: Limits, price: float) -> tuple[Ints, float]:
    """Best packs of each supplier alone at a price of money, and a bound of their worth."""
    size = len(limits.smallest)
    who, pieces = limits.supplier[steps.item], limits.pieces[steps.item].astype(np.float64)
    litres, forced = limits.litres[steps.item], limits.must[steps.item] & ~steps.extra
    worth = steps.worth - price * limits.cost[steps.item]
    good = forced | (worth > 0)
    room = np.full(size, np.inf if limits.container is None else limits.container)
    ratio = np.where(forced, np.inf, worth / np.maximum(litres, 1e-9))
    packs, share = _take(good, ratio, steps.packs, litres, who, room, up=False)
    total: Floats = np.bincount(who, packs * worth, size).astype(np.float64)
    most: Floats = total + np.bincount(who, share * worth, size)
    have = np.bincount(who, packs * pieces, size)
    lacks = np.where(have > 0, limits.smallest - have, 0.0)
    # What is not worth it by itself is added, the least bad first, until the order is large enough.
    more, part = _take(
        ~good, worth / pieces, steps.packs, pieces, who, np.maximum(lacks, 0.0), up=True
    )
    packs = packs + more
    total = total + np.bincount(who, more * worth, size) - limits.order_cost
    # For the bound parts of packs count, and nothing is charged that a full truck would not need.
    most = (
        np.where(room < np.inf, most, most + np.bincount(who, part * worth, size))
        - limits.order_cost
    )
    if limits.container is not None:
        # Who cannot reach the smallest order in one container, however packed, sends nothing.
        dense = pieces / np.maximum(litres, 1e-9)
        every, rest = _take(
            np.ones(len(who), np.bool_), dense, steps.packs, litres, who, room, up=False
        )
        can = np.bincount(who, (every + rest) * pieces, size) >= limits.smallest - 1e-9
        most = np.where(can, most, 0.0)
    must = np.bincount(who, forced, size) > 0
    fits = _fits(packs, who, pieces, litres, limits.smallest, room)
    goes = fits & ((total > 0) | must)
    packs = np.where(goes[who], packs, 0)
    return packs, float(np.where(must, most, np.maximum(most, 0.0)).sum())


def _fits(
    packs: Ints, who: Ints, pieces: Floats, litres: Floats, smallest: Floats, room: Floats
) -> Flags:
    """Whether each supplier's order reaches its smallest size inside the container."""
    size = len(smallest)
    held = np.bincount(who, packs * pieces, size)
    return (held >= smallest) & (np.bincount(who, packs * litres, size) <= room + 1e-9)


def _take(
    use: Flags, rank: Floats, packs: Ints, takes: Floats, who: Ints, room: Floats, *, up: bool
) -> tuple[Ints, Floats]:
    """Whole packs in order of rank until each supplier's room is full.

    Args:
        use: Steps that may be taken.
        rank: Best first.
        packs: Most packs of a step.
        takes: Room that a pack takes.
        who: Supplier of each step.
        room: Of each supplier.
        up: Whether the last pack may go beyond the room (to fill it) or not.

    Returns:
        Packs of each step; and the part of packs by which they differ from the room filled to
        the brim.
    """
    out, part = np.zeros(len(packs), np.int64), np.zeros(len(packs))
    at = np.flatnonzero(use)
    if not len(at):
        return out, part
    at = at[np.lexsort((-rank[at], who[at]))]
    load = packs[at] * takes[at]
    run = np.cumsum(load) - load
    first = np.r_[True, who[at][1:] != who[at][:-1]]
    before = run - np.maximum.accumulate(np.where(first, run, -np.inf))
    free = np.maximum(room[who[at]] - before, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = np.where(takes[at] > 0, free / takes[at], np.inf)
    fit = np.minimum(fit, packs[at])
    whole = np.ceil(fit - 1e-9) if up else np.floor(fit + 1e-9)
    out[at] = whole.astype(np.int64)
    part[at] = fit if up else fit - whole
    return out, part

"""Which packs to order, if money, room and smallest orders set limits: an integer programme.

Every product's packs come in steps of falling worth. The programme picks whole packs and the
suppliers to order from, so that what they are worth together is greatest.
"""

from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.supply.proposal_prices import by_prices
from opsbook.supply.proposal_steps import Limits, Steps

__all__ = ["Solution", "solve_orders"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_EXACT, _MANY = 2000, 8000
"""Steps up to which no gap is left; up to which one in ten thousand is; beyond, prices."""
_NO_ROOM = N_(
    "what must be ordered does not fit the budget, the container or the smallest "
    "orders; raise a limit or take products off the list"
)


@dataclass(frozen=True)
class Solution:
    """What to order.

    Args:
        packs: Of each step.
        worth: Of all of them, order costs paid; money.
        gap: Share by which another choice could be worth more, at most; 0 is proven best.
    """

    packs: Ints
    worth: float
    gap: float


def solve_orders(steps: Steps, limits: Limits, *, seconds: float = 20.0) -> Solution:
    """Choose whole packs and suppliers.

    Where nothing binds, everything wanted is ordered and nothing is solved. Beyond some
    thousand steps, prices take the programme apart (``proposal_prices``).

    Args:
        steps: Packs on offer.
        limits: What they take and what there is.
        seconds: Time after which the best found so far is taken, with its gap.

    Raises:
        CannotTell: What must be ordered does not fit the limits.
        ParameterError: A limit below 0.

    Source:
        Mixed-integer programme by HiGHS (Huangfu and Hall 2018, doi:10.1007/s12532-017-0130-5).
    """
    _check(limits, seconds)
    wanted = np.where(steps.extra, 0, steps.packs)
    if _fits(wanted, steps, limits):
        return Solution(wanted, _worth(wanted, steps, limits), 0.0)
    if len(steps.item) > _MANY:
        return _by_prices(steps, limits, seconds)
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    who = limits.supplier[steps.item]
    n, houses = len(steps.item), len(limits.smallest)
    pieces = limits.pieces[steps.item].astype(np.float64)
    step = np.arange(n)
    rows, cols, values, low, high = [], [], [], [], []
    count = 0

    def add(row: Ints, col: Ints, value: Floats, least: Floats, most: Floats) -> None:
        nonlocal count
        rows.append(row + count)
        cols.append(col)
        values.append(value)
        low.append(least)
        high.append(most)
        count += len(least)

    def each(at: Ints, value: Floats, least: float, most: float) -> None:
        add(np.zeros(len(at), np.int64), at, value, np.array([least]), np.array([most]))

    house = np.arange(houses)
    none, free = np.zeros(houses), np.full(houses, np.inf)
    # A supplier's pieces reach the smallest order if there is an order at all ...
    add(np.r_[who, house], np.r_[step, n + house], np.r_[pieces, -limits.smallest], none, free)
    # ... and there is one as soon as a single pack is ordered. One row per step is a tighter
    # fence than one per supplier.
    add(
        np.r_[step, step],
        np.r_[step, n + who],
        np.r_[np.ones(n), -steps.packs.astype(np.float64)],
        np.full(n, -np.inf),
        np.zeros(n),
    )
    if limits.budget is not None:
        each(step, limits.cost[steps.item], -np.inf, limits.budget)
    if limits.container is not None:
        full = np.full(houses, limits.container)
        add(who, step, limits.litres[steps.item], np.full(houses, -np.inf), full)
    matrix = coo_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(cols))),
        shape=(count, n + houses),
    ).tocsr()
    least = np.where(limits.must[steps.item] & ~steps.extra, steps.packs, 0)
    found = milp(
        np.r_[-steps.worth, limits.order_cost],
        integrality=np.ones(n + houses),
        bounds=Bounds(np.r_[least, none], np.r_[steps.packs, np.ones(houses)]),
        constraints=LinearConstraint(matrix, np.concatenate(low), np.concatenate(high)),
        options={"time_limit": seconds, "mip_rel_gap": 0.0 if n <= _EXACT else 1e-4},
    )
    if found.status == 2:
        raise CannotTell(_NO_ROOM)
    if found.x is None:
        return _by_prices(steps, limits, seconds)
    packs = _filled(np.rint(found.x[:n]).astype(np.int64), steps, limits)
    worth = _worth(packs, steps, limits)
    bound = -float(found.mip_dual_bound) if found.mip_dual_bound is not None else worth
    return Solution(packs, worth, _gap(worth, bound))


def _by_prices(steps: Steps, limits: Limits, seconds: float) -> Solution:
    packs, bound = by_prices(steps, limits)
    if limits.container is not None:
        # Orders that only fit if they are packed cleverly are packed first, money aside; what
        # of them money allows is settled with the others.
        free = replace(limits, budget=None)
        alone, _ = by_prices(steps, free)
        packed = _packed(alone, steps, free, seconds)
        fixed = np.where(packed != alone, packed, 0)
        who = limits.supplier[steps.item]
        clever = np.bincount(who, fixed, len(limits.smallest)) > 0
        part = replace(steps, packs=np.where(clever[who], packed, steps.packs))
        packs, _ = by_prices(part, limits)
    packs = _filled(packs, steps, limits)
    forced = limits.must[steps.item] & ~steps.extra
    if (packs < steps.packs)[forced].any():
        raise CannotTell(_NO_ROOM)
    worth = _worth(packs, steps, limits)
    return Solution(packs, worth, _gap(worth, bound))


def _packed(packs: Ints, steps: Steps, limits: Limits, seconds: float) -> Ints:
    """Suppliers left out because sorting could not fill both order and container: one by one."""
    until = monotonic() + seconds
    packs, who = packs.copy(), limits.supplier[steps.item]
    empty = np.bincount(who, packs, len(limits.smallest)) == 0
    gain = np.bincount(who, np.maximum(steps.worth, 0) * steps.packs, len(limits.smallest))
    for house in np.argsort(-gain, kind="stable"):
        mine = np.flatnonzero(who == house)
        left = until - monotonic()
        if not empty[house] or not gain[house] or len(mine) > _MANY or left <= 0:
            continue
        part = Steps(*(getattr(steps, k)[mine] for k in ("item", "packs", "worth", "extra")))
        found = solve_orders(part, limits, seconds=min(left, 2.0))
        if found.worth > 0:
            packs[mine] = found.packs
    return packs


def _gap(worth: float, bound: float) -> float:
    gap = max(bound - worth, 0.0) / max(abs(worth), abs(bound), 1e-9)
    return gap if gap > 1e-6 else 0.0


def _check(limits: Limits, seconds: float) -> None:
    for name, value in (
        ("budget", limits.budget),
        ("container_litres", limits.container),
        ("seconds", seconds),
    ):
        if value is not None and not value >= 0:
            raise ParameterError(N_("{name} is {value}; use 0 or more"), name=name, value=value)


def _sums(packs: Ints, steps: Steps, limits: Limits) -> tuple[Floats, Floats, float]:
    """Pieces and litres by supplier, money of all."""
    who, size = limits.supplier[steps.item], len(limits.smallest)
    pieces = np.bincount(who, packs * limits.pieces[steps.item], size).astype(np.float64)
    litres = np.bincount(who, packs * limits.litres[steps.item], size).astype(np.float64)
    return pieces, litres, float((packs * limits.cost[steps.item]).sum())


def _fits(packs: Ints, steps: Steps, limits: Limits) -> bool:
    """Whether these packs keep every limit, and no order costs more than it brings."""
    pieces, litres, money = _sums(packs, steps, limits)
    size = len(limits.smallest)
    worth = np.bincount(limits.supplier[steps.item], packs * steps.worth, size)
    return bool(
        ((pieces == 0) | (pieces >= limits.smallest)).all()
        and (limits.container is None or (litres <= limits.container).all())
        and (limits.budget is None or money <= limits.budget)
        and ((limits.order_cost == 0) | (pieces == 0)).all()
        and (worth >= 0).all()
    )


def _worth(packs: Ints, steps: Steps, limits: Limits) -> float:
    pieces, _, _ = _sums(packs, steps, limits)
    return float((packs * steps.worth).sum() - limits.order_cost[pieces > 0].sum())


def _filled(packs: Ints, steps: Steps, limits: Limits) -> Ints:
    """Wanted packs that still fit at suppliers ordered from: a gap leaves some behind."""
    packs = packs.copy()
    pieces, litres, money = _sums(packs, steps, limits)
    who = limits.supplier[steps.item]
    cost, volume = limits.cost[steps.item], limits.litres[steps.item]
    left = np.flatnonzero((packs < steps.packs) & ~steps.extra & (pieces[who] > 0))
    order = np.argsort(-steps.worth[left] / np.maximum(cost[left], 1e-9), kind="stable")
    for k in left[order]:
        room = float(steps.packs[k] - packs[k])
        if limits.budget is not None and cost[k] > 0:
            room = min(room, (limits.budget - money) / cost[k] + 1e-9)
        if limits.container is not None and volume[k] > 0:
            room = min(room, (limits.container - litres[who[k]]) / volume[k] + 1e-9)
        more = max(int(room), 0)
        packs[k] += more
        money += more * cost[k]
        litres[who[k]] += more * volume[k]
    return packs

"""How a promotion is planned wrongly: what each short cut would cut, and who took it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from opsbook.shop.shop import Shop
from opsbook.teach.promotion_world import DEEPEST, Floats, World, cuts_of, world_of

__all__ = [
    "all_alike", "best", "cuts_the_stiff", "in_per_cent", "is_for_sales", "is_per_cent",
    "is_price_left", "meets_empty_shelves", "most_sales", "one_for_all", "price_left",
    "stiff_ones", "stock_forgotten",
]  # fmt: skip

Plan = Mapping[str, float]
_NEAR = 0.03
"""How far a cut may lie from a pattern's and still be of it: an estimate is never exact."""


def _named(world: World, cuts: Floats) -> dict[str, float]:
    return dict(zip(world.names, cuts.tolist(), strict=True))


def _values(plan: Any) -> Floats:
    if not isinstance(plan, Mapping):
        return np.array([])
    return np.array([float(value) for value in plan.values()])


def _tried(world: World, worth: Callable[[Floats], Floats]) -> Floats:
    """The cuts of most worth, each product for itself, on a grid of half per cents."""
    grid = np.linspace(0, DEEPEST, 61)
    n = len(world.names)
    return np.asarray(grid[np.stack([worth(np.full(n, cut)) for cut in grid]).argmax(axis=0)])


def best(shop: Shop) -> Plan:
    """The plan of most margin."""
    world = world_of(shop)
    return _named(world, world.best)


def one_for_all(cut: float) -> Callable[[Shop], Plan]:
    """One cut for every product.

    Args:
        cut: Share of the list price.
    """

    def plan(shop: Shop) -> Plan:
        return dict.fromkeys(world_of(shop).names, cut)

    return plan


def all_alike(shop: Shop, plan: Any) -> bool:
    """Any one cut for all."""
    values = _values(plan)
    return len(values) == 6 and 0 < float(values.max()) <= DEEPEST and float(np.ptp(values)) < 1e-9


def price_left(shop: Shop) -> Plan:
    """What is left of the price, not what is taken off."""
    world = world_of(shop)
    return _named(world, 1 - world.best)


def is_price_left(shop: Shop, plan: Any) -> bool:
    """Every figure is a price ratio that a plan may hold."""
    values = _values(plan)
    return len(values) > 0 and bool(((values >= 1 - DEEPEST - 1e-9) & (values <= 1)).all())


def in_per_cent(shop: Shop) -> Plan:
    """10 for 0.1."""
    world = world_of(shop)
    return _named(world, 100 * world.best)


def is_per_cent(shop: Shop, plan: Any) -> bool:
    """No figure is a fraction, and none is more than a cut may be."""
    values = _values(plan)
    top = float(values.max(initial=0.0))
    return 1 < top <= 100 * DEEPEST and bool(((values == 0) | (values >= 0.5)).all())


def _stiff(world: World) -> Any:
    """The two products whose customers react least."""
    return world.elasticity >= np.sort(world.elasticity)[-2]


def stiff_ones(shop: Shop) -> Plan:
    """Cuts for those who hardly react, none for the others."""
    world = world_of(shop)
    return _named(world, np.where(_stiff(world), 0.2, 0.0))


def cuts_the_stiff(shop: Shop, plan: Any) -> bool:
    """Whoever reacts least gets deeper cuts than whoever reacts most."""
    world = world_of(shop)
    cuts = cuts_of(world, plan) if isinstance(plan, Mapping) else None
    if cuts is None:
        return False
    eager = world.elasticity <= np.sort(world.elasticity)[1]
    return bool(cuts[_stiff(world)].mean() > cuts[eager].mean() + _NEAR)


def most_sales(shop: Shop) -> Plan:
    """Most sales: the cost of the goods forgotten."""
    world = world_of(shop)
    return _named(world, _sales_cuts(world))


def _sales_cuts(world: World) -> Floats:
    free = World(
        world.names,
        world.list_price,
        np.zeros_like(world.unit_cost),
        world.pieces,
        world.stock,
        world.elasticity,
        world.history,
    )
    return _tried(world, free.margin)


def is_for_sales(shop: Shop, plan: Any) -> bool:
    """Where sales and margin ask for different cuts, those of sales were taken."""
    world = world_of(shop)
    cuts = cuts_of(world, plan) if isinstance(plan, Mapping) else None
    wanted = _sales_cuts(world)
    apart = wanted - world.best > 2 * _NEAR
    if cuts is None or not apart.any():
        return False
    return bool((np.abs(cuts - wanted)[apart] <= _NEAR).all())


def stock_forgotten(shop: Shop) -> Plan:
    """The best cuts if there were any number of pieces; no cut where demand would not follow."""
    world = world_of(shop)
    return _named(world, _endless_cuts(world))


def _endless_cuts(world: World) -> Floats:
    def worth(cuts: Floats) -> Floats:
        price = world.list_price * (1 - cuts)
        return (price - world.unit_cost) * world.pieces * (1 - cuts) ** world.elasticity

    return _tried(world, worth)


def meets_empty_shelves(shop: Shop, plan: Any) -> bool:
    """Most of what the plan loses, it loses where the stock is gone."""
    world = world_of(shop)
    cuts = cuts_of(world, plan) if isinstance(plan, Mapping) else None
    if cuts is None:
        return False
    lost = world.margin(world.best) - world.margin(cuts)
    gone = (world.pieces * (1 - cuts) ** world.elasticity > world.stock) & (cuts > world.best)
    return bool(lost[gone].sum() > 0.5 * lost.sum() > 0)

"""The integer programme: exact against every possible choice, and honest where it is not."""

from itertools import product

import numpy as np
import pytest

from opsbook.errors import CannotTell, ParameterError
from opsbook.supply.proposal_prices import by_prices
from opsbook.supply.proposal_solve import solve_orders
from opsbook.supply.proposal_steps import Limits, Steps

FREE = {"budget": None, "container": None}


def best_of_all(steps, limits):
    """The greatest worth, found by trying every choice of packs."""
    who = limits.supplier[steps.item]
    best = -np.inf
    for packs in product(*(range(n + 1) for n in steps.packs)):
        q = np.array(packs)
        pieces = np.bincount(who, q * limits.pieces[steps.item], len(limits.smallest))
        litres = np.bincount(who, q * limits.litres[steps.item], len(limits.smallest))
        if ((pieces > 0) & (pieces < limits.smallest)).any():
            continue
        if limits.budget is not None and (q * limits.cost[steps.item]).sum() > limits.budget + 1e-9:
            continue
        if limits.container is not None and (litres > limits.container + 1e-9).any():
            continue
        if (limits.must[steps.item] & ~steps.extra & (q < steps.packs)).any():
            continue
        best = max(best, (q * steps.worth).sum() - limits.order_cost[pieces > 0].sum())
    return best


def made(rng, items=4, houses=2):
    count = rng.integers(1, 4, items)
    item = np.repeat(np.arange(items), count)
    worth = rng.uniform(1, 30, len(item))
    extra = np.zeros(len(item), bool)
    for i in range(items):
        mine = np.flatnonzero(item == i)
        worth[mine] = np.sort(worth[mine])[::-1]
        if len(mine) > 1 and rng.random() < 0.5:
            extra[mine[-1]], worth[mine[-1]] = True, -rng.uniform(0.1, 4)
    return Steps(item, rng.integers(1, 3, len(item)), worth, extra), {
        "supplier": rng.integers(0, houses, items),
        "pieces": rng.integers(1, 4, items),
        "cost": rng.uniform(2, 20, items),
        "litres": rng.uniform(0.5, 5, items),
        "must": np.zeros(items, bool),
        "smallest": rng.integers(0, 9, houses).astype(float),
        "order_cost": rng.choice([0.0, 12.0], houses),
    }


@pytest.mark.parametrize("seed", range(12))
def test_it_is_worth_as_much_as_the_best_of_every_choice(seed):
    rng = np.random.default_rng(seed)
    steps, facts = made(rng)
    limits = Limits(**facts, budget=float(rng.uniform(10, 80)), container=float(rng.uniform(5, 25)))
    found = solve_orders(steps, limits)
    assert found.worth == pytest.approx(best_of_all(steps, limits), abs=1e-6)
    assert found.gap == 0


def one_supplier(worth, extra, *, smallest=0.0, order_cost=0.0, **limits):
    n = len(worth)
    steps = Steps(np.arange(n), np.ones(n, int), np.array(worth, float), np.array(extra, bool))
    return steps, Limits(
        supplier=np.zeros(n, int),
        pieces=np.ones(n, int),
        cost=np.full(n, 10.0),
        litres=np.ones(n),
        must=np.zeros(n, bool),
        smallest=np.array([smallest]),
        order_cost=np.array([order_cost]),
        **{**FREE, **limits},
    )


def test_without_limits_all_that_is_wanted_is_ordered_and_nothing_else():
    found = solve_orders(*one_supplier([5, 0.1, -1], [False, False, True]))
    assert found.packs.tolist() == [1, 1, 0]
    assert found.gap == 0


def test_an_order_below_the_smallest_one_is_lifted_if_that_pays():
    found = solve_orders(*one_supplier([5, -1, -2], [False, True, True], smallest=2))
    assert found.packs.tolist() == [1, 1, 0]


def test_an_order_below_the_smallest_one_is_dropped_if_lifting_costs_more():
    found = solve_orders(*one_supplier([5, -3, -4], [False, True, True], smallest=3))
    assert found.packs.tolist() == [0, 0, 0]


def test_an_order_that_costs_more_than_it_brings_waits():
    assert solve_orders(*one_supplier([5, 4], [False, False], order_cost=10)).packs.sum() == 0
    assert solve_orders(*one_supplier([5, 6], [False, False], order_cost=10)).packs.sum() == 2


def test_the_budget_goes_to_what_is_worth_most():
    found = solve_orders(*one_supplier([1, 9, 5], [False] * 3, budget=20.0))
    assert found.packs.tolist() == [0, 1, 1]


def test_what_must_be_ordered_and_does_not_fit_is_said_in_a_sentence():
    steps, limits = one_supplier([1, 9], [False, False], budget=5.0)
    forced = Limits(**{**vars(limits), "must": np.array([True, False])})
    with pytest.raises(CannotTell, match="does not fit the budget"):
        solve_orders(steps, forced)


def test_a_negative_budget_is_refused():
    with pytest.raises(ParameterError, match="budget is -1"):
        solve_orders(*one_supplier([1], [False], budget=-1.0))


def test_thousands_of_products_are_solved_with_a_gap_that_is_told():
    rng = np.random.default_rng(0)
    items, houses = 6000, 40
    steps = Steps(
        np.repeat(np.arange(items), 2),
        np.full(2 * items, 2),
        np.sort(rng.gamma(1, 20, (items, 2)))[:, ::-1].ravel(),
        np.zeros(2 * items, bool),
    )
    cost = rng.uniform(5, 300, items)
    limits = Limits(
        supplier=rng.integers(0, houses, items),
        pieces=np.ones(items, int),
        cost=cost,
        litres=rng.uniform(0.1, 20, items),
        must=np.zeros(items, bool),
        smallest=np.full(houses, 20.0),
        order_cost=np.zeros(houses),
        budget=float(cost.sum() * 1.5),
    )
    found = solve_orders(steps, limits)
    assert 0 <= found.gap <= 1e-3
    spent = (found.packs * cost[steps.item]).sum()
    assert 0.999 * limits.budget < spent <= limits.budget + 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_prices_keep_every_limit_and_bound_the_best_of_every_choice(seed):
    rng = np.random.default_rng(seed)
    steps, facts = made(rng)
    limits = Limits(**facts, budget=float(rng.uniform(10, 80)), container=float(rng.uniform(5, 25)))
    packs, bound = by_prices(steps, limits)
    assert bound >= best_of_all(steps, limits) - 1e-6
    who = limits.supplier[steps.item]
    pieces = np.bincount(who, packs * limits.pieces[steps.item], 2)
    litres = np.bincount(who, packs * limits.litres[steps.item], 2)
    assert ((pieces == 0) | (pieces >= limits.smallest)).all()
    assert (litres <= limits.container + 1e-6).all()
    assert (packs * limits.cost[steps.item]).sum() <= limits.budget
    assert ((packs >= 0) & (packs <= steps.packs)).all()


def test_thousands_of_steps_keep_container_and_smallest_order_with_a_gap_that_is_told():
    rng = np.random.default_rng(2)
    items, houses = 4500, 60
    steps = Steps(
        np.repeat(np.arange(items), 2),
        np.full(2 * items, 2),
        np.sort(rng.gamma(1, 20, (items, 2)))[:, ::-1].ravel(),
        np.tile([False, True], items),
    )
    steps.worth[steps.extra] *= -0.05
    limits = Limits(
        supplier=rng.integers(0, houses, items),
        pieces=np.ones(items, int),
        cost=rng.uniform(5, 300, items),
        litres=rng.uniform(0.1, 20, items),
        must=np.zeros(items, bool),
        smallest=rng.integers(1, 200, houses).astype(float),
        order_cost=np.full(houses, 30.0),
        container=1200.0,
    )
    found = solve_orders(steps, limits)
    who = limits.supplier[steps.item]
    pieces = np.bincount(who, found.packs, houses)
    assert ((pieces == 0) | (pieces >= limits.smallest)).all()
    assert (np.bincount(who, found.packs * limits.litres[steps.item], houses) <= 1200 + 1e-6).all()
    assert 0 <= found.gap < 0.02
    assert found.worth > 0

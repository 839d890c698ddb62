"""The made worlds of the drills: solvable on every draw, and only by looking properly."""

from zlib import crc32

import numpy as np
import pytest

from opsbook.teach import drill_worlds, exercise, promotion, promotion_world
from opsbook.teach.checking import PASS

DRAWS = range(15)


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch):
    """Draw the world of a number instead of a shop."""

    def from_number(number, name):
        return np.random.default_rng([number, crc32(name.encode())])

    for module in (drill_worlds, promotion_world):
        monkeypatch.setattr(module, "drawn", from_number)


def solved(id: str, number: int) -> object:
    one = exercise(id)
    code = one.solution.replace("from opsbook.teach import given\n", "")
    space = {"given": lambda _: one.given(number)}
    exec(compile(code, id, "exec"), space)
    return space["answer"]


@pytest.mark.parametrize("id", ["K08-anomaly", "K08-fault"])
def test_what_is_wrong_can_be_found_on_every_draw_and_no_short_cut_finds_it(id, draw):
    one = exercise(id)
    for number in DRAWS:
        right = one.answer(number)
        assert solved(id, number) == right
        assert right not in [way.answer(number) for way in one.wrong_ways]


def test_the_bad_day_is_a_working_day(draw):
    assert all(exercise("K08-anomaly").answer(n).weekday() < 5 for n in DRAWS)


def test_a_plan_from_the_history_passes_and_no_single_cut_comes_near(draw):
    for number in DRAWS:
        points, _ = promotion.score(number, solved("K04-promotion", number))
        assert points >= PASS + 5
        names = promotion_world.world_of(number).names
        same = [
            promotion.score(number, dict.fromkeys(names, cut))[0]
            for cut in (0, 0.05, 0.1, 0.2, 0.3)
        ]
        assert max(same) < 65


def test_points_are_none_for_no_cut_and_all_for_the_best(draw):
    names = promotion_world.world_of(1).names
    assert promotion.score(1, dict.fromkeys(names, 0.0))[0] == 0
    assert promotion.score(1, exercise("K04-promotion").answer(1))[0] == pytest.approx(100)


def test_the_best_cut_follows_lerner_where_stock_allows(draw):
    # p* = c e / (1 + e), as a cut from the list price, within the bounds of a plan.
    compared = 0
    for number in DRAWS:
        world = promotion_world.world_of(number)
        best_price = world.unit_cost * world.elasticity / (1 + world.elasticity)
        cut = np.clip(1 - best_price / world.list_price, 0, promotion_world.DEEPEST)
        sold = world.pieces * (1 - cut) ** world.elasticity
        free = (sold < world.stock) & (world.elasticity < -1)
        compared += int(free.sum())
        assert world.best[free] == pytest.approx(cut[free], abs=0.0051)
    assert compared >= len(DRAWS)


def test_every_device_and_step_is_broken_in_some_class(draw):
    found = {exercise("K08-fault").answer(number) for number in range(60)}
    assert found == {
        f"{d} {s}" for d in ("desktop", "tablet") for s in ("view", "cart", "checkout")
    }


def test_more_is_never_sold_than_there_is(draw):
    world = promotion_world.world_of(3)
    deep = world.margin(np.full(6, 0.3)) / (world.list_price * 0.7 - world.unit_cost)
    assert (deep <= world.stock + 1e-9).all()


def test_a_plan_with_a_product_missing_or_a_cut_in_per_cent_scores_nothing_and_says_why(draw):
    names = promotion_world.world_of(1).names
    for plan in ({"P1": 0.1}, dict.fromkeys(names, 10.0), dict.fromkeys(names, -0.1)):
        points, said = promotion.score(1, plan)
        assert points == 0
        assert "from 0 to 0.3" in said


def test_advice_names_the_kind_of_mistake_but_no_product(draw):
    world = promotion_world.world_of(1)
    best = dict(zip(world.names, world.best.tolist(), strict=True))
    short = world.names[int(np.argmin(world.stock / world.pieces))]
    reacts = world.names[int(np.argmax(world.best))]
    stiff = world.names[int(np.argmax(world.elasticity))]
    for change, word in (
        ({short: 0.3}, "stock"),
        ({reacts: 0.0}, "too small"),
        ({stiff: 0.3}, "deep"),
    ):
        _, said = promotion.score(1, best | change)
        assert word in said
        assert not any(name in said for name in world.names)


def test_the_trainee_is_given_no_truth(draw):
    shown = repr(exercise("K04-promotion").given(1))
    assert "elasticity" not in shown

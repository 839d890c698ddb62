"""Every exercise on two classes: the solution passes, each known mistake gets its hints."""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Formatter

import pytest

from opsbook.errors import ParameterError
from opsbook.teach import check, checking, exercise, exercises, given
from opsbook.teach.answers import read_answer, same
from opsbook.teach.checking import _right as right_of
from opsbook.teach.exercise import ROOMS, Answer, Exercise, Tolerance, WrongWay

SEEDS = (3, 8)
BOOK = Path(__file__).parents[2] / "playbook"
ALL = exercises()
each = pytest.mark.parametrize("one", ALL, ids=lambda e: e.id)
each_seed = pytest.mark.parametrize("seed", SEEDS)


def solved(one: Exercise, shop) -> object:
    space: dict[str, object] = {"shop": shop, "__name__": "trainee"}
    exec(compile(one.solution, one.id, "exec"), space)
    return space["answer"]


def missed(one: Exercise, way: WrongWay, shop) -> Answer:
    """What a wrong way gives, computed once while the shop is open, as a check does."""
    return checking._kept(shop, (one.id, way.name), way.answer)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_five_exercises_beside_its_drills(room):
    assert len([e for e in exercises(room) if not e.id.startswith("K")]) >= 5


def test_drills_cover_formula_anomaly_fault_and_a_promotion_to_plan():
    drills = {e.id for e in ALL if e.id.startswith("K")}
    assert {"K08-k-factor", "K08-ltv", "K08-safety-stock", "K08-gmv-split", "K08-roi"} <= drills
    assert {"K08-anomaly", "K08-fault", "K04-promotion"} <= drills


def test_ids_are_a_catalogue_id_and_a_word_and_unique():
    assert all(re.fullmatch(r"[A-K]\d\d-[a-z-]+", e.id) for e in ALL)
    assert len({e.id for e in ALL}) == len(ALL)


@each
def test_an_exercise_names_a_chapter_of_the_book(one):
    assert all((BOOK / f"{one.chapter}.{lang}.md").is_file() for lang in ("en", "zh"))


@each
def test_the_question_is_the_same_text_for_every_class(one):
    assert [name for _, name, _, _ in Formatter().parse(one.question) if name] == []
    assert one.form in one.text


@each
def test_who_prints_an_exercise_reads_no_solution(one):
    assert "solution" not in repr(one)
    assert "opsbook.teach.ways" not in repr(one).replace("given=", "")


@each_seed
@each
def test_the_solution_passes(one, seed, in_class):
    room = in_class(seed)
    verdict = check(one.id, solved(one, room.shop))
    assert verdict.right, str(verdict)
    assert verdict.text
    assert verdict.way == ""


@each_seed
@each
def test_every_known_mistake_gets_its_hints_one_by_one(one, seed, in_class):
    room = in_class(seed)
    found = [missed(one, way, room.shop) for way in one.wrong_ways]
    for way, answer in zip(one.wrong_ways, found, strict=True):
        # Two mistakes may give the same figure on one class; then the first one's hint is said.
        if one.wrong_ways[found.index(answer)] is not way:
            continue
        said = [check(one.id, answer) for _ in range(3)]
        assert not any(verdict.right for verdict in said), way.name
        assert [v.text for v in said[:2]] == list(way.hints), way.name
        assert f"playbook/{one.chapter}" in said[2].text
        assert "move on" in said[2].text
        assert [v.hint for v in said] == [1, 2, 3]


DRILLS = {
    "K08-k-factor": 7,
    "K08-ltv": 10,
    "K08-safety-stock": 10,
    "K08-gmv-split": 10,
    "K08-roi": 8,
    "K08-anomaly": 6,
    "K08-fault": 7,
    "K04-promotion": 8,
}


def test_each_drill_knows_the_mistakes_that_its_subject_invites():
    assert {id: len(exercise(id).wrong_ways) for id in DRILLS} == DRILLS
    for id in DRILLS:
        ways = exercise(id).wrong_ways
        assert len({way.name for way in ways}) == len(ways)
        assert all(way.nudge.endswith("?") for way in ways)  # first a question, then what to do
        assert not any(way.nudge == way.tell for way in ways)


@each_seed
@pytest.mark.parametrize("id", [id for id in DRILLS if id not in ("K08-anomaly", "K08-fault")])
def test_nearly_every_slip_of_a_drill_gives_a_figure_of_its_own(id, seed, shops):
    one, shop = exercise(id), shops[seed].shop
    found = [missed(one, way, shop) for way in one.wrong_ways]
    alike = [
        (a.name, b.name)
        for n, a in enumerate(one.wrong_ways)
        for m, b in enumerate(one.wrong_ways[n + 1 :], n + 1)
        if same(found[n], read_answer(one, found[m]).value, Tolerance())
    ]
    assert len(alike) <= 1, alike


@each
def test_another_class_has_another_answer(one, shops):
    first, second = (right_of(one, shops[seed].shop) for seed in SEEDS)
    if isinstance(first, Mapping):
        assert dict(first) != dict(second)
    elif isinstance(first, float):
        assert not same(first, second, one.allowed)
    elif isinstance(first, str):
        # Few names are possible, so two classes may share one; never the figures behind it.
        assert repr(given(one.id, shop=shops[3].shop)) != repr(given(one.id, shop=shops[8].shop))
    else:
        assert first != second


@each_seed
@each
def test_no_hint_gives_the_answer_away(one, seed, shops):
    right = right_of(one, shops[seed].shop)
    texts = " ".join([*(h for way in one.wrong_ways for h in way.hints), one.question])
    if isinstance(right, float):
        assert f"{right:,.0f}" not in re.findall(r"[\d,]{3,}", texts)
    elif isinstance(right, str):
        assert right not in texts


@each
def test_the_same_class_draws_the_same_figures(one, shops):
    shop = shops[3].shop
    assert repr(given(one.id, shop=shop)) == repr(given(one.id, shop=shop))


def test_an_unknown_exercise_is_refused_with_the_list():
    with pytest.raises(ParameterError, match="D10-gmv"):
        exercise("D10-gmw")
    with pytest.raises(ParameterError, match="lifecycle"):
        exercises("kitchen")


def test_a_right_answer_is_read_back_as_itself(shops):
    for one in ALL:
        right = right_of(one, shops[8].shop)
        if one.score is None:
            assert same(right, read_answer(one, right).value, one.allowed), one.id

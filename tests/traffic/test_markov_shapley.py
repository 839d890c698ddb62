"""Credit of channels: published answers, exact algebra, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsbook.errors import ParameterError
from opsbook.traffic.markov import chain, markov_credit
from opsbook.traffic.paths_table import path_table
from opsbook.traffic.rules import RULES, rule_credit
from opsbook.traffic.shapley import shapley_credit, shapley_values

names = st.sampled_from("abcd")
journeys = st.lists(
    st.tuples(st.lists(names, min_size=1, max_size=6), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=12,
).filter(lambda rows: any(won for _, won, _ in rows))


def table(rows):
    return path_table([p for p, _, _ in rows], [w for _, w, _ in rows], [n for _, _, n in rows])


def by_name(paths, credit):
    return dict(zip(paths.channels, np.round(credit, 9).tolist(), strict=True))


def test_markov_gives_the_published_answer_exactly():
    # Anderl et al.: P = 1/3; without C1 1/6, without C2 or C3 nothing.
    paths = path_table([("C1", "C2", "C3"), ("C1",), ("C2", "C3")], [1, 0, 0], [0, 1, 1])
    walk = chain(paths)
    counts = walk.counts(paths.conversions, paths.nulls)
    assert walk.conversion(counts) == pytest.approx(1 / 3, abs=1e-15)
    credit, effect = markov_credit(paths)
    assert by_name(paths, effect) == {"C1": 0.5, "C2": 1.0, "C3": 1.0}
    assert by_name(paths, credit) == {"C1": 0.2, "C2": 0.4, "C3": 0.4}


def test_shapley_gives_the_published_answer_exactly():
    paths = path_table([("a",), ("a", "b")], [4, 6])
    assert by_name(paths, shapley_credit(paths).values) == {"a": 7.0, "b": 3.0}


def walked(paths, order, removed=None, steps=400):
    """Chance of an order by pushing probability through states kept in a plain dict."""
    counts = {}
    for k in range(len(paths)):
        touches = paths.touches[paths.starts[k] : paths.starts[k + 1]].tolist()
        seen = [*touches]
        for i in range(len(seen) + 1):
            state = tuple(seen[max(0, i - order) : i])
            ends = {"sale": paths.conversions[k], "none": paths.nulls[k]}
            nexts = {seen[i]: sum(ends.values())} if i < len(seen) else ends
            for to, n in nexts.items():
                counts.setdefault(state, {})
                counts[state][to] = counts[state].get(to, 0) + n
    mass, sold = {(): 1.0}, 0.0
    for _ in range(steps):
        flow = {}
        for state, p in mass.items():
            whole = sum(counts[state].values())
            for to, n in counts[state].items():
                if to == "sale":
                    sold += p * n / whole if whole else 0
                elif to != "none" and to != removed and n:
                    nxt = (*state, to)[-order:]
                    flow[nxt] = flow.get(nxt, 0) + p * n / whole
        mass = flow
    return sold


@pytest.mark.parametrize("order", [1, 2, 3])
def test_algebra_agrees_with_walking_the_chain(order):
    rng = np.random.default_rng(order)
    rows = [
        (list(rng.choice(list("abcd"), rng.integers(1, 6))), int(rng.integers(0, 5)), 2)
        for _ in range(15)
    ]
    paths = table(rows)
    walk = chain(paths, order=order)
    counts = walk.counts(paths.conversions, paths.nulls)
    assert walk.conversion(counts) == pytest.approx(walked(paths, order), abs=1e-9)
    for c in range(len(paths.channels)):
        expected = walked(paths, order, removed=c)
        assert walk.conversion(counts, removed=c) == pytest.approx(expected, abs=1e-9)


def test_sparse_and_dense_solutions_agree(monkeypatch):
    rng = np.random.default_rng(5)
    rows = [(list(rng.choice(list("abcdef"), 5)), int(rng.integers(1, 5)), 3) for _ in range(60)]
    paths = table(rows)
    dense, _ = markov_credit(paths, order=3)
    monkeypatch.setattr("opsbook.traffic.markov._DENSE", 1)
    sparse, _ = markov_credit(paths, order=3)
    np.testing.assert_allclose(sparse, dense, rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(journeys, st.sampled_from([1, 2, 3]))
def test_every_model_credits_every_order_once_and_nothing_below_zero(rows, order):
    paths = table(rows)
    credits = [markov_credit(paths, order=order)[0], shapley_credit(paths).values]
    credits += [rule_credit(paths, rule, direct=("d",))[0] for rule in RULES]
    credits.append(shapley_credit(paths, game="rate").values)
    sold = {name for p, won, _ in rows if won for name in p}
    for credit in credits[:-1]:
        assert credit.sum() == pytest.approx(paths.total)
        assert (credit >= 0).all()
        for name, got in zip(paths.channels, credit, strict=True):
            assert name in sold or got == 0
    assert (credits[-1] >= 0).all()


@settings(max_examples=40, deadline=None)
@given(journeys)
def test_the_chain_converts_as_often_as_the_journeys_did(rows):
    paths = table(rows)
    for order in (1, 2, 3):
        walk = chain(paths, order=order)
        found = walk.conversion(walk.counts(paths.conversions, paths.nulls))
        assert found == pytest.approx(paths.total / paths.journeys)


@settings(max_examples=40, deadline=None)
@given(journeys)
def test_repeating_a_touch_changes_nothing_at_order_one(rows):
    plain, _ = markov_credit(table(rows))
    twice, _ = markov_credit(table([([c for c in p for _ in "12"], w, n) for p, w, n in rows]))
    np.testing.assert_allclose(twice, plain, atol=1e-9)


def test_channel_met_only_on_lost_journeys_gets_nothing():
    # The chain goes c > d > order, though no journey with c ever ended in one.
    paths = path_table([("c", "d"), ("d",)], [0, 1], [1, 0])
    assert by_name(paths, markov_credit(paths)[0]) == {"c": 0.0, "d": 1.0}


def test_no_order_at_all_credits_nobody():
    paths = path_table([("a", "b"), ("b",)], [0, 0], [3, 4])
    credit, effect = markov_credit(paths)
    assert credit.tolist() == effect.tolist() == [0, 0]
    assert shapley_credit(paths).values.tolist() == [0, 0]


def test_one_channel_gets_all():
    paths = path_table([("a", "a", "a"), ("a",)], [2, 3], [5, 0])
    assert markov_credit(paths)[0].tolist() == pytest.approx([5.0])
    assert shapley_credit(paths, game="rate").values.tolist() == pytest.approx([5.0])


def test_closed_form_of_shapley_equals_enumeration():
    rng = np.random.default_rng(3)
    rows = [(list(rng.choice(list("abcde"), 4)), int(rng.integers(1, 9)), 0) for _ in range(20)]
    paths = table(rows)

    def worth(members):
        allowed = {paths.channels[i] for i in members}
        return sum(won for p, won, _ in rows if set(p) <= allowed)

    found = shapley_values(worth, len(paths.channels))
    np.testing.assert_allclose(shapley_credit(paths).values, found.values, rtol=1e-12)


def test_sampled_shapley_lies_within_its_error():
    # 14 players who share 1/size of a prize for each of 40 random groups: known values.
    rng = np.random.default_rng(11)
    groups = [frozenset(rng.choice(14, rng.integers(1, 5), replace=False)) for _ in range(40)]
    truth = np.array([sum(1 / len(g) for g in groups if i in g) for i in range(14)])
    found = shapley_values(lambda m: float(sum(g <= m for g in groups)), 14, orders=300)
    assert not found.exact
    assert (found.error > 0).any()
    assert (np.abs(found.values - truth) <= 4 * found.error + 1e-9).all()
    assert found.values.sum() == pytest.approx(40)


def test_rules_by_hand():
    # 10 orders of a > b > direct, value 100.
    paths = path_table([("a", "b", "direct")], [10], value=[100])
    expected = {
        "first": [10, 0, 0],
        "last": [0, 0, 10],
        "last_non_direct": [0, 10, 0],
        "linear": [10 / 3] * 3,
        "position": [4, 2, 4],
    }
    for rule, credit in expected.items():
        orders, value = rule_credit(paths, rule, direct=("direct",))
        assert orders.tolist() == pytest.approx(credit), rule
        assert value.tolist() == pytest.approx([c * 10 for c in credit])


def test_direct_touches_go_unless_there_is_no_other():
    paths = path_table([("a", "direct"), ("direct", "direct")], [1, 2])
    bare = paths.without(["direct"]).frame()
    assert bare["path"].tolist() == ["direct > direct", "a"]


def test_tail_of_channels_becomes_one():
    paths = path_table([("a", "b"), ("a", "c"), ("a",)], [5, 1, 1])
    few = paths.collapsed(2, "other")
    assert few.channels == ("a", "other")
    assert few.frame()["path"].tolist() == ["a > other", "a", "a > other"]


@pytest.mark.parametrize("order", [0, 4])
def test_order_out_of_bounds_is_said(order):
    with pytest.raises(ParameterError, match="1, 2 or 3"):
        chain(path_table([("a",)], [1]), order=order)


def test_paths_that_cannot_be_are_refused():
    with pytest.raises(ParameterError, match="nobody to credit"):
        path_table([()], [1])
    with pytest.raises(ParameterError, match="0 or more"):
        path_table([("a",)], [-1])
    with pytest.raises(ParameterError, match="as many counts"):
        path_table([("a",)], [1, 2])

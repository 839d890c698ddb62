"""Replays: what happens by hand, pieces conserved, no rule sees tomorrow."""

import numpy as np
import pytest

from opsbook.errors import ParameterError
from opsbook.supply.replay import Costs, Replay, measured, replay
from opsbook.supply.source_rule import SevenDays, mean_daily_sales, safety_line


class Fixed:
    """Orders the same pieces at each look and keeps what it saw."""

    def __init__(self, pieces):
        self.pieces, self.seen = np.array(pieces), []

    def order(self, past):
        self.seen.append((past.day, past.sold.copy(), past.empty.copy(), past.position.copy()))
        return self.pieces


def run(rule, demand, **more):
    demand = np.atleast_2d(np.array(demand, float))
    n = len(demand)
    given = {
        "start": 1,
        "measure": 1,
        "opening": np.full(n, 5),
        "lead": np.full(demand.shape, 2),
        "turn": np.zeros(n, int),
        "review_days": 1,
    }
    return replay(rule, demand, demand, **{**given, **more})


def test_six_days_by_hand():
    # Stock 5. Day 1 wants 3: 2 left, orders 4 (comes evening of 3). Day 2 wants 3: 2 served,
    # 1 lost. Day 3 wants 1: lost; 4 come. Day 4 wants 2: 2 left, 4 more come: 6. Day 5 wants 1.
    found = run(Fixed([4]), [9, 3, 3, 1, 2, 1])
    assert found.served.tolist() == [[3, 2, 0, 2, 1]]
    assert found.stock.tolist() == [[2, 0, 0, 2, 5]]
    assert found.fill_rate == pytest.approx(8 / 10)
    assert found.orders.tolist() == [5]


def test_what_goes_in_comes_out_or_stays():
    rng = np.random.default_rng(5)
    demand = rng.poisson(1.5, (40, 120)).astype(float)
    rule = Fixed(rng.integers(0, 4, 40))
    lead = rng.integers(1, 9, demand.shape)
    found = run(
        rule, demand, lead=lead, opening=np.full(40, 30), review_days=3, turn=np.arange(40) % 3
    )
    last_day, _, _, position = rule.seen[-1]
    assert last_day == 119
    # Position at the last look: opening plus ordered before it, less served.
    before = found.ordered - np.where(np.arange(40) % 3 == 119 % 3, rule.pieces, 0)
    assert (position == 30 + before - found.served.sum(axis=1)).all()
    assert (found.served <= demand[:, 1:]).all()
    assert (found.stock >= 0).all()


def test_no_rule_sees_tomorrow():
    demand = np.arange(12.0)
    rule = Fixed([50])
    run(rule, demand)
    for day, sold, empty, _ in rule.seen:
        assert sold.shape == empty.shape == (1, day + 1)
    changed = demand.copy()
    changed[8:] = 0
    other = Fixed([50])
    run(other, changed)
    for (day, sold, *_), (_, again, *_) in zip(rule.seen, other.seen, strict=True):
        if day < 8:
            assert (sold == again).all()


def test_a_rule_sees_its_own_sales_and_empty_shelves_not_the_wishes():
    rule = Fixed([0])
    run(rule, [9, 3, 3, 1])
    _, sold, empty, _ = rule.seen[-1]
    assert sold.tolist() == [[9, 3, 2, 0]]
    assert empty.tolist() == [[False, False, True, True]]


def test_open_orders_arrive_whatever_the_rule_does():
    way = np.zeros((1, 4), int)
    way[0, 2] = 7
    found = run(Fixed([0]), [9, 5, 2, 3], on_way=way)
    assert found.served.tolist() == [[5, 0, 3]]


def test_seven_day_rule_by_hand():
    sold = np.zeros((2, 40))
    sold[0, -30:] = 2.0
    sold[1, -1] = 3.0
    assert mean_daily_sales(sold).tolist() == [2.0, 0.1]
    assert safety_line(sold).tolist() == pytest.approx([14.0, 0.7])
    point, top = SevenDays("line", np.array([4.0, 4.0])).levels(sold)
    assert point.tolist() == pytest.approx([14.0, 0.7])
    assert top.tolist() == pytest.approx([28.0, 1.4])
    point, top = SevenDays("safety", np.array([4.0, 4.0])).levels(sold)
    assert top.tolist() == pytest.approx([36.0, 1.8])  # 2 x (4 + 7 + 7)
    with pytest.raises(ParameterError, match="line or safety"):
        SevenDays("other", np.array([4.0]))


def test_seven_day_rule_forgets_what_was_sold_out_for_a_month():
    # One a day is wanted, nothing was there for 30 days: mean 0, line 0, never ordered again.
    wanted, sold = np.ones((1, 120)), np.ones((1, 120))
    sold[:, 10:] = 0
    for reading in ("line", "safety"):
        found = replay(
            SevenDays(reading, np.array([3.0])), wanted, sold, start=40, measure=41,
            opening=np.zeros(1, int), lead=np.full((1, 120), 3), turn=np.zeros(1, int),
        )  # fmt: skip
        assert found.ordered.sum() == 0
        assert found.fill_rate == 0


def test_costs_by_hand():
    # One product, 2 days: stock 4 and 6 at 10 each: 5 x 10 x .365 = 18.25 a year; one piece lost
    # at margin 3: 3 x 365 / 2 = 547.5; 1 order at 8: 8 x 182.5 = 1460.
    found = Replay(
        np.array([[3.0, 3.0], [0.0, 0.0]]),
        np.array([[3.0, 2.0], [0.0, 0.0]]),
        np.array([[4.0, 6.0], [0.0, 0.0]]),
        np.array([1, 0]),
        np.array([5, 0]),
    )
    costs = Costs(np.array([10.0, np.nan]), np.array([3.0, np.nan]), 0.365, 8.0)
    table = measured(found, costs, np.array(["A", "C"], object)).set_index("group")
    assert list(table.index) == ["A", "C", "all"]
    row = table.loc["all"]
    assert row["holding"] == pytest.approx(18.25)
    assert row["lost_margin"] == pytest.approx(547.5)
    assert row["ordering"] == pytest.approx(1460)
    assert row["cost"] == pytest.approx(18.25 + 547.5 + 1460)
    assert row["fill_rate"] == pytest.approx(5 / 6)
    assert row["out_days"] == 0
    assert table.loc["C", "fill_rate"] == 1


def test_impossible_replays_are_refused():
    with pytest.raises(ParameterError, match="does not fit"):
        run(Fixed([1]), [1, 2, 3], start=3, measure=3)
    with pytest.raises(ParameterError, match="at least 1"):
        run(Fixed([1]), [1, 2, 3], lead=np.zeros((1, 3), int))
    with pytest.raises(ParameterError, match="order_cost"):
        Costs(np.ones(1), np.ones(1), 0.25, -1.0)

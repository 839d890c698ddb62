"""Clearance: money by hand, the cut that brings most, what is not judged."""

import numpy as np
import pytest
from stock_shop import steady, stock_shop

from opsbook.errors import ParameterError
from opsbook.supply.clearance import ClearanceTerms, clearance, lift, recovered
from opsbook.supply.clearance_chart import clearance_table, clearance_words
from opsbook.supply.range_findings import clearance_findings

TERMS = ClearanceTerms(sale_days=50, hold_days=100, holding=0.365, salvage=0.1)


def dead_shop():
    return stock_shop(
        {"dead": steady(20.0, 200), "seller": steady(20.0, 200), "young": steady(5.0, 20),
         "priceless": steady(2.0, 200)},
        [("dead", 190, 1.0)] + [("seller", b, 1.0) for b in range(1, 181)],
        launch={"young": 20},
        cost={"priceless": float("nan")},
    )  # fmt: skip


def test_money_of_a_sale_by_hand():
    # 10 pieces, .1 a day x 1.5 in the sale: 7.5 in 50 days at half of 10; then .1 x 50 = 5 but
    # only 2.5 are left, at 10. Nothing is left. Mean stock 6.25, then 1.25: 375 piece-days at
    # cost 4 x .365 / 365 = .004: 1.5.
    args = [np.array([v]) for v in (10.0, 0.1, 10.0, 4.0, 1.5)]
    money, share = recovered(*args, 0.5, TERMS)
    assert money[0] == pytest.approx(7.5 * 5 + 2.5 * 10 - 1.5)
    assert share[0] == pytest.approx(0.75)


def test_holding_on_by_hand():
    # 5 in 50 days, 5 more in the next 50: all at 10. Piece-days 7.5 x 50 + 2.5 x 50.
    args = [np.array([v]) for v in (10.0, 0.1, 10.0, 4.0, 1.0)]
    assert recovered(*args, 0.0, TERMS)[0][0] == pytest.approx(100 - 500 * 0.004)


def test_lift_follows_elasticity_where_known_and_the_curve_otherwise():
    assert lift(0.2, -3.0) == pytest.approx(0.8**-3)
    assert lift(0.25) == pytest.approx((1.8 + 2.6) / 2)
    assert lift(0.0) == lift(0.0, -2.0) == 1.0


def test_only_dead_stock_with_a_price_and_time_enough_is_listed():
    found = clearance(dead_shop())
    assert found.skus["sku"].tolist() == ["dead"]
    assert (found.young, found.unpriced) == (1, 1)
    assert "1 too young to judge, 1 without cost or price" in clearance_words(found)
    assert len(clearance_table(found).frame) == 1


def test_chosen_cut_beats_every_other_and_holding_on():
    found = clearance(dead_shop(), terms=TERMS)
    row = found.skus.iloc[0]
    args = [np.array([v]) for v in (20.0, 0.5 / 180, 10.0, 4.0)]
    every = {
        d: recovered(*args, np.array([lift(d)]), d, TERMS)[0][0]
        for d in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    }
    assert row["recovered"] == pytest.approx(max(every.values()))
    assert row["hold"] == pytest.approx(every[0.0])
    assert row["depth"] == max(every, key=every.__getitem__) > 0
    assert row["gain_low"] <= row["gain"] <= row["gain_high"]


def test_demand_that_does_not_react_to_price_is_not_cut():
    found = clearance(dead_shop(), elasticity=-0.2)
    assert found.cut.empty
    assert clearance_findings(found) == []


def test_elasticity_of_the_category_is_used():
    strong = clearance(dead_shop(), elasticity={"c": -5.0}).gain[0]
    other = clearance(dead_shop(), elasticity={"other": -5.0}).gain[0]
    assert strong > other == clearance(dead_shop()).gain[0]


def test_positive_elasticity_is_refused():
    with pytest.raises(ParameterError, match=r"elasticity 1\.5"):
        clearance(dead_shop(), elasticity=1.5)


def test_finding_states_the_gain_and_that_the_response_is_assumed():
    found = clearance(dead_shop())
    note = clearance_findings(found)[0]
    assert note.money == pytest.approx(found.gain[0])
    assert "assumed" in note.money_basis
    assert note.confidence == "low"

"""Purchase orders: the policy's quantities in packs, cut by limits, nothing dropped in silence."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from order_shop import KnownForecast, order_shop, policies_of
from scipy.stats import poisson

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.supply.proposal import CUT_BY, NOT_ORDERED, WHY, propose
from opsbook.supply.proposal_chart import money_order, plot_money
from opsbook.supply.proposal_findings import proposal_findings
from opsbook.supply.proposal_tables import (
    cuts_table,
    proposal_table,
    proposal_words,
    suppliers_to_order,
)
from opsbook.supply.proposal_worth import steps_of, worth_of

SKUS = ["a", "b", "c", "d"]
DAILY = [2.0, 1.0, 0.5, 0.1]


def proposal(shop=None, skus=SKUS, daily=DAILY, *, policy=None, **limits):
    shop = shop or order_shop(skus)
    return propose(shop, policies_of(skus, daily, **(policy or {})), KnownForecast(skus, daily),
                   **limits)  # fmt: skip


def quantity(found):
    return found.table.set_index("sku")["qty"].to_dict()


def test_without_limits_the_policys_lots_are_ordered_in_whole_packs():
    # a: reorder point 24, nothing there: 25 lacking, 3 lots of 10; b: 12, 2 lots; c: 6 and d: 2,
    # one lot each. Packs of 4: 32, 20, 12, 12.
    assert quantity(proposal()) == {"a": 30, "b": 20, "c": 10, "d": 10}
    found = proposal(order_shop(SKUS, pack_qty=4))
    assert quantity(found) == {"a": 32, "b": 20, "c": 12, "d": 12}
    assert found.table["packs"].tolist() == (found.table["qty"] / 4).tolist()
    assert found.cuts.empty
    assert found.gap == 0


def test_stock_and_orders_on_the_way_count_and_a_position_above_the_point_orders_nothing():
    found = proposal(policy={"stock_now": [20.0, 10, 3, 0], "on_way": [4.0, 3, 0, 0]})
    assert quantity(found) == {"a": 10, "c": 10, "d": 10}
    assert found.left_out.to_dict("records") == [{"sku": "b", "reason": "enough"}]


def test_order_and_receipt_days_cost_and_price_are_those_of_the_supplier():
    row = proposal().table.set_index("sku").loc["a"]
    assert (row["order_date"], row["expected_receipt"]) == (date(2025, 3, 1), date(2025, 3, 6))
    assert row["cost"] == 300
    assert row["supplier_id"] == "V"
    assert row["why"] == "sold_out"


def test_pieces_owed_are_ordered_on_top():
    shop = order_shop(SKUS, stock={"reserved": [7.0, 0, 0, 0]})
    found = proposal(shop)
    # 25 + 7 lacking: 4 lots.
    assert quantity(found)["a"] == 40
    assert found.table.set_index("sku").loc["a", "why"] == "oversold"


def test_every_product_is_a_line_or_left_out_with_a_reason():
    skus = [*SKUS, "e", "f", "g"]
    daily = [*DAILY, 1.0, 1.0, 0.0]
    shop = order_shop(skus[:5], stock={"on_hand": [0.0, -3, 0, 0, 0]})
    policy = {
        "supplier_id": ["V", "V", "", "V", "V", "V", "V"],
        "left_out": ["", "", "", "off_sale", "", "", "no_demand"],
        "stock_now": [0.0, 0, 0, 0, 50, 0, 0],
    }
    found = proposal(shop, skus, daily, policy=policy)
    reasons = found.left_out.set_index("sku")["reason"].to_dict()
    assert reasons == {
        "b": "below_zero", "c": "no_supplier", "d": "off_sale", "e": "enough",
        "f": "no_record", "g": "no_demand",
    }  # fmt: skip
    assert set(found.table["sku"]) | set(reasons) == set(skus)
    assert len(found.table) + len(reasons) == len(skus)


def test_nobody_to_order_from_is_said():
    with pytest.raises(CannotTell, match="no product has a policy"):
        proposal(policy={"supplier_id": ""})


def test_no_more_is_ordered_than_sells_within_the_shelf_life_nine_times_in_ten():
    found = proposal(order_shop(SKUS, shelf_life_days=30.0))
    # d sells 3 in 30 days: one or more with 95 %, two or more with 80 %: one piece at most.
    assert quantity(found)["d"] == int(poisson.ppf(0.1, 3))
    assert quantity(found)["a"] == 30
    cut = found.cuts.set_index("sku").loc["d"]
    assert (cut["cut_by"], cut["pieces"]) == ("shelf_life", 9)


def reconciles(found):
    ordered = (found.table["qty"] - found.table["top_up"]).sum()
    return ordered + found.cuts["pieces"].sum() == found.wanted


def test_a_budget_is_kept_and_what_it_cuts_is_told_with_its_risk():
    free, found = proposal(), proposal(budget=400.0)
    assert found.cost <= 400
    assert reconciles(found)
    assert set(found.cuts["cut_by"]) == {"budget"}
    assert found.avoided + found.at_risk == pytest.approx(free.avoided)
    # What sells surely before the next order comes stays, what is for later goes first.
    assert quantity(found)["a"] > 10
    assert found.cuts.set_index("sku").loc["d", "pieces"] >= 8


def test_more_budget_never_saves_less():
    saved = [proposal(budget=float(b)).avoided for b in (0, 100, 200, 400, 700)]
    assert saved == sorted(saved)
    assert saved[0] == 0


def test_a_container_limits_each_supplier():
    policy = {"supplier_id": ["V", "V", "W", "W"]}
    found = proposal(policy=policy, container_litres=25.0)
    assert found.suppliers["litres"].max() <= 25
    assert set(found.cuts["cut_by"]) == {"container"}
    assert reconciles(found)
    assert quantity(found)["c"] == 10


def test_an_order_under_the_smallest_one_is_topped_up_and_called():
    policy = {"stock_now": [100.0, 100, 0, 100]}
    found = proposal(order_shop(SKUS, moq=14.0), policy=policy)
    assert found.table["qty"].sum() == 14
    assert found.table["top_up"].sum() == 4
    assert found.suppliers["under"].tolist() == [True]
    assert reconciles(found)
    # What is added comes from products that sell fast, not from the one that lacks.
    assert set(found.table.loc[found.table["sku"] != "c", "why"]) <= {"top_up"}


def test_an_order_that_is_not_worth_its_top_up_waits():
    # d sells a piece in ten days: 990 pieces more would lie for years.
    policy = {"stock_now": [500.0, 500, 500, 0]}
    found = proposal(order_shop(SKUS, moq=1000.0), policy=policy)
    assert found.table.empty
    assert found.cuts["cut_by"].tolist() == ["smallest"]
    assert found.left_out.set_index("sku").loc["d", "reason"] == "cut"
    assert found.suppliers.iloc[0]["lines"] == 0


def test_what_must_be_ordered_is_even_if_it_is_worth_least():
    assert "d" not in quantity(proposal(budget=100.0))
    assert quantity(proposal(budget=100.0, must=["d"])) == {"d": 10}


def test_what_must_be_ordered_and_cannot_is_a_sentence():
    with pytest.raises(CannotTell, match="must be ordered does not fit"):
        proposal(budget=50.0, must=["d"])
    with pytest.raises(ParameterError, match="zz must be ordered"):
        proposal(must=["zz"])


def test_a_name_like_a_formula_does_not_run_in_the_file():
    skus = ["=cmd|x", "b", "c", "d"]
    table = proposal(order_shop(skus), skus).table
    assert "=cmd|x" in set(table["sku"])
    text = proposal_table(proposal(order_shop(skus), skus)).to_dict()["csv"]
    assert "'=cmd|x" in text
    assert "\n=cmd" not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_words_tables_and_findings_are_made_in_both_languages(lang):
    with speaking(lang):
        found = proposal(order_shop(SKUS, moq=14.0), budget=300.0)
        assert proposal_words(found)
        for table in (proposal_table(found), suppliers_to_order(found), cuts_table(found)):
            assert "<table" in table.html()
        notes = proposal_findings(found)
    assert notes[0].money == pytest.approx(found.avoided)
    assert notes[1].money == pytest.approx(-found.at_risk)
    assert plot_money(found).figure(phone=True)
    assert money_order(found)["saved"].iloc[-1] == pytest.approx(found.avoided)
    assert set(found.table["why"]) <= set(WHY)
    assert set(found.cuts["cut_by"]) <= set(CUT_BY)
    assert set(found.left_out["reason"]) <= set(NOT_ORDERED)


# --- what a piece is worth --------------------------------------------------------------


def one(position, lead, after, *, margin=10.0, cost=0.0, daily=1.0, lot=10.0):
    arrays = (np.array([float(v)]) for v in (position, lead, np.sqrt(lead), lead + after))
    return worth_of(
        *arrays,
        np.array([np.sqrt(lead + after)]),
        margin=np.array([margin]),
        unit_cost=np.array([cost]),
        daily=np.array([daily]),
        lot=np.array([lot]),
    )


@pytest.mark.parametrize(
    ("position", "lead", "after"), [(0, 6, 8), (5, 6, 8), (12, 6, 8), (2, 1, 3)]
)
def test_pieces_that_find_a_buyer_are_those_of_a_simulation(position, lead, after):
    rng = np.random.default_rng(1)
    left = np.maximum(position - rng.poisson(lead, 400_000), 0)
    wants = np.maximum(rng.poisson(after, 400_000) - left, 0)
    worth = one(position, lead, after)
    for pieces in (1.0, 4.0, 12.0):
        truth = np.minimum(wants, pieces).mean()
        got = float(worth.served(np.array([[pieces]]))[0, 0])
        assert got == pytest.approx(truth, abs=0.05 * pieces + 0.02)


def test_pieces_owed_are_served_first_and_surely():
    assert one(-3, 6, 8).served(np.array([[2.0, 3.0]])).tolist() == [[2.0, 3.0]]


def test_without_lost_margin_an_order_is_worth_most_at_the_economic_quantity():
    # 2 x 10 x 365 / (.25 x 9.125) = 3,200: 56.57 pieces; it then just pays its order line of 10.
    lot = (2 * 10 * 365 / (0.25 * 9.125)) ** 0.5
    worth = one(0, 0.0, 0.0, margin=0.0, cost=9.125, lot=lot)
    pieces = np.arange(1.0, 121.0)[None, :]
    value = worth.value(pieces)[0]
    assert int(pieces[0, value.argmax()]) == 57
    assert float(worth.value(np.array([[lot]]))[0, 0]) == pytest.approx(10.0)


def test_steps_fall_in_worth_and_extra_ones_cost():
    worth = one(2, 6, 8, cost=30.0)
    steps = steps_of(worth, np.array([2]), np.array([20]), np.array([5]))
    assert steps.packs[~steps.extra].sum() == 20
    assert steps.packs[steps.extra].sum() == 5
    assert (np.diff(steps.worth) <= 1e-9).all()
    assert (steps.worth[~steps.extra] > 0).all()
    assert (steps.worth[steps.extra] < 0).all()


def test_a_product_without_price_is_ordered_without_budget_and_named_with_one():
    shop = order_shop(SKUS)
    policy = policies_of(SKUS, DAILY).assign(unit_cost=[np.nan, 10, 10, 10])
    known = KnownForecast(SKUS, DAILY, unit_cost=[np.nan, 10, 10, 10])
    orders = shop.purchase_orders.execute().assign(price=[np.nan, 10.0, 10, 10])
    from made_shop import shop_of

    other = shop_of(
        products=shop.products.execute(),
        inventory_daily=shop.inventory_daily.execute(),
        purchase_orders=pd.DataFrame(orders),
    )
    free = propose(other, policy, known)
    assert np.isnan(free.table.set_index("sku").loc["a", "cost"])
    bound = propose(other, policy, known, budget=500.0)
    assert bound.left_out.set_index("sku").loc["a", "reason"] == "no_price"

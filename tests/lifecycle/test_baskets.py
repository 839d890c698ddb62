"""Pair rules: textbook measures, the test against chance, bundles, and odd shops."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "market"))
from small_shops import shop_of, shop_of_lines

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.basket_findings import basket_findings
from opsbook.lifecycle.basket_items import basket_items
from opsbook.lifecycle.basket_measures import (
    benjamini_hochberg,
    chance_of_more,
    poisson_bounds,
    rule_measures,
)
from opsbook.lifecycle.baskets import basket_rules
from opsbook.lifecycle.baskets_chart import bundle_table, plot_pairs, rule_table
from opsbook.lifecycle.bundles import TakeUp, bundles

RASCHKA = [
    ["Milk", "Onion", "Nutmeg", "Kidney Beans", "Eggs", "Yogurt"],
    ["Dill", "Onion", "Nutmeg", "Kidney Beans", "Eggs", "Yogurt"],
    ["Milk", "Apple", "Kidney Beans", "Eggs"],
    ["Milk", "Unicorn", "Corn", "Kidney Beans", "Yogurt"],
    ["Corn", "Onion", "Onion", "Kidney Beans", "Ice cream", "Eggs"],
]


def raschka():
    return shop_of_lines(
        [
            {"order": f"b{i}", "day": i, "sku": sku, "price": 1.0}
            for i, basket in enumerate(RASCHKA)
            for sku in basket
        ]
    )


def simulated(seed=0, orders=4000, tie=0.0, gift=False):
    """Independent items with seasons of their own; item 5 brings item 8 along by chance ``tie``."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, 364, orders)
    size = np.minimum(rng.geometric(0.5, orders), 8)
    season = np.exp(rng.normal(0, 0.8, (12, 13)))
    popularity = 1 / np.arange(1, 13)
    rows = []
    for i in range(orders):
        weight = popularity * season[:, day[i] // 28]
        items = set(rng.choice(12, size[i], replace=False, p=weight / weight.sum()).tolist())
        if 5 in items and rng.random() < tie:
            items.add(8)
        rows += [{"order": f"o{i}", "day": day[i], "sku": f"s{j:02d}", "price": 10.0 + j,
                  "cost": 6.0} for j in sorted(items)]  # fmt: skip
        if gift:
            rows.append({"order": f"o{i}", "day": day[i], "sku": "gift", "price": 0.0, "cost": 1.0})
    return shop_of_lines(rows)


def test_onion_and_eggs_have_the_published_measures():
    # Raschka's example: 5 baskets, onion in 3, eggs in 4, both in 3.
    found = basket_rules(raschka(), least_item_orders=1, least_orders=1).rules
    rule = found[(found["antecedent"] == "Onion") & (found["consequent"] == "Eggs")].iloc[0]
    assert rule["orders"] == 3  # onion stands twice in the last basket and counts once
    assert rule["support"] == pytest.approx(0.6)
    assert rule["confidence"] == pytest.approx(1.0)
    assert rule["lift"] == pytest.approx(1.25)
    assert rule["leverage"] == pytest.approx(0.12)
    assert rule["conviction"] == np.inf
    assert rule["zhang"] == pytest.approx(0.5)


def test_an_item_in_every_basket_ties_to_nothing():
    rule = rule_measures([3], [3], [5], 5).iloc[0]
    assert rule["lift"] == 1
    assert rule["zhang"] == 0
    assert rule_measures([5], [5], [5], 5)["zhang"].iloc[0] == 0


def test_chance_of_more_is_the_upper_tail_with_the_count_itself():
    # Poisson mean 2: P(N >= 0) = 1, P(N >= 1) = 1 - exp(-2), P(N >= 2) = 1 - 3 exp(-2).
    expected = [1, 1 - np.exp(-2), 1 - 3 * np.exp(-2)]
    assert chance_of_more([0, 1, 2], [2, 2, 2]) == pytest.approx(expected)


def test_interval_of_a_count_is_garwoods():
    low, high = poisson_bounds([0, 1])
    # 0 seen: upper end -log(.025); 1 seen: lower end -log(.975).
    assert high[0] == pytest.approx(-np.log(0.025))
    assert low.tolist() == pytest.approx([0, -np.log(0.975)])


def test_correction_counts_pairs_that_were_not_fetched():
    assert benjamini_hochberg([0.001], tested=100).tolist() == pytest.approx([0.1])
    assert benjamini_hochberg([]).tolist() == []


def test_pairs_by_hand():
    rows = [["a", "b"], ["a", "b", "c"], ["a"], ["c", "b"]]
    shop = shop_of_lines(
        [
            {"order": f"o{i}", "day": i, "sku": s, "price": 1.0}
            for i, r in enumerate(rows)
            for s in r
        ]
    )
    found = basket_rules(shop, least_item_orders=1, least_orders=1)
    counts = {(r.item, r.other): r.orders for r in found.pairs.itertuples()}
    assert counts == {("a", "b"): 2, ("b", "c"): 2, ("a", "c"): 1}
    assert (found.baskets.orders, found.baskets.single, found.tested) == (4, 1, 3)


def test_items_that_share_a_season_are_no_pair():
    finds = [basket_rules(simulated(seed)) for seed in range(3)]
    # Seasons alone lift some pairs of every shop by a quarter; the test sees through it.
    assert all(f.pairs["lift"].max() > 1.25 for f in finds)
    assert sum(len(f.real) for f in finds) <= 1
    p_values = pd.concat([f.pairs["p_value"] for f in finds])
    assert (p_values < 0.05).mean() < 0.08


def test_a_planted_pair_is_found_and_no_other():
    found = basket_rules(simulated(1, tie=0.3))
    assert [{r.item, r.other} for r in found.real.itertuples()] == [{"s05", "s08"}]
    row = found.real.iloc[0]
    assert row["low"] > 1
    assert "s05" in found.headline()


def test_expected_pairs_of_baskets_add_up_to_the_pairs_there_are():
    shop = simulated(2)
    found = basket_rules(shop, least_item_orders=1, least_orders=1)
    sizes = found.baskets.sizes.execute()["k"]
    assert found.pairs["orders"].sum() == (sizes * (sizes - 1) // 2).sum()
    assert found.pairs["expected"].sum() == pytest.approx(found.pairs["orders"].sum(), rel=0.01)


def test_gifts_are_left_out_and_counted():
    found = basket_rules(simulated(3, orders=1500, gift=True))
    assert "gift" not in set(found.baskets.items["name"])
    assert found.baskets.gifts == 1500
    assert "1,500" in found.words()


def test_wholesale_baskets_are_left_out_of_pairs_and_counted():
    rows = [{"order": "big", "day": 0, "sku": f"x{i}", "price": 1.0} for i in range(101)]
    rows += [{"order": f"o{i}", "day": i, "sku": s, "price": 1.0} for i in range(6) for s in "ab"]
    found = basket_rules(shop_of_lines(rows), least_item_orders=1, least_orders=1)
    assert len(found.pairs) == 1
    assert found.large == 1


def test_categories_are_items_too_and_unknown_ones_are_counted():
    rows = [{"order": f"o{i}", "day": i, "sku": s, "price": 1.0} for i in range(30) for s in "abz"]
    products = pd.DataFrame({"sku": ["a", "b"], "category": ["tea", "cups"]})
    found = basket_rules(shop_of_lines(rows, products=products), of="category")
    assert found.pairs[["item", "other"]].to_numpy().tolist() == [["cups", "tea"]]
    assert found.baskets.unnamed == 30


def test_shop_with_single_items_only_cannot_tell():
    shop = shop_of_lines([{"day": i, "sku": "a", "price": 1.0} for i in range(5)])
    with pytest.raises(CannotTell, match="single item"):
        basket_rules(shop)


def test_shop_with_one_basket_shows_a_chart_and_no_nan():
    shop = shop_of_lines([{"order": "o", "day": 0, "sku": s, "price": 1.0} for s in "ab"])
    found = basket_rules(shop)
    chart = plot_pairs(found)
    assert "No two items" in chart.title
    assert chart.svg().startswith("<svg")
    assert "nan" not in rule_table(found).html().lower()
    assert basket_findings(found) == []


def test_shop_of_gifts_only_cannot_tell():
    shop = shop_of_lines([{"day": 0, "sku": "a", "price": 0.0}])
    with pytest.raises(CannotTell):
        basket_rules(shop)


def test_shop_without_lines_says_what_is_missing():
    orders = pd.DataFrame({"order_id": ["a"], "order_ts": pd.to_datetime(["2024-01-01"])})
    with pytest.raises(CannotTell, match="order_lines"):
        basket_items(shop_of(orders=orders))


@pytest.mark.parametrize(
    "wrong", [{"of": "colour"}, {"rate": 0.9}, {"level": 2.0}, {"least_orders": 0}]
)
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ParameterError):
        basket_rules(raschka(), **wrong)


def test_bundle_margin_and_discount_by_hand():
    # 40 baskets a+b, 20 a alone, 10 b alone, 4 a+c, 4 b+d; a: 100, cost 60; b: 50, cost 40.
    rows, n = [], 0
    cost = {"a": (100.0, 60.0), "b": (50.0, 40.0)}
    others = "cdefghijklmn"
    fill = [(x + y, 2) for x in others for y in others if x < y]
    for items, times in (("ab", 40), ("a", 20), ("b", 10), ("ac", 4), ("bd", 4), *fill):
        for _ in range(times):
            for sku in items:
                price, unit = cost.get(sku, (5.0, 1.0))
                rows.append({"order": f"o{n}", "day": n % 28, "sku": sku, "price": price,
                             "cost": unit, "list": price})  # fmt: skip
            n += 1
    shop = shop_of_lines(rows)
    rules = basket_rules(shop)
    assert rules.real[["item", "other"]].to_numpy().tolist()[0] == ["a", "b"]
    offers = bundles(shop, rules, take_up=TakeUp(0.1, 0.1, 0.1), least_margin=0.3)
    row = offers.frame.set_index(["item", "other"]).loc[("a", "b")]
    scale = 365 / 28
    assert row["price"] == pytest.approx(150)
    assert row["margin"] == pytest.approx(50)  # 40 + 10
    assert row["both"] == pytest.approx(40 * scale)
    # Alone: 24 of a (4 with c) could add b for 10, 14 of b could add a for 40: 800 x 10 %.
    assert row["potential"] == pytest.approx(80 * scale)
    assert row["potential_low"] < row["potential"] < row["potential_high"]
    # Discount: 15 % is 22.5; margin 30 % leaves (50 - 45) / .7 = 7.14; half of b's margin is 5.
    assert row["discount"] == pytest.approx(5)
    # Needed: (80 + 40 x 5) / (24 x 5 + 14 x 35) = 280 / 610.
    assert row["needed"] == pytest.approx(280 / 610)
    assert "nan" not in bundle_table(offers).html().lower()
    found = basket_findings(rules, offers)
    assert found[0].money == pytest.approx(offers.frame["potential"].sum())


def test_a_pair_that_margin_cannot_bear_gets_no_discount():
    shop = simulated(1, tie=0.3)
    offers = bundles(shop, basket_rules(shop), least_margin=0.9)
    assert (offers.frame["discount"] == 0).all()
    assert offers.frame["needed"].isna().all()


def test_nothing_to_bundle_without_a_real_pair():
    shop = raschka()
    with pytest.raises(CannotTell):
        bundles(shop, basket_rules(shop))


def test_take_up_must_rise():
    with pytest.raises(ParameterError):
        TakeUp(0.2, 0.1, 0.3)

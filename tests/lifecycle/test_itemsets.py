"""Larger sets: Raschka's example, sampling, and rules that a third item improves."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "market"))
sys.path.insert(0, str(Path(__file__).parent))
from small_shops import shop_of_lines
from test_baskets import raschka

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.itemsets import frequent_itemsets, itemset_rules


def test_raschka_has_eleven_itemsets_at_sixty_per_cent():
    found = frequent_itemsets(raschka(), least_support=0.6)
    assert len(found.frame) == 11
    support = dict(zip(found.frame["items"], found.frame["support"], strict=True))
    # mlxtend's user guide, "Frequent Itemsets via the FP-Growth Algorithm".
    assert support[frozenset({"Kidney Beans"})] == pytest.approx(1.0)
    assert support[frozenset({"Onion", "Kidney Beans", "Eggs"})] == pytest.approx(0.6)
    assert found.every == 1


def test_a_rule_is_measured_against_its_shorter_ones():
    # a and b together bring c in 10 of 10; a alone in 10 of 20, b alone in 10 of 20.
    rows = [("abc", 10), ("a", 10), ("b", 10), ("d", 20)]
    lines, n = [], 0
    for items, times in rows:
        for _ in range(times):
            lines += [{"order": f"o{n}", "day": n, "sku": s, "price": 1.0} for s in items]
            n += 1
    rules = itemset_rules(frequent_itemsets(shop_of_lines(lines), least_orders=5))
    rule = rules[rules["consequent"] == "c"].iloc[0]
    assert rule["antecedent"] == frozenset("ab")
    assert rule["confidence"] == 1
    assert rule["gain"] == pytest.approx(2.0)


def test_many_baskets_are_sampled_evenly_and_counts_scaled():
    lines = [{"order": f"o{i}", "day": i % 90, "sku": s, "price": 1.0}
             for i in range(4000) for s in "ab"]  # fmt: skip
    found = frequent_itemsets(shop_of_lines(lines), most_baskets=1000)
    pair = found.frame[found.frame["size"] == 2].iloc[0]
    assert found.every == 4
    assert pair["orders"] == pytest.approx(4000, rel=0.01)
    assert "4" in found.words()


def test_single_items_only_give_no_larger_set():
    found = frequent_itemsets(
        shop_of_lines([{"day": i, "sku": "a", "price": 1.0} for i in range(20)])
    )
    assert found.frame["size"].tolist() == [1]
    with pytest.raises(CannotTell):
        itemset_rules(found)


@pytest.mark.parametrize(
    "wrong",
    [{"least_orders": 0}, {"least_support": 1.5}, {"most_size": 1}, {"most_baskets": 3},
     {"least_orders": 5, "least_support": 0.1}],
)  # fmt: skip
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ParameterError):
        frequent_itemsets(raschka(), **wrong)

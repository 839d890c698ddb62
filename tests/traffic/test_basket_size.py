"""Basket size by hand: means, attach rates, and the baskets that just miss a step."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from made_shop import shop_of
from opsbook.common.discount_rules import steps_of
from opsbook.errors import CannotTell
from opsbook.language import speaking
from opsbook.shop.periods import Period
from opsbook.traffic.basket_size import basket_size
from opsbook.traffic.basket_size_chart import (
    attach_table,
    basket_table,
    plot_attach,
    threshold_table,
)
from opsbook.traffic.basket_size_findings import basket_size_findings, basket_words

DAYS = Period(date(2026, 1, 5), date(2026, 2, 2))
PRODUCTS = pd.DataFrame({"sku": list("abc"), "category": ["A", "B", "C"]})


def shop_with(baskets, campaigns=None):
    """Baskets: day, discount, then (sku, qty, price) each."""
    orders, lines = [], []
    for i, (day, off, *goods) in enumerate(baskets):
        when = pd.Timestamp("2026-01-05") + pd.Timedelta(days=day, hours=10)
        orders.append({"order_id": f"o{i}", "customer_id": f"c{i}", "order_ts": when,
                       "discount": float(off)})  # fmt: skip
        for sku, qty, price in goods:
            lines.append({"order_id": f"o{i}", "sku": sku, "qty": float(qty),
                          "paid_price": float(price), "unit_cost": 0.5 * price})  # fmt: skip
    more = {} if campaigns is None else {"campaigns": campaigns}
    return shop_of(
        orders=pd.DataFrame(orders), order_lines=pd.DataFrame(lines), products=PRODUCTS, **more
    )


def test_value_and_pieces_of_three_orders_by_hand():
    shop = shop_with(
        [(0, 0, ("a", 1, 10)), (1, 0, ("a", 2, 10)), (2, 0, ("a", 1, 10), ("b", 2, 10))]
    )
    found = basket_size(shop, DAYS)
    # Orders of 10, 20, 30: mean 20, standard error 10 / sqrt 3, t(.975, 2) = 4.3027.
    assert found.aov.value == pytest.approx(20)
    assert found.aov.high - 20 == pytest.approx(4.302653 * 10 / np.sqrt(3))
    assert found.upt is not None and found.upt.value == pytest.approx(2)
    assert found.kinds.value == pytest.approx(4 / 3)
    assert found.single == pytest.approx(1 / 3)
    assert found.margin_rate == pytest.approx(0.5)
    assert found.base is None


def test_attach_rate_of_a_category_and_of_a_pair():
    alone = [(0, 0, ("a", 1, 10))] * 30 + [(1, 0, ("b", 1, 10))] * 50
    both = [(2, 0, ("a", 1, 10), ("b", 1, 20))] * 10
    found = basket_size(shop_with(alone + both), DAYS)
    rates = found.attach.set_index("category")
    assert rates.loc["A", "rate"] == pytest.approx(10 / 40)
    assert rates.loc["B", "rate"] == pytest.approx(10 / 60)
    assert rates.loc["A", "along_aov"] == pytest.approx(30)
    assert rates.loc["A", "low"] < 0.25 < rates.loc["A", "high"]
    pair = found.pairs.set_index(["anchor", "added"])
    assert pair.loc[("A", "B"), "both"] == 10
    # Only two categories: the further one can be no other, so it is as usual.
    assert pair.loc[("A", "B"), "lift"] == pytest.approx(1)
    assert not pair["real"].any()


def test_pair_that_goes_together_is_told_from_one_that_does_not():
    rows = [(0, 0, ("a", 1, 10), ("b", 1, 10))] * 60 + [(0, 0, ("a", 1, 10), ("c", 1, 10))] * 10
    rows += [(0, 0, ("b", 1, 10), ("c", 1, 10))] * 10 + [(0, 0, ("c", 1, 10))] * 120
    pair = basket_size(shop_with(rows), DAYS).pairs.set_index(["anchor", "added"])
    assert pair.loc[("A", "B"), "lift"] > 1 and pair.loc[("A", "B"), "real"]
    assert pair.loc[("A", "C"), "lift"] < 1 and pair.loc[("A", "C"), "real"]


def test_pairs_drawn_by_lot_are_usual():
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(1500):
        k = int(rng.integers(1, 3))
        rows.append((0, 0, *((s, 1, 10) for s in rng.permutation(list("abc"))[:k])))
    pairs = basket_size(shop_with(rows), DAYS).pairs
    assert pairs["lift"].between(0.85, 1.15).all()
    assert not pairs["real"].any()


def offer(rule="100-10;300-x"):
    return pd.DataFrame(
        {"campaign_id": ["k"], "start_date": [pd.Timestamp("2026-01-10")],
         "end_date": [pd.Timestamp("2026-01-14")], "discount_rule": [rule]}
    )  # fmt: skip


def test_baskets_are_measured_before_the_discount_and_while_the_step_ran():
    below = [(6, 0, ("a", 1, 90))] * 30
    above = [(7, 10, ("a", 1, 95))] * 10  # 95 paid and 10 off: a basket of 105.
    other = [(20, 0, ("a", 1, 90))] * 15 + [(21, 0, ("a", 1, 110))] * 15
    found = basket_size(shop_with(below + above + other, offer()), DAYS)
    (step,) = found.thresholds
    assert (step.at, step.off, step.below, step.above) == (100, 10, 30, 10)
    assert step.gap == pytest.approx(10)
    assert step.pull == pytest.approx(0.25)
    assert step.usual == pytest.approx(0.5)
    assert not step.pulls
    note = basket_size_findings(found)[0]
    # A fifth of 30 baskets: 6 x (10 x 50 % margin - 10 discount) = -30: not worth a push.
    assert note.money == pytest.approx(-30)
    assert "Do not push" in note.action


def test_rules_that_are_no_steps_are_left_out():
    assert steps_of("300-40; 500-80") == [(300, 40), (500, 80)]
    assert steps_of("20 % off") == steps_of(None) == steps_of("100-200") == []


def test_no_campaign_means_no_steps_and_no_finding():
    found = basket_size(shop_with([(0, 0, ("a", 1, 10))] * 40), DAYS)
    assert found.thresholds == ()
    assert basket_size_findings(found) == []
    assert "No campaign" in threshold_table(found).note


def test_a_period_without_orders_is_said():
    with pytest.raises(CannotTell, match="has lines"):
        basket_size(shop_with([(0, 0, ("a", 1, 10))]), Period(date(2027, 1, 4), date(2027, 1, 11)))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_order_is_shown_without_an_interval_and_without_nan(lang):
    with speaking(lang):
        found = basket_size(shop_with([(0, 0, ("a", 1, 10))]), DAYS)
        chart = plot_attach(found)
        assert chart.svg() and chart.svg(phone=True)
        pages = [basket_table(found).html(), attach_table(found).html(),
                 threshold_table(found).html(), basket_words(found), chart.title]  # fmt: skip
    assert not any("nan" in page for page in pages)

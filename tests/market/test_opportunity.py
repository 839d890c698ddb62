"""Opportunity: places, weights, what is missing, and how firm the order is."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from small_shops import shop_of

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.market.categories import categories
from opsbook.market.group_findings import category_findings
from opsbook.market.opportunity import (
    WEIGHTS,
    opportunity,
    opportunity_table,
    plot_opportunity,
    repurchase,
)
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

START = date(2024, 1, 1)
NOW = Period(START + timedelta(weeks=12), START + timedelta(weeks=24))


def market(*, cost: bool = True, customers: bool = True, names: str = "ABCD") -> Shop:
    """Categories with falling growth and margin from A on; every day an order of each."""
    rng = np.random.default_rng(3)
    rows = []
    for k, name in enumerate(names):
        for day in range(168):
            price = 100 * (1 + (0.5 - 0.2 * k) * (day >= 84)) * rng.uniform(0.98, 1.02)
            rows.append((f"{name}{day}", name, day, price, price * (0.3 + 0.1 * k)))
    frame = pd.DataFrame(rows, columns=["order_id", "sku", "day", "price", "cost"])
    orders = pd.DataFrame(
        {
            "order_id": frame["order_id"],
            "order_ts": pd.Timestamp(START) + pd.to_timedelta(frame["day"], unit="D"),
        }
    )
    if customers:
        orders["customer_id"] = [f"c{d % 40}" for d in frame["day"]]
    lines = pd.DataFrame(
        {"order_id": frame["order_id"], "line_id": "1", "sku": frame["sku"], "qty": 1.0,
         "paid_price": frame["price"]}
    )  # fmt: skip
    if cost:
        lines["unit_cost"] = frame["cost"]
    products = pd.DataFrame({"sku": list(names), "category": list(names)})
    return shop_of(orders=orders, order_lines=lines, products=products)


def test_score_is_the_weighted_mean_of_places() -> None:
    shop = market()
    found = opportunity(shop, categories(shop, NOW), weights={"growth": 3, "margin": 1})
    # Growth and margin both fall from A to D: places 1, 2/3, 1/3, 0 on both.
    assert found.weights == {"growth": 0.75, "margin": 0.25}
    assert found.frame["group"].tolist() == list("ABCD")
    assert found.frame["score"].tolist() == pytest.approx([1, 2 / 3, 1 / 3, 0])
    # No weighting can change that order.
    assert (found.frame["rank_low"] == found.frame["rank_high"]).all()
    assert found.frame["top3"].tolist() == [1, 1, 1, 0]


def test_weights_that_decide_show_as_a_range_of_ranks() -> None:
    shop = market(names="ABCDE")
    result = categories(shop, NOW)
    # Turn margin around: the best grower now earns least.
    turned = result.comparison.frame
    turned["gross_margin"] = turned["gross_margin"].to_numpy()[::-1]
    found = opportunity(shop, result, weights={"growth": 1, "margin": 1})
    first = found.frame.iloc[0]
    assert first["rank_high"] > first["rank_low"]


def test_missing_data_leave_the_criterion_out_and_say_so() -> None:
    shop = market(cost=False, customers=False)
    found = opportunity(shop, categories(shop, NOW))
    assert found.missing == ("repurchase", "margin")
    assert sum(found.weights.values()) == pytest.approx(1)
    # Growth had 30 of the remaining 65 per cent.
    assert found.weights["growth"] == pytest.approx(
        WEIGHTS["growth"] / (1 - WEIGHTS["repurchase"] - WEIGHTS["margin"])
    )
    assert "repurchase, margin" in found.words()


def test_same_seed_same_ranges() -> None:
    shop = market()
    result = categories(shop, NOW)
    first, second = opportunity(shop, result), opportunity(shop, result)
    pd.testing.assert_frame_equal(first.frame, second.frame)


def test_repurchase_by_hand() -> None:
    # a buys Tea twice (two orders), b once with two lines: 1 of 2 customers came again.
    orders = pd.DataFrame(
        {
            "order_id": ["1", "2", "3", "4"],
            "customer_id": ["a", "a", "b", None],
            "order_ts": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-06", "2024-01-07"]),
        }
    )
    lines = pd.DataFrame(
        {
            "order_id": ["1", "2", "3", "3", "4"],
            "line_id": ["1", "1", "1", "2", "1"],
            "sku": "t",
            "paid_amount": 5.0,
        }
    )
    products = pd.DataFrame({"sku": ["t"], "category": ["Tea"]})
    found = repurchase(shop_of(orders=orders, order_lines=lines, products=products))
    assert found.iloc[0].to_dict() == {"group": "Tea", "customers": 2, "repurchase": 0.5}


@pytest.mark.parametrize("weights", [{"growth": -1}, {"luck": 1}])
def test_a_wrong_weight_is_refused_with_the_valid_ones(weights: dict[str, float]) -> None:
    shop = market()
    with pytest.raises(ParameterError, match="known are growth"):
        opportunity(shop, categories(shop, NOW), weights=weights)


def test_two_categories_are_too_few_to_rank() -> None:
    shop = market(names="AB")
    with pytest.raises(CannotTell, match="fewer than three categories"):
        opportunity(shop, categories(shop, NOW))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_chart_table_and_finding_name_the_best(lang: str) -> None:
    shop = market()
    with speaking(lang):
        result = categories(shop, NOW)
        found = opportunity(shop, result, weights={"growth": 1, "margin": 1})
        chart = plot_opportunity(found)
        assert "A" in chart.title
        assert "<svg" in chart.svg() and "<svg" in chart.svg(phone=True)
        assert "B" in opportunity_table(found).html()
        # Every buyer has bought from every category: nobody is left to win.
        assert all(f.id != "A04" for f in category_findings(result, found))

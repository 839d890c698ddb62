"""Order quantities: published answers, edges, and words for wrong input."""

import numpy as np
import pytest

from opsbook.errors import ParameterError
from opsbook.supply.economic_order import eoq, eoq_backorders, eoq_discounts, order_quantities


def test_economic_order_quantity_of_the_textbook():
    """Snyder & Shen, Example 3.1 and Problem 3.1."""
    found = eoq(8, 0.225, 1300)
    assert found.quantity == pytest.approx(304.0467800, abs=1e-6)
    assert found.cost == pytest.approx(68.4105255, abs=1e-6)
    assert eoq(8, 0.225, 1300, quantity=250).cost == pytest.approx(69.725, abs=1e-9)
    other = eoq(2250, 275, 500 * 365)
    assert other.quantity == pytest.approx(1728.109844993551, rel=1e-10)
    assert other.cost == pytest.approx(475230.2073732266, rel=1e-10)


def test_economic_order_quantity_of_a_computer_chain():
    """Chopra & Meindl, Example 11-1 (Best Buy): D 12,000, S 4,000, hC 100 gives 980."""
    assert round(eoq(4000, 100, 12_000).quantity) == 980


def test_waiting_customers():
    """Snyder & Shen, Example 3.8 and Problem 3.2(b)."""
    found = eoq_backorders(8, 0.225, 5, 1300)
    assert found.quantity == pytest.approx(310.8125551589646, rel=1e-10)
    assert found.short_share == pytest.approx(0.043062200956938, rel=1e-10)
    assert found.cost == pytest.approx(66.921363550973254, rel=1e-10)
    other = eoq_backorders(40, 165 * 0.17 + 12, 60, 40 * 52)
    assert other.quantity == pytest.approx(83.235448128898042, rel=1e-10)
    assert other.short_share == pytest.approx(0.400299850074962, rel=1e-10)
    assert other.cost == pytest.approx(1999.148244415212, rel=1e-10)


def test_all_units_discount_of_the_textbook():
    """Snyder & Shen, Example 3.3."""
    found = eoq_discounts(8, 0.3, 1300, [0, 400, 800], [0.75, 0.72, 0.68])
    assert found.quantity == 800
    assert found.unit_cost == 0.68
    assert found.cost == pytest.approx(978.60, abs=0.005)


def test_all_units_discount_of_a_drug_store():
    """Chopra & Meindl, Example 11-7 (Drugs Online): D 120,000, S 100, h 0.2: Q 10,000, 354,520."""
    found = eoq_discounts(100, 0.2, 120_000, [0, 5_000, 10_000], [3.00, 2.96, 2.92])
    assert found.quantity == 10_000
    assert found.cost == pytest.approx(354_520)


def test_a_discount_that_does_not_pay_is_not_taken():
    # One cent for a thousand times the need: keep the small order.
    found = eoq_discounts(8, 0.3, 1300, [0, 300_000], [0.75, 0.74])
    assert found.quantity == pytest.approx(304.05, abs=0.01)


def test_no_quantity_beats_the_economic_one():
    best = eoq(37.0, 1.7, 421.0)
    for quantity in np.linspace(1, 900, 300):
        assert eoq(37.0, 1.7, 421.0, quantity=float(quantity)).cost >= best.cost - 1e-9


def test_quantities_of_many_products_by_hand():
    # 365 a year, 50 a piece, 10 an order, .25: sqrt(2 x 10 x 365 / 12.5) = 24.2.
    # 4 a year, 1 a piece: sqrt(2 x 10 x 4 / .25) = 17.9, more than 90 days (0.99): 1 piece.
    # Price unknown: 90 days of 365 a year. Nothing sold: 1.
    found = order_quantities(
        [365, 4, 365, 0], [50, 1, np.nan, 10], order_cost=10, holding_rate=0.25, most_days=90
    )
    assert found.tolist() == [24, 1, 90, 1]


@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf")])
def test_what_is_not_above_zero_is_named(bad):
    with pytest.raises(ParameterError, match="demand"):
        eoq(8, 0.225, bad)


@pytest.mark.parametrize(
    ("breaks", "prices"),
    [([5, 10], [2, 1]), ([0, 10], [1, 2]), ([0, 10, 5], [3, 2, 1]), ([0], [2, 1]), ([], [])],
)
def test_a_price_list_that_is_none_is_refused(breaks, prices):
    with pytest.raises(ParameterError, match="no discount"):
        eoq_discounts(8, 0.3, 1300, breaks, prices)

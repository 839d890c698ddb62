"""Reorder points: published answers, the two services kept apart."""

import pytest

from opsbook.errors import ParameterError
from opsbook.supply.reorder import (
    order_up_to,
    protection_sd,
    reorder_for_cost,
    reorder_for_fill,
    safety_stock,
    service,
)


def test_expected_inventory_level_approximation():
    """Snyder & Shen, Example 5.2."""
    found = reorder_for_cost(0.225, 7.5, 8, 1300, 150, 1 / 12)
    assert found.reorder_point == pytest.approx(213.970, abs=0.001)
    assert found.quantity == pytest.approx(318.590, abs=0.001)
    assert found.cost == pytest.approx(95.451, abs=0.001)


def test_the_mustard_of_nahmias():
    """Nahmias, *Production and Operations Analysis*, Example 5.4: (Q, R) = (111, 143).

    200 jars a year, 50 an order, 20 % of 10 a jar to hold, 25 a jar short; demand in the lead
    time of six months N(100, 25). By hand, first round: Q 100, risk 100 x 2 / (25 x 200) = .04.
    """
    found = reorder_for_cost(2, 25, 50, 200, 25 / 0.5**0.5, 0.5)
    assert (round(found.quantity), round(found.reorder_point)) == (111, 143)


def test_service_of_a_reorder_point():
    """Chopra & Meindl, Examples 12-1 to 12-3: weekly N(2500, 500), lead time 2 weeks."""
    sd = protection_sd(2, 2500, 0, daily_sd=500)
    found = service(6000, 10_000, 5000, sd)
    assert found.safety_stock == 1000
    assert found.cycle_service == pytest.approx(0.92135, abs=1e-5)
    assert found.short_pieces == pytest.approx(25.13, abs=0.005)
    assert found.fill_rate == pytest.approx(0.997487, abs=1e-6)
    assert safety_stock(0.9, sd) == pytest.approx(906.19, abs=0.01)


def test_reorder_point_for_a_fill_rate():
    """Chopra & Meindl, Example 12-6: fill rate .975 with lots of 10,000 asks for 67 pieces."""
    sd = protection_sd(2, 2500, 0, daily_sd=500)
    assert reorder_for_fill(0.975, 10_000, 5000, sd) - 5000 == pytest.approx(67, abs=0.5)


@pytest.mark.parametrize(
    ("lead_sd", "stock"),
    [
        (0, 1695),
        (1, 3625),
        (2, 6628),
        (3, 9760),
        (4, 12_927),
        (5, 16_109),
        (6, 19_298),
        (7, 22_491),
    ],
)
def test_safety_stock_against_an_uncertain_lead_time(lead_sd, stock):
    """Chopra & Meindl, Table 12-2: daily N(2500, 500), 7 days, service .90."""
    sd = protection_sd(7, 2500, lead_sd, daily_sd=500)
    assert safety_stock(0.9, sd) == pytest.approx(stock, abs=1)


def test_order_up_to_level_of_a_weekly_review():
    """Chopra & Meindl, Example 12-13: review 4 weeks, lead time 2, service .90: 1570, 16,570."""
    found = order_up_to(0.9, 2500, 500, review=4, lead_time=2)
    assert found.sd == pytest.approx(1225, abs=0.5)
    assert found.safety_stock == pytest.approx(1570, abs=0.5)
    assert found.level == pytest.approx(16_570, abs=0.5)


def test_a_larger_order_lifts_the_fill_rate_and_not_the_cycle_service():
    small, large = service(110, 50, 100, 20), service(110, 200, 100, 20)
    assert small.cycle_service == large.cycle_service
    assert large.fill_rate > small.fill_rate


def test_forecast_error_and_lead_time_add_as_squares():
    # sqrt(30^2 + (4 x 10)^2) = 50.
    assert protection_sd(30, 4, 10) == pytest.approx(50)


def test_a_share_that_is_none_is_refused():
    for value in (0, 1, 97):
        with pytest.raises(ParameterError, match=r"such as 0\.97"):
            safety_stock(value, 10)


def test_a_shortage_that_costs_nothing_has_no_reorder_point():
    with pytest.raises(ParameterError, match="no reorder point pays"):
        reorder_for_cost(10, 0.01, 50, 200, 40, 0.3)

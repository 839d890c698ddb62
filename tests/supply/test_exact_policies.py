"""Exact policies in whole pieces: published optima and brute force."""

import itertools

import numpy as np
import pytest

from opsbook.errors import ParameterError
from opsbook.supply.exact_policies import (
    poisson_chances,
    rq_cost_poisson,
    rq_poisson,
    ss_cost,
    ss_policy,
)

MEANS = [*range(10, 80, 5), 21, 22, 23, 24, 51, 52, 59, 61, 63, 64]
POINTS = [6, 10, 14, 19, 23, 28, 33, 37, 42, 47, 52, 56, 62, 67]
POINTS += [15, 16, 17, 18, 43, 44, 51, 52, 54, 55]
TOPS = [40, 49, 62, 56, 66, 77, 87, 97, 108, 118, 129, 75, 81, 86]
TOPS += [65, 68, 52, 54, 110, 112, 126, 131, 73, 74]
COSTS = [35.022, 42.698, 49.173, 54.262, 57.819, 61.215, 64.512, 67.776, 70.975, 74.149]
COSTS += [77.306, 78.518, 79.037, 79.554, 50.406, 51.632, 52.757, 53.518, 71.611, 72.246]
COSTS += [76.679, 77.929, 78.287, 78.402]


def test_poisson_reorder_policy_of_the_textbook():
    """Snyder & Shen, Example 5.8: h 20, p 150, K 100, 1.5 a month, lead time 2."""
    found = rq_poisson(20, 150, 100, 1.5, 2)
    assert (found.reorder_point, found.quantity) == (3, 5)
    assert found.cost == pytest.approx(107.9235806331498, rel=1e-9)
    assert rq_cost_poisson(8, 12, 20, 150, 100, 1.5, 2) == pytest.approx(242.5281637662021)


def test_poisson_reorder_policy_equals_brute_force():
    found = rq_poisson(1.3, 9.0, 12.0, 0.8, 3.0)
    all_of_them = [
        rq_cost_poisson(r, q, 1.3, 9.0, 12.0, 0.8, 3.0)
        for r, q in itertools.product(range(-3, 12), range(1, 20))
    ]
    assert found.cost == pytest.approx(min(all_of_them), rel=1e-12)


def test_periodic_policy_of_the_textbook():
    """Snyder & Shen, Example 4.7: h 1, p 4, K 5, Poisson 6."""
    chances = poisson_chances(6)
    s, top, cost = ss_policy(1, 4, 5, chances)
    assert (s, top) == (4, 10)
    assert cost == pytest.approx(8.034111561471644, rel=1e-9)
    assert ss_cost(6, 18, 1, 4, 5, chances) == pytest.approx(10.193798671644046, rel=1e-9)


@pytest.mark.parametrize(
    ("mean", "point", "top", "cost"), list(zip(MEANS, POINTS, TOPS, COSTS, strict=True))
)
def test_periodic_policy_of_zheng_and_federgruen(mean, point, top, cost):
    """Zheng & Federgruen 1991, Table 1: h 1, p 9, K 64, Poisson demand."""
    s, up_to, found = ss_policy(1, 9, 64, poisson_chances(mean))
    assert found == pytest.approx(cost, abs=6e-4)
    assert (s, up_to) == (point, top)


def test_chances_sum_to_one():
    for mean in (0.05, 1.0, 64.0):
        assert poisson_chances(mean).sum() == pytest.approx(1, abs=1e-11)


def test_lumpy_demand_equals_brute_force():
    chances = np.array([0.6, 0.1, 0.05, 0.05, 0.0, 0.2])
    s, top, cost = ss_policy(1.0, 7.0, 10.0, chances)
    costs = {
        (a, b): ss_cost(a, b, 1.0, 7.0, 10.0, chances)
        for a in range(-2, 15)
        for b in range(a + 1, 30)
    }
    assert cost == pytest.approx(min(costs.values()), rel=1e-10)
    assert costs[s, top] == pytest.approx(cost, rel=1e-10)


def test_what_makes_no_policy_is_refused():
    with pytest.raises(ParameterError, match="above the reorder point"):
        ss_cost(5, 5, 1, 1, 1, [0.5, 0.5])
    with pytest.raises(ParameterError, match="above 0"):
        rq_poisson(1, 1, 1, 0, 1)

"""Levels under periodic review: the fill-rate formula against a simulation of many years."""

import numpy as np
import pytest

from opsbook.errors import ParameterError
from opsbook.supply.loss import demand_over
from opsbook.supply.review_levels import fill_rate, levels_for_fill, levels_for_service


def lived(rng, point, quantity, draw, lead, review, *, lost, days=200_000):
    """Share of pieces served by one product in a long simulation, day by day."""
    demand = draw(rng, days)
    arriving = np.zeros(days + lead + 2, np.int64)
    stock, coming, served, wanted = point + quantity, 0, 0, 0
    for day in range(days):
        want = int(demand[day])
        now = min(want, max(stock, 0))
        served += now
        wanted += want
        stock -= now if lost else want
        stock += arriving[day]
        coming -= arriving[day]
        if day % review == 0:
            lacks = point + 1 - stock - coming
            lots = -(-lacks // quantity) if lacks > 0 else 0
            arriving[day + lead] += lots * quantity
            coming += lots * quantity
    return served / wanted


def poisson(mean):
    return lambda rng, days: rng.poisson(mean, days)


def lumpy(mean, variance):
    p = mean / variance
    return lambda rng, days: rng.negative_binomial(mean * p / (1 - p), p, days)


@pytest.mark.parametrize(
    ("daily", "variance", "lead", "point", "quantity"),
    [(0.1, 0.1, 4, 1, 3), (0.4, 0.4, 9, 8, 2), (0.3, 0.9, 5, 6, 6), (3.0, 6.0, 3, 33, 20)],
)
@pytest.mark.parametrize("lost", [True, False])
def test_fill_rate_is_what_a_simulation_finds(daily, variance, lead, point, quantity, lost):
    rng = np.random.default_rng(7)
    draw = poisson(daily) if variance == daily else lumpy(daily, variance)
    seen = lived(rng, point, quantity, draw, lead, 7, lost=lost)
    until = demand_over([daily * lead], [(variance * lead) ** 0.5])
    following = demand_over([daily * (lead + 7)], [(variance * (lead + 7)) ** 0.5])
    said = fill_rate([point], [quantity], until, following, lost_sales=lost)[0]
    assert 0.85 < seen < 0.995
    if lost:
        # Silver's correction is rough where several orders are on the way, and then too careful.
        assert seen - 0.02 < said < seen + 0.005
    else:
        assert said == pytest.approx(seen, abs=0.005)


def test_levels_reach_the_target_in_a_simulation_of_slow_movers():
    rng = np.random.default_rng(3)
    for daily, lead in ((0.05, 5), (0.2, 9), (1.0, 4)):
        mean = np.array([daily * lead]), np.array([daily * (lead + 7)])
        found = levels_for_fill(0.95, 4, mean[0], mean[0] ** 0.5, mean[1], mean[1] ** 0.5)
        seen = lived(rng, int(found.reorder_point[0]), 4, poisson(daily), lead, 7, lost=True)
        assert seen == pytest.approx(found.fill_rate[0], abs=0.012)
        low = fill_rate(
            found.reorder_point - 1,
            [4],
            demand_over(mean[0], mean[0] ** 0.5),
            demand_over(mean[1], mean[1] ** 0.5),
        )[0]
        # Nearest whole piece: one fewer is further from the target.
        assert abs(found.fill_rate[0] - 0.95) <= abs(low - 0.95) or found.reorder_point[0] == 0


def test_at_least_never_promises_less_and_nearest_is_right_on_average():
    rng = np.random.default_rng(1)
    daily = rng.gamma(0.6, 0.5, 400) + 0.01
    args = (daily * 5, (1.5 * daily * 5) ** 0.5, daily * 12, (1.5 * daily * 12) ** 0.5)
    quantity = np.maximum(np.rint(daily * 30), 1).astype(int)
    least = levels_for_fill(0.97, quantity, *args, at_least=True)
    near = levels_for_fill(0.97, quantity, *args)
    assert (least.fill_rate >= 0.97).all()
    assert (near.fill_rate * daily).sum() / daily.sum() == pytest.approx(0.97, abs=0.003)
    assert (near.reorder_point <= least.reorder_point).all()


def test_more_uncertainty_asks_for_more_safety():
    calm = levels_for_fill(0.97, 10, [20.0], [5.0], [40.0], [8.0])
    rough = levels_for_fill(0.97, 10, [20.0], [10.0], [40.0], [16.0])
    assert rough.safety_stock[0] > calm.safety_stock[0] + 5


def test_large_quantities_need_no_safety_for_a_fill_rate_but_do_for_cycle_service():
    fill = levels_for_fill(0.95, 400, [20.0], [5.0], [40.0], [8.0])
    cycle = levels_for_service(0.95, 400, [20.0], [5.0], [40.0], [8.0])
    assert fill.safety_stock[0] < 0
    assert fill.cycle_service[0] < 0.6
    assert cycle.safety_stock[0] > 10
    assert cycle.cycle_service[0] >= 0.95


def test_what_sells_nothing_is_not_ordered():
    found = levels_for_fill(0.97, [5, 5], [0.0, 1.0], [0.0, 1.0], [0.0, 2.0], [0.0, 1.5])
    assert found.reorder_point[0] == -1
    assert found.up_to[0] == 0
    assert found.fill_rate[0] == 1
    assert found.reorder_point[1] >= 0


def test_lumps_far_beyond_three_deviations_are_found():
    # One piece in a hundred days, forty at a time: variance forty times the mean.
    found = levels_for_fill(0.99, 1, [0.5], [4.5], [1.2], [7.0], at_least=True)
    assert found.fill_rate[0] >= 0.99
    assert found.reorder_point[0] > 1.2 + 3 * 7.0


def test_wrong_targets_and_quantities_are_named():
    with pytest.raises(ParameterError, match="target 97"):
        levels_for_fill(97, 1, [1.0], [1.0], [2.0], [1.4])
    with pytest.raises(ParameterError, match="at least 1 piece"):
        levels_for_fill(0.97, 0, [1.0], [1.0], [2.0], [1.4])

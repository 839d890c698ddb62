"""The replay's own forecast: levels, honest errors, completed sales."""

from dataclasses import replace

import numpy as np
import pytest

from opsbook.supply.loss import poisson_loss
from opsbook.supply.quick_fit import fit_quick
from opsbook.supply.quick_forecast import completed


def made(rng, products=300, days=400, shape=0.8):
    level = rng.gamma(shape, 0.5, products)
    week = np.tile([0.8, 0.9, 1.0, 1.0, 1.1, 1.1, 1.1], days // 7 + 10)[: days + 60]
    demand = rng.poisson(level[:, None] * week[None, :days]).astype(float)
    return level, week[None, :], demand, np.ones((products, days), bool)


def test_levels_and_spread_of_a_steady_shop_are_found():
    rng = np.random.default_rng(2)
    level, factors, demand, on_sale = made(rng)
    found = fit_quick(demand, on_sale, factors, np.zeros(300, int))
    assert np.corrcoef(found.level, level)[0, 1] > 0.97
    mean, sd = found.over(399, 14.0)
    # Factors repeat each week: 14 days of an average factor of 1.
    assert mean == pytest.approx(found.level * 14, rel=1e-6)
    ahead = rng.poisson(level * 14.0)
    ratio = ((ahead - mean) ** 2).sum() / (sd**2).sum()
    assert 0.7 < ratio < 1.35


def test_parts_of_days_and_launches_count_in_proportion():
    rng = np.random.default_rng(4)
    _, factors, demand, on_sale = made(rng, products=3)
    found = fit_quick(demand, on_sale, factors, np.zeros(3, int))
    whole, _ = found.over(399, 10.0)
    eleven, _ = found.over(399, 11.0)
    half, _ = found.over(399, 10.5)
    assert half == pytest.approx((whole + eleven) / 2)
    launched, _ = found.over(399, 10.0, np.array([0, 405, 500]))
    assert launched[0] == pytest.approx(whole[0])
    assert 0 < launched[1] < whole[1]
    assert launched[2] == 0
    rows = np.array([2, 0])
    assert found.over(399, 10.0, None, rows)[0] == pytest.approx(whole[rows])


def test_a_new_product_starts_from_its_category():
    rng = np.random.default_rng(6)
    level, factors, demand, on_sale = made(rng, shape=20.0)
    demand[0], on_sale[0] = 0, False
    found = fit_quick(demand, on_sale, factors, np.zeros(300, int))
    assert found.level[0] == pytest.approx(level.mean(), rel=0.2)


def test_an_empty_shelf_completes_sales_and_a_full_one_does_not():
    # Poisson 2, at least 1 sold: (mean given D >= 1) = 2 / (1 - e^-2) = 2.313.
    got = completed(np.array([1.0, 1.0, 0.0]), np.array([True, False, True]), np.full(3, 2.0))
    assert got[0] == pytest.approx(2 / (1 - np.exp(-2)))
    assert got[1] == 1
    assert got[2] == pytest.approx(2.0)  # nothing was there: all that was expected
    assert float(poisson_loss(0, 2.0)) == 2.0


def test_days_too_few_for_a_test_still_give_a_forecast():
    demand = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    found = fit_quick(demand, np.ones((2, 3), bool), np.ones((1, 40)), np.zeros(2, int))
    mean, sd = found.over(2, 7.0)
    assert np.isfinite(mean).all() and np.isfinite(sd).all()
    assert mean[0] > mean[1] > 0


def test_a_forecast_learned_at_once_is_the_one_that_saw_day_after_day() -> None:
    rng = np.random.default_rng(4)
    _, factors, demand, on_sale = made(rng, products=40, days=300)
    on_sale[:10, :120] = False
    on_sale[10:20, 250:] = False
    found = fit_quick(demand, on_sale, factors, np.zeros(40, int))
    seeing = replace(found, pieces=np.zeros(40), exposure=np.zeros(40))
    for day in range(300):
        seeing.see(day, demand[:, day], on_sale[:, day])
    assert (seeing.pieces == found.pieces).all()
    assert (seeing.exposure == found.exposure).all()

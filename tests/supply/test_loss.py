"""Loss functions: published values, exact sums, and the choice of a distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from opsbook.errors import ParameterError
from opsbook.supply.loss import (
    demand_over,
    negative_binomial_loss,
    normal_loss,
    poisson_loss,
)


@pytest.mark.parametrize(
    ("z", "loss"),
    [(0.3, 0.266761242117210), (-1.4, 1.436668142708465), (3.1, 2.672490952231408e-04)],
)
def test_standard_normal_loss(z, loss):
    """Snyder & Shen, Appendix C; tests of Snyder's package stockpyl."""
    assert float(normal_loss(z)) == pytest.approx(loss, rel=1e-9)


def test_normal_loss_with_mean_and_deviation():
    """Tests of Snyder's package stockpyl."""
    assert float(normal_loss(11, 8, 3)) == pytest.approx(0.249946411763059, rel=1e-9)
    assert float(normal_loss(10.5, 15, 5)) == pytest.approx(5.002155685433356, rel=1e-9)
    assert float(normal_loss(3, 5, 0)) == 2.0


def test_poisson_loss_of_the_published_cases():
    """Tests of Snyder's package stockpyl."""
    assert float(poisson_loss(220, 200)) == pytest.approx(0.536005857158494, rel=1e-8)
    # That package truncates its sum.
    assert float(poisson_loss(5, 7)) == pytest.approx(2.292599516747219, abs=1e-6)
    assert float(poisson_loss(11, 7)) == pytest.approx(0.102799704109245, rel=1e-7)


@pytest.mark.parametrize(
    ("x", "mean", "sd", "loss"),
    [
        (14, 23.333333333333336, 8.819171036881968, 9.740089476453932),
        (28, 23.333333333333336, 8.819171036881968, 1.805485505752903),
        (10, 15, 6.123724356957944, 5.533809274622726),
    ],
)
def test_negative_binomial_loss_of_the_published_cases(x, mean, sd, loss):
    """Tests of Snyder's package stockpyl."""
    # That package truncates its sum.
    assert float(negative_binomial_loss(x, mean, sd**2)) == pytest.approx(loss, abs=1e-5)


def test_geometric_loss_is_a_negative_binomial_of_shape_one():
    """Tests of Snyder's package stockpyl: p .2 at 5, p .7 at 3 (failures before a success)."""
    for p, x, loss in ((0.2, 5, 1.310646440214040), (0.7, 3, 0.011571370765832)):
        mean = (1 - p) / p
        # That package truncates its sum; the closed form is (1 - p)^(x + 1) / p.
        assert float(negative_binomial_loss(x, mean, mean / p)) == pytest.approx(loss, abs=5e-4)
        exact = (1 - p) ** (x + 1) / p
        assert float(negative_binomial_loss(x, mean, mean / p)) == pytest.approx(exact, rel=1e-9)


@given(
    st.floats(0.01, 60), st.floats(1.03, 8), st.integers(-3, 120)
)  # fmt: skip
def test_closed_forms_equal_the_sum_over_all_outcomes(mean, ratio, level):
    k = np.arange(6000)
    over = np.maximum(k - level, 0)
    poisson = float((over * stats.poisson.pmf(k, mean)).sum())
    assert float(poisson_loss(level, mean)) == pytest.approx(poisson, abs=1e-7)
    variance = ratio * mean
    lumpy = stats.nbinom.pmf(k, mean**2 / (variance - mean), mean / variance)
    summed = float((over * lumpy).sum())
    assert float(negative_binomial_loss(level, mean, variance)) == pytest.approx(summed, abs=1e-6)


def test_distribution_follows_mean_and_variance():
    found = demand_over([0, 3, 3, 3, 900, 900], [0, 1.0, 3**0.5, 4, 90, 600])
    assert found.kind.tolist() == [0, 1, 1, 2, 3, 2]


def test_covered_and_loss_agree_with_scipy():
    found = demand_over([0.0, 2.5, 2.5, 900.0], [0.0, 2.5**0.5, 3.0, 60.0])
    nb = stats.nbinom(2.5**2 / (9 - 2.5), 2.5 / 9)
    wanted = [1.0, stats.poisson.cdf(3, 2.5), nb.cdf(3), stats.norm.cdf(3.5, 900, 60)]
    assert found.covered(3) == pytest.approx(wanted, abs=1e-12)
    # Shortage falls by the chance of being short with every piece more.
    fall = found.loss(np.full(4, 3)) - found.loss(np.full(4, 4))
    assert fall[:3] == pytest.approx(1 - found.covered(3)[:3], abs=1e-12)


def test_a_negative_stock_lacks_all_that_is_wanted():
    assert demand_over([2.0], [2.0]).loss(np.array([-3]))[0] == pytest.approx(5.0)
    assert demand_over([2.0], [2.0]).covered(-1)[0] == 0


def test_a_forecast_that_is_no_number_is_refused():
    with pytest.raises(ParameterError, match="position 1"):
        demand_over([1.0, float("nan")], [1.0, 1.0])
    with pytest.raises(ParameterError, match="sd of demand"):
        demand_over([1.0], [-1.0])

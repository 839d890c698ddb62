"""Carry-over and saturation against published values and by hand."""

import numpy as np
import pytest

from opsbook.campaign.adstock import adstock, half_life_days, hill, hill_elasticity
from opsbook.errors import ParameterError


def test_adstock_of_limited_length_as_published():
    # Day 5 has its own 50 and nothing from day 1: a payment works four days.
    got = adstock([100, 0, 0, 0, 50, 0, 0], 0.5, length=4)
    assert got.tolist() == [100, 50, 25, 12.5, 50, 25, 12.5]


def test_adstock_without_end_keeps_a_trace():
    # 50 + 100 / 16 = 56.25
    assert adstock([100, 0, 0, 0, 50], 0.5)[-1] == pytest.approx(56.25)


def test_the_two_conventions_differ_by_a_factor_only():
    money = np.array([3.0, 0.0, 7.0, 1.0])
    plain, kept = adstock(money, 0.4), adstock(money, 0.4, keeps_unit=True)
    assert kept == pytest.approx(0.6 * plain)


def test_steady_spend_stays_what_it_is_where_the_unit_is_kept():
    assert adstock(np.full(30, 8.0), 0.7, keeps_unit=True, start=8.0) == pytest.approx(8.0)
    late = adstock(np.full(30, 8.0), 0.7, keeps_unit=True, length=5)
    assert late[4:] == pytest.approx(8.0)


def test_hill_as_published_and_its_elasticity_by_hand():
    assert hill([25, 50, 100], 50, 2) == pytest.approx([0.2, 0.5, 0.8])
    # d log(hill) / d log(x) at 50: 2 x (1 - .5); numerically the same.
    assert hill_elasticity([50], 50, 2)[0] == pytest.approx(1.0)
    x = np.array([30.0, 30.003])
    slope = np.diff(np.log(hill(x, 50, 1.4))) / np.diff(np.log(x))
    assert hill_elasticity([30.0015], 50, 1.4)[0] == pytest.approx(slope[0], rel=1e-5)


def test_half_life():
    assert half_life_days(0.25) == pytest.approx(0.5)
    assert half_life_days(0.0) == 0.0


@pytest.mark.parametrize("bad", [{"decay": 1.0}, {"decay": -0.1}, {"decay": 0.5, "length": 0}])
def test_adstock_out_of_range_is_refused(bad):
    with pytest.raises(ParameterError, match="out of range"):
        adstock([1.0], **bad)


def test_hill_out_of_range_is_refused():
    with pytest.raises(ParameterError, match="half 0 is out of range"):
        hill([1.0], 0, 1)

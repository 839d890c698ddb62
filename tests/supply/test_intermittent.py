"""Croston, SBA and TSB by hand and against a published answer."""

import numpy as np
import pytest

from opsbook.errors import ParameterError
from opsbook.supply.intermittent import croston, sba, tsb
from supply.published_series import AIR_CROSTON, AIR_PASSENGERS

Y = [0, 0, 3, 0, 1, 0, 0, 0, 2]


def test_croston_by_hand() -> None:
    # sizes 3, 1, 2 -> 3; 2.8; 2.72.  intervals 3, 2, 4 -> 3; 2.9; 3.01.
    found = croston(Y, alpha=0.1)
    assert float(found.size) == pytest.approx(2.72)
    assert float(found.interval) == pytest.approx(3.01)
    assert float(found.rate) == pytest.approx(2.72 / 3.01)


def test_croston_smooths_size_and_interval_with_their_own_weights() -> None:
    # sizes with .5: 3; 2; 2.  intervals with .1 as above.
    found = croston(Y, alpha=0.5, beta=0.1)
    assert float(found.rate) == pytest.approx(2 / 3.01)


def test_croston_of_a_series_that_sells_every_step_is_the_published_smoothing() -> None:
    found = croston(AIR_PASSENGERS, alpha=0.1)
    assert float(found.rate) == pytest.approx(AIR_CROSTON, abs=1e-4)
    assert float(found.interval) == 1


def test_sba_takes_off_half_the_weight() -> None:
    assert float(sba(Y, alpha=0.1).rate) == pytest.approx(0.95 * 2.72 / 3.01)


def test_sba_is_nearly_unbiased_where_croston_is_not() -> None:
    # Sales with chance .25 of 1 piece: true rate .25. alpha .4 makes the bias visible.
    y = (np.random.default_rng(5).random((4000, 200)) < 0.25).astype(float)
    high, right = croston(y, alpha=0.4).rate.mean(), sba(y, alpha=0.4).rate.mean()
    assert high > 0.25 * 1.1
    assert abs(right - 0.25) < abs(high - 0.25) / 3


def test_tsb_by_hand() -> None:
    # chance: 1/3 at the first sale, then 0 1 0 0 0 1 with weight .5:
    # .166667 .583333 .291667 .145833 .072917 .536458; size 3; 2.8; 2.72
    found = tsb(Y, alpha=0.1, beta=0.5)
    assert float(found.rate) == pytest.approx(0.5364583333 * 2.72)


def test_tsb_fades_when_nothing_sells_and_croston_does_not() -> None:
    y = [1.0] * 20 + [0.0] * 60
    assert float(croston(y).rate) == pytest.approx(1.0)
    assert float(tsb(y, beta=0.1).rate) < 0.01


def test_never_sold_is_nothing() -> None:
    for method in (croston, sba, tsb):
        found = method(np.zeros((2, 9)))
        assert found.rate.tolist() == [0, 0]
        assert np.isinf(found.interval).all()
        assert (found.forecast(3) == 0).all()


def test_unknown_days_are_no_steps() -> None:
    with_gap = [0, 0, np.nan, 3, 0, np.nan, 1, 0, 0, 0, 2]
    for method in (croston, sba, tsb):
        assert float(method(with_gap).rate) == pytest.approx(float(method(Y).rate))


def test_rows_are_smoothed_apart() -> None:
    both = croston([Y, [0] * 9])
    assert float(both.rate[0]) == pytest.approx(2.72 / 3.01)
    assert float(both.rate[1]) == 0


def test_weights_have_bounds() -> None:
    with pytest.raises(ParameterError, match="alpha"):
        croston(Y, alpha=0)
    with pytest.raises(ParameterError, match="beta"):
        tsb(Y, beta=1.2)

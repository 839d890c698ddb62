"""Accuracy measures on hand-computed rows and on the published beer forecasts."""

import numpy as np
import pytest

from opsbook.errors import ParameterError
from opsbook.supply import accuracy, naive
from supply.published_series import AUS_BEER, BEER_ANSWERS


@pytest.mark.parametrize("name", list(BEER_ANSWERS))
def test_beer_forecasts_have_the_published_errors(name: str) -> None:
    train, test = AUS_BEER[:64], AUS_BEER[64:]
    method = getattr(naive, name)
    said = method(train, 10, 4) if name == "seasonal_naive" else method(train, 10)
    found = (
        accuracy.rmse(test, said),
        accuracy.mae(test, said),
        100 * accuracy.mape(test, said),
        accuracy.mase(test, said, accuracy.scale(train, 4)),
    )
    assert [round(float(v), 2) for v in found] == list(BEER_ANSWERS[name])


def test_wape_and_bias_weigh_by_volume() -> None:
    # errors +1 and -4 on 10 + 30: |.| 5/40, net -3/40
    assert accuracy.wape([10, 30], [11, 26]) == pytest.approx(0.125)
    assert accuracy.bias([10, 30], [11, 26]) == pytest.approx(-0.075)


def test_each_row_gets_its_own_figure() -> None:
    found = accuracy.wape([[1, 1], [2, 2]], [[0, 1], [3, 3]], axis=-1)
    assert found.tolist() == [0.5, 0.5]


def test_unknown_places_are_left_out() -> None:
    # only the first of each row counts: errors 1 and 2
    assert accuracy.mae([[1, np.nan], [2, 5]], [[2, 9], [4, np.nan]]) == pytest.approx(1.5)


def test_nothing_sold_has_no_relative_error() -> None:
    assert np.isnan(accuracy.wape([0, 0], [1, 1]))
    assert np.isnan(accuracy.bias([0, 0], [1, 1]))
    assert np.isinf(accuracy.mape([0, 1], [1, 1]))


def test_scale_is_the_mean_seasonal_naive_error() -> None:
    # |3-1|, |5-2|, |4-3| -> 2
    assert accuracy.scale([1, 2, 3, 5, 4], 2) == pytest.approx(2.0)


def test_flat_or_short_history_gives_no_scale_and_no_mase() -> None:
    sizes = accuracy.scale([[1, 1, 1], [1, 2, 1]], 1)
    assert np.isnan(sizes[0])
    assert sizes[1] == 1
    found = accuracy.mase([[5.0], [5.0]], [[4.0], [2.0]], sizes)
    assert found == pytest.approx(3.0)  # the second row alone
    assert np.isnan(accuracy.scale([1, 2], 7))


def test_pinball_punishes_a_high_quantile_more_for_being_too_low() -> None:
    # level .9: too low by 10 costs 9, too high by 10 costs 1
    assert accuracy.pinball([20], [10], 0.9) == pytest.approx(9.0)
    assert accuracy.pinball([10], [20], 0.9) == pytest.approx(1.0)


def test_pinball_is_least_at_the_quantile() -> None:
    y = np.random.default_rng(1).gamma(2.0, 3.0, 20_000)
    right = float(np.quantile(y, 0.8))
    losses = [float(accuracy.pinball(y, right * k, 0.8)) for k in (0.8, 1.0, 1.2)]
    assert losses[1] < losses[0]
    assert losses[1] < losses[2]


def test_coverage_counts_the_ends() -> None:
    assert accuracy.coverage([1, 2, 3, 4], 2, 3) == pytest.approx(0.5)


def test_wrong_shapes_and_levels_are_told() -> None:
    with pytest.raises(ParameterError, match="shape"):
        accuracy.mae([1, 2, 3], [1, 2])
    with pytest.raises(ParameterError, match="between 0 and 1"):
        accuracy.pinball([1], [1], 1.0)
    with pytest.raises(ParameterError, match="season"):
        accuracy.scale([1, 2], 0)

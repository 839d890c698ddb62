"""The forecasts that cost nothing, by hand."""

import numpy as np
import pytest

from opsbook.errors import ParameterError
from opsbook.supply.naive import drift, mean, naive, seasonal_naive


def test_rows_are_forecast_apart() -> None:
    y = [[1, 2, 3], [4, 4, 10]]
    assert mean(y, 2).tolist() == [[2, 2], [6, 6]]
    assert mean(y, 1, window=2).tolist() == [[2.5], [7]]
    assert naive(y, 1).tolist() == [[3], [10]]


def test_seasonal_naive_repeats_the_last_season() -> None:
    assert seasonal_naive([9, 9, 1, 2, 3], 4, 3).tolist() == [1, 2, 3, 1]


def test_seasonal_naive_goes_a_season_further_back_where_the_last_is_unknown() -> None:
    assert seasonal_naive([7, 8, np.nan, 2], 2, 2).tolist() == [7, 2]


def test_drift_moves_by_the_mean_change() -> None:
    # from 1 to 7 in three steps: 2 a step
    assert drift([1, 0, 3, 7], 2).tolist() == [9, 11]


def test_drift_starts_and_ends_where_something_is_known() -> None:
    # 2 at step 1, 6 at step 3, forecast of steps 5 and 6
    assert drift([np.nan, 2, 4, 6, np.nan], 2).tolist() == [10, 12]


def test_a_row_without_knowledge_stays_unknown() -> None:
    y = [[np.nan, np.nan], [1, 2]]
    for said in (mean(y, 1), naive(y, 1), seasonal_naive(y, 1, 2), drift(y, 1)):
        assert np.isnan(said[0]).all()
        assert np.isfinite(said[1]).all()


def test_horizon_and_season_have_bounds() -> None:
    with pytest.raises(ParameterError, match="horizon"):
        naive([1], 0)
    with pytest.raises(ParameterError, match="season"):
        seasonal_naive([1, 2], 3, 7)

"""Exponential smoothing against published answers and against statsmodels."""

import numpy as np
import pytest

from opsbook.errors import ParameterError
from opsbook.supply.smoothing import holt_winters, ses
from supply.published_series import OIL, OIL_ANSWERS


def test_oil_gives_the_published_weight_start_and_forecast() -> None:
    found = ses(OIL)
    assert float(found.alpha) == pytest.approx(OIL_ANSWERS["alpha"], abs=5e-5)
    assert float(found.start) == pytest.approx(OIL_ANSWERS["start"], abs=5e-4)
    assert float(found.forecast(1)[0]) == pytest.approx(OIL_ANSWERS["next"], abs=5e-4)


def test_given_weight_by_hand() -> None:
    # start s: errors 2-s, 4-(.5s+1) = 3-.5s; least squares: s = (2*1+3*.5)/(1+.25) = 2.8
    # level: .5*(.5*2.8+.5*2)+.5*4 = 3.2
    found = ses([2, 4], alpha=0.5)
    assert float(found.start) == pytest.approx(2.8)
    assert float(found.level) == pytest.approx(3.2)
    assert float(found.sse) == pytest.approx((2 - 2.8) ** 2 + (4 - 2.4) ** 2)


def test_fitted_rows_do_not_depend_on_their_neighbours() -> None:
    y = np.random.default_rng(2).poisson(3, (5, 60)).astype(float)
    together = ses(y)
    for row, level in zip(y, together.level, strict=True):
        assert float(ses(row).level) == pytest.approx(float(level))


def test_fitted_weight_is_no_worse_than_any_on_a_fine_grid() -> None:
    y = np.random.default_rng(3).poisson(4, (20, 80)).astype(float)
    best = ses(y).sse
    grid = np.min([ses(y, alpha=a).sse for a in np.linspace(0.001, 0.999, 200)], axis=0)
    assert (best <= grid * 1.001).all()


def test_unknown_days_carry_the_level_over() -> None:
    found = ses([2, np.nan, 4], alpha=0.5)
    assert float(found.level) == pytest.approx(float(ses([2, 4], alpha=0.5).level))


@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
@pytest.mark.parametrize("trend", [False, True])
def test_holt_winters_agrees_with_statsmodels_for_the_same_weights(kind: str, trend: bool) -> None:
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    rng = np.random.default_rng(4)
    week = np.array([1.0, 0.9, 0.8, 0.9, 1.1, 1.4, 1.3])
    y = 20 * np.tile(week, 12) + rng.normal(0, 1, 84)
    # The start that is documented: mean and mean season of the first four weeks.
    head = y[:28].reshape(4, 7)
    level = head.mean()
    season = head.mean(axis=0) - level if kind == "additive" else head.mean(axis=0) / level
    ours = holt_winters(
        y, kind=kind, trend=trend, damping=0.9, alphas=(0.2,), betas=(0.1,), gammas=(0.15,)
    )
    model = ExponentialSmoothing(
        y,
        trend="add" if trend else None,
        damped_trend=trend,
        seasonal="add" if kind == "additive" else "mul",
        seasonal_periods=7,
        initialization_method="known",
        initial_level=level,
        initial_trend=0.0 if trend else None,
        initial_seasonal=season,
    )
    weights = {"smoothing_level": 0.2, "smoothing_seasonal": 0.15, "optimized": False}
    if trend:
        weights |= {"smoothing_trend": 0.1, "damping_trend": 0.9}
    theirs = model.fit(**weights)
    assert float(ours.sse) == pytest.approx(float(theirs.sse), rel=1e-6)
    # The seventh step reads the last day's season, which this class of statsmodels does not
    # update; its state-space class does (next test).
    np.testing.assert_allclose(ours.forecast(6), theirs.forecast(6), rtol=1e-6)


def test_holt_winters_forecasts_as_the_state_space_model_does() -> None:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    rng = np.random.default_rng(4)
    y = 20 + np.tile([0.0, 1, 2, 1, 0, 6, 5], 8) + rng.normal(0, 1, 56)
    head = y[:28].reshape(4, 7)
    model = ETSModel(
        y,
        seasonal="add",
        seasonal_periods=7,
        initialization_method="known",
        initial_level=head.mean(),
        initial_seasonal=head.mean(axis=0) - head.mean(),
    )
    theirs = model.smooth(np.array([0.2, 0.15]))
    ours = holt_winters(y, alphas=(0.2,), gammas=(0.15,))
    np.testing.assert_allclose(ours.forecast(15), theirs.forecast(15), rtol=1e-9)


def test_holt_winters_repeats_a_pure_week() -> None:
    week = [1.0, 2, 3, 4, 5, 6, 7]
    for kind in ("additive", "multiplicative"):
        said = holt_winters(week * 6, kind=kind).forecast(9)  # type: ignore[arg-type]
        np.testing.assert_allclose(said, [*week, 1, 2], atol=1e-9)


def test_holt_winters_season_stays_on_its_weekday_when_weeks_are_not_whole() -> None:
    week = [1.0, 2, 3, 4, 5, 6, 7]
    said = holt_winters((week * 6)[:-2]).forecast(3)
    np.testing.assert_allclose(said, [6, 7, 1], atol=1e-9)


def test_what_never_sold_is_forecast_as_nothing() -> None:
    y = np.zeros((2, 28))
    assert (ses(y).forecast(3) == 0).all()
    assert (holt_winters(y, kind="multiplicative").forecast(3) == 0).all()


def test_too_short_history_is_told() -> None:
    with pytest.raises(ParameterError, match="14 steps"):
        holt_winters(np.ones(13))
    with pytest.raises(ParameterError, match="alpha"):
        ses([1, 2], alpha=0)

"""Fits that build on others give the same figures as fits made alone."""

from dataclasses import fields

import numpy as np
import pytest

from opsbook.campaign.structural import Design, Step, expected_days, fitted, left_out
from opsbook.campaign.structural_draws import Draws
from opsbook.campaign.structural_fit import covariance, fits, linearised, with_step
from opsbook.campaign.structural_steps import step_points

N = 200


@pytest.fixture(scope="module")
def series():
    """200 days of about 100 orders, weekends fuller; days 120 to 133 are not learnt from."""
    rng = np.random.default_rng(5)
    weekend = (np.arange(N) % 7 >= 5).astype(float)
    y = rng.poisson(100 * np.exp(0.3 * weekend + 0.001 * np.arange(N))).astype(float)
    columns = np.column_stack([np.ones(N), np.linspace(-1, 1, N), weekend])
    keep = np.ones(N, bool)
    keep[120:134] = False
    return y, Design(("level", "trend", "weekend"), columns, np.array([2.0, 0.4, 0.3])), keep


def test_step_beside_known_fits_is_the_fit_with_a_step(series):
    work = linearised(*series)
    more = with_step(work, 110)
    for quick, plain in zip(step_points(more, fits(work)), fits(more), strict=True):
        for field in fields(plain):
            np.testing.assert_allclose(
                getattr(quick, field.name), getattr(plain, field.name), rtol=1e-9, atol=1e-12
            )


def test_fit_at_hand_changes_no_figure(series):
    y, design, keep = series
    known = fitted(y, design, keep)
    steps = [Step(110, 0.02), Step(140, 0.02)]
    alone = expected_days(y, design, keep, ~keep, steps=steps)
    beside = expected_days(y, design, keep, ~keep, steps=steps, known=known)
    np.testing.assert_allclose(alone.draws, beside.draws, rtol=1e-9)
    np.testing.assert_allclose(alone.every, beside.every, rtol=1e-9)
    blocks = [np.arange(30, 44), np.arange(60, 74)]
    for one, other in zip(
        left_out(y, design, keep, blocks), left_out(y, design, keep, blocks, known), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_draws_have_each_fits_own_spread(series):
    y, design, keep = series
    work = linearised(y, design, keep)
    asked = np.flatnonzero(~keep)
    points = fits(work)
    luck, rng = Draws(asked), np.random.default_rng(1)
    # The most and the least restless fit, the first asked again after the second.
    for point in (points[0], points[-1], points[0]):
        drawn = np.log(luck.of(work, point, 20_000, rng))
        told = np.diag(covariance(work, point, asked)) ** 0.5
        assert drawn.std(axis=0) == pytest.approx(told, rel=0.05)
        assert drawn.mean(axis=0) == pytest.approx(point.level[asked], abs=0.05 * told.max())

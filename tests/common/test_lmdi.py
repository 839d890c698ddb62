"""The exact split of a product: published answer, limits at zero, and as a property."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from opsbook.common.lmdi import as_taught, lmdi, log_mean
from opsbook.errors import ParameterError


def test_published_split_of_gmv() -> None:
    """GMV = UV x CVR x AOV, (1000, .02, 50) -> (1200, .025, 48)."""
    effects = lmdi(np.array([[1000, 0.02, 50]]), np.array([[1200, 0.025, 48]]))
    # L(1440, 1000) = 440 / ln 1.44 = 1206.640; times ln 1.2, ln 1.25 and ln .96.
    assert effects[0] == pytest.approx([220.000, 269.258, -49.258], abs=5e-4)
    assert effects.sum() == pytest.approx(440)


def test_log_mean_has_its_limits() -> None:
    assert log_mean(np.array(5.0), np.array(5.0)) == pytest.approx(5.0)
    assert log_mean(np.array(5.0), np.array(0.0)) == 0
    # Just beside the limit the plain quotient would lose its digits.
    assert log_mean(np.array(1 + 1e-13), np.array(1.0)) == pytest.approx(1.0, abs=1e-12)


def test_a_new_group_goes_to_the_factor_that_was_zero() -> None:
    # No buyers before, so frequency and value had no meaning.
    effects = lmdi([[0, np.nan, np.nan]], [[10, 2, 30]])
    assert effects[0].tolist() == [600, 0, 0]


def test_a_vanished_group_is_the_mirror_image() -> None:
    effects = lmdi([[10, 2, 30]], [[0, np.nan, np.nan]])
    assert effects[0].tolist() == [-600, 0, 0]


def test_zeros_take_the_analytical_limit() -> None:
    # Visitors but no orders before: conversion carries the change, as its limit does:
    # with 1e-12 for the zero the plain formula gives shares that tend to (0, 1, 0).
    exact = lmdi([[100, 0.0, 50]], [[120, 0.05, 40]])[0]
    close = lmdi([[100, 1e-300, 50]], [[120, 0.05, 40]])[0]
    assert exact.tolist() == [0, 240, 0]
    assert close == pytest.approx(exact, abs=0.6)


def test_two_factors_from_zero_share_the_change() -> None:
    assert lmdi([[0.0, 0.0, 50]], [[10, 2, 50]])[0].tolist() == [500, 500, 0]


def test_a_negative_factor_is_refused() -> None:
    with pytest.raises(ParameterError, match="cannot be negative"):
        lmdi([[-1, 2]], [[1, 2]])


_FACTORS = arrays(float, (3, 4), elements=st.one_of(st.just(0.0), st.floats(1e-6, 1e6)))


@given(_FACTORS, _FACTORS)
def test_effects_add_up_to_the_change_in_any_case(before: np.ndarray, now: np.ndarray) -> None:
    effects = lmdi(before, now)
    change = now.prod(axis=1) - before.prod(axis=1)
    scale = np.maximum(now.prod(axis=1), before.prod(axis=1)) + 1e-9
    assert np.all(np.abs(effects.sum(axis=1) - change) <= 1e-9 * scale)


@given(_FACTORS, _FACTORS)
def test_order_of_factors_and_of_periods_does_not_matter(
    before: np.ndarray, now: np.ndarray
) -> None:
    effects = lmdi(before, now)
    scale = np.maximum(now.prod(axis=1), before.prod(axis=1))[:, None] + 1e-9
    assert np.all(np.abs(lmdi(before[:, ::-1], now[:, ::-1])[:, ::-1] - effects) <= 1e-9 * scale)
    assert np.all(np.abs(lmdi(now, before) + effects) <= 1e-9 * scale)


def test_the_course_formula_is_shown_to_be_no_identity() -> None:
    assert as_taught(1000, 0.02, 50, 0.2) == pytest.approx(0.2 * 1000 * 0.02 * 50)

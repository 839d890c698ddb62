"""Intervals and corrections against published and hand-computed answers."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency
from statsmodels.stats.multitest import multipletests

from opsbook.common.shares import two_shares, wilson
from opsbook.lifecycle.proportions import holm, stratified_gap


def test_wilson_matches_the_published_interval():
    """checks.md: 7 of 50 gives (.069508, .261862)."""
    low, high = wilson(7, 50)
    assert (float(low), float(high)) == pytest.approx((0.069508, 0.261862), abs=5e-7)


def test_two_shares_is_the_chi_square_of_the_table():
    table = np.array([[30, 70], [45, 55]])
    expected = chi2_contingency(table, correction=False).pvalue
    assert two_shares((30, 45), (100, 100)) == pytest.approx(expected)


def test_holm_is_that_of_statsmodels_and_skips_the_unknown():
    p = [0.01, 0.04, np.nan, 0.03, 0.2]
    known = [x for x in p if x == x]
    assert np.isnan(holm(p)[2])
    assert holm(p)[[0, 1, 3, 4]] == pytest.approx(multipletests(known, method="holm")[1])


def test_stratified_gap_is_the_weighted_gap_and_its_error_that_of_repeated_draws():
    cases = np.array([[100, 120], [90, 300]])
    rates = np.array([[0.30, 0.42], [0.09, 0.13]])
    hits = np.array([[30, 50], [8, 40]])
    names = ["hits", "cases", "other_hits", "other_cases"]
    values = np.column_stack([hits[:, 0], cases[:, 0], hits[:, 1], cases[:, 1]])
    found = stratified_gap(pd.DataFrame(values, columns=names))
    weights = cases.prod(axis=1) / cases.sum(axis=1)
    gaps = hits[:, 0] / cases[:, 0] - hits[:, 1] / cases[:, 1]
    assert found.gap == pytest.approx(np.average(gaps, weights=weights))
    draws = np.random.default_rng(1).binomial(cases, rates, (20_000, 2, 2)) / cases
    spread = np.average(draws[:, :, 0] - draws[:, :, 1], axis=1, weights=weights).std()
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(spread, rel=0.05)

"""Delays and returns to come, against numbers counted by hand and draws."""

import numpy as np
import pytest

from opsbook.common.nowcast import delay_curve, fit_prior, nowcast
from opsbook.common.shares import false_discovery, two_shares, wilson


def test_the_curve_is_the_chain_ladder():
    seen = np.array([[10.0, 6, 4], [12, 5, 0], [8, 0, 0]])
    # Factors of the chain ladder on cumulative counts: day 2 over day 1, day 1 over day 0.
    late = 20 / 16
    early = (16 + 17) / (10 + 12)
    grown = delay_curve(seen).grown
    assert grown == pytest.approx([1 / (early * late), 1 / late, 1.0])


def test_the_curve_is_not_fooled_by_young_sales():
    rng = np.random.default_rng(1)
    days, width = 300, 31
    chance = np.bincount(rng.integers(5, 25, 100_000), minlength=width) / 100_000
    table = rng.poisson(np.linspace(1, 30, days)[:, None] * chance)
    young = np.arange(width)[None, :] > np.arange(days)[::-1][:, None]
    table[young] = 0
    curve = delay_curve(table.astype(float))
    half = 3 * np.sqrt(curve.variance) + 1e-9
    assert (np.abs(curve.grown - np.cumsum(chance)) <= half).all()
    plain = np.cumsum(table.sum(axis=0)) / table.sum()
    assert plain[14] - np.cumsum(chance)[14] > 2 * abs(curve.grown[14] - np.cumsum(chance)[14])


def test_the_curve_reads_outside_its_days():
    curve = delay_curve(np.array([[1.0, 1], [1, 1], [1, 0]]))
    assert curve.at([-1, 0, 1, 50]) == pytest.approx([0, 0.5, 1, 1])
    assert curve.days(0.5) == 0


def test_without_a_return_nothing_is_to_come_but_the_prior():
    curve = delay_curve(np.zeros((50, 11)))
    assert (curve.grown == 1).all()
    shape, worth = fit_prior([0, 0, 0], [100, 100, 50])
    done = nowcast([0], [10], [10], [0], prior=(shape, worth))
    assert done.to_come[0] == 0 and done.rate[0] == 0


def test_an_old_cohort_is_known_and_a_young_one_drawn_to_the_others():
    prior = fit_prior([100, 101, 99], [1000, 1000, 1000])
    done = nowcast([80, 3], [1000, 1000], [1000, 5], [0, 0], prior=prior)
    assert (done.to_come[0], done.low[0], done.high[0]) == (0, 0, 0)
    assert done.rate[1] == pytest.approx(0.1, abs=0.01)


def test_the_interval_holds_what_comes():
    rng = np.random.default_rng(7)
    held, over = [], []
    for _ in range(400):
        true = rng.gamma(40, 0.05 / 40, 12)
        lines, part = np.full(12, 2000.0), np.r_[np.ones(11), 0.4]
        known = rng.poisson(true * lines * part)
        came = rng.poisson(true[-1] * lines[-1] * 0.6)
        prior = fit_prior(known[:11], lines[:11])
        done = nowcast(known, lines, lines * part, np.zeros(12), prior=prior)
        held.append(done.low[-1] <= came <= done.high[-1])
        over.append(done.to_come[-1] - came)
    assert 0.93 <= np.mean(held) <= 0.99
    assert abs(np.mean(over)) < 3 * np.std(over) / np.sqrt(len(over))


def test_bunched_returns_widen_the_interval():
    prior = fit_prior([100, 101, 99], [1000, 1000, 1000])
    plain = nowcast([50], [1000], [500], [0], prior=prior)
    wide = nowcast([50], [1000], [500], [0], prior=prior, dispersion=4)
    assert wide.high[0] - wide.low[0] > 1.8 * (plain.high[0] - plain.low[0])


def test_shares_agree_with_published_figures():
    low, high = wilson(7, 50)
    assert (float(low), float(high)) == pytest.approx((0.069508, 0.261862), abs=1e-6)
    # 15/50 against 25/50: z = .2 / sqrt(.4 * .6 * .04) = 2.0412.
    assert two_shares((15, 25), (50, 50)) == pytest.approx(0.04123, abs=1e-5)
    # Benjamini and Hochberg 1995, table of 15 p-values: four are named at 5 %.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
         0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert (false_discovery(p) <= 0.05).sum() == 4

"""Where purchases of a day count once, the model knows it: rates are not too low for it."""

import numpy as np
import pandas as pd
import pytest
from cdnow import END, cdnow_shop
from value_shops import shop_of_purchases

from opsbook.lifecycle.bg_nbd import Parameters, at_risk
from opsbook.lifecycle.clock import Clock, calendar_clock
from opsbook.lifecycle.customer_base import customer_base
from opsbook.lifecycle.fit import cells_of, fit_purchases
from opsbook.lifecycle.repeat_days import dead_days

OFTEN = {"r": 0.8, "alpha": 8.0, "a": 0.6, "b": 3.0}
"""One purchase in ten days and more: one repeat in ten falls on the day of another."""
DAYS = 400


def merged(seed: int, customers: int = 6000) -> pd.DataFrame:
    """Histories by day of customers who leave, if they do, after a day with a purchase."""
    rng = np.random.default_rng(seed)
    p = OFTEN
    rate, leave = rng.gamma(p["r"], 1 / p["alpha"], customers), rng.beta(p["a"], p["b"], customers)
    first = rng.integers(0, DAYS, customers)
    there, times, last = np.ones(customers, bool), np.zeros(customers, np.int64), first.copy()
    for day in range(DAYS):
        bought = there & (day > first) & (rng.random(customers) < -np.expm1(-rate))
        times += bought
        last[bought] = day
        there &= ~(bought & (rng.random(customers) < leave))
    return pd.DataFrame(
        {"frequency": times, "recency": 1.0 * (last - first), "age": 1.0 * (DAYS - 1 - first)}
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_rate_is_found_behind_merged_days(seed):
    cells = cells_of(merged(seed))
    told = fit_purchases(cells, dead_time=0.5)
    for name, value in OFTEN.items():
        low, high = told.interval(name, 0.999)
        assert low < value < high
    published = fit_purchases(cells)
    assert published.interval("alpha", 0.999)[0] > OFTEN["alpha"]


def test_without_dead_time_it_is_the_published_model():
    base = customer_base(cdnow_shop(), END, model="BG/NBD", day_grid=False)
    p = base.main.fit.parameters
    assert (p.r, p.alpha, p.a, p.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=6e-4)
    known = customer_base(cdnow_shop(), END, model="BG/NBD").main.fit.parameters
    assert 0.5 <= 7 * known.dead_time < 0.6
    assert known.alpha < p.alpha


def buying_days(p: Parameters, size: int, days: int) -> np.ndarray:
    """Days with a purchase after the first, by customer."""
    rng = np.random.default_rng(5)
    rate, leave = rng.gamma(p.r, 1 / p.alpha, size), rng.beta(p.a, p.b, size)
    there, found = np.ones(size, bool), np.zeros(size)
    for _ in range(days):
        bought = there & (rng.random(size) < -np.expm1(-rate))
        found += bought
        there &= ~(bought & (rng.random(size) < leave))
    return found


def test_days_to_come_are_foreseen_as_days():
    p = Parameters("BG/NBD", **OFTEN, dead_time=0.5)
    came = buying_days(p, 40_000, 200)
    none = np.zeros(1, np.int64)
    error = came.std() / 200
    assert p.expected_new(np.array([200.0]))[0] == pytest.approx(came.mean(), abs=5 * error)
    mean, variance, nothing = p.expected(none, np.zeros(1), np.zeros(1), 200.0)
    assert mean[0] == pytest.approx(came.mean(), abs=5 * error)
    # One open share of the time for all lets the most frequent scatter a little too far.
    assert came.var() < variance[0] < 1.12 * came.var()
    assert nothing[0] == pytest.approx((came == 0).mean(), abs=0.01)
    # Taken for moments the same rates promise several per cent more.
    moments = Parameters("BG/NBD", **OFTEN)
    assert moments.expected_new(np.array([200.0]))[0] > came.mean() + 5 * error


def test_counts_of_days_are_foreseen():
    p = Parameters("BG/NBD", **OFTEN, dead_time=0.5)
    came = buying_days(p, 40_000, 200)
    k = np.array([0, 1, 4, 12])
    chance = p.more_than(k, np.array([200.0]))[0]
    np.testing.assert_allclose(chance, [(came > n).mean() for n in k], atol=0.012)


def test_time_at_risk_by_hand():
    """Three repeats in 20 days known for 30 lose half a day each; a daily buyer half of all."""
    recency, age = at_risk(
        np.array([3, 0, 9]), np.array([20.0, 0, 9]), np.array([30.0, 30, 9]), 0.5
    )
    assert recency.tolist() == [18.5, 0, 4.5]
    assert age.tolist() == [28.5, 30, 4.5]


def test_silence_is_not_shortened():
    """P(alive) asks how long somebody has been silent; dead time leaves that as it is."""
    recency, age = at_risk(np.array([5]), np.array([40.0]), np.array([70.0]), 0.5)
    assert (age - recency)[0] == pytest.approx(30.0)


def test_busy_days_hide_more():
    start = pd.Timestamp("2024-01-01")
    clock = Clock(start.date(), np.array([1.0, 3.0, 1.0, 1.0]), 1.0, "activity")
    repeats = pd.Series([1.0, 3.0], index=[start, start + pd.Timedelta(days=1)])
    # A quarter of purchases on an average day, three quarters on one three times as long.
    assert clock.dead_time(0.5, repeats) == pytest.approx(0.5 * (1 + 9) / 4)
    assert calendar_clock(start.date(), start.date()).dead_time(0.5, repeats) == 0.5 / 7


def test_a_shop_with_quiet_and_busy_days_hides_more_than_half_a_day():
    """One day in ten is eleven times as busy as the others: w is .5 or 5.5 on average."""
    rng = np.random.default_rng(6)
    days = pd.date_range("2024-01-01", periods=1000)
    busy = np.where(np.arange(1000) % 10 == 0, 5.5, 0.5)
    hidden = dead_days(pd.Series(rng.poisson(20 * busy).astype(float), index=days))
    assert hidden == pytest.approx(0.5 * (busy**2).mean(), rel=0.03)
    even = dead_days(pd.Series(rng.poisson(20.0, 1000).astype(float), index=days))
    assert even == pytest.approx(0.5, rel=0.03)


def test_growth_and_few_purchases_are_no_busy_days():
    days = pd.date_range("2024-01-01", periods=700)
    rng = np.random.default_rng(7)
    grown = rng.poisson(np.linspace(2, 60, 700)).astype(float)
    assert dead_days(pd.Series(grown, index=days)) == pytest.approx(0.5, rel=0.03)
    one = pd.Series([1.0], index=days[:1])
    assert dead_days(one) == 0.5


def test_several_orders_of_a_day_stay_one_purchase():
    """What is corrected is the rate, not the count: a split order is not a second visit."""
    rng = np.random.default_rng(2)
    rows = merged(4, 600)
    first = pd.Timestamp("2023-01-02")
    days = []
    for i, row in enumerate(rows.astype(int).itertuples()):
        start = DAYS - 1 - row.age
        inside = np.arange(1, max(row.recency, 1))
        between = rng.choice(inside, max(row.frequency - 1, 0), replace=False)
        at = {0, row.recency, *between} if row.frequency else {0}
        days += [(f"c{i}", first + pd.Timedelta(days=start + d)) for d in sorted(at)]
    frame = pd.DataFrame(days, columns=["customer", "day"])
    once = customer_base(shop_of_purchases(frame))
    twice = customer_base(shop_of_purchases(pd.concat([frame, frame], ignore_index=True)))
    assert once.main.fit.parameters == twice.main.fit.parameters

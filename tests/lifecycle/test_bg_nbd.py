"""The BG/NBD family against published answers, the textbook's formula and its own process."""

import numpy as np
import pandas as pd
import pytest
from cdnow import END, cdnow_shop, cdnow_summary
from scipy.optimize import check_grad
from scipy.special import hyp2f1
from value_shops import buy_till_you_leave

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.bg_nbd import Parameters
from opsbook.lifecycle.bg_nbd_likelihood import Cells, log_likelihood
from opsbook.lifecycle.fit import Fit, cells_of, fit_purchases
from opsbook.lifecycle.maximum import HIGH, LOW
from opsbook.lifecycle.purchases import history_cells

PUBLISHED = Parameters("BG/NBD", 0.243, 4.414, 0.793, 2.426)


@pytest.fixture(scope="module")
def summary() -> pd.DataFrame:
    return cdnow_summary()


def textbook(p: Parameters, x: int, tx: float, age: float, t: float) -> float:
    """E[Y(t) | x, t_x, T]: Fader, Hardie, Lee (2005), eq. 10."""
    z = t / (p.alpha + age + t)
    hyper = hyp2f1(p.r + x, p.b + x, p.a + p.b + x - 1, z)
    shrink = ((p.alpha + age) / (p.alpha + age + t)) ** (p.r + x)
    above = (p.a + p.b + x - 1) / (p.a - 1) * (1 - shrink * hyper)
    left = ((p.alpha + age) / (p.alpha + tx)) ** (p.r + x) * p.a / (p.b + x - 1)
    return float(above / (1 + (x > 0) * left))


def test_cdnow_parameters_from_the_shipped_summary(summary):
    """Fader, Hardie, Lee (2005), table 2; digits from the shipped file."""
    fit = fit_purchases(cells_of(summary))
    p = fit.parameters
    assert (p.r, p.alpha, p.a, p.b) == pytest.approx((0.24259, 4.41353, 0.79289, 2.42575), abs=6e-6)
    assert fit.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert fit.agreeing == fit.starts
    assert fit.slope < 1e-8
    assert not fit.edge


def test_cdnow_parameters_from_the_transactions():
    p = fit_purchases(history_cells(cdnow_shop(), END)).parameters
    assert (p.r, p.alpha, p.a, p.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=6e-4)


def test_days_are_the_same_model_as_weeks(summary):
    weeks = fit_purchases(cells_of(summary))
    days = fit_purchases(cells_of(summary.assign(recency=summary.recency * 7, age=summary.age * 7)))
    assert days.parameters.alpha == pytest.approx(7 * weeks.parameters.alpha, rel=1e-6)
    assert days.parameters.b == pytest.approx(weeks.parameters.b, rel=1e-6)
    np.testing.assert_allclose(days.covariance, weeks.covariance, rtol=1e-3, atol=1e-9)


def test_merging_by_week_is_another_answer():
    """checks.md, grain trap: by week r .291, alpha 6.852, a .665, b 2.320.

    They come of what ``freq="W"`` does elsewhere: weeks run from Monday, the week of the last
    day (30 September, a Tuesday) is taken whole, so that purchases up to 5 October are in, and
    all ages are whole weeks. Cut at the last day, weekly merging gives .283, 6.591, .778, 2.553.
    The library merges by day and never by week.
    """
    shop = cdnow_shop()
    orders = shop.orders.execute()
    orders = orders[orders["order_ts"] < "1997-10-06"]
    week = orders["order_ts"].dt.to_period("W").map(lambda w: w.ordinal)
    last = pd.Timestamp("1997-09-30").to_period("W").ordinal
    groups = pd.DataFrame({"c": orders["customer_id"], "w": week}).drop_duplicates().groupby("c")
    w = groups["w"].agg(["min", "max", "size"])
    frame = pd.DataFrame(
        {"frequency": w["size"] - 1, "recency": 1.0 * (w["max"] - w["min"]), "age": last - w["min"]}
    )
    weekly = fit_purchases(cells_of(frame.astype({"age": float}))).parameters
    found = (weekly.r, weekly.alpha, weekly.a, weekly.b)
    assert found == pytest.approx((0.291, 6.852, 0.665, 2.320), abs=6e-4)
    daily = fit_purchases(history_cells(shop, END))
    assert weekly.r > daily.interval("r")[1]
    assert weekly.alpha > daily.interval("alpha")[1]


def test_published_customer():
    """x = 2, t_x = 30.43, T = 38.86: P(alive) .7266, 1.226 purchases in 39 weeks."""
    mean, _, _ = PUBLISHED.expected(np.array([2]), np.array([30.43]), np.array([38.86]), 39.0)
    assert mean[0] == pytest.approx(1.226, abs=5e-4)
    alive = PUBLISHED.alive(np.array([2]), np.array([30.43]), np.array([38.86]))
    assert alive[0] == pytest.approx(0.7266, abs=2e-4)


@pytest.mark.parametrize("x", [1, 2, 7, 40])
@pytest.mark.parametrize("t", [0.5, 39.0, 500.0])
def test_sum_equals_the_hypergeometric_formula(x, t):
    age, tx = 38.86, 30.0
    mean, variance, none = PUBLISHED.expected(np.array([x]), np.array([tx]), np.array([age]), t)
    assert mean[0] == pytest.approx(textbook(PUBLISHED, x, tx, age, t), rel=1e-7)
    assert variance[0] > 0
    assert 0 < none[0] < 1


def test_it_is_stable_where_the_formula_is_not():
    """a = 1 divides by zero in the textbook; between its neighbours lies the truth."""
    x, tx, age = np.array([3]), np.array([20.0]), np.array([30.0])
    values = [
        Parameters("BG/NBD", 0.243, 4.414, a, 2.426).expected(x, tx, age, 52.0)[0][0]
        for a in (0.999, 1.0, 1.001)
    ]
    assert values[0] > values[1] > values[2]
    assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=1e-6)


def test_wholesaler_with_thousands_of_purchases():
    x = np.array([4000])
    mean, variance, none = PUBLISHED.expected(x, np.array([39.0]), np.array([39.0]), 39.0)
    assert 0 < mean[0] < 4000 * 39 / 39
    assert np.isfinite(variance[0])
    assert none[0] < 0.01


@pytest.mark.parametrize("kind", ["BG/NBD", "MBG/NBD"])
def test_gradient_is_the_slope_of_the_likelihood(summary, kind):
    c = cells_of(summary)
    columns = [c[k].to_numpy() for k in ("frequency", "recency", "age")]
    cells = Cells.of(*columns, c["customers"].to_numpy(float))
    logs = np.log(np.array([0.4, 5.0, 0.9, 2.0]))
    error = check_grad(
        lambda v: log_likelihood(kind, v, cells)[0] / 2357,
        lambda v: log_likelihood(kind, v, cells)[1] / 2357,
        logs,
    )
    assert error < 1e-6


@pytest.mark.parametrize("kind", ["BG/NBD", "MBG/NBD"])
def test_likelihood_of_histories_adds_up_to_one(kind):
    """Chances of all counts by a time: P(X > 0) + P(X = 0), the latter from the likelihood."""
    p = Parameters(kind, 0.6, 6.0, 0.9, 2.0)
    logs = np.log(np.array([p.r, p.alpha, p.a, p.b]))
    age = 20.0
    nobody = Cells.of(np.array([0]), np.array([0.0]), np.array([age]), np.array([1.0]))
    none = np.exp(log_likelihood(kind, logs, nobody)[0])
    some = p.more_than(np.array([0]), np.array([age]))[0, 0]
    # In MBG/NBD who has left after the first purchase has none either.
    assert none + some == pytest.approx(1.0, abs=1e-12)


def test_expected_new_is_the_sum_of_its_distribution():
    k = np.arange(400)
    for kind in ("BG/NBD", "MBG/NBD"):
        p = Parameters(kind, 0.6, 6.0, 0.9, 2.0)
        tail = p.more_than(k, np.array([50.0])).sum()
        assert p.expected_new(np.array([50.0]))[0] == pytest.approx(tail, rel=1e-6)


def test_chance_of_none_and_variance_match_simulated_futures():
    """Customers simulated from the process with one history-free start, 40,000 of them."""
    rng = np.random.default_rng(5)
    p = Parameters("BG/NBD", 0.8, 10.0, 1.1, 2.0)
    size, t = 40_000, 30.0
    rate, leave = rng.gamma(p.r, 1 / p.alpha, size), rng.beta(p.a, p.b, size)
    wanted = rng.poisson(rate * t)
    lasts = rng.geometric(leave)
    bought = np.minimum(wanted, lasts)
    zero = np.zeros(1)
    mean, variance, none = p.expected(np.zeros(1, np.int64), zero, zero, t)
    assert mean[0] == pytest.approx(bought.mean(), rel=0.02)
    assert variance[0] == pytest.approx(bought.var(), rel=0.05)
    assert none[0] == pytest.approx((bought == 0).mean(), abs=0.01)


def test_planted_process_is_recovered_and_told_from_its_sibling():
    rng = np.random.default_rng(11)
    planted = {"r": 0.5, "alpha": 60.0, "a": 0.9, "b": 2.0}
    bought = buy_till_you_leave(rng, customers=12_000, days=700, **planted)
    groups = bought.groupby("customer")["at"].agg(["min", "max", "size"])
    frame = pd.DataFrame(
        {
            "frequency": groups["size"] - 1,
            "recency": groups["max"] - groups["min"],
            "age": 700 - groups["min"],
        }
    )
    fit = fit_purchases(cells_of(frame), "best")
    assert fit.parameters.kind == "BG/NBD"
    assert fit.other is not None and fit.other < fit.log_likelihood
    for name, value in planted.items():
        low, high = fit.interval(name, 0.999)
        assert low < value < high


def test_coarse_start_changes_nothing(summary, monkeypatch):
    usual = fit_purchases(cells_of(summary))
    monkeypatch.setattr("opsbook.lifecycle.fit._MANY", 100)
    quick = fit_purchases(cells_of(summary))
    assert quick.parameters.alpha == pytest.approx(usual.parameters.alpha, rel=1e-6)
    np.testing.assert_allclose(quick.covariance, usual.covariance, rtol=1e-3)


def cells(rows: list[tuple[int, float, float, int]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["frequency", "recency", "age", "customers"])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(0, 0.0, 10.0, 500)], "none of 500 customers"),
        ([(3, 8.0, 10.0, 1)], "one customer tells nothing"),
        ([(0, 0.0, 0.0, 40), (1, 0.0, 0.0, 2)], "all purchases fall on one day"),
    ],
)
def test_histories_that_cannot_tell_are_a_sentence(rows, words):
    with pytest.raises(CannotTell, match=words):
        fit_purchases(cells(rows))


def test_contradicting_histories_are_refused():
    with pytest.raises(ParameterError, match="recency must lie between 0 and age"):
        fit_purchases(cells([(1, 12.0, 10.0, 5), (0, 0.0, 10.0, 5)]))


def test_without_spread_the_edge_is_named():
    """Everybody alike and nobody leaves: r and b run to a bound and say so."""
    rng = np.random.default_rng(3)
    count = rng.poisson(5.0, 3000)
    last = np.where(count > 0, 100 * rng.random(3000) ** (1 / np.maximum(count, 1)), 0.0)
    frame = pd.DataFrame({"frequency": count, "recency": last, "age": 100.0})
    try:
        fit = fit_purchases(cells_of(frame))
    except CannotTell as reason:
        assert "did not converge" in str(reason)
    else:
        assert fit.edge
        assert "edge" in fit.words()


def test_far_draws_stay_on_the_ridge():
    """Where nobody leaves a and b are known only together: a draw must keep their ratio."""
    sizes = np.diag([0.03, 0.03, 6.0, 6.0])
    ties = np.eye(4)
    ties[2, 3] = ties[3, 2] = 1.0
    fit = Fit(
        Parameters("BG/NBD", 1.2, 7.0, 0.5, 800.0, 0.5), sizes @ ties @ sizes, -1.0, 100, 90, 500,
        *(0.0, 4, 4),
    )  # fmt: skip
    drawn = fit.draws(np.random.default_rng(1), 500)
    logs = np.log([[p.a, p.b] for p in drawn])
    assert logs.max() <= HIGH + 1e-9 and logs.min() >= LOW - 1e-9
    assert logs.std(axis=0).min() > 2
    np.testing.assert_allclose(logs[:, 0] - logs[:, 1], np.log(0.5 / 800), atol=1e-6)
    assert {p.dead_time for p in drawn} == {0.5}

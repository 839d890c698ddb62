"""Forecasts: no look into the future, honest intervals, festivals, words for odd shops."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from forecast_panels import START, WEEK, bare_shop, drawn, panel_of

from made_shop import shop_of
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.supply.backtest import ALL, backtest, choose
from opsbook.supply.coherent import coherent, reconcile
from opsbook.supply.day_plan import day_plan
from opsbook.supply.day_profile import day_profile, profile_input
from opsbook.supply.features import history, known_at
from opsbook.supply.forecast import forecast
from opsbook.supply.forecast_accuracy import biased_skus
from opsbook.supply.forecast_chart import (
    ahead_of_stock,
    demand_ahead_table,
    forecast_table,
    level_table,
    plot_accuracy,
    plot_forecast,
)
from opsbook.supply.forecast_findings import forecast_findings, forecast_words
from opsbook.supply.forecast_methods import METHODS, YARDSTICK
from opsbook.supply.spread import LEVELS, count_quantile, fit_spread, variance_law

LONG = 470


@pytest.fixture(scope="module")
def shop():
    return bare_shop()


@pytest.fixture(scope="module")
def made():
    sold, truth = drawn(120, LONG + 28, seed=3, mean=0.8)
    return sold, truth


@pytest.fixture(scope="module")
def found(shop, made):
    sold, _ = made
    names = [f"C{i % 3}" for i in range(len(sold))]
    return forecast(shop, panel=panel_of(sold[:, :LONG], category=names))


def ready(shop, panel, ahead=28):
    names = tuple(sorted(panel.skus["category"].unique()))
    end = panel.end + timedelta(days=ahead)
    return history(panel, day_plan(shop, panel.dates[0].date(), end, names))


# --- no look into the future ------------------------------------------------------------


def test_changing_the_future_changes_no_forecast_made_before_it(shop, made):
    sold, _ = made
    n = LONG - 56
    panel = panel_of(sold[:, :LONG])
    rng = np.random.default_rng(1)
    other = replace(panel)
    for name in ("sold", "free", "left", "stock", "price", "cut"):
        value = getattr(panel, name).copy()
        value[:, n:] = 0 if name in ("free", "left", "stock") else value[:, n:] * 7 + 3
        other = replace(other, **{name: value})
    flags = panel.on_sale.copy()
    flags[:, n:] = rng.random(flags[:, n:].shape) < 0.5
    other = replace(other, on_sale=flags)
    a, b = (backtest(p, ready(shop, p)) for p in (panel, other))
    told = [k for k, o in enumerate(a.origins) if (o - START).days <= n]
    assert len(told) >= 3
    for method in a.methods:
        np.testing.assert_array_equal(a.means[method][told], b.means[method][told])
    assert (a.label[told] == b.label[told]).all()
    # And the change is one that the later forecasts do see.
    assert not np.allclose(a.means["boosting"][-1], b.means["boosting"][-1])


def test_a_planted_leak_would_be_caught(shop, made):
    # The same comparison on a feature that peeks: the level of the days to come.
    sold, _ = made
    panel, n = panel_of(sold[:, :LONG]), LONG - 56
    changed = panel.sold.copy()
    changed[:, n:] += 3
    peeks = [
        ready(shop, p).clean[:, n : n + 28].mean(axis=1)
        for p in (panel, replace(panel, sold=changed))
    ]
    assert not np.allclose(*peeks)
    honest = [known_at(ready(shop, p), n).level for p in (panel, replace(panel, sold=changed))]
    np.testing.assert_array_equal(*honest)


def test_no_training_row_has_an_outcome_at_or_after_the_cut(shop, made):
    from opsbook.supply.boosting import training_rows

    sold, _ = made
    marked = sold[:, :LONG].copy()
    marked[:, 300:] = 999
    past = ready(shop, panel_of(marked))
    x, y, _ = training_rows(past, 300, 28, np.random.default_rng(0))
    assert len(y) > 1000
    assert y.max() < 999
    assert np.isfinite(x).all()


# --- what comes out ---------------------------------------------------------------------


def test_quantiles_rise_and_are_whole_and_never_negative(found):
    q = found.quantiles
    assert q.shape == (120, 28, len(LEVELS))
    assert (np.diff(q, axis=2) >= 0).all()
    assert (q >= 0).all()
    assert (q == np.round(q)).all()
    assert (found.mean >= 0).all()


def test_planted_means_are_recovered(found, made):
    truth = made[1][:, LONG:]
    # 120 SKUs of Poisson noise: four-week means within 20 % of the planted ones in sum of
    # absolute differences, where last week's sales are off by 31 %.
    said = found.ahead.sum(axis=1)
    off = np.abs(said - truth.sum(axis=1)).sum() / truth.sum()
    last = 4 * made[0][:, LONG - 7 : LONG].sum(axis=1)
    assert off < 0.2
    assert off < 0.75 * np.abs(last - truth.sum(axis=1)).sum() / truth.sum()
    # The weekday shape: each weekday's share within 6 % of the planted factor.
    by_day = found.ahead.sum(axis=0)
    week = pd.Series(by_day).groupby(found.dates.day_of_week).mean()
    assert (week / week.mean()).to_numpy() == pytest.approx(WEEK, rel=0.08)


def test_intervals_hold_what_they_say(found, made):
    future = made[0][:, LONG:].sum(axis=1)
    over = found.over(28)
    inside = ((future >= over["q05"]) & (future <= over["q95"])).mean()
    # 120 SKUs: three standard errors of a share of .9 are .08.
    assert 0.82 <= inside <= 1.0
    whole = found.table.iloc[0]
    assert 0.85 <= whole["calibrated"] <= 0.95


def test_same_seed_gives_the_same_forecast(shop, made):
    panel = panel_of(made[0][:40, :200])
    a, b = (forecast(shop, panel=panel, seed=4) for _ in range(2))
    np.testing.assert_array_equal(a.ahead, b.ahead)
    pd.testing.assert_frame_equal(a.table, b.table)


def test_over_sums_days_and_goes_on_beyond_the_horizon(found):
    two, three, part = (found.over(d)["mean"].to_numpy() for d in (2, 3, 2.5))
    assert two == pytest.approx(found.ahead[:, :2].sum(axis=1))
    assert part == pytest.approx((two + three) / 2)
    far = found.over(40)
    assert (far["beyond"] == 12).all()
    ordinary = found.skus["ordinary"].to_numpy()
    assert far["mean"].to_numpy() == pytest.approx(found.ahead.sum(axis=1) + 12 * ordinary)
    each = np.where(np.arange(120) % 2, 28.0, 7.0)
    mixed = found.over(each)["mean"].to_numpy()
    assert mixed[1] == pytest.approx(found.ahead[1].sum())
    assert mixed[0] == pytest.approx(found.ahead[0, :7].sum())
    assert (found.over(14)["sd"] > found.over(7)["sd"]).all()
    median = found.over_quantile(14, 0.5)
    assert (found.over(14)["q50"].to_numpy() == median).all()
    assert (found.over(0)["mean"] == 0).all()


def test_sd_of_a_sum_is_that_of_errors_not_of_independent_days(shop):
    # Each SKU's four weeks share one shock: the sum's variance far exceeds the days' sum.
    rng = np.random.default_rng(0)
    shock = rng.gamma(4, 1 / 4, (80, 18)).repeat(28, axis=1)
    sold = rng.poisson(3.0 * shock)
    made = forecast(shop, panel=panel_of(sold[:, :476]))
    sum_sd = made.over(28)["sd"].to_numpy()
    daily = made.spreads[ALL].variance(made.ahead, 1).sum(axis=1)
    within = 3.0 * 28  # what chance alone would do
    assert np.median(sum_sd**2) > 3 * within
    assert np.median(sum_sd**2) > 1.5 * np.median(daily)


def test_shorter_horizon_shows_the_first_days(shop, made):
    panel = panel_of(made[0][:40, :200])
    short, long = (forecast(shop, panel=panel, horizon=h) for h in (5, 28))
    assert short.mean.shape == (40, 5)
    np.testing.assert_array_equal(short.mean, long.mean[:, :5])
    assert len(short.dates) == 5


@pytest.mark.parametrize(
    ("option", "text"),
    [({"horizon": 0}, "horizon is 0; use 1 to 28"), ({"window": 40}, "window is 40")],
)
def test_parameters_out_of_bounds_are_named(shop, option, text):
    with pytest.raises(ParameterError, match=text):
        forecast(shop, panel=panel_of(np.ones((2, 200))), **option)


def test_wrong_length_of_days_is_named(found):
    with pytest.raises(
        ParameterError, match="days has 3 figures; give one, or one for each of 120"
    ):
        found.over([1, 2, 3])


# --- choice -----------------------------------------------------------------------------


def test_a_method_that_does_not_beat_seasonal_naive_is_not_used(shop):
    # Every week repeats the one before exactly: nothing can beat last week's sales.
    week = np.array([1, 0, 2, 5, 3, 9, 4])
    sold = np.tile(week, (40, 40)) * np.arange(1, 41)[:, None]
    made = forecast(shop, panel=panel_of(sold))
    assert made.chosen[ALL] == YARDSTICK
    assert made.ahead == pytest.approx(sold[:, :28].astype(float))
    assert "No method beats seasonal naive" in forecast_words(made)
    assert made.table.iloc[0]["wape"] == pytest.approx(0.0)


def test_choice_uses_the_first_origins_and_the_test_uses_the_others(shop, made):
    panel = panel_of(made[0][:60, :LONG])
    tested = backtest(panel, ready(shop, panel))
    _, before = choose(tested)
    # Whatever happens on the test origins, the ranking on the first ones stays.
    other = replace(tested, sold=tested.sold.copy())
    other.sold[tested.first :] += 50
    _, after = choose(other)
    assert before["loss_first"].to_numpy() == pytest.approx(after["loss_first"].to_numpy())
    assert (before["best"] == after["best"]).all()
    assert not np.allclose(before["loss"], after["loss"])
    assert set(before["method"]) == set(METHODS)


def test_small_class_takes_the_method_of_all(found):
    sizes = found.choice.groupby("label")["skus"].first()
    small = [k for k in sizes.index if k != ALL and sizes[k] < 20]
    for label in small:
        assert found.chosen[label] == found.chosen[ALL]
    assert found.chosen[ALL] in METHODS


# --- calendar, promotions, empty shelves --------------------------------------------------


def with_festival(days, *, start=date(2024, 9, 2), lift=6.0, n=60):
    """Demand that is six times as high on 11 November, of every year in the span."""
    sold, truth = drawn(n, days, seed=8, mean=1.5, start=start)
    dates = pd.date_range(start, periods=days)
    peak = (dates.month == 11) & (dates.day == 11)
    rng = np.random.default_rng(5)
    extra = rng.poisson(truth[:, peak] * (lift - 1))
    sold[:, peak] += extra
    return sold, dates


def test_double_11_is_expected_when_last_years_is_in_the_history(shop):
    sold, dates = with_festival(430)
    made = forecast(shop, panel=panel_of(sold, start=dates[0].date()))
    # The panel ends on 5 November 2025, so the festival is six days ahead.
    day = made.mean.sum(axis=0)
    at = int(made.dates.get_loc(pd.Timestamp("2025-11-11")))
    usual = np.median(day)
    assert 4.0 < day[at] / usual < 8.0
    assert day[at] == day.max()
    assert "double_11" not in made.new_events


def test_an_event_never_seen_is_said_and_widens_the_interval(shop):
    sold, dates = with_festival(150, start=date(2024, 6, 9))
    made = forecast(shop, panel=panel_of(sold, start=dates[0].date()))
    assert "double_11" in made.new_events or "double_11" in set(
        day_plan(shop, dates[0].date(), dates[-1].date()).days["event"]
    )
    early, late = (panel_of(sold[:, :n], start=dates[0].date()) for n in (133, 150))
    a = forecast(shop, panel=early)
    assert "double_11" in a.new_events
    assert "wider intervals: Double 11." in forecast_words(a)
    assert not a.yearly
    assert (a.skus["unseen"] > 0).all()
    plain = a.spreads[ALL].variance(a.over(28)["mean"].to_numpy(), 28)
    assert (a.over(28)["sd"] ** 2 > 1.02 * plain).all()
    assert forecast(shop, panel=late).skus["extra"].min() >= 0.04


def test_moving_festival_is_found_by_its_distance_not_its_date(shop):
    # Spring Festival 2025 on 29 January, 2026 on 17 February: demand halves on its day.
    days = (date(2026, 2, 10) - date(2024, 9, 2)).days
    sold, truth = drawn(60, days, seed=9, mean=3.0, start=date(2024, 9, 2))
    dates = pd.date_range(date(2024, 9, 2), periods=days)
    quiet = (dates >= "2025-01-29") & (dates < "2025-02-04")
    rng = np.random.default_rng(2)
    sold[:, quiet] = rng.poisson(truth[:, quiet] * 0.3)
    made = forecast(shop, panel=panel_of(sold, start=dates[0].date()))
    day = pd.Series(made.mean.sum(axis=0), made.dates)
    assert day["2026-02-17":"2026-02-20"].mean() < 0.6 * day["2026-03-02":].mean()
    assert day["2026-02-11":"2026-02-13"].mean() > 0.75 * day["2026-03-02":].mean()


def test_profile_finds_a_planted_lift(shop):
    sold, dates = with_festival(430)
    panel = panel_of(sold, start=dates[0].date())
    plan = day_plan(shop, dates[0].date(), panel.end + timedelta(days=28))
    profile = day_profile(profile_input(sold.sum(axis=0, keepdims=True) * 1.0, ("A",), plan), 430)
    at = plan.dates.get_loc(pd.Timestamp("2025-11-11"))
    # 60 SKUs x 1.5 x 6: some 500 pieces on the day, so its own evidence outweighs the rest.
    assert profile.lift[0, at] == pytest.approx(6.0, rel=0.2)
    ordinary = plan.dates.get_loc(pd.Timestamp("2025-11-20"))
    assert profile.lift[0, ordinary] == 1.0
    assert profile.yearly


def test_shop_calendar_that_ends_is_carried_on_with_its_own_length():
    # The shop's Double 11 has a tail of three days that the country's calendar lacks.
    days = pd.date_range("2025-11-09", "2025-11-14")
    calendar = pd.DataFrame({"date": days, "event": "Double 11"})
    calendar["phase"] = ["peak"] * 3 + ["tail"] * 3
    orders = pd.DataFrame({"order_id": ["1"], "order_ts": [pd.Timestamp("2025-11-01")]})
    plan = day_plan(shop_of(orders=orders, calendar=calendar), date(2025, 11, 1), date(2026, 12, 1))
    coming = plan.days[plan.days["event"] == "double_11"]
    dates = plan.dates[coming["at"]]
    later = coming[dates >= "2026-01-01"]
    assert list(later["nth"]) == [-2, -1, 0, 1, 2, 3]
    assert list(later["phase"]) == ["peak"] * 3 + ["tail"] * 3
    assert plan.dates[later["at"].iloc[2]] == pd.Timestamp("2026-11-11")


def test_campaign_of_one_category_counts_for_that_one_only():
    orders = pd.DataFrame({"order_id": ["1"], "order_ts": [pd.Timestamp("2025-03-01")]})
    campaigns = pd.DataFrame(
        {
            "campaign_id": ["K1", "K2"],
            "name": ["Beauty days 2025-03", "Member day"],
            "type": ["category day", "member day"],
            "start_date": pd.to_datetime(["2025-03-20", "2025-03-25"]),
            "end_date": pd.to_datetime(["2025-03-21", "2025-03-25"]),
        }
    )
    shop = shop_of(orders=orders, campaigns=campaigns)
    plan = day_plan(shop, date(2025, 3, 1), date(2025, 4, 1), ("Beauty", "Food"))
    rows = plan.days[plan.days["kind"] == "campaign"]
    assert list(rows["category"]) == ["Beauty", "Beauty", ""]
    fit = profile_input(np.ones((2, 31)), ("Beauty", "Food"), plan)
    cells = {(int(a), int(c)) for a, c in zip(fit.at, fit.category, strict=True)}
    assert (19, 0) in cells
    assert (19, 1) not in cells
    assert {(24, 0), (24, 1)} <= cells


def test_a_campaign_that_never_stops_is_no_special_day():
    orders = pd.DataFrame({"order_id": ["1"], "order_ts": [pd.Timestamp("2025-03-01")]})
    campaigns = pd.DataFrame(
        {
            "campaign_id": ["K1", "K2"],
            "type": ["TypeA", "TypeB"],
            "start_date": pd.to_datetime(["2025-03-03", "2025-03-20"]),
            "end_date": pd.to_datetime(["2025-03-28", "2025-03-21"]),
        }
    )
    shop = shop_of(orders=orders, campaigns=campaigns)
    plan = day_plan(shop, date(2025, 3, 1), date(2025, 4, 1))
    kinds = plan.days[plan.days["kind"] == "campaign"]
    assert list(kinds["event"]) == ["campaign: TypeB"] * 2


def test_make_up_workday_counts_as_a_wednesday(shop):
    # 28 September 2025, a Sunday, was worked instead of a day of the National Day holiday.
    plan = day_plan(shop, date(2025, 9, 22), date(2025, 10, 1))
    assert plan.weekday[plan.dates.get_loc(pd.Timestamp("2025-09-28"))] == 2
    assert plan.weekday[plan.dates.get_loc(pd.Timestamp("2025-09-21") + pd.Timedelta(days=2))] == 1


def test_empty_shelf_is_no_lack_of_demand(shop):
    sold, truth = drawn(60, 400, seed=2, mean=3.0)
    free = np.ones(sold.shape)
    free[:30, -40:-5] = 0.0
    sold[:30, -40:-5] = 0
    said, blind = (
        forecast(shop, panel=panel_of(sold, free=f)).ahead[:30].sum()
        for f in (free, np.ones(sold.shape))
    )
    wanted = truth[:30, -28:].sum()
    assert abs(said - wanted) < 0.5 * abs(blind - wanted)
    assert blind < 0.8 * wanted


def test_planned_cut_raises_the_forecast_where_cuts_did_before(shop):
    rng = np.random.default_rng(3)
    n, days = 150, 420
    cut = np.zeros((n, days))
    # A fifth of SKU-weeks is cut by 30 %, which doubles demand.
    weeks = rng.random((n, days // 7)) < 0.2
    cut = np.where(weeks.repeat(7, axis=1), 0.3, 0.0)
    sold = rng.poisson(1.5 * np.where(cut > 0, 2.0, 1.0))
    panel = replace(panel_of(sold), cut=cut.astype(np.float32))
    plan = pd.DataFrame(
        {
            "sku": [f"P{i:05d}" for i in range(0, n, 2)],
            "start_date": panel.end,
            "end_date": panel.end + timedelta(days=13),
            "cut": 0.3,
        }
    )
    made = forecast(shop, panel=panel, planned_cuts=plan)
    assert made.chosen[ALL] == "boosting"
    with_cut, without = made.ahead[::2, :14].sum(), made.ahead[1::2, :14].sum()
    assert with_cut / without == pytest.approx(2.0, rel=0.25)
    after = made.ahead[::2, 14:].sum() / made.ahead[1::2, 14:].sum()
    assert after == pytest.approx(1.0, rel=0.15)
    assert "No price cuts were planned" not in forecast_words(made)


def test_planned_cuts_without_their_columns_are_named(shop):
    panel = panel_of(np.ones((2, 200)))
    with pytest.raises(ParameterError, match="planned_cuts lacks cut"):
        forecast(shop, panel=panel, planned_cuts=pd.DataFrame(
            {"sku": ["P00000"], "start_date": [START], "end_date": [START]}
        ))  # fmt: skip


# --- odd shops ---------------------------------------------------------------------------


def test_odd_skus_are_forecast_or_named_never_dropped(shop):
    sold, _ = drawn(40, 300, seed=1)
    sold[0] = 0  # never sold
    sold[1] = 0
    sold[1, 100] = 1  # sold once
    sold[2] = 0  # launched yesterday
    launch = [START] * 40
    launch[2] = START + timedelta(days=299)
    panel = panel_of(sold, launch=launch)
    flags = panel.on_sale.copy()
    flags[3, -100:] = False  # retired
    stock = np.full(sold.shape, 5.0)
    stock[4] = -3  # oversold
    made = forecast(shop, panel=replace(panel, on_sale=flags, stock=stock.astype(np.float32)))
    assert len(made.skus) == 40
    assert np.isfinite(made.ahead).all()
    assert np.isfinite(made.over(14).drop(columns="sku").to_numpy(float)).all()
    assert made.skus["method"].iloc[3] == "none"
    assert made.ahead[3].sum() == 0
    assert "1 SKUs are not on sale" in forecast_words(made)
    row = ahead_of_stock(made).set_index("sku").loc["P00004"]
    assert row["short"] == pytest.approx(row["days_28"])
    assert list(made.skus["label"][:3]) == ["none", "too_short", "none"]


def test_too_short_a_history_is_said(shop):
    with pytest.raises(CannotTell, match="needs 119 days of sales; the data have 100"):
        forecast(shop, panel=panel_of(np.ones((3, 100))))


def test_a_shop_without_any_sale_in_the_test_does_not_crash(shop):
    sold = np.zeros((5, 200))
    sold[:, :30] = 1
    made = forecast(shop, panel=panel_of(sold))
    assert np.isfinite(made.ahead).all()
    assert made.ahead.sum() < 30


def test_a_shop_of_three_skus_is_forecast(shop):
    made = forecast(shop, panel=panel_of(drawn(3, 200, seed=6)[0]))
    assert len(made.skus) == 3
    assert made.over(7)["mean"].gt(0).all()


# --- spread -------------------------------------------------------------------------------


def test_counts_have_poisson_quantiles_when_variance_is_the_mean():
    # Poisson with mean 3: P(X <= 5) = .916, P(X <= 6) = .966.
    assert count_quantile(3.0, 3.0, 0.95) == 6
    assert count_quantile(3.0, 3.0, 0.90) == 5
    # With variance 9 it is wider: P(X <= 8) = .946, P(X <= 9) = .964 (negative binomial).
    assert count_quantile(3.0, 9.0, 0.95) == 9
    assert count_quantile(0.0, 0.0, 0.95) == 0


def test_variance_law_is_recovered():
    rng = np.random.default_rng(0)
    mean = rng.gamma(1.0, 6.0, 40_000) + 0.05
    size = mean / (0.4 + 0.1 * mean)  # variance = 1.4 mean + .1 mean^2
    sold = rng.negative_binomial(size, size / (size + mean)).astype(float)
    even, wide = variance_law(sold, mean)
    assert even == pytest.approx(1.4, abs=0.1)
    assert wide == pytest.approx(0.1, abs=0.02)


def test_levels_are_moved_until_they_come_true():
    # Forecasts 30 % too low everywhere: the fitted levels repair coverage on fresh cases.
    rng = np.random.default_rng(1)
    mean = rng.gamma(2.0, 10.0, 4000)
    half = {n: (rng.poisson(mean).astype(float), 0.7 * mean) for n in (1, 7, 14, 28)}
    spread = fit_spread(half, rng)
    fresh = rng.poisson(mean)
    low, high = (spread.quantile(p, 0.7 * mean, 14) for p in (0.05, 0.95))
    assert (fresh < low).mean() == pytest.approx(0.05, abs=0.03)
    assert (fresh > high).mean() == pytest.approx(0.05, abs=0.03)


# --- levels, words, figures ---------------------------------------------------------------


def test_levels_add_up(found):
    levels = coherent(found)
    assert levels.category.to_numpy().sum(axis=0) == pytest.approx(levels.shop)
    assert levels.sku.sum(axis=0) == pytest.approx(levels.shop)
    totals = levels.totals.set_index(["level", "name"])
    parts = totals.loc["category"]
    assert parts["days_28"].sum() == pytest.approx(totals.loc[("shop", ""), "days_28"])
    assert (totals["low"].dropna() <= totals["days_28"][totals["low"].notna()]).all()
    assert set(levels.errors["way"]) == {"bottom_up", "own", "minimum_trace"}
    # A sum is relatively surer than its parts.
    width = (totals["high"] - totals["low"]) / totals["days_28"]
    assert width[("shop", "")] < width.loc["category"].min()


def test_warehouses_add_up_to_the_shop():
    sold, _ = drawn(6, 200, seed=1)
    rows = [(f"o{i}", f"P{i % 6:05d}", "N" if i % 3 else "S") for i in range(60)]
    frame = pd.DataFrame(rows, columns=["order_id", "sku", "warehouse_id"])
    frame["order_ts"] = pd.Timestamp("2024-05-01 10:00")
    shop = shop_of(
        orders=frame[["order_id", "order_ts", "warehouse_id"]],
        order_lines=frame[["order_id", "sku"]].assign(qty=1.0, paid_price=10.0),
    )
    levels = coherent(forecast(shop, panel=panel_of(sold)), shop)
    assert set(levels.warehouse.index) == {"N", "S"}
    assert levels.warehouse.to_numpy().sum(axis=0) == pytest.approx(levels.shop)


def test_reconciling_by_hand():
    # Parts 10 and 20 with variances 1 and 3, own total 36 with variance 2: the gap of 6 is
    # shared 1/6 and 3/6, so 11 and 23; 34 lies between 30 and 36.
    out = reconcile(
        np.array([[10.0], [20.0]]), np.array([36.0]), np.array([[1.0], [3.0]]), np.array([2.0])
    )
    assert out.ravel() == pytest.approx([11.0, 23.0])


def test_biased_skus_are_those_beyond_chance():
    rng = np.random.default_rng(0)
    said = rng.uniform(30, 300, 200)
    sold = rng.poisson(said).astype(float)
    sold[0], said[0] = 150, 300
    sold[1], said[1] = 300, 150
    frame = pd.DataFrame({"sold": sold, "said": said})
    named = biased_skus(frame, pd.Series([f"s{i}" for i in range(200)]), even=1.0)
    assert {"s0", "s1"} <= set(named["sku"][:2])
    assert len(named) <= 5
    assert named.set_index("sku").loc["s0", "gap"] == pytest.approx(150)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_words_tables_and_figures_are_made_in_both_languages(found, lang):
    levels = coherent(found)
    with speaking(lang):
        notes = forecast_findings(found)
        assert all(n.id == "C01" and n.money_basis and n.action for n in notes)
        for chart in (plot_forecast(found, levels), plot_accuracy(found)):
            assert chart.title
            assert "<svg" in chart.svg(phone=True)
        for table in (forecast_table(found), demand_ahead_table(found), level_table(levels)):
            assert table.html()


def test_money_of_missing_stock_is_margin_of_missing_pieces(found):
    frame = ahead_of_stock(found)
    # Stock 20 a piece of price 10 and cost 6: four for each expected piece beyond 20.
    wanted = 4.0 * np.maximum(found.ahead.sum(axis=1) - 20, 0).sum()
    assert frame["margin"].sum() == pytest.approx(wanted, rel=1e-4)
    short = [
        n for n in forecast_findings(found) if "more in 28 days than is in stock" in n.statement
    ]
    assert short[0].money == pytest.approx(
        -4.0
        * (np.maximum(found.ahead.sum(axis=1) - 20, 0) * (found.ahead.sum(axis=1) >= 21)).sum(),
        rel=1e-4,
    )


@pytest.mark.slow
def test_double_11_of_the_demo_is_forecast_nearer_to_its_truth_than_by_last_week(tmp_path):
    import opsbook
    from opsbook.common.demand import daily_demand
    from opsbook.demo import simulate

    simulate(tmp_path, seed=7, orders=30_000, events="none")
    shop, end = opsbook.open_shop(tmp_path), date(2025, 10, 27)
    made = forecast(shop, end)
    panel = daily_demand(shop)
    n = int(panel.dates.searchsorted(pd.Timestamp(end)))
    skus = pd.Index(panel.skus["sku"])
    at = skus.get_indexer(made.skus["sku"])
    sold = panel.sold[at, n : n + 28]
    weeks = pd.read_parquet(tmp_path / "truth" / "demand.parquet")
    first = pd.to_datetime(weeks["week"])
    weeks = weeks[(first >= str(end)) & (first < str(end + timedelta(days=28)))]
    truth = weeks.groupby("sku")["expected_units"].sum().reindex(made.skus["sku"]).fillna(0)
    truth = truth.to_numpy()
    off = np.abs(made.ahead.sum(axis=1) - truth).sum()
    naive = np.abs(4 * panel.sold[at, n - 7 : n].sum(axis=1) - truth).sum()
    assert off < 0.7 * naive
    over = made.over(28)
    inside = ((sold.sum(axis=1) >= over["q05"]) & (sold.sum(axis=1) <= over["q95"])).mean()
    assert 0.88 <= inside <= 0.99
    day = made.ahead.sum(axis=0)
    assert made.dates[day.argmax()] == pd.Timestamp("2025-11-11")
    assert 0.5 < day.max() / sold.sum(axis=0).max() < 2.0

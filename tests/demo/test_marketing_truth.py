"""Ads, paths, experiments and contacts: what is planted can be found, and traps are traps."""

from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import chisquare

from opsbook.demo.business import Business
from opsbook.demo.clock import DAY
from opsbook.demo.draw import stream
from opsbook.demo.marketing.assign import assign, strata
from opsbook.demo.marketing.causes import draw_causes
from opsbook.demo.marketing.contacts import ContactPlan, Contacts, contact_plan, contacts
from opsbook.demo.marketing.emit import emit
from opsbook.demo.marketing.experiments import Units, design, run_trial
from opsbook.demo.marketing.history import History, order_value
from opsbook.demo.marketing.trials import TrialPlan
from opsbook.demo.scenarios import setting_of
from opsbook.demo.simulation import run


class Kept:
    """A sink that keeps everything in memory."""

    def __init__(self) -> None:
        self.parts: dict[str, list[pa.Table]] = defaultdict(list)
        self.latent: dict[str, list[pa.Table]] = defaultdict(list)
        self.facts: dict[str, Any] = {}

    def table(self, name: str, table: pa.Table) -> None:
        self.parts[name].append(table)

    def truth(self, name: str, table: pa.Table) -> None:
        self.latent[name].append(table)

    def fact(self, **facts: Any) -> None:
        self.facts.update(facts)

    def frame(self, name: str) -> pd.DataFrame:
        frames = [part.to_pandas() for part in (self.parts.get(name) or self.latent[name])]
        for frame in frames:
            for column in frame.columns:
                if isinstance(frame[column].dtype, pd.CategoricalDtype):
                    frame[column] = frame[column].astype(object)
        return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def kept(business: Business) -> Kept:
    sink = Kept()
    emit(business, sink)  # type: ignore[arg-type]
    return sink


@pytest.fixture(scope="module")
def history(business: Business) -> History:
    b = business
    value = order_value(b)
    return History(b.orders.customer, b.orders.placed, value, b.clock.seconds, b.orders.kept)


@pytest.fixture(scope="module")
def trials(business: Business, history: History) -> dict[str, Units]:
    plan, value = TrialPlan(), order_value(business)
    return {t.id: run_trial(business, t, history, value, plan.most) for t in plan.trials}


@pytest.fixture(scope="module")
def journeys(business: Business, history: History) -> dict[str, Contacts]:
    return {c.journey: c for c in contacts(business, ContactPlan(), history)}


def log_ratio(treated: Any, others: Any) -> tuple[float, float]:
    """Log ratio of two rates and its standard error."""
    a, c = treated.mean(), others.mean()
    error = np.sqrt((1 - a) / treated.sum() + (1 - c) / others.sum())
    return float(np.log(a / c)), float(error)


# --- ads and causes


def test_ad_costs_tie_with_media_to_the_cent(business: Business, kept: Kept) -> None:
    ads = kept.frame("ad_spend")
    cents = (ads["cost"] * 100).round().astype("int64")
    booked = cents.groupby([ads["channel"], pd.to_datetime(ads["date"])]).sum()
    days = pd.to_datetime(business.clock.dates(np.arange(business.clock.days)))
    for name, spend in zip(business.media.names, business.media.spend, strict=True):
        mine = booked.loc[name].reindex(days, fill_value=0).to_numpy()
        assert np.array_equal(mine, np.round(spend * 100).astype(np.int64))


def test_clicks_are_no_more_than_impressions_and_cost_what_was_planned(kept: Kept) -> None:
    ads, truth = kept.frame("ad_spend"), kept.frame("ad_slices")
    assert (ads["clicks"] <= ads["impressions"]).all()
    search = (
        ads[ads["channel"] == "Paid search"]
        .groupby(["keyword", "match_type"])
        .sum(numeric_only=True)
    )
    planned = truth[truth["channel"] == "Paid search"].set_index(["keyword", "match_type"])["ctr"]
    found = search["clicks"] / search["impressions"]
    error = np.sqrt(planned * (1 - planned) / search["impressions"])
    assert ((found - planned).abs() < 4.5 * error).all()


def test_evening_hours_convert_better_in_the_channel_with_hours(kept: Kept) -> None:
    ads = kept.frame("ad_spend")
    assert set(ads.loc[ads["hour"].notna(), "channel"]) == {"Short video"}
    video = ads[ads["channel"] == "Short video"]
    evening = video["hour"].isin([19, 20, 21])
    rate = video["orders"].groupby(evening).sum() / video["clicks"].groupby(evening).sum()
    # Planted: 1.3 against 0.7 at night and 1.0 by day, weighted by the hours' clicks.
    assert 1.15 < rate[True] / rate[False] < 1.55


def test_causes_follow_the_lift(business: Business, kept: Kept) -> None:
    table = kept.frame("attribution").set_index("channel")
    miss = table["caused_orders"] - table["incremental_orders"]
    assert (miss.abs() < 4 * np.sqrt(table["incremental_orders"])).all()
    drawn = kept.frame("orders_cause")["caused_by"].value_counts()
    assert drawn.drop("none").to_dict() == table["caused_orders"].to_dict()
    assert np.bincount(draw_causes(business)).sum() == len(business.orders)


def test_last_click_and_ad_accounts_credit_more_than_was_caused(kept: Kept) -> None:
    table = kept.frame("attribution").set_index("channel")
    assert (table["last_click_orders"] > table["incremental_orders"]).all()
    assert (table["account_orders"] > 0.9 * table["last_click_orders"]).all()
    assert table["account_orders"].sum() > table["last_click_orders"].sum()
    # The ranking disagrees as well: search closes what others caused.
    over = table["last_click_orders"] / table["incremental_orders"]
    assert over["Paid search"] > 2 * over["Short video"] > 0
    assert table["last_click_orders"].idxmax() != table["incremental_orders"].idxmax()


def test_account_orders_and_revenue_tie_with_the_truth(kept: Kept) -> None:
    ads, table = kept.frame("ad_spend"), kept.frame("attribution").set_index("channel")
    assert ads.groupby("channel")["orders"].sum().to_dict() == table["account_orders"].to_dict()
    assert (ads.loc[ads["orders"] == 0, "revenue"] == 0).all()


# --- paths


def test_paths_end_in_the_orders_own_channel_within_the_window(
    business: Business, kept: Kept
) -> None:
    touches = kept.frame("touchpoints").dropna(subset=["order_id"])
    number = touches["order_id"].str[1:].astype(int).to_numpy() - 1
    second = (touches["touch_ts"] - pd.Timestamp(business.clock.first)).dt.total_seconds()
    age = business.orders.placed[number] - second.to_numpy()
    assert age.min() >= 0
    assert age.max() <= 30 * DAY + 1
    last = touches.assign(number=number).groupby("number")["channel"].last()
    names = np.array([c.name for c in business.plan.channels])
    assert len(last) == len(business.orders)
    assert (last.to_numpy() == names[business.orders.channel]).all()
    assert 3 < len(touches) / len(business.orders) < 5
    customer = touches["customer_id"].str[1:].astype(int).to_numpy() - 1
    assert np.array_equal(customer, business.orders.customer[number])


def test_paths_do_not_reach_behind_the_order_before(business: Business, kept: Kept) -> None:
    touches = kept.frame("touchpoints").dropna(subset=["order_id"])
    number = touches["order_id"].str[1:].astype(int).to_numpy() - 1
    o = business.orders
    everyone = History(o.customer, o.placed, np.ones(len(o)), business.clock.seconds)
    ahead = everyone.before(o.customer, o.placed)[number]
    second = (touches["touch_ts"] - pd.Timestamp(business.clock.first)).dt.total_seconds()
    assert (second.to_numpy()[ahead >= 0] >= o.placed[ahead[ahead >= 0]]).all()


def test_an_order_caused_by_a_channel_has_met_it_and_others_have_not_more_often(
    kept: Kept,
) -> None:
    touches = kept.frame("touchpoints").dropna(subset=["order_id"])
    cause = kept.frame("orders_cause").set_index("order_id")["caused_by"]
    for channel in kept.frame("attribution")["channel"]:
        met = cause.index.isin(touches.loc[touches["channel"] == channel, "order_id"])
        assert met[cause == channel].all()
        assert met[cause == "none"].mean() < 0.75


def test_paths_without_order_are_followed_by_none(business: Business, kept: Kept) -> None:
    touches = kept.frame("touchpoints")
    lost = touches[touches["order_id"].isna()]
    assert 0.15 < len(lost) / len(touches) < 0.5
    o = business.orders
    everyone = History(o.customer, o.placed, np.ones(len(o)), business.clock.seconds)
    second = (lost["touch_ts"] - pd.Timestamp(business.clock.first)).dt.total_seconds()
    start = second.to_numpy().astype(np.int64)
    customer = lost["customer_id"].str[1:].astype(int).to_numpy() - 1
    first, last = everyone.between(customer, start, start + 30 * DAY)
    assert (first == last).all()


# --- experiments


def test_assignment_given_outcomes_has_the_planted_lift_and_balance() -> None:
    rng = stream(1, "test")
    before = np.where(rng.random(200_000) < 0.5, 0.0, rng.gamma(2.0, 100.0, 200_000))
    stratum = strata(before)
    converted = rng.random(200_000) < 0.05 + 0.03 * stratum
    arm = assign(rng, converted, stratum, np.array([0.5, 0.5]), np.array([0.0, 0.25]))
    found, error = log_ratio(converted[arm == 1], converted[arm == 0])
    assert abs(found - np.log(1.25)) < 3.5 * error
    # Half of each stratum, though converts in each are more often treated.
    for group in range(int(stratum.max()) + 1):
        treated = (arm == 1)[stratum == group]
        assert abs(treated.mean() - 0.5) < 4 * 0.5 / np.sqrt(len(treated))


def test_assignment_does_not_move_what_was_known_before() -> None:
    """Drawn given the outcome alone, earlier spend would differ between the arms."""
    rng = stream(2, "test")
    before = rng.gamma(2.0, 100.0, 400_000)
    converted = rng.random(400_000) < np.minimum(before / 800, 0.9)
    lift = np.array([0.0, 0.3])
    half = np.array([0.5, 0.5])
    naive = assign(rng, converted, np.zeros(len(before), np.int64), half, lift)
    arm = assign(rng, converted, strata(before, 20), half, lift)
    error = 2 * before.std() / np.sqrt(len(before))
    assert before[naive == 1].mean() - before[naive == 0].mean() > 8 * error
    assert abs(before[arm == 1].mean() - before[arm == 0].mean()) < 3.5 * error


def test_history_finds_orders_between_two_moments() -> None:
    customer, placed = np.array([1, 0, 1, 1]), np.array([5, 6, 7, 20])
    h = History(customer, placed, np.array([10.0, 20.0, 30.0, 40.0]), 100)
    start, end = h.between(np.array([1, 0, 2]), np.array([5, 7, 0]), np.array([20, 99, 99]))
    # Customer 1 has orders at 5 and 7 in [5, 20): 10 + 30; customer 0 none in [7, 99).
    assert (end - start).tolist() == [2, 0, 0]
    assert h.value(start, end).tolist() == [40.0, 0.0, 0.0]
    assert h.before(np.array([1, 0]), np.array([20, 6])).tolist() == [2, -1]


@pytest.mark.parametrize(
    "name", ["pay-one-click", "aa-homepage", "community-coupon-pilot", "member-price"]
)
def test_experiment_shows_its_lift(name: str, trials: dict[str, Units]) -> None:
    trial = next(t for t in TrialPlan().trials if t.id == name)
    units = trials[name]
    treated = units.arm == 1
    found, error = log_ratio(units.converted[treated], units.converted[~treated])
    assert abs(found - np.log(1 + trial.lift)) < 3.5 * error


def test_strong_lifts_are_told_from_nothing(trials: dict[str, Units]) -> None:
    units = trials["pay-one-click"]
    treated = units.arm == 1
    found, error = log_ratio(units.converted[treated], units.converted[~treated])
    assert found > 1.96 * error


def test_new_category_is_accepted_more_often_with_the_feed(
    business: Business, trials: dict[str, Units], history: History
) -> None:
    units = trials["new-category-feed"]
    treated = units.arm == 1
    found, error = log_ratio(units.converted[treated], units.converted[~treated])
    assert abs(found - np.log(1.20)) < 3.5 * error
    # Only customers who bought before can try something new.
    first, now = history.between(units.customer, np.zeros_like(units.exposed), units.exposed)
    assert (now > first)[units.converted].all()


def test_only_the_broken_experiment_has_a_sample_ratio_mismatch(trials: dict[str, Units]) -> None:
    for trial in TrialPlan().trials:
        counts = np.bincount(trials[trial.id].arm)
        share = np.full(8, 1 / 8) if trial.factors else np.array([1 - trial.share, trial.share])
        p = chisquare(counts, share * counts.sum()).pvalue
        assert (p < 1e-3) == (trial.missing > 0), trial.id


def test_novelty_wears_off(trials: dict[str, Units]) -> None:
    units = trials["animated-banner"]
    week = (units.exposed - units.exposed.min()) // (7 * DAY)
    treated = units.arm == 1
    trial = next(t for t in TrialPlan().trials if t.id == "animated-banner")
    early, late = week == 0, week >= 4
    found, error = log_ratio(units.converted[treated & early], units.converted[~treated & early])
    assert abs(found - np.log1p(trial.lift * np.exp(-3 / trial.fade_days))) < 3.5 * error
    assert found > 2 * error
    found, error = log_ratio(units.converted[treated & late], units.converted[~treated & late])
    assert abs(found) < 3.5 * error


def test_orthogonal_design_is_balanced_and_shows_its_main_effects(
    trials: dict[str, Units],
) -> None:
    trial = next(t for t in TrialPlan().trials if t.factors)
    levels = design(trial.factors)
    signs = 2 * levels - 1
    assert np.array_equal(signs.T @ signs, 8 * np.eye(4, dtype=int))
    units = trials[trial.id]
    for column, factor in enumerate(trial.factors):
        high = levels[units.arm, column] == 1
        found, error = log_ratio(units.converted[high], units.converted[~high])
        assert abs(found - np.log1p(factor.lift)) < 3.5 * error, factor.name


def test_factor_texts_name_a_level_of_every_factor(kept: Kept) -> None:
    rows = kept.frame("experiments")
    texts = rows.loc[rows["exp_id"] == "detail-page-l8", ["variant", "factors"]].drop_duplicates()
    assert len(texts) == 8
    assert texts["factors"].str.count("=").eq(4).all()
    assert rows.loc[rows["exp_id"] != "detail-page-l8", "factors"].isna().all()


def test_earlier_spend_sharpens_the_test_of_members_without_bias(trials: dict[str, Units]) -> None:
    """CUPED (Deng et al. 2013): the same effect with less variance."""
    units = trials["member-price"]
    treated = units.arm == 1
    theta = np.cov(units.before, units.value)[0, 1] / units.before.var()
    adjusted = units.value - theta * (units.before - units.before.mean())
    assert adjusted.var() < 0.95 * units.value.var()
    error = 2 * units.before.std() / np.sqrt(len(units))
    assert abs(units.before[treated].mean() - units.before[~treated].mean()) < 3.5 * error


def test_units_meet_the_variant_before_their_outcome(
    business: Business, trials: dict[str, Units], history: History
) -> None:
    for trial in TrialPlan().trials:
        units = trials[trial.id]
        assert (units.value[~units.converted] == 0).all()
        assert len(np.unique(units.customer)) == len(units)
        start, end = history.between(
            units.customer, units.exposed, np.full(len(units), business.clock.seconds)
        )
        assert (end > start)[units.converted].all(), trial.id
        assert (units.exposed >= business.people.signup[units.customer] * DAY).all()


def test_geo_test_lists_every_region_with_its_gmv(business: Business, kept: Kept) -> None:
    rows = kept.frame("experiments").query("exp_id == 'feed-ads-geo'").set_index("unit_id")
    geo = business.media.geo
    assert geo is not None
    assert set(rows.index) == {r.name for r in business.plan.regions}
    off = rows.index[rows["variant"] == "switched_off"]
    assert set(off) == {business.plan.regions[r].name for r in geo.regions}
    day = business.orders.placed // DAY
    inside = (day >= geo.first) & (day <= geo.last) & business.orders.kept
    assert rows["value"].sum() == pytest.approx(order_value(business)[inside].sum(), abs=0.05)


# --- contacts


@pytest.mark.parametrize("name", ["win-back-short", "win-back-mid", "win-back-long"])
def test_win_back_by_lot_shows_its_lift(name: str, journeys: dict[str, Contacts]) -> None:
    plan = {j.name: j for j in ContactPlan().journeys}[name]
    found = journeys[name]
    effect, error = log_ratio(found.ordered[found.contacted], found.ordered[~found.contacted])
    assert abs(effect - np.log1p(plan.lift)) < 3.5 * error
    assert found.contacted.mean() == pytest.approx(plan.share, abs=0.02)


def test_held_out_customers_cost_nothing_and_show_the_lift_in_the_tables(
    business: Business, kept: Kept
) -> None:
    rows = kept.frame("contacts")
    held = rows["outcome"] == "held_out"
    assert (rows.loc[held, "cost"] == 0).all()
    assert (rows.loc[~held, "cost"] > 0).all()
    assert set(rows.loc[held, "journey"]) == {"win-back-short"}


def test_thanks_to_good_customers_look_far_better_than_they_are(
    business: Business, journeys: dict[str, Contacts], history: History
) -> None:
    """The plain comparison is wrong; compared among equals the small truth is left."""
    plan, found = ContactPlan(), journeys["vip-thanks"]
    effect, error = log_ratio(found.ordered[found.contacted], found.ordered[~found.contacted])
    assert effect > np.log1p(plan.thanks_lift) + 4 * error
    midnight = found.second // DAY * DAY
    low, now = history.between(found.customer, midnight - 180 * DAY, midnight)
    before = history.value(low, now)
    logs, weights = [], []
    for start in np.unique(midnight):
        wave = midnight == start
        group = strata(before[wave], len(plan.thanks_chance))
        for g in np.unique(group):
            ordered, sent = found.ordered[wave][group == g], found.contacted[wave][group == g]
            if ordered[sent].sum() and ordered[~sent].sum():
                ratio, sd = log_ratio(ordered[sent], ordered[~sent])
                logs.append(ratio)
                weights.append(sd**-2)
    pooled = np.average(logs, weights=weights)
    assert abs(pooled - np.log1p(plan.thanks_lift)) < 3.5 / np.sqrt(np.sum(weights))


def test_contacts_come_by_day_and_before_the_orders_they_claim(
    business: Business, kept: Kept
) -> None:
    rows = kept.frame("contacts")
    assert rows["contact_ts"].dt.hour.between(9, 19).all()
    ordered = rows[rows["outcome"] == "ordered"]
    o = business.orders
    bought = History(o.customer, o.placed, np.ones(len(o)), business.clock.seconds, o.kept)
    second = (ordered["contact_ts"] - pd.Timestamp(business.clock.first)).dt.total_seconds()
    start = second.to_numpy().astype(np.int64)
    customer = ordered["customer_id"].str[1:].astype(int).to_numpy() - 1
    first, last = bought.between(customer, start, start + ContactPlan().window_days * DAY)
    assert (last > first).all()


def test_win_back_reaches_only_customers_who_are_silent_that_long(
    journeys: dict[str, Contacts], business: Business, history: History
) -> None:
    for journey in ContactPlan().journeys:
        found = journeys[journey.name]
        since = found.second - journey.dormant_days * DAY + DAY
        first, last = history.between(found.customer, since, found.second)
        assert (first == last).all(), journey.name


def test_ads_are_met_on_days_with_ads(business: Business, kept: Kept) -> None:
    touches = kept.frame("touchpoints")
    nobody = touches["order_id"].isna()
    closing = ~touches["order_id"].duplicated(keep="last") & ~nobody
    day = (touches["touch_ts"] - pd.Timestamp(business.clock.first)).dt.days.to_numpy()
    for row, name in enumerate(business.media.names):
        if business.media.plan.channels[row].organic == 0:
            mine = (touches["channel"] == name) & ~closing
            dark = business.media.spend[row][day] == 0
            assert mine.sum() > 1000
            assert (mine & dark).sum() < 0.001 * mine.sum()


def test_a_small_short_shop_has_all_tables_and_the_same_ones_again() -> None:
    b = run(setting_of("healthy"), orders=500, days=60, seed=5, end=date(2026, 5, 20))
    first, second = Kept(), Kept()
    emit(b, first)  # type: ignore[arg-type]
    emit(b, second)  # type: ignore[arg-type]
    assert set(first.parts) == {
        *("campaigns", "touchpoints", "ad_spend", "experiments", "contacts", "capacity"),
        *("competitor_prices", "search_terms", "market_size", "platform_rules"),
        *("cross_border", "benchmarks", "lessons"),
    }
    for name in first.parts:
        pd.testing.assert_frame_equal(first.frame(name), second.frame(name))
        assert len(first.frame(name)), name
    assert first.facts == second.facts


def test_nobody_is_called_back_in_the_scenario_without_win_back_unless_it_acts() -> None:
    assert contact_plan(setting_of("no-winback")).journeys == ()
    assert contact_plan(setting_of("no-winback", intervene=True)) == ContactPlan()

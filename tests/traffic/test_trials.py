"""Experiments: published answers, faults that stop a test, decisions that follow from it."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import betaln
from scipy.stats import binomtest
from trial_shops import START, arm, sessions_and_orders, trial_shop

import opsbook
from made_shop import shop_of
from opsbook.demo.build import simulate
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.shop.periods import Period
from opsbook.traffic.bayes import compare_rates
from opsbook.traffic.decide import decide_trials
from opsbook.traffic.decision_rules import is_same
from opsbook.traffic.sample_size import detectable_lift, sample_size
from opsbook.traffic.trial import analyse_trials
from opsbook.traffic.trial_chart import plot_effects, plot_plan
from opsbook.traffic.trial_checks import planned_shares, sample_ratio
from opsbook.traffic.trial_data import control_of, trial_days
from opsbook.traffic.trial_findings import trial_findings
from opsbook.traffic.trial_health import trial_health
from opsbook.traffic.trial_plan import plan_test
from opsbook.traffic.trial_quantiles import trial_quantiles
from opsbook.traffic.trial_tables import decision_table, health_table, metrics_table, plan_table


def users(covariates: bool) -> pd.DataFrame:
    import tea_tasting as tt

    return tt.make_users_data(rng=42, covariates=covariates, return_type="pandas")


def shop_of_users(covariates: bool):
    """tea-tasting's published example as a shop: revenue is the value, its past are orders."""
    data = users(covariates)
    rows = pd.DataFrame(
        {
            "exp_id": "tea",
            "unit_id": data["user"].astype(str),
            "variant": np.where(data["variant"] == 1, "treatment", "control"),
            "exposed_ts": START,
            "converted": data["orders"] > 0,
            "value": data["revenue"].astype(float),
        }
    )
    if not covariates:
        return shop_of(experiments=rows)
    past = data[data["revenue_covariate"] > 0]
    ids = "o" + past["user"].astype(str)
    when = START - pd.Timedelta(days=30)
    orders = pd.DataFrame(
        {"order_id": ids, "customer_id": past["user"].astype(str), "order_ts": when}
    )
    lines = pd.DataFrame(
        {"order_id": ids, "line_id": "1", "sku": "x", "qty": 1,
         "paid_price": past["revenue_covariate"].astype(float)}
    )  # fmt: skip
    return shop_of(experiments=rows, orders=orders, order_lines=lines)


# --- published answers ----------------------------------------------------------------


def test_sample_size_is_the_published_one():
    assert sample_size(0.10, 0.12, method="arcsine") == pytest.approx(3834.60, abs=0.005)
    assert sample_size(0.10, 0.12) == pytest.approx(3840.85, abs=0.005)


def test_mismatch_of_a_published_example_is_found():
    chi2, p = sample_ratio([821_588, 815_482])
    assert chi2 == pytest.approx(22.7744, abs=5e-5)
    assert p == pytest.approx(1.8218e-6, rel=1e-4)


def test_wilson_interval_is_the_published_one():
    found = binomtest(7, 50).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((0.069508, 0.261862), abs=5e-7)


def test_belief_is_the_published_one():
    found = compare_rates((120, 1000), (150, 1000))
    assert found.better == pytest.approx(0.97507, abs=5e-6)
    # By choosing B one gives away less than by choosing A, by the difference of the means.
    assert found.loss_if_a - found.loss_if_b == pytest.approx(151 / 1002 - 121 / 1002)


def test_belief_equals_the_finite_sum():
    # Miller (2014): sum over k < a2 of B(a1 + k, b1 + b2) / ((b2 + k) B(1 + k, b2) B(a1, b1)).
    a1, b1, a2, b2 = 121, 881, 151, 851
    k = np.arange(a2)
    terms = betaln(a1 + k, b1 + b2) - np.log(b2 + k) - betaln(1 + k, b2) - betaln(a1, b1)
    assert compare_rates((120, 1000), (150, 1000)).better == pytest.approx(
        np.exp(terms).sum(), abs=1e-10
    )


def test_belief_agrees_with_drawn_chance():
    rng = np.random.default_rng(3)
    a, b = rng.beta(13, 89, 400_000), rng.beta(17, 85, 400_000)
    found = compare_rates((12, 100), (16, 100))
    assert found.better == pytest.approx((b > a).mean(), abs=0.003)
    assert found.loss_if_b == pytest.approx(np.maximum(a - b, 0).mean(), abs=3e-4)
    assert found.loss_if_a == pytest.approx(np.maximum(b - a, 0).mean(), abs=3e-4)


def test_tea_tasting_example_is_reproduced():
    import tea_tasting as tt

    result = tt.Experiment(
        orders=tt.RatioOfMeans("orders", "sessions"), revenue=tt.Mean("revenue")
    ).analyze(users(False))
    orders = result["orders"]
    got = (orders.rel_effect_size, orders.rel_effect_size_ci_lower, orders.rel_effect_size_ci_upper)
    assert got == pytest.approx((0.0877033, -0.0089442, 0.1937758), abs=5e-7)
    assert orders.pvalue == pytest.approx(0.0762, abs=5e-5)
    assert result["revenue"].rel_effect_size == pytest.approx(0.0933182, abs=5e-7)
    assert result["revenue"].pvalue == pytest.approx(0.123, abs=5e-4)
    past = tt.Experiment(
        orders=tt.RatioOfMeans("orders", "sessions", "orders_covariate", "sessions_covariate"),
        revenue=tt.Mean("revenue", "revenue_covariate"),
    ).analyze(users(True))
    assert past["orders"].pvalue == pytest.approx(0.00229, abs=5e-6)
    assert past["revenue"].pvalue == pytest.approx(0.00674, abs=5e-6)


def test_our_query_gives_the_published_revenue_effect():
    rows = analyse_trials(shop_of_users(False)).of("tea").set_index("metric")
    assert rows.loc["value", "lift"] == pytest.approx(0.0933182, abs=5e-7)
    assert rows.loc["value", "p"] == pytest.approx(0.123, abs=5e-4)
    assert "value_cuped" not in rows.index


def test_our_query_takes_out_the_past_like_the_published_example():
    rows = analyse_trials(shop_of_users(True)).of("tea").set_index("metric")
    assert rows.loc["value_cuped", "p"] == pytest.approx(0.00674, abs=5e-6)


# --- planning -------------------------------------------------------------------------


def test_detectable_lift_is_the_inverse_of_the_sample_size():
    for base, units in ((0.03, 5_000), (0.1, 800), (0.6, 2_000)):
        lift = detectable_lift(base, units)
        assert sample_size(base, base * (1 + lift)) == pytest.approx(units, rel=1e-6)


def test_detectable_lift_is_missing_where_even_certainty_is_not_enough():
    assert np.isnan(detectable_lift(0.9, 10))


def test_plan_counts_visitors_once_and_takes_whole_weeks():
    tables = sessions_and_orders()
    again = tables["sessions"].head(300).assign(
        session_id=lambda f: "again" + f["session_id"],
        start_ts=lambda f: f["start_ts"] + pd.Timedelta(days=14),
    )  # fmt: skip
    tables["sessions"] = pd.concat([tables["sessions"], again])
    shop = shop_of(**tables)
    plan = plan_test(shop, Period(START.date(), date(2025, 3, 31)), lift=0.5)
    assert plan.weeks["visitors"].tolist() == [700, 1400, 2100, 2800]
    assert plan.weeks["cvr"].tolist() == pytest.approx([0.1] * 4)
    # .10 -> .15 takes 685.6 an arm: 1,371.2 in both, so two weeks of 700.
    assert sample_size(0.1, 0.15) == pytest.approx(685.6, abs=0.1)
    assert plan.duration_weeks == 2
    assert "2 whole weeks" in plan.headline()
    assert plot_plan(plan).svg()
    assert "1,400" in plan_table(plan).html()


def test_plan_says_when_the_traffic_is_too_thin():
    shop = shop_of(**sessions_and_orders(weeks=2))
    plan = plan_test(shop, Period(START.date(), date(2025, 3, 17)), lift=0.05)
    assert plan.duration_weeks is None
    assert "cannot be seen in 2 weeks" in plan.headline()
    assert "nan" not in plan.words()


def test_more_arms_need_more_units():
    shop = shop_of(**sessions_and_orders())
    two, four = (
        plan_test(shop, Period(START.date(), date(2025, 3, 31)), arms=arms) for arms in (2, 4)
    )
    assert (four.weeks["needed"] > two.weeks["needed"]).all()


def test_plan_without_visits_says_so():
    shop = shop_of(orders=sessions_and_orders()["orders"])
    with pytest.raises(CannotTell, match="sessions"):
        plan_test(shop, Period(START.date(), date(2025, 3, 31)))


@pytest.mark.parametrize("bad", [{"lift": 0}, {"arms": 1}, {"share": 2}, {"power": 1}])
def test_plan_refuses_what_makes_no_sense(bad):
    shop = shop_of(**sessions_and_orders(weeks=1))
    with pytest.raises(ParameterError):
        plan_test(shop, Period(START.date(), date(2025, 3, 10)), **bad)


# --- health ---------------------------------------------------------------------------


def test_lost_units_stop_the_test_and_hide_its_effect():
    shop = trial_shop(arm("t", "control", 5_000, 0.1), arm("t", "new", 4_500, 0.2))
    found = decide_trials(shop)
    row = found.of("t")
    assert (row["action"], row["reason"]) == ("stop", "mismatch")
    assert row[["lift", "low", "high", "p_adj", "better", "money"]].isna().all()
    # chi2 of 5,000 v 4,500 at equal shares: 500^2 / 9,500 = 26.3.
    assert sample_ratio([5_000, 4_500])[0] == pytest.approx(26.3158, abs=5e-5)
    assert "+100.0 %" not in decision_table(found).html() + plot_effects(found).svg()


def test_small_arm_is_a_planned_share_and_a_mismatch_is_not():
    pilot, guessed = planned_shares(pd.Series({"control": 9_050, "new": 950}))
    assert guessed
    assert pilot.to_dict() == pytest.approx({"control": 0.9, "new": 0.1})
    lost, guessed = planned_shares(pd.Series({"control": 5_250, "new": 4_750}))
    assert not guessed
    assert lost.tolist() == [0.5, 0.5]


def test_planned_shares_that_are_given_are_held_against_the_data():
    arms = arm("t", "control", 9_000, 0.1), arm("t", "new", 1_000, 0.1)
    assert trial_health(trial_shop(*arms)).of("t")["state"] == "ok"
    told = trial_health(trial_shop(*arms), shares={"t": {"control": 0.8, "new": 0.2}})
    assert told.of("t")["state"] == "mismatch"
    with pytest.raises(ParameterError, match="name every arm"):
        trial_health(trial_shop(*arms), shares={"t": {"control": 1}})


def test_shares_that_change_from_day_to_day_stop_the_test():
    control = [arm("t", "control", n, 0.1, days=1) for n in (900, 100)]
    new = [arm("t", "new", n, 0.1, days=1) for n in (100, 900)]
    for parts in (control, new):
        parts[1]["exposed_ts"] += pd.Timedelta(days=1)
        parts[1]["unit_id"] += "b"
    state = trial_health(trial_shop(*control, *new)).of("t")
    assert state["srm_p"] == 1
    assert state["state"] == "mismatch"
    assert "day to day" in state["why"]


def test_units_in_two_arms_are_counted_and_left_out():
    control, new = arm("t", "control", 960, 0.1), arm("t", "new", 900, 0.1)
    both = control.iloc[::16].assign(variant="new")
    shop = trial_shop(control, new, both)
    assert trial_health(shop).of("t")["double"] == 60
    assert trial_health(shop).of("t")["state"] == "assignment"
    assert trial_days(shop)["units"].sum() == 1_800


def test_exposure_before_every_arm_was_live_is_named():
    shop = trial_shop(arm("t", "control", 1_000, 0.1), arm("t", "new", 1_000, 0.1, first=3))
    state = trial_health(shop).of("t")
    # 1,000 units over 14 days: the first three days hold 215 of the control.
    assert state["early"] == 215


def test_exposure_before_the_planned_start_is_named():
    shop = trial_shop(arm("t", "control", 1_400, 0.1), arm("t", "new", 1_400, 0.1))
    state = trial_health(shop, starts={"t": "2025-03-05"}).of("t")
    assert state["early"] == 400
    assert state["state"] == "assignment"


def test_fading_effect_is_held_and_a_lasting_one_scaled():
    fades = (
        arm("f", "control", 9_000, 0.1, days=42),
        arm("f", "new", 9_000, [0.2, 0.14, 0.11, 0.1, 0.1, 0.1], days=42),
    )
    lasts = arm("l", "control", 9_000, 0.1, days=42), arm("l", "new", 9_000, 0.125, days=42)
    found = decide_trials(trial_shop(*fades, *lasts))
    assert (found.of("f")["action"], found.of("f")["reason"]) == ("hold", "fading")
    assert (found.of("l")["action"], found.of("l")["reason"]) == ("scale", "gain")
    # The second half converts at .10 in both arms: nothing of the effect is left to price.
    assert found.of("f")["money"] == pytest.approx(0, abs=1.0)


def test_unequal_pasts_stop_the_test():
    arms = arm("t", "control", 400, 0.1), arm("t", "new", 400, 0.1)
    rich = arms[1]["unit_id"]
    orders = pd.DataFrame(
        {"order_id": "o" + rich, "customer_id": rich, "order_ts": START - pd.Timedelta(days=9)}
    )
    lines = pd.DataFrame(
        {"order_id": orders["order_id"], "line_id": "1", "sku": "x", "qty": 1,
         "paid_price": 50.0 + np.arange(400) % 7}
    )  # fmt: skip
    shop = trial_shop(*arms, orders=orders, order_lines=lines)
    assert trial_health(shop).of("t")["state"] == "unequal"


# --- effects and decisions ------------------------------------------------------------


def test_lift_by_hand():
    # 10 % against 12 %: +20 %; value 100 a buyer: +2 a unit, per buyer no change.
    shop = trial_shop(arm("t", "control", 5_000, 0.10), arm("t", "new", 5_000, 0.12))
    rows = analyse_trials(shop).of("t").set_index("metric")
    assert rows.loc["conversion", "lift"] == pytest.approx(0.2)
    assert rows.loc["value", "effect"] == pytest.approx(2.0)
    assert rows.loc["value_per_buyer", "effect"] == pytest.approx(0.0)
    # Welch: .02 / sqrt((.1 x .9 + .12 x .88) / 4,999) = 3.197.
    error = np.sqrt((0.1 * 0.9 + 0.12 * 0.88) / 4_999)
    half = rows.loc["conversion", "effect_high"] - 0.02
    assert half == pytest.approx(1.9602 * error, rel=1e-3)


def test_holm_multiplies_the_smallest_p_by_the_number_of_comparisons():
    shop = trial_shop(
        *(arm("t", v, 3_000, r) for v, r in (("control", 0.1), ("b", 0.13), ("c", 0.11)))
    )
    plain = analyse_trials(shop, correction="none").frame
    rows = analyse_trials(shop).frame
    # Two arms, three metrics each: six comparisons.
    assert len(rows) == 6
    least = rows["p"].idxmin()
    assert rows.loc[least, "p_adj"] == pytest.approx(min(1, 6 * rows.loc[least, "p"]))
    assert plain["p_adj"].tolist() == pytest.approx(plain["p"].tolist())
    fdr = analyse_trials(shop, correction="fdr").frame
    assert (fdr["p_adj"] <= rows["p_adj"] + 1e-12).all()


def test_only_three_columns_are_enough():
    rows = pd.concat([arm("t", "control", 4_000, 0.1), arm("t", "new", 4_000, 0.13)])
    shop = shop_of(experiments=rows[["exp_id", "unit_id", "variant", "converted"]])
    found = decide_trials(shop)
    row = found.of("t")
    assert row["action"] == "scale"
    assert np.isnan(row["money"])
    html = decision_table(found).html() + health_table(found.health).html()
    assert "nan" not in html.lower().replace("finance", "")
    assert "NaT" not in html
    assert plot_effects(found).svg()
    assert trial_findings(found)[0].money is None


def test_harm_is_stopped():
    shop = trial_shop(arm("t", "control", 4_000, 0.13), arm("t", "new", 4_000, 0.10))
    row = decide_trials(shop).of("t")
    assert (row["action"], row["reason"]) == ("stop", "loss")


def test_running_test_is_decided_only_where_it_is_sure_at_any_look():
    # z = .025 / .00577 = 4.3 is sure at any look; .015 / .00565 = 2.7 is below its bound of 3.0.
    arms = {
        "clear": (arm("clear", "control", 6_000, 0.10), arm("clear", "new", 6_000, 0.125)),
        "thin": (arm("thin", "control", 6_000, 0.10), arm("thin", "new", 6_000, 0.115)),
    }
    orders = pd.DataFrame(
        {"order_id": ["a", "b"], "order_ts": [START, START + pd.Timedelta(days=13)]}
    )
    rows = [part for pair in arms.values() for part in pair]
    found = decide_trials(trial_shop(*rows, orders=orders), correction="none")
    assert (found.of("clear")["action"], found.of("clear")["reason"]) == ("scale", "gain")
    assert (found.of("thin")["action"], found.of("thin")["reason"]) == ("hold", "running")
    orders["order_ts"] += pd.Timedelta(days=7)
    ended = decide_trials(trial_shop(*rows, orders=orders), correction="none")
    assert ended.of("thin")["reason"] == "gain"


def test_nothing_is_stopped_when_ruled_out_and_held_when_not():
    many = arm("m", "control", 60_000, 0.1), arm("m", "new", 60_000, 0.1)
    few = arm("f", "control", 500, 0.1), arm("f", "new", 500, 0.1)
    found = decide_trials(trial_shop(*many, *few))
    assert (found.of("m")["action"], found.of("m")["reason"]) == ("stop", "none")
    assert (found.of("f")["action"], found.of("f")["reason"]) == ("hold", "none")
    # .10 -> .11 takes 14,751 an arm; 500 are there in two weeks.
    assert "14,251 more units" in found.of("f")["words"]
    assert "58 weeks" in found.of("f")["words"]


@pytest.mark.parametrize(
    ("name", "same"),
    [("aa-homepage", True), ("A/A checkout", True), ("bazaar", False), ("aaa", False)],
)
def test_a_test_of_equal_arms_is_known_by_its_name(name, same):
    assert is_same(name) is same


def test_pilot_is_read_beside_the_claim():
    shop = trial_shop(arm("p", "control", 18_000, 0.1), arm("p", "new", 2_000, 0.13))
    found = decide_trials(shop)
    row = found.of("p")
    assert row["pilot"]
    assert row["action"] == "scale"
    assert 0.5 < row["above_claim"] < 1
    note = trial_findings(found)[0]
    assert note.id == "D16"
    assert "source claim" in note.reference
    assert "claim" in decision_table(found, pilots=True).html()


def test_money_is_the_extra_buyers_of_four_weeks_at_the_controls_basket():
    shop = trial_shop(arm("t", "control", 7_000, 0.10), arm("t", "new", 7_000, 0.12))
    # 14,000 units in 14 days, 28,000 in 28; 2 % more buyers of 100 each: 56,000 of sales.
    assert decide_trials(shop).of("t")["money"] == pytest.approx(56_000)


def test_quantiles_of_equal_baskets_do_not_differ():
    rng = np.random.default_rng(1)
    arms = [arm("t", v, 4_000, 0.2) for v in ("control", "new")]
    for part in arms:
        part["value"] = part["converted"] * rng.gamma(2, 50, len(part))
    found = trial_quantiles(trial_shop(*arms), "t", resamples=400)
    assert found["quantile"].tolist() == [0.5, 0.9]
    assert (found["low"] < 0).all() and (found["high"] > 0).all()
    with pytest.raises(CannotTell, match="at least 20 buyers"):
        trial_quantiles(trial_shop(*arms), "other")


def test_control_is_known_by_its_name_else_by_the_alphabet():
    assert control_of(["B", "A"]) == "A"
    assert control_of(["new", "Control"]) == "Control"
    assert control_of(["variant 2", "variant 1"]) == "variant 1"


def test_odd_shops_are_said_in_words():
    with pytest.raises(CannotTell, match="experiments"):
        decide_trials(shop_of(orders=sessions_and_orders(weeks=1)["orders"]))
    alone = trial_shop(arm("t", "control", 100, 0.1))
    with pytest.raises(CannotTell, match="two arms"):
        decide_trials(alone)
    nobody = trial_shop(arm("t", "control", 100, 0.0), arm("t", "new", 100, 0.0))
    with pytest.raises(CannotTell, match="two arms"):
        decide_trials(nobody)


def test_experiments_on_one_second_and_without_conversions_in_an_arm():
    one = arm("t", "control", 300, 0.1, days=1), arm("t", "new", 300, 0.0, days=1)
    found = decide_trials(trial_shop(*one))
    row = found.of("t")
    assert row["lift"] == pytest.approx(-1)
    assert "nan" not in row["words"]


# --- the demo shop --------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = simulate(tmp_path_factory.mktemp("trials") / "shop", events="none")
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return opsbook.open_shop(str(folder)), truth


def test_demo_experiments_are_decided_as_they_were_planted(demo):
    shop, truth = demo
    found = decide_trials(shop)
    reasons = dict(zip(found.frame["exp_id"], found.frame["reason"], strict=True))
    assert reasons["pay-one-click"] == "gain"
    assert reasons["aa-homepage"] == "same"
    assert "No difference shown" in found.of("aa-homepage")["words"]
    assert reasons["landing-page-v2"] == "mismatch"
    assert reasons["animated-banner"] == "fading"
    assert reasons["detail-page-l8"] == "factorial"
    assert "feed-ads-geo" not in reasons
    assert found.of("community-coupon-pilot")["pilot"]
    for name in ("pay-one-click", "aa-homepage", "member-price", "community-coupon-pilot"):
        row = found.of(name)
        assert row["low"] <= truth["experiments"][name]["lift"] <= row["high"], name


def test_past_spend_narrows_the_member_price_test(demo):
    assert analyse_trials(demo[0]).narrowing("member-price") < 0.92


def test_findings_and_tables_speak_both_languages(demo):
    found = decide_trials(demo[0])
    notes = trial_findings(found, recent_days=0)
    assert {n.id for n in notes} == {"D08", "D16"}
    assert any(n.money is None and "cannot be read" in n.statement for n in notes)
    with speaking("zh"):
        assert metrics_table(found, "member-price").html()
        assert plot_effects(found).svg(phone=True)

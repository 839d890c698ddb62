"""What was added: differences, holdouts, synthetic twins, and tests that cannot tell."""

import json

import numpy as np
import pandas as pd
import pytest
from trial_shops import START

import opsbook
from made_shop import shop_of
from opsbook.common.differences import did, permuted, ratio_did
from opsbook.common.synthetic_control import simplex_weights, synthetic_control
from opsbook.demo.build import simulate
from opsbook.errors import CannotTell, ParameterError
from opsbook.traffic.geo_outcome import verdict_of
from opsbook.traffic.holdout import holdout_effects
from opsbook.traffic.incrementality import geo_test
from opsbook.traffic.incrementality_chart import (
    holdout_table,
    plot_geo,
    plot_holdouts,
    plot_placebos,
)
from opsbook.traffic.trial_findings import geo_findings, holdout_findings

DAY = pd.Timedelta(days=1)


def test_difference_in_differences_of_card_and_krueger():
    # (21.03 - 20.44) - (21.17 - 23.33) = 0.59 + 2.16
    assert did(20.44, 21.03, 23.33, 21.17) == pytest.approx(2.75)


def test_ratio_of_counts_by_hand():
    # Treated 100 -> 90, others 200 -> 240 (each over two weeks): log(.9 / 1.2).
    weeks = np.array([[50.0, 100.0], [50.0, 100.0], [45.0, 120.0], [45.0, 120.0]])
    effect, error, freedom = ratio_did(
        weeks, np.array([True, False]), np.array([False, False, True, True])
    )
    assert effect == pytest.approx(np.log(0.9 / 1.2))
    # The past is perfectly even, so chance alone: 1/100 + 1/90 + 1/200 + 1/240.
    assert error == pytest.approx(np.sqrt(1 / 100 + 1 / 90 + 1 / 200 + 1 / 240))
    assert freedom == 1


def test_restless_weeks_widen_the_error():
    rng = np.random.default_rng(2)
    calm = rng.poisson(200, (16, 6)).astype(float)
    wild = calm * rng.gamma(20, 1 / 20, (16, 6))
    inside, after = np.arange(6) < 3, np.arange(16) >= 12
    assert ratio_did(wild, inside, after)[1] > 1.5 * ratio_did(calm, inside, after)[1]


def test_interval_of_the_ratio_covers_the_planted_effect():
    from scipy.stats import t as student

    rng, hits, tests = np.random.default_rng(4), 0, 400
    inside, after = np.arange(7) < 3, np.arange(16) >= 12
    size = np.array([100, 60, 50, 40, 30, 20, 10.0])
    for _ in range(tests):
        mean = size * rng.gamma(100, 1 / 100, (16, 1)) * rng.gamma(40, 1 / 40, (16, 7))
        mean[np.ix_(after, inside)] *= 0.9
        effect, error, freedom = ratio_did(rng.poisson(mean).astype(float), inside, after)
        hits += abs(effect - np.log(0.9)) <= student.ppf(0.975, freedom) * error
    # Standard error of a share of .95 in 400: .011.
    assert 0.915 <= hits / tests <= 0.985


def test_permutation_counts_the_true_choice():
    weeks = np.array([[100.0] * 4, [50.0, 100, 100, 100]])
    inside, after = np.array([True, False, False, False]), np.array([False, True])
    effect = np.log(0.5)
    assert permuted(weeks, inside, after, effect) == pytest.approx(1 / 4)


# --- synthetic control ----------------------------------------------------------------


def test_a_mix_of_donors_is_found_again():
    rng = np.random.default_rng(1)
    donors = rng.uniform(1, 5, (12, 4))
    truth = np.array([0.5, 0.3, 0.2, 0.0])
    assert simplex_weights(donors, donors @ truth) == pytest.approx(truth, abs=1e-6)


def test_weights_are_never_negative_and_sum_to_one():
    rng = np.random.default_rng(3)
    for _ in range(20):
        found = simplex_weights(rng.normal(size=(8, 5)), rng.normal(size=8) + 9)
        assert found.min() >= 0
        assert found.sum() == pytest.approx(1)


def test_weights_are_no_worse_than_those_of_a_general_solver():
    from scipy.optimize import minimize

    rng = np.random.default_rng(7)
    donors, target = rng.uniform(0, 2, (15, 5)), rng.uniform(0, 2, 15)

    def miss(w):
        return float(((donors @ w - target) ** 2).sum())

    other = minimize(
        miss, np.full(5, 0.2), bounds=[(0, 1)] * 5, method="SLSQP",
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
    )  # fmt: skip
    assert miss(simplex_weights(donors, target)) <= other.fun + 1e-6


def panel(effect: float, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    common = rng.uniform(0.8, 1.2, 24)[:, None]
    values = np.arange(60, 150, 10) * 10 * common * rng.normal(1, 0.01, (24, 9))
    values[18:, 0] *= 1 + effect
    return pd.DataFrame(values, columns=[f"r{i}" for i in range(9)])


def test_planted_effect_stands_out_from_the_placebos():
    found = synthetic_control(panel(-0.2), ["r0"], 18)
    assert found.effect == pytest.approx(-0.2, abs=0.02)
    # Nine regions: the treated one is the first of nine.
    assert found.p == pytest.approx(1 / 9)
    assert found.weights.sum() == pytest.approx(1)
    assert len(found.placebos) == 8


def test_without_an_effect_the_placebo_p_is_spread_evenly():
    every = [synthetic_control(panel(0.0, seed), ["r0"], 18).p for seed in range(60)]
    # Evenly over 1/9, 2/9, ... 1: mean 5/9, standard error .034.
    assert np.mean(every) == pytest.approx(5 / 9, abs=0.12)


def test_too_little_for_a_synthetic_control_is_said():
    with pytest.raises(CannotTell, match="four times before"):
        synthetic_control(panel(0).head(3), ["r0"], 2)
    with pytest.raises(ParameterError, match="not in the panel"):
        synthetic_control(panel(0), ["elsewhere"], 18)


# --- holdout --------------------------------------------------------------------------


def messages(reached: int, bought: int, held: int, bought_too: int, price: float = 100.0):
    """A journey's contacts, and orders two days later; cost 1 a message, margin 40 %."""
    rows, orders, lines = [], [], []
    for arm, n, wins in (("m", reached, bought), ("h", held, bought_too)):
        for i in range(n):
            out = "held_out" if arm == "h" else "sent"
            rows.append((f"{arm}{i}", START, "call-back", 0.0 if arm == "h" else 1.0, out))
            if i < wins:
                orders.append((f"o{arm}{i}", f"{arm}{i}", START + 2 * DAY))
                lines.append((f"o{arm}{i}", "1", "x", 1, price * (1 + 0.2 * (i % 2)), price * 0.6))
    return {
        "contacts": pd.DataFrame(
            rows, columns=["customer_id", "contact_ts", "journey", "cost", "outcome"]
        ),
        "orders": pd.DataFrame(orders, columns=["order_id", "customer_id", "order_ts"]),
        "order_lines": pd.DataFrame(
            lines, columns=["order_id", "line_id", "sku", "qty", "paid_price", "unit_cost"]
        ),
    }


def test_holdout_by_hand():
    found = holdout_effects(shop_of(**messages(1_000, 120, 500, 40)))
    row = found.frame.iloc[0]
    assert (row["rate"], row["base"]) == pytest.approx((0.12, 0.08))
    assert row["effect"] == pytest.approx(0.04)
    # Independent customers: sqrt(.12 x .88 / 1,000 + .08 x .92 / 500), without n - 1.
    error = np.sqrt(0.12 * 0.88 / 1_000 + 0.08 * 0.92 / 500)
    assert row["high"] - row["effect"] == pytest.approx(1.959964 * error)
    # A margin of 40 or 60 in turn, 50 on average: 6 a message against 4, 2 x 1,000 added.
    assert row["worth"] == pytest.approx(2_000)
    assert row["claimed"] == pytest.approx(6_000)
    # Cost 1,000: (2,000 - 1,000) / 1,000.
    assert row["roi"] == pytest.approx(1.0)


def test_contacts_of_one_customer_hang_together():
    tables = messages(1_000, 120, 500, 40)
    again = tables["contacts"].assign(contact_ts=START + pd.Timedelta(hours=1))
    tables["contacts"] = pd.concat([tables["contacts"], again])
    once = holdout_effects(shop_of(**messages(1_000, 120, 500, 40))).frame.iloc[0]
    twice = holdout_effects(shop_of(**tables)).frame.iloc[0]
    # The same people asked twice say nothing new: the same effect, the same width.
    assert twice["effect"] == pytest.approx(once["effect"])
    assert twice["high"] == pytest.approx(once["high"])


def test_orders_after_the_window_do_not_count():
    found = holdout_effects(shop_of(**messages(1_000, 120, 500, 40)), window_days=1)
    assert found.frame["rate"].iloc[0] == 0


def test_journey_without_a_holdout_cannot_be_told():
    shop = shop_of(**messages(1_000, 120, 0, 0))
    found = holdout_effects(shop)
    assert "cannot be told" in found.headline()
    assert "nan" not in found.words() + holdout_table(found).html()
    note = holdout_findings(found)[0]
    assert note.money is None
    assert "Nobody knows" in note.statement
    with pytest.raises(CannotTell):
        plot_holdouts(found)
    with pytest.raises(ParameterError):
        holdout_effects(shop, window_days=0)


def test_holdout_finding_books_what_was_added():
    found = holdout_effects(shop_of(**messages(1_000, 120, 500, 40)))
    note = holdout_findings(found)[0]
    assert note.money == pytest.approx(2_000)
    # 4,000 of the 6,000 claimed would have come anyway.
    assert "67 %" in note.statement
    assert plot_holdouts(found).svg()


# --- tests on regions -----------------------------------------------------------------


def geo_shop(effect: float = -0.3, per_week: int = 120, seed: int = 3, channel: bool = True):
    """Six regions, twelve weeks before and four of the test; the first three switched off."""
    rng, rows = np.random.default_rng(seed), []
    for week in range(-12, 4):
        common = 1 + 0.2 * np.sin(week)
        for region in range(6):
            mean = per_week * (1 + region / 5) * common
            if week >= 0 and region < 3:
                mean *= 1 + effect
            for i in range(rng.poisson(mean)):
                rows.append((week, region, i))
    frame = pd.DataFrame(rows, columns=["week", "region", "i"])
    orders = pd.DataFrame(
        {
            "order_id": [f"o{n}" for n in range(len(frame))],
            "order_ts": START + frame["week"] * 7 * DAY + (frame["i"] % 7) * DAY,
            "region": "R" + frame["region"].astype(str),
        }
    )
    if channel:
        orders["channel"] = np.where(frame["i"] % 2 == 0, "Feed ads", "Search")
    trial = pd.DataFrame(
        {
            "exp_id": "feed-ads-geo",
            "unit_id": [f"R{i}" for i in range(6)],
            "variant": ["switched_off"] * 3 + ["control"] * 3,
            "exposed_ts": START,
        }
    )
    return shop_of(orders=orders, experiments=trial)


def test_switched_off_channel_is_measured_and_over_credit_priced():
    found = geo_test(geo_shop())
    assert found.channel == "Feed ads"
    assert found.off
    value, low, high = found.added
    assert low < 0.3 < high
    assert value == pytest.approx(0.3, abs=0.08)
    # Every second order is credited to it: half, and it adds three tenths.
    assert found.credited == pytest.approx(0.5, abs=0.01)
    assert found.verdict == "adds less"
    # Three of six regions: one choice and its mirror image of twenty.
    assert found.p == pytest.approx(0.1)
    assert found.synthetic is not None
    assert found.synthetic.effect == pytest.approx(-0.3, abs=0.06)
    assert plot_geo(found).svg()
    assert plot_placebos(found).svg(phone=True)


def test_no_effect_of_a_credited_channel_is_called_over_credited():
    found = geo_test(geo_shop(effect=0.0))
    assert found.added[1] < 0 < found.added[2] < 0.5
    assert found.verdict == "over"
    assert "Cut the budget" in geo_findings(found)[0].action


def test_orders_without_channels_are_read_without_last_click():
    found = geo_test(geo_shop(channel=False))
    assert found.channel == ""
    assert found.verdict == "adds"
    assert "nan" not in found.words() + found.headline()


@pytest.mark.parametrize(
    ("added", "credited", "verdict"),
    [
        ((-0.1, 0.2), 0.1, "cannot tell"),
        ((-0.1, 0.05), 0.1, "over"),
        ((0.02, 0.2), 0.1, "adds"),
        ((0.02, 0.05), 0.1, "adds less"),
        ((-0.1, 0.2), float("nan"), "cannot tell"),
    ],
)
def test_verdict_follows_the_interval(added, credited, verdict):
    assert verdict_of(added, credited) == verdict


def test_geo_test_that_cannot_be_read_says_why():
    orders = pd.DataFrame({"order_id": ["o"], "order_ts": [START], "region": ["R0"]})
    trial = pd.DataFrame(
        {"exp_id": "g", "unit_id": ["R0", "R1"], "variant": ["off", "control"], "exposed_ts": START}
    )
    with pytest.raises(CannotTell, match="four weeks before"):
        geo_test(shop_of(orders=orders, experiments=trial))
    with pytest.raises(CannotTell, match="no experiment has regions"):
        geo_test(shop_of(orders=orders, experiments=trial.assign(unit_id=["a", "b"])))
    with pytest.raises(ParameterError, match="not on regions"):
        geo_test(shop_of(orders=orders, experiments=trial), "other")


# --- the demo shop --------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = simulate(tmp_path_factory.mktemp("adds") / "shop", events="none")
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return opsbook.open_shop(str(folder)), truth


def test_demo_geo_test_holds_the_truth_and_cannot_tell(demo):
    shop, truth = demo
    found = geo_test(shop)
    assert found.channel == truth["geo_test"]["channel"]
    assert set(found.treated) == set(truth["geo_test"]["regions"])
    assert found.low <= truth["geo_test"]["orders_against_untested"] - 1 <= found.high
    assert found.verdict == "cannot tell"
    note = geo_findings(found)[0]
    assert note.money is None
    assert "change no budget" in note.action


def test_demo_holdout_holds_the_planted_lift(demo):
    shop, truth = demo
    found = holdout_effects(shop)
    row = found.frame.set_index("journey").loc["win-back-short"]
    planted = next(j for j in truth["contacts"]["journeys"] if j["name"] == "win-back-short")
    assert row["low"] / row["base"] <= planted["lift"] <= row["high"] / row["base"]
    assert row["claimed"] > row["worth_high"]
    assert found.frame["readable"].sum() == 1

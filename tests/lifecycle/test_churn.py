"""Churn: no look into the future, honest windows, known formulas, words for odd shops."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from life_shops import START, buys, shop_of_buys, stamp

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.lifecycle.churn import churn
from opsbook.lifecycle.churn_chart import (
    churn_list_table,
    churn_table,
    plot_calibration,
    plot_drivers,
    plot_lift,
)
from opsbook.lifecycle.churn_features import DRIVERS, ChurnClock, churn_frame
from opsbook.lifecycle.churn_findings import churn_findings, churn_words
from opsbook.lifecycle.churn_importance import _areas, driver_importance
from opsbook.lifecycle.churn_measure import auc, auc_gain, calibration_bins, lift_curve, score
from opsbook.lifecycle.churn_model import fit_model


def at(day: int) -> date:
    return START.date() + timedelta(days=day)


def rows_of_life(rng, n=900, days=560, rhythm=True):
    """Customers who buy at their own pace and leave at their own day."""
    rows = []
    for i in range(n):
        now, pace = rng.uniform(0, days), float(rng.choice([4, 45])) if rhythm else 30.0
        leaves = now + rng.exponential(150)
        while now < min(leaves, days):
            rows.append(buys(f"c{i:04d}", now, price=float(rng.integers(5, 60))))
            now += rng.exponential(pace)
    return rows


@pytest.fixture(scope="module")
def living():
    return rows_of_life(np.random.default_rng(5))


@pytest.fixture(scope="module")
def found(living):
    return churn(shop_of_buys(living, cost=0.6), silent_days=60)


def test_auc_of_four_by_hand():
    # Pairs (churned, stayed): .9 > .4, .9 > .1, .3 < .4, .3 > .1: three of four.
    assert auc([1, 0, 1, 0], [0.9, 0.4, 0.3, 0.1]).value == pytest.approx(0.75)
    assert auc([1, 0], [0.5, 0.5]).value == pytest.approx(0.5)


def test_delong_error_equals_placements_by_hand():
    # Churned placements 1, 1/2 (variance 1/8), stayed 1/2, 1 (1/8): se^2 = 1/16 + 1/16 = 1/8.
    gain = auc_gain([1, 0, 1, 0], [0.9, 0.4, 0.3, 0.1], [0.5] * 4)
    assert gain.value == pytest.approx(0.25)
    assert gain.high - gain.value == pytest.approx(1.959964 * np.sqrt(1 / 8))


def test_auc_interval_covers_the_truth_about_as_often_as_it_says():
    from scipy.stats import norm

    rng, hits = np.random.default_rng(2), 0
    truth = norm.cdf(1 / np.sqrt(2))
    for _ in range(300):
        y = np.r_[np.ones(60), np.zeros(60)]
        got = auc(y, rng.normal(y, 1.0))
        hits += got.low <= truth <= got.high
    assert 0.91 <= hits / 300 <= 0.985


def test_equal_scores_share_the_top_decile():
    # Nobody is told apart: the top tenth holds as many leavers as all, whatever the order.
    y = np.r_[np.ones(10), np.zeros(30)]
    assert score(y, np.full(40, 0.25)).lift == pytest.approx(1.0)
    assert lift_curve(y, np.full(40, 0.25))["found"].to_numpy() == pytest.approx(
        np.linspace(0, 1, 51)
    )


def test_calibration_bins_hold_every_customer_once():
    rng = np.random.default_rng(0)
    p = rng.uniform(size=500)
    bins = calibration_bins(rng.uniform(size=500) < p, p)
    assert bins["customers"].sum() == 500
    assert (bins["said"] - bins["happened"]).abs().max() < 0.2


def test_features_of_a_known_customer():
    # Days 0, 40, 70 before a cut-off on day 100: recency 30, tenure 100, three days.
    shop = shop_of_buys([buys("a", d) for d in (0, 40, 70, 130)])
    row = churn_frame(shop, [at(100)], ChurnClock("order", 60)).iloc[0]
    assert (row["recency"], row["tenure"], row["days_bought"]) == (30, 100, 3)
    assert row["churned"] == 0
    gone = churn_frame(shop, [at(75)], ChurnClock("order", 50)).iloc[0]
    # The next order comes on day 130, after the window of days 75 to 124.
    assert gone["churned"] == 1


def later_tables(rows, extra_days):
    """Tables that speak of the future in every way the contract allows."""
    names = sorted({r["customer_id"] for r in rows})
    when = [stamp(d) for d in extra_days]
    n, m = len(names), len(when)
    some = np.array(names)[np.arange(m) % n]
    picked = range(0, len(rows), 3)
    return {
        "sessions": pd.DataFrame(
            {
                "session_id": [f"s{i}" for i in range(m)],
                "visitor_id": some,
                "customer_id": some,
                "start_ts": when,
            }
        ),
        "reviews": pd.DataFrame(
            {"sku": "p", "customer_id": some, "review_ts": when, "stars": np.arange(m) % 5 + 1}
        ),
        "returns": pd.DataFrame(
            {
                "return_id": [f"r{i}" for i in picked],
                "order_id": [f"o{i}" for i in picked],
                "sku": "p",
                "request_ts": [rows[i]["order_ts"] + timedelta(days=6) for i in picked],
            }
        ),
        "shipments": pd.DataFrame(
            {
                "shipment_id": [f"h{i}" for i in picked],
                "order_id": [f"o{i}" for i in picked],
                "ship_ts": [rows[i]["order_ts"] + timedelta(days=1) for i in picked],
                "deliver_ts": [rows[i]["order_ts"] + timedelta(days=i % 7) for i in picked],
                "promised_ts": [rows[i]["order_ts"] + timedelta(days=3) for i in picked],
            }
        ),
    }


def test_nothing_after_the_cutoff_reaches_a_feature(living):
    some = [r for r in living if r["customer_id"] < "c0150"]
    days = np.linspace(1, 559, 150)
    cutoff = at(300)
    whole = shop_of_buys(some, **later_tables(some, days))
    tables = later_tables(some, days)
    ids = {f"o{i}" for i, r in enumerate(some) if r["order_ts"].date() < cutoff}
    for name, stamp_of in (
        ("sessions", "start_ts"),
        ("reviews", "review_ts"),
        ("returns", "request_ts"),
        ("shipments", "promised_ts"),
    ):
        rows = tables[name]
        rows = rows[rows[stamp_of] < pd.Timestamp(cutoff)]
        tables[name] = rows[rows["order_id"].isin(ids)] if "order_id" in rows else rows
    cut = _cut_shop(some, cutoff, tables)
    clock = ChurnClock("order", 60)
    left = churn_frame(whole, [cutoff], clock, label=False)
    right = churn_frame(cut, [cutoff], clock, label=False)
    pd.testing.assert_frame_equal(left, right)
    assert {"visits_90", "late", "bad_reviews", "returns"} <= set(left.columns)
    assert left["late"].sum() > 0 and left["visits_90"].sum() > 0


def _cut_shop(rows, cutoff, tables):
    """The shop as it stood on a day: later orders gone, numbers unchanged."""
    shop = shop_of_buys(rows, **tables)
    entry = shop.entries["orders"]
    kept = entry.used.filter(entry.used.order_ts < pd.Timestamp(cutoff).to_pydatetime())
    import dataclasses

    frames = {"typed": entry.typed, "used": kept}
    shop.entries["orders"] = dataclasses.replace(entry, frames=frames.__getitem__)
    return shop


def test_a_planted_future_column_is_found_and_left_out(living):
    shop = shop_of_buys(living)

    def knows(cutoff):
        label = churn_frame(shop, [cutoff], ChurnClock("order", 60))
        noise = np.random.default_rng(0).uniform(0, 0.1, len(label))
        return pd.DataFrame(
            {"customer_id": label["customer_id"], "next_order": label["churned"] + noise,
             "honest": noise}
        )  # fmt: skip

    found = churn(shop, silent_days=60, extra=knows)
    assert found.dropped == ("next_order",)
    assert found.test.auc.value < 0.95
    assert "honest" in set(found.drivers["driver"])
    assert "next_order" in churn_words(found)


def test_the_future_of_the_last_window_does_not_change_what_was_learned(living):
    shop, span = shop_of_buys(living), 60
    end = at(540)
    first = churn(shop, end=end, silent_days=span)
    cut = shop_of_buys([r for r in living if r["order_ts"].date() < end])
    second = churn(cut, end=end, silent_days=span)
    assert first.test == second.test
    pd.testing.assert_frame_equal(first.customers, second.customers)


def test_the_model_beats_silence_where_customers_differ_in_pace(found):
    assert found.better
    assert found.gain.value > 0.02
    assert "better by" in churn_words(found)
    assert found.drivers["loss"].iloc[0] > 0
    assert found.drivers["low"].le(found.drivers["loss"]).all()


def test_chances_are_honest_in_the_test_window(found):
    bins = found.calibration
    share = bins["customers"] / bins["customers"].sum()
    assert float((bins["said"] - bins["happened"]) @ share) == pytest.approx(0, abs=0.08)
    assert bins["said"].between(bins["low"], bins["high"]).mean() >= 0.7


def trained(rng, n=4000, **columns):
    """A model that learned from one feature that tells and one that does not."""
    frame = pd.DataFrame({"customer_id": np.arange(n), "rate": rng.normal(size=n) + 3,
                          "tenure": rng.uniform(1, 9, n), **columns})  # fmt: skip
    odds = 4 * (np.log1p(frame["rate"].clip(lower=0)) - np.log(4))
    frame["churned"] = (rng.uniform(size=n) < 1 / (1 + np.exp(-odds))).astype("int64")
    half = n // 2
    return fit_model("logistic", frame[:half]), frame[half:].reset_index(drop=True)


def test_shuffling_the_only_driver_that_tells_loses_all_its_auc():
    model, frame = trained(np.random.default_rng(4))
    found = driver_importance(model, frame, np.random.default_rng(1)).set_index("driver")
    whole = auc(frame["churned"], model.log_odds(frame)).value
    # Without what tells, the score is a coin: the loss is AUC - 1/2.
    assert found.loc["rhythm", "loss"] == pytest.approx(whole - 0.5, abs=0.02)
    assert found.loc["tenure", "low"] <= 0 <= found.loc["tenure", "high"]
    assert abs(found.loc["tenure", "loss"]) < 0.01


def test_shuffled_areas_equal_those_of_one_score():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    scores = np.column_stack([rng.normal(size=300), rng.integers(0, 4, 300)])
    wanted = [auc(y, scores[:, i]).value for i in (0, 1)]
    assert _areas(y, scores) == pytest.approx(wanted)


def test_a_single_channel_takes_no_part_in_a_chance():
    model, frame = trained(np.random.default_rng(6), channel="–")
    assert (model.contributions(frame)["channel"] == 0).all()
    found = driver_importance(model, frame, np.random.default_rng(1)).set_index("driver")
    assert found.loc["channel", ["low", "loss", "high"]].eq(0).all()


def test_contributions_are_the_odds_lost_when_a_driver_is_as_usual():
    rng = np.random.default_rng(8)
    model, frame = trained(rng, channel=rng.choice(["search", "friends"], 4000))
    rows = frame.head(5)
    usual = rows.assign(rate=model.usual["rate"])
    wanted = model.log_odds(rows) - model.log_odds(usual)
    assert model.contributions(rows)["rhythm"].to_numpy() == pytest.approx(wanted)


def test_without_differences_it_says_it_is_no_better():
    # Everybody buys at the same pace and leaves with the same chance: silence is all there is.
    rng = np.random.default_rng(1)
    rows = rows_of_life(rng, n=700, rhythm=False)
    found = churn(shop_of_buys(rows), silent_days=60)
    if not found.better:
        assert "no better than silence alone" in churn_words(found)
        assert "no better" in plot_lift(found).title
        assert churn_findings(found)[0].confidence == "low"
    assert found.gain.value < 0.06


def test_list_reconciles_with_counts_and_money(found):
    rows = found.customers
    assert rows["customer_id"].is_unique
    assert rows["at_risk"].is_monotonic_decreasing
    assert rows["at_risk"].to_numpy() == pytest.approx((rows["chance"] * rows["value"]).to_numpy())
    assert set(rows["tier"]) <= {"high", "watch", "low"}
    assert (rows["tier"] == "high").sum() == (rows["chance"] >= 0.8).sum()
    assert (rows["reason"] != "").all()
    assert (rows["silence"] <= 60).all()
    assert found.worth == "margin"
    assert len(churn_list_table(found).frame) == len(rows)
    best = rows.head(max(1, round(len(rows) / 10)))
    assert churn_findings(found)[0].money == pytest.approx(-best["at_risk"].sum())


def test_margin_is_assumed_only_when_asked(living):
    few = shop_of_buys(living)
    sales = churn(few, silent_days=60, explained=0)
    assumed = churn(few, silent_days=60, margin=0.25, explained=0)
    assert (sales.worth, assumed.worth) == ("sales", "assumed")
    assert assumed.customers["at_risk"].sum() == pytest.approx(
        0.25 * sales.customers["at_risk"].sum()
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_figure_and_table_has_words(found, lang):
    with speaking(lang):
        shown = [plot_calibration(found), plot_lift(found), plot_drivers(found)]
        text = " ".join(c.title + c.alt for c in shown) + churn_words(found)
        text += churn_table(found).html() + churn_list_table(found).html()
        assert all(c.svg(phone=p) for c in shown for p in (True, False))
    assert "nan" not in text.lower().replace("financ", "")


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([buys("a", 0)], "needs"),
        ([buys(f"c{i}", 3) for i in range(300)], "needs"),
        ([buys(f"c{i}", i % 400) for i in range(400)], "too few"),
        ([buys(None, i) for i in range(400)], "too few"),
        ([buys(f"c{i}", i % 7) for i in range(300)], "needs"),
    ],
    ids=["one customer", "one day", "no repeat buyer", "guests only", "one week"],
)
def test_a_shop_that_cannot_teach_is_told_so(rows, match):
    with pytest.raises(CannotTell, match=match):
        churn(shop_of_buys(rows))


def test_refunds_above_sales_are_worth_nothing_and_break_nothing(living):
    rows = [r | {"price": -5.0} for r in living]
    found = churn(shop_of_buys(rows), silent_days=60)
    assert found.customers["at_risk"].eq(0).all()
    assert "nan" not in (churn_findings(found)[0].statement + churn_words(found)).lower()


def test_login_clock_needs_visits():
    with pytest.raises(CannotTell, match="sessions"):
        churn(shop_of_buys([buys("a", d) for d in range(0, 400, 10)]), signal="login")


def test_wrong_options_are_refused():
    shop = shop_of_buys([buys("a", 0)])
    for wrong in ({"signal": "sleep"}, {"silent_days": 3}, {"tiers": (0.8, 0.5)}, {"margin": 2.0}):
        with pytest.raises(ParameterError):
            churn(shop, **wrong)


def test_every_driver_names_features_once():
    names = [n for group in DRIVERS.values() for n in group]
    assert len(names) == len(set(names))

"""Purchase rhythms: hand-computed cases, planted truth, dates that hold, odd shops."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from life_shops import buys, shop_of_buys

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.lifecycle.repurchase import repurchase
from opsbook.lifecycle.repurchase_chart import (
    plot_due,
    plot_rhythms,
    reminders_table,
    rhythms_table,
)
from opsbook.lifecycle.repurchase_findings import held_words, repurchase_findings
from opsbook.lifecycle.repurchase_fit import fit_renewal, log_likelihood
from opsbook.lifecycle.repurchase_gaps import ALL, gap_histories
from opsbook.lifecycle.repurchase_model import Gaps, Renewal


def gaps(*rows: tuple[float, float, float, float]) -> Gaps:
    return Gaps(*(np.array(column, float) for column in zip(*rows, strict=True)))


def planted(rng, n=4000, k=4.0, r=3.0, alpha=45.0, leave=(1.0, 4.0), days=500) -> Gaps:
    """Customers of the model itself, each watched for up to ``days``."""
    rate, quit_ = rng.gamma(r, 1 / alpha, n), rng.beta(*leave, n)
    rows = []
    for lam, p in zip(rate, quit_, strict=True):
        now, seen, logs, watched = 0.0, 0, 0.0, rng.uniform(100, days)
        while rng.random() > p:
            gap = rng.gamma(k, 1 / lam)
            if now + gap > watched:
                break
            now, seen, logs = now + gap, seen + 1, logs + np.log(gap)
        rows.append((seen, now, logs, watched - now))
    return gaps(*rows)


def test_gaps_and_silence_of_a_known_customer():
    # Bought on days 0, 10 (twice) and 30; the last day of the shop is day 40.
    shop = shop_of_buys([buys("a", 0), buys("a", 10), buys("a", 10), buys("a", 30), buys("b", 40)])
    frame = gap_histories(shop, date(2024, 2, 11)).set_index(["customer_id", "category"])
    row = frame.loc[("a", ALL)]
    # Two gaps of 10 and 20 days; 10 days of silence up to day 40.
    assert (row["n"], row["total"], row["silent"]) == (2, 30, 10)
    assert row["logs"] == pytest.approx(np.log(10) + np.log(20))


def test_chance_to_be_there_of_an_exponential_customer_by_hand():
    # k = 1: P(gap > t) = (alpha / (alpha + t)) ** r = (100 / 200) ** 1 = 1/2 after 100 days.
    # a = b = 1, no gap: there (1/2 x 1/2) against left (1/2): 1/3.
    model = Renewal(1.0, 1.0, 100.0, 1.0, 1.0, 0, 0)
    assert model.coming(gaps((0, 0, 0, 100)))[0] == pytest.approx(1 / 3)
    # Of those there, 200 / 300 are silent for another 100 days: 1/3 x (1 - 2/3) = 1/9 buy.
    assert model.buys_within(gaps((0, 0, 0, 100)), 100)[0] == pytest.approx(1 / 9)
    # Half of them have come when 200 / (200 + t) = 1/2, after 200 days.
    assert model.wait(gaps((0, 0, 0, 100)), 0.5)[0] == pytest.approx(200)


def test_one_short_gap_draws_a_customer_only_part_of_the_way():
    model = Renewal(4.0, 3.0, 360.0, 1.0, 4.0, 0, 0)
    usual = model.usual(
        gaps((0, 0, 0, 0), (1, 10, np.log(10), 0), (200, 2000, 200 * np.log(10), 0))
    )
    assert usual[0] > usual[1] > usual[2] > 10
    assert usual[2] == pytest.approx(10, rel=0.25)


def test_planted_rhythm_is_recovered():
    found = fit_renewal(planted(np.random.default_rng(7)))
    assert found.k == pytest.approx(4.0, rel=0.15)
    assert found.comes_back() == pytest.approx(0.8, abs=0.04)
    truth = Renewal(4.0, 3.0, 45.0, 1.0, 4.0, 0, 0)
    assert found.typical() == pytest.approx(truth.typical(), rel=0.08)


def test_slope_of_the_likelihood_is_its_slope():
    told = planted(np.random.default_rng(2), 300)
    at, weight = np.log([2.0, 1.5, 60.0, 0.8, 2.5]), np.linspace(1, 3, 300)
    _, slope = log_likelihood(at, told, weight)
    for i, unit in enumerate(np.eye(5)):
        ends = [log_likelihood(at + way * 1e-5 * unit, told, weight)[0] for way in (1, -1)]
        assert slope[i] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4)


def test_a_category_with_few_gaps_is_drawn_to_the_others():
    rng = np.random.default_rng(3)
    pooled = fit_renewal(planted(rng, 2000))
    few = planted(rng, 20, k=1.0)
    near, far = fit_renewal(few, prior=pooled), fit_renewal(planted(rng, 3000, k=1.0), prior=pooled)
    assert abs(np.log(near.k / pooled.k)) < abs(np.log(far.k / pooled.k))
    assert far.k == pytest.approx(1.0, rel=0.2)


@pytest.fixture(scope="module")
def refills():
    """300 customers who refill about monthly; a third stops for good half way."""
    rng = np.random.default_rng(11)
    rows = []
    for i in range(300):
        now, pace, last = rng.uniform(0, 60), rng.gamma(40, 30 / 40), 180 if i % 3 == 0 else 400
        while now < last:
            rows.append(buys(f"c{i:03d}", int(now), sku="milk" if i % 2 else "nappies"))
            now += pace * rng.gamma(20, 1 / 20)
    shop = shop_of_buys(rows, categories={"milk": "Milk powder", "nappies": "Nappies"})
    return shop, repurchase(shop)


def test_intervals_hold_as_often_as_they_say(refills):
    held = refills[1].held
    assert held is not None
    assert held.low <= 0.8 + 0.05 and held.high >= 0.8 - 0.05
    assert (held.chances["customers"] > 0).all()


def test_nobody_is_reminded_who_stopped_long_ago(refills):
    found = refills[1]
    stopped = {f"c{i:03d}" for i in range(0, 300, 3)}
    assert not set(found.reminders["customer_id"]) & stopped
    assert found.gone >= 95
    assert (found.reminders["coming"] >= 0.5).all()


def test_reminders_lie_in_the_days_ahead_and_reconcile(refills):
    shop, found = refills
    rows = found.reminders
    assert rows["due"].between(pd.Timestamp(found.end), pd.Timestamp(2025, 2, 17)).all()
    assert not rows.duplicated(["customer_id", "category"]).any()
    assert (rows["first"] <= rows["expected"]).all() and (rows["expected"] <= rows["last"]).all()
    assert plot_due(found).data["customers"].sum() == rows["customer_id"].nunique()
    [finding] = repurchase_findings(found)
    assert finding.money == pytest.approx(rows["value"].sum())
    assert len(reminders_table(found).frame) == len(rows)
    assert set(rhythms_table(found).frame["category"]) == {"everything", "Milk powder", "Nappies"}
    assert shop.title in plot_rhythms(found).source


def test_regular_buyers_are_seen_as_regular(refills):
    assert (refills[1].rhythms["regularity"] > 3).all()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_words_hold_no_missing_numbers(refills, lang):
    with speaking(lang):
        text = held_words(refills[1]) + plot_rhythms(refills[1]).alt + plot_due(refills[1]).title
    assert "nan" not in text.lower()


@pytest.mark.parametrize(
    "rows",
    [
        [buys("a", 0)],
        [buys(f"c{i}", i % 50) for i in range(80)],
        [buys(f"c{i}", 3) for i in range(80)],
        [buys(None, i) for i in range(80)],
    ],
    ids=["one customer", "no repeat buyer", "one day", "guests only"],
)
def test_a_shop_nobody_returns_to_is_told_so(rows):
    with pytest.raises(CannotTell):
        repurchase(shop_of_buys(rows))


def test_short_history_says_that_dates_are_untested():
    rows = [buys(f"c{i}", d) for i in range(30) for d in range(i % 5, 40, 6)]
    found = repurchase(shop_of_buys(rows))
    assert found.held is None
    assert "too short" in held_words(found)


def test_wrong_options_are_refused():
    with pytest.raises(ParameterError, match="ahead_days 0"):
        repurchase(shop_of_buys([buys("a", 0)]), ahead_days=0)

"""Customer value: money by hand, intervals, refusals, lists that add up, words in two languages."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from value_shops import buy_till_you_leave, shop_of_purchases

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import speaking
from opsbook.lifecycle.calibration import calibrate
from opsbook.lifecycle.customer_base import customer_base
from opsbook.lifecycle.ltv import acquired_by, ltv_by
from opsbook.lifecycle.margin import margin_of
from opsbook.lifecycle.source_ltv import source_ltv
from opsbook.lifecycle.value import customer_values
from opsbook.lifecycle.value_chart import (
    ltv_table,
    plot_ltv,
    plot_value,
    risk_table,
    value_table,
)
from opsbook.lifecycle.value_findings import ltv_findings, value_findings
from opsbook.shop.periods import Period

START = date(2023, 1, 2)
DAYS = 500


def purchases(seed: int = 4, customers: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    bought = buy_till_you_leave(
        rng, customers=customers, days=DAYS, r=0.6, alpha=40.0, a=0.8, b=2.0
    )
    usual = 2.2 * 330 / rng.gamma(5.0, 1.0, customers)
    amount = rng.gamma(3.0, usual[bought["customer"]] / 3.0)
    day = pd.Timestamp(START) + pd.to_timedelta((bought["at"] * 86400).astype(int), unit="s")
    return pd.DataFrame(
        {
            "customer": "c" + bought["customer"].astype(str).str.zfill(5),
            "day": day,
            "amount": amount.round(2),
            "cost": (0.6 * amount).round(2),
        }
    )


@pytest.fixture(scope="module")
def rows():
    return purchases()


@pytest.fixture(scope="module")
def shop(rows):
    people = pd.DataFrame({"customer_id": sorted(rows["customer"].unique())})
    people["channel"] = np.where(np.arange(len(people)) % 2, "Ads", "Search")
    people["signup_date"] = pd.Timestamp(START)
    return shop_of_purchases(rows, customers=people)


@pytest.fixture(scope="module")
def values(shop):
    return customer_values(shop, calibration=calibrate(shop))


def test_value_is_margin_times_spend_times_discounted_purchases(shop):
    plain = customer_values(shop, margin=0.5, discount_rate=0.0, horizon_days=90).frame
    np.testing.assert_allclose(plain["value"], 0.5 * plain["spend"] * plain["purchases"])
    dear = customer_values(shop, margin=0.5, discount_rate=0.2, horizon_days=90).frame
    ratio = dear["value"].sum() / plain["value"].sum()
    # All of it lies between today and 90 days off.
    assert 1.2 ** (-90 / 365) < ratio < 1


def test_longer_horizon_is_worth_more(values, shop):
    year = values.frame.set_index("customer_id")["value"]
    month = customer_values(shop, horizon_days=30).frame.set_index("customer_id")["value"]
    assert (month <= year.loc[month.index] + 1e-9).all()


def test_margin_from_data_given_or_none(shop, rows):
    period = Period(START, START + timedelta(days=DAYS))
    assert margin_of(shop, period).basis == "data"
    assert margin_of(shop, period).rate == pytest.approx(0.4, abs=1e-3)
    assert margin_of(shop, period, 0.3).basis == "given"
    bare = shop_of_purchases(rows.drop(columns="cost"))
    none = margin_of(bare, period)
    assert (none.basis, none.rate) == ("none", 1.0)
    assert "sales, not profit" in none.words()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"margin": 35}, "margin 35 is not a fraction"),
        ({"discount_rate": -0.1}, "discount_rate -0.1"),
        ({"horizon_days": 0}, "at least one day"),
        ({"clock": "sundial"}, 'clock "sundial"'),
        ({"model": "Pareto"}, 'model "Pareto"'),
    ],
)
def test_options_out_of_range_name_the_value(shop, options, words):
    with pytest.raises(ParameterError, match=words):
        customer_values(shop, **options)


def test_every_customer_is_in_the_list_once(values, rows):
    assert len(values.frame) == rows["customer"].nunique()
    assert values.frame["customer_id"].is_unique
    assert values.frame["gmv"].sum() == pytest.approx(rows["amount"].sum())
    assert values.deciles["customers"].sum() == len(values.frame)
    assert values.deciles["share"].sum() == pytest.approx(1.0)
    assert values.frame["value"].is_monotonic_decreasing


def test_intervals_hold_the_estimate_and_the_total_what_came(values, shop, rows):
    frame = values.frame
    assert ((frame["low"] <= frame["value"]) & (frame["value"] <= frame["high"])).all()
    assert values.low < values.total < values.high
    # A year later the truth: fit on 320 days, look at the 180 that follow.
    split = START + timedelta(days=320)
    early = customer_values(shop, split, margin=1.0, discount_rate=0.0, horizon_days=180)
    later = rows[rows["day"] >= pd.Timestamp(split)]
    known = later[later["customer"].isin(early.frame["customer_id"])]
    assert early.low < known["amount"].sum() < early.high


def test_customers_at_risk_are_good_ones_with_doubtful_presence(values):
    risk = values.at_risk()
    assert risk["alive"].between(0.1, 0.5).all()
    np.testing.assert_allclose(risk["lost"] + risk["value"], risk["worth"])
    best = (values.frame["value"] / values.frame["alive"]).quantile(0.8)
    assert (risk["worth"] >= best * 0.999).all()


def test_channels_without_difference_are_said_to_be_alike(values, shop):
    found = ltv_by(shop, values.base, values.spend, values.margin)
    assert found["group"].tolist() in (["Ads", "Search"], ["Search", "Ads"])
    assert found["customers"].sum() == len(values.frame)
    assert found["own"].all()
    assert (found["low"] < found["ltv"]).all() and (found["ltv"] < found["high"]).all()
    assert found["low"].max() < found["high"].min()
    chart = plot_ltv(found, values.margin, currency="CNY", days=365, source="Test")
    assert "about the same" in chart.title
    assert ltv_findings(values, found) == []


def test_channels_that_differ_are_a_finding_with_its_money(values):
    found = pd.DataFrame(
        {
            "group": ["Search", "Ads"],
            "customers": [500, 400],
            "repeats": [1.5, 0.5],
            "ltv": [120.0, 70.0],
            "low": [110.0, 60.0],
            "high": [130.0, 80.0],
        }
    )
    (finding,) = ltv_findings(values, found)
    # A tenth of 400 customers, 50 better each.
    assert finding.money == pytest.approx(2000)
    assert "Search" in finding.statement


def test_value_of_a_new_customer_counts_the_first_order(values, shop):
    found = ltv_by(shop, values.base, values.spend, values.margin, discount_rate=0.0)
    by_hand = values.margin.rate * (found["first_order"] + found["spend"] * found["repeats"])
    np.testing.assert_allclose(found["ltv"], by_hand, rtol=1e-9)


def test_months_are_in_order_and_young_ones_borrow_the_model(values, shop):
    found = ltv_by(shop, values.base, values.spend, values.margin, "cohort")
    assert found["group"].is_monotonic_increasing
    assert found["customers"].sum() == len(values.frame)
    assert not found["own"].iloc[-1]


def test_channel_of_the_first_order_where_customers_do_not_say():
    frame = pd.DataFrame({"customer": ["A", "A"], "day": ["2024-01-01", "2024-01-05"]})
    shop = shop_of_purchases(frame)
    with pytest.raises(CannotTell, match=r"orders\.channel"):
        acquired_by(shop)


def test_old_customers_are_fitted_apart(rows):
    people = pd.DataFrame({"customer_id": sorted(rows["customer"].unique())})
    old = np.arange(len(people)) < 1200
    people["signup_date"] = np.where(old, pd.Timestamp("2020-01-01"), pd.Timestamp(START))
    base = customer_base(shop_of_purchases(rows, customers=people))
    assert [g.older for g in base.groups] == [False, True]
    assert len(base.groups[1].rows) == 1200
    assert "1,200 customers from before the data" in base.words()
    every = np.sort(np.concatenate([g.rows for g in base.groups]))
    assert (every == np.arange(len(people))).all()


def test_source_formula_is_zero_when_nobody_is_brought_along(shop, rows):
    """003 ch05: AOV x repeat purchases x people brought along (X11)."""
    base = customer_base(shop)
    found = source_ltv(shop, base)
    assert found.literal is None
    sent = pd.DataFrame(
        {
            "inviter_id": ["c00000", "c00001"],
            "invite_ts": pd.to_datetime(["2023-03-01", "2023-03-01"]),
            "converted": [False, False],
        }
    )
    nobody = source_ltv(shop_of_purchases(rows, referrals=sent), base)
    assert nobody.literal == 0
    assert nobody.repaired == pytest.approx(nobody.aov * (1 + nobody.repeats))
    one = source_ltv(shop_of_purchases(rows, referrals=sent.assign(converted=[True, False])), base)
    assert one.literal == pytest.approx(one.aov * one.repeats / one.customers)


def test_findings_have_money_evidence_and_chapter(values):
    found = value_findings(values)
    assert [f.id for f in found] == ["B12", "B12"]
    holders, risk = found
    assert holders.money == pytest.approx(values.deciles["value"].iloc[0])
    assert risk.money == pytest.approx(-values.at_risk()["lost"].sum())
    assert all(f.chapter == "lifecycle/B12-value" and f.action and f.evidence for f in found)


def test_figures_and_tables_can_be_drawn_in_both_languages(values, shop):
    found = ltv_by(shop, values.base, values.spend, values.margin)
    for lang in ("en", "zh"):
        with speaking(lang):
            chart = plot_value(values)
            assert chart.svg().startswith("<svg")
            assert plot_ltv(found, values.margin, currency="CNY", days=9, source="T").svg(
                phone=True
            )
            for table in (value_table(values), risk_table(values)):
                assert "nan" not in table.html().lower()
            assert "nan" not in ltv_table(found, currency="CNY", days=9).html().lower()


def odd(rows: list[tuple[str | None, str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer", "day", "amount"])


ODD = {
    "one customer": odd([("A", "2024-01-01", 5), ("A", "2024-02-01", 5)]),
    "no repeat buyer": odd([(f"c{i}", f"2024-01-{1 + i % 28:02d}", 10.0) for i in range(60)]),
    "all on one day": odd([(f"c{i % 30}", "2024-01-01", 10.0) for i in range(60)]),
    "guests only": odd([(None, f"2024-01-{1 + i % 28:02d}", 10.0) for i in range(60)]),
    "one week": odd([(f"c{i % 20}", f"2024-01-0{1 + i % 7}", 10.0 + i) for i in range(60)]),
    "refunds above sales": odd(
        [(f"c{i % 25}", f"2024-0{1 + i % 8}-{1 + i % 28:02d}", -10.0 - i) for i in range(90)]
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_shops_end_in_a_sentence(name):
    shop = shop_of_purchases(ODD[name])
    try:
        values = customer_values(shop)
    except CannotTell as reason:
        assert len(str(reason)) > 20
    else:
        assert values.frame["value"].notna().all()
        assert "nan" not in values.words()


def test_same_answer_every_time(values, shop):
    again = customer_values(shop, calibration=values.calibration)
    # The engine adds in any order, so the last digits may differ.
    assert (again.low, again.high) == pytest.approx((values.low, values.high), rel=1e-9)
    pd.testing.assert_frame_equal(again.frame, values.frame)

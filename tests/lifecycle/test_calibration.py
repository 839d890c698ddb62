"""The model is judged by days it has not seen, and is withheld where it does not hold."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from cdnow import END, cdnow_shop
from value_shops import buy_till_you_leave, shop_of_purchases

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.calibration import calibrate
from opsbook.lifecycle.calibration_chart import (
    calibration_table,
    plot_frequency,
    plot_scatter,
    plot_tracking,
)
from opsbook.lifecycle.clock import Clock, activity_clock, calendar_clock, on_clock
from opsbook.lifecycle.customer_base import customer_base
from opsbook.lifecycle.value import customer_values
from opsbook.lifecycle.value_chart import plot_value, value_table
from opsbook.lifecycle.value_findings import value_findings

START = date(2023, 1, 2)


@pytest.fixture(scope="module")
def cdnow():
    return calibrate(cdnow_shop(), END, model="BG/NBD", day_grid=False)


def test_cdnow_holdout_adds_up(cdnow):
    """1,882 purchase days of the 2,357 customers in the 39 weeks held out."""
    assert cdnow.actual == 1882
    assert cdnow.days == 273
    assert len(cdnow.customers) == 2357
    assert cdnow.predicted == pytest.approx(1653, abs=1)
    assert cdnow.fits


def test_tracking_ends_in_the_totals(cdnow):
    before = cdnow.tracking[~cdnow.tracking["held_out"]].iloc[-1]
    last = cdnow.tracking.iloc[-1]
    past = int(cdnow.customers["frequency"].sum())
    assert last["actual"] == past + cdnow.actual
    assert before["actual"] == pytest.approx(past, abs=0.02 * past)
    assert cdnow.tracking["expected"].is_monotonic_increasing
    # In the fitted weeks the likelihood holds the sum to the data.
    assert before["expected"] == pytest.approx(before["actual"], rel=0.03)


def test_histogram_counts_every_customer_once(cdnow):
    assert cdnow.histogram["actual"].sum() == pytest.approx(2357)
    assert cdnow.histogram["expected"].sum() == pytest.approx(2357)
    assert cdnow.histogram["actual"].iloc[0] == 1411


def test_groups_add_up_to_the_totals(cdnow):
    for groups in (cdnow.by_frequency(), cdnow.by_prediction()):
        assert groups["customers"].sum() == 2357
        assert (groups["actual"] * groups["customers"]).sum() == pytest.approx(1882)
        assert (groups["predicted"] * groups["customers"]).sum() == pytest.approx(cdnow.predicted)


def regular_shop() -> pd.DataFrame:
    """Customers who buy in bouts: weeks of daily purchases, then months of nothing."""
    rng = np.random.default_rng(8)
    parts = []
    for i in range(400):
        starts = np.sort(rng.integers(0, 360, 4))
        days = (starts[:, None] + np.arange(int(rng.integers(4, 14)))[None, :]).ravel()
        day = pd.Timestamp(START) + pd.to_timedelta(np.unique(days[days < 360]), unit="D")
        amount = rng.gamma(3, 20, len(day))
        parts.append(pd.DataFrame({"customer": f"c{i:03d}", "day": day, "amount": amount}))
    return pd.concat(parts, ignore_index=True)


def test_customers_who_buy_in_bouts_refute_the_model():
    shop = shop_of_purchases(regular_shop())
    found = calibrate(shop)
    assert "dispersion" in found.faults
    assert "does not fit" in found.verdict()
    assert "single customers are withheld" in found.words()
    # The first chart tells of the total, the second what is wrong with single customers.
    assert plot_tracking(found).title != plot_scatter(found).title == found.verdict()
    values = customer_values(shop, calibration=found)
    assert values.headline() == found.verdict()
    with pytest.raises(CannotTell, match="withheld"):
        plot_value(values)
    with pytest.raises(CannotTell, match="withheld"):
        value_table(values)
    (finding,) = value_findings(values)
    assert finding.money is None
    assert "does not fit" in finding.statement


def test_planted_process_is_not_refuted_and_its_total_foreseen():
    rng = np.random.default_rng(21)
    bought = buy_till_you_leave(rng, customers=4000, days=600, r=0.6, alpha=40.0, a=0.8, b=2.0)
    day = pd.Timestamp(START) + pd.to_timedelta(bought["at"].astype(int), unit="D")
    shop = shop_of_purchases(
        pd.DataFrame({"customer": "c" + bought["customer"].astype(str), "day": day})
    )
    found = calibrate(shop)
    assert found.fits
    assert found.low < found.actual < found.high
    assert found.dispersion[1] < 1.1


@pytest.mark.parametrize("draw", [plot_tracking, plot_frequency, plot_scatter])
def test_charts_can_be_drawn_wide_and_narrow(cdnow, draw):
    chart = draw(cdnow)
    assert chart.title and chart.alt
    assert chart.svg().startswith("<svg")
    assert chart.svg(phone=True).startswith("<svg")


def test_table_has_a_row_per_group(cdnow):
    assert calibration_table(cdnow).frame["frequency"].tolist() == [*"0123456", "7+"]


def test_split_outside_the_data_names_the_days():
    with pytest.raises(ParameterError, match="runs from 1997-01-01"):
        calibrate(cdnow_shop(), date(2001, 1, 1))


def test_a_week_of_data_cannot_be_split():
    frame = pd.DataFrame(
        {"customer": ["A", "B", "A"], "day": ["2024-01-01", "2024-01-02", "2024-01-07"]}
    )
    with pytest.raises(CannotTell, match="30 days on each side"):
        calibrate(shop_of_purchases(frame))


def test_calendar_clock_reads_as_the_histories_do():
    base = customer_base(cdnow_shop(), END)
    read = on_clock(base.histories, calendar_clock(base.start, END), END)
    np.testing.assert_allclose(read["recency"], base.histories["recency"])
    np.testing.assert_allclose(read["age"], base.histories["age"])


def test_clock_ahead_repeats_last_year_at_the_level_of_now():
    pace = np.concatenate([np.full(364, 1.0), np.full(84, 1.2)])
    pace[100] = 5.0
    clock = Clock(START, pace, 1.0, "activity")
    busy = START + timedelta(days=364 + 100)
    # Level: the last 84 days against the same days a year before, 1.2 to 1.
    assert clock.between(busy, busy + timedelta(days=1)) == pytest.approx(5 * 1.2)
    quiet = START + timedelta(days=364 + 200)
    assert clock.between(quiet, quiet + timedelta(days=7)) == pytest.approx(7 * 1.2)


def test_activity_clock_finds_planted_busy_days():
    rng = np.random.default_rng(9)
    pace = np.ones(400)
    pace[180:190] = 8.0
    pace /= pace.mean()
    at = np.concatenate([[0.0], np.cumsum(pace)])
    bought = buy_till_you_leave(rng, customers=6000, days=400, r=0.6, alpha=40.0, a=0.8, b=2.0)
    day = np.searchsorted(at, bought["at"], side="right") - 1
    frame = pd.DataFrame({"customer": bought["customer"].to_numpy(), "day": np.minimum(day, 399)})
    frame = frame.drop_duplicates()
    groups = frame.groupby("customer")["day"]
    found = groups.agg(first="min", last="max", frequency="size").reset_index()
    found["frequency"] -= 1
    origin = pd.Timestamp(START)
    found["first_day"] = origin + pd.to_timedelta(found["first"], unit="D")
    found["last_day"] = origin + pd.to_timedelta(found["last"], unit="D")
    later = frame[frame["day"] > groups.transform("min")]["day"].value_counts()
    repeats = pd.Series(
        later.to_numpy(float), index=origin + pd.to_timedelta(later.index.to_numpy(), unit="D")
    )
    end = START + timedelta(days=400)
    clock = activity_clock(found, repeats, START, end, unit_days=1.0)
    assert clock.pace.mean() == pytest.approx(1.0)
    assert clock.pace[180:190].mean() == pytest.approx(pace[180:190].mean(), rel=0.15)

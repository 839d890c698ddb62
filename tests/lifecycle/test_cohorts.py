"""Retention: who is new, on which day they come back, and which cells cannot be seen yet."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from bought_days import START, day, shop_of_buyers

from opsbook.chart.blocks import Missing
from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.cohort_channels_chart import plot_channels
from opsbook.lifecycle.cohort_compared import compare_channels
from opsbook.lifecycle.cohort_findings import cohort_findings
from opsbook.lifecycle.cohort_tables import channel_table, windows_table
from opsbook.lifecycle.cohorts import cohorts, retention_windows
from opsbook.lifecycle.cohorts_chart import plot_curve, plot_triangle
from opsbook.lifecycle.customer_value import value_to_date
from opsbook.lifecycle.day_edges import (
    buying_days,
    first_by_window,
    first_days,
    last_by_window,
    last_days,
)
from opsbook.lifecycle.newcomers import newcomers


def test_back_next_day_by_calendar_but_not_within_24_hours():
    """checks.md: first 1 Dec 17:59, second 2 Dec 17:00 is day 1 by date, day 0 by 24 h."""
    december = (date(2024, 12, 1) - START).days
    orders = [("a", december + (17 * 60 + 59) / 1440), ("a", december + 1 + 17 / 24), ("z", 400)]
    shop = shop_of_buyers(orders, signup=dict.fromkeys("az", december))
    gaps = {c: newcomers(shop, clock=c).table.execute() for c in ("calendar", "24h")}
    by = {c: f.set_index("customer_id")["gap"] for c, f in gaps.items()}
    assert by["calendar"]["a"] == 1
    assert pd.isna(by["24h"]["a"])


def test_report_says_which_clock_is_used():
    shop = shop_of_buyers([("a", 0), ("a", 1), ("b", 100)], signup={"a": 0, "b": 0})
    assert "calendar days" in newcomers(shop).words()
    assert "24 hours" in newcomers(shop, clock="24h").words()


def test_two_orders_on_one_day_are_no_return():
    shop = shop_of_buyers([("a", 0.3), ("a", 0.6), ("b", 0), ("b", 5), ("c", 99)],
                          signup=dict.fromkeys("abc", 0))  # fmt: skip
    row = cohorts(shop).rate(7)
    assert (row["back"], row["observed"]) == (1, 2)  # c's 7 days are not over


def test_who_registered_before_the_data_is_not_new():
    shop = shop_of_buyers([("old", 0), ("old", 3), ("a", 1), ("a", 50)],
                          signup={"old": -200, "a": 1})  # fmt: skip
    new = newcomers(shop)
    assert (new.customers, new.older, new.rule) == (1, 1, "signup")
    assert "1 older customers" in new.words()


def test_without_registration_dates_the_first_weeks_are_left_out():
    shop = shop_of_buyers([("early", 5), ("early", 150), ("late", 120), ("late", 300)])
    new = newcomers(shop)
    assert (new.customers, new.older, new.rule) == (1, 1, "settle")
    short = shop_of_buyers([("early", 5), ("late", 60)])
    assert newcomers(short).rule == "all"


def test_channel_falls_back_to_the_first_order():
    shop = shop_of_buyers([("a", 0), ("a", 9)], channel={"a": "search"})
    assert newcomers(shop).cells["channel"].tolist() == ["search"]


def test_cells_not_observable_are_blank_partial_ones_too():
    # January: a on the 1st, b on the 31st; data end on day 35 (5 February).
    shop = shop_of_buyers(
        [("a", 0), ("a", 2), ("b", 30), ("z", 35)], signup=dict.fromkeys("abz", 0)
    )
    windows = cohorts(shop, days=(7,)).windows
    january = windows[(windows["kind"] == "month") & (windows["group"] == "2024-01")].iloc[0]
    whole = windows[windows["kind"] == "all"].iloc[0]
    # b is observed for 5 days only: a alone is not January, but a's 7 days do count.
    assert (january["observed"], january["customers"]) == (1, 2)
    assert np.isnan(january["rate"])
    assert np.isnan(january["low"])
    assert (whole["observed"], whole["rate"]) == (1, 1.0)


def test_triangle_is_blank_for_a_month_that_is_not_over_and_zero_for_one_without_a_return():
    shop = shop_of_buyers([("a", 0), ("a", 70), ("b", 75)], signup={"a": 0, "b": 0})
    triangle = cohorts(shop, days=(7,)).triangle
    january = triangle[triangle["month"] == "2024-01-01"].set_index("age")["rate"]
    assert january[0] == 1
    assert january[1] == 0  # February is over and nobody came
    assert np.isnan(january[2])  # March is not over


def test_curve_and_table_agree():
    rng = np.random.default_rng(3)
    bought = []
    for i in range(300):
        first = int(rng.integers(0, 300))
        bought += [(f"c{i}", first), (f"c{i}", first + int(rng.exponential(60)) + 1)]
    shop = shop_of_buyers(bought, signup={f"c{i}": 0 for i in range(300)})
    result = cohorts(shop)
    whole = result.curve[result.curve["group"] == ""].set_index("day")
    for days in (7, 30, 90):
        row = result.rate(days)
        assert (whole.loc[days, "observed"], whole.loc[days, "back"]) == (
            row["observed"],
            row["back"],
        )
        assert row["low"] < row["rate"] < row["high"]


def test_ends_of_a_history_are_the_same_on_any_engine():
    rng = np.random.default_rng(5)
    bought = [(f"c{rng.integers(0, 40)}", int(rng.integers(0, 300))) for _ in range(150)]
    shop = shop_of_buyers(bought)
    days = buying_days(shop)
    for fast, slow in (
        (first_days(shop), first_by_window(days)),
        (last_days(shop), last_by_window(days)),
    ):
        quick = fast.order_by("customer_id").execute()
        assert quick.equals(slow.order_by("customer_id").execute()[quick.columns])
        assert quick.iloc[:, -1].isna().any()


def cells(rates: dict[str, tuple[int, int]], month: str = "2024-01-01"):
    """Cells of one month: channel to (customers, back within 90 days)."""
    rows = [
        {"first_day": month, "month": month, "channel": c, "gap": g, "customers": n, "follow": 200}
        for c, (all_, back) in rates.items()
        for g, n in ((10.0, back), (np.nan, all_ - back))
    ]
    return pd.DataFrame(rows).assign(month=lambda f: pd.to_datetime(f["month"]))


def test_one_channel_that_differs_is_found_and_equal_ones_are_not():
    rates = {"a": (2000, 600), "b": (2000, 600), "c": (2000, 600), "bad": (2000, 400)}
    frame = compare_channels(cells(rates)).set_index("channel")
    # 400/2000 = .2 against 1800/6000 = .3
    assert frame.loc["bad", "gap"] == pytest.approx(-0.1)
    assert frame.loc["bad", "is_real"]
    assert frame["is_real"].sum() == 1 + (frame.drop("bad")["p_holm"] < 0.05).sum()
    equal = compare_channels(cells(dict.fromkeys("abcd", (2000, 600))))
    assert not equal["is_real"].any()


def test_a_channel_is_not_blamed_for_its_season():
    """Both channels keep 40 % in May and 10 % in November; one brings mostly November."""
    may = cells({"a": (900, 360), "b": (100, 40)}, "2024-05-01")
    november = cells({"a": (100, 10), "b": (900, 90)}, "2024-11-01")
    frame = compare_channels(pd.concat([may, november])).set_index("channel")
    assert frame.loc["a", "rate"] > frame.loc["b", "rate"] + 0.2  # 37 % against 13 %, as it stands
    assert frame.loc["a", "gap"] == pytest.approx(0, abs=1e-12)
    assert not frame["is_real"].any()


def test_value_is_followed_only_for_customers_observed_that_long():
    # a: 100 on day 0, 50 on day 40, observed 100 days; b: 300 on day 80, observed 20 days.
    shop = shop_of_buyers([("a", 0, 100.0), ("a", 40, 50.0), ("b", 80, 300.0), ("z", 99, 1.0)],
                          signup=dict.fromkeys("abz", 0), cost=40.0)  # fmt: skip
    found = value_to_date(shop, newcomers(shop), by="all").frame.set_index("month")
    assert found["customers"].tolist() == [1, 1, 1]
    assert found["revenue"].tolist() == [100, 150, 150]
    assert found["margin"].tolist() == [60, 70, 70]


def test_a_refund_lowers_value_and_margin_in_proportion():
    returns = pd.DataFrame(
        {"return_id": ["r"], "order_id": ["o0"], "request_ts": [pd.Timestamp("2024-01-09")],
         "refund_ts": [pd.Timestamp("2024-01-10")], "refund_amount": [25.0]}
    )  # fmt: skip
    shop = shop_of_buyers([("a", 0, 100.0), ("z", 60, 1.0)], signup={"a": 0, "z": 0}, cost=40.0,
                          returns=returns)  # fmt: skip
    found = value_to_date(shop, newcomers(shop), by="all", months=1).frame.iloc[0]
    assert (found["revenue"], found["margin"]) == (75.0, 45.0)


@pytest.mark.parametrize(
    ("bought", "signup"),
    [
        ([("a", 0)], {"a": 0}),
        ([("a", 0), ("b", 0), ("c", 0)], dict.fromkeys("abc", 0)),
        ([(None, 0), (None, 50)], None),
        ([("a", 0), ("a", 3)], {"a": -100}),
    ],
    ids=["one customer", "one day", "guests only", "nobody new"],
)
def test_odd_shops_get_a_sentence(bought, signup):
    shop = shop_of_buyers(bought, signup=signup)
    with pytest.raises(CannotTell):
        cohorts(shop)


def test_no_repeat_buyer_gives_zero_not_blank_and_draws():
    names = [f"c{i}" for i in range(30)]
    shop = shop_of_buyers([(n, i) for i, n in enumerate(names)] + [("z", 200)],
                          signup=dict.fromkeys([*names, "z"], 0))  # fmt: skip
    result = cohorts(shop)
    assert result.rate(90)["rate"] == 0
    texts = [plot_triangle(result), plot_curve(result)]
    # Nobody made a second purchase: there is nothing to draw of the third.
    assert isinstance(plot_channels(result), Missing)
    assert all("nan" not in (c.title + c.alt).lower() for c in texts)
    assert "nan" not in windows_table(result).html()
    assert "nan" not in channel_table(result).html()  # no channels to compare
    assert cohort_findings(result) == []


def test_wrong_parameters_are_refused():
    shop = shop_of_buyers([("a", 0), ("a", 9)], signup={"a": 0})
    with pytest.raises(ParameterError, match="clock"):
        newcomers(shop, clock="hours")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="window"):
        cohorts(shop, days=(0,))


def test_end_cuts_the_data():
    shop = shop_of_buyers([("a", 0), ("a", 20), ("z", 60)], signup={"a": 0, "z": 0})
    assert cohorts(shop, days=(7,), end=day(15)).rate(7)["back"] == 0
    assert retention_windows(newcomers(shop).cells, (30,))["back"].iloc[0] == 1

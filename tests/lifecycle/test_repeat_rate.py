"""Repeat purchase rate: its window, its denominator, and what it is compared with."""

import numpy as np
import pandas as pd
import pytest
from bought_days import shop_of_buyers

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.cohort_findings import repeat_findings
from opsbook.lifecycle.repeat_chart import plot_repeat, repeat_table
from opsbook.lifecycle.repeat_rate import repeat_rate

# Last day is 59: windows are days 0-29 and 30-59.
ORDERS = [
    ("a", 0), ("a", 20),  # repeats in the first window
    ("a", 31),  # returns in the second, one order
    ("b", 29), ("b", 30),  # two orders a day apart, in two windows
    ("c", 40.3), ("c", 40.6),  # two orders on one day
    ("d", 45), ("d", 59),
]  # fmt: skip


def test_every_definition_by_hand():
    now = repeat_rate(shop_of_buyers(ORDERS)).now
    # Second window: a 1, b 1, c 2 (one day), d 2 orders.
    assert (now["buyers"], now["repeaters"], now["repeaters_days"]) == (4, 2, 1)
    assert (now["orders"], now["repeat_orders"], now["returning"]) == (6, 2, 2)
    assert now["rate"] == 0.5


def test_windows_end_with_the_data_and_do_not_overlap():
    trend = repeat_rate(shop_of_buyers(ORDERS)).trend
    assert [f"{d:%m-%d}" for d in trend["start"]] == ["01-01", "01-31"]
    assert [f"{d:%m-%d}" for d in trend["end"]] == ["01-31", "03-01"]
    assert trend["buyers"].tolist() == [2, 4]
    assert trend["repeaters"].tolist() == [1, 2]


def test_orders_get_no_interval_because_they_are_not_independent():
    table = repeat_rate(shop_of_buyers(ORDERS)).definitions()
    assert np.isnan(table.loc[2, "low"])
    assert table.loc[0, "low"] < 0.5 < table.loc[0, "high"]


def test_change_is_claimed_only_when_it_exceeds_chance():
    few = [(f"c{i}", d) for i in range(40) for d in ([0, 20] if i < 6 else [0])]
    many = [(f"d{i}", d) for i in range(40) for d in ([35, 59] if i < 20 else [35])]
    grown = repeat_rate(shop_of_buyers([*few, *many]))
    assert grown.p_value < 0.01  # 20 of 40 against 6 of 40
    assert "+35.0 pts" in grown.headline()
    same = repeat_rate(shop_of_buyers([*few, *[(f"d{i}", d + 30) for i in range(40)
                                               for d in ([5, 29] if i < 7 else [5])]]))  # fmt: skip
    assert "within chance" in same.headline()


def test_a_year_ago_is_the_same_weekdays_and_not_twelve_windows():
    # Windows end on day 999. A sale on days 631 and 635: 364 days back lies day 635, the last
    # of its window (606 to 635); twelve windows of 30 days back would end on day 639.
    rows = [("a", 606), ("a", 635), ("b", 620), ("c", 605), ("c", 636), ("d", 637), ("d", 639)]
    found = repeat_rate(shop_of_buyers([*rows, ("z", 0), ("z", 980), ("y", 999)]))
    before = found.earlier
    assert (before["end"] - before["start"]).days == 30
    assert (found.now["end"] - before["end"]).days == 364
    assert before["start"].weekday() == found.now["start"].weekday()
    # a bought twice within it, b once; c once on each side of it, d after it.
    assert (before["buyers"], before["repeaters"], before["rate"]) == (2, 1, 0.5)


def test_without_a_whole_window_a_year_ago_the_one_before_counts():
    # 393 days: the window of a year ago would begin on day -1.
    short = repeat_rate(shop_of_buyers([("a", 0), ("a", 350), ("b", 392)]))
    assert short.year_ago is None
    assert short.earlier["end"] == short.now["start"]
    whole = repeat_rate(shop_of_buyers([("a", 0), ("a", 350), ("b", 393)]))
    assert whole.earlier["start"] == whole.trend["end"].iloc[-1] - pd.Timedelta(days=394)


def test_the_claim_is_named_a_claim_and_not_priced():
    buyers = [(f"c{i}", d) for i in range(400) for d in ([0, 29] if i < 40 else [0])]
    result = repeat_rate(shop_of_buyers(buyers))
    assert "source claim" in result.words()
    (finding,) = repeat_findings(result)
    assert finding.money is None


def test_guests_are_counted_and_said():
    result = repeat_rate(shop_of_buyers([*ORDERS, (None, 50)]))
    assert "1 orders (10.0 % of all) name no customer" in result.words()


def test_odd_shops_get_a_sentence():
    with pytest.raises(CannotTell, match="as many"):
        repeat_rate(shop_of_buyers([("a", 0), ("a", 6)]))
    with pytest.raises(CannotTell):
        repeat_rate(shop_of_buyers([(None, 0), (None, 90)]))
    with pytest.raises(ParameterError, match="days"):
        repeat_rate(shop_of_buyers(ORDERS), days=3)


def test_a_shop_of_one_buyer_draws_without_nan():
    result = repeat_rate(shop_of_buyers([("a", 0), ("a", 45)]))
    chart = plot_repeat(result)
    assert "nan" not in (chart.title + chart.alt + repeat_table(result).html()).lower()

"""The report's frame: its days, and sections that rest on an earlier one."""

from datetime import date

import pandas as pd
import pytest
from bought_days import shop_of_buyers

from opsbook.chart.section import known
from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.bounds import within
from opsbook.lifecycle.everyday import everyday_words
from opsbook.shop.periods import days_reported


def test_a_shop_of_one_day_is_reported_on_that_day():
    period = days_reported(shop_of_buyers([("a", 0.2), ("b", 0.7)]), weeks=12)
    assert (period.days, period.start) == (1, date(2024, 1, 1))


def test_whole_weeks_are_reported_where_there_are_any():
    # 2024-01-01 is a Monday: 25 days hold three whole weeks.
    period = days_reported(shop_of_buyers([("a", 0), ("a", 24)]), weeks=2)
    assert (period.start, period.end) == (date(2024, 1, 8), date(2024, 1, 22))


def test_more_weeks_than_the_data_hold_are_still_refused():
    with pytest.raises(ParameterError, match="at most 3"):
        days_reported(shop_of_buyers([("a", 0), ("a", 24)]), weeks=12)


def test_what_rests_on_an_answer_that_is_missing_says_so():
    assert known(3) == 3
    with pytest.raises(CannotTell, match="could not be told above"):
        known(None)


def test_a_grocer_is_told_why_the_model_fits_badly_and_nobody_else():
    assert "BG/NBD" in everyday_words(pd.Series([2, 30, 60]), "BG/NBD")
    assert everyday_words(pd.Series([0, 1, 60]), "BG/NBD") == ""
    assert everyday_words(pd.Series([], dtype="int64"), "BG/NBD") == ""


@pytest.mark.parametrize("value", [0.4, 1.1, float("nan")])
def test_a_value_outside_its_bounds_is_refused_by_name(value):
    with pytest.raises(ParameterError, match=r"cover .* out of bounds; use 0.5 to 1"):
        within("cover", value, 0.5, 1)

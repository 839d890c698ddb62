"""Relative dates: the same words mean the right day on every day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsbook.report.dates import day_of

TODAY = date(2024, 3, 31)  # a Sunday, the last day of a quarter, in a leap year


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", "2024-02-29"),
        ("today", "2024-03-31"),
        ("yesterday", "2024-03-30"),
        ("Tomorrow", "2024-04-01"),
        ("-7d", "2024-03-24"),
        ("+1day", "2024-04-01"),
        ("-2w", "2024-03-17"),
        ("-1month", "2024-02-29"),  # there is no 31 February
        ("-13m", "2023-02-28"),
        ("-1month_start", "2024-02-01"),
        ("-1month_end", "2024-02-29"),
        ("0month_start", "2024-03-01"),
        ("+1month_end", "2024-04-30"),
        ("0quarter_start", "2024-01-01"),
        ("-1quarter_start", "2023-10-01"),
        ("-1quarter_end", "2023-12-31"),
        ("-1year", "2023-03-31"),
        ("-1year_start", "2023-01-01"),
        ("-1year_end", "2023-12-31"),
        ("-2years_end", "2022-12-31"),
        ("0week_start", "2024-03-25"),  # Monday
        ("-1week_end", "2024-03-24"),  # Sunday
    ],
)
def test_day_that_is_meant(text: str, day: str) -> None:
    assert day_of(text, TODAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "-7",
        "d",
        "-1d_start",
        "-1month_middle",
        "2024-02-30",
        "20240201",
        "２０２４-01-01",
        "-99999y",
        "-7 d",
        "--7d",
        "2024-01-01T00:00",
        "1e3d",
    ],
)
def test_what_means_no_day(text: str) -> None:
    assert day_of(text, TODAY) is None


def test_week_begins_where_the_shop_says() -> None:
    # 27 March 2024 is a Wednesday; its week began on Sunday the 24th or Monday the 25th.
    wednesday = date(2024, 3, 27)
    assert day_of("0w_start", wednesday, week_start="sunday") == date(2024, 3, 24)
    assert day_of("0w_start", wednesday, week_start="monday") == date(2024, 3, 25)
    assert day_of("0w_end", wednesday, week_start="sunday") == date(2024, 3, 30)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from("wmqy"), st.integers(-30, 30))
def test_periods_follow_one_another_without_gap(today: date, unit: str, number: int) -> None:
    end = day_of(f"{number}{unit}_end", today)
    after = day_of(f"{number + 1}{unit}_start", today)
    assert end is not None and after == end + timedelta(days=1)
    start = day_of(f"0{unit}_start", today)
    last = day_of(f"0{unit}_end", today)
    assert start is not None and last is not None and start <= today <= last

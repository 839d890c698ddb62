"""Growth corrected for the calendar: by hand, as a property, and its interval by simulation."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsbook.reference.calendar import events
from opsbook.reference.like_for_like import like_for_like
from opsbook.shop.periods import Period

CALENDAR = events(date(2023, 1, 1), date(2028, 1, 1))


def days_of(start: date, end: date) -> pd.DataFrame:
    return pd.DataFrame({"day": pd.date_range(start, end, inclusive="left"), "gmv": 100.0})


def test_a_moved_festival_is_left_out_and_named() -> None:
    # 27 ordinary days at 102 and 3 festival days at 306 against 30 ordinary days at 100:
    # raw 27 x 102 + 3 x 306 = 3,672 / 3,000 = +22.4 %; like for like 102 / 100 = +2 %.
    now, base = Period(date(2026, 9, 1), date(2026, 10, 1)), Period(
        date(2026, 8, 1), date(2026, 8, 31)
    )  # fmt: skip
    festival = pd.to_datetime(["2026-09-25", "2026-09-26", "2026-09-27"])
    daily = pd.concat([days_of(base.start, base.end), days_of(now.start, now.end)])
    is_now = daily["day"] >= pd.Timestamp(now.start)
    daily.loc[is_now, "gmv"] = 102.0
    daily.loc[daily["day"].isin(festival), "gmv"] = 306.0
    calendar = pd.DataFrame(
        {"date": festival, "event": "mid_autumn", "name_en": "Mid-Autumn", "name_zh": "中秋",
         "phase": "peak", "nth": [0, 1, 2], "kind": "statutory", "announced": True}
    )  # fmt: skip
    result = like_for_like(daily, now, base, calendar=calendar)
    assert result.raw == pytest.approx(3672 / 3000 - 1)
    assert result.growth == pytest.approx(0.02)
    assert [(o.name, o.days_now, o.days_base) for o in result.left_out] == [("Mid-Autumn", 3, 0)]
    assert result.days_compared == 27
    assert "Mid-Autumn (3/0)" in result.words()


def test_one_saturday_more_is_no_growth() -> None:
    # Saturdays sell 200, other days 100; July 2023 has five Saturdays, June 2023 four.
    now, base = (
        Period(date(2023, 7, 1), date(2023, 8, 1)),
        Period(date(2023, 6, 1), date(2023, 7, 1)),
    )
    daily = days_of(base.start, now.end)
    daily.loc[daily["day"].dt.day_of_week == 5, "gmv"] = 200.0
    result = like_for_like(daily, now, base)
    # Mean day: (26 x 100 + 5 x 200) / 31 = 116.1 against (26 x 100 + 4 x 200) / 30 = 113.3.
    assert result.raw == pytest.approx((3600 / 31) / (3400 / 30) - 1)
    assert result.growth == pytest.approx(0, abs=1e-12)


def test_a_partial_period_is_no_decline() -> None:
    now, base = Period(date(2023, 7, 3), date(2023, 7, 31)), Period(
        date(2023, 6, 5), date(2023, 7, 3)
    )  # fmt: skip
    daily = days_of(base.start, date(2023, 7, 17))
    result = like_for_like(daily, now, base)
    assert result.growth == pytest.approx(0, abs=1e-12)
    assert [(o.name, o.days_now) for o in result.left_out] == [("days without data", 14)]


def test_a_day_without_a_row_sold_nothing() -> None:
    now, base = Period(date(2023, 7, 3), date(2023, 7, 17)), Period(
        date(2023, 6, 19), date(2023, 7, 3)
    )  # fmt: skip
    daily = days_of(base.start, now.end)
    daily = daily[daily["day"] != pd.Timestamp("2023-07-05")]
    result = like_for_like(daily, now, base)
    # 13 of 14 days sold.
    assert result.growth == pytest.approx(13 / 14 - 1)


@settings(max_examples=60, deadline=None)
@given(
    start=st.dates(date(2024, 1, 1), date(2026, 1, 1)),
    days=st.integers(1, 130),
    gap=st.integers(0, 420),
    base_days=st.integers(1, 130),
    seed=st.integers(0, 10_000),
    level=st.floats(0.01, 1e6),
)
def test_sales_that_follow_the_calendar_show_no_growth(
    start: date, days: int, gap: int, base_days: int, seed: int, level: float
) -> None:
    """Daily sales = constant x factor of the day's events x factor of its weekday."""
    base = Period(start, start + timedelta(days=base_days))
    now = Period(base.end + timedelta(days=gap), base.end + timedelta(days=gap + days))
    rng = np.random.default_rng(seed)
    factor = {event: rng.uniform(0.2, 5) for event in sorted(CALENDAR["event"].unique())}
    weekday = rng.uniform(0.5, 2, 7)
    daily = days_of(base.start, now.end)
    ordinary = ~daily["day"].isin(CALENDAR["date"])
    daily["gmv"] = level
    daily.loc[ordinary, "gmv"] *= weekday[daily.loc[ordinary, "day"].dt.day_of_week]
    special = CALENDAR.assign(f=CALENDAR["event"].map(factor)).groupby("date")["f"].prod()
    daily["gmv"] *= daily["day"].map(special).fillna(1.0)
    result = like_for_like(daily, now, base, calendar=CALENDAR)
    if result.growth is None:
        assert result.days_compared == 0
    else:
        assert result.growth == pytest.approx(0, abs=1e-9)
    assert result.days_compared + sum(o.days_now for o in result.left_out) == days


@pytest.mark.parametrize(("correlation", "least"), [(0.0, 0.92), (0.4, 0.84)])
def test_interval_holds_the_true_growth_about_as_often_as_it_says(
    correlation: float, least: float
) -> None:
    """200 shops with 8 % weekly noise and 5 % true growth, twelve weeks against twelve."""
    now = Period(date(2025, 5, 5), date(2025, 7, 28))
    base = now.before()
    hits = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        shock = rng.standard_normal(25) * 0.08
        for week in range(1, 25):
            shock[week] += correlation * shock[week - 1]
        daily = days_of(base.start, now.end)
        week = (daily["day"] - daily["day"].min()).dt.days // 7
        daily["gmv"] *= np.exp(shock[week] + 0.05 * rng.standard_normal(len(daily)))
        daily.loc[daily["day"] >= pd.Timestamp(now.start), "gmv"] *= 1.05
        result = like_for_like(daily, now, base)
        assert result.low is not None and result.high is not None
        hits += result.low <= 0.05 <= result.high
    assert hits / 200 >= least


def test_interval_narrows_with_its_level_and_needs_four_weeks() -> None:
    rng = np.random.default_rng(1)
    now = Period(date(2025, 5, 5), date(2025, 7, 28))
    daily = days_of(now.before().start, now.end)
    daily["gmv"] *= rng.uniform(0.8, 1.2, len(daily))
    wide = like_for_like(daily, now, now.before(), level=0.99)
    narrow = like_for_like(daily, now, now.before(), level=0.8)
    assert wide.low < narrow.low < narrow.growth < narrow.high < wide.high  # type: ignore[operator]
    assert "80 % interval" in narrow.interval()
    short = Period(date(2025, 7, 7), date(2025, 7, 28))
    assert like_for_like(daily, short, short.before()).low is None


def test_nothing_before_means_no_growth_figure() -> None:
    now = Period(date(2025, 5, 5), date(2025, 6, 2))
    daily = days_of(now.start, now.end)
    result = like_for_like(daily, now, now.before(), span=Period(now.before().start, now.end))
    assert result.raw is None
    assert result.growth is None

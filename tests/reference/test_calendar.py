"""Dates of the retail year against published ones, and two calendars against each other."""

from datetime import date, timedelta

import ibis
import pandas as pd
import pytest

from opsbook.language import speaking
from opsbook.reference.calendar import announced, country_of, events, shop_events
from opsbook.reference.events import known_event
from opsbook.shop.contract import contract
from opsbook.shop.door import conform
from opsbook.shop.settings import Settings
from opsbook.shop.shop import Shop


def own_day(event: str, year: int, country: str = "CN") -> date:
    found = events(date(year, 1, 1), date(year + 1, 1, 1), country=country)
    return found.loc[(found["event"] == event) & (found["nth"] == 0), "date"].iloc[0].date()


# Published dates: Chinese calendar (GB/T 33661) and State Council notice for 2025.
@pytest.mark.parametrize(
    ("event", "when"),
    [
        ("spring_festival", date(2024, 2, 10)),
        ("spring_festival", date(2025, 1, 29)),
        ("spring_festival", date(2026, 2, 17)),
        ("spring_festival", date(2027, 2, 6)),
        ("qixi", date(2025, 8, 29)),
        ("qixi", date(2026, 8, 19)),
        ("mid_autumn", date(2025, 10, 6)),
        ("mid_autumn", date(2026, 9, 25)),
        ("dragon_boat", date(2025, 5, 31)),
        ("lantern", date(2025, 2, 12)),
        ("qingming", date(2025, 4, 4)),
    ],
)
def test_lunar_festivals_fall_on_their_published_days(event: str, when: date) -> None:
    assert own_day(event, when.year) == when


def test_makeup_workdays_of_2025_are_those_announced() -> None:
    found = events(date(2025, 1, 1), date(2026, 1, 1))
    days = found.loc[found["kind"] == "workday", "date"].dt.strftime("%m-%d").tolist()
    assert days == ["01-26", "02-08", "04-27", "09-28", "10-11"]


@pytest.mark.parametrize("year", [2018, 2020, 2022, 2023, 2024, 2025, 2026])
def test_days_off_agree_with_a_second_calendar(year: int) -> None:
    """``holidays`` (with weekends around) against the tables of ``lunar_python``."""
    from lunar_python.util import HolidayUtil

    listed = HolidayUtil.getHolidays(year)
    off = {date.fromisoformat(d.getDay()) for d in listed if not d.isWork()}
    work = {date.fromisoformat(d.getDay()) for d in listed if d.isWork()}
    found = events(date(year, 1, 1), date(year + 1, 1, 1))
    by_kind = found.groupby("kind")["date"].agg(lambda d: {t.date() for t in d})
    assert by_kind["statutory"] == off
    assert by_kind["workday"] == work


def test_a_year_without_a_notice_yet_is_marked() -> None:
    found = events(date(2027, 1, 1), date(2028, 1, 1))
    assert not announced(2027)
    assert announced(2026)
    assert not found.loc[found["kind"] == "statutory", "announced"].any()


def test_eve_counts_in_years_when_it_was_no_day_off() -> None:
    # In 2024 the eve, 9 February, was a working Friday.
    found = events(date(2024, 2, 9), date(2024, 2, 10))
    eve = found[found["event"] == "spring_festival"]
    assert eve["nth"].tolist() == [-1]


def test_windows_of_shopping_events_have_their_phases() -> None:
    found = events(date(2026, 1, 1), date(2027, 1, 1))
    sale = found[found["event"] == "sale_618"].set_index("date")["phase"]
    assert (sale.index.min(), sale.index.max()) == (
        pd.Timestamp("2026-06-01"),
        pd.Timestamp("2026-06-20"),
    )
    assert sale["2026-06-15"] == "preheat"
    assert sale["2026-06-18"] == "peak"
    assert sale["2026-06-19"] == "tail"
    double = found[found["event"] == "double_11"]
    assert double["date"].min() == pd.Timestamp("2026-10-20")
    assert double["date"].max() == pd.Timestamp("2026-11-11")


# US Office of Personnel Management; NFL; Easter by the US Census Bureau's table.
@pytest.mark.parametrize(
    ("event", "when"),
    [
        ("thanksgiving", date(2017, 11, 23)),
        ("black_friday", date(2017, 11, 24)),
        ("cyber_monday", date(2017, 11, 27)),
        ("independence_day", date(2017, 7, 4)),
        ("easter", date(2017, 4, 16)),
        ("easter", date(2025, 4, 20)),
        ("easter", date(2038, 4, 25)),
        ("super_bowl", date(2017, 2, 5)),
        ("super_bowl", date(2024, 2, 11)),
        ("memorial_day", date(2017, 5, 29)),
        ("labor_day", date(2017, 9, 4)),
        ("mothers_day", date(2017, 5, 14)),
    ],
)
def test_american_days_fall_where_they_are_published(event: str, when: date) -> None:
    assert own_day(event, when.year, "US") == when


@pytest.mark.parametrize(
    ("settings", "country"),
    [
        (Settings(), "CN"),
        (Settings(currency="USD", timezone="America/New_York"), "US"),
        (Settings(currency="EUR", timezone="Europe/Berlin"), "DE"),
        (Settings(currency="USD", timezone="UTC"), "US"),
        (Settings(currency="EUR", timezone="UTC"), ""),
    ],
)
def test_the_shops_time_zone_chooses_the_country(settings: Settings, country: str) -> None:
    assert country_of(settings) == country


def test_other_countries_have_their_public_holidays_and_christmas() -> None:
    found = events(date(2017, 1, 1), date(2018, 1, 1), country="DE")
    assert {"christmas", "black_friday", "holiday_german_unity_day"} <= set(found["event"])


def test_no_day_holds_an_event_twice_and_both_languages_are_there() -> None:
    found = events(date(2024, 1, 1), date(2027, 1, 1))
    assert not found.duplicated(["date", "event"]).any()
    assert (
        found["name_zh"].map(lambda name: any(ord(c) > 0x2E80 or c.isdigit() for c in name)).all()
    )
    assert found.loc[found["event"] == "qixi", "name_zh"].iloc[0] == "七夕"


def test_the_shops_own_calendar_replaces_retail_windows_and_keeps_the_law() -> None:
    own = pd.DataFrame(
        {
            "date": [date(2026, 11, 8) + timedelta(days=k) for k in range(4)],
            "event": "双十一",
            "phase": ["preheat", "preheat", "preheat", "peak"],
        }
    )
    orders = pd.DataFrame({"order_id": ["1"], "order_ts": pd.to_datetime(["2026-11-01"])})
    engine = ibis.duckdb.connect()
    entries = {
        name: conform(engine.create_table(name, frame), contract()[name])
        for name, frame in (("calendar", own), ("orders", orders))
    }
    shop = Shop("test", Settings(), entries)
    with speaking("en"):
        found = shop_events(shop, date(2026, 9, 1), date(2026, 12, 31))
    double = found[found["event"] == "double_11"]
    # 11 November is the event's own day, so 8 November is day -3, whatever the window.
    assert double["nth"].tolist() == [-3, -2, -1, 0]
    assert set(double["name_en"]) == {"Double 11"}
    assert "double_12" not in set(found["event"])
    assert {"national_day", "mid_autumn"} <= set(found["event"])


@pytest.mark.parametrize(
    ("name", "event"),
    [("618", "sale_618"), ("Singles' Day", "double_11"), ("年货节", "new_year_goods"),
     ("Grand opening", "Grand opening")],
)  # fmt: skip
def test_usual_names_of_events_are_recognised(name: str, event: str) -> None:
    assert known_event(name) == event

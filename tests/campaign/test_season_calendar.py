"""The retail year, its lead times, routine slots and the .ics file."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from opsbook.campaign.calendar_file import calendar_entries, calendar_file
from opsbook.campaign.ics import Entry, ics_text
from opsbook.campaign.season_calendar import lead_plan, season_calendar
from opsbook.campaign.season_calendar_chart import (
    calendar_findings,
    calendar_words,
    plot_calendar,
)
from opsbook.campaign.season_calendar_tables import calendar_table, lead_table, slot_table
from opsbook.campaign.slots import routine_slots
from opsbook.errors import ParameterError, RunError
from opsbook.language import speaking

STAMP = datetime(2026, 1, 1, tzinfo=UTC)


def peak(year: int, event: str, country: str = "CN") -> tuple[date, date]:
    row = season_calendar(year, country=country).events.set_index("event").loc[event]
    return row["peak_first"].date(), row["peak_last"].date()


def unfolded(text: str) -> list[str]:
    """Content lines as a reader of RFC 5545 sees them."""
    return text.replace("\r\n ", "").split("\r\n")


def test_lunar_feasts_move_their_events():
    # Chinese New Year 2026-02-17, 2027-02-06: the goods festival ends before the eve.
    assert peak(2026, "new_year_goods")[1] == date(2026, 2, 15)
    assert peak(2027, "new_year_goods")[1] == date(2027, 2, 4)
    assert peak(2026, "qixi") == (date(2026, 8, 19),) * 2
    assert peak(2025, "mid_autumn")[0] == date(2025, 10, 6)


def test_make_up_workdays_are_listed_once_announced_and_said_where_not():
    known = season_calendar(2025)
    assert [d.isoformat() for d in known.makeup] == [
        "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    ]  # fmt: skip
    assert known.announced
    later = season_calendar(2032)
    assert (later.announced, later.makeup) == (False, ())
    assert "not announced" in calendar_words(later)
    assert not later.events.loc[later.events["kind"] == "statutory", "announced"].any()


def test_every_event_stands_once_with_its_phases_in_order():
    for country in ("CN", "US", "XB", "DE"):
        rows = season_calendar(2027, country=country).events
        assert rows["event"].is_unique
        assert (rows["first"] <= rows["peak_first"]).all()
        assert (rows["peak_first"] <= rows["peak_last"]).all()
        assert (rows["peak_last"] <= rows["last"]).all()
        assert (rows["peak_first"].dt.year == 2027).all()


@pytest.mark.parametrize(
    ("event", "when"),
    [
        ("black_friday", date(2026, 11, 26)),  # from the eve; Black Friday itself is the 27th
        ("easter", date(2026, 4, 5)),
        ("mothers_day", date(2026, 5, 10)),
        ("cyber_monday", date(2026, 11, 30)),
    ],
)
def test_cross_border_year_has_the_markets_own_days(event, when):
    assert peak(2026, event, "XB")[0] == when


def test_feasts_by_the_moon_are_marked_as_not_sure():
    rows = season_calendar(2026, country="XB").events.set_index("event")
    assert not rows.loc[["ramadan_end", "diwali"], "announced"].any()
    # Hari Raya Puasa 2026-03-21 and Deepavali 2026-11-08 in Singapore's list of holidays.
    assert rows.loc["ramadan_end", "peak_last"].date() == date(2026, 3, 22)
    assert rows.loc["diwali", "peak_last"].date() == date(2026, 11, 8)


@pytest.mark.parametrize(
    ("year", "when"),
    [
        (2027, date(2027, 10, 29)),  # Singapore keeps the 28th
        (2036, date(2036, 11, 17)),  # beyond India's list: Singapore's day
    ],
)
@pytest.mark.filterwarnings("error")
def test_diwali_is_indias_main_day_as_far_as_it_is_known(year, when):
    assert peak(year, "diwali", "XB")[1] == when


@pytest.mark.parametrize(("year", "country"), [(1999, "CN"), (2100, "CN"), (2027, "QQ")])
def test_year_and_country_out_of_bounds_are_refused(year, country):
    with pytest.raises(ParameterError, match="use"):
        season_calendar(year, country=country)


def test_lead_times_count_back_from_the_first_peak_day():
    plan = lead_plan(season_calendar(2026))
    steps = plan[plan["event"] == "sale_618"].set_index("step")["date"]
    assert steps["goals"] == date(2026, 4, 17)  # 60 days before 16 June
    assert steps["stock"] == date(2026, 5, 7)  # 40 days before
    assert steps["review"] == date(2026, 6, 27)  # 7 days after the last day, 20 June
    assert plan["date"].is_monotonic_increasing
    assert set(plan["size"]) == {"mega", "large"}


def test_work_on_a_statutory_day_off_moves_to_a_working_day_and_says_so():
    calendar = season_calendar(2026)
    plan = lead_plan(calendar)
    moved = plan[plan["moved"]]
    assert not set(plan["date"]) & calendar.off
    assert set(moved["planned"]) <= calendar.off
    # 1 to 5 May are days off: what counts back to them is due on Thursday, 30 April.
    before = moved[(moved["planned"] >= date(2026, 5, 1)) & (moved["planned"] <= date(2026, 5, 5))]
    slots = before[before["step"] == "slots"].set_index("event")
    assert slots.loc["sale_618", "planned"] == date(2026, 5, 2)
    assert slots.loc["sale_618", "date"] == date(2026, 4, 30)
    assert slots.loc["sale_618", "days"] == -47
    # What counts from the end of an event waits: returns are not in any earlier.
    after = moved[moved["days"] > 0]
    assert len(after) and (after["date"] > after["planned"]).all()
    shown = lead_table(calendar, most=99).frame
    assert shown["days"].str.contains("moved from 2026-05-02").sum() >= 1
    texts = {e.key: e.text for e in calendar_entries(calendar, slots=False)}
    assert "Moved from 2026-05-02" in texts["CN-2026-sale_618-slots"]


def test_platform_windows_are_convention_and_feasts_have_their_day():
    shown = calendar_table(season_calendar(2026)).frame.set_index("name")["sure"]
    assert shown["618 sale"] == "convention"
    assert shown["Lantern Festival"] == "yes"


@pytest.mark.parametrize(
    ("lang", "event", "work", "off"),
    [("en", "event", "workday", "day off"), ("zh", "活动", "", "放假")],
)
def test_only_days_off_are_called_days_off(lang, event, work, off):
    with speaking(lang):
        entries = {e.key: e for e in calendar_entries(season_calendar(2026), slots=False)}
    for feast in ("dragon_boat", "mid_autumn"):
        assert entries[f"CN-2026-{feast}-first"].category == event
        assert entries[f"CN-2026-{feast}"].category == off
    made_up = [e for key, e in entries.items() if key.startswith("makeup-")]
    assert made_up and all(e.category != off for e in made_up)
    if work:
        assert {e.category for e in made_up} == {work}


def test_reminders_do_not_repeat_the_title_and_ring_at_a_waking_hour(tmp_path):
    file = calendar_file(2027, tmp_path / "y.ics", stamp=STAMP)
    lines = unfolded(file.read_bytes().decode("utf-8"))
    assert {x for x in lines if x.startswith("TRIGGER")} == {"TRIGGER:-PT15H"}
    assert not any(x.startswith("METHOD") for x in lines)
    titles = {x.removeprefix("SUMMARY:") for x in lines if x.startswith("SUMMARY:")}
    texts = {x.removeprefix("DESCRIPTION:") for x in lines if x.startswith("DESCRIPTION:")}
    assert texts and not titles & texts


def test_a_year_without_its_notice_says_what_comes_with_it(tmp_path, capsys):
    from opsbook.cli_calendar import calendar

    for year, told in ((2025, False), (2032, True)):
        entries = calendar_entries(season_calendar(year), slots=False)
        new_year = next(e for e in entries if e.key == f"CN-{year}-new_year")
        assert ("make-up workdays come with the notice" in new_year.text) == told
        calendar(year, tmp_path / "y.ics")
        said = capsys.readouterr()
        assert said.out.strip() == str(tmp_path / "y.ics")
        assert ("make-up workdays come with the notice" in said.err) == told


def test_member_gifts_are_written_with_chinese_marks():
    with speaking("zh"):
        entries = calendar_entries(season_calendar(2027))
    gifts = next(e.text for e in entries if e.key.startswith("slot-member_day"))
    assert gifts.startswith("银卡：") and ": " not in gifts


def test_routine_of_a_month_is_flash_sales_member_day_and_theme():
    rows = routine_slots(season_calendar(2026), 6)
    flash = rows[rows["kind"] == "flash"]
    assert {d.weekday() for d in flash["start"]} == {1, 3}
    assert len(flash) == 9
    assert all((s - n).days == 1 for s, n in zip(flash["start"], flash["notice"], strict=True))
    assert rows.loc[rows["kind"] == "member_day", "start"].tolist() == [date(2026, 6, 8)]
    assert rows["kind"].tolist().count("theme") == 1
    # 16 and 18 June lie in the peak of 618 and give way.
    inside = flash[flash["inside"] == "sale_618"]
    assert inside["start"].tolist() == [date(2026, 6, 16), date(2026, 6, 18)]


def test_a_whole_year_has_twelve_themes_and_a_wrong_month_is_refused():
    calendar = season_calendar(2027)
    assert routine_slots(calendar)["kind"].tolist().count("theme") == 12
    with pytest.raises(ParameterError, match="use 1 to 12"):
        routine_slots(calendar, 13)


def test_ics_lines_end_in_crlf_and_none_is_longer_than_75_octets():
    long = "促销" * 60 + "; with, marks\\ and\na second line"
    text = ics_text([Entry("k", date(2027, 6, 1), date(2027, 6, 1), long)], name="年", stamp=STAMP)
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    summary = next(x for x in unfolded(text) if x.startswith("SUMMARY:"))
    assert summary == "SUMMARY:" + "促销" * 60 + "\\; with\\, marks\\\\ and\\na second line"


def test_ics_last_day_is_exclusive_and_control_characters_are_dropped():
    entry = Entry("k", date(2027, 2, 28), date(2027, 2, 28), "a\x00b", notice_days=2, busy=True)
    lines = unfolded(ics_text([entry], name="n", stamp=STAMP))
    assert "DTSTART;VALUE=DATE:20270228" in lines
    assert "DTEND;VALUE=DATE:20270301" in lines
    assert "SUMMARY:ab" in lines
    # Nine in the morning, two days before: 39 hours before the midnight it begins at.
    assert "TRIGGER:-PT39H" in lines
    assert "TRANSP:OPAQUE" in lines
    assert "DTSTAMP:20260101T000000Z" in lines


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("country", ["CN", "XB"])
def test_the_file_names_every_entry_once_and_begins_and_ends_each(tmp_path, lang, country):
    with speaking(lang):
        file = calendar_file(2027, tmp_path / "y.ics", country=country, stamp=STAMP)
    lines = unfolded(file.read_bytes().decode("utf-8"))
    uids = [x for x in lines if x.startswith("UID:")]
    assert len(uids) == len(set(uids)) == lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT")
    assert lines.count("BEGIN:VALARM") == lines.count("END:VALARM") > 0
    assert list(tmp_path.iterdir()) == [file]


def test_the_same_year_has_the_same_names_of_entries_in_both_languages():
    calendar = season_calendar(2027)
    keys = []
    for lang in ("en", "zh"):
        with speaking(lang):
            keys.append([e.key for e in calendar_entries(calendar)])
    assert keys[0] == keys[1]


def test_warm_up_and_tail_do_not_touch_the_peak():
    entries = {e.key: e for e in calendar_entries(season_calendar(2026), slots=False)}
    warm, top = entries["CN-2026-sale_618-first"], entries["CN-2026-sale_618"]
    tail = entries["CN-2026-sale_618-peak_last"]
    assert (warm.start, warm.end) == (date(2026, 6, 1), date(2026, 6, 15))
    assert (top.start, top.end) == (date(2026, 6, 16), date(2026, 6, 18))
    assert (tail.start, tail.end) == (date(2026, 6, 19), date(2026, 6, 20))


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(RunError, match="cannot be written"):
        calendar_file(2027, tmp_path / "no" / "y.ics", stamp=STAMP)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_year_is_shown_as_picture_and_tables(lang):
    with speaking(lang):
        for country in ("CN", "XB", "DE"):
            calendar = season_calendar(2027, country=country)
            chart = plot_calendar(calendar)
            assert chart.svg() and chart.svg(phone=True)
            assert chart.title and "{" not in chart.title
            tables = [calendar_table(calendar), lead_table(calendar), slot_table(calendar, 3)]
            assert all("nan" not in x.html().lower() for x in tables)


def test_next_due_work_is_a_finding_and_none_when_nothing_is_near():
    calendar = season_calendar(2026)
    note = calendar_findings(calendar, date(2026, 4, 10))[0]
    assert (note.due, note.owner) == ("2026-04-17", "Campaign manager")
    assert note.money is None
    assert calendar_findings(season_calendar(2026), date(2020, 1, 1)) == []


def test_lead_table_begins_today():
    shown = lead_table(season_calendar(2026), date(2026, 6, 1)).frame
    assert pd.to_datetime(shown["date"]).min() >= pd.Timestamp("2026-06-01")

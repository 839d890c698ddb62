"""The door: names, types, amounts and times as people and programs write them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsbook.errors import DataError
from opsbook.shop.contract import Column, Kind, Table
from opsbook.shop.door import UNREAD, Entry, conform, local_time
from opsbook.shop.reading import Reading, date_pattern


def entry(kind: Kind, values: list, **how: object) -> Entry:
    table = Table("t", "", (), (Column("x", kind, "", choices=("paid", "refunded")),))
    typed = pd.array(values, dtype="string") if isinstance(values[0], str) else values
    return conform(ibis.memtable({"x": typed}), table, **how)  # type: ignore[arg-type]


def read(kind: Kind, *values: object, **how: object) -> list:
    frame = entry(kind, list(values), **how).typed.to_pyarrow()
    return frame["x"].to_pylist()


def unread(kind: Kind, *values: object, **how: object) -> list:
    return entry(kind, list(values), **how).typed.to_pyarrow()[f"{UNREAD}x"].to_pylist()


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.5", 1234.5),
        ("¥1,234.50", 1234.5),
        ("￥1，234.50", 1234.5),
        ("$ 1,234", 1234),
        ("-¥5", -5),
        ("¥-5", -5),
        ("−5", -5),
        ("(1,234.50)", -1234.5),
        ("1,234.50-", -1234.5),
        ("12元", 12),
        ("USD 1\u00a0234", 1234),
        ("1,50,000", 150000),
        (".5", 0.5),
        ("5.", 5),
        ("1e5", 100000),
    ],
)
def test_money_is_read_as_it_is_written(text: str, amount: float) -> None:
    assert read("money", text) == [amount]
    assert unread("money", text) == [None]


@pytest.mark.parametrize("text", ["1,5", "1.234,50", "1.5.2", "abc", "5%", "inf", "1e999", "--5"])
def test_money_that_is_not_sure_is_unread_not_guessed(text: str) -> None:
    assert read("money", text) == [None]
    assert unread("money", text) == [text]


@pytest.mark.parametrize("text", ["", " ", "-", "N/A", "NULL", "\\N", "nan", "#N/A"])
def test_nothing_is_empty_and_no_fault(text: str) -> None:
    assert read("money", text, "1") == [None, 1]
    assert unread("money", text, "1") == [None, None]


def test_decimal_comma() -> None:
    how = Reading(decimal=",")
    assert read("money", "1.234,50", "1,5", "1'234,5", "1.5", reading=how) == [
        *(1234.5, 1.5, 1234.5),
        None,
    ]


def test_per_cent_is_a_hundredth() -> None:
    assert read("fraction", "5%", "12.5 %", "0.3", "-5%") == [0.05, 0.125, 0.3, -0.05]


def test_whole_numbers_stay_exact_and_broken_ones_are_unread() -> None:
    values = ("1,200", "12.0", "9007199254740993", "12.5", "1,5")
    assert read("integer", *values) == [1200, 12, 9007199254740993, None, None]
    assert unread("integer", *values) == [None, None, None, "12.5", "1,5"]
    assert read("integer", 1.0, 2.5, float("nan")) == [1, None, None]
    assert unread("integer", 1.0, 2.5, float("nan")) == [None, "2.5", None]


def test_nan_is_empty_in_sums() -> None:
    assert read("money", 1.0, float("nan")) == [1, None]


def test_ids_are_text_without_a_false_decimal() -> None:
    assert read("text", "007", " 8 ", "NULL", "") == ["007", "8", None, None]
    assert read("text", 123.0, 4.5, float("nan")) == ["123", "4.5", None]
    assert read("text", 123, 4) == ["123", "4"]


def test_yes_and_no() -> None:
    assert read("boolean", "是", "否", "TRUE", "no", "1", "0.0", "maybe") == [
        *(True, False, True, False, True, False),
        None,
    ]
    assert unread("boolean", "maybe") == ["maybe"]


def test_a_shops_own_words_are_translated() -> None:
    how = Reading(words={"x": {"已退款": "refunded", "Bezahlt": "paid"}})
    assert read("choice", "Paid", "已退款", "bezahlt", "odd", reading=how) == [
        *("paid", "refunded", "paid"),
        "odd",
    ]


STAMPS = {
    "2024-01-05": datetime(2024, 1, 5),
    "2024/1/5": datetime(2024, 1, 5),
    "2024.01.05": datetime(2024, 1, 5),
    "2024年1月5日": datetime(2024, 1, 5),
    "20240105": datetime(2024, 1, 5),
    "20240105093000": datetime(2024, 1, 5, 9, 30),
    "2024-01-05 9:05": datetime(2024, 1, 5, 9, 5),
    "2024/1/5 9:05:03": datetime(2024, 1, 5, 9, 5, 3),
    "2024年1月5日 9时5分3秒": datetime(2024, 1, 5, 9, 5, 3),
    "2024-01-05T09:30:00.25": datetime(2024, 1, 5, 9, 30, 0, 250000),
    "2024-01-05T09:30:00+08:00": datetime(2024, 1, 5, 9, 30),
    "2024-01-05T09:30:00Z": datetime(2024, 1, 5, 17, 30),
    "2024-01-05 09:30:00 UTC": datetime(2024, 1, 5, 17, 30),
    "2024-01-05 09:30:00.123456789-0500": datetime(2024, 1, 5, 22, 30, 0, 123456),
    "1704412800": datetime(2024, 1, 5, 8),
    "1704412800123": datetime(2024, 1, 5, 8),
    "2024-02-29": datetime(2024, 2, 29),
}


@pytest.mark.parametrize("text", STAMPS)
def test_times_are_read_as_they_are_written(text: str) -> None:
    assert read("timestamp", text, zones=("", "Asia/Shanghai")) == [STAMPS[text]]


def test_dates_drop_the_time_of_day() -> None:
    assert read("date", "2024/1/5 0:00:00", "20240105") == [date(2024, 1, 5)] * 2
    assert read("date", 20240105) == [date(2024, 1, 5)]


@pytest.mark.parametrize(
    "text",
    [
        *("5/1/2024", "01/05/24", "2024-13-01", "2024-02-30", "2023-02-29", "1900-02-29"),
        *("45296", "2024-01-05 25:00", "epoch", "infinity", "2024-01"),
    ],
)
def test_times_that_are_ambiguous_or_no_times_are_unread(text: str) -> None:
    assert read("timestamp", text) == [None]
    assert unread("timestamp", text) == [text]
    assert read("date", text) == [None]


@settings(max_examples=40, deadline=None)
@given(st.datetimes(datetime(1000, 1, 1), datetime(2999, 12, 31, 23, 59, 59)))
def test_every_moment_survives_being_written(when: datetime) -> None:
    when = when.replace(microsecond=0)
    chinese = f"{when.year}年{when.month}月{when.day}日 {when.hour}:{when:%M:%S}"
    slashed = f"{when.year}/{when.month}/{when.day} {when.hour}:{when:%M:%S}"
    assert read("timestamp", when.isoformat(), chinese, slashed) == [when] * 3


def test_date_format_of_the_settings() -> None:
    how = Reading(date_format="%d.%m.%y")
    assert read("date", "05.01.24", "5.1.24", "2024-01-05", "31.12.2024", reading=how) == [
        *[date(2024, 1, 5)] * 3,
        None,
    ]
    with pytest.raises(ValueError, match="%j"):
        date_pattern("%Y %j")
    with pytest.raises(ValueError, match="%m"):
        date_pattern("%d/%m")


# --- time zones -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("utc", "new_york"),
    [
        (datetime(2024, 3, 10, 6, 59), datetime(2024, 3, 10, 1, 59)),
        (datetime(2024, 3, 10, 7, 0), datetime(2024, 3, 10, 3, 0)),
        (datetime(2024, 11, 3, 5, 59), datetime(2024, 11, 3, 1, 59)),
        (datetime(2024, 11, 3, 6, 0), datetime(2024, 11, 3, 1, 0)),
        (datetime(2024, 11, 3, 7, 0), datetime(2024, 11, 3, 2, 0)),
    ],
)
def test_daylight_saving_begins_and_ends_at_its_minute(utc: datetime, new_york: datetime) -> None:
    assert read("timestamp", utc, zones=("UTC", "America/New_York")) == [new_york]
    assert read("timestamp", str(utc), zones=("UTC", "America/New_York")) == [new_york]


@pytest.mark.parametrize(
    ("recorded", "wanted"),
    [
        ("UTC", "Australia/Lord_Howe"),
        ("UTC", "Europe/London"),
        ("America/New_York", "America/Los_Angeles"),
        ("America/New_York", "Europe/Berlin"),
        ("Asia/Shanghai", "UTC"),
    ],
)
def test_every_hour_of_a_year_agrees_with_the_zone_database(recorded: str, wanted: str) -> None:
    home, there = ZoneInfo(recorded), ZoneInfo(wanted)
    hours = [datetime(2023, 1, 1) + timedelta(minutes=30 * i) for i in range(2 * 24 * 365)]
    # An hour that the clocks leave out in spring names no moment.
    real = [
        w
        for w in hours
        if w.replace(tzinfo=home).astimezone(ZoneInfo("UTC")).astimezone(home).replace(tzinfo=None)
        == w
    ]
    frame = ibis.memtable({"x": real})
    moved = frame.select(y=local_time(frame.x, recorded, wanted)).to_pyarrow()["y"].to_pylist()
    assert moved == [w.replace(tzinfo=home).astimezone(there).replace(tzinfo=None) for w in real]


def test_time_with_its_own_zone_is_moved_from_there() -> None:
    aware = pd.to_datetime(["2024-07-05 02:00"], utc=True)
    zones = ("Asia/Tokyo", "America/New_York")
    assert read("timestamp", *aware, zones=zones) == [datetime(2024, 7, 4, 22)]
    assert read("date", *aware, zones=zones) == [date(2024, 7, 4)]
    assert read("timestamp", *aware) == [datetime(2024, 7, 5, 2)]


def test_plain_midnight_of_a_date_column_is_not_moved() -> None:
    assert read("date", datetime(2024, 7, 5), zones=("UTC", "America/New_York")) == [
        date(2024, 7, 5)
    ]


# --- names ----------------------------------------------------------------------------

TABLE = Table("t", "", ("a",), (Column("a", "text", "", required=True), Column("b", "integer", "")))


def test_names_match_in_any_case_or_by_the_settings() -> None:
    raw = ibis.memtable({" A ": ["x", None], "Menge": ["1", "2"], "c": [1, 2]})
    found = conform(raw, TABLE, columns={"b": "menge"})
    assert found.sources == {"a": " A ", "b": "Menge"}
    assert found.unknown == ("c",)
    assert found.used.columns == ("a", "b")
    assert found.used.to_pyarrow().to_pylist() == [{"a": "x", "b": 1}]
    assert found.typed.count().execute() == 2


def test_missing_and_wrongly_mapped_columns_are_said() -> None:
    raw = ibis.memtable({"x": [1], "y": [2]})
    with pytest.raises(DataError) as caught:
        conform(raw, TABLE, label="t.csv")
    assert str(caught.value) == (
        't.csv: the column "a" is missing; its columns are x, y. '
        "Name the right one in shop.toml: [tables.t.columns] a = ..."
    )
    with pytest.raises(DataError) as caught:
        conform(raw, TABLE, columns={"a": "z"}, label="t.csv")
    assert str(caught.value) == ('t.csv: shop.toml names the column "z"; its columns are x, y')


def test_column_of_an_impossible_type_is_said() -> None:
    raw = ibis.memtable({"a": ["x"], "b": [[1, 2]]})
    with pytest.raises(DataError) as caught:
        conform(raw, TABLE)
    assert str(caught.value) == 't: the column "b" holds array<int64>; integer is needed'


@pytest.mark.parametrize("engine", ["postgres", "clickhouse", "bigquery", "snowflake", "trino"])
def test_every_kind_compiles_for_other_engines(engine: str) -> None:
    kinds: tuple[Kind, ...] = (
        *("text", "integer", "number", "money", "fraction"),
        *("timestamp", "date", "boolean", "choice"),
    )
    table = Table("t", "", (), tuple(Column(k, k, "", choices=("a",)) for k in kinds))
    raw = ibis.table(dict.fromkeys(kinds, "string"), name="t")
    found = conform(raw, table, zones=("UTC", "Asia/Shanghai"))
    assert "SELECT" in str(ibis.to_sql(found.typed, dialect=engine))

"""The CSV inside a page: harmless, unrounded, readable by Excel, of a bounded size."""

import csv
import io
from datetime import date

import numpy as np
import pandas as pd
import pytest

from opsbook.chart.download import csv_name, csv_text, data_link, is_missing, unformula
from opsbook.language import speaking


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0", "+1+cmd", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "  =1+1", "\u3000=1",
        "＝1+1", "＋1+1", "－1+1", "＠x", "-", "=", "\n=1",
    ],
)  # fmt: skip
def test_a_cell_that_would_run_as_a_formula_is_quoted(text: str) -> None:
    assert unformula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "-5.2", "+7", "−5", "-1,234.5", "-5 %", "a=b", "5-3", ""])
def test_numbers_and_ordinary_text_stay_as_they_are(text: str) -> None:
    assert unformula(text) == text


def test_an_invisible_character_does_not_hide_a_formula() -> None:
    text, _ = csv_text(["h"], [["\u200b=1+1"], ["\ufeff@x"]])
    assert read(text)[1:] == [["'=1+1"], ["'@x"]]


def test_values_are_raw_and_nothing_is_empty() -> None:
    row = [-0.123456789, 12.0, 7, True, None, float("nan"), pd.NA, pd.NaT, float("inf")]
    text, kept = csv_text([str(i) for i in range(len(row))], [row])
    assert read(text)[1] == ["-0.123456789", "12", "7", "true", "", "", "", "", ""]
    assert kept == 1
    days = [pd.Timestamp("2026-05-01"), pd.Timestamp("2026-05-01 08:30"), date(2026, 5, 1)]
    assert read(csv_text(["a", "b", "c"], [days])[0])[1] == [
        "2026-05-01", "2026-05-01T08:30:00", "2026-05-01",
    ]  # fmt: skip


def test_excel_is_told_the_encoding_and_heads_are_harmless_too() -> None:
    text, _ = csv_text(["=evil", "销售额"], [['a"b', "x,\ny"]])
    assert text.encode("utf-8").startswith(b"\xef\xbb\xbf")
    assert read(text) == [["'=evil", "销售额"], ['a"b', "x,\ny"]]


def test_it_stops_at_its_size_and_says_how_many_rows_found_room() -> None:
    text, kept = csv_text(["name"], [["界" * 5000] for _ in range(100)], most_bytes=10_000)
    # A cell is cut to 1,000 characters: 999 and the dots, 3 bytes each, and CRLF.
    assert kept == 3
    assert len(text.encode()) <= 10_000 + 3
    with speaking("en"):
        assert ">Download the first 3 of 100 rows (CSV)<" in data_link(text, "x", kept=3, of=100)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc-passwd.csv"),
        ("..\\..\\Windows\\x", "Windows-x.csv"),
        ("Sales, 3 – 5 Aug 2026", "Sales-3-5-Aug-2026.csv"),
        ("各区域销售额，2026年8月", "各区域销售额-2026年8月.csv"),
        ("", "table.csv"),
        ("...", "table.csv"),
        ("NUL", "table-NUL.csv"),
        ("a\u202evsc.exe\x00", "avsc-exe.csv"),
        ('"><script>', "script.csv"),
    ],
)
def test_a_title_becomes_a_file_name_that_every_system_takes(title: str, name: str) -> None:
    assert csv_name(title) == name


def test_a_name_is_never_too_long_for_a_disk() -> None:
    assert len(csv_name("界x" * 5000).encode()) < 255


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, pd.NA, pd.NaT])
def test_every_kind_of_nothing_counts_as_missing(value: object) -> None:
    assert is_missing(value)


@pytest.mark.parametrize("value", [0, 0.0, "", False, np.float64(0), np.int64(0), np.bool_(False)])
def test_zero_and_empty_text_are_values(value: object) -> None:
    assert not is_missing(value)

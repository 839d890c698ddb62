"""Tables: readable without script, sortable by value, whole in the download."""

import re
from base64 import b64decode
from typing import Any

import pandas as pd
import pytest

from opsbook.chart import markup
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import speaking


def table(rows: int = 3, **more: Any) -> ShownTable:
    frame = pd.DataFrame({"name": [f"n{i}" for i in range(rows)], "v": [1234.5678] * rows})
    fields = [Field("name", "name"), Field("v", "sales, CNY", "money")]
    return shown_table(frame, fields, caption="Sales", **more)


def csv_of(html: str) -> list[str]:
    code = re.findall(r"base64,([^\"]+)", html)[0]
    return b64decode(code).decode("utf-8-sig").splitlines()


def test_a_cell_shows_the_rounded_value_and_carries_the_exact_one() -> None:
    html = table().html()
    assert '<td class="num" data-value="1234.5678">1,235</td>' in html
    assert csv_of(html)[:2] == ['name,"sales, CNY"', "n0,1234.5678"]


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, pd.NaT])
def test_what_is_missing_is_a_dash_that_sorts_last(nothing: object) -> None:
    frame = pd.DataFrame({"a": ["x"], "v": pd.Series([nothing], dtype=object)})
    html = shown_table(frame, [Field("a", "a"), Field("v", "v", "count")], caption="c").html()
    assert '<td class="num" data-value="">–</td>' in html


def test_a_rate_says_that_its_raw_value_is_a_fraction() -> None:
    frame = pd.DataFrame({"a": ["x"], "s": [0.123456], "g": [-0.5], "p": [0.01]})
    fields = [Field("a", "a"), Field("s", "share", "share"), Field("g", "growth", "growth"),
              Field("p", "shift", "points")]  # fmt: skip
    with speaking("en"):
        lines = csv_of(shown_table(frame, fields, caption="c").html())
    assert lines == [
        "a,share (fraction),growth (fraction),shift (fraction)",
        "x,0.123456,-0.5,0.01",
    ]


def test_a_long_name_is_cut_on_the_page_and_longer_in_hint_and_download() -> None:
    name = "long name " * 1000
    frame = pd.DataFrame({"a": [name]})
    html = shown_table(frame, [Field("a", "a")], caption="c").html()
    shown = re.findall(r'<th scope="row" title="([^"]*)">([^<]*)<', html)[0]
    assert (len(shown[0]), len(shown[1])) == (300, 80)
    assert len(csv_of(html)[1]) == 1000
    assert len(html) < 4000


def test_rows_beyond_most_are_in_the_download_and_the_page_says_so() -> None:
    with speaking("en"):
        html = table(40).html()
    assert html.count("<tr>") == 1 + 12
    assert len(csv_of(html)) == 1 + 40
    assert "12 of 40 rows are shown." in html and "Download all 40 rows (CSV)" in html
    assert "are shown" not in table(12).html()


def test_no_table_shows_more_rows_than_a_page_can_carry() -> None:
    with speaking("en"):
        html = table(5000, most=5000).html()
    assert html.count("<tr>") == 1 + 200
    assert "200 of 5000 rows are shown." in html
    # 40,000 bytes less the head's 19 hold 10 lines of 14 bytes ("n0,1234.5678", CRLF), 90 of
    # 15, 900 of 16 and (40,000 − 19 − 140 − 1,350 − 14,400) // 17 = 1,417 of 17.
    assert "Download the first 1475 of 5000 rows" in html
    assert len(html) < 90_000


@pytest.mark.parametrize(("rows", "folded"), [(8, False), (9, True)])
def test_a_table_folds_above_eight_rows(rows: int, folded: bool) -> None:
    html = table(rows, most=100).html()
    assert ('class="fold"' in html) is folded
    assert html.count("<tr>") == 1 + rows


def test_the_rule_that_folds_counts_as_the_words_do() -> None:
    from pathlib import Path

    rules = (Path(markup.__file__).parent / "blocks.css").read_text(encoding="utf-8")
    assert f"tr:nth-child(n+{markup.FOLD + 1})" in rules


def test_without_room_for_the_figures_the_page_says_so() -> None:
    data = table().to_dict() | {"csv": ""}
    with speaking("en"):
        html = markup.table(data)
    assert "base64" not in html and "too many to be downloaded" in html


def test_an_empty_table_is_a_head_and_nothing_to_download() -> None:
    html = table(0).html()
    assert "<tbody></tbody>" in html
    assert csv_of(html) == ['name,"sales, CNY"']


def test_text_for_a_terminal_has_the_rows_that_are_shown() -> None:
    assert len(table(40)._repr_mimebundle_()["text/plain"].splitlines()) == 1 + 12

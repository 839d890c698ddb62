"""Text from data: nothing of it is markup, endless, invisible or turns what stands beside it."""

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsbook.chart.words import attribute, plain, said, shortened, visible


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("a\u202eb\u2066c\u200bd\ufeffe\x00f\x1bg", "abcdefg"),
        ("line\nbreak\tkept", "line\nbreak\tkept"),
        ("half \ud800", "half \ufffd"),
        ("Z" + "\u0301" * 50, "Z" + "\u0301" * 3),
        # Families of emoji and Persian words are written with joiners.
        ("👩\u200d👧 می\u200cخواهم", "👩\u200d👧 می\u200cخواهم"),
    ],
)
def test_what_nobody_sees_is_dropped_and_what_people_write_stays(given: str, seen: str) -> None:
    assert visible(given) == seen


def test_an_endless_word_is_cut_and_the_figures_after_it_stay() -> None:
    assert shortened("x" * 10_000 + " lost 45.5 k, −6 %") == "x" * 59 + "… lost 45.5 k, −6 %"
    assert shortened("界" * 10_000 + "，下降 5 %") == "界" * 59 + "…，下降 5 %"
    assert len(shortened("a b " * 1000, 300)) == 300


def test_a_chinese_sentence_is_no_endless_word() -> None:
    text = "销售额同比增长主要来自新客，" * 20
    assert shortened(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("sales 45.5 k", "sales 45.5~k"),
        ("−5.2 %", "−5.2~%"),
        ("+0.4 pts of", "+0.4~pts of"),
        ("4.6 万 CNY", "4.6~万 CNY"),
        ("2 百分点", "2~百分点"),
    ],
)
def test_a_number_keeps_its_unit_on_its_line(text: str, kept: str) -> None:
    assert plain(text) == kept.replace("~", "\u00a0")


def test_a_number_before_an_ordinary_word_may_break() -> None:
    assert plain("5 kettles, 84 days, 3 ms") == "5 kettles, 84 days, 3 ms"


def test_words_from_right_to_left_are_set_apart_but_not_inside_attributes() -> None:
    assert plain("עברית שלום 5") == "<bdi>עברית שלום</bdi> 5"
    assert attribute('עברית "5"') == "עברית &quot;5&quot;"


@given(st.text(max_size=400))
def test_no_text_becomes_markup_and_none_is_longer_than_asked(text: str) -> None:
    html = plain(text, 50)
    bare = html.replace("<bdi>", "").replace("</bdi>", "")
    assert "<" not in bare and ">" not in bare and '"' not in bare
    assert len(unescape(bare)) <= 50
    html.encode("utf-8")


def test_bold_and_code_are_all_that_can_be_marked_up() -> None:
    assert said("**a** `b` <i> [x](javascript:y)") == (
        "<strong>a</strong> <code>b</code> &lt;i&gt; [x](javascript:y)"
    )

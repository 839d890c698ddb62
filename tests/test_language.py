"""Two languages that say the same, and figures written as people read them."""

from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from opsbook import language as speech
from opsbook.errors import ParameterError

LOCALE = Path(speech.__file__).parent / "locale" / "zh"
ROOMS = {room: texts for room, files in speech.rooms().items() if (texts := speech.messages(files))}
each_room = pytest.mark.parametrize("room", ROOMS)


def catalogue(room: str) -> dict[str, str]:
    """Chinese by English, as the room's file holds it; nothing where there is no file."""
    file = LOCALE / f"{room}.po"
    if not file.exists():
        return {}
    with file.open("rb") as stream:
        entries = read_po(stream, locale="zh")
        return {str(e.id): "" if e.fuzzy else str(e.string) for e in entries if e.id}


def fields(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@each_room
def test_the_catalogue_holds_exactly_the_messages_of_the_source(room: str) -> None:
    assert set(catalogue(room)) == set(ROOMS[room]), "run python -m opsbook.language"


@each_room
def test_every_message_has_chinese(room: str) -> None:
    assert [text for text, chinese in catalogue(room).items() if not chinese] == []


@each_room
def test_both_languages_fill_the_same_fields(room: str) -> None:
    differing = {e: z for e, z in catalogue(room).items() if z and fields(e) != fields(z)}
    assert differing == {}


def test_one_english_text_has_one_chinese_in_all_rooms() -> None:
    seen: dict[str, set[str]] = {}
    for room in ROOMS:
        for english, chinese in catalogue(room).items():
            seen.setdefault(english, set()).add(chinese)
    assert {e: z for e, z in seen.items() if len(z) > 1} == {}


def test_no_catalogue_is_left_of_a_room_that_is_gone() -> None:
    assert {file.stem for file in LOCALE.glob("*.po")} == set(ROOMS)


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (0, "0", "0"),
        (12, "12", "12"),
        (12.5, "12.50", "12.50"),
        (999.9, "999.90", "999.90"),
        (9_999, "9,999", "9,999"),
        (9_999.6, "10,000", "10,000"),
        (12_345, "12.3 k", "1.2 万"),
        (1_097_800, "1,097.8 k", "109.8 万"),  # 1,097,800 / 10,000 = 109.78
        (12_500_000, "12.5 m", "1,250.0 万"),
        (230_000_000, "230.0 m", "2.30 亿"),
        (-20_000, "−20.0 k", "−2.0 万"),
        (-0.004, "0.00", "0.00"),
    ],
)
def test_money_is_short_in_the_units_of_each_language(
    value: float, english: str, chinese: str
) -> None:
    with speech.speaking("en"):
        assert speech.money(value) == english
        assert speech.money(value, "USD") == f"{english} USD"
    with speech.speaking("zh"):
        assert speech.money(value) == chinese
        assert speech.money(value, "CNY") == f"{chinese} CNY"


def test_money_shows_a_plus_only_when_asked_and_positive() -> None:
    with speech.speaking("en"):
        assert speech.money(5, sign=True) == "+5"
        assert speech.money(0, sign=True) == "0"
        assert speech.money(-5, sign=True) == "−5"


@pytest.mark.parametrize("lang", speech.LANGUAGES)
def test_counts_and_shares_are_written_alike_in_both_languages(lang: str) -> None:
    with speech.speaking(lang):
        assert speech.count(12_345) == "12,345"
        assert speech.count(-1_234.56, 1) == "−1,234.6"
        assert speech.count(-0.2) == "0"
        assert speech.per_cent(0.059) == "5.9 %"
        assert speech.per_cent(0.059, sign=True) == "+5.9 %"
        assert speech.per_cent(-0.0004, sign=True) == "0.0 %"  # −0.04 rounds to nothing
        assert speech.per_cent(1, 0) == "100 %"


@pytest.mark.parametrize("lang", speech.LANGUAGES)
def test_change_is_relative_signed_and_a_dash_without_a_base(lang: str) -> None:
    with speech.speaking(lang):
        assert speech.change(105.9, 100) == "+5.9 %"
        assert speech.change(75, 100) == "−25.0 %"
        assert speech.change(100, 100) == "0.0 %"
        assert speech.change(5, 0) == "–"


def test_points_are_the_difference_of_two_shares() -> None:
    with speech.speaking("en"):
        assert speech.points(0.031 - 0.035) == "−0.4 pts"
        assert speech.points(0.05) == "+5.0 pts"
    with speech.speaking("zh"):
        assert speech.points(0.05).startswith("+5.0 ")
        assert "pts" not in speech.points(0.05)


@pytest.mark.parametrize(
    ("start", "end", "english", "chinese"),
    [
        (
            date(2017, 12, 1),
            date(2018, 1, 1),
            "1 Dec – 31 Dec 2017",
            "2017年12月1日至2017年12月31日",
        ),
        (
            date(2017, 12, 25),
            date(2018, 1, 8),
            "25 Dec 2017 – 7 Jan 2018",
            "2017年12月25日至2018年1月7日",
        ),
    ],
)
def test_a_period_is_printed_with_its_last_day(
    start: date, end: date, english: str, chinese: str
) -> None:
    with speech.speaking("en"):
        assert speech.period(start, end) == english
    with speech.speaking("zh"):
        assert speech.period(start, end) == chinese


def test_speaking_ends_with_its_block() -> None:
    with speech.speaking("en"):
        with speech.speaking("zh"):
            assert speech.language() == "zh"
        assert speech.language() == "en"


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="fr"):
        speech.set_language("fr")


def test_the_environment_chooses_where_nobody_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "_current", speech.ContextVar("language", default=None))
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("OPSBOOK_LANG", "")
    assert speech.language() == "zh"
    monkeypatch.setenv("OPSBOOK_LANG", "en")
    assert speech.language() == "en"

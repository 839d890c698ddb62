"""Every number in a chapter comes from somewhere, and the search for strays finds strays."""

from dataclasses import replace
from pathlib import Path

import pytest

from made_book import ENGLISH, make_playbook
from opsbook.book import origins as searched
from opsbook.book.chapters import Chapter, chapters
from opsbook.book.numbers import numbers_in
from opsbook.book.origins import measured, origins, unknown

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "playbook"
ROOMS = ("market", "lifecycle", "supply", "traffic", "campaign")
CHAPTERS = [c for c in chapters(BOOK) if c.room in ROOMS]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.path)
def test_every_number_in_a_chapter_comes_from_somewhere(chapter: Chapter, lang: str) -> None:
    strays = [f"{o.number.shown}: {o.sentence}" for o in unknown(chapter, lang)]
    assert strays == [], "print it in a run, name its source, or register it in measured.toml"


def made(tmp_path: Path, old: str, new: str) -> Chapter:
    """The small chapter with one sentence changed."""
    folder = make_playbook(tmp_path)
    assert old in ENGLISH
    file = folder / "market" / "D10-growth.en.md"
    file.write_text(ENGLISH.replace(old, new), encoding="utf-8")
    return Chapter(folder, "market/D10-growth")


GREW = "Like for like the shop grew 2.0 %."


@pytest.mark.parametrize(
    ("sentence", "strays"),
    [
        (GREW, []),
        ("Like for like the shop grew 2.7 %.", ["2.7%"]),
        ("Feed ads brought 34 % of the orders.", ["34%"]),
        ("Feed ads brought 34 % of the orders (source claim, 001).", []),
        ("Say feed ads brought 34 % of the orders.", []),
        ("The gap was 812 / 400 = 2.03.", []),
        ("The gap was 812 / 400 = 2.3.", ["812", "400", "2.3"]),
        ("On 11 November 2026 it was 17:59, see D12 and three of them.", []),
        ("The code `f(777)` and [a link](x777.md) are no figures.", []),
    ],
)
def test_a_number_from_nowhere_is_noticed(tmp_path: Path, sentence: str, strays: list[str]) -> None:
    chapter = made(tmp_path, GREW, sentence)
    assert [o.number.shown.replace(" ", "") for o in unknown(chapter, "en")] == strays


def test_a_reference_figure_without_a_source_is_noticed(tmp_path: Path) -> None:
    chapter = made(tmp_path, "| ≥ 10 % | source claim, 001 (D12) |", "| ≥ 37 % | – |")
    assert [o.number.shown for o in unknown(chapter, "en")] == ["37%"]


def test_a_registered_measurement_is_known_with_its_source(tmp_path: Path) -> None:
    chapter = made(tmp_path, GREW, "Of 252 intervals 238 held it.")
    (chapter.folder / "measured.toml").write_text(
        '[[measured]]\nchapter = "market/D10-growth"\nnumbers = ["252", "238"]\n'
        'source = "tests/bench/README.md"\n',
        encoding="utf-8",
    )
    found = [(o.number.shown, o.source) for o in origins(chapter, "en") if o.kind == "measured"]
    assert found == [("252", "tests/bench/README.md"), ("238", "tests/bench/README.md")]


def test_what_is_registered_names_a_file_that_holds_or_repeats_it() -> None:
    rows = measured(BOOK)
    assert rows
    paths = {c.path for c in CHAPTERS}
    for row in rows:
        assert row.chapter in paths
        assert (ROOT / row.source).is_file(), row


def test_most_numbers_of_a_run_that_were_altered_would_be_noticed() -> None:
    """The net is fine enough: of three digits, the last raised by seven, four in five show."""
    tried = noticed = 0
    for chapter in CHAPTERS[::3]:
        known = searched._run_values(chapter)
        literals = searched._literals(chapter)
        for origin in origins(chapter, "en"):
            number = origin.number
            if origin.kind != "run" or origin.role == "reference":
                continue
            if number.value / number.step < 100 or origin.role == "idea":
                continue
            altered = replace(number, value=number.value + 7 * number.step)
            kind, _ = searched._origin(altered, origin.role, origin.sentence, known, literals, [])
            tried += 1
            noticed += not kind
    assert tried > 40
    assert noticed / tried > 0.8


def test_a_date_or_an_entry_is_no_number() -> None:
    text = "Of 12 March 2026, D12, 618"
    assert numbers_in(searched._without_dates(text)) == []

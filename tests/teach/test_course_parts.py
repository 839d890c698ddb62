"""The parts of a course: timetable, chapters taken apart, what fits a slide, shared exercises."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from opsbook.book.chapters import playbook_folder
from opsbook.book.figures import Drawn, Plan
from opsbook.chart.chart import Chart
from opsbook.errors import DataError
from opsbook.language import LANGUAGES, speaking, t
from opsbook.teach import exercise
from opsbook.teach.course.cases import read_cases
from opsbook.teach.course.chapters import chapters_of, read_chapter
from opsbook.teach.course.figure_slide import figure_body
from opsbook.teach.course.fit import LINES, height, pages
from opsbook.teach.course.plan import Slot, read_plan
from opsbook.teach.course.render import blocks, html, mathml, one_per_line
from opsbook.teach.course.share import PRACTICE, shared_out
from opsbook.teach.course.shelf import Shelf
from opsbook.teach.course.slides import chapter_slides, deck, module_slides
from opsbook.teach.course.speaker import notes_script

BOOK = playbook_folder()
ROOMS = ("market", "lifecycle", "supply", "traffic", "campaign")
CHAPTERS = [name for room in ROOMS for name in chapters_of(BOOK, room)]


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "timetable.toml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_day_runs_without_gap_and_in_under_nine_hours(lang: str) -> None:
    slots = read_plan(BOOK, lang)
    assert {slot.day for slot in slots} == {1, 2}
    for day in (1, 2):
        mine = [slot for slot in slots if slot.day == day]
        assert all(before.end == after.start for before, after in pairwise(mine))
        hours = [datetime.strptime(x, "%H:%M") for x in (mine[0].start, mine[-1].end)]
        assert hours[1] - hours[0] < timedelta(hours=9)


def test_every_room_has_a_module_and_every_slot_a_goal() -> None:
    slots = [slot for slot in read_plan(BOOK, "en") if slot.kind != "break"]
    assert {slot.room for slot in slots if slot.kind == "module"} == set(ROOMS)
    assert [slot.id for slot in slots if not (slot.title and slot.goal)] == []


def test_a_module_without_chapters_takes_the_first_of_its_room(tmp_path: Path) -> None:
    rows = (
        '[[slot]]\nday = 1\nstart = "09:00"\nminutes = 30\nkind = "module"\nid = "m"\nroom = "r"\n'
    )
    book = written(tmp_path, rows)
    assert read_plan(book, "en")[0].chapters == ()
    (book / "r").mkdir()
    for name in ("A1-a", "A2-b", "A3-c", "A4-d"):
        for lang in LANGUAGES:
            (book / "r" / f"{name}.{lang}.md").touch()
    (book / "r" / "A0-english-only.en.md").touch()
    assert read_plan(book, "en")[0].chapters == ("r/A1-a", "r/A2-b", "r/A3-c")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('start = "09:00"\nminutes = 30\nkind = "nap"', 'kind "nap" is not known'),
        ('start = "9 am"\nminutes = 30\nkind = "break"', "9 am"),
        ('start = "09:00"\nminutes = 30\nkind = "break"\nspeaker = "x"', "speaker"),
        ('start = "09:00"\nminutes = 30\nkind = "talk"', "must be given once"),
        ("start = ", "cannot be read"),
    ],
)
def test_a_fault_in_the_timetable_is_named(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_plan(written(tmp_path, f"[[slot]]\nday = 1\n{row}\n"), "en")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", CHAPTERS)
def test_every_chapter_falls_into_its_parts(name: str, lang: str) -> None:
    found = read_chapter(BOOK, name, lang)
    assert found.decision and found.idea and found.formula and found.misleads
    assert "```python" in found.example
    assert "`notebooks/" in found.where
    assert found.answer and "<details>" not in found.exercise
    assert found.answer not in found.exercise


def test_a_chapter_that_lacks_sections_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "A1-a.en.md").write_text(
        "# A\n\n## One\n\n```\n## no\n```\n", encoding="utf-8"
    )
    with pytest.raises(DataError, match="has 1 sections; a chapter has 8"):
        read_chapter(tmp_path, "r/A1-a", "en")
    with pytest.raises(DataError, match="There is no chapter"):
        read_chapter(tmp_path, "r/A2-b", "en")


def test_blocks_keep_fences_and_formulas_whole() -> None:
    text = "One\ntwo\n\n$$a\n\n+ b$$\n\n```text\nx\n\ny\n```\n\n- p\n- q"
    assert blocks(text) == ["One\ntwo", "$$a\n\n+ b$$", "```text\nx\n\ny\n```", "- p\n- q"]


def test_text_that_fits_stays_on_one_slide_and_long_lists_are_split_evenly() -> None:
    assert pages("A line.\n\n- one\n- two") == ["A line.\n\n- one\n- two"]
    items = [f"- {'word ' * 20}{n}" for n in range(10)]  # two lines each, about 23 lines in all
    found = pages("\n".join(items))
    assert len(found) == 2
    assert [len(page.splitlines()) for page in found] == [5, 5]
    assert "\n".join(found) == "\n".join(items)


def test_a_long_table_repeats_its_head() -> None:
    rows = [f"| {n} | x |" for n in range(30)]
    found = pages("\n".join(["| n | what |", "| --- | --- |", *rows]))
    assert len(found) > 1
    assert all(page.startswith("| n | what |\n| --- | --- |\n") for page in found)
    assert sum(len(page.splitlines()) - 2 for page in found) == 30
    assert all(height(page) <= LINES for page in found)


def test_chinese_takes_twice_the_width() -> None:
    assert height("字" * 60) > height("a" * 60)


def test_formulas_side_by_side_become_one_per_line_but_not_inside_braces() -> None:
    assert one_per_line(r"$$a = b, \qquad c = \frac{1}{2}$$") == [
        "$$a = b$$",
        r"$$c = \frac{1}{2}$$",
    ]
    together = r"$$\text{a \qquad b}$$"
    assert one_per_line(together) == [together]


def test_formulas_become_mathml_and_a_broken_one_stays_readable() -> None:
    assert html("so $r_N$ is").startswith("<p>so <math")
    assert 'display="block"' in html("$$\\frac{1}{2}$$")
    assert mathml(r"\left( a") == r"<code>\left( a</code>"


def test_markup_and_addresses_in_a_text_do_no_harm() -> None:
    shown = html("<script>x</script> [a](javascript:x) [b](../c.md) ![p](http://a/b.png)")
    assert "<script" not in shown
    assert "href" not in shown and "<img" not in shown
    assert 'href="https://example.org"' in html("[a](https://example.org)")


def test_the_address_of_a_link_takes_no_room_on_a_slide() -> None:
    assert height("see [it](../class/book/en/" + "long/" * 60 + "x.html)") == height("see [it]")


def test_a_file_of_the_course_is_a_link_and_one_of_the_playbook_is_not() -> None:
    assert 'href="../class/book/en/r/x-y.html#Z"' in html("[a](../class/book/en/r/x-y.html#Z)")
    assert "href" not in html("[a](../r/x-y.en.md)")


def chart(height: float) -> Drawn:
    """A chart of bars as tall as asked for."""

    def draw(figure: Any, phone: bool) -> None:
        figure.add_subplot().bar(["A", "B"], [1, 2])

    made = Chart(draw, "B is twice A", "CNY & more", 'Two "bars"', "made up", height=height)
    return Drawn(Plan("market/D10-growth", ""), made.to_dict())


@pytest.mark.parametrize(("height", "kind"), [(3.0, "figure"), (5.6, "figure beside")])
def test_a_figure_takes_the_layout_that_shows_it_larger(height: float, kind: str) -> None:
    body = figure_body(chart(height))
    assert body.kind == kind
    assert 'aria-label="Two &quot;bars&quot;"' in body.html
    assert "CNY &amp; more" in body.html and "Demo shop" in body.html
    assert "<svg" in body.html


def test_a_chapters_slides_hold_its_figure_and_the_speaker_its_answer() -> None:
    chapter = read_chapter(BOOK, "market/D10-growth", "en")
    shelf = Shelf({chapter.name: chapter.title}, "en", "slides")
    plain = chapter_slides(chapter, None, Shelf())
    slides = chapter_slides(chapter, chart(3.0), shelf)
    assert len(slides) == len(plain) + 1
    shown = next(slide for slide in slides if slide.kind == "figure")
    assert shown.heading == "B is twice A" and shown.notes
    assert 'href="../class/book/en/market/D10-growth.html"' in slides[0].body
    assert "href" not in plain[0].body
    assert html(chapter.reference) in slides[0].notes
    assert slides[-1].notes == html(chapter.answer)
    assert html(chapter.answer) not in "".join(slide.body for slide in slides)
    page = deck("T", slides, "en")
    assert page.count('<aside class="notes">') == len([s for s in slides if s.notes]) >= 4
    assert "--accent:light-dark(" in page


def test_the_rest_of_a_formula_and_of_an_example_is_told_by_the_speaker() -> None:
    told = 0
    for name in CHAPTERS:
        chapter = read_chapter(BOOK, name, "en")
        slides = chapter_slides(chapter, None, Shelf())
        formula = [slide for slide in slides if slide.heading.startswith("The formula")]
        told += any(slide.notes for slide in formula)
        for block in blocks(chapter.formula):
            if not block.startswith(("$$", "|")):
                seen = "".join(slide.body + slide.notes for slide in formula)
                assert html(block) in seen or block.startswith(("- ", "* ", "1. ")), name
    assert told > 20


def test_the_speakers_screen_speaks_the_language_of_the_slides_and_can_stand_in_a_page() -> None:
    english = notes_script()
    assert "Next slide" in english and ">Upcoming<" not in english
    for text in (english, deck("T", [], "en")):
        assert text.count("<!--") == 0
    assert english.count("<script") == english.count("</script") == 0
    with speaking("zh"):
        chinese = notes_script()
        for around, words in (
            ('label">{}<', "Next slide"),
            ('label">{}<', "Notes"),
            ("{} <", "Time"),
        ):
            assert around.format(t(words)) in chinese
    assert "时间 <span" in chinese


def test_a_module_tells_the_speaker_how_long_and_every_known_mistake() -> None:
    slot = Slot(1, "09:30", 75, "module", "growth", title="Growth", goal="Compare.")
    task = exercise("D10-gmv")
    slides = module_slides(slot, [], [], [task], {}, Shelf())
    assert "25 minutes of slides, 38 of exercises (1 of them), 12 of talk" in slides[0].notes
    for way in task.wrong_ways:
        assert html(way.tell)[3:-4] in slides[-1].notes


def task(id: str, room: str, chapter: str) -> Any:
    return SimpleNamespace(id=id, room=room, chapter=chapter)


def test_exercises_go_to_their_chapter_then_to_their_room_then_to_practice() -> None:
    slots = [
        Slot(1, "09:00", 75, "module", "a", room="r", chapters=("r/1",)),
        Slot(1, "10:15", 15, "break"),
        Slot(1, "10:30", 75, "module", "b", room="r", chapters=("r/2",)),
    ]
    tasks = [task(str(n), "r", "r/1") for n in range(4)]
    tasks += [task("x", "r", "r/2"), task("y", "r", "r/9"), task("z", "s", "s/1")]
    found = {name: [one.id for one in mine] for name, mine in shared_out(slots, tasks).items()}
    # 75 // 2 // 12 = 3 fit each module; b has one of its own and is filled up from the room.
    assert found == {"a": ["0", "1", "2"], "b": ["x", "3", "y"], PRACTICE: ["z"]}


def test_a_module_takes_what_the_timetable_names_and_refuses_what_is_not_there() -> None:
    slot = Slot(1, "09:00", 75, "module", "a", room="r", exercises=("c",))
    found = shared_out([slot], [task(id, "r", "r/1") for id in "abcd"])
    assert [one.id for one in found["a"]] == ["c", "a", "b"]
    with pytest.raises(DataError, match='"a": there is no exercise c, or another slot has it'):
        shared_out([slot], [task("a", "r", "r/1")])


def test_a_card_without_a_field_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    file = tmp_path / "cases" / "cases.toml"
    file.write_text('[[case]]\nid = "J01"\ngroup = "won"\ntitle_en = "a"\n', encoding="utf-8")
    with pytest.raises(DataError, match="J01: title_zh is missing"):
        read_cases(tmp_path, "en")


def test_what_a_class_sees_of_a_case_is_the_claim_and_not_the_lesson() -> None:
    for case in read_cases(BOOK, "en"):
        shown = case.question()
        assert case.claim in shown and "source claim" in shown
        assert case.lesson not in shown

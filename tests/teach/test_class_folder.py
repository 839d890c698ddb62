"""The class folder is complete by itself: every link leads somewhere, and nowhere to a solution."""

import re
from html import unescape
from pathlib import Path

import nbformat
import pytest

from made_book import make_playbook
from opsbook.book.chapters import playbook_folder
from opsbook.language import speaking
from opsbook.teach import exercises
from opsbook.teach.course import build_course
from opsbook.teach.course.cases import read_cases
from opsbook.teach.course.chapters import read_chapter
from opsbook.teach.course.class_book import class_book, drawings
from opsbook.teach.course.plan import read_plan
from opsbook.teach.course.shelf import Shelf, relinked

LANGUAGES = ("en", "zh")
each_language = pytest.mark.parametrize("lang", LANGUAGES)


def addresses(file: Path) -> list[str]:
    """Relative addresses that a page or a notebook leads to."""
    if file.suffix == ".ipynb":
        book = nbformat.read(file, 4)
        text = "\n".join(c.source for c in book.cells if c.cell_type == "markdown")
        found = re.findall(r"\]\(([^)\s]+)\)", text)
    else:
        text = file.read_text(encoding="utf-8")
        text = re.sub(
            r"<script\b.*?</script>", lambda m: m[0].split(">")[0] + ">", text, flags=re.S
        )
        found = [unescape(a) for a in re.findall(r'\b(?:href|src)="([^"]*)"', text)]
    return [a for a in found if a and not re.match(r"[a-z]+:|//|#", a)]


def lost(folder: Path) -> list[str]:
    """Links of a folder that lead to no file."""
    files = [p for p in folder.rglob("*") if p.suffix in {".html", ".ipynb"}]
    assert len(files) > 40
    return [
        f"{file.relative_to(folder)}: {address}"
        for file in files
        for address in addresses(file)
        if not (file.parent / re.split(r"[#?]", address)[0]).exists()
    ]


@each_language
def test_every_relative_link_in_the_class_folder_leads_to_a_file_in_it(
    courses: dict[str, Path], lang: str
) -> None:
    folder = courses[lang] / "class"
    assert lost(folder) == []
    inside = {p.resolve() for p in folder.rglob("*")}
    out = [
        f"{file.name}: {address}"
        for file in folder.rglob("*.ipynb")
        for address in addresses(file)
        if (file.parent / address.split("#")[0]).resolve() not in inside
    ]
    assert out == []


@each_language
def test_every_link_of_the_trainers_files_leads_to_a_file(
    courses: dict[str, Path], lang: str
) -> None:
    assert lost(courses[lang]) == []


@each_language
def test_every_chapter_that_is_named_is_a_page_and_is_linked(
    courses: dict[str, Path], lang: str
) -> None:
    folder = courses[lang]
    for slot in read_plan(playbook_folder(), lang):
        for name in slot.chapters:
            page = f"book/{lang}/{name}.html"
            assert (folder / "class" / page).is_file()
            for where, up in (("trainer", "../class/"), ("class/notebooks", "../")):
                book = next((folder / where).glob(f"*-{slot.id}.ipynb"))
                assert f"{up}{page}" in addresses(book), (name, where)
            for where, up in (("slides", "../class/"), ("class/handouts", "../")):
                sheet = next((folder / where).glob(f"*-{slot.id}.html"))
                assert f"{up}{page}" in addresses(sheet), (name, where)
            assert f"class/{page}" in addresses(folder / "index.html")
            assert page in addresses(folder / "class" / "index.html")
    for one in exercises():
        assert (folder / "class" / "book" / lang / f"{one.chapter}.html").is_file()
    given = "\n".join(p.read_text("utf-8") for p in (folder / "class").glob("*/*.ipynb"))
    assert not re.search(r"playbook/(?:market|lifecycle|supply|traffic|campaign|mixups)/", given)


def words_of(page: Path) -> str:
    """The letters and digits that a reader of a page reads."""
    return bare(unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))))


def bare(text: str) -> str:
    """A text without what a page sets in another way: spaces, quotes, dashes."""
    return re.sub(r"[\W_]+", "", text)


def test_the_pages_hold_no_answer_and_no_lesson_of_a_case_to_discuss(
    courses: dict[str, Path],
) -> None:
    nothing_given_away(courses["en"], "en")


@pytest.mark.slow
@each_language
def test_a_course_built_from_nothing_has_its_charts_and_no_lost_link(
    lang: str, tmp_path: Path
) -> None:
    said: list[str] = []
    folder = build_course(tmp_path / "c", seed=5, lang=lang, orders=1_000, say=said.append)
    assert lost(folder) == []
    nothing_given_away(folder, lang)
    assert [line for line in said if "WARNING" in line] == []
    pages = list((folder / "class" / "book" / lang).rglob("*.html"))
    assert sum("<figure" in page.read_text("utf-8") for page in pages) > 20
    drawn = sum(page.read_text("utf-8").count('class="plot"') for page in folder.glob("slides/*"))
    assert drawn > 20


def nothing_given_away(folder: Path, lang: str) -> None:
    """No answer of a chapter's exercise, and no lesson of a case that the class discusses."""
    pages = folder / "class" / "book" / lang
    with speaking(lang):
        plan = read_plan(playbook_folder(), lang)
        cards = {case.id: case for case in read_cases(playbook_folder(), lang)}
        compared = 0
        for name in {
            *(c for slot in plan for c in slot.chapters),
            *(e.chapter for e in exercises()),
        }:
            if name.startswith("mixups"):
                continue
            chapter = read_chapter(playbook_folder(), name, lang)
            prose = [x for x in re.split(r"[$*`\[\]()\n]", chapter.answer) if len(x) > 25]
            shown = words_of(pages / f"{name}.html")
            assert [x for x in prose if bare(x) in shown] == []
            compared += len(prose)
        assert compared > 30
        cased = words_of(pages / "cases" / "J23-case-cards.html")
        told = [case for slot in plan for case in slot.cases]
        assert len(told) >= 4
        for id, card in cards.items():
            assert (bare(card.lesson) in cased) == (id not in told), id


def test_figures_are_drawn_once_put_into_the_pages_and_one_that_fails_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    playbook = make_playbook(tmp_path)
    with (playbook / "figures.toml").open("a", encoding="utf-8") as file:
        file.write('\n["cases/J01-case"]\ncode = "1 / 0"\n')
    shelf = Shelf({"market/D10-growth": "Growth", "cases/J01-case": "A case"}, "en")
    said: list[str] = []
    drawn = drawings(playbook, shelf, said.append)
    assert list(drawn) == ["market/D10-growth"]
    assert [line for line in said if "ZeroDivisionError" in line and "J01" in line]
    again: list[str] = []
    assert drawings(playbook, shelf, again.append).keys() == drawn.keys()
    assert not any("market/D10-growth" in line for line in again)
    class_book(playbook, shelf, [], tmp_path / "book", drawn=drawn, say=again.append)
    assert not any("market/D10-growth" in line for line in again)
    page = (tmp_path / "book" / "en" / "market" / "D10-growth.html").read_text("utf-8")
    assert "Sales doubled" in page and "20 % more" not in page
    assert 'href="../cases/J01-case.html"' in page
    assert not (tmp_path / "book" / ".build").exists()
    assert "Growth, like for like" in (tmp_path / "book" / "en" / "index.html").read_text("utf-8")


def test_links_in_code_and_to_the_network_are_left_alone() -> None:
    text = "[a](../r/x.en.md#b) [c](https://x.org) [`d`](y.zh.md)\n\n```\n[e](z.en.md)\n```\n"
    seen = Shelf({"r/x": "X", "q/y": "Y"}, "en", "class/notebooks").linked(text, "q/p")
    assert seen == (
        "[a](../book/en/r/x.html#b) [c](https://x.org) [`d`](../book/en/q/y.html)\n\n"
        "```\n[e](z.en.md)\n```\n"
    )
    assert relinked("[a](b.en.md) [r](../README.md)", "q/p", lambda page, place: "") == "a r"


def test_a_page_that_the_folder_lacks_is_named_and_not_linked() -> None:
    shelf = Shelf({"r/x": "X: more"}, "zh").seen_from("slides/01.html")
    assert shelf.link("r/x") == "[X: more](../class/book/zh/r/x.html)"
    assert shelf.short("r/x") == "X"
    assert shelf.link("r/z") == "`playbook/r/z`"
    assert (shelf.address("r/z"), Shelf().start) == ("", "")

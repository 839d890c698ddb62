"""Slides, handouts and start page in a real browser: no network, pages turn, nothing runs over."""

from pathlib import Path
from typing import Any

import pytest

from opsbook.book.chapters import playbook_folder
from opsbook.language import LANGUAGES, speaking
from opsbook.teach.course import course_files

READY = "window.Reveal && Reveal.isReady()"
OVER = """() => {
  const bad = [];
  for (let n = 0; n < Reveal.getTotalSlides(); n++) {
    Reveal.slide(n);
    const slide = Reveal.getCurrentSlide();
    if (slide.scrollHeight > 705 || slide.scrollWidth > 1280)
      bad.push(n + ' ' + slide.querySelector('h1, h2').textContent + ' '
        + slide.scrollWidth + ' x ' + slide.scrollHeight);
  }
  return bad;
}"""


@pytest.fixture(scope="session", params=LANGUAGES)
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files of a course but its data."""
    folder: Path = tmp_path_factory.mktemp(f"course-{request.param}")
    with speaking(request.param):
        for name, text in course_files(playbook_folder(), 1).items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return folder


def deck(course: Path, name: str) -> Path:
    return next((course / "slides").glob(f"*-{name}.html"))


def open_deck(visit: Any, file: Path, **more: Any) -> Any:
    seen = visit(file, 1280, **more)
    seen.page.wait_for_function(READY)
    return seen


def test_slides_ask_the_network_for_nothing_and_turn_by_key(visit: Any, course: Path) -> None:
    seen = open_deck(visit, deck(course, "growth"))
    total = seen.page.evaluate("Reveal.getTotalSlides()")
    assert total > 12
    headings = []
    for _ in range(total):
        headings.append(seen.page.locator("section.present").inner_text())
        seen.page.keyboard.press("ArrowRight")
    assert len(set(headings)) == total
    assert seen.page.evaluate("Reveal.isLastSlide()")
    seen.page.keyboard.press("ArrowLeft")
    assert not seen.page.evaluate("Reveal.isLastSlide()")
    assert seen.left == [] and seen.errors == []


def test_no_slide_of_any_deck_runs_over_its_edge(visit: Any, course: Path) -> None:
    decks = sorted((course / "slides").glob("*.html"))
    assert len(decks) > 8
    found = {}
    for file in decks:
        seen = open_deck(visit, file)
        over = seen.page.evaluate(OVER)
        found |= {file.stem: over} if over or seen.left or seen.errors else {}
        seen.page.close()
    assert found == {}


def test_formulas_are_drawn_by_the_browser_itself(visit: Any, course: Path) -> None:
    seen = open_deck(visit, deck(course, "cause"))
    assert seen.page.locator("math[display=block] mfrac").count() > 2
    assert "$$" not in seen.page.locator(".slides").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_slides_can_be_read_by_all(visit: Any, course: Path, scheme: str) -> None:
    seen = open_deck(visit, deck(course, "stock"), color_scheme=scheme)
    for _ in range(8):
        assert seen.serious() == []
        seen.page.keyboard.press("ArrowRight")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_start_pages_and_handouts_fit_and_can_be_read_by_all(
    visit: Any, course: Path, width: int, scheme: str
) -> None:
    handouts = sorted((course / "class" / "handouts").glob("*.html"))
    for file in (course / "index.html", course / "class" / "index.html", *handouts[::3]):
        seen = visit(file, width, color_scheme=scheme)
        assert seen.left == [] and seen.errors == []
        assert seen.too_wide() == []
        assert seen.serious() == []


def test_a_handout_is_one_sheet_of_paper(visit: Any, course: Path) -> None:
    for file in (course / "class" / "handouts").glob("*.html"):
        printed = visit(file).page.pdf(prefer_css_page_size=True)
        pages = printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page\r")
        assert 1 <= pages <= 2, file.stem

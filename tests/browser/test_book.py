"""The book in a real browser, opened from disk: links, search, both languages, dark, phone."""

from pathlib import Path
from typing import Any

import pytest

from made_book import make_playbook
from opsbook.book.build import build_book

PAGES = (
    "index.html",
    "market/D10-growth.html",
    "notebooks/tiny.html",
    "functions/opsbook.market.growth.html",
    "functions/index.html",
    "glossary.html",
    "references.html",
    "entries.html",
    "origins.html",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    build_book(folder / "site", playbook=make_playbook(folder))
    return folder / "site"


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
def test_every_kind_of_page_is_sound_on_a_phone(
    visit: Any, site: Path, lang: str, scheme: str
) -> None:
    for name in PAGES:
        seen = visit(site / lang / name, 390, color_scheme=scheme)
        assert (seen.left, seen.errors, seen.too_wide()) == ([], [], []), name
        assert seen.serious() == [], name
        seen.page.close()


def test_every_kind_of_page_is_sound_on_a_desk(visit: Any, site: Path) -> None:
    for name in PAGES:
        seen = visit(site / "en" / name)
        assert (seen.left, seen.errors) == ([], []), name
        assert seen.serious() == [], name
        seen.page.close()


@pytest.mark.parametrize(
    ("lang", "query", "found"),
    [
        ("en", "shop grow", "market/D10-growth.html"),
        ("en", "decisions", "market/D10-growth.html"),  # stands there as "decision"
        ("zh", "同期群留存", "market/D10-growth.html"),
        ("zh", "留存", "market/D10-growth.html"),
        ("zh", "转化率上升", "cases/J01-case.html"),
    ],
)
def test_search_finds_a_word(visit: Any, site: Path, lang: str, query: str, found: str) -> None:
    page = visit(site / lang / "index.html").page
    box = page.locator('input[name="q"]').first
    box.fill(query)
    box.press("Enter")
    page.wait_for_selector("#search-results ul.search li")
    links = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)")
    assert any(found in link for link in links), links


def test_search_says_that_there_is_nothing(visit: Any, site: Path) -> None:
    seen = visit(site / "zh" / "search.html")
    seen.page.goto((site / "zh" / "search.html").as_uri() + "?q=量子纠缠")
    seen.page.wait_for_selector(".search-summary:not(:empty)")
    assert seen.page.locator("#search-results li").count() == 0


def test_the_language_switch_leads_to_the_same_page_and_back(visit: Any, site: Path) -> None:
    page = visit(site / "en" / "market" / "D10-growth.html", 390).page
    page.locator(".languages a").click()
    assert page.url.endswith("/zh/market/D10-growth.html")
    assert page.locator("h1").inner_text().strip() == "同口径增长"
    page.locator(".languages a").click()
    assert page.url.endswith("/en/market/D10-growth.html")


def test_the_front_page_leads_to_the_readers_language(visit: Any, site: Path) -> None:
    assert visit(site / "index.html", locale="zh-CN").page.url.endswith("/zh/index.html")
    assert visit(site / "index.html", locale="de-DE").page.url.endswith("/en/index.html")


def test_a_figure_follows_light_and_dark_and_the_width(visit: Any, site: Path) -> None:
    def bar(scheme: str, width: int) -> tuple[str, str]:
        page = visit(site / "en" / "market" / "D10-growth.html", width, color_scheme=scheme).page
        shown = "phone" if width < 500 else "wide"
        assert page.locator(f"figure.chart .{shown} svg").is_visible()
        text = page.evaluate("getComputedStyle(document.querySelector('article')).color")
        bars = page.locator(f'figure.chart .{shown} svg path[style*="accent"]')
        fill = bars.first.evaluate("bar => getComputedStyle(bar).fill")
        return text, fill

    light, dark = bar("light", 1280), bar("dark", 390)
    assert light[0] != dark[0]
    assert light[1] != dark[1]


def test_a_formula_is_drawn_without_script(visit: Any, site: Path) -> None:
    page = visit(site / "en" / "market" / "D10-growth.html", java_script_enabled=False).page
    box = page.locator("math mfrac").first.bounding_box()
    assert box["height"] > 20


def test_links_from_chapter_to_function_and_back(visit: Any, site: Path) -> None:
    page = visit(site / "en" / "market" / "D10-growth.html").page
    page.locator("table a code", has_text="opsbook.market.growth.growth").click()
    assert page.url.endswith("functions/opsbook.market.growth.html#growth")
    page.locator("article a", has_text="Growth, like for like").first.click()
    assert page.url.endswith("market/D10-growth.html")
    page.locator("article a", has_text="Did sales grow?").click()
    assert page.url.endswith("notebooks/tiny.html#growth")


@pytest.mark.slow
def test_the_whole_book_is_sound(visit: Any, tmp_path: Path) -> None:
    build_book(tmp_path / "site", figures=False)
    for lang in ("en", "zh"):
        pages = sorted((tmp_path / "site" / lang).rglob("*.html"))
        for file in pages:
            seen = visit(file, 390)
            assert (seen.left, seen.errors, seen.too_wide()) == ([], [], []), file.name
            if "functions" not in file.parts:
                assert seen.serious() == [], file.name
            seen.page.close()

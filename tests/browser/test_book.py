"""The book in a real browser, opened from disk: links, search, both languages, dark, phone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from made_book import tiny_book, whole_book

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
    return tiny_book(tmp_path_factory.getbasetemp()).index.parent


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    """One page for all that only reads: opening one anew takes longer than what it is for."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("lang", "scheme", "width"), [("en", "light", 1280), ("zh", "dark", 390), ("en", "light", 390)]
)
def test_every_kind_of_page_is_sound(
    visit: Any, site: Path, lang: str, scheme: str, width: int
) -> None:
    """Light on a desk and dark on a phone are judged whole; light on a phone by its width."""
    seen = visit(site / lang / PAGES[0], width, color_scheme=scheme)
    for name in PAGES:
        seen.page.goto((site / lang / name).as_uri())
        assert (seen.left, seen.errors, seen.too_wide()) == ([], [], []), name
    # By itself, as axe asks for the style sheets, which the browser refuses and calls an error.
    for name in PAGES if (scheme, width) != ("light", 390) else ():
        seen.page.goto((site / lang / name).as_uri())
        assert seen.serious() == [], name


@pytest.mark.parametrize(
    ("lang", "query", "found"),
    [
        ("en", "shop grow", "market/D10-growth.html"),
        ("en", "decisions", "market/D10-growth.html"),  # stands there as "decision"
        ("zh", "同期群留存", "market/D10-growth.html"),
        ("zh", "留存", "market/D10-growth.html"),
        ("zh", "转化率上升", "cases/J01-case.html"),
        ("en", "2754", "market/D10-growth.html"),  # a word of digits alone, as 618 is
        ("zh", "2754", "market/D10-growth.html"),
        ("zh", "双11", "market/D10-growth.html"),
        ("zh", "留存怎么看？", "market/D10-growth.html"),  # a question is its words
    ],
)
def test_search_finds_a_word(page: Any, site: Path, lang: str, query: str, found: str) -> None:
    page.goto((site / lang / "index.html").as_uri())
    box = page.locator('input[name="q"]').first
    box.fill(query)
    box.press("Enter")
    links = [link for link, _ in results(page)]
    assert any(link.startswith(found) for link in links), links


def results(page: Any) -> list[tuple[str, str]]:
    """Address and text of what a search found, in order."""
    page.wait_for_selector(".search-summary:not(:empty)")  # stands there when all is listed
    return [
        (re.split("/(?:en|zh)/", address, maxsplit=1)[1], text)
        for address, text in page.locator("#search-results li").evaluate_all(
            "all => all.map(li => [li.querySelector('a').href, li.textContent])"
        )
    ]


def asked(page: Any, site: Path, lang: str, query: str) -> list[tuple[str, str]]:
    page.goto((site / lang / "search.html").as_uri() + f"?q={query}")
    return results(page)


@pytest.mark.parametrize(
    ("lang", "query"),
    [
        ("en", "sales"),  # by Sphinx's own points the notebook is first: it stands in a heading
        ("zh", "market"),  # by Sphinx's own points the function: it stands in the title
    ],
)
def test_search_shows_chapters_first_and_functions_last(
    page: Any, site: Path, lang: str, query: str
) -> None:
    found = asked(page, site, lang, query)
    folders = [address.split("/")[0] for address, _ in found if "/" in address]
    assert list(dict.fromkeys(folders)) == ["market", "notebooks", "functions"]
    assert found[0][1].endswith(" (Market)" if lang == "en" else " (市场)")


def test_the_whole_name_of_a_function_finds_it_first(page: Any, site: Path) -> None:
    for query in ("sales_by", "opsbook.market.growth"):
        address, text = asked(page, site, "zh", query)[0]
        assert address.startswith("functions/opsbook.market.growth.html"), query
        assert query in text
    # A name that is a word of the trade as well is taken for the word.
    assert asked(page, site, "en", "growth")[0][0].startswith("market/D10-growth.html")


def test_the_source_text_of_a_function_makes_no_search_find_it(page: Any, site: Path) -> None:
    file = site / "en" / "functions" / "opsbook.market.growth.html"
    assert "silent_days" in file.read_text(encoding="utf-8")
    assert asked(page, site, "en", "silent_days") == []


def test_search_says_that_there_is_nothing(page: Any, site: Path) -> None:
    assert asked(page, site, "zh", "量子纠缠") == []


def test_the_language_switch_leads_to_the_same_page_and_back(page: Any, site: Path) -> None:
    page.goto((site / "en" / "market" / "D10-growth.html").as_uri())
    page.locator(".languages a").click()
    assert page.url.endswith("/zh/market/D10-growth.html")
    assert page.locator("h1").inner_text().strip() == "同口径增长"
    page.locator(".languages a").click()
    assert page.url.endswith("/en/market/D10-growth.html")


def test_the_front_page_leads_to_the_readers_language(visit: Any, site: Path) -> None:
    assert visit(site / "index.html", locale="zh-CN").page.url.endswith("/zh/index.html")
    assert visit(site / "index.html", locale="de-DE").page.url.endswith("/en/index.html")


def test_a_figure_follows_light_and_dark_and_the_width(page: Any, site: Path) -> None:
    page.goto((site / "en" / "market" / "D10-growth.html").as_uri())

    def bar(scheme: str, width: int) -> tuple[str, str]:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        shown = "phone" if width < 500 else "wide"
        assert page.locator(f"figure.chart .{shown} svg").is_visible()
        text = page.evaluate("getComputedStyle(document.querySelector('article')).color")
        bars = page.locator(f'figure.chart .{shown} svg path[style*="accent"]')
        fill = bars.first.evaluate("bar => getComputedStyle(bar).fill")
        return text, fill

    dark, light = bar("dark", 390), bar("light", 1280)
    assert light[0] != dark[0]
    assert light[1] != dark[1]


def test_a_formula_is_drawn_without_script(visit: Any, site: Path) -> None:
    page = visit(site / "en" / "market" / "D10-growth.html", java_script_enabled=False).page
    box = page.locator("math mfrac").first.bounding_box()
    assert box["height"] > 20


def test_links_from_chapter_to_function_and_back(page: Any, site: Path) -> None:
    page.goto((site / "en" / "market" / "D10-growth.html").as_uri())
    page.locator("table a code", has_text="opsbook.market.growth.growth").click()
    assert page.url.endswith("functions/opsbook.market.growth.html#growth")
    page.locator("article a", has_text="Growth, like for like").first.click()
    assert page.url.endswith("market/D10-growth.html")
    page.locator("article a", has_text="Did sales grow?").click()
    assert page.url.endswith("notebooks/tiny.html#growth")


KINDS = (
    *PAGES[4:],
    *("index.html", "search.html", "notebooks/market_analysis.html"),
    *("functions/opsbook.market.growth.html", "market/D10-growth.html"),
    *("lifecycle/B09-churn.html", "supply/C02-safety-stock.html", "traffic/D06-attribution.html"),
    *("campaign/E06-uplift.html", "cases/J23-case-cards.html", "mixups/mix-ups.html"),
    *("help/K06-troubleshooting.html", "course/K01-two-days.html"),
)
"""A page of each kind, and a chapter of each room."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole_book(tmp_path_factory.getbasetemp()).index.parent


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
def test_no_page_of_the_whole_book_is_wider_than_a_phone_or_in_error(
    visit: Any, whole: Path, lang: str, scheme: str
) -> None:
    pages = sorted((whole / lang).rglob("*.html"))
    assert len(pages) > 100
    seen = visit(pages[0], 390, color_scheme=scheme)
    wide = {}
    for file in pages:
        seen.page.goto(file.as_uri())
        if found := seen.too_wide():
            wide[str(file.relative_to(whole))] = found[:3]
    assert wide == {}
    assert (seen.left, seen.errors) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "scheme", "width"), [("en", "light", 1280), ("zh", "dark", 390)])
def test_axe_finds_nothing_serious_on_a_page_of_each_kind(
    visit: Any, whole: Path, lang: str, scheme: str, width: int
) -> None:
    seen = visit(whole / lang / KINDS[0], width, color_scheme=scheme)
    serious = {}
    for name in KINDS:
        seen.page.goto((whole / lang / name).as_uri())
        if found := seen.serious():
            serious[name] = found
    assert serious == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lang", "query", "first"),
    [
        ("en", "retention", "lifecycle/B06-retention.html"),
        ("en", "returns", "supply/C20-returns.html"),
        ("zh", "留存", "lifecycle/B06-retention.html"),
        ("zh", "退货", "supply/C20-returns.html"),
        ("zh", "安全库存", "supply/C02-safety-stock.html"),
    ],
)
def test_the_whole_book_is_searched_chapter_first(
    page: Any, whole: Path, lang: str, query: str, first: str
) -> None:
    addresses = [address for address, _ in asked(page, whole, lang, query)]
    places = [place for place, a in enumerate(addresses) if a.startswith("functions/")]
    assert addresses[0].startswith(first), addresses[:5]
    assert places == list(range(len(addresses) - len(places), len(addresses)))

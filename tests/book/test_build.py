"""The book is built whole, in the languages asked for, and its pages lead somewhere."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer
from typer.testing import CliRunner

from made_book import make_playbook, tiny_book, whole_book
from opsbook.book.build import build_book
from opsbook.cli_book import register
from opsbook.errors import ParameterError
from opsbook.language import speaking, t


class Page(HTMLParser):
    """Links and anchors of a page, and what it would load from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        have = dict(attrs)
        if have.get("id"):
            self.anchors.add(have["id"])
        if tag == "a" and have.get("href"):
            self.links.append(have["href"])
        source = have.get("src") or (have.get("href") if tag == "link" else None)
        if source and source.startswith(("http:", "https:", "//")):
            self.loads.append(source)


def lost(folder: Path) -> list[str]:
    """Internal links that lead nowhere, and anything loaded from the network."""
    pages = {f: Page(f.read_text(encoding="utf-8")) for f in folder.rglob("*.html")}
    pages = {f: p for f, p in pages.items() if ".build" not in f.parts}
    bad = []
    for file, page in pages.items():
        bad += [f"{file.name} loads {address}" for address in page.loads]
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (file.parent / unquote(path)).resolve() if path else file
            if target not in pages or (anchor and unquote(anchor) not in pages[target].anchors):
                bad.append(f"{file.relative_to(folder)}: {link}")
    return bad


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_book(tmp_path_factory.getbasetemp()).index.parent


def test_a_sound_book_has_no_warning(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = tiny_book(tmp_path_factory.getbasetemp())
    assert made.warnings == {"en": [], "zh": []}
    assert made.pages["en"] == made.pages["zh"] > 5
    assert made.index.is_file()


def test_no_link_is_lost_and_nothing_is_loaded(site: Path) -> None:
    assert lost(site) == []


def test_a_lost_link_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html"></a><a href="#x"></a><script src="https://x.test/a.js"></script>',
        encoding="utf-8",
    )
    assert lost(tmp_path.resolve()) == [
        "a.html loads https://x.test/a.js",
        "a.html: b.html",
        "a.html: #x",
    ]


def test_a_chapter_shows_figure_formula_code_output_and_the_other_language(site: Path) -> None:
    page = (site / "en" / "market" / "D10-growth.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 2
    assert "var(--accent)" in page
    assert "<math" in page
    assert "MathJax" not in page
    assert re.search(r'class="printed.*?0\.02', page, re.DOTALL)
    assert page.index("Sales doubled") < page.index("When it misleads")
    assert 'href="../../zh/market/D10-growth.html"' in page
    assert "Two bars, the second twice as high" in page
    assert "made up" in page.partition("details")[2]


def test_a_page_marks_itself_in_the_contents(site: Path) -> None:
    page = (site / "zh" / "market" / "D10-growth.html").read_text(encoding="utf-8")
    marked = re.findall(r'aria-current="page"><a[^>]*href="([^"]+)"', page)
    assert marked == ["../market/D10-growth.html"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_buttons_of_a_page_are_named_in_its_language(site: Path, lang: str) -> None:
    page = (site / lang / "index.html").read_text(encoding="utf-8")
    with speaking(lang):
        for word in ("Toggle site navigation sidebar", "Toggle table of contents sidebar"):
            assert f'aria-label="{t(word)}"' in page
        assert f"<span>{t('Back to top')}</span>" in page


def test_what_is_gone_from_the_playbook_is_gone_from_the_book(tmp_path: Path, site: Path) -> None:
    folder = make_playbook(tmp_path)
    shutil.copytree(site / "en", tmp_path / "site" / "en")
    page = tmp_path / "site" / "en" / "cases" / "J01-case.html"
    assert page.is_file()
    text = folder / "market" / "D10-growth.en.md"
    text.write_text(text.read_text("utf-8").replace("[cases](../cases/J01-case.en.md)", "cases"))
    for lang in ("en", "zh"):
        (folder / "cases" / f"J01-case.{lang}.md").unlink()
    build_book(tmp_path / "site", playbook=folder, languages=["en"], figures=False)
    assert not page.exists()
    assert not (tmp_path / "site" / "zh").exists()
    assert lost(tmp_path / "site") == []


def command() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return app


def test_the_command_says_where_the_book_is(tmp_path: Path) -> None:
    given = ["--playbook", str(make_playbook(tmp_path)), "--out", str(tmp_path / "site")]
    done = CliRunner().invoke(command(), ["book", "--lang", "zh", "--no-figures", *given])
    assert done.exit_code == 0, done.output
    assert str(tmp_path / "site" / "index.html") in done.output
    assert not (tmp_path / "site" / "en").exists()


def test_an_unknown_language_or_folder_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(command(), ["book", "--lang", "fr", "--out", str(tmp_path)])
    assert isinstance(done.exception, ParameterError)
    assert "not known; use en, zh or both" in str(done.exception)
    with pytest.raises(ParameterError, match="holds no playbook"):
        build_book(tmp_path / "site", playbook=tmp_path)


@pytest.mark.slow
def test_the_whole_book_has_no_warning_and_no_lost_link(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = whole_book(tmp_path_factory.getbasetemp())
    assert made.warnings == {"en": [], "zh": []}
    assert made.pages["en"] == made.pages["zh"] > 100
    assert lost(made.index.parent) == []

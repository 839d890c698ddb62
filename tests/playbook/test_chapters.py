"""Chapters keep pace with the library, in both languages, and their snippets run."""

import ast
import contextlib
import functools
import importlib
import io
import itertools
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "playbook"
ROOMS = ("market", "lifecycle", "supply", "traffic", "campaign")
CHAPTERS = sorted(
    f"{room}/{p.name.removesuffix('.en.md')}"
    for room in ROOMS
    for p in (BOOK / room).glob("*.en.md")
)
THEMES = {
    *("market/A01-regions", "market/A02-categories", "market/A04-opportunity"),
    *("market/C06-concentration", "market/A12-elasticity", "market/A12-discounts"),
    *("market/A18-life-cycle", "market/D10-decomposition", "market/D10-growth"),
    *("lifecycle/B02-rfm", "lifecycle/B03-clusters", "lifecycle/B05-life-cycle"),
    *("lifecycle/B06-retention", "lifecycle/B07-repeat-rate", "lifecycle/B08-repurchase-timing"),
    *("lifecycle/B09-churn", "lifecycle/B10-win-back", "lifecycle/B11-dormancy"),
    *("lifecycle/B12-value", "lifecycle/B13-acquisition-cost", "lifecycle/B19-tiers"),
    *("lifecycle/B26-baskets", "lifecycle/B30-nps"),
    *("supply/C01-demand-forecast", "supply/C02-order-proposal", "supply/C02-order-quantity"),
    *("supply/C02-safety-stock", "supply/C03-cover", "supply/C04-turnover"),
    *("supply/C05-active-skus", "supply/C06-abc-xyz", "supply/C07-sprawl"),
    *("supply/C08-supplier-scorecard", "supply/C09-supplier-tiers", "supply/C18-timeliness"),
    *("supply/C20-returns", "supply/C23-procurement-cycle", "supply/C25-bottlenecks"),
    *("supply/C26-circuit-breaker", "traffic/D01-funnel", "traffic/D02-paths"),
    *("traffic/D03-carts", "traffic/D04-channels", "traffic/D05-timing"),
    *("traffic/D06-attribution", "traffic/D07-incrementality", "traffic/D08-experiments"),
    *("traffic/D10-gmv-tree", "traffic/D11-basket-size", "traffic/D12-key-figures"),
    *("traffic/D13-product-conversion", "traffic/D15-drill", "traffic/D16-pilots"),
    *("traffic/D32-tracking", "campaign/E01-post-mortem", "campaign/E02-attainment"),
    *("campaign/E03-cause-tree", "campaign/E04-actions", "campaign/E05-money"),
    *("campaign/E06-uplift", "campaign/E06-targeted", "campaign/E07-phases"),
    *("campaign/E08-thresholds", "campaign/E13-stock", "campaign/E14-dependence"),
    *("campaign/E15-concentration", "campaign/E16-budget", "campaign/E17-memory"),
    *("campaign/F01-calendar", "campaign/F05-slots"),
}
LANGUAGES = ("en", "zh")
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"`(opsbook(?:\.\w+)+)(?:\(\))?`")
CHAPTER = re.compile(r"(market|lifecycle|supply|traffic|campaign|team)/[A-Z]\d\d[\w-]*")
SECTION = re.compile(r"`(notebooks/\w+\.ipynb)`,? ?“([^”]+)”")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)[^)]*\)")


def text(chapter: str, lang: str) -> str:
    return (BOOK / f"{chapter}.{lang}.md").read_text(encoding="utf-8")


def fences(chapter: str, lang: str) -> list[tuple[str, str]]:
    return [(m["info"].strip(), m["body"]) for m in FENCE.finditer(text(chapter, lang))]


def outline(chapter: str, lang: str) -> list[int]:
    """Depth of each heading, in order."""
    bare = FENCE.sub("", text(chapter, lang))
    return [len(m) for m in re.findall(r"^(#+) ", bare, re.MULTILINE)]


def runs(chapter: str, mark: str) -> list[tuple[str, str]]:
    """Code of the blocks of one kind, each with the output printed below it."""
    blocks = fences(chapter, "en")
    pairs = itertools.pairwise(blocks)
    found = [(code, out) for (info, code), (below, out) in pairs if (info, below) == (mark, "text")]
    assert len(found) == sum(info == mark for info, _ in blocks), f"{chapter}: no output below"
    return found


def printed(snippets: list[tuple[str, str]]) -> list[str]:
    """What the snippets of a chapter print, run one after another in one namespace."""
    space: dict[str, object] = {"__name__": "chapter"}
    outputs = []
    for code, _ in snippets:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(code, "chapter", "exec"), space)
        outputs.append("".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines()))
    return outputs


@functools.cache
def chapters_in_findings() -> frozenset[str]:
    """Texts in the library that are paths of chapters, such as ``market/A01-regions``."""
    found = set()
    for path in (ROOT / "lib" / "opsbook").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if CHAPTER.fullmatch(node.value) else set()
    return frozenset(found)


def test_every_theme_has_its_chapter():
    assert set(CHAPTERS) >= THEMES


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_both_languages_have_the_same_outline(chapter):
    assert outline(chapter, "en") == outline(chapter, "zh")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_both_languages_show_the_same_code_and_output(chapter):
    assert fences(chapter, "en") == fences(chapter, "zh")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_begins_with_its_entry(chapter, lang):
    entry = chapter.split("/")[1].split("-")[0]
    assert text(chapter, lang).startswith(f"<!-- entry: {entry} -->\n")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_ends_in_an_exercise_with_a_folded_answer(chapter, lang):
    assert text(chapter, lang).count("<details>") == text(chapter, lang).count("</details>") == 1


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_library_name_in_a_chapter_exists(chapter, lang):
    names = NAME.findall(text(chapter, lang))
    room = chapter.split("/")[0]
    assert any(name.startswith(f"opsbook.{room}.") for name in names)
    for name in names:
        assert exists(name), name


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_notebook_has_the_section_that_a_chapter_names(chapter, lang):
    named = SECTION.findall(text(chapter, lang))
    assert named
    for path, title in named:
        cells = json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"]
        marked = [c for c in cells if f"lang-{lang}" in c["metadata"].get("tags", [])]
        heads = ["".join(c["source"]).partition("\n")[0] for c in marked]
        assert f"## {title}" in heads


def exists(name: str) -> bool:
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        try:
            functools.reduce(getattr, parts[cut:], thing)
        except AttributeError:
            return False
        return True
    return False


def test_a_name_that_is_not_there_is_noticed():
    assert exists("opsbook.market.elasticity.price_elasticity")
    assert not exists("opsbook.market.elasticity.no_such_function")
    assert not exists("opsbook.market.no_such_module")


def test_every_chapter_named_in_a_finding_exists_in_both_languages():
    named = chapters_in_findings()
    assert named
    files = [f"{chapter}.{lang}.md" for chapter in named for lang in LANGUAGES]
    assert [name for name in files if not (BOOK / name).is_file()] == []


@pytest.mark.parametrize("path", sorted(BOOK.rglob("*.md")), ids=lambda p: p.name)
def test_links_inside_the_book_lead_somewhere(path):
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_index_lists_every_chapter(lang):
    index = (BOOK / "README.md").read_text(encoding="utf-8")
    for chapter in CHAPTERS:
        assert f"({chapter}.{lang}.md)" in index


@pytest.mark.parametrize(
    ("letter", "last"), [("A", 25), ("B", 33), ("C", 26), ("D", 32), ("E", 19), ("F", 5)]
)
def test_every_entry_of_an_open_room_is_a_chapter_or_has_its_place(letter, last):
    index = (BOOK / "README.md").read_text(encoding="utf-8")
    written = {int(c.split("/")[1][1:3]) for c in CHAPTERS if c.split("/")[1].startswith(letter)}
    waiting = set()
    for first, end in re.findall(
        rf"^\| {letter}(\d\d)(?:–{letter}(\d\d))? \|", index, re.MULTILINE
    ):
        waiting |= set(range(int(first), int(end or first) + 1))
    assert written & waiting == set()
    assert written | waiting == set(range(1, last + 1))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_small_examples_print_what_the_chapter_shows(chapter):
    snippets = runs(chapter, "python run")
    assert snippets
    assert printed(snippets) == [out for _, out in snippets]


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_runs_on_a_shop_print_what_the_chapter_shows(chapter):
    snippets = runs(chapter, "python")
    assert snippets
    assert printed(snippets) == [out for _, out in snippets]

"""Cases, course, help and mix-ups: both languages alike, nothing missing, every sum run."""

import contextlib
import io
import itertools
import re
from pathlib import Path

import pytest

from opsbook.demo.scenarios import SCENARIOS
from opsbook.language import LANGUAGES
from opsbook.teach.course.cases import read_cases
from opsbook.teach.course.pages import case_page, timetable_page

BOOK = Path(__file__).parents[2] / "playbook"
PAGES = sorted(
    f"{folder}/{p.name.removesuffix('.en.md')}"
    for folder in ("cases", "course", "help", "mixups")
    for p in (BOOK / folder).glob("*.en.md")
)
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
ENTRY = re.compile(r"[A-L]\d\d")
BROKEN_BOLD = re.compile(r"[”）。！？：]\*\*(?=[^\s|*，。、；：）”])")
"""Bold that closes after a mark and before a letter: Markdown leaves the stars standing."""
each_page = pytest.mark.parametrize("page", PAGES)
each_language = pytest.mark.parametrize("lang", LANGUAGES)


def text(page: str, lang: str) -> str:
    return (BOOK / f"{page}.{lang}.md").read_text(encoding="utf-8")


def shape(page: str, lang: str) -> list[str]:
    """Depth of each heading, rows of each table, items of each list, in order."""
    bare = FENCE.sub("", text(page, lang))
    return re.findall(r"^(#+ |\||[-*] |\d+\. )", bare, re.MULTILINE)


def test_the_pages_of_the_catalogue_are_there() -> None:
    assert {
        "cases/J23-case-cards",
        "course/K01-two-days",
        "course/K02-learning-path",
        "course/K05-case-review",
        "help/K06-troubleshooting",
        "mixups/mix-ups",
    } <= set(PAGES)


@each_page
def test_both_languages_have_the_same_headings_rows_and_items(page: str) -> None:
    assert shape(page, "en") == shape(page, "zh")


@each_page
def test_both_languages_show_the_same_code_and_output(page: str) -> None:
    assert FENCE.findall(text(page, "en")) == FENCE.findall(text(page, "zh"))


@each_page
def test_both_languages_lead_to_the_same_places(page: str) -> None:
    def targets(lang: str) -> list[str]:
        found = re.findall(r"\]\(([^)]+)\)", text(page, lang))
        return sorted(target.replace(f".{lang}.md", ".md") for target in found)

    assert targets("en") == targets("zh")


@each_language
@each_page
def test_page_begins_with_its_entries_and_a_heading(page: str, lang: str) -> None:
    *first, second = text(page, lang).splitlines()[: 1 if page == "course/first-hour" else 2]
    assert second.startswith("# ")
    assert all(re.fullmatch(r"<!-- (entry|entries): [JKX]\d\d(, [JX]\d\d)* -->", x) for x in first)


@each_page
def test_every_run_prints_what_the_page_shows(page: str) -> None:
    found = [(m["info"].strip(), m["body"]) for m in FENCE.finditer(text(page, "en"))]
    for (info, code), (below, shown) in itertools.pairwise([*found, ("", "")]):
        if info == "python run":
            assert below == "text", code
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(code, page, "exec"), {})
            assert [x.rstrip() for x in out.getvalue().splitlines()] == shown.splitlines()


@each_page
def test_bold_words_in_chinese_are_closed_where_markdown_sees_it(page: str) -> None:
    assert BROKEN_BOLD.findall(text(page, "zh")) == []


@each_language
def test_all_seventeen_mix_ups_are_told_and_the_sums_are_run(lang: str) -> None:
    page = text("mixups/mix-ups", lang)
    assert re.findall(r"^## (X\d\d) ", page, re.MULTILINE) == [f"X{n:02d}" for n in range(1, 18)]
    parts = re.split(r"^## (X\d\d) ", page, flags=re.MULTILINE)
    run = {name for name, part in zip(parts[1::2], parts[2::2], strict=True) if "```" in part}
    # What remains is a matter of words, not of sums.
    assert {f"X{n:02d}" for n in range(1, 18)} - run == {"X01", "X03", "X05", "X07", "X08", "X17"}


@each_language
def test_every_mix_up_says_whose_claim_its_figures_are(lang: str) -> None:
    said, claim = {"en": ("**Said:**", "source claim"), "zh": ("**说法：**", "来源说法")}[lang]
    parts = re.split(r"^## X\d\d ", text("mixups/mix-ups", lang), flags=re.MULTILINE)[1:]
    for part in parts:
        item = part[part.index(said) :].split("\n- **")[0]
        assert claim in item


def test_every_case_of_the_catalogue_has_its_card() -> None:
    assert [case.id for case in read_cases(BOOK, "en")] == [f"J{n:02d}" for n in range(1, 22)]


@each_language
def test_cards_name_source_entries_and_chapters_that_exist(lang: str) -> None:
    for case in read_cases(BOOK, lang):
        assert case.source in {"000", "001", "002", "003", "004"} and case.section
        assert case.entries and all(ENTRY.fullmatch(entry) for entry in case.entries)
        assert case.chapters
        assert [c for c in case.chapters if not (BOOK / f"{c}.{lang}.md").is_file()] == []


def test_failures_can_be_replayed_on_a_demo_shop() -> None:
    lost = [case for case in read_cases(BOOK, "en") if case.group == "lost"]
    assert [case.id for case in lost] == ["J18", "J19", "J20", "J21"]
    assert {case.scenario for case in lost} == set(SCENARIOS) - {"healthy"}


def test_both_languages_of_a_card_hold_the_same_figures() -> None:
    def figures(claim: str) -> list[str]:
        plain = claim.replace("million", "").replace("three to five", "3–5").replace("−", "-")
        return sorted(re.findall(r"\d+(?:[.,]\d+)?", plain))

    # Written out in one of the languages: million yuan, times, a year of twelve months.
    worded = {"J07", "J10", "J13", "J16", "J20", "J21"}
    pairs = zip(read_cases(BOOK, "en"), read_cases(BOOK, "zh"), strict=True)
    for english, chinese in pairs:
        if english.id not in worded:
            assert figures(english.claim) == figures(chinese.claim), english.id


@each_language
def test_written_pages_are_up_to_date(lang: str) -> None:
    says = "run python -m opsbook.teach.course.pages"
    assert text("cases/J23-case-cards", lang) == case_page(BOOK, lang), says
    assert text("course/K01-two-days", lang) == timetable_page(BOOK, lang), says


@each_language
def test_every_topic_of_the_outline_has_its_place_in_the_two_days(lang: str) -> None:
    page = text("course/K01-two-days", lang)
    rows = page.rpartition("## ")[2]
    table = [line for line in rows.splitlines() if line.startswith("| ")][2:]
    named = [t for line in table for t in re.split(r"[,、] ?", line.split("|")[1].strip())]
    assert len(named) == len(set(named)) == 16

"""Chapters, notebooks, functions and the README become pages that lead to one another."""

from pathlib import Path

import pytest

from made_book import README, make_playbook
from opsbook.book.chapters import Chapter, chapters
from opsbook.book.docstrings import as_markdown
from opsbook.book.function_pages import module_page, notebook_page
from opsbook.book.glossary import glossary, terms_of
from opsbook.book.library import public_names, resolve
from opsbook.book.listings import entries_page
from opsbook.book.mathml import as_mathml
from opsbook.book.notebooks import notebook_pages
from opsbook.book.render import chapter_page, inside
from opsbook.book.search import ChineseSearch, EnglishSearch
from opsbook.book.start import in_one_language, open_entries
from opsbook.book.web import Web, weave
from opsbook.language import speaking, t

ROOT = Path(__file__).parents[2]
GROWTH = ("opsbook.market.growth", "growth")


@pytest.fixture
def small(tmp_path: Path) -> tuple[Chapter, Web]:
    folder = make_playbook(tmp_path)
    found = chapters(folder)
    return found[1], weave(found, notebook_pages(tmp_path, "notebooks"))


def test_a_page_in_one_language_only_is_no_chapter(tmp_path: Path) -> None:
    folder = make_playbook(tmp_path)
    (folder / "market" / "X01-draft.en.md").write_text("# Draft\n", encoding="utf-8")
    assert [c.path for c in chapters(folder)] == ["cases/J01-case", "market/D10-growth"]


def test_links_run_both_ways(small: tuple[Chapter, Web]) -> None:
    chapter, web = small
    assert web.functions[chapter.path] == [GROWTH]
    assert web.chapters_of[GROWTH] == [chapter]
    assert [s.anchor for s in web.sections[chapter.path]] == ["growth"]
    assert web.chapters_at["tiny", "growth"] == [chapter]
    assert [s.anchor for s in web.sections_of[GROWTH]] == ["growth"]
    assert web.entries == {"D10": [chapter]}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_chapter_links_function_section_entry_and_other_pages(
    small: tuple[Chapter, Web], lang: str
) -> None:
    chapter, web = small
    page = chapter_page(chapter, lang, web, None, [("GMV", "gmv")])
    assert 'href="../functions/opsbook.market.growth.html#growth"' in page
    assert 'href="../notebooks/tiny.html#growth"' in page
    assert 'href="../entries.html#D10"' in page
    assert 'href="../glossary.html#gmv"' in page
    assert "](../cases/J01-case.md)" in page
    assert f".{lang}.md" not in page
    assert ":class: printed\n\n0.02\n```" in page


def test_an_id_of_the_catalogue_leads_to_its_own_heading_or_to_the_list(tmp_path: Path) -> None:
    folder = make_playbook(tmp_path)
    (folder / "cases" / "J01-case.en.md").write_text(
        "# Cases\n\n### J18 Cash\n\n"
        "See D10, A05–A06, J18, 案例J18, B99, `D10`, [D10](x.md), D101.\n",
        encoding="utf-8",
    )
    found = chapters(folder)
    web = weave(found, notebook_pages(tmp_path, "notebooks"), open_entries(README, "en"))
    page = chapter_page(found[0], "en", web, None, [])
    d10, a05, a06 = (f'<a href="../entries.html#{e}">{e}</a>' for e in ("D10", "A05", "A06"))
    j18 = '<a href="../cases/J01-case.html#J18">J18</a>'
    assert '<div id="J18" class="place"></div>\n\n### J18 Cash\n' in page
    assert page.endswith(
        f"See {d10}, {a05}–{a06}, {j18}, 案例{j18}, B99, `D10`, [D10](x.md), D101.\n"
    )
    web.entries["J18"] = [found[0]]
    assert '<a href="cases/J01-case.html#J18">Cash</a>' in entries_page(web, {}, "en")


def test_the_pages_of_functions_and_notebooks_lead_back(small: tuple[Chapter, Web]) -> None:
    chapter, web = small
    module = module_page("opsbook.market.growth", web, "en")
    assert '<div id="growth"' in module
    assert f"[Growth, like for like](../{chapter.path}.md)" in module
    assert "notebooks/tiny.html#growth" in module
    (page,) = notebook_pages(chapter.folder.parent, "notebooks")
    shown = notebook_page(page, web, "zh")
    assert "## 增长了吗？" in shown
    assert f"](../{chapter.path}.md)" in shown
    assert "Look at it." not in shown
    assert "`notebooks/tiny.ipynb`" in shown


def test_a_section_that_no_chapter_names_leads_to_those_that_name_what_it_calls(
    small: tuple[Chapter, Web],
) -> None:
    chapter, web = small
    (page,) = notebook_pages(chapter.folder.parent, "notebooks")
    web.chapters_at.clear()
    assert f"](../{chapter.path}.md)" in notebook_page(page, web, "en")
    web.chapters_of.clear()
    assert ".md)" not in notebook_page(page, web, "en")


def test_a_notebook_named_by_its_file_is_a_link(small: tuple[Chapter, Web]) -> None:
    text = inside("Run `notebooks/tiny.ipynb` or `notebooks/none.ipynb`.", small[1])
    assert '<a href="../notebooks/tiny.html"><code>notebooks/tiny.ipynb</code></a>' in text
    assert "`notebooks/none.ipynb`" in text


def test_a_page_of_functions_says_in_chinese_that_it_is_english_and_where_else_to_read(
    small: tuple[Chapter, Web],
) -> None:
    chapter, web = small
    with speaking("zh"):
        module = module_page("opsbook.market.growth", web, "zh")
        told = t("Taken from the source, which is in English. The method in words: {chapters}.")
    link = f"[同口径增长](../{chapter.path}.md)"
    assert f"# opsbook.market.growth\n\n{{.no-search}}\n{told.format(chapters=link)}\n" in module
    assert "**参数**" in module
    assert told.partition("{")[0] not in module_page("opsbook.market.growth", web, "en")


def test_a_module_of_no_chapter_leads_to_that_of_its_section_or_to_the_start(
    small: tuple[Chapter, Web],
) -> None:
    chapter, web = small
    del web.chapters_of[GROWTH]
    with speaking("zh"):
        assert f"[同口径增长](../{chapter.path}.md)" in module_page(GROWTH[0], web, "zh")
        web.chapters_at.clear()
        assert "](../index.md)" in module_page(GROWTH[0], web, "zh")


def test_solutions_of_a_notebook_are_not_shown(small: tuple[Chapter, Web]) -> None:
    chapter, web = small
    (page,) = notebook_pages(chapter.folder.parent, "notebooks")
    assert "the_answer" not in notebook_page(page, web, "en")


def test_the_first_page_is_cut_to_one_language() -> None:
    english, chinese = in_one_language(README, "en"), in_one_language(README, "zh")
    assert "# The playbook\n" in english
    assert "| Question | Chapter |" in english
    assert "decision first" in english
    assert "# 运营手册\n" in chinese
    assert "| 章节 | 问题 |" in chinese
    assert "先读决策" in chinese
    for word in ("每章", "怎么读", "增长"):
        assert word not in english
    for word in ("One chapter", "How to read", "Question"):
        assert word not in chinese


def test_the_readme_of_the_project_leaves_no_word_of_the_other_language() -> None:
    text = (ROOT / "playbook" / "README.md").read_text(encoding="utf-8")
    english = in_one_language(text, "en")
    assert [
        line for line in english.splitlines() if any("\u4e00" <= c <= "\u9fff" for c in line)
    ] == []
    assert len(in_one_language(text, "zh")) > 2000


def test_entries_without_a_chapter_say_what_helps_until_then(small: tuple[Chapter, Web]) -> None:
    waiting = open_entries(README, "en")
    assert waiting == {"A05": ("What rises?", "growth"), "A06": ("What rises?", "growth")}
    page = entries_page(small[1], waiting, "en")
    assert '<div id="A06"' in page
    assert "What rises? No chapter yet; until then: growth" in page
    assert "[Growth, like for like](market/D10-growth.md)" in page


# --- the library ----------------------------------------------------------------------------


def test_names_are_found_in_their_modules() -> None:
    assert resolve("opsbook.market.growth.growth") == GROWTH
    assert resolve("opsbook.market.growth") == ("opsbook.market.growth", "")
    passed_on = "opsbook.market.categories.plot_growth_share"
    assert resolve(passed_on) == ("opsbook.market.compare_chart", "plot_growth_share")
    assert resolve("opsbook.market.growth.no_such") == ("opsbook.market.growth", "no_such")
    names = {p.name: p for p in public_names("opsbook.market.growth")[1]}
    assert "growth" in names
    assert not [name for name in names if name.startswith("_")]
    assert names["growth"].signature.startswith("growth(")
    assert names["Grain"].signature == 'Grain = Literal["month", "week", "weekday", "hour"]'
    assert names["growth"].doc
    assert "def growth(" in names["growth"].source


def test_a_docstring_becomes_lists_and_code() -> None:
    doc = """Sum of ``a``.

Args:
    a: First, in CNY
        or USD.
    *more: Others.

Returns:
    The *sum*.

Example:
    >>> f(1)
    1
"""
    shown = as_markdown(doc, {"Args": "Takes"})
    assert "Sum of `a`." in shown
    assert "**Takes**\n\n- `a`: First, in CNY or USD.\n- `*more`: Others." in shown
    assert r"The \*sum\*." in shown
    assert "```pycon\n>>> f(1)\n1\n```" in shown


def test_code_that_runs_over_a_line_of_a_docstring_stays_code() -> None:
    doc = "Gives `a_b,\nc_d` and more.\n\nArgs:\n    a: Of `e_f,\n        g_h` in x_y."
    assert as_markdown(doc, {}) == (
        "Gives `a_b,\nc_d` and more.\n\n**Args**\n\n- `a`: Of `e_f, g_h` in x\\_y."
    )


def test_what_a_doctest_prints_keeps_its_columns() -> None:
    doc = "Example:\n    >>> f()\n       a  b\n    0  1  2"
    assert ">>> f()\n   a  b\n0  1  2\n```" in as_markdown(doc, {})


# --- words ----------------------------------------------------------------------------------


def test_every_word_of_the_glossary_is_there_once_and_in_both_languages() -> None:
    words = glossary()
    assert len(words) >= 100
    for part in ("id", "term_en", "term_zh"):
        values = [getattr(word, part) for word in words]
        assert len(set(values)) == len(values)
    assert all(any("\u4e00" <= c <= "\u9fff" for c in word.meaning_zh) for word in words)
    assert not [w.id for w in words if any("\u4e00" <= c <= "\u9fff" for c in w.meaning_en)]
    assert [word.id for word in terms_of(("X13",))] == []
    assert "roi" in [word.id for word in terms_of(("X09",))]


def test_chinese_is_found_whatever_stands_around_it() -> None:
    search = ChineseSearch({})
    terms = {search.stem(term) for term in search.split("看同期群留存与CVR")}
    assert {"留存", "同期", "期群", "cvr", "留"} <= terms


def test_a_festival_that_is_named_by_its_date_is_no_number_to_a_search() -> None:
    assert ChineseSearch({}).split("双 11、618") == ["双11", "双", "_11", "_618"]
    assert EnglishSearch({}).split("the 618 of 31,415") == ["the", "_618", "of", "_31", "_415"]
    assert EnglishSearch({}).word_filter("_618")


@pytest.mark.parametrize("chapter", chapters(ROOT / "playbook"), ids=lambda c: c.path)
def test_every_formula_can_be_drawn_without_script(chapter: Chapter) -> None:
    import re

    from opsbook.book.chapters import FENCE

    text = re.sub(r"`[^`]*`", "", FENCE.sub("", chapter.text("en")))
    for latex in re.findall(r"\$\$(.+?)\$\$", text, re.DOTALL):
        drawn = as_mathml(latex, block=True)
        assert drawn.startswith("<math")
        assert "\\" not in drawn.replace("&#x0005C;", ""), latex


def stars(text: str) -> list[str]:
    """Places where marks of emphasis would be shown instead of doing their work."""
    import re

    from markdown_it import MarkdownIt

    bare = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", " ", text, flags=re.DOTALL)
    lines = [t for t in MarkdownIt("commonmark").enable("table").parse(bare) if t.type == "inline"]
    return [
        line.content
        for line in lines
        if any(part.type == "text" and "*" in part.content for part in line.children or [])
    ]


def test_a_star_that_is_left_standing_is_noticed() -> None:
    assert stars("**“甲”**也是") == ["**“甲”**也是"]
    assert stars("**“甲”** 也是，`a*b`，$a*b$，**乙**和*丙*") == []


def test_no_page_shows_a_star_for_emphasis() -> None:
    pages = sorted((ROOT / "playbook").rglob("*.md"))
    assert pages
    assert {p.name: found for p in pages if (found := stars(p.read_text("utf-8")))} == {}


@pytest.mark.parametrize("chapter", chapters(ROOT / "playbook"), ids=lambda c: c.path)
def test_both_languages_have_the_same_parts(chapter: Chapter) -> None:
    english, chinese = ([s.role for s in chapter.sections(lang)] for lang in ("en", "zh"))
    assert chinese == english

"""Building the book: a folder of pages that opens from disk, in one language or both."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from opsbook.book.chapters import chapters, playbook_folder
from opsbook.book.extension import THEME
from opsbook.book.figures import draw, read_plans
from opsbook.book.notebooks import notebook_pages
from opsbook.book.ranking import kinds, write_scorer
from opsbook.book.stage import Sources, contents, stage
from opsbook.book.start import open_entries
from opsbook.book.theme_words import label, write_words
from opsbook.book.web import weave
from opsbook.chart.style import css_variables
from opsbook.errors import RunError
from opsbook.language import LANGUAGES, N_, speaking, t

__all__ = ["Book", "build_book"]

_SPHINX = {"en": "en", "zh": "zh_CN"}
_WORK = ".build"


@dataclass(frozen=True)
class Book:
    """A book that has been built.

    Args:
        index: Its first page.
        pages: Number of pages by language.
        warnings: What Sphinx warned of, by language; a sound book has none.
    """

    index: Path
    pages: dict[str, int]
    warnings: dict[str, list[str]]


def build_book(
    out: Path,
    *,
    languages: Sequence[str] = LANGUAGES,
    figures: bool = True,
    playbook: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Book:
    """Build the playbook as a static site.

    Args:
        out: Folder to write, made if it is not there. ``out/en`` and ``out/zh`` hold the pages,
            ``out/.build`` what makes the next build quick; it can be deleted at any time.
        languages: ``en``, ``zh`` or both.
        figures: Whether charts are drawn from the demo shop.
        playbook: Folder of the playbook; the project's if not given.
        say: Told what is being done, a line at a time.

    Returns:
        Where the book is and what was noticed.

    Raises:
        ParameterError: There is no playbook, or its list of figures cannot be read.
        RunError: A figure or the site could not be made.
    """
    folder = playbook_folder(playbook)
    found = chapters(folder)
    notebooks = notebook_pages(folder.parent, "notebooks", f"{folder.name}/cases")
    waiting = open_entries((folder / "README.md").read_text(encoding="utf-8"), "en")
    web = weave(found, notebooks, waiting)
    sources = Sources(folder, found, notebooks, web, read_plans(folder))
    known = {chapter.path for chapter in found}
    plans = {name: plan for name, plan in sources.plans.items() if name in known}
    work = out / _WORK
    pages: dict[str, int] = {}
    warnings: dict[str, list[str]] = {}
    for lang in languages:
        drawn = (
            draw(
                plans, lang, work / "figures", lambda line: say(t("Drawing {figure}", figure=line))
            )
            if figures
            else {}
        )
        say(t("Writing the pages: {lang}", lang=lang))
        staged = work / "source" / lang
        stage(replace(sources, drawn=drawn), lang, staged)
        other = next((code for code in languages if code != lang), "")
        listed = contents(sources, lang)
        with speaking(lang):
            write_scorer(_scorer(work, lang), kinds(listed))
        settings = _settings(work, lang, other) | {"opsbook_contents": listed}
        pages[lang], warnings[lang] = _sphinx(staged, out / lang, work, lang, settings)
    index = _front(out, languages)
    return Book(index, pages, warnings)


def _sphinx(
    source: Path, out: Path, work: Path, lang: str, settings: dict[str, Any]
) -> tuple[int, list[str]]:
    """Run Sphinx on the staged pages; return the number of pages and the warnings."""
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    static = work / "static"
    static.mkdir(parents=True, exist_ok=True)
    style = (THEME / "book.css").read_text(encoding="utf-8")
    (static / "book.css").write_text(f"body{{{css_variables()}}}\n{style}", encoding="utf-8")
    if lang != "en":
        write_words(work / "locale", _SPHINX[lang])
    heard = StringIO()
    try:
        with patch_docutils(), docutils_namespace():
            app = Sphinx(
                srcdir=source,
                confdir=None,
                outdir=out,
                doctreedir=work / "doctrees" / lang,
                buildername="html",
                confoverrides=settings,
                status=None,
                warning=heard,
                warningiserror=False,
            )
            app.build()
            names = set(app.env.found_docs)
    except (SphinxError, OSError) as fault:
        raise RunError(N_("the book could not be made: {fault}"), fault=str(fault)) from fault
    _tidy(out, names, lang)
    return len(names), [line for line in heard.getvalue().splitlines() if line.strip()]


def _scorer(work: Path, lang: str) -> Path:
    return work / f"scorer.{lang}.js"


def _settings(work: Path, lang: str, other: str) -> dict[str, Any]:
    with speaking(lang):
        title = t("The opsbook playbook")
    return {
        "project": title,
        "html_title": title,
        "extensions": ["myst_parser", "opsbook.book.extension"],
        "myst_enable_extensions": ["dollarmath", "attrs_block"],
        "html_theme": "furo",
        "html_math_renderer": "mathml",
        "html_static_path": [str((work / "static").resolve())],
        "html_css_files": ["book.css"],
        "html_show_copyright": False,
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_use_index": False,
        "html_show_search_summary": False,
        "html_permalinks": False,
        "html_last_updated_fmt": None,
        "language": _SPHINX[lang],
        "locale_dirs": [str((work / "locale").resolve())],
        "html_search_language": lang,
        "html_search_scorer": str(_scorer(work, lang).resolve()),
        "opsbook_other": other,
        "exclude_patterns": [],
        "suppress_warnings": ["myst.header", "misc.highlighting_failure", "config.cache"],
    }


def _tidy(out: Path, names: set[str], lang: str) -> None:
    """Remove pages of chapters that are gone, and what no reader needs; label the rest."""
    kept = {*names, "search"}
    with speaking(lang):
        for file in out.rglob("*.html"):
            if file.relative_to(out).as_posix().removesuffix(".html") in kept:
                label(file)
            else:
                file.unlink()
    (out / "objects.inv").unlink(missing_ok=True)
    shutil.rmtree(out / "_sources", ignore_errors=True)


def _front(out: Path, languages: Sequence[str]) -> Path:
    """The page at the top: to the reader's language, or by hand."""
    links = {"en": "English", "zh": "中文"}
    first = languages[0]
    choose = (
        "location.replace((navigator.language||'').toLowerCase().startsWith('zh')"
        "?'zh/index.html':'en/index.html')"
        if len(languages) > 1
        else f"location.replace('{first}/index.html')"
    )
    items = " · ".join(
        f'<a href="{lang}/index.html" lang="{lang}">{links[lang]}</a>' for lang in languages
    )
    index = out / "index.html"
    index.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>opsbook</title><script>{choose}</script><p>{items}</p></html>\n",
        encoding="utf-8",
    )
    return index

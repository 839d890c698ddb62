"""The lab's first page: which notebooks there are, for whom, and what can be done in them.

It is written when the lab opens, because the notebooks are whatever lies in the folder.
"""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import quote

from opsbook.errors import RunError
from opsbook.lab.shown import prepare
from opsbook.language import LANGUAGES, N_, speaking, t
from opsbook.report.notebooks import Notebook, find_notebooks

__all__ = ["page_name", "start_page", "write_start_pages"]

_TONGUES = {"en": "English", "zh": "中文"}


def page_name(lang: str) -> str:
    """File name of the page in a language."""
    return f"start.{lang}.md"


def write_start_pages(notebooks: Path, folder: Path) -> None:
    """Write the page in every language; each leads to the other.

    Args:
        notebooks: Folder with the notebooks.
        folder: Where the pages go, one level below.

    Raises:
        ParameterError: What a notebook declares about itself is not valid.
        RunError: The folder cannot be written.
    """
    found = find_notebooks(notebooks)
    try:
        prepare(folder)
        for lang in LANGUAGES:
            with speaking(lang):
                text = start_page(found, lang)
            (folder / page_name(lang)).write_text(text, encoding="utf-8")
    except OSError as fault:
        raise RunError(
            N_("{folder} cannot be written: {fault}"),
            folder=folder,
            fault=fault.strerror or fault,
        ) from None


def start_page(notebooks: Iterable[Notebook], lang: str) -> str:
    """The page in the language in force, as Markdown."""
    others = [code for code in LANGUAGES if code != lang]
    also = " · ".join(f"[{_TONGUES[code]}]({page_name(code)})" for code in others)
    rows = [_row(notebook) for notebook in notebooks]
    head = f"| {t('Notebook')} | {t('For whom')} | {t('Minutes')} |\n| --- | --- | ---: |"
    steps = [
        t(
            "Open a notebook. What it can be told stands in its first code cell, with the range "
            "of each value: the shop's data, the language, the period."
        ),
        t(
            "Choose Run > Run All Cells from the menu. The first run builds the demo shop, which "
            "takes a minute."
        ),
        t(
            'Move the controls under "Explore". They have the names, ranges and meanings of the '
            "report's parameters and ask the same function; the figures below follow."
        ),
        t(
            '"As command and job" writes the choice down as a command and as an entry for '
            "reports/jobs.toml: what you see is what the schedule renders."
        ),
        t(
            '"Save CSV and PNG" puts the tables and charts shown into the folder lab/ beside the '
            "notebooks; download them there from the list on the left."
        ),
    ]
    numbered = "\n".join(f"{i}. {step}" for i, step in enumerate(steps, 1))
    title = t("The lab")
    idea = t(
        "The reports' own notebooks, on your desk: run them, move what can be moved, and take "
        "the choice along."
    )
    kept = t(
        "Explore cells are left out of reports. Changes to a notebook are saved in it: make a "
        "copy to try things out."
    )
    table = "\n".join([head, *rows])
    heading = t("How it works")
    return f"# {title}\n\n{also}\n\n{idea}\n\n{table}\n\n## {heading}\n\n{numbered}\n\n{kept}\n"


def _row(notebook: Notebook) -> str:
    schema = notebook.schema
    link = f"[{_cell(schema.heading)}](../{quote(notebook.path.name)})"
    return f"| {link} | {_cell(schema.for_whom)} | {schema.minutes or '–'} |"


def _cell(text: str) -> str:
    """Text of a sidecar as a table's cell shows it."""
    for sign in "\\`*_[]|":
        text = text.replace(sign, f"\\{sign}")
    return escape(" ".join(text.split()), quote=False)

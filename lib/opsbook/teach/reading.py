"""Where to read on: a chapter's page, and the place of its formula for a mistake made again."""

import os
import re
from pathlib import Path

from opsbook.book.chapters import playbook_folder
from opsbook.errors import ParameterError
from opsbook.language import LANGUAGES, language, t

__all__ = ["chapter_page", "formula_place"]

_FORMULA = 3
"""Of the eight sections of a chapter, the same in both languages."""


def formula_place(chapter: str) -> str:
    """A chapter with the heading and line of its formula, in the language in force.

    Args:
        chapter: As in ``market/D10-growth``.

    Returns:
        The name of the chapter alone where the playbook is not at hand.
    """
    name = f"playbook/{chapter}"
    try:
        file = playbook_folder() / f"{chapter}.{language()}.md"
        lines = file.read_text(encoding="utf-8").splitlines()
    except (ParameterError, OSError):
        return name
    headings = [n for n, line in enumerate(lines) if line.startswith("## ")]
    if len(headings) != 8:
        return name
    heading = headings[_FORMULA - 1]
    # The formula itself, where it stands on a line of its own.
    below = range(heading + 1, headings[_FORMULA])
    first = next((n for n in below if lines[n].startswith("$$")), heading)
    title = re.sub(r"^#+\s*", "", lines[heading])
    return t('{chapter}, "{section}", line {line}', chapter=name, section=title, line=first + 1)


def chapter_page(folder: Path, chapter: str) -> str:
    """A chapter's page in a class's folder, seen from where the notebook runs.

    Args:
        folder: The class's folder.
        chapter: As in ``market/D10-growth``.

    Returns:
        A relative address; nothing where the folder holds no such page.
    """
    for lang in (language(), *LANGUAGES):
        file = folder / "book" / lang / f"{chapter}.html"
        if file.is_file():
            return Path(os.path.relpath(file)).as_posix()
    return ""

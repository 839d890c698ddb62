"""Where to read on: the place of the formula in a chapter, for whoever makes a mistake again."""

import re

from opsbook.book.chapters import playbook_folder
from opsbook.errors import ParameterError
from opsbook.language import language, t

__all__ = ["formula_place"]

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

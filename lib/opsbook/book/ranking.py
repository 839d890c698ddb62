"""Which pages a search shows first: chapters, then what is looked up, and functions last.

There are four pages of functions for each chapter; found in the order of their words alone, they
would stand before the chapter that explains the method.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from opsbook.language import t

__all__ = ["kinds", "write_scorer"]

_CHAPTER = 4
_RANKS = {"glossary": 3, "references": 3, "notebooks": 2, "entries": 1, "index": 1, "functions": 0}
"""Higher comes first; a list of everything stands below what it lists."""
_SCRIPT = Path(__file__).parent / "theme" / "scorer.js"


def kinds(contents: Sequence[tuple[str, list[tuple[str, str]]]]) -> dict[str, tuple[int, str]]:
    """Rank and name of each kind of page, by its folder, or by its own name where it has none.

    Args:
        contents: Captions of the book's contents, each with its pages and their titles.
    """
    folders = {page.split("/")[0]: caption for caption, pages in contents for page, _ in pages}
    folders |= {"index": "", "functions": t("The functions")}
    return {folder: (_RANKS.get(folder, _CHAPTER), name) for folder, name in folders.items()}


def write_scorer(file: Path, found: dict[str, tuple[int, str]]) -> None:
    """Write the script that Sphinx puts beside its search.

    Args:
        file: Where to write it.
        found: What ``kinds`` gives.
    """
    listed = json.dumps(found, ensure_ascii=False, sort_keys=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    script = _SCRIPT.read_text(encoding="utf-8").replace("__KINDS__", listed)
    file.write_text(script, encoding="utf-8")

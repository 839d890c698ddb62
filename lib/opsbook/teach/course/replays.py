"""Cases to replay in a course: the playbook's notebooks, one language, with or without solution."""

import re
from collections.abc import Sequence
from pathlib import Path

import nbformat

from opsbook.errors import DataError
from opsbook.language import N_, language, t

__all__ = ["replay_file", "replay_notebooks"]

_LANGUAGE = re.compile(r'^lang = "\w+"', re.MULTILINE)
_SEED = re.compile(r"^seed = \d+", re.MULTILINE)


def replay_file(playbook: Path, case: str) -> Path:
    """Where a case's notebook stands if it can be replayed.

    Args:
        playbook: Folder of the playbook.
        case: Catalogue id, such as ``J18``.
    """
    return playbook / "cases" / f"{case}-replay.ipynb"


def replay_notebooks(playbook: Path, cases: Sequence[str], seed: int) -> dict[str, str]:
    """Notebooks of those cases that can be replayed, by path in the course.

    Args:
        playbook: Folder of the playbook.
        cases: Catalogue ids; those without a notebook are passed over.
        seed: Of the class; its runs begin with it, so that classes differ in their luck.

    Raises:
        DataError: A file is not a notebook.
    """
    found = {}
    for case in cases:
        file = replay_file(playbook, case)
        if file.is_file():
            found[f"trainer/cases/{file.name}"] = _for_class(file, seed, solved=True)
            found[f"class/cases/{file.name}"] = _for_class(file, seed, solved=False)
    return found


def _for_class(file: Path, seed: int, *, solved: bool) -> str:
    try:
        made = nbformat.read(file, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError, nbformat.reader.NotJSONError) as fault:
        raise DataError(
            N_("{file} is not a notebook: {fault}"), file=file.name, fault=str(fault)[:200]
        ) from None
    made.cells = [cell for cell in made.cells if _belongs(cell, solved)]
    for cell in made.cells:
        marked = cell.metadata.get("tags", [])
        if "parameters" in marked:
            said = _LANGUAGE.sub(f'lang = "{language()}"', cell.source)
            cell.source = _SEED.sub(f"seed = {seed}", said)
    if solved and made.cells:
        head, _, rest = made.cells[0].source.partition("\n")
        title = head.removeprefix("# ")
        named = t("{title} · trainer", title=title)
        made.cells[0].source = f"# {named}\n{rest}"
    return str(nbformat.writes(made)) + "\n"


def _belongs(cell: nbformat.NotebookNode, solved: bool) -> bool:
    marked = set(cell.metadata.get("tags", []))
    spoken = {tag for tag in marked if tag.startswith("lang-")}
    return (not spoken or f"lang-{language()}" in spoken) and (solved or "solution" not in marked)

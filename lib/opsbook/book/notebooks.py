"""The notebooks as pages of the book: each section with its code and the chapters behind it."""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsbook.book.library import resolve

__all__ = ["NotebookPage", "NotebookSection", "notebook_pages"]

_LEFT_OUT = {"explore", "exercise", "solution", "load", "parameters"}


@dataclass(frozen=True)
class NotebookSection:
    """A section of a notebook.

    Args:
        notebook: Name of the notebook.
        anchor: Where it stands on the page; the same in both languages.
        titles: Its heading by language; empty for what stands above the first.
        cells: Markdown by language, or code, in order: ``("en", text)``, ``("code", text)``.
        functions: Public names that its code imports, as ``(module, name)``.
    """

    notebook: str
    anchor: str
    titles: dict[str, str]
    cells: tuple[tuple[str, str], ...]
    functions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class NotebookPage:
    """A notebook, cut into its sections.

    Args:
        name: Its name, without ending.
        file: Where it lies, from the project's folder.
        titles: Its first heading by language.
        sections: Its sections, in order.
    """

    name: str
    file: str
    titles: dict[str, str]
    sections: tuple[NotebookSection, ...]


def notebook_pages(project: Path, *folders: str) -> tuple[NotebookPage, ...]:
    """All notebooks of some folders, by folder and name; none where there is no folder.

    Args:
        project: The project's folder.
        *folders: Folders of it: ``notebooks``, ``playbook/cases``.
    """
    return tuple(
        _page(file, f"{folder}/{file.name}")
        for folder in folders
        for file in sorted((project / folder).glob("*.ipynb"))
    )


def _page(file: Path, shown: str) -> NotebookPage:
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    groups: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = [("top", {}, [])]
    titles = {"en": file.stem, "zh": file.stem}
    for cell in cells:
        tags = set(cell["metadata"].get("tags", []))
        text = "".join(cell["source"]).strip()
        if tags & _LEFT_OUT or not text:
            continue
        if cell["cell_type"] == "code":
            groups[-1][2].append(("code", text))
            continue
        for lang in ("en", "zh"):
            if f"lang-{lang}" in tags:
                _take(groups, titles, lang, str(cell.get("id", "")), text)
    sections = [
        NotebookSection(file.stem, anchor, heads, tuple(parts), _imports(parts))
        for anchor, heads, parts in groups
        if parts
    ]
    return NotebookPage(file.stem, shown, titles, tuple(sections))


def _take(groups: list[Any], titles: dict[str, str], lang: str, cell: str, text: str) -> None:
    head = re.match(r"(#{1,2}) +(.+)", text)
    if head and head[1] == "#":
        titles[lang] = head[2].strip()
        text = text[head.end() :].strip()
    elif head:
        anchor = cell.removesuffix(f"-{lang}") or f"section-{len(groups)}"
        if groups[-1][0] != anchor:
            groups.append((anchor, {}, []))
        groups[-1][1][lang] = head[2].strip()
        text = text[head.end() :].strip()
    if text:
        groups[-1][2].append((lang, text))


def _imports(parts: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    for kind, text in parts:
        if kind != "code":
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("opsbook."):
                for alias in node.names:
                    target = resolve(f"{node.module}.{alias.name}")
                    if target:
                        found[target] = None
    return tuple(found)

"""Which chapter, notebook section, function and catalogue entry belong together.

A chapter says once where it is computed; the ways back are worked out from that.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import TypeVar

from opsbook.book.chapters import FENCE, Chapter
from opsbook.book.library import public_names, resolve
from opsbook.book.notebooks import NotebookPage, NotebookSection

__all__ = [
    "CODE_NAME",
    "HEADED",
    "NOTEBOOK",
    "SECTION",
    "Function",
    "Web",
    "anchor_of",
    "function_address",
    "section_address",
    "weave",
]

Function = tuple[str, str]
"""A module and a public name in it; the name is empty for the module."""
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
SECTION = re.compile(r"`notebooks/(\w+)\.ipynb`,? ?“([^”]+)”")
HEADED = re.compile(r"^#{2,3} ([A-Z]\d\d) (.+)$", re.MULTILINE)
"""A part of a chapter about one entry: a case card, a mix-up. Its id and its title."""
NOTEBOOK = re.compile(r"`((?:[\w-]+/)+[\w-]+\.ipynb)`")
CODE_NAME = re.compile(r"`(opsbook(?:\.\w+)+)(?:\(\))?`")


@dataclass
class Web:
    """The links of the book, both ways, in the order in which they are found."""

    functions: dict[str, list[Function]] = field(default_factory=dict)
    """By chapter."""
    sections: dict[str, list[NotebookSection]] = field(default_factory=dict)
    """By chapter."""
    chapters_of: dict[Function, list[Chapter]] = field(default_factory=dict)
    sections_of: dict[Function, list[NotebookSection]] = field(default_factory=dict)
    chapters_at: dict[tuple[str, str], list[Chapter]] = field(default_factory=dict)
    """By notebook and anchor."""
    entries: dict[str, list[Chapter]] = field(default_factory=dict)
    """By id of the catalogue."""
    notebooks: dict[str, str] = field(default_factory=dict)
    """Page of a notebook by its file, from the book's folder."""
    places: dict[str, str] = field(default_factory=dict)
    """Where an id of the catalogue is told of, from the book's folder: its own heading where a
    chapter has one, else its line among the entries."""

    def chapters_behind(self, section: NotebookSection) -> list[Chapter]:
        """Chapters that name a section of a notebook, else those that name what it calls."""
        called = (chapter for f in section.functions for chapter in self.chapters_of.get(f, []))
        named = self.chapters_at.get((section.notebook, section.anchor), [])
        return named or list(dict.fromkeys(called))

    @property
    def modules(self) -> list[str]:
        """Modules that have a page: those that a chapter names or a notebook uses."""
        return sorted({module for module, _ in [*self.chapters_of, *self.sections_of]})


def weave(
    chapters: Iterable[Chapter], notebooks: Iterable[NotebookPage], waiting: Iterable[str] = ()
) -> Web:
    """Read the links out of chapters and notebooks.

    Args:
        chapters: The chapters.
        notebooks: The notebooks.
        waiting: Ids of the catalogue that have a line but no chapter yet.
    """
    notebooks = tuple(notebooks)
    web = Web(
        notebooks={page.file: f"notebooks/{page.name}.html" for page in notebooks},
        places={entry: f"entries.html#{entry}" for entry in waiting},
    )
    by_title = {
        (s.notebook, s.titles.get("en", "")): s for page in notebooks for s in page.sections
    }
    for section in by_title.values():
        for function in section.functions:
            _add(web.sections_of, function, section)
    for chapter in chapters:
        text = FENCE.sub("", chapter.text("en"))
        for entry in chapter.entries:
            _add(web.entries, entry, chapter)
            web.places.setdefault(entry, f"entries.html#{entry}")
        for name in CODE_NAME.findall(text):
            target = resolve(name)
            if target:
                _add(web.functions, chapter.path, target)
                _add(web.chapters_of, target, chapter)
        for notebook, title in SECTION.findall(text):
            found = by_title.get((notebook, title))
            if found:
                _add(web.sections, chapter.path, found)
                _add(web.chapters_at, (notebook, found.anchor), chapter)
        headed = (found[1] for found in HEADED.finditer(text))
        web.places |= {entry: f"{chapter.path}.html#{entry}" for entry in headed}
    return web


def anchor_of(function: Function) -> str:
    """Where a public name stands on the page of its module; the top for one of no page part."""
    module, name = function
    return name if name in {p.name for p in public_names(module)[1]} else ""


def function_address(function: Function, *, up: str = "../") -> str:
    """The page and place of a function, from a page one folder deep."""
    anchor = anchor_of(function)
    return f"{up}functions/{function[0]}.html" + (f"#{escape(anchor)}" if anchor else "")


def section_address(section: NotebookSection, *, up: str = "../") -> str:
    """The page and place of a section of a notebook."""
    return f"{up}notebooks/{section.notebook}.html#{escape(section.anchor)}"


def _add(where: dict[_Key, list[_Value]], key: _Key, value: _Value) -> None:
    known = where.setdefault(key, [])
    if value not in known:
        known.append(value)

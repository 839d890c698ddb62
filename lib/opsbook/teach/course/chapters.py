"""A chapter taken apart: what a slide, a handout or a trainer needs of it, by its parts.

Every chapter has the same eight sections in the same order in both languages, so that parts
are found by their place and not by their heading.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from opsbook.errors import DataError
from opsbook.language import N_

__all__ = ["Chapter", "chapters_of", "read_chapter"]

PARTS = ("decision", "idea", "formula", "example", "misleads", "reference", "where", "exercise")
_FOLD = re.compile(r"<details>\s*<summary>.*?</summary>(.*?)</details>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)


@dataclass(frozen=True)
class Chapter:
    """One chapter of the playbook in one language; every part is Markdown without its heading.

    Args:
        name: Room and file, such as ``lifecycle/B06-retention``.
        title: Its heading.
        decision: The decision it serves.
        idea: The idea on one screen.
        formula: Formula and symbols.
        example: Worked example, prose and blocks of code.
        misleads: When it misleads.
        reference: Reference figures.
        where: Notebook section and functions.
        exercise: The exercise without its answer.
        answer: The folded answer.
    """

    name: str
    title: str
    decision: str
    idea: str
    formula: str
    example: str
    misleads: str
    reference: str
    where: str
    exercise: str
    answer: str

    @property
    def entry(self) -> str:
        """Catalogue entry, such as ``B06``."""
        return self.name.split("/")[1].split("-")[0]

    @property
    def room(self) -> str:
        """Room of the house, such as ``lifecycle``."""
        return self.name.split("/")[0]


def chapters_of(playbook: Path, room: str) -> tuple[str, ...]:
    """Names of the chapters of a room that exist in both languages, in order of entries."""
    english = {p.name.removesuffix(".en.md") for p in (playbook / room).glob("*.en.md")}
    chinese = {p.name.removesuffix(".zh.md") for p in (playbook / room).glob("*.zh.md")}
    return tuple(f"{room}/{name}" for name in sorted(english & chinese))


def read_chapter(playbook: Path, name: str, lang: str) -> Chapter:
    """A chapter in its parts.

    Args:
        playbook: Folder of the playbook.
        name: Room and file, such as ``lifecycle/B06-retention``.
        lang: ``en`` or ``zh``.

    Raises:
        DataError: There is no such chapter, or it has not the eight sections of a chapter.
    """
    file = playbook / f"{name}.{lang}.md"
    try:
        text = _COMMENT.sub("", file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(N_("There is no chapter {file}"), file=file) from None
    title, sections = _sections(text)
    if len(sections) != len(PARTS):
        raise DataError(
            N_("{file} has {found} sections; a chapter has {wanted}: write the missing ones"),
            file=file,
            found=len(sections),
            wanted=len(PARTS),
        )
    parts = dict(zip(PARTS, sections, strict=True))
    folded = _FOLD.search(parts["exercise"])
    parts["answer"] = folded[1].strip() if folded else ""
    parts["exercise"] = _FOLD.sub("", parts["exercise"]).strip()
    return Chapter(name=name, title=title, **parts)


def _sections(text: str) -> tuple[str, list[str]]:
    """Heading of the page, and the text below each heading of the second level."""
    title, inside = "", False
    found: list[list[str]] = []
    for line in text.splitlines():
        inside ^= line.startswith("```")
        if not inside and line.startswith("# "):
            title = line[2:].strip()
        elif not inside and line.startswith("## "):
            found.append([])
        elif found:
            found[-1].append(line)
    return title, ["\n".join(lines).strip() for lines in found]

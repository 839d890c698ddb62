"""The chapters of the playbook as they lie on disk: found, not listed.

A chapter is a pair of files ``ROOM/NAME.en.md`` and ``ROOM/NAME.zh.md``. Rooms are folders;
a new one needs no word here.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = [
    "FENCE",
    "ROLES",
    "Chapter",
    "Section",
    "chapters",
    "has_chinese",
    "playbook_folder",
]

FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
"""A block of code, or what it printed."""
ROLES = {
    "The decision it serves": "decision",
    "它服务的决策": "decision",
    "The idea on one screen": "idea",
    "一屏看懂": "idea",
    "Formula": "formula",
    "公式": "formula",
    "Worked example": "example",
    "算一遍": "example",
    "When it misleads": "misleads",
    "何时会误导": "misleads",
    "Reference figures": "reference",
    "参考数字": "reference",
    "Where it is computed": "where",
    "在哪里计算": "where",
    "Exercise": "exercise",
    "练习": "exercise",
}
"""What a section of a method's chapter is for, by its heading."""
_ENTRY = re.compile(r"<!-- *entr(?:y|ies): *([^>]*?) *-->")
_ID = re.compile(r"[A-Z]\d\d")


@dataclass(frozen=True)
class Section:
    """A part of a chapter under one heading of the second level.

    Args:
        title: The heading; empty for what stands before the first one.
        role: What it is for, one of the values of ``ROLES``; empty where it is none of them.
        text: Its Markdown, with the heading.
        start: Where it begins in the chapter, in characters.
    """

    title: str
    role: str
    text: str
    start: int


@dataclass(frozen=True)
class Chapter:
    """A chapter in both languages.

    Args:
        folder: The playbook.
        path: Its name inside it, without language: ``market/D10-growth``.
    """

    folder: Path
    path: str

    @property
    def room(self) -> str:
        """The folder that it stands in."""
        return self.path.split("/")[0]

    def file(self, lang: str) -> Path:
        """Its file in a language."""
        return self.folder / f"{self.path}.{lang}.md"

    def text(self, lang: str) -> str:
        """Its Markdown."""
        return self.file(lang).read_text(encoding="utf-8")

    def title(self, lang: str) -> str:
        """Its first heading."""
        found = re.search(r"^# +(.+)$", FENCE.sub("", self.text(lang)), re.MULTILINE)
        return found[1].strip() if found else self.path

    @property
    def entries(self) -> tuple[str, ...]:
        """Ids of the catalogue that it answers, such as ``D10``; none for a page about all."""
        found = _ENTRY.search(self.text("en"))
        return tuple(_ID.findall(found[1])) if found else ()

    @property
    def is_method(self) -> bool:
        """Whether it has the form of a method's chapter, with its reference figures."""
        return any(section.role == "reference" for section in self.sections("en"))

    def sections(self, lang: str) -> list[Section]:
        """Its parts in order; headings inside code do not count."""
        text = self.text(lang)
        masked = FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
        starts = [(0, "")] + [
            (m.start(), m[1].strip()) for m in re.finditer(r"^## +(.+)$", masked, re.MULTILINE)
        ]
        ends = [start for start, _ in starts[1:]] + [len(text)]
        return [
            Section(title, ROLES.get(title, ""), text[start:end], start)
            for (start, title), end in zip(starts, ends, strict=True)
        ]


def playbook_folder(given: Path | None = None) -> Path:
    """Where the playbook is: as given, ``./playbook``, or that of this checkout.

    Raises:
        ParameterError: There is no such folder.
    """
    checkout = Path(__file__).resolve().parents[3]
    candidates = [given] if given else [Path("playbook"), checkout / "playbook"]
    for folder in candidates:
        if (folder / "README.md").is_file():
            return folder.resolve()
    raise ParameterError(
        N_("{folder} holds no playbook; give the folder with --playbook DIR"),
        folder=candidates[0],
    )


def chapters(folder: Path) -> tuple[Chapter, ...]:
    """All chapters that stand there in both languages, by room and name."""
    found = []
    for file in sorted(folder.glob("*/*.en.md")):
        chapter = Chapter(folder, f"{file.parent.name}/{file.name.removesuffix('.en.md')}")
        if chapter.file("zh").is_file():
            found.append(chapter)
    return tuple(found)


def has_chinese(text: str) -> bool:
    """Whether a text holds a Chinese character."""
    return bool(re.search(r"[\u4e00-\u9fff]", text))

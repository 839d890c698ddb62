"""The plan of the two days: which slot, when, with which chapters, cases and page.

Read from ``playbook/course/timetable.toml``, so that a trainer who gives other chapters
changes one file and nothing else.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.teach.course.chapters import chapters_of

__all__ = ["KINDS", "Slot", "read_plan"]

KINDS = ("module", "talk", "break")
_MOST = 3
"""Chapters of a module that names none: the first of its room."""


@dataclass(frozen=True)
class Slot:
    """One slot of the timetable in one language.

    Args:
        day: Day of the course, from 1.
        start: Hour it begins, ``09:30``.
        minutes: How long it takes.
        kind: ``module``, ``talk`` or ``break``.
        id: Name of its files; empty for a break.
        title: What it is called.
        goal: What a trainee can do afterwards.
        room: Room of a module's chapters and exercises.
        chapters: Names of its chapters.
        cases: Ids of the cases that are discussed.
        exercises: Ids of exercises that it takes before all others.
        page: Page of the playbook that a talk shows, without language.
        only: Sections of that page, by the first word of their headings; all where empty.
        topics: Topics of the course outline it covers.
    """

    day: int
    start: str
    minutes: int
    kind: str
    id: str = ""
    title: str = ""
    goal: str = ""
    room: str = ""
    chapters: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    exercises: tuple[str, ...] = ()
    page: str = ""
    only: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    @property
    def end(self) -> str:
        """Hour it ends, ``10:45``."""
        begun = datetime.strptime(self.start, "%H:%M")
        return f"{begun + timedelta(minutes=self.minutes):%H:%M}"


def read_plan(playbook: Path, lang: str) -> tuple[Slot, ...]:
    """The slots in order.

    A module that names no chapters takes the first of its room, as many as there are.

    Args:
        playbook: Folder of the playbook.
        lang: ``en`` or ``zh``.

    Raises:
        DataError: The file has a fault; the message names the slot.
    """
    file = playbook / "course" / "timetable.toml"
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["slot"]
    except (tomllib.TOMLDecodeError, KeyError, OSError) as error:
        raise DataError(
            N_("{file} cannot be read as a timetable: {error}"), file=file, error=error
        ) from None
    slots = tuple(_slot(playbook, row, lang, file) for row in rows)
    names = [slot.id for slot in slots if slot.kind != "break"]
    for name in names:
        if not name or names.count(name) > 1:
            raise DataError(
                N_('{file}: id "{value}" must be given once and not be empty'),
                file=file,
                value=name,
            )
    return slots


def _slot(playbook: Path, row: dict[str, Any], lang: str, file: Path) -> Slot:
    told: dict[str, Any] = {}
    for key, value in row.items():
        name, _, of = key.rpartition("_")
        if of in ("en", "zh"):
            told |= {name: value} if of == lang else {}
        else:
            told[key] = value
    told = {k: tuple(v) if isinstance(v, list) else v for k, v in told.items()}
    where = f"{told.get('day')}, {told.get('start')}"
    if told.get("kind") not in KINDS:
        raise DataError(
            N_('{file}, day {slot}: kind "{value}" is not known; use one of {valid}'),
            file=file,
            slot=where,
            value=told.get("kind"),
            valid=", ".join(KINDS),
        )
    try:
        datetime.strptime(str(told.get("start")), "%H:%M")
        slot = Slot(**told)
    except (TypeError, ValueError) as error:
        raise DataError(
            N_("{file}, day {slot}: {error}"), file=file, slot=where, error=error
        ) from None
    if slot.kind == "module" and not slot.chapters:
        return Slot(**told | {"chapters": chapters_of(playbook, slot.room)[:_MOST]})
    return slot

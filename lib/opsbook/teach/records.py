"""Who solved what, after how many tries: kept in a file that the trainer can collect."""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opsbook.errors import DataError
from opsbook.language import N_, t
from opsbook.teach.classroom import Class, current_class
from opsbook.teach.exercise import exercises

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Attempt", "Progress", "attempts_of", "keep", "progress"]

_unkept: dict[str, list["Attempt"]] = {}
"""Attempts outside any class, or in a folder that cannot be written: this process only."""


@dataclass(frozen=True)
class Attempt:
    """One answer that was checked.

    Args:
        exercise: Its id.
        at: When, UTC, ISO 8601.
        state: ``right``, ``known``, ``close``, ``form`` or ``wrong``.
        way: The known wrong way, if it was one.
        answer: What was answered, as text.
    """

    exercise: str
    at: str
    state: str
    way: str = ""
    answer: str = ""


def now() -> str:
    """The time as attempts keep it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def attempts_of(room: Class | None) -> list[Attempt]:
    """Every attempt of a class's trainee so far, oldest first.

    Raises:
        DataError: The file cannot be read.
    """
    kept = [] if room is None else _read(room.progress_file)
    return kept + _unkept.get(_place(room), [])


def _place(room: Class | None) -> str:
    return "" if room is None else str(room.progress_file)


def keep(attempt: Attempt, room: Class | None) -> bool:
    """Add an attempt to the class's file.

    One line is one write at the end of the file, so two notebooks lose nothing to each other
    and a machine that stops leaves the lines before it whole.

    Returns:
        Whether it is in the file; else it is kept until this process ends.
    """
    aside = _unkept.setdefault(_place(room), [])
    if room is None:
        aside.append(attempt)
        return False
    line = json.dumps(asdict(attempt), ensure_ascii=False) + "\n"
    try:
        file = os.open(room.progress_file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    except OSError:
        aside.append(attempt)
        return False
    try:
        # A line torn by a stopped machine must not take the next one with it.
        end = os.lseek(file, 0, os.SEEK_END)
        torn = end > 0 and os.lseek(file, end - 1, os.SEEK_SET) >= 0 and os.read(file, 1) != b"\n"
        os.write(file, (f"\n{line}" if torn else line).encode())
    finally:
        os.close(file)
    return True


def _read(file: Path) -> list[Attempt]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as fault:
        raise DataError(
            N_("{file} cannot be read: {fault}; move it away to begin anew"), file=file, fault=fault
        ) from None
    found = []
    for line in lines:
        # A torn line is what a stopped machine leaves; the others stand.
        try:
            found.append(Attempt(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


@dataclass(frozen=True)
class Progress:
    """Where a trainee stands.

    Args:
        trainee: Name, may be empty.
        attempts: Every attempt, oldest first.
    """

    trainee: str
    attempts: tuple[Attempt, ...]

    @property
    def solved(self) -> int:
        """Exercises solved."""
        return len({a.exercise for a in self.attempts if a.state == "right"})

    def frame(self) -> "pd.DataFrame":
        """One row per exercise, in the order of the course.

        Returns:
            ``exercise, room, title, attempts`` (until solved), ``solved`` (bool), ``way`` (the
            last known wrong way met), ``last`` (UTC; empty if never tried).
        """
        import pandas as pd

        return pd.DataFrame([self._row(e.id, e.room, t(e.title)) for e in exercises()])

    def _row(self, id: str, room: str, title: str) -> dict[str, Any]:
        mine = [a for a in self.attempts if a.exercise == id]
        states = [a.state for a in mine]
        solved = "right" in states
        ways = [a.way for a in mine if a.way]
        return {
            "exercise": id,
            "room": room,
            "title": title,
            "attempts": states.index("right") + 1 if solved else len(mine),
            "solved": solved,
            "way": ways[-1] if ways else "",
            "last": mine[-1].at if mine else "",
        }

    def export(self, file: str | Path) -> Path:
        """Write the table of exercises as CSV, all of it or nothing.

        Args:
            file: Where; a file that is there is replaced.

        Raises:
            DataError: It cannot be written.
        """
        from opsbook.chart.download import csv_text

        frame = self.frame()
        frame.insert(0, "trainee", self.trainee)
        heads: Sequence[str] = list(frame.columns)
        text, _ = csv_text(heads, frame.itertuples(index=False, name=None), most_bytes=10**9)
        target = Path(file).expanduser().absolute()
        try:
            with tempfile.NamedTemporaryFile(
                "w", dir=target.parent, suffix=".part", delete=False, encoding="utf-8", newline=""
            ) as aside:
                aside.write(text)
            Path(aside.name).replace(target)
        except OSError as fault:
            raise DataError(
                N_("{file} cannot be written: {fault}"), file=target, fault=fault
            ) from None
        return target

    def __str__(self) -> str:
        done = t("{solved} of {all} exercises solved", solved=self.solved, all=len(exercises()))
        return f"{self.trainee}: {done}" if self.trainee else done

    def _repr_mimebundle_(self, **more: Any) -> dict[str, Any]:
        from opsbook.chart.table import Field, shown_table

        yes, no = t("yes"), t("no")
        frame = self.frame().assign(solved=lambda f: f.solved.map({True: yes, False: no}))
        fields = (
            Field("exercise", t("Exercise")),
            Field("title", t("What it asks")),
            Field("solved", t("Solved")),
            Field("attempts", t("Attempts"), "count"),
        )
        return shown_table(frame, fields, caption=str(self), most=200)._repr_mimebundle_(**more)


def progress(room: Class | None = None) -> Progress:
    """Where the trainee of a class stands.

    Args:
        room: The class; the one in use unless given.

    Raises:
        DataError: The file of attempts cannot be read.
    """
    chosen = room or current_class()
    return Progress(chosen.trainee if chosen else "", tuple(attempts_of(chosen)))

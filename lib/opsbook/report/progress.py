"""Say how far the reports are: bars on a terminal, plain lines in a log."""

import sys
import threading
from collections.abc import Callable
from typing import IO, Any, Protocol

from opsbook.language import t

__all__ = ["Lines", "Progress", "progress_on"]


class Progress(Protocol):
    """What is told about reports while they run; calls come from several threads."""

    def begin(self, key: str) -> None:
        """A report begins."""

    def cell(self, key: str, place: int, count: int) -> None:
        """Its cell number ``place``, counted from 0, out of ``count`` begins."""

    def end(self, key: str, fault: str | None, seconds: float) -> None:
        """It is done, or failed for the reason given."""

    def close(self) -> None:
        """Nothing more will come."""


def ended(key: str, fault: str | None, seconds: float) -> str:
    """The line about a report that has ended."""
    shown = f"{seconds:.1f}"
    if fault is None:
        return t("{name}: done in {seconds} s", name=key, seconds=shown)
    return t("{name}: FAILED after {seconds} s. {why}", name=key, seconds=shown, why=fault)


class Lines:
    """A line when a report begins and one when it has ended.

    Args:
        say: Takes the lines.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._one = threading.Lock()

    def begin(self, key: str) -> None:
        """A report begins."""
        with self._one:
            self._say(t("{name}: running", name=key))

    def cell(self, key: str, place: int, count: int) -> None:
        """Cells are not worth a line."""

    def end(self, key: str, fault: str | None, seconds: float) -> None:
        """A report has ended."""
        with self._one:
            self._say(ended(key, fault, seconds))

    def close(self) -> None:
        """Nothing is held open."""


class Bars:
    """One bar per running report: name, cell, seconds; ended ones move up as lines.

    Args:
        stream: A terminal.
    """

    def __init__(self, stream: IO[str]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Display

        self._console = Console(file=stream, highlight=False, markup=False)
        columns: list[Any] = [
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        ]
        self._display = Display(*columns, console=self._console, transient=True)
        self._tasks: dict[str, Any] = {}
        self._one = threading.Lock()
        self._display.start()

    def begin(self, key: str) -> None:
        """A bar appears."""
        with self._one:
            self._tasks[key] = self._display.add_task(key, total=None)

    def cell(self, key: str, place: int, count: int) -> None:
        """It grows."""
        with self._one:
            if key in self._tasks:
                self._display.update(self._tasks[key], completed=place, total=count)

    def end(self, key: str, fault: str | None, seconds: float) -> None:
        """It gives way to a line."""
        with self._one:
            if key in self._tasks:
                self._display.remove_task(self._tasks.pop(key))
            self._console.print(ended(key, fault, seconds), style="red" if fault else None)

    def close(self) -> None:
        """Give the terminal back."""
        self._display.stop()


def progress_on(stream: IO[str] | None = None) -> Progress:
    """Bars if the stream is a terminal, else plain lines; standard error if none is given."""
    chosen = stream or sys.stderr
    if chosen.isatty():
        return Bars(chosen)

    def say(line: str) -> None:
        print(line, file=chosen, flush=True)

    return Lines(say)

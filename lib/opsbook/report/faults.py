"""Why a report failed, in plain words: for the page, the manifest and the exit code."""

import re
from dataclasses import dataclass
from typing import Any

from opsbook.language import count, t

__all__ = ["Fault", "dead", "failed_cell", "out_of_memory", "stopped", "too_long"]

_OURS = re.compile(r"opsbook\.(\w+): ", re.ASCII)
_KINDS = {"ParameterError": "parameter", "RunError": "run"}
_FRAME = re.compile(r"^(?:File (.+?\.py):|Cell In\[\d+\], line )(\d+)", re.MULTILINE)
_MEMORY = ("MemoryError", "_ArrayMemoryError", "ArrowMemoryError", "OutOfMemoryException")


@dataclass(frozen=True)
class Fault:
    """Why a report failed.

    Args:
        kind: ``data`` and ``parameter`` are the user's to change. ``cell`` a step failed,
            ``dead`` the kernel ended, ``timeout`` it took too long, ``memory`` it took too
            much, ``stopped`` somebody stopped it, ``start`` it did not come up, ``disk``
            the results could not be written, ``run`` anything else around it.
        text: What went wrong, in plain words.
        detail: Technical lines for the one who mends it; empty where the words say it all.
        cell: Place of the cell in the notebook that was run; −1 before the first.
    """

    kind: str
    text: str
    detail: str = ""
    cell: int = -1

    @property
    def is_users(self) -> bool:
        """Whether the user's input or data has to change."""
        return self.kind in ("data", "parameter")


def dead(cell: int) -> Fault:
    """The kernel ended by itself."""
    text = t(
        "The program that computes the report ended without a word. "
        "Most often the memory ran out: try a shorter period or a larger machine."
    )
    return Fault("dead", text, cell=cell)


def too_long(seconds: float, cell: int, *, whole: bool = False) -> Fault:
    """A cell, or the whole report, took longer than it may."""
    if whole:
        text = t(
            "The report took longer than {seconds} seconds and was stopped; "
            "allow more with --timeout.",
            seconds=f"{seconds:g}",
        )
    else:
        text = t(
            "A step took longer than {seconds} seconds and was stopped.", seconds=f"{seconds:g}"
        )
    return Fault("timeout", text, cell=cell)


def out_of_memory(limit: int, cell: int, detail: str = "") -> Fault:
    """The report needed more memory than it was given; ``limit`` in bytes."""
    text = t(
        "The report needed more than the {gigabytes} GB of memory it was given: try a shorter "
        "period, fewer reports at once (--jobs) or a higher --memory.",
        gigabytes=count(limit / 1e9, 1),
    )
    return Fault("memory", text, detail, cell)


def stopped(cell: int) -> Fault:
    """Somebody pressed Ctrl-C or ended the program."""
    return Fault("stopped", t("The run was stopped from outside before it was done."), cell=cell)


def failed_cell(broken: Any, memory_bytes: int) -> Fault:
    """What papermill's ``PapermillExecutionError`` means."""
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in broken.traceback]
    first = _OURS.match(lines[0]) if lines else None
    if first:
        return Fault(_KINDS.get(first[1], "data"), broken.evalue, cell=broken.cell_index)
    last = [line for block in lines for line in block.splitlines() if line.strip("- ")][-14:]
    detail = "\n".join(line.rstrip() for line in last)
    if str(broken.ename).rpartition(".")[2] in _MEMORY and memory_bytes:
        return out_of_memory(memory_bytes, broken.cell_index, detail)
    said = f"{broken.ename}: {broken.evalue}".strip(": ")
    text = t(
        "A step of the report failed in a way that nobody foresaw, {error} ({place}); "
        "the details are on the page.",
        error=said[:400],
        place=_place("\n".join(lines)),
    )
    return Fault("cell", text, detail, broken.cell_index)


def _place(traceback: str) -> str:
    """Where in the code the last call of a traceback stood, without the machine's folders."""
    frames = _FRAME.findall(traceback)
    file, line = frames[-1] if frames else ("", "?")
    _, ours, inside = file.rpartition("opsbook/")
    name = ours + inside if ours else file.rpartition("/")[2]
    return t("{file}, line {line}", file=name or t("a cell of the notebook"), line=line)

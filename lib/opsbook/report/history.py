"""What past runs of a job left: a record, their pages and results, and how many of them stay.

::

    OUT/runs/JOB/20260503T063000Z/run.json      what was asked for and what became of it
                                  STEM.html     pages and results as they were
    OUT/runs/JOB/.lock                          who is at work

A record is written before anything runs and again at the end, so that a run that was
killed leaves one too.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from opsbook.errors import RunError
from opsbook.language import N_
from opsbook.report.manifest import as_json
from opsbook.report.tables import TABLES, is_table_file

__all__ = ["RECORD", "RUNS", "Run", "forget", "last_run", "new_run", "past_runs", "unfinished"]

RUNS = "runs"
RECORD = "run.json"
_STAMP = re.compile(r"\d{8}T\d{6}Z(-\d+)?", re.ASCII)
_GOOD = ("good", "unchanged")


@dataclass(frozen=True)
class Run:
    """One run of one job.

    Args:
        folder: Where its record and copies stand.
        record: What the record says.
    """

    folder: Path
    record: dict[str, Any]

    @property
    def stamp(self) -> str:
        """When it began, as the name of its folder."""
        return self.folder.name

    def write(self) -> None:
        """Put the record down, whole or not at all.

        Raises:
            RunError: The folder cannot be written.
        """
        aside = self.folder / f".{RECORD}.{uuid4().hex}"
        try:
            with aside.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(as_json(self.record))
                stream.flush()
                os.fsync(stream.fileno())
            aside.replace(self.folder / RECORD)
        except OSError as fault:
            raise _unwritable(self.folder, fault) from None
        finally:
            aside.unlink(missing_ok=True)

    def keep(self, out: Path, names: Iterable[str]) -> list[str]:
        """Keep files as they are now; what is published is replaced later, never altered.

        Args:
            out: Folder for the results.
            names: Files in it; one folder deep at most.

        Returns:
            Those that were there, by their names here.
        """
        kept = []
        for name in names:
            file, copy = out / name, self.folder / name
            if not file.is_file():
                continue
            try:
                copy.parent.mkdir(exist_ok=True)
                copy.unlink(missing_ok=True)
                _same_again(file, copy)
            except OSError:
                continue  # a full disk costs the copy, never the run
            kept.append(name)
        return kept


def _same_again(file: Path, copy: Path) -> None:
    """A second name for the same bytes takes no room; not every file system knows that."""
    try:
        copy.hardlink_to(file)
    except OSError:
        try:
            shutil.copyfile(file, copy)
        except OSError:
            copy.unlink(missing_ok=True)
            raise


def new_run(out: Path, job: str, record: Mapping[str, Any]) -> Run:
    """Make the folder of a run that begins now, with a first record.

    Raises:
        RunError: The folder cannot be written.
    """
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    home = out / RUNS / job
    try:
        home.mkdir(parents=True, exist_ok=True)
        for again in range(1000):
            folder = home / (f"{stamp}-{again}" if again else stamp)
            try:
                folder.mkdir()
                break
            except FileExistsError:
                continue
    except OSError as fault:
        raise _unwritable(home, fault) from None
    run = Run(folder, {"job": job, "run": folder.name, **record})
    run.write()
    return run


def past_runs(out: Path, job: str) -> list[Run]:
    """Runs of a job that left a record, oldest first."""
    found = []
    home = out / RUNS / job
    folders = home.iterdir() if home.is_dir() else ()
    for folder in sorted(folders, key=_order):
        if folder.is_symlink() or not _STAMP.fullmatch(folder.name):
            continue
        try:
            record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(record, dict) and record.get("job") == job:
            found.append(Run(folder, record))
    return found


def _order(folder: Path) -> tuple[str, int]:
    stamp, _, again = folder.name.partition("-")
    return stamp, int(again) if again.isdigit() else 0


def last_run(out: Path, job: str) -> Run | None:
    """The run before this one; None where there was none."""
    runs = past_runs(out, job)
    return runs[-1] if runs else None


def unfinished(run: Run) -> set[str]:
    """Stems of the reports that a run did not bring to a good end; killed runs included."""
    items = run.record.get("reports", [])
    return {str(item.get("stem")) for item in items if item.get("status") not in _GOOD}


def forget(out: Path, job: str, keep: int) -> list[str]:
    """Remove all but the last runs of a job: what their records list, and nothing else.

    Args:
        out: Folder for results.
        job: Whose runs.
        keep: How many stay, at least 1.

    Returns:
        Stamps of the runs that are gone.
    """
    gone = []
    for run in past_runs(out, job)[: -max(keep, 1)]:
        own = _own(run.record)
        for name in (*own, RECORD):
            (run.folder / name).unlink(missing_ok=True)
        try:
            for inner in {Path(name).parent for name in own if "/" in name}:
                if (run.folder / inner).is_dir():
                    (run.folder / inner).rmdir()
            run.folder.rmdir()
        except OSError:
            continue  # someone put a file of his own there: it stays, with its folder
        gone.append(run.stamp)
    return gone


def _own(record: Mapping[str, Any]) -> set[str]:
    """Files of a run by its record, which may have been altered: none lies outside its folder."""
    names = {str(name) for name in record.get("files", [])}
    stems = {name.removesuffix(".html") for name in names if name.endswith(".html")}
    plain = {name for name in names if Path(name).name == name}
    return plain | {
        name
        for name in names - plain
        if is_table_file(name, name.partition(TABLES)[0]) and name.partition(TABLES)[0] in stems
    }


def _unwritable(folder: Path, fault: OSError) -> RunError:
    return RunError(
        N_("{folder} cannot be written: {fault}"),
        folder=folder,
        fault=fault.strerror or type(fault).__name__,
    )

"""Put results where people and machines find them, each report whole or not at all.

All files of a report are written aside and forced to the disk first; only then, one after
the other, do they take their names. A disk that is full or a machine that stops before that
leaves what stood there. A page that failed gets a name of its own, ``STEM.failed.html``:
``STEM.html`` and its figures are always the last good run.
"""

import contextlib
import hashlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from opsbook.errors import RunError
from opsbook.language import N_
from opsbook.report.index import index
from opsbook.report.index_past import past_runs_of
from opsbook.report.manifest import (
    FAILED,
    MANIFEST,
    as_json,
    as_manifest,
    last_good,
    read_manifest,
    successor,
)
from opsbook.report.tables import TABLES, tables_of

__all__ = [
    "FAILED",
    "INDEX",
    "MANIFEST",
    "as_json",
    "last_good",
    "make_folder",
    "publish",
    "read_manifest",
    "refresh",
]

INDEX = "index.html"
_ASIDE = re.compile(r"\..*\.[0-9a-f]{32}")
_STALE_SECONDS = 3600
_PATIENCE_SECONDS = 120


def make_folder(folder: Path) -> Path:
    """The folder for results, there and writable, rid of what a killed run left aside.

    Raises:
        RunError: It cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _aside(folder / "try", ""):
            pass
        for left in folder.iterdir():
            if _ASIDE.fullmatch(left.name) and time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink(missing_ok=True)
    except OSError as fault:
        raise _unwritable(folder, fault) from None
    return folder


def publish(
    folder: Path,
    files: Mapping[str, str],
    entry: Mapping[str, Any],
    *,
    gone: Iterable[str] = (),
) -> dict[str, Any]:
    """Publish a report's files, its entry in the manifest, and the index, together.

    Args:
        folder: Where results stand.
        files: File name to content; ``STEM.tables/NAME.csv`` for a table beside the page.
        entry: What the manifest says of this report; it replaces the one of the same
            ``stem``, see :func:`opsbook.report.manifest.successor`.
        gone: Files that this run makes obsolete.

    Returns:
        The entry as it stands in the manifest.

    Raises:
        RunError: The folder cannot be written; what stood there before still stands.
    """
    with _written(folder):
        reports = {str(r["stem"]): r for r in read_manifest(folder)["reports"]}
        stem = str(entry["stem"])
        before = reports.get(stem)
        full = reports[stem] = successor(folder, entry, before)
        left = set(tables_of(before)) - set(tables_of(full))
        _put(folder, files, list(reports.values()))
        for name in (*gone, *left):
            (folder / name).unlink(missing_ok=True)
        if left:
            with contextlib.suppress(OSError):  # someone put a file of his own there
                (folder / f"{stem}{TABLES}").rmdir()
        _settle(folder)
    return full


def refresh(folder: Path, checked: Iterable[str] = ()) -> None:
    """Write the index anew: past runs have come and gone since the last report.

    Args:
        folder: Where results stand.
        checked: Stems of reports that were looked at just now and would come out the same.

    Raises:
        RunError: The folder cannot be written.
    """
    stems = set(checked)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with _written(folder):
        reports = read_manifest(folder)["reports"]
        for report in reports:
            if report["stem"] in stems:
                report["checked"] = now
        _put(folder, {}, reports)
        _settle(folder)


@contextlib.contextmanager
def _written(folder: Path) -> Iterator[None]:
    """Alone in the folder; that it cannot be written is said in our words."""
    try:
        with _alone(folder):
            yield
    except OSError as fault:
        raise _unwritable(folder, fault) from None


def _put(folder: Path, files: Mapping[str, str], reports: list[dict[str, Any]]) -> None:
    """Files, manifest and index: all on the disk before the first takes its name."""
    listed = sorted(reports, key=lambda report: str(report["stem"]))
    every = {
        **files,
        MANIFEST: as_manifest(listed),
        INDEX: index(listed, past_runs_of(folder, listed)),
    }
    with contextlib.ExitStack() as stack:
        folders = {name.partition("/")[0] for name in files if f"{TABLES}/" in name}
        for inner in folders:
            stack.enter_context(_folder(folder / inner))
        ready = [
            (stack.enter_context(_aside(folder / name, content, folder)), folder / name)
            for name, content in every.items()
        ]
        for aside, file in ready:
            aside.replace(file)
        for inner in folders:
            _settle(folder / inner)


@contextlib.contextmanager
def _folder(inner: Path) -> Iterator[None]:
    """A folder for tables; gone again where nothing came into it."""
    inner.mkdir(exist_ok=True)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            inner.rmdir()


@contextlib.contextmanager
def _aside(file: Path, content: str, folder: Path | None = None) -> Iterator[Path]:
    """The content under a name that nobody reads, on the disk; gone again if not renamed."""
    file.parent.stat()  # a folder that is not there is said before anything takes its name
    aside = (folder or file.parent) / f".{file.name}.{uuid4().hex}"
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        yield aside
    finally:
        aside.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Force the new names to the disk, where the system can do that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else publishes here meanwhile; the system frees the lock however we end."""
    if sys.platform != "win32":
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
        try:
            # The folder itself is locked: no lock file lies among the results.
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
    else:
        from opsbook.report.lock import only_one

        name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        file = Path(tempfile.gettempdir(), f"opsbook-{name}.lock")
        with only_one(file, str(folder.name), patience_seconds=_PATIENCE_SECONDS):
            yield


def _unwritable(folder: Path, fault: OSError) -> RunError:
    return RunError(
        N_("{folder} cannot be written: {fault}"),
        folder=folder,
        fault=fault.strerror or type(fault).__name__,
    )

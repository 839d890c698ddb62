"""Put results where people and machines find them, each report whole or not at all.

All files of a report are written aside and forced to the disk first; only then, one after
the other, do they take their names. A disk that is full or a machine that stops before that
leaves what stood there. A page that failed gets a name of its own, ``STEM.failed.html``:
``STEM.html`` and its figures are always the last good run.
"""

import contextlib
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from opsbook import __version__
from opsbook.errors import RunError
from opsbook.language import N_
from opsbook.report.index import index

__all__ = ["FAILED", "INDEX", "MANIFEST", "as_json", "make_folder", "publish", "read_manifest"]

MANIFEST = "manifest.json"
INDEX = "index.html"
FAILED = ".failed.html"
"""Ending of a page that failed."""
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
        files: File name to content.
        entry: What the manifest says of this report; it replaces the one of the same
            ``stem``. If it failed, ``last_good`` is added: page, time and headline of the
            last good run, or null.
        gone: Files that this run makes obsolete.

    Returns:
        The entry as it stands in the manifest.

    Raises:
        RunError: The folder cannot be written; what stood there before still stands.
    """
    try:
        with _alone(folder), contextlib.ExitStack() as stack:
            manifest = read_manifest(folder)
            kept, full = [], dict(entry)
            for other in manifest["reports"]:
                if other["stem"] != entry["stem"]:
                    kept.append(other)
                elif entry["status"] != "good":
                    full["last_good"] = _last_good(other)
            if entry["status"] != "good":
                full.setdefault("last_good", None)
            manifest["reports"] = sorted([*kept, full], key=lambda r: str(r["stem"]))
            every = {
                **files,
                MANIFEST: as_json(manifest),
                INDEX: index(manifest["reports"], str(entry["lang"])),
            }
            ready = [
                (stack.enter_context(_aside(folder / name, content)), folder / name)
                for name, content in every.items()
            ]
            for aside, file in ready:
                aside.replace(file)
            for name in gone:
                (folder / name).unlink(missing_ok=True)
            _settle(folder)
    except OSError as fault:
        raise _unwritable(folder, fault) from None
    return full


def _last_good(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    if entry["status"] == "good":
        return {key: entry.get(key, "") for key in ("page", "started", "headline")}
    found = entry.get("last_good")
    return dict(found) if found else None


def as_json(data: Any) -> str:
    """JSON that people can read too; what is not a number becomes null."""
    return json.dumps(_finite(data), ensure_ascii=False, indent=1, default=str) + "\n"


def _finite(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {str(key): _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    if isinstance(data, float) and data - data != 0:
        return None
    return data


def read_manifest(folder: Path) -> dict[str, Any]:
    """What was published here before; an unreadable manifest counts as none.

    A report is listed while the page it names is there, or while its last good one is.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        reports = [r for r in manifest["reports"] if {"page", "lang", "status"} <= set(r)]
    except (OSError, ValueError, KeyError, TypeError):
        reports = []
    for report in reports:
        report.setdefault("stem", str(report["page"]).removesuffix(FAILED).removesuffix(".html"))
    there = [r for r in reports if any((folder / page).is_file() for page in _pages(r))]
    return {"opsbook": __version__, "reports": there}


def _pages(report: Mapping[str, Any]) -> list[str]:
    last = report.get("last_good") or {}
    return [str(page) for page in (report["page"], last.get("page")) if page]


@contextlib.contextmanager
def _aside(file: Path, content: str) -> Iterator[Path]:
    """The content under a name that nobody reads, on the disk; gone again if not renamed."""
    aside = file.with_name(f".{file.name}.{uuid4().hex}")
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

"""The file in which post-mortems leave their lessons and actions, in the open beside the data."""

import csv
import io
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from opsbook.chart.download import unformula
from opsbook.errors import DataError, RunError
from opsbook.language import N_
from opsbook.shop.shop import Shop

__all__ = ["COLUMNS", "append_rows", "memory_file", "read_memory"]

COLUMNS = (
    "row_id",
    "filed_on",
    "campaign_id",
    "event",
    "name",
    "kind",
    "finding",
    "text",
    "owner",
    "measure",
    "baseline",
    "target",
    "due",
    "money",
    "status",
    "decision",
)
"""Columns of the file. People may add columns and edit any cell; nothing of theirs is lost."""
_NAME = "campaign_memory.csv"
_FOLDER = "post-mortems"
_PATIENCE_SECONDS = 10.0
_STALE_SECONDS = 60.0


def memory_file(shop: Shop, folder: str | Path = "") -> Path | None:
    """Where the shop's post-mortems are filed; None where there is no place for them.

    Args:
        shop: The shop.
        folder: A folder for them; without one it is ``post-mortems`` in the shop's own
            folder. A simulated shop, a packaged panel and a database have none of their own.
    """
    if str(folder).strip():
        return Path(folder).expanduser() / _NAME
    if "://" in shop.source:
        return None
    own = Path(shop.source)
    own = own.parent if own.is_file() else own
    # The answer key beside the tables says that nobody's campaigns are in them.
    if not own.is_dir() or (own / "truth.json").exists():
        return None
    return own / _FOLDER / _NAME


def read_memory(file: Path | None) -> pd.DataFrame:
    """Every row filed so far, as text; empty where nothing has been filed.

    Args:
        file: From ``memory_file``.

    Raises:
        DataError: The file is there and is not one of ours, or cannot be read.
    """
    if file is None or not file.is_file():
        return pd.DataFrame(columns=list(COLUMNS), dtype=str)
    try:
        text = file.read_text(encoding="utf-8-sig")
        frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, ValueError, csv.Error) as fault:
        raise DataError(
            N_("{file} cannot be read: {fault}"), file=file.name, fault=str(fault).splitlines()[0]
        ) from None
    gone = [c for c in ("row_id", "campaign_id", "event", "kind", "text") if c not in frame]
    if gone:
        raise DataError(
            N_("{file} lacks the columns {names}; move it away, and the next report starts anew"),
            file=file.name,
            names=", ".join(gone),
        )
    for column in COLUMNS:
        if column not in frame:
            frame[column] = ""
    return frame


def append_rows(file: Path, rows: Sequence[Mapping[str, object]]) -> int:
    """Add rows whose ``row_id`` is not there yet; those that are stay as people left them.

    The file is written beside and put in place in one step, under a lock: a reader sees the
    old file or the new one, and of two reports that file at once both are kept.

    Args:
        file: From ``memory_file``; made with its folder if it is not there.
        rows: Column to value; what is missing is left empty.

    Returns:
        How many rows were new.

    Raises:
        RunError: The folder cannot be written, or another report holds the file.
        DataError: The file is there and is not one of ours.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise _unwritable(file, fault) from None
    with _alone(file):
        known = read_memory(file)
        have = set(known["row_id"])
        fresh: list[dict[str, str]] = []
        for row in rows:
            if str(row["row_id"]) not in have:
                have.add(str(row["row_id"]))
                fresh.append({c: _text(row.get(c)) for c in COLUMNS})
        if fresh:
            added = pd.DataFrame(fresh, columns=list(COLUMNS), dtype=str)
            both = pd.concat([known, added], ignore_index=True).fillna("")
            _replace(file, both)
    return len(fresh)


def _text(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return repr(round(value, 6))
    # A spreadsheet would compute a cell that begins like a formula.
    return unformula(str(value))


def _replace(file: Path, frame: pd.DataFrame) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8-sig", newline="") as stream:
            frame.to_csv(stream, index=False, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise _unwritable(file, fault) from None


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    lock = file.with_name(f".{file.name}.lock")
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            if _stale(lock):
                lock.unlink(missing_ok=True)
            elif time.monotonic() > until:
                raise RunError(
                    N_("{file} is being written by another report; run this one again"),
                    file=file.name,
                ) from None
            else:
                time.sleep(0.05)
        except OSError as fault:
            raise _unwritable(file, fault) from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _stale(lock: Path) -> bool:
    """Whether a report died with the lock in its hand."""
    try:
        return time.time() - lock.stat().st_mtime > _STALE_SECONDS
    except OSError:
        return False


def _unwritable(file: Path, fault: OSError) -> RunError:
    return RunError(
        N_("{folder} cannot be written: {fault}"),
        folder=file.parent,
        fault=fault.strerror or type(fault).__name__,
    )

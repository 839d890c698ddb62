"""One run of a job at a time: a second scheduler is told who is at work, since when."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

from opsbook.errors import RunError
from opsbook.language import N_

__all__ = ["only_one"]

# Locks of one process do not exclude each other, so what is held here is remembered.
_held: set[Path] = set()
_AFAR = 1 << 20
"""Windows locks bytes for readers too: one far behind the text leaves that readable."""
_PAUSE_SECONDS = 0.2


@contextmanager
def only_one(file: Path, what: str, *, patience_seconds: float = 0.0) -> Iterator[None]:
    """Hold a lock file inside a ``with`` block; the system frees it however the process ends.

    Args:
        file: Made if it is not there, and left where it is: deleting a lock file lets two in.
        what: What is locked, for the message.
        patience_seconds: How long to wait for another to finish.

    Raises:
        RunError: Another process holds it (its number and when it began are said), or the
            file cannot be written.
    """
    until = monotonic() + patience_seconds
    key = file.resolve()
    while (stream := _open_and_take(file, key)) is None:
        if monotonic() >= until:
            raise _busy(file, key, what)
        sleep(_PAUSE_SECONDS)
    with stream:
        _held.add(key)
        try:
            _sign(stream)
            yield
        finally:
            stream.truncate(0)
            _free(stream)
            _held.discard(key)


def _open_and_take(file: Path, key: Path) -> IO[str] | None:
    # POSIX frees a process's lock when it closes any handle on the file: do not even open it.
    if key in _held:
        return None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        stream = file.open("a+", encoding="utf-8")
    except OSError as fault:
        raise RunError(
            N_("{folder} cannot be written: {fault}"),
            folder=file.parent,
            fault=fault.strerror or type(fault).__name__,
        ) from None
    if _take(stream):
        return stream
    stream.close()
    return None


def _sign(stream: IO[str]) -> None:
    stream.truncate(0)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    stream.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now}))
    stream.flush()


def _busy(file: Path, key: Path, what: str) -> RunError:
    try:
        if key in _held:
            raise ValueError
        said = json.loads(file.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(said["since"]).astimezone()
        return RunError(
            N_(
                "{what} is being run by process {pid} on {host} since {since}; "
                "wait for it (--wait MINUTES) or end it"
            ),
            what=what,
            pid=int(said["pid"]),
            host=said["host"],
            since=f"{since:%Y-%m-%d %H:%M:%S}",
        )
    except (OSError, ValueError, KeyError, TypeError):
        # Between taking the lock and signing it there is a moment without a name.
        return RunError(
            N_("{what} is being run by another process; wait for it (--wait MINUTES)"), what=what
        )


if sys.platform == "win32":
    import msvcrt

    def _take(stream: IO[str]) -> bool:
        return _windows(stream, msvcrt.LK_NBLCK)

    def _free(stream: IO[str]) -> None:
        _windows(stream, msvcrt.LK_UNLCK)

    def _windows(stream: Any, mode: int) -> bool:
        os.lseek(stream.fileno(), _AFAR, os.SEEK_SET)
        try:
            msvcrt.locking(stream.fileno(), mode, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    # lockf and not flock: a kernel that was forked and outlives us must not keep the lock.
    def _take(stream: IO[str]) -> bool:
        try:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _free(stream: IO[str]) -> None:
        fcntl.lockf(stream, fcntl.LOCK_UN)

"""Watch a kernel while it runs: its memory, the time, and whether somebody wants it to stop."""

import importlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

__all__ = ["Guard", "memory_of"]

_LOOK = 0.05


class Guard:
    """A thread that ends the kernel when it must end, and remembers why.

    Args:
        process: Gives the kernel's process once there is one: something with ``pid`` and
            ``kill``.
        memory: Bytes that the kernel and what it started may use together; 0 for any.
        until: When to stop, on the monotonic clock; None for never.
        stop: Set by whoever wants the run to stop.
    """

    def __init__(
        self,
        process: Callable[[], Any],
        *,
        memory: int = 0,
        until: float | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._process = process
        self._memory = memory
        self._until = until
        self._stop = stop or threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="opsbook-guard", daemon=True)
        self.reason = ""
        """Why the kernel was ended: ``memory``, ``timeout``, ``stopped``, or empty."""
        self.peak = 0
        """Most memory seen, in bytes."""

    def __enter__(self) -> "Guard":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK):
            process = self._process()
            pid = getattr(process, "pid", None)
            if not pid:
                continue
            used = memory_of(pid)
            self.peak = max(self.peak, used)
            reason = self._why(used)
            if reason:
                self.reason = self.reason or reason
                _end(process)
                return

    def _why(self, used: int) -> str:
        if self._stop.is_set():
            return "stopped"
        if self._until is not None and monotonic() > self._until:
            return "timeout"
        return "memory" if self._memory and used > self._memory else ""


def _end(process: Any) -> None:
    if hasattr(process, "talk") or os.name != "posix":
        process.kill()
        return
    import signal

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def memory_of(pid: int) -> int:
    """Bytes of memory of a process and its descendants, without files mapped into it.

    0 where the system does not tell.
    """
    if sys.platform != "linux":
        return _by_psutil(pid)
    family = [pid]
    for one in family:
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                family.extend(map(int, (task / "children").read_text(encoding="ascii").split()))
        except OSError:
            continue
    own = _kilobytes(f"/proc/{pid}/status", ("RssAnon:", "RssShmem:"))
    if len(family) == 1:
        return own * 1024
    # A child shares its parent's memory until it writes to it: count nothing twice.
    shares = (_kilobytes(f"/proc/{p}/smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")) for p in family)
    return max(own, sum(shares)) * 1024


def _kilobytes(file: str, kept: tuple[str, ...]) -> int:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(kept))


def _by_psutil(pid: int) -> int:
    try:
        psutil: Any = importlib.import_module("psutil")
    except ImportError:
        return 0
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family)
    except psutil.Error:
        return 0

"""What a fresh process does first: forget its parent, take its limits, become what is wanted."""

import contextlib
import ctypes
import os
import pickle
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from opsbook.report.forkserver import WORD

if TYPE_CHECKING:
    import socket

    from opsbook.report.forkserver import Birth

__all__ = ["READY", "become_kernel", "die_with_parent", "live"]

READY = b"r"

_DEATH_SIGNAL = 1
_BACKEND = "module://matplotlib_inline.backend_inline"


def die_with_parent(parent: int) -> None:
    """Linux: this process ends when its parent does, however that came about."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def live(birth: "Birth") -> None:
    """Read what is wanted and do it: a kernel, or a worker that makes one report."""
    die_with_parent(birth.parent)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    what = pickle.loads(_exactly(birth, _length(birth)))
    os.environ.clear()
    os.environ.update(what["env"])
    time.tzset()
    os.chdir(what["cwd"])
    _reseed()
    if what["kind"] == "kernel":
        birth.control.close()
        os.environ["TMPDIR"] = str(birth.scratch)
        tempfile.tempdir = None
        _silence()
        become_kernel(what["argv"], birth.talk)
    else:
        from opsbook.report import warm
        from opsbook.report.worker import work

        # Found again below this folder, so that nothing is left if the worker is killed.
        tempfile.tempdir = str(birth.scratch)
        warm.adopt(birth.control)
        heard, said = birth.talk.makefile("rb"), birth.talk.makefile("wb")
        work(what["task"], what["lang"], heard, said)
        os._exit(0)  # a thread of the worker listens for ever


def _length(birth: "Birth") -> int:
    return int(WORD.unpack(_exactly(birth, WORD.size))[0])


def _exactly(birth: "Birth", size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        more = birth.talk.recv(size - len(found))
        if not more:
            os._exit(1)  # whoever asked has gone
        found += more
    return bytes(found)


def _reseed() -> None:
    """Forks share the state of every generator; a fresh Python would not."""
    random.seed()
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _silence() -> None:
    """Standard streams of a kernel lead nowhere; what cells print goes through Jupyter."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def become_kernel(argv: Sequence[str], waiting: "socket.socket | None" = None) -> None:
    """Run an IPython kernel in this process until it is told to end.

    Args:
        argv: Its command line.
        waiting: Gets one byte once the kernel can be talked to.
    """
    from opsbook.report.walls import raise_walls

    matplotlib: Any = sys.modules.get("matplotlib")
    if matplotlib is not None:
        # As it would be had matplotlib been imported inside the kernel.
        matplotlib.rcParams["backend"] = os.environ.get("MPLBACKEND", _BACKEND)
    raise_walls()
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize(list(argv))
    if waiting is not None:
        with contextlib.suppress(OSError), waiting:
            waiting.sendall(READY)
    with contextlib.suppress(KeyboardInterrupt):
        app.start()


if __name__ == "__main__":
    die_with_parent(os.getppid())
    become_kernel(sys.argv[1:])

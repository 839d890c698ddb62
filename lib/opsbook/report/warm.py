"""Ask the warm process for fresh ones: started once, shared, ended with us."""

import atexit
import contextlib
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any

from opsbook.errors import RunError
from opsbook.language import N_
from opsbook.report.forkserver import WORD

__all__ = ["Forked", "Warm", "adopt", "possible", "shared"]

_ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
) | {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Without these, loading numpy and pyarrow starts threads, and threads do not survive a fork."""
_LONGEST_BIRTH = 120.0
_LENGTH = WORD


def possible() -> bool:
    """Whether processes can be forked from a warm one here."""
    return sys.platform == "linux"


class Forked:
    """A process that the warm one forked for us; closing it ends it.

    It looks like :class:`subprocess.Popen` as far as jupyter_client cares.
    """

    stdin = stdout = stderr = None

    def __init__(self, life: socket.socket, talk: socket.socket) -> None:
        self._life = life
        self.talk = talk
        self.returncode: int | None = None
        self._heard = b""
        self._listening = threading.Lock()
        pid = self._word(_LONGEST_BIRTH)
        if pid is None or pid <= 0:  # not born, or the warm process has gone
            self.close()
            raise RunError(N_("the system gave no new process"))
        self.pid = pid

    def poll(self) -> int | None:
        """How it ended: an exit code, minus the number of a signal, or None while it lives."""
        return self.wait(0)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end; None if it lives on after ``timeout`` seconds."""
        with self._listening:
            if self.returncode is None:
                self.returncode = self._word(timeout)
            return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the process and what it has started."""
        if self.returncode is None:
            with contextlib.suppress(OSError):
                self._life.sendall(bytes((number,)))

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Let go of it; if it still lives, it ends."""
        self.talk.close()
        self._life.close()

    def _word(self, timeout: float | None) -> int | None:
        """The next number from the warm process; its silence for ever means killed."""
        wait = None if timeout is None else max(0, timeout) * 1000
        while len(self._heard) < WORD.size:
            try:
                poller = select.poll()
                poller.register(self._life, select.POLLIN)
                if not poller.poll(wait):
                    return None
                more = self._life.recv(WORD.size - len(self._heard))
            except (OSError, ValueError):
                more = b""
            if not more:
                return -signal.SIGKILL
            self._heard += more
        (word,) = WORD.unpack(self._heard)
        self._heard = b""
        return int(word)


class Warm:
    """The line to a warm process.

    Args:
        control: Its socket, if somebody else has started it; else one is started.
    """

    def __init__(self, control: socket.socket | None = None) -> None:
        self._asking = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._control = control or self._start()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        environment = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"} | _ONE_THREAD
        command = [sys.executable, "-P", "-m", "opsbook.report.forkserver", str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(
                command,
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is ours to handle, not theirs
            )
        return ours

    @property
    def lives(self) -> bool:
        """Whether it can still be asked, and is ours: a fork of us must not share the line."""
        ours = self._owner == os.getpid()
        return ours and (self._process is None or self._process.poll() is None)

    def fork(self, what: Mapping[str, Any]) -> Forked:
        """A fresh process that does ``what``; see :func:`opsbook.report.newborn.live`.

        Raises:
            RunError: None could be had.
        """
        pickled = pickle.dumps(dict(what))
        life, their_life = socket.socketpair()
        talk, their_talk = socket.socketpair()
        try:
            with self._asking, their_life, their_talk:
                socket.send_fds(self._control, [b"f"], [their_life.fileno(), their_talk.fileno()])
            forked = Forked(life, talk)
            talk.sendall(_LENGTH.pack(len(pickled)) + pickled)
        except OSError as fault:
            life.close()
            talk.close()
            raise RunError(
                N_("the warm process cannot be reached: {fault}"), fault=fault.strerror or "?"
            ) from None
        return forked

    def close(self) -> None:
        """End it and everything it has forked."""
        self._control.close()
        if self._process is not None:
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


_shared: Warm | None = None
_sharing = threading.Lock()


def shared() -> Warm:
    """The warm process of this one; started when first asked for, ended at exit."""
    global _shared
    with _sharing:
        if _shared is not None and not _shared.lives:
            _shared.close()
            _shared = None
        if _shared is None:
            _shared = Warm()
            atexit.register(_shared.close)
        return _shared


def adopt(control: socket.socket) -> None:
    """In a forked process: ask the same warm process from here on."""
    global _shared
    _shared = Warm(control)

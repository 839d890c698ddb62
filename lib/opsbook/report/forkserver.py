"""The warm process: the heavy libraries are loaded once, each report gets a fresh fork of it.

Runs as ``python -P -m opsbook.report.forkserver FD`` and serves one socket. A request is one
byte with two sockets attached: over ``life`` the client learns the new process's id and how
it ended, sends signals, and by closing it ends the process; over ``talk`` the new process
reads what to do. Forking is safe because nothing here runs a thread, an event loop or a
database; the memory of the libraries is shared until somebody writes to it.
"""

import atexit
import contextlib
import gc
import os
import selectors
import shutil
import signal
import socket
import struct
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from opsbook.report.batch_folder import sweep as sweep_folders
from opsbook.report.preload import preload, warm_up

__all__ = ["Birth", "Server", "main", "sweep"]

WORD = struct.Struct("!q")
NOT_BORN = -1
_ROOM = "opsbook-warm-"


@dataclass
class Birth:
    """What a fresh process has in hand: where it came from, and whom it talks to."""

    parent: int
    talk: socket.socket
    control: socket.socket
    scratch: Path


@dataclass
class _Child:
    life: socket.socket
    scratch: Path
    told: bytearray = field(default_factory=bytearray)


class Server:
    """Forks on request, reaps, tells, and ends what nobody wants any more."""

    def __init__(self, control: socket.socket, root: Path) -> None:
        self.root = root
        self.main = control
        self.children: dict[int, _Child] = {}
        self.waiting = selectors.DefaultSelector()
        self.wake, tail = socket.socketpair()
        tail.setblocking(False)
        self.wake.setblocking(False)
        self.tail = tail
        self.born = 0
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(tail.fileno(), warn_on_full_buffer=False)
        self.waiting.register(self.wake, selectors.EVENT_READ, "wake")
        self.waiting.register(control, selectors.EVENT_READ, "control")

    def serve(self) -> Birth | None:
        """Until the client is gone: None; in each new process: what it was born with."""
        while True:
            for key, _ in self.waiting.select():
                found = key.fileobj
                assert isinstance(found, socket.socket)
                if key.data == "wake":
                    with contextlib.suppress(BlockingIOError):
                        found.recv(4096)
                    self.reap()
                elif key.data == "control":
                    wanted = self.read(found)
                    if wanted is None and found is self.main:
                        self.end()
                        return None
                    if wanted:
                        birth = self.fork(*wanted)
                        if birth:
                            return birth
                else:
                    self.obey(int(key.data), found)

    def read(self, control: socket.socket) -> tuple[socket.socket, socket.socket] | None:
        """The two lines of a request; None if whoever could ask has gone."""
        try:
            said, fds, _, _ = socket.recv_fds(control, 1, 2)
        except OSError:
            said, fds = b"", []
        if not said or len(fds) != 2:
            for fd in fds:
                os.close(fd)
            self.waiting.unregister(control)
            control.close()
            return None
        return socket.socket(fileno=fds[0]), socket.socket(fileno=fds[1])

    def fork(self, life: socket.socket, talk: socket.socket) -> Birth | None:
        """A fresh process: its birth in there, None out here."""
        self.born += 1
        scratch = self.root / f"{self.born}"
        ours, theirs = socket.socketpair()
        me = os.getpid()
        try:
            scratch.mkdir(mode=0o700)
            pid = os.fork()
        except OSError:
            for end in (ours, theirs, talk):
                end.close()
            with contextlib.suppress(OSError), life:
                life.sendall(WORD.pack(NOT_BORN))
            return None
        if pid == 0:
            os.setsid()
            self.forget(life, ours)
            return Birth(me, talk, theirs, scratch)
        talk.close()
        theirs.close()
        child = _Child(life, scratch)
        self.children[pid] = child
        self.waiting.register(ours, selectors.EVENT_READ, "control")
        self.waiting.register(life, selectors.EVENT_READ, pid)
        self.tell(child, pid)
        return None

    def forget(self, *more: socket.socket) -> None:
        """In a new process: let go of everything that belongs to the server."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        held = [key.fileobj for key in self.waiting.get_map().values()]
        self.waiting.close()
        for end in (*held, *more, self.tail):
            if isinstance(end, socket.socket):
                end.close()
        self.children.clear()

    def obey(self, pid: int, life: socket.socket) -> None:
        """A signal for a process; the line's end means that nobody waits for it any more."""
        try:
            said = life.recv(1)
        except OSError:
            said = b""
        if pid in self.children:
            _signal(pid, said[0] if said else signal.SIGKILL)
        if not said:
            self.waiting.unregister(life)

    def reap(self) -> None:
        """Take leave of those that have ended, and of what they started."""
        while self.children:
            try:
                # Looked at, not yet reaped: its id is still its own while its group is ended.
                seen = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if seen is None:
                return
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(seen.si_pid, signal.SIGKILL)
            _, status = os.waitpid(seen.si_pid, 0)
            child = self.children.pop(seen.si_pid, None)
            if child is not None:
                with contextlib.suppress(KeyError, ValueError):
                    self.waiting.unregister(child.life)
                shutil.rmtree(child.scratch, ignore_errors=True)
                self.tell(child, os.waitstatus_to_exitcode(status))
                child.life.close()

    def tell(self, child: _Child, word: int) -> None:
        """A number for whoever waits for this process, if anybody does."""
        with contextlib.suppress(OSError):
            child.life.sendall(WORD.pack(word))

    def end(self) -> None:
        """Everything ends."""
        for pid in list(self.children):
            _signal(pid, signal.SIGKILL)
        for pid in list(self.children):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def sweep(temporary: Path) -> None:
    """Remove what a warm process left that could not clean up: killed, a day ago or more."""
    sweep_folders(temporary, _ROOM)


def main() -> None:
    """Serve the socket whose number is the first argument."""
    control = socket.socket(fileno=int(sys.argv[1]))
    # A scheduler ends whole groups of processes: we stay until our client has put things in
    # order and closes the line. Handlers, because what is ignored is inherited.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    gc.disable()
    preload()
    warm_up()
    # What is loaded stays: collections leave it alone, and its memory stays shared.
    gc.freeze()
    # A report builds expressions and figures by the hundred thousand and ends soon: it collects
    # after as many new objects, not after 700.
    gc.set_threshold(100_000)
    gc.enable()
    sweep(Path(tempfile.gettempdir()))
    root = Path(tempfile.mkdtemp(prefix=f"{_ROOM}{os.getpid()}-"))
    birth = None
    try:
        birth = Server(control, root).serve()
    finally:
        if birth is None:
            shutil.rmtree(root, ignore_errors=True)
    if birth is not None:
        from opsbook.report.newborn import live

        live(birth)
    # Taking down all those libraries in good order takes longer than a report does.
    atexit._run_exitfuncs()
    os._exit(0)


if __name__ == "__main__":
    main()

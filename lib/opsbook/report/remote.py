"""A worker process as its parent sees it: start it, listen to it, end it."""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from opsbook.errors import OpsbookError, ParameterError, RunError
from opsbook.language import language, t
from opsbook.report import faults, warm
from opsbook.report.faults import Fault
from opsbook.report.run import Result, Task
from opsbook.report.worker import STOP
from opsbook.shop.shared import FOLDER

__all__ = ["Worker"]

_GRACE_SECONDS = 120.0
"""What a worker may take beyond its report's time: to write the page, say."""


class Worker:
    """A process that makes one report.

    Args:
        task: What to make.

    Raises:
        OSError: It could not be started.
        RunError: It could not be forked.
    """

    def __init__(self, task: Task) -> None:
        self._asked = threading.Lock()
        self._out_of_time = False
        self._heard: IO[bytes]
        self._said: IO[bytes]
        self._seconds = task.limits.report_seconds
        self._process: Any
        # Only the batch says where results are shared, never what happens to be set here.
        environment = {**os.environ, FOLDER: task.shared}
        if task.limits.isolation == "warm" and warm.possible():
            what = {"kind": "work", "task": task, "lang": language()}
            place = {"env": environment, "cwd": str(Path.cwd())}
            self._process = warm.shared().fork(what | place)
            self._heard = self._process.talk.makefile("rb")
            self._said = self._process.talk.makefile("wb")
        else:
            command = [sys.executable, "-P", "-m", "opsbook.report.worker"]
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=os.name == "posix",
            )
            self._heard, self._said = self._process.stdout, self._process.stdin
            with suppress(BrokenPipeError):
                pickle.dump((task, language()), self._said)
                self._said.flush()

    def result(self, watch: Callable[[int, int], None]) -> Result | Fault:
        """Listen until it is done."""
        timer = None
        if self._seconds:
            timer = threading.Timer(self._seconds + _GRACE_SECONDS, self._too_late)
            timer.daemon = True
            timer.start()
        try:
            while True:
                kind, *words = pickle.load(self._heard)
                if kind == "cell":
                    watch(*words)
                elif kind == "done":
                    result: Result = words[0]
                    return result
                elif kind == "refused":
                    return _refused(words[0])
                else:
                    text = t("The report could not be made: {error}", error=str(words[0])[:400])
                    return Fault("run", text)
        except (EOFError, OSError, pickle.UnpicklingError):
            if self._out_of_time:
                return faults.too_long(self._seconds, -1, whole=True)
            return faults.dead(-1)
        finally:
            if timer:
                timer.cancel()

    def _too_late(self) -> None:
        self._out_of_time = True
        self.kill()

    def ask_to_stop(self) -> None:
        """It ends its report and still publishes what there is."""
        with suppress(OSError, ValueError):
            self._said.write(STOP)
            self._said.flush()

    def kill(self) -> None:
        """It ends at once."""
        with suppress(OSError):
            self._process.kill()

    def close(self) -> None:
        """Wait for its end, so that nothing of it stays behind."""
        with suppress(OSError, ValueError):
            self._said.close()
        if isinstance(self._process, subprocess.Popen):
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        else:
            self._process.wait(10)
            self._process.close()
        with suppress(OSError):
            self._heard.close()


def _refused(error: OpsbookError) -> Fault:
    kinds = ((ParameterError, "parameter"), (RunError, "disk"))
    kind = next((kind for family, kind in kinds if isinstance(error, family)), "data")
    return Fault(kind, str(error))

"""A process that makes one report and tells its parent how that goes.

Forked from the warm process, or started plain; what it hears and says are pickles on two
streams. The parent says ``stop``; its silence for ever means that it is gone.
"""

import os
import pickle
import signal
import sys
import threading
from typing import IO, TYPE_CHECKING, Any

from opsbook.errors import OpsbookError
from opsbook.language import speaking

if TYPE_CHECKING:
    from opsbook.report.run import Task

__all__ = ["STOP", "work"]

STOP = b"s"


def work(task: "Task", lang: str, heard: IO[bytes], said: IO[bytes]) -> None:
    """Make the report of ``task``; progress and result go to ``said``.

    Args:
        task: What to make.
        lang: Language of messages; the report's own is in the task.
        heard: One byte on it means stop.
        said: Takes ``("cell", place, count)``, then ``("done", Result)``,
            ``("refused", OpsbookError)`` or ``("broke", text)``.
    """
    from opsbook.report.run import render_task

    stop = threading.Event()
    # Terminals and schedulers signal whole groups; only the parent decides what it means.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)

    def listen() -> None:
        heard.read(1)
        stop.set()

    threading.Thread(target=listen, daemon=True).start()

    def say(*words: Any) -> None:
        try:
            pickle.dump(words, said)
            said.flush()
        except (BrokenPipeError, ConnectionError):
            stop.set()

    def make() -> None:
        with speaking(lang):
            try:
                done = render_task(task, stop=stop, watch=lambda i, n: say("cell", i, n))
                say("done", done)
            except OpsbookError as error:
                say("refused", error)
            except Exception as error:  # the parent must hear of a defect in any library below
                import traceback

                traceback.print_exc()
                say("broke", f"{type(error).__name__}: {error}")

    # In the main thread nbclient would handle the signals, and end the kernel.
    making = threading.Thread(target=make)
    making.start()
    making.join()


def main() -> None:
    """Read a task from standard input, answer on standard output."""
    heard, said = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Whatever prints by itself must not end up between the answers.
    os.dup2(2, 1)
    task, lang = pickle.load(heard)
    work(task, lang, heard, said)
    os._exit(0)  # the listening thread waits for ever


if __name__ == "__main__":
    main()

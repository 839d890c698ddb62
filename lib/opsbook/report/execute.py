"""Run a notebook in a kernel of its own and say honestly how that went.

papermill executes. What it gets wrong is put right here: a kernel that died and a cell
that took too long count as failed, and what was done until then is kept.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from opsbook.language import t

__all__ = ["Execution", "Fault", "execute"]

_ERROR = re.compile(r"opsbook\.(\w+): ", re.ASCII)
_KINDS = {"ParameterError": "parameter", "RunError": "run"}


@dataclass(frozen=True)
class Fault:
    """Why a report failed.

    Args:
        kind: ``data`` and ``parameter`` are the user's to change; ``cell``, ``dead``,
            ``timeout``, ``start`` and ``run`` are not.
        text: What went wrong, in plain words.
        detail: Technical lines for the one who mends it; empty where the words say it all.
        cell: Place of the cell in the notebook that was run; −1 before the first.
    """

    kind: str
    text: str
    detail: str = ""
    cell: int = -1

    @property
    def is_users(self) -> bool:
        """Whether the user's input or data has to change."""
        return self.kind in ("data", "parameter")


@dataclass(frozen=True)
class Execution:
    """A notebook with the outputs it got, and why it stopped early if it did."""

    notebook: Any
    fault: Fault | None
    seconds: float


def execute(
    notebook: Any,
    parameters: Mapping[str, Any],
    *,
    lang: str = "en",
    cell_seconds: int = 900,
    folder: Path | None = None,
) -> Execution:
    """Run every cell in a fresh kernel of this very Python.

    Args:
        notebook: A notebook as nbformat reads it; not altered.
        parameters: Values for its ``parameters`` cell, already checked.
        lang: Language of the report.
        cell_seconds: A cell that takes longer fails the report.
        folder: Where the kernel works; relative sources count from there.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    _register()
    held: list[Any] = []
    fault: Fault | None = None
    start = monotonic()
    with TemporaryDirectory(prefix="opsbook-") as scratch:
        environment = {
            **os.environ,
            "OPSBOOK_LANG": lang,
            "OPSBOOK_REPORT": "1",
            "IPYTHONDIR": scratch,  # a user's IPython start-up files are not part of a report
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        try:
            papermill.execute_notebook(
                notebook,
                None,
                dict(parameters),
                engine_name="opsbook",
                kernel_name="python3",
                language="python",
                progress_bar=False,
                request_save_on_cell_execute=False,
                autosave_cell_every=0,
                cwd=str(folder) if folder else None,
                execution_timeout=cell_seconds,
                environment=environment,
                scratch=scratch,
                held=held,
            )
        except PapermillExecutionError as broken:
            fault = _failed_cell(broken)
        except DeadKernelError:
            fault = Fault("dead", _dead_words(), cell=_running(held))
        except CellTimeoutError:
            fault = Fault(
                "timeout",
                t(
                    "A step took longer than {seconds} seconds and was stopped.",
                    seconds=cell_seconds,
                ),
                cell=_running(held),
            )
        except RuntimeError as broken:
            # nbclient and jupyter_client raise it bare when a kernel does not come up.
            fault = Fault("start", t("Python could not be started for the report."), str(broken))
    done = held[0] if held else notebook
    done.cells = [
        c for c in done.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])
    ]
    return Execution(done, fault, monotonic() - start)


def _dead_words() -> str:
    return t(
        "The program that computes the report ended without a word. "
        "Most often the memory ran out: try a shorter period or a larger machine."
    )


def _failed_cell(broken: Any) -> Fault:
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in broken.traceback]
    first = _ERROR.match(lines[0]) if lines else None
    if first:
        kind = _KINDS.get(first[1], "data")
        return Fault(kind, broken.evalue, cell=broken.cell_index)
    said = f"{broken.ename}: {broken.evalue}".strip(": ")
    last = [line for block in lines for line in block.splitlines() if line.strip("- ")][-14:]
    return Fault(
        "cell",
        t("A step of the report failed: {error}", error=said[:400]),
        "\n".join(line.rstrip() for line in last),
        broken.cell_index,
    )


def _running(held: list[Any]) -> int:
    """The cell that was started last."""
    cells = held[0].cells if held else []
    begun = [i for i, c in enumerate(cells) if c.metadata.get("papermill", {}).get("start_time")]
    return begun[-1] if begun else -1


def _register() -> None:
    """Give papermill our engine; done on first use, because importing it is slow."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines
    from papermill.log import logger

    if "opsbook" in papermill_engines._engines:
        return

    class ThisPython(AsyncKernelManager):
        """A kernel of the running interpreter, whatever kernels are installed on the machine.

        It speaks through a socket file that only this user can open; Windows has none.
        """

        def __init__(self, *, scratch: str, **given: Any) -> None:
            super().__init__(**given)
            self.connection_file = str(Path(scratch, "kernel.json"))
            if os.name == "posix":
                self.transport = "ipc"
                self.ip = str(Path(scratch, "kernel"))

        @property
        def kernel_spec(self) -> KernelSpec:
            quiet = ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=50"]
            start = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=[*start, *quiet], display_name="opsbook", language="python")

    class Keeping(Engine):
        """Executes as papermill does and keeps hold of the notebook when it must stop."""

        @classmethod
        def execute_managed_notebook(
            cls,
            nb_man: Any,
            kernel_name: str,
            *,
            environment: Mapping[str, str],
            scratch: str,
            held: list[Any],
            execution_timeout: int,
            start_timeout: int = 60,
            **_: Any,
        ) -> None:
            held.append(nb_man.nb)
            client = PapermillNotebookClient(
                nb_man,
                timeout=execution_timeout,
                startup_timeout=start_timeout,
                kernel_name=kernel_name,
                km=ThisPython(scratch=scratch),
                log=logger,
            )
            client.execute(env=dict(environment), cleanup_kc=True)

    papermill_engines.register("opsbook", Keeping)

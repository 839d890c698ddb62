"""The kernel of a report: of this very Python, forked warm or started plain, alone in its room.

Classes are made on first use: jupyter_client and papermill are slow to load.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from opsbook.report import walls
from opsbook.report.limits import Limits

__all__ = ["ENGINE", "environment", "manager", "process_of", "register"]

ENGINE = "opsbook"
_FORKED = "opsbook-forked"
_QUIET = ("--HistoryManager.enabled=False", "--IPKernelApp.log_level=50")


def environment(lang: str, scratch: str, limits: Limits) -> dict[str, str]:
    """What a kernel finds in its environment; not this process's own except where it counts."""
    spill = Path(scratch, "spill")
    given = {
        **os.environ,
        "OPSBOOK_LANG": lang,
        "OPSBOOK_REPORT": "1",
        "IPYTHONDIR": scratch,  # a user's IPython start-up files are not part of a report
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "TMPDIR": scratch,  # what a cell leaves behind goes with the report
        walls.SPILL: str(spill),
        walls.MEMORY: str(limits.memory_bytes),
        walls.THREADS: str(limits.threads),
    }
    if limits.threads:
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            given.setdefault(name, str(limits.threads))
    return given


def manager(scratch: str, *, forked: bool) -> Any:
    """A kernel manager whose sockets and files lie in ``scratch``."""
    return _classes()(scratch=scratch, forked=forked)


def process_of(km: Any) -> Any:
    """The kernel's process; None before there is one."""
    return getattr(km.provisioner, "process", None)


@cache
def _classes() -> Any:
    from importlib.metadata import EntryPoint

    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning import KernelProvisionerFactory

    class ThisPython(AsyncKernelManager):
        """A kernel of the running interpreter, whatever kernels are installed on the machine.

        It speaks through a socket file that only this user can open; Windows has none.
        """

        def __init__(self, *, scratch: str, forked: bool, **given: Any) -> None:
            super().__init__(**given)
            self._forked = forked
            self.shutdown_wait_time = 2.0
            self.connection_file = str(Path(scratch, "kernel.json"))
            if os.name == "posix":
                self.transport = "ipc"
                self.ip = str(Path(scratch, "kernel"))

        @property
        def kernel_spec(self) -> KernelSpec:
            start = [sys.executable, "-P", "-m", "opsbook.report.newborn"]
            chosen = {"kernel_provisioner": {"provisioner_name": _FORKED}} if self._forked else {}
            return KernelSpec(
                argv=[*start, "-f", "{connection_file}", *_QUIET],
                display_name="opsbook",
                language="python",
                metadata=chosen,
            )

    entry = EntryPoint(_FORKED, "opsbook.report.forked:Forking", "jupyter_client")
    KernelProvisionerFactory.instance().provisioners[_FORKED] = entry
    return ThisPython


def register() -> None:
    """Give papermill our engine."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines

    # What goes wrong is said once, in plain words, by the fault.
    quiet = logging.getLogger("opsbook.report.kernel")
    quiet.setLevel(logging.CRITICAL + 1)
    if ENGINE in papermill_engines._engines:
        return

    class Keeping(Engine):
        """Executes as papermill does and keeps hold of the notebook when it must stop."""

        @classmethod
        def execute_managed_notebook(
            cls,
            nb_man: Any,
            kernel_name: str,
            *,
            km: Any,
            environment: Mapping[str, str],
            held: list[Any],
            watch: Callable[[int, int], None],
            execution_timeout: int,
            start_timeout: int = 60,
            **_: Any,
        ) -> None:
            held.append(nb_man.nb)
            client = _client(PapermillNotebookClient, watch)(
                nb_man,
                timeout=execution_timeout or None,
                startup_timeout=start_timeout,
                kernel_name=kernel_name,
                km=km,
                log=quiet,
            )
            # Asked politely, a kernel takes a second; what it leaves goes with its folder.
            client.shutdown_kernel = "immediate"
            client.execute(env=dict(environment), cleanup_kc=True)

    papermill_engines.register(ENGINE, Keeping)


def _client(base: Any, watch: Callable[[int, int], None]) -> Any:
    class Telling(base):
        """Says which cell runs."""

        def execute_cell(self, cell: Any, cell_index: int, *given: Any, **named: Any) -> Any:
            watch(cell_index, len(self.nb.cells))
            return super().execute_cell(cell, cell_index, *given, **named)

    return Telling

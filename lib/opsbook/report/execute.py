"""Run a notebook in a kernel of its own and say honestly how that went.

papermill executes. What it gets wrong is put right here: a kernel that died, a cell or a
report that took too long or too much memory, a run that was stopped count as failed, and
what was done until then is kept.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from opsbook.errors import RunError
from opsbook.language import t
from opsbook.report import faults
from opsbook.report.faults import Fault
from opsbook.report.guard import Guard
from opsbook.report.limits import Limits, shared_by

__all__ = ["Execution", "Fault", "execute"]

_WORD_OF_STOP = 0.5


@dataclass(frozen=True)
class Execution:
    """A notebook with the outputs it got, and why it stopped early if it did.

    Args:
        notebook: Executed as far as it came.
        fault: Why it stopped.
        seconds: How long it took.
        cells: Seconds per code cell that was run: place in the notebook and seconds.
        peak_memory_bytes: Most memory seen in the kernel and what it started; 0 if not known.
        isolation: How the kernel was made in the end, ``warm`` or ``plain``.
    """

    notebook: Any
    fault: Fault | None
    seconds: float
    cells: tuple[tuple[int, float], ...] = field(default=())
    peak_memory_bytes: int = 0
    isolation: str = "plain"


def execute(
    notebook: Any,
    parameters: Mapping[str, Any],
    *,
    lang: str = "en",
    limits: Limits | None = None,
    folder: Path | None = None,
    stop: threading.Event | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> Execution:
    """Run every cell in a fresh kernel of this very Python.

    Args:
        notebook: A notebook as nbformat reads it; not altered.
        parameters: Values for its ``parameters`` cell, already checked.
        lang: Language of the report.
        limits: What it may take.
        folder: Where the kernel works; relative sources count from there.
        stop: Set by whoever wants the run to end early.
        watch: Told before each cell: its place, and how many there are.
    """
    from opsbook.report import warm

    allowed = shared_by(limits or Limits(), 1)
    start = monotonic()
    until = start + allowed.report_seconds if allowed.report_seconds else None
    forked = allowed.isolation == "warm" and warm.possible()
    tries = 0
    while True:
        attempt = _Attempt(allowed, until, stop or threading.Event(), watch or (lambda *_: None))
        # The last try is plain: what keeps a warm kernel from coming up may not bother that.
        way = forked and (tries == 0 or tries < allowed.retries)
        fault = attempt.run(notebook, parameters, lang, folder, forked=way)
        tries += 1
        if fault is None or fault.kind != "start" or tries > allowed.retries:
            break
    done = attempt.held[0] if attempt.held else notebook
    done.cells = [
        c for c in done.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])
    ]
    return Execution(
        done,
        fault,
        monotonic() - start,
        tuple(_durations(done.cells)),
        attempt.peak,
        "warm" if way else "plain",
    )


class _Attempt:
    """One try: a kernel is made, the cells are run, the kernel is gone."""

    def __init__(
        self,
        limits: Limits,
        until: float | None,
        stop: threading.Event,
        watch: Callable[[int, int], None],
    ) -> None:
        self.limits = limits
        self.until = until
        self.stop = stop
        self.watch = watch
        self.held: list[Any] = []
        self.peak = 0

    def run(
        self,
        notebook: Any,
        parameters: Mapping[str, Any],
        lang: str,
        folder: Path | None,
        *,
        forked: bool,
    ) -> Fault | None:
        """Execute; None if all went well."""
        import papermill
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
        from papermill.exceptions import PapermillExecutionError

        from opsbook.report import kernels

        kernels.register()
        limits = self.limits
        with TemporaryDirectory(prefix="opsbook-", ignore_cleanup_errors=True) as scratch:
            km = kernels.manager(scratch, forked=forked)
            guard = Guard(
                lambda: kernels.process_of(km),
                memory=limits.memory_bytes,
                until=self.until,
                stop=self.stop,
            )
            fault: Fault | None = None
            try:
                with guard:
                    papermill.execute_notebook(
                        notebook,
                        None,
                        dict(parameters),
                        engine_name=kernels.ENGINE,
                        kernel_name="python3",
                        language="python",
                        progress_bar=False,
                        request_save_on_cell_execute=False,
                        autosave_cell_every=0,
                        cwd=str(folder) if folder else None,
                        execution_timeout=ceil(limits.cell_seconds),
                        environment=kernels.environment(lang, scratch, limits),
                        km=km,
                        held=self.held,
                        watch=self.watch,
                    )
            except PapermillExecutionError as broken:
                fault = faults.failed_cell(broken, limits.memory_bytes)
            except DeadKernelError:
                # Who stops a whole group of processes reaches the kernel before he reaches us.
                self.stop.wait(_WORD_OF_STOP)
                fault = faults.dead(_running(self.held))
            except CellTimeoutError:
                fault = faults.too_long(limits.cell_seconds, _running(self.held))
            except (RuntimeError, RunError, OSError) as broken:
                # nbclient and jupyter_client raise RuntimeError bare when none comes up.
                fault = _not_started(str(broken), _running(self.held))
            self.peak = guard.peak
            return fault and self._really(fault, guard.reason)

    def _really(self, fault: Fault, reason: str) -> Fault:
        """What the guard did explains what papermill saw."""
        if not reason and fault.kind in ("dead", "start") and self.stop.is_set():
            reason = "stopped"
        if reason == "memory":
            return faults.out_of_memory(self.limits.memory_bytes, fault.cell)
        if reason == "timeout":
            return faults.too_long(self.limits.report_seconds, fault.cell, whole=True)
        return faults.stopped(fault.cell) if reason == "stopped" else fault


def _not_started(detail: str, cell: int) -> Fault:
    fault = Fault("start", t("Python could not be started for the report."), detail, cell)
    # Once a cell has run, the kernel was up: to run everything again would do no good.
    return fault if cell < 0 else replace(faults.dead(cell), detail=detail)


def _running(held: list[Any]) -> int:
    """The cell that was started last."""
    cells = held[0].cells if held else []
    begun = [i for i, c in enumerate(cells) if c.metadata.get("papermill", {}).get("start_time")]
    return begun[-1] if begun else -1


def _durations(cells: list[Any]) -> list[tuple[int, float]]:
    found = []
    for place, cell in enumerate(cells):
        seconds = cell.metadata.get("papermill", {}).get("duration")
        if cell.cell_type == "code" and seconds is not None:
            found.append((place, round(float(seconds), 3)))
    return found

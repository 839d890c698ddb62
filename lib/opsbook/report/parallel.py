"""Many reports at once: a worker process for each, none of which can bring down another."""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from time import monotonic

from opsbook.errors import ParameterError, RunError
from opsbook.language import N_, language, set_language, speaking, t
from opsbook.report import faults
from opsbook.report.batch_folder import batch_folder
from opsbook.report.faults import Fault
from opsbook.report.limits import cores, shared_by
from opsbook.report.progress import Lines, Progress
from opsbook.report.publish import FAILED
from opsbook.report.remote import Worker
from opsbook.report.run import Result, Task

__all__ = ["run_many"]

_RETRY_PAUSE = 0.5


def run_many(
    tasks: Sequence[Task], *, jobs: int | None = None, show: Progress | None = None
) -> list[Result]:
    """Make reports, several at once.

    Nothing that goes wrong with one report is raised: its result says so. Ctrl-C and
    SIGTERM, where this is called in the main thread, end the running reports, which are
    published as failed; those not begun come back as failed, unpublished. A second one
    ends everything at once.

    Args:
        tasks: What to make. No two of them with the same name in one folder.
        jobs: How many at once; as many as there are processors unless given.
        show: Told about progress.

    Returns:
        One result per task, in their order.

    Raises:
        ParameterError: Two tasks would write the same files.
    """
    _refuse_doubles(tasks)
    if not tasks:
        return []
    at_once = max(1, min(jobs or cores(), len(tasks)))
    crew = _Crew(show or Lines(lambda line: None))
    ready = [replace(task, limits=shared_by(task.limits, at_once)) for task in tasks]
    lang = language()

    def one(task: Task) -> Result:
        set_language(lang)
        return crew.make(task)

    places = _first_things_first(ready)
    with _on_signals(crew.stop), batch_folder() as folder:
        told = [replace(ready[place], shared=folder) for place in places]
        with ThreadPoolExecutor(at_once, "opsbook-report") as pool:
            made = dict(zip(places, pool.map(one, told), strict=True))
    return [made[place] for place in range(len(ready))]


def _first_things_first(tasks: Sequence[Task]) -> list[int]:
    """Places of the tasks in the order to begin them.

    Reports that differ in language only ask the same questions: the first of each kind
    begins before the second of any, which then finds the answers. Among those, the longest
    notebook begins first, so that none is left to run alone at the end.
    """
    before: Counter[str] = Counter()
    turns = []
    for task in tasks:
        asked = {k: v for k, v in task.parameters.items() if k != "lang"}
        kind = repr((task.notebook.path, sorted(asked.items())))
        path = task.notebook.path
        turns.append((before[kind], -path.stat().st_size if path.is_file() else 0))
        before[kind] += 1
    return sorted(range(len(tasks)), key=turns.__getitem__)


def _refuse_doubles(tasks: Sequence[Task]) -> None:
    seen = set()
    for task in tasks:
        place = (task.out.resolve(), task.name)
        if place in seen:
            raise ParameterError(
                N_("two reports would be written to {file}; give each a name of its own"),
                file=task.out / f"{task.name}.html",
            )
        seen.add(place)


@contextmanager
def _on_signals(act: Callable[[], None]) -> Iterator[None]:
    """Act on Ctrl-C and SIGTERM instead of ending; only the main thread can ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What somebody has ignored for us, nohup for one, stays ignored.
    known = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in known if hasattr(signal, name)]
    before = {
        number: signal.signal(number, lambda *_: act())
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Crew:
    """The workers at work."""

    def __init__(self, show: Progress) -> None:
        self.show = show
        self.stopping = False
        self.working: set[Worker] = set()

    def stop(self) -> None:
        """Ask every worker to end; the second time, end them. Runs inside a signal handler."""
        again, self.stopping = self.stopping, True
        for worker in list(self.working):
            if again:
                worker.kill()
            else:
                worker.ask_to_stop()

    def make(self, task: Task) -> Result:
        """One report; whatever happens, there is a result."""
        start = monotonic()
        self.show.begin(task.name)
        said = self._tried(task)
        if not isinstance(said, Result):
            # Whoever should have written the page is gone or could not: somebody else says so.
            result = _unpublished(task, said)
            if said.kind not in ("parameter", "run", "disk") and not self.stopping:
                told = self._ask(replace(task, fault=said))
                result = told if isinstance(told, Result) else result
        else:
            result = said
        fault = result.fault.text if result.fault else None
        self.show.end(task.name, fault, monotonic() - start)
        return result

    def _tried(self, task: Task) -> Result | Fault:
        for tries in range(task.limits.retries + 1):
            # The last try starts Python anew: it does not need what may be broken.
            plain = replace(task, limits=replace(task.limits, isolation="plain"))
            said = self._ask(plain if tries and tries == task.limits.retries else task)
            if isinstance(said, Result) or said.kind != "start" or self.stopping:
                break
            threading.Event().wait(_RETRY_PAUSE)
        return said

    def _ask(self, task: Task) -> Result | Fault:
        if self.stopping:
            return faults.stopped(-1)
        try:
            worker = Worker(task)
        except (OSError, RunError) as broken:
            text = t("Python could not be started for the report.")
            return Fault("start", text, str(broken))
        self.working.add(worker)
        if self.stopping:
            worker.ask_to_stop()
        try:
            return worker.result(lambda i, n: self.show.cell(task.name, i, n))
        finally:
            self.working.discard(worker)
            worker.close()


def _unpublished(task: Task, fault: Fault) -> Result:
    """The result of a report of which nothing could be written."""
    with speaking(task.lang):
        title = task.notebook.schema.heading
    entry = {
        "name": task.notebook.name,
        "stem": task.name,
        "title": title,
        "lang": task.lang,
        "page": "",
        "status": "failed",
        "fault": asdict(fault),
        "headline": "",
        "currency": "",
        "findings": [],
        "seconds": 0.0,
        "last_good": None,
        **task.extra,
    }
    page = task.out / f"{task.name}{FAILED}"
    return Result(task.notebook.name, task.lang, page, "failed", fault, "", entry)

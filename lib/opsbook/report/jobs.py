"""Run a job file: every job once, each with its record, its messages and an honest exit code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from opsbook.errors import OpsbookError, ParameterError, RunError
from opsbook.language import t
from opsbook.report.grid import Item, Plan, all_different, plan
from opsbook.report.history import RUNS
from opsbook.report.job import Job, JobFile
from opsbook.report.jobfile import read_jobs
from opsbook.report.jobrun import Done, Make, run_job
from opsbook.report.lock import only_one
from opsbook.report.notebooks import notebooks_folder
from opsbook.report.telling import tell_of_start

__all__ = ["Ask", "exit_code", "run_jobs"]


@dataclass(frozen=True)
class Ask:
    """What is asked of a run.

    Args:
        names: Jobs to run; all of the file where none is named.
        since_failed: Only the reports that the last run did not bring to a good end.
        if_changed: Leave out what would come out as it did before.
        today: The day that relative dates count from; today in the file's time zone
            unless given.
        patience_minutes: How long to wait for another run of the same job.
        notebooks: Folder with the notebooks, where it is neither the file's nor the usual.
    """

    names: Sequence[str] = ()
    since_failed: bool = False
    if_changed: bool = False
    today: date | None = None
    patience_minutes: float = 0.0
    notebooks: Path | None = None


def run_jobs(path: Path, ask: Ask, say: Callable[[str], None], make: Make) -> list[Done]:
    """Run the jobs of a file one after the other.

    Everything that the file gets wrong is said before anything runs. A job that another
    process is running already is left to it; the other jobs go on.

    Args:
        path: The job file.
        ask: What is asked for.
        say: Takes lines about progress, without secrets.
        make: Makes pages: ``opsbook.report.batch.run_many``, with its options set.

    Returns:
        What became of each job, in the file's order.

    Raises:
        ParameterError: The file, a report or a parameter is not valid.
    """
    file = read_jobs(path)
    jobs = file.chosen(ask.names)
    try:
        plans = _plans(file, jobs, ask)
    except OpsbookError as error:
        tell_of_start(file, jobs, str(error), say)
        raise
    done = []
    for job, planned in zip(jobs, plans, strict=True):
        try:
            lock = job.out / RUNS / job.name / ".lock"
            what = t('the job "{name}"', name=job.name)
            with only_one(lock, what, patience_seconds=60 * ask.patience_minutes):
                done.append(_one(file, job, planned, ask, say, make))
        except (RunError, ParameterError) as error:
            say(str(error))
            done.append(Done(job.name, error=str(error)))
        if done[-1].is_stopped:
            break
    return done


def _one(
    file: JobFile, job: Job, planned: Plan, ask: Ask, say: Callable[[str], None], make: Make
) -> Done:
    """Run a job; that it could not begin is news, unlike another process being at it."""
    try:
        return run_job(file, job, planned, ask, say, make)
    except RunError as error:
        tell_of_start(file, (job,), str(error), say)
        raise


def _plans(file: JobFile, jobs: Sequence[Job], ask: Ask) -> list[Plan]:
    folder = notebooks_folder(ask.notebooks or file.notebooks)
    zone = ZoneInfo(file.timezone) if file.timezone else None
    today = ask.today or datetime.now(zone).date()
    plans = [plan(file, job, folder, today) for job in jobs]
    homes: list[tuple[str, Item]] = [
        (str(job.out.resolve()), item)
        for job, planned in zip(jobs, plans, strict=True)
        for item in planned.items
    ]
    for _, shared in groupby(sorted(homes, key=_home), key=_home):
        all_different(file.path.name, [item for _, item in shared])
    return plans


def _home(entry: tuple[str, Item]) -> str:
    return entry[0]


def exit_code(done: Sequence[Done]) -> int:
    """0 all good, 1 some failed, 2 nothing could start or the user's data has to change."""
    if all(job.is_good for job in done):
        return 0
    reports: list[dict[str, Any]] = [report for job in done for report in job.reports]
    started = [r for r in reports if r.get("kind", "") not in ("data", "parameter", "start")]
    return 1 if started else 2

"""One run of one job: what to make, making it, the record, the messages, clearing up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from opsbook.errors import RunError
from opsbook.language import t
from opsbook.report.clean import scrub, short_paths, without
from opsbook.report.grid import Item, Plan
from opsbook.report.hidden import put_away
from opsbook.report.history import RECORD, Run, forget, new_run
from opsbook.report.job import Job, JobFile
from opsbook.report.limits import Limits, memory_bytes
from opsbook.report.manifest import files_of, possible_files
from opsbook.report.news import Told
from opsbook.report.publish import refresh
from opsbook.report.telling import named_secrets, published, secrets_known, tell
from opsbook.report.wanted import fingerprints, unchanged, wanted

if TYPE_CHECKING:
    from opsbook.report.jobs import Ask
    from opsbook.report.run import Result, Task

__all__ = ["Done", "Make", "run_job"]

Make = Callable[[Sequence["Task"]], Sequence["Result"]]
"""Makes pages, in the order of the tasks; never raises for a single one."""


@dataclass(frozen=True)
class Done:
    """What became of a job.

    Args:
        job: Its name.
        reports: One entry per page, as the record has them.
        record: The record's file; None where nothing ran.
        error: Why it could not start, or not write its record; empty where it did.
    """

    job: str
    reports: list[dict[str, Any]] = field(default_factory=list)
    record: Path | None = None
    error: str = ""

    @property
    def is_good(self) -> bool:
        """Whether every page is as it should be."""
        return not self.error and all(r["status"] in ("good", "unchanged") for r in self.reports)

    @property
    def is_stopped(self) -> bool:
        """Whether someone asked for an end."""
        return any(r.get("kind") == "stopped" for r in self.reports)


def run_job(
    file: JobFile, job: Job, planned: Plan, ask: "Ask", say: Callable[[str], None], make: Make
) -> Done:
    """Run a job; the caller holds its lock.

    Args:
        file: The job file.
        job: The job.
        planned: Its pages.
        ask: What is asked of the run.
        say: Takes lines about progress.
        make: Makes pages.

    Raises:
        ParameterError: Only failed reports are asked for, and nothing ran before.
        RunError: The folder for results cannot be written; nothing was run.
    """
    items = wanted(job, planned, since_failed=ask.since_failed)
    if ask.since_failed and not items and not planned.faults:
        say(t("{job}: nothing failed in the last run", job=job.name))
        return Done(job.name)
    secrets = secrets_known(file, job)
    before = {item.stem: published(job.out, item.stem) for item in items}
    prints = fingerprints(items)
    same = unchanged(job.out, prints) if ask.if_changed else set()
    fresh = [item for item in items if item.stem not in same]
    reports = {i.stem: _expected(i, is_same=i.stem in same) for i in items}
    for source, fault in planned.faults:
        reports[f"?{source}"] = _no_pages(source, without(str(fault), secrets))
    run = new_run(job.out, job.name, _first_record(file, ask, reports, items))
    if same:
        say(t("{job}: {count} reports are unchanged and left out", job=job.name, count=len(same)))
    with put_away(named_secrets(file, job)):
        results = _make(job, run, fresh, prints, reports, say, make)
    told = [_told(item, reports, results, before) for item in fresh]
    told += [
        Told(
            source,
            f"?{source}",
            told[0].lang if told else "en",
            fault=reports[f"?{source}"]["fault"],
        )
        for source, _ in planned.faults
    ]
    run.record["reports"] = list(reports.values())
    run.record["finished"] = _now()
    run.record["notices"] = tell(file, job, told, secrets, say)
    kept = [name for done in results.values() for name in files_of(done.entry)]
    run.record["files"] = sorted({*run.record["files"], *kept})
    scrub(run.record, secrets)
    try:
        run.write()
        run.keep(job.out, kept)
        forget(job.out, job.name, job.keep)
        refresh(job.out, same)
    except RunError as error:
        # What was made and who was told stands; only the job is not good any more.
        say(str(error))
        return Done(job.name, run.record["reports"], run.folder / RECORD, str(error))
    return Done(job.name, run.record["reports"], run.folder / RECORD)


def _expected(item: Item, *, is_same: bool) -> dict[str, Any]:
    entry = {"stem": item.stem, "label": item.label, "lang": item.lang}
    page = {"page": f"{item.stem}.html"} if is_same else {}
    return {**entry, "status": "unchanged" if is_same else "waiting", **page}


def _no_pages(source: str, why: str) -> dict[str, Any]:
    """A source that could not be opened to see which pages there would be."""
    entry = {"stem": "", "label": source, "source": source}
    return {**entry, "status": "failed", "kind": "data", "fault": why}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _first_record(
    file: JobFile, ask: "Ask", reports: Mapping[str, dict[str, Any]], items: Iterable[Item]
) -> dict[str, Any]:
    return {
        "file": file.path.name,
        "asked": {"since_failed": ask.since_failed, "if_changed": ask.if_changed},
        "started": _now(),
        "reports": list(reports.values()),
        "files": [name for item in items for name in possible_files(item.stem)],
    }


# --- making --------------------------------------------------------------------------------


def _make(
    job: Job,
    run: Run,
    items: Sequence[Item],
    prints: Mapping[str, str],
    reports: dict[str, dict[str, Any]],
    say: Callable[[str], None],
    make: Make,
) -> dict[str, "Result"]:
    """Make pages, those that fail again as often as the job says; results by stem."""
    results: dict[str, Result] = {}
    left = list(items)
    for attempt in range(job.retries + 1):
        if attempt:
            say(
                t(
                    "{job}: {count} reports failed and are tried again",
                    job=job.name,
                    count=len(left),
                )
            )
            sleep(job.retry_seconds)
        made = make([_task(job, run, item, prints) for item in left])
        for item, result in zip(left, made, strict=True):
            results[item.stem] = result
            reports[item.stem] |= _entry(result, attempt)
        run.record["reports"] = list(reports.values())
        with suppress(RunError):  # tried again at the end, and said there
            run.write()
        faults = {i.stem: fault.kind for i in left if (fault := results[i.stem].fault)}
        # A wrong parameter stays wrong.
        left = [i for i in left if faults.get(i.stem, "parameter") != "parameter"]
        if not left or "stopped" in faults.values():
            break
    return results


def _task(job: Job, run: Run, item: Item, prints: Mapping[str, str]) -> "Task":
    from opsbook.report.run import Task

    return Task(
        notebook=item.notebook,
        parameters=item.values,
        lang=item.lang,
        out=job.out,
        stem=item.stem,
        extra={
            "job": job.name,
            "run": run.stamp,
            "fingerprint": prints[item.stem],
            "grid": {name: str(value) for name, value in item.grid.items()},
        },
        limits=Limits(
            cell_seconds=60 * job.cell_minutes,
            report_seconds=60 * job.timeout_minutes,
            memory_bytes=memory_bytes(job.memory) if job.memory else 0,
        ),
    )


def _entry(result: "Result", attempt: int) -> dict[str, Any]:
    fault = result.fault
    return {
        "status": result.status,
        "page": Path(result.page).name,
        "headline": result.headline,
        "seconds": result.entry.get("seconds"),
        "tries": attempt + 1,
        "kind": fault.kind if fault else "",
        "fault": short_paths(fault.text) if fault else "",
    }


def _told(
    item: Item,
    reports: Mapping[str, dict[str, Any]],
    results: Mapping[str, "Result"],
    before: Mapping[str, list[Mapping[str, Any]]],
) -> Told:
    result = results[item.stem]
    return Told(
        label=item.label,
        group=repr((item.notebook.name, sorted(item.grid.items(), key=str))),
        lang=item.lang,
        page=str(reports[item.stem]["page"]),
        fault=str(reports[item.stem]["fault"]),
        headline=result.headline,
        findings=result.findings,
        before=before[item.stem],
        currency=str(result.entry.get("currency", "")),
    )

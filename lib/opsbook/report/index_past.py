"""Earlier runs of each report, for the index: when, what came of them, and their kept pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from opsbook.report.history import RUNS, Run, past_runs

__all__ = ["Past", "PastRuns", "past_runs_of"]

_MOST = 12


@dataclass(frozen=True)
class Past:
    """What one earlier run made of one report.

    Args:
        started: When, ISO 8601.
        status: ``good``, ``failed``, ``unchanged``, or ``waiting`` for a run that was
            killed or is not there yet.
        words: Headline of the page, or why it failed.
        href: The kept page, as the index links it; empty where there is none.
    """

    started: str
    status: str
    words: str = ""
    href: str = ""


@dataclass(frozen=True)
class PastRuns:
    """What the index tells of runs before the newest.

    Args:
        by_stem: Stem to its earlier runs, newest first.
        pageless: Sources that the last run of a job could not open: name and why.
    """

    by_stem: Mapping[str, list[Past]]
    pageless: tuple[tuple[str, str], ...] = ()


def past_runs_of(out: Path, reports: Iterable[Mapping[str, Any]]) -> PastRuns:
    """Read the records of every job that has left some below the folder.

    Args:
        out: Folder for the results.
        reports: Entries of the manifest.
    """
    home = out / RUNS
    try:
        jobs = sorted(folder.name for folder in home.iterdir() if folder.is_dir())
    except OSError:
        jobs = []
    runs = {job: past_runs(out, job) for job in jobs}
    found = _recorded(runs)
    by_stem = {str(r["stem"]): _merged(out, r, found.get(str(r["stem"]), {})) for r in reports}
    return PastRuns(by_stem, tuple(_pageless(runs.values())))


def _recorded(runs: Mapping[str, list[Run]]) -> dict[str, dict[tuple[str, str], dict[str, Any]]]:
    """Stem to job and run to what the record says of it."""
    found: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for job, its_runs in runs.items():
        for run in its_runs:
            for item in run.record.get("reports", []):
                if isinstance(item, dict) and item.get("stem"):
                    entry = {"started": run.record.get("started", ""), **item}
                    found.setdefault(str(item["stem"]), {})[job, run.stamp] = entry
    return found


def _merged(
    out: Path, report: Mapping[str, Any], recorded: Mapping[tuple[str, str], Mapping[str, Any]]
) -> list[Past]:
    """Earlier runs by record and by manifest: not every run has left both."""
    newest = (str(report.get("job", "")), str(report.get("run", "")))
    both: dict[tuple[str, str], Past] = {}
    for short in report.get("history", []):
        key = (str(short.get("job", "")), str(short.get("run", "") or short.get("started", "")))
        both[key] = Past(
            str(short.get("started", "")),
            str(short.get("status")),
            str(short.get("fault") or short.get("headline") or ""),
        )
    for key, item in recorded.items():
        if key == newest:
            continue
        words = str(item.get("headline") or item.get("fault") or "")
        href = "" if item["status"] == "unchanged" else _kept(out, key, str(item.get("page", "")))
        # The record knows when the job began, the manifest when this report did.
        started = both[key].started if key in both else str(item.get("started", ""))
        both[key] = Past(started, str(item.get("status")), words, href)
    return sorted(both.values(), key=lambda past: past.started, reverse=True)[:_MOST]


def _kept(out: Path, key: tuple[str, str], page: str) -> str:
    """Where the page of a past run is, if it was kept."""
    plain = bool(page) and Path(page).name == page
    file = Path(RUNS, *key, page)
    return quote(file.as_posix()) if plain and (out / file).is_file() else ""


def _pageless(every: Iterable[list[Run]]) -> Iterable[tuple[str, str]]:
    for runs in every:
        for item in runs[-1].record.get("reports", []) if runs else ():
            if isinstance(item, dict) and not item.get("stem") and item.get("status") == "failed":
                yield str(item.get("label", "")), str(item.get("fault", ""))

"""``manifest.json``: what stands in a folder of results, and how each report came to it.

An entry tells of the newest run. What was before is kept in short: the last good run where
the newest failed, a line for each of the runs before, and what changed against the last.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from opsbook import __version__
from opsbook.report.compared import changes
from opsbook.report.tables import tables_of

__all__ = [
    "FAILED",
    "MANIFEST",
    "as_json",
    "as_manifest",
    "files_of",
    "last_good",
    "pages_of",
    "possible_files",
    "read_manifest",
    "successor",
]

MANIFEST = "manifest.json"
FAILED = ".failed.html"
"""Ending of a page that failed."""
_LONGEST = 240
_MOST_PAST = 12
"""Runs before the newest that an entry tells of: their figures make the course in the index."""


def as_json(data: Any) -> str:
    """JSON that people can read too; what is not a number becomes null."""
    return json.dumps(_finite(data), ensure_ascii=False, indent=1, default=str) + "\n"


def as_manifest(reports: Sequence[Mapping[str, Any]]) -> str:
    """The manifest, one report on each line: hundreds of them are written after each report."""
    lines = []
    for report in reports:
        try:
            line = json.dumps(report, ensure_ascii=False, default=str, allow_nan=False)
        except ValueError:  # only a new entry can hold what is not a number
            line = json.dumps(_finite(report), ensure_ascii=False, default=str)
        lines.append(line)
    listed = ",\n".join(lines)
    return f'{{"opsbook": {json.dumps(__version__)}, "reports": [\n{listed}\n]}}\n'


def _finite(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {str(key): _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    if isinstance(data, float) and data - data != 0:
        return None
    return data


def read_manifest(folder: Path) -> dict[str, Any]:
    """What was published here before; an unreadable manifest counts as none.

    A report is listed while the page it names is there, or while its last good one is.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        reports = [r for r in manifest["reports"] if {"page", "lang", "status"} <= set(r)]
    except (OSError, ValueError, KeyError, TypeError):
        reports = []
    for report in reports:
        report.setdefault("stem", str(report["page"]).removesuffix(FAILED).removesuffix(".html"))
    there = [r for r in reports if any((folder / page).is_file() for page in pages_of(r))]
    return {"opsbook": __version__, "reports": there}


def pages_of(report: Mapping[str, Any]) -> list[str]:
    """Pages that an entry names: its own and the last good one."""
    last = report.get("last_good") or {}
    return [str(page) for page in (report["page"], last.get("page")) if page]


def possible_files(stem: str) -> list[str]:
    """Files that a report of this name may leave, tables aside."""
    return [stem + ending for ending in (".html", ".findings.json", ".metrics.json", FAILED)]


def files_of(report: Mapping[str, Any]) -> list[str]:
    """Files to keep of a run.

    A page that failed links to the last good one, so that stays with it.
    """
    *good, failed = possible_files(str(report["stem"]))
    if report["status"] == "good":
        return [*good, *tables_of(report)]
    last = (report.get("last_good") or {}).get("page")
    return [failed, good[0], *tables_of(report)] if last else [failed]


def last_good(folder: Path, stem: str) -> dict[str, Any] | None:
    """Page, time, headline and tables of a report's last good run; None where there is none."""
    found = (r for r in read_manifest(folder)["reports"] if r["stem"] == stem)
    return _last_good(next(found, None), folder)


def _last_good(entry: Mapping[str, Any] | None, folder: Path) -> dict[str, Any] | None:
    if entry is None:
        return None
    if entry["status"] == "good":
        short = {key: entry.get(key, "") for key in ("page", "started", "headline")}
        found = short | {"tables": entry.get("tables", [])}
    else:
        found = dict(entry.get("last_good") or {})
    page = found.get("page")
    return found if page and (folder / str(page)).is_file() else None


def successor(
    folder: Path, entry: Mapping[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """An entry as it is published: with what was before it.

    Args:
        folder: Where results stand, as the run before left them.
        entry: What the new run has to say.
        before: The report's entry until now; None for its first run.

    Returns:
        The entry with ``history`` (the runs before, oldest first), and with ``changed``
        where it is good or ``last_good`` where it failed.
    """
    past = [*before.get("history", []), _in_short(before)] if before else []
    full = dict(entry) | {"history": past[-_MOST_PAST:]}
    good = _last_good(before, folder)
    if entry["status"] != "good":
        return full | {"last_good": good}
    return full | {"changed": changes(folder, entry, good)}


def _in_short(entry: Mapping[str, Any]) -> dict[str, Any]:
    figures = entry.get("metrics") or []
    kept = ("started", "status", "headline", "page", "job", "run")
    return {key: entry[key] for key in kept if key in entry} | {
        "fault": (entry.get("fault") or {}).get("text", "")[:_LONGEST],
        "figures": {str(f.get("id")): f.get("raw") for f in figures if isinstance(f, Mapping)},
    }

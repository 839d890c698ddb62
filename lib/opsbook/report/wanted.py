"""Which pages of a job have to be made this time: those that failed, those that changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.report.changed import data_version, fingerprint
from opsbook.report.clean import masked
from opsbook.report.grid import Item, Plan
from opsbook.report.history import last_run, unfinished
from opsbook.report.job import Job
from opsbook.report.publish import read_manifest

__all__ = ["fingerprints", "unchanged", "wanted"]


def wanted(job: Job, planned: Plan, *, since_failed: bool) -> list[Item]:
    """All pages of a job, or those that its last run did not bring to a good end.

    Raises:
        ParameterError: Only failed ones are asked for, and nothing ran before.
    """
    if not since_failed:
        return list(planned.items)
    before = last_run(job.out, job.name)
    if before is None:
        raise ParameterError(
            N_('the job "{name}" has no run yet; leave out --since-failed'), name=job.name
        )
    stems = unfinished(before)
    # Reports of a run that was killed are done where the manifest says so.
    done = {
        str(entry.get("stem"))
        for entry in read_manifest(job.out)["reports"]
        if entry.get("run") == before.stamp and entry["status"] == "good"
    }
    sources = {r.get("source") for r in before.record.get("reports", []) if r.get("source")}
    return [
        item
        for item in planned.items
        if (item.stem in stems - done) or masked(str(item.values["source"])) in sources
    ]


def fingerprints(items: Sequence[Item]) -> dict[str, str]:
    """Stem to what ``opsbook.report.changed`` says of it; each source is read once."""
    data = {source: data_version(source) for source in {str(i.values["source"]) for i in items}}
    return {i.stem: fingerprint(i.notebook, i.values, data[str(i.values["source"])]) for i in items}


def unchanged(out: Path, prints: Mapping[str, str]) -> set[str]:
    """Stems whose last run was good and would come out the same."""
    return {
        str(entry.get("stem"))
        for entry in read_manifest(out)["reports"]
        if entry["status"] == "good"
        and entry.get("fingerprint")
        and entry["fingerprint"] == prints.get(str(entry.get("stem")))
    }

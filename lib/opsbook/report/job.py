"""A job: which reports to make from which data, how often, and whom to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["Job", "JobFile", "Notice"]


@dataclass(frozen=True)
class Notice:
    """Whom to tell, and of what.

    Args:
        name: What jobs call it.
        url: Address as apprise reads it, or ``env:NAME``; a secret.
        on: ``failure``, ``findings`` or both.
        money: A finding is told of when at least this much is at stake, in the shop's
            currency; findings without a price only where this is 0.
        confidence: Least sure finding to tell of: ``high``, ``medium`` or ``low``.
        lang: Language of the message; that of the job's first report unless given.
    """

    name: str
    url: str
    on: tuple[str, ...] = ("failure", "findings")
    money: float = 0.0
    confidence: str = "low"
    lang: str = ""


@dataclass(frozen=True)
class Job:
    """Reports that are made together.

    Args:
        name: Safe as the name of a folder.
        reports: Names of notebooks; all of them where none is named.
        sources: What to open; ``env:NAME`` stands for a secret.
        lang: Languages of the pages; the shop's own where none is named.
        parameters: Same for every report.
        grid: Parameter to the values that get a report each, or ``*`` with an optional
            ``TABLE.COLUMN`` for all values that stand in the data.
        out: Folder for the results.
        keep: How many past runs stay.
        retries: How often a report that failed is tried again: a database may be back.
        retry_seconds: How long to wait before that.
        timeout_minutes: A report that takes longer fails.
        cell_minutes: A step of a report that takes longer fails it.
        memory: What a report may use, such as ``4GB``; empty for a share of the machine.
        schedule: When a scheduler starts it.
        notify: Names of notices.
    """

    name: str
    out: Path
    reports: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("demo",)
    lang: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    grid: Mapping[str, Any] = field(default_factory=dict)
    keep: int = 10
    retries: int = 0
    retry_seconds: float = 30.0
    timeout_minutes: float = 60.0
    cell_minutes: float = 15.0
    memory: str = ""
    schedule: str = "daily"
    notify: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobFile:
    """A job file as it was read.

    Args:
        path: Where it stands; what it names by a relative path is looked for beside it.
        jobs: In the file's order.
        notices: By name.
        timezone: IANA name; the machine's zone where empty.
        address: Where the folder of results can be read by those who are told of it.
        notebooks: Folder with the notebooks, where it is not the usual one.
    """

    path: Path
    jobs: tuple[Job, ...]
    notices: Mapping[str, Notice] = field(default_factory=dict)
    timezone: str = ""
    address: str = ""
    notebooks: Path | None = None

    def chosen(self, names: Sequence[str]) -> tuple[Job, ...]:
        """The jobs asked for; all of them where none is named.

        Raises:
            ParameterError: There is no such job.
        """
        known = {job.name: job for job in self.jobs}
        for name in names:
            if name not in known:
                raise ParameterError(
                    N_('{file} has no job "{name}"; its jobs are {valid}'),
                    file=self.path.name,
                    name=name,
                    valid=", ".join(known),
                )
        return tuple(known[name] for name in names or known)

"""What is asked for, one page, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsbook.report.faults import Fault
from opsbook.report.limits import Limits
from opsbook.report.notebooks import Notebook

__all__ = ["Result", "Task"]


@dataclass(frozen=True)
class Task:
    """One page to make.

    Args:
        notebook: What to run.
        parameters: Values given; checked against what the notebook declares.
        lang: ``en`` or ``zh``.
        out: Folder for the results.
        chapters: Address of the playbook's chapters, for links to them.
        stem: Name of the results' files without ending; empty for ``NAME``, ``NAME-zh``.
        extra: Further entries for the manifest.
        limits: What the run may take.
        fault: The report has failed already, for this reason: nothing is run, the page
            and the manifest say so.
        shared: Folder in which the reports of one batch share results; empty for none.
    """

    notebook: Notebook
    parameters: Mapping[str, Any]
    lang: str
    out: Path
    chapters: str = ""
    stem: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    fault: Fault | None = None
    shared: str = ""

    @property
    def name(self) -> str:
        """What its files are called."""
        own = self.notebook.name if self.lang == "en" else f"{self.notebook.name}-{self.lang}"
        return self.stem or own


@dataclass(frozen=True)
class Result:
    """What became of one report.

    Args:
        name: Name of the notebook.
        lang: Language of the page.
        page: The page: ``STEM.html``, or ``STEM.failed.html`` if it failed. Only a report
            that could not be published at all has none there.
        status: ``good`` or ``failed``.
        fault: Why it failed.
        headline: The report's one sentence; empty where it did not come that far.
        entry: What the manifest says of it.
    """

    name: str
    lang: str
    page: Path
    status: str
    fault: Fault | None
    headline: str
    entry: Mapping[str, Any]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings, ranked."""
        return list(self.entry["findings"])

    @property
    def stem(self) -> str:
        """What its files are called."""
        return str(self.entry["stem"])

    @property
    def good(self) -> bool:
        """Whether all of it could be made."""
        return self.fault is None

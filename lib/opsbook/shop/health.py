"""What a check found, for a terminal, for a machine, and in one line for a report."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from unicodedata import east_asian_width

from opsbook.language import N_, count, t
from opsbook.shop.issues import SEVERITIES, Issue

__all__ = ["HARMLESS", "CheckResult", "TableCheck"]

_HEADINGS = {
    "broken": N_("Broken: the data cannot be used as it is"),
    "doubtful": N_("Doubtful: figures may be wrong"),
    "note": N_("To know"),
}
_NAMED = 3
"""Notes that the one-line health names."""
HARMLESS = ("unknown_columns", "unused_files", "delimiter", "encoding", "mostly_empty")
"""Notes on how the data came, not on what it says: counted, but named last."""


@dataclass(frozen=True)
class TableCheck:
    """One table in figures.

    Args:
        name: Its name in the contract.
        label: What the user calls it: file or table name.
        rows: All rows.
        used: Rows that methods see.
        first: Earliest value of its time column; None without one.
        last: Latest value of it.
        unknown: Foreign columns that the contract does not know.
        missing: Optional columns of the contract that are not there.
    """

    name: str
    label: str
    rows: int
    used: int
    first: date | datetime | None
    last: date | datetime | None
    unknown: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def set_aside(self) -> int:
        """Rows that methods do not see."""
        return self.rows - self.used

    def to_dict(self) -> dict[str, Any]:
        """For a machine: dates in ISO form."""
        return {
            "table": self.name,
            "label": self.label,
            "rows": self.rows,
            "used": self.used,
            "set_aside": self.set_aside,
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "unknown_columns": list(self.unknown),
            "missing_columns": list(self.missing),
        }


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Args:
        source: What was opened.
        title: What a report calls the shop.
        tables: One entry per table, in the contract's order.
        issues: Faults and remarks.
        notes: What is known about the source itself, marked with ``N_``.
        lacks: Reports and methods, each with what it lacks; nothing if it can run.
    """

    source: str
    title: str
    tables: tuple[TableCheck, ...]
    issues: tuple[Issue, ...]
    notes: tuple[str, ...] = ()
    lacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def broken(self) -> bool:
        """Whether the contract is violated."""
        return any(issue.severity == "broken" for issue in self.issues)

    @property
    def runnable(self) -> tuple[str, ...]:
        """Reports and methods that lack nothing."""
        return tuple(name for name, lacking in self.lacks.items() if not lacking)

    def health(self) -> tuple[str, str]:
        """State (``good``, ``notes`` or ``broken``) and one sentence for a report's head."""
        broken = [issue for issue in self.issues if issue.severity == "broken"]
        if broken:
            first, more = _phrase(broken[0].brief()), len(broken) - 1
            if not more:
                return "broken", t("Data: broken ({first})", first=first)
            return "broken", t("Data: broken ({first}; {more} more)", first=first, more=more)
        told = sorted(self.issues, key=lambda i: (i.kind in HARMLESS, i.severity, -i.rows))
        said = [_phrase(issue.brief()) for issue in told if issue.kind not in HARMLESS]
        said += [_phrase(t(note)) for note in self.notes]
        said += [_phrase(issue.brief()) for issue in told if issue.kind in HARMLESS]
        if not said:
            return "good", t("Data: good, nothing to note")
        shown = "; ".join(said[:_NAMED]) + ("; ..." if len(said) > _NAMED else "")
        if len(said) == 1:
            return "notes", t("Data: usable, 1 note ({notes})", notes=shown)
        return "notes", t("Data: usable, {count} notes ({notes})", count=len(said), notes=shown)

    def to_dict(self) -> dict[str, Any]:
        """For a machine; messages are in the language in force."""
        state, sentence = self.health()
        return {
            "source": self.source,
            "title": self.title,
            "state": state,
            "health": sentence,
            "tables": [table.to_dict() for table in self.tables],
            "issues": [issue.to_dict() for issue in self.issues],
            "notes": [t(note) for note in self.notes],
            "can_run": list(self.runnable),
            "lacks": {name: list(lacking) for name, lacking in self.lacks.items() if lacking},
        }

    def lines(self) -> list[str]:
        """The check as text for a terminal, in the language in force."""
        said = [f"{self.title} ({self.source})" if self.title != self.source else self.source, ""]
        said += self._table_lines()
        for severity in SEVERITIES:
            found = [issue.message() for issue in self.issues if issue.severity == severity]
            if severity == "note":
                found += [t(note) for note in self.notes]
            if found:
                said += ["", f"{t(_HEADINGS[severity])} ({len(found)})"]
                said += [f"  - {message}" for message in found]
        missing = [(x.name, x.missing) for x in self.tables if x.missing]
        if missing:
            said += ["", t("Optional columns that are not there")]
            said += [f"  - {name}: {', '.join(columns)}" for name, columns in missing]
        if self.lacks:
            said += ["", t("Can run: {names}", names=", ".join(self.runnable) or "-")]
            for name, lacking in self.lacks.items():
                if lacking:
                    said.append(
                        t("Cannot run {name}: {lacks} lacking", name=name, lacks=", ".join(lacking))
                    )
        return [*said, "", self.health()[1]]

    def _table_lines(self) -> list[str]:
        head = (t("Table"), t("Rows"), t("Set aside"), t("From"), t("To"))
        body = [
            (x.name, count(x.rows), count(x.set_aside), _day(x.first), _day(x.last))
            for x in self.tables
        ]
        widths = [max(_width(row[i]) for row in (head, *body)) for i in range(len(head))]
        return [
            "  ".join(
                _padded(cell, width, right=i in (1, 2))
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in (head, *body)
        ]


def _phrase(sentence: str) -> str:
    """What is the matter, without how to mend it."""
    return re.split(r"[.;] |[。；]", sentence)[0].rstrip(".")


def _day(value: date | datetime | None) -> str:
    return value.isoformat()[:10] if value else ""


def _width(text: str) -> int:
    """Columns that a text takes in a terminal: a Chinese sign takes two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space

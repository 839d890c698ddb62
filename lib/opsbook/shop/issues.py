"""What is wrong with a shop's data: one kind of fault, where, how often, examples, the fix."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from opsbook.language import count, t

__all__ = ["SEVERITIES", "Example", "Issue", "Severity", "Words"]

Severity = Literal["broken", "doubtful", "note"]
"""``broken``: the contract is violated. ``doubtful``: a number may be wrong. ``note``: know it."""
SEVERITIES: tuple[Severity, ...] = ("broken", "doubtful", "note")


class Words(str):
    """A value of a message that is itself a message, marked with ``N_``."""


@dataclass(frozen=True)
class Example:
    """One row with a fault.

    Args:
        line: Line number as an editor shows it; 0 where the source has no lines.
        key: ``order_id A17`` and the like, where there is no line number.
        value: The value at fault, as it stands in the data.
        like: Line of the row that this one repeats; 0 if it repeats none.
    """

    line: int = 0
    key: str = ""
    value: str = ""
    like: int = 0

    def __str__(self) -> str:
        if self.line and self.like:
            where = t("line {line} like line {like}", line=self.line, like=self.like)
            return f"{where}: {self.key}"
        where = t("line {line}", line=self.line) if self.line else self.key
        return ": ".join(part for part in (where, self.value) if part)

    def to_dict(self) -> dict[str, Any]:
        """For a machine: ``line`` (null without lines), ``key``, ``value``, ``like``."""
        return {
            "line": self.line or None,
            "key": self.key,
            "value": self.value,
            "like": self.like or None,
        }


@dataclass(frozen=True)
class Issue:
    """One kind of fault in one place.

    Args:
        table: Table of the contract; empty for the source as a whole.
        column: Column at fault; empty for whole rows.
        kind: Short name of the fault, the same in each language: ``duplicate_key``.
        severity: How bad it is.
        rows: How many rows have it; 0 where it does not concern rows.
        text: Message with ``{fields}``, marked with ``N_``.
        values: What fills the fields beside ``table``, ``column`` and ``rows``.
        examples: Up to three rows.
    """

    table: str
    column: str
    kind: str
    severity: Severity
    rows: int
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()

    def brief(self) -> str:
        """The sentence in the language in force, without examples."""
        given = {"table": self.table, "column": self.column, "rows": self.rows, **self.values}
        return t(self.text, **{name: _shown(value) for name, value in given.items()})

    def message(self) -> str:
        """The sentence in the language in force, examples included."""
        shown = "; ".join(str(example) for example in self.examples)
        if not shown:
            return self.brief()
        return t("{sentence} ({examples})", sentence=self.brief(), examples=shown)

    def to_dict(self) -> dict[str, Any]:
        """For a machine; ``message`` is in the language in force."""
        return {
            "table": self.table,
            "column": self.column,
            "kind": self.kind,
            "severity": self.severity,
            "rows": self.rows,
            "message": self.message(),
            "examples": [example.to_dict() for example in self.examples],
        }


def _shown(value: Any) -> str:
    if isinstance(value, Words):
        return t(value)
    return count(value) if isinstance(value, int) else str(value)

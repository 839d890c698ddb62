"""Count what is in one table and what is wrong with its rows, in one aggregate query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ibis import Table as Frame
from ibis import Value

from opsbook.shop.contract import Table
from opsbook.shop.door import ROW, Entry
from opsbook.shop.issues import Example, Issue
from opsbook.shop.probes import Probe, probes

__all__ = [
    "SHOWN",
    "TableCount",
    "count_table",
    "examples_of",
    "fetch",
    "kept",
    "named_key",
    "places",
]

SHOWN = 3
"""Examples per fault."""


@dataclass(frozen=True)
class TableCount:
    """What one aggregate query found in a table.

    Args:
        rows: All rows.
        set_aside: Rows without a required value.
        first: Earliest value of the table's time column; None without one.
        last: Latest value of it.
        empty: Optional columns that are there and never filled.
        issues: What is wrong.
    """

    rows: int
    set_aside: int
    first: date | datetime | None
    last: date | datetime | None
    empty: frozenset[str]
    issues: tuple[Issue, ...]


def count_table(entry: Entry, now: datetime, shown: int = SHOWN) -> TableCount:
    """Count rows, period and faults.

    Args:
        entry: The table as the door let it in.
        now: What lies after it is in the future.
        shown: Examples per fault.
    """
    frame, table = entry.typed, entry.table
    asked = probes(entry, now)
    sums: dict[str, Value] = {f"p{i}": _times(probe.fails) for i, probe in enumerate(asked)}
    sums["rows"] = frame.count()
    lacking = frame[table.required[0]].isnull()
    for name in table.required[1:]:
        lacking = lacking | frame[name].isnull()
    sums["set_aside"] = _times(lacking)
    if table.time in frame.columns:
        sums |= {"first": frame[table.time].min(), "last": frame[table.time].max()}
    found = fetch(frame.aggregate(**sums))[0]
    rows = found["rows"]
    counts = [(probe, int(found[f"p{i}"] or 0)) for i, probe in enumerate(asked)]
    return TableCount(
        rows=rows,
        set_aside=int(found["set_aside"] or 0),
        first=found.get("first"),
        last=found.get("last"),
        empty=frozenset(p.column for p, n in counts if p.kind == "mostly_empty" and n == rows),
        issues=tuple(
            _issue(entry, p, n, rows, shown)
            for p, n in counts
            if n and p.above * rows < n <= p.upto * rows
        ),
    )


def _times(condition: Value) -> Value:
    return condition.ifelse(1, 0).sum()


def _issue(entry: Entry, probe: Probe, rows: int, total: int, limit: int) -> Issue:
    values: dict[str, Any] = {"label": entry.label, "total": total, **probe.values}
    examples: tuple[Example, ...] = ()
    if probe.kind == "unknown_word":
        examples = _words(entry.typed.filter(probe.fails), probe.column, limit)
        values["example"] = examples[0].value if examples else ""
    elif probe.above == 0:
        shown = entry.typed[probe.column] if probe.shown is None else probe.shown
        examples = examples_of(entry.typed.filter(probe.fails), places(entry.table), shown, limit)
    name, column = entry.table.name, probe.column
    return Issue(name, column, probe.kind, probe.severity, rows, probe.text, values, examples)


def kept(entry: Entry) -> Frame:
    """Rows that have every required value, with their lines where there are any."""
    frame = entry.typed
    return frame.filter(*(frame[name].notnull() for name in entry.table.required))


def fetch(frame: Frame) -> list[dict[str, Any]]:
    """A small result as Python values; null is None on every engine."""
    return frame.to_pyarrow().to_pylist()


def examples_of(
    frame: Frame, key: Sequence[str], shown: Value | None = None, limit: int = SHOWN
) -> tuple[Example, ...]:
    """The first rows of a frame, by line where there are lines, else by key.

    Args:
        frame: Rows at fault.
        key: Columns that say which row it is, as ``places`` gives them.
        shown: The value at fault.
        limit: How many rows.
    """
    there = [name for name in (ROW, *key) if name in frame.columns]
    value = {} if shown is None else {"value_shown": shown}
    picked = frame.select(*there, **value)
    return tuple(
        Example(row.get(ROW) or 0, named_key(row, key), _text(row.get("value_shown")))
        for row in fetch(picked.order_by(there or list(value)).limit(limit))
    )


def places(table: Table) -> tuple[str, ...]:
    """Columns that say which row is meant: the key, in a log its names and its time."""
    if table.key:
        return table.key
    return tuple(c.name for c in table.columns if c.link is not None or c.name == table.time)


def named_key(row: dict[str, Any], key: Sequence[str]) -> str:
    """A row's key as people say it: ``order_id A17, line_id 2``."""
    return ", ".join(f"{name} {row[name]}" for name in key if row.get(name) is not None)


def _words(frame: Frame, column: str, limit: int) -> tuple[Example, ...]:
    """The words of a column, most frequent first."""
    first = {ROW: frame[ROW].min()} if ROW in frame.columns else {}
    words = frame.group_by(word=frame[column]).agg(n=frame.count(), **first)
    ordered = words.order_by(words.n.desc(), words.word).limit(limit)
    return tuple(Example(row.get(ROW) or 0, value=_text(row["word"])) for row in fetch(ordered))


def _text(value: Any) -> str:
    text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."

"""Rows that stand twice: a key that names two rows, and whole rows that repeat another."""

from collections.abc import Iterable
from typing import Any

from ibis import Table as Frame

from opsbook.language import N_
from opsbook.shop.counting import SHOWN, fetch, kept, named_key
from opsbook.shop.door import ROW, Entry
from opsbook.shop.issues import Example, Issue, Severity

__all__ = ["dropped", "repeats"]


def repeats(entry: Entry, empty: Iterable[str] = ()) -> tuple[int, list[Issue]]:
    """Rows in use, and which of them stand more than once.

    A key column that the data has not, or never fills, leaves the key open; then only rows
    that are equal in every column are reported, and as doubtful: they may be two true rows.

    Args:
        entry: The table.
        empty: Columns that are never filled.
    """
    table, used = entry.table, entry.used
    if not table.key:
        return int(used.count().execute()), []
    gone = set(empty)
    key = [name for name in table.key if name in used.columns and name not in gone]
    whole = len(key) == len(table.key)
    columns = key if whole else list(used.columns)
    found = _repeated(used, columns)
    if not found["repeated"]:
        return found["rows"], []
    values: dict[str, Any] = {
        "label": entry.label,
        "key": " + ".join(table.key if whole else columns),
        "total": found["rows"],
        "missing": ", ".join(name for name in table.key if name not in key),
    }
    # Line numbers are known only where no row was left out as a repeat.
    source = kept(entry)
    if ROW in source.columns and int(source.count().execute()) != found["rows"]:
        source = used
    examples = _examples(source, columns, key)
    column = " + ".join(key)
    if whole:
        text = N_(
            "{label}: {key} has to name one row, yet {rows} of {total} rows repeat another's. "
            'Remove them, or, where whole rows are equal, set duplicates = "drop" in shop.toml'
        )
        kind = "duplicate_key"
        severity: Severity = "broken"
    else:
        text = N_(
            "{label}: {rows} of {total} rows equal another in every column; without {missing} it "
            'cannot be told whether they are true. If not, set duplicates = "drop" in shop.toml'
        )
        kind, severity = "repeated_row", "doubtful"
    rows = found["repeated"]
    issue = Issue(table.name, column, kind, severity, rows, text, values, examples)
    return found["rows"], [issue]


def dropped(entry: Entry, rows: int) -> list[Issue]:
    """A note on rows that ``duplicates = "drop"`` left out."""
    if not rows:
        return []
    text = N_('{label}: rows equal to another, left out as duplicates = "drop" says: {rows}')
    return [Issue(entry.table.name, "", "dropped_rows", "note", rows, text, {"label": entry.label})]


def _repeated(frame: Frame, columns: list[str]) -> dict[str, int]:
    groups = frame.group_by(columns).agg(n=frame.count())
    more = groups.n > 1
    counted = groups.aggregate(
        rows=groups.n.sum(),
        repeated=more.ifelse(groups.n - 1, 0).sum(),
    )
    return {name: int(value or 0) for name, value in fetch(counted)[0].items()}


def _examples(frame: Frame, columns: list[str], key: list[str]) -> tuple[Example, ...]:
    lines = {}
    if ROW in frame.columns:
        lines = {"first": frame[ROW].min(), "last": frame[ROW].max()}
    groups = frame.group_by(columns).agg(n=frame.count(), **lines)
    groups = groups.filter(groups.n > 1)
    order = ["first"] if lines else key
    return tuple(
        Example(row.get("last") or 0, named_key(row, key), f"×{row['n']}", row.get("first") or 0)
        for row in fetch(groups.order_by(order).limit(SHOWN))
    )

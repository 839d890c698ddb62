"""Rows that stand twice: a key that names two rows, and whole rows that repeat another."""

from collections.abc import Iterable
from typing import Any

from ibis import Table as Frame

from opsbook.language import N_
from opsbook.shop.counting import SHOWN, fetch, kept, named_key, places
from opsbook.shop.door import ROW, Entry
from opsbook.shop.issues import Example, Issue, Severity

__all__ = ["dropped", "repeats"]


def repeats(entry: Entry, empty: Iterable[str] = (), shown: int = SHOWN) -> tuple[int, list[Issue]]:
    """Rows in use, and which of them stand more than once.

    Rows that share a key are told apart: those that are equal in every column can be left
    out, of those that differ somebody has to say which one holds. A key column that the data
    has not, or never fills, leaves the key open; then, as in a log, which has none, only rows
    that are equal in every column are reported, and as doubtful: they may be two true rows.

    Args:
        entry: The table.
        empty: Columns that are never filled.
        shown: Examples per fault.
    """
    table, used = entry.table, entry.used
    if not table.key:
        return _log(entry, shown)
    gone = set(empty)
    key = [name for name in table.key if name in used.columns and name not in gone]
    whole = len(key) == len(table.key)
    columns = key if whole else list(used.columns)
    found = _repeated(used, columns)
    if not found["repeated"]:
        return found["rows"], []
    missing = [name for name in table.key if name not in key]
    if not whole:
        return found["rows"], [_equal(entry, columns, key, found, missing, shown)]
    return found["rows"], _shared(entry, key, found, shown)


def _log(entry: Entry, shown: int) -> tuple[int, list[Issue]]:
    """A table without a key: equal rows of one second are more likely one row sent twice."""
    table, used = entry.table, entry.used
    timed = table.time in used.columns and table.column(table.time).kind == "timestamp"
    if not timed:
        return int(used.count().execute()), []
    found = _repeated(used, list(used.columns))
    if not found["repeated"]:
        return found["rows"], []
    named = [name for name in places(table) if name in used.columns]
    return found["rows"], [_equal(entry, list(used.columns), named, found, [], shown)]


def _equal(
    entry: Entry,
    columns: list[str],
    named: list[str],
    found: dict[str, int],
    missing: list[str],
    shown: int,
) -> Issue:
    """Whole rows that repeat another where no key says whether they may."""
    text = N_(
        "{label}: {rows} of {total} rows equal another in every column; without {missing} it "
        'cannot be told whether they are true. If not, set duplicates = "drop" in shop.toml'
    )
    if not missing:
        text = N_(
            "{label}: {rows} of {total} rows equal another in every column, time included; if "
            'they were sent twice, set duplicates = "drop" in shop.toml'
        )
    values = {"label": entry.label, "total": found["rows"], "missing": ", ".join(missing)}
    column = " + ".join(named) if missing else ""
    examples = _examples(_source(entry, found), columns, named, shown)
    rows = found["repeated"]
    name = entry.table.name
    return Issue(name, column, "repeated_row", "doubtful", rows, text, values, examples)


def _shared(entry: Entry, key: list[str], found: dict[str, int], shown: int) -> list[Issue]:
    """Rows that share a key: equal ones, and ones that say different things of it."""
    used = entry.used
    twice = used.group_by(key).agg(n=used.count())
    twice = twice.filter(twice.n > 1).drop("n")
    rows = used.semi_join(twice, key)
    contents = rows.group_by(list(used.columns)).agg(copies=rows.count())
    keys = contents.group_by(key).agg(copies=contents.copies.sum(), versions=contents.count())
    counted = fetch(
        keys.aggregate(
            equal=(keys.copies - keys.versions).sum(), different=(keys.versions - 1).sum()
        )
    )[0]
    source = _source(entry, found)
    values: dict[str, Any] = {
        "label": entry.label,
        "key": " + ".join(key),
        "total": found["rows"],
    }
    say: list[tuple[str, Severity, str, Frame, str]] = [
        (
            "duplicate_row",
            "broken",
            N_(
                "{label}: {key} has to name one row, yet {rows} of {total} rows equal another in "
                'every column. Remove them, or set duplicates = "drop" in shop.toml'
            ),
            keys.filter(keys.copies > keys.versions),
            "equal",
        ),
        (
            "duplicate_key",
            "broken",
            N_(
                "{label}: {key} has to name one row, yet {rows} of {total} rows repeat another's "
                "and differ in other columns. Find out which one holds and remove the other"
            ),
            keys.filter(keys.versions > 1),
            "different",
        ),
    ]
    issues = []
    for kind, severity, text, which, name in say:
        if int(counted[name] or 0):
            examples = _versions(which, source, key, shown)
            number = int(counted[name])
            column = " + ".join(key)
            issue = Issue(entry.table.name, column, kind, severity, number, text, values, examples)
            issues.append(issue)
    return issues


def _versions(keys: Frame, source: Frame, key: list[str], shown: int) -> tuple[Example, ...]:
    """Keys with the number of their rows; with lines where there are lines."""
    if ROW in source.columns:
        return _examples(source.semi_join(keys.select(key), key), key, key, shown)
    return tuple(
        Example(key=named_key(row, key), value=f"×{row['copies']}")
        for row in fetch(keys.order_by(key).limit(shown))
    )


def _source(entry: Entry, found: dict[str, int]) -> Frame:
    """Rows with their line numbers, which are known only where no repeat was left out."""
    source = kept(entry)
    if ROW in source.columns and int(source.count().execute()) != found["rows"]:
        return entry.used
    return source


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


def _examples(
    frame: Frame, columns: list[str], named: list[str], shown: int
) -> tuple[Example, ...]:
    lines = {}
    if ROW in frame.columns:
        lines = {"first": frame[ROW].min(), "last": frame[ROW].max()}
    groups = frame.group_by(columns).agg(n=frame.count(), **lines)
    groups = groups.filter(groups.n > 1)
    order = ["first"] if lines else named
    return tuple(
        Example(row.get("last") or 0, named_key(row, named), f"×{row['n']}", row.get("first") or 0)
        for row in fetch(groups.order_by(order).limit(shown))
    )

"""The door: a foreign table goes in, the contract's table comes out, on any engine.

Columns are renamed, text is read as what the contract says it is, times are moved into
the shop's time zone, rows without a required value are set aside. Nothing is executed
here: the result is an Ibis expression, and the check counts what did not fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ibis import Table as Frame

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.contract import Table
from opsbook.shop.issues import Issue
from opsbook.shop.layers import ROW, UNREAD, typed_columns
from opsbook.shop.reading import Reading
from opsbook.shop.zones import local_time

__all__ = ["ROW", "UNREAD", "Entry", "conform", "local_time"]


@dataclass(frozen=True)
class Entry:
    """A table as it came and as it is used.

    Args:
        table: The contract's description.
        typed: Renamed and typed, all rows, with ``_row`` where there is one and
            ``_unread_COLUMN`` for each column in which a value may be unreadable.
        used: What methods see: without the rows that are set aside, and only the
            contract's columns.
        sources: Contract column to foreign column, for messages.
        unknown: Foreign columns that the contract does not know.
        label: What the user calls it: file name or table name.
        issues: What was found on reading: rows that are no rows, encoding, delimiter.
    """

    table: Table
    typed: Frame
    used: Frame
    sources: Mapping[str, str]
    unknown: tuple[str, ...]
    label: str
    issues: tuple[Issue, ...] = ()


def conform(
    raw: Frame,
    table: Table,
    *,
    columns: Mapping[str, str] | None = None,
    duplicates: str = "stop",
    reading: Reading | None = None,
    zones: tuple[str, str] = ("", ""),
    label: str = "",
) -> Entry:
    """Turn a foreign table into the contract's.

    Args:
        raw: The foreign table. Names match the contract without regard to case.
        table: What it should become.
        columns: Contract name to foreign name, where they differ.
        duplicates: ``drop`` leaves out rows that repeat another to the letter.
        reading: How its texts are written, where not as usual.
        zones: Time zone that timestamps are recorded in, and the shop's. A timestamp with
            an offset of its own is moved from there, whatever the first says.
        label: What the user calls the table.

    Raises:
        DataError: A mapped or required column is not there, or cannot hold its kind.
    """
    label = label or table.name
    sources = _sources(raw, table, columns or {}, label)
    for name in table.required:
        if name not in sources:
            raise DataError(
                N_(
                    '{label}: the column "{column}" is missing; its columns are {found}. '
                    "Name the right one in shop.toml: [tables.{table}.columns] {column} = ..."
                ),
                label=label,
                column=name,
                table=table.name,
                found=_some(raw.columns),
            )
    fields = tuple(c for c in table.columns if c.name in sources)
    frame = typed_columns(raw, fields, sources, reading or Reading(), zones, label)
    used = frame.select(*(c.name for c in fields))
    needed = [used[name].notnull() for name in table.required]
    if needed:
        used = used.filter(*needed)
    if duplicates == "drop":
        used = used.distinct()
    unknown = tuple(c for c in raw.columns if c not in sources.values() and c != ROW)
    return Entry(table, frame, used, sources, unknown, label)


def _some(columns: tuple[str, ...]) -> str:
    shown = ", ".join(str(c)[:60] for c in columns if c != ROW) if len(columns) <= 13 else ""
    return shown or ", ".join(str(c)[:60] for c in columns[:12]) + ", ..."


def _sources(raw: Frame, table: Table, columns: Mapping[str, str], label: str) -> dict[str, str]:
    by_name = {str(c).strip().lower(): c for c in raw.columns}
    found: dict[str, str] = {}
    for column in table.columns:
        foreign = columns.get(column.name)
        if foreign is not None:
            if foreign.strip().lower() not in by_name:
                raise DataError(
                    N_('{label}: shop.toml names the column "{column}"; its columns are {found}'),
                    label=label,
                    column=foreign,
                    found=_some(raw.columns),
                )
            found[column.name] = by_name[foreign.strip().lower()]
        elif column.name in by_name:
            found[column.name] = by_name[column.name]
    return found

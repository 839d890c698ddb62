"""The door: a foreign table goes in, the contract's table comes out, on any engine.

Columns are renamed, text is read as what the contract says it is, times are moved into
the shop's time zone, rows without a required value are set aside. Nothing is executed
here: the result is an Ibis expression, and the check counts what did not fit. It is written
when somebody first looks at the table; most reports look at a third of a shop's tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

from ibis import Table as Frame

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.contract import Table
from opsbook.shop.issues import Issue
from opsbook.shop.layers import ROW, UNREAD, require_kinds, typed_columns
from opsbook.shop.reading import Reading
from opsbook.shop.zones import local_time

__all__ = ["ROW", "UNREAD", "Entry", "Layer", "conform", "local_time"]

Layer = Literal["typed", "used"]


@dataclass(frozen=True)
class Entry:
    """A table as it came and as it is used.

    Args:
        table: The contract's description.
        frames: Gives the table as ``typed`` or as ``used``; asked once for each.
        columns: The contract's columns that it has, in the contract's order.
        sources: Contract column to foreign column, for messages.
        unknown: Foreign columns that the contract does not know.
        label: What the user calls it: file name or table name.
        issues: What was found on reading: rows that are no rows, encoding, delimiter.
    """

    table: Table
    frames: Callable[[Layer], Frame]
    columns: tuple[str, ...]
    sources: Mapping[str, str]
    unknown: tuple[str, ...]
    label: str
    issues: tuple[Issue, ...] = ()

    @cached_property
    def typed(self) -> Frame:
        """Renamed and typed, all rows.

        With ``_row`` where there is one and ``_unread_COLUMN`` for each column in which a
        value may be unreadable.
        """
        return self.frames("typed")

    @cached_property
    def used(self) -> Frame:
        """What methods see: without the rows that are set aside, the contract's columns only."""
        return self.frames("used")


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
    require_kinds(raw, fields, sources, label)
    names = tuple(c.name for c in fields)

    @cache
    def frames(layer: Layer) -> Frame:
        if layer == "typed":
            return typed_columns(raw, fields, sources, reading or Reading(), zones)
        used = frames("typed").select(*names)
        needed = [used[name].notnull() for name in table.required]
        if needed:
            used = used.filter(*needed)
        return used.distinct() if duplicates == "drop" else used

    unknown = tuple(c for c in raw.columns if c not in sources.values() and c != ROW)
    return Entry(table, frames, names, sources, unknown, label)


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

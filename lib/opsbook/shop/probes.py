"""What can be wrong with the rows of one table, as conditions that an engine counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ibis
from ibis import Table as Frame
from ibis import Value

from opsbook.language import N_
from opsbook.shop.contract import Column
from opsbook.shop.door import UNREAD, Entry
from opsbook.shop.issues import Severity, Words

__all__ = ["MOSTLY_EMPTY", "Probe", "probes"]

MOSTLY_EMPTY = 0.5
"""Share of empty values above which an optional column is worth a note."""
_EARLIEST = datetime(2000, 1, 1)
_ROUNDED = r"^[+-]?\d([.,]\d+)?[eE]\+\d+$"
"""A long number as Excel writes it: 1.23457E+12."""
_SET_ASIDE = Words(N_("their rows are set aside"))
_LEFT_EMPTY = Words(N_("they are left empty"))
_UNREADABLE = {
    "timestamp": N_(
        "{label}: {rows} of {total} values of {column} are no times, {fate}; write "
        "YYYY-MM-DD HH:MM:SS, or name the format in shop.toml: date_format"
    ),
    "date": N_(
        "{label}: {rows} of {total} values of {column} are no dates, {fate}; write "
        "YYYY-MM-DD, or name the format in shop.toml: date_format"
    ),
    "integer": N_("{label}: {rows} of {total} values of {column} are no whole numbers, {fate}"),
    "boolean": N_(
        "{label}: {rows} of {total} values of {column} are neither yes nor no, {fate}; "
        "write true or false"
    ),
}
_NO_NUMBER = N_(
    "{label}: {rows} of {total} values of {column} are no numbers, {fate}; write 1234.50, or "
    'for 1.234,50 set decimal = "," in shop.toml'
)


@dataclass(frozen=True)
class Probe:
    """One thing that may be wrong, and how to count it.

    Args:
        kind: Short name of the fault.
        severity: How bad it is.
        column: Column at fault.
        fails: True for a row at fault; null counts as false.
        text: Message, marked with ``N_``.
        shown: What an example shows; the column itself unless given.
        values: What fills further fields of the message.
        above: Share of the rows that has to fail before it is reported.
    """

    kind: str
    severity: Severity
    column: str
    fails: Value
    text: str
    shown: Value | None = None
    values: dict[str, Any] = field(default_factory=dict)
    above: float = 0.0


def probes(entry: Entry, now: datetime) -> list[Probe]:
    """Everything to be counted in one table, in the contract's order of columns."""
    frame = entry.typed
    found: list[Probe] = []
    for column in entry.table.columns:
        if column.name not in frame.columns:
            continue
        found.extend(_filled(frame, column))
        found.extend(_possible(frame, column, entry.table.name))
        if column.kind == "timestamp":
            found.extend(_timely(frame, column, now, column.name == entry.table.time))
        named = column.name in entry.table.key or column.link is not None
        if column.kind == "text" and (named or column.name.endswith("_id")):
            text = N_(
                "{label}: {rows} of {total} values of {column} are numbers that a spreadsheet "
                "rounded, such as 1.23457E+12; export the column as text"
            )
            value = frame[column.name]
            found.append(
                Probe("rounded_number", "doubtful", column.name, value.re_search(_ROUNDED), text)
            )
    if entry.table.name == "orders" and "pay_ts" in frame.columns:
        text = N_("{label}: {rows} of {total} orders are paid before they were placed")
        early = frame.pay_ts < frame.order_ts
        found.append(Probe("paid_before_ordered", "doubtful", "pay_ts", early, text))
    return found


def _filled(frame: Frame, column: Column) -> Iterator[Probe]:
    name, value = column.name, frame[column.name]
    empty = value.isnull()
    unread = f"{UNREAD}{name}"
    if unread in frame.columns:
        wrong = frame[unread].notnull()
        empty = empty & ~wrong
        yield Probe(
            "unreadable",
            "broken" if column.required else "doubtful",
            name,
            wrong,
            _UNREADABLE.get(column.kind, _NO_NUMBER),
            shown=frame[unread],
            values={"fate": _SET_ASIDE if column.required else _LEFT_EMPTY},
        )
    if column.required:
        text = N_("{label}: {column} is empty in {rows} of {total} rows, which are set aside")
        yield Probe("missing_value", "broken", name, empty, text)
    elif not column.sparse:
        text = N_("{label}: {column} is empty in {rows} of {total} rows")
        yield Probe("mostly_empty", "note", name, empty, text, above=MOSTLY_EMPTY)


def _possible(frame: Frame, column: Column, table: str) -> Iterator[Probe]:
    name, value = column.name, frame[column.name]
    # A return booked as a line has a negative quantity: judged with its order.
    returned = (table, name) == ("order_lines", "qty")
    if column.at_least is not None and not returned:
        text = N_("{label}: {column} is below {least} in {rows} of {total} rows")
        low = value < column.at_least
        values = {"least": f"{column.at_least:g}"}
        yield Probe("below_least", "doubtful", name, low, text, values=values)
    if column.kind == "fraction":
        text = N_(
            "{label}: {column} is above 1 in {rows} of {total} rows; a share of 5 % is "
            "written 0.05 or 5%"
        )
        yield Probe("above_one", "doubtful", name, value > 1, text)
    if column.kind == "money" and name.endswith("price"):
        text = N_("{label}: {column} is 0 in {rows} of {total} rows")
        yield Probe("price_zero", "doubtful", name, value == 0, text)
    if column.choices:
        text = N_(
            "{label}: {rows} of {total} values of {column} are none of {choices}; say what "
            'they mean in shop.toml: [tables.{table}.words.{column}] "{example}" = "{choice}"'
        )
        values = {
            "choices": ", ".join(column.choices),
            "choice": column.choices[0],
        }
        unknown = value.notin(column.choices)
        yield Probe("unknown_word", "doubtful", name, unknown, text, values=values)


def _timely(frame: Frame, column: Column, now: datetime, is_time: bool) -> Iterator[Probe]:
    name, value = column.name, frame[column.name]
    text = N_("{label}: {column} lies before the year 2000 in {rows} of {total} rows")
    yield Probe("too_early", "doubtful", name, value < ibis.literal(_EARLIEST), text)
    if is_time:
        text = N_("{label}: {column} lies in the future in {rows} of {total} rows")
        yield Probe("in_future", "doubtful", name, value > ibis.literal(now), text)

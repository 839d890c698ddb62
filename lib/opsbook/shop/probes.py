"""What can be wrong with the rows of one table, as conditions that an engine counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ibis
from ibis import Table as Frame
from ibis import Value

from opsbook.language import N_
from opsbook.shop.bounds import AT_MOST, EARLIEST, MORE, SEQUENCE, may_lie_ahead, plausible
from opsbook.shop.contract import Column, Table
from opsbook.shop.door import UNREAD, Entry
from opsbook.shop.issues import Severity, Words

__all__ = ["FEW_EMPTY", "MOSTLY_EMPTY", "Probe", "probes"]

MOSTLY_EMPTY = 0.5
"""Share of empty values above which an optional column is worth a note."""
FEW_EMPTY = 0.05
"""Share up to which empty values of a column that names or sorts are worth a note."""
_SORTS = ("category", "brand", "region", "platform", "channel")
"""Columns by which figures are split."""
_NOT_HALF = "[\uff01-\uff5e\u200b-\u200f\u3000\ufeff]"
"""Full-width digits and letters, and signs that nobody sees: ids with them match nothing."""
_ROUNDED = r"^[+-]?\d([.,]\d+)?[eE]\+\d+$"
"""A long number as Excel writes it: 1.23457E+12."""
_SETTLED = ("paid", "shipped", "completed")
"""States of an order that has been paid; one that is refunded may have lost its time."""
_CENT = 0.01
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
        upto: Share of the rows above which it is no fault of rows, and not reported.
    """

    kind: str
    severity: Severity
    column: str
    fails: Value
    text: str
    shown: Value | None = None
    values: dict[str, Any] = field(default_factory=dict)
    above: float = 0.0
    upto: float = 1.0


def probes(entry: Entry, now: datetime) -> list[Probe]:
    """Everything to be counted in one table, in the contract's order of columns."""
    frame = entry.typed
    found: list[Probe] = []
    for column in entry.table.columns:
        if column.name not in frame.columns:
            continue
        found.extend(_filled(frame, column))
        found.extend(_possible(frame, column, entry.table.name))
        if column.kind in ("timestamp", "date"):
            found.extend(_timely(frame, column, now, entry.table))
        named = column.name in entry.table.key or column.link is not None
        if column.kind == "text" and (named or column.name.endswith("_id")):
            found.extend(_written(frame, column))
    found.extend(_in_sequence(frame, entry.table.name, now))
    if entry.table.name == "orders":
        found.extend(_paid(frame, now))
    if entry.table.name == "order_lines":
        found.extend(_ties(frame))
    return found


def _written(frame: Frame, column: Column) -> Iterator[Probe]:
    name, value = column.name, frame[column.name]
    text = N_(
        "{label}: {rows} of {total} values of {column} are numbers that a spreadsheet "
        "rounded, such as 1.23457E+12; export the column as text"
    )
    yield Probe("rounded_number", "doubtful", name, value.re_search(_ROUNDED), text)
    if column.link is not None or column.name.endswith("_id"):
        text = N_(
            "{label}: {rows} of {total} values of {column} hold full-width or invisible signs and "
            "match no other table; write plain digits and letters"
        )
        yield Probe("full_width", "doubtful", name, value.re_search(_NOT_HALF), text)


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
        if column.link is not None or name.endswith("_id") or name in _SORTS:
            text = N_(
                "{label}: {column} is empty in {rows} of {total} rows; so few are more often "
                "lost than meant, and figures by {column} leave them out"
            )
            yield Probe("few_empty", "note", name, empty, text, upto=FEW_EMPTY)


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
    most = AT_MOST.get((table, name))
    if most is not None:
        text = N_("{label}: {column} is above {most} in {rows} of {total} rows")
        values = {"most": f"{most:g}"}
        yield Probe("above_most", "doubtful", name, value > most, text, values=values)
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


def _timely(frame: Frame, column: Column, now: datetime, table: Table) -> Iterator[Probe]:
    name, value = column.name, frame[column.name]
    first, last = (EARLIEST, now) if column.kind == "timestamp" else (EARLIEST.date(), now.date())
    text = N_("{label}: {column} lies before the year 2000 in {rows} of {total} rows")
    yield Probe("too_early", "doubtful", name, value < ibis.literal(first), text)
    if not may_lie_ahead(table, column):
        text = N_("{label}: {column} lies in the future in {rows} of {total} rows")
        yield Probe("in_future", "doubtful", name, value > ibis.literal(last), text)


def _in_sequence(frame: Frame, table: str, now: datetime) -> Iterator[Probe]:
    for pair in SEQUENCE:
        if pair.table == table and {pair.first, pair.second} <= set(frame.columns):
            first, second = frame[pair.first], frame[pair.second]
            # An impossible time is reported as one; what follows from it is no second fault.
            wrong = (second < first) & (first <= ibis.literal(_like(first, now)))
            wrong = wrong & (second >= ibis.literal(_like(second, EARLIEST)))
            text = N_("{label}: {column} lies before {other} in {rows} of {total} rows")
            values = {"other": pair.first}
            yield Probe("wrong_sequence", "doubtful", pair.second, wrong, text, values=values)
    for pair in MORE:
        if pair.table == table and {pair.first, pair.second} <= set(frame.columns):
            part, whole = frame[pair.first], frame[pair.second]
            wrong = (part > whole) & (whole > 0)
            text = N_("{label}: {column} is above {other} in {rows} of {total} rows")
            values = {"other": pair.second}
            yield Probe("above_whole", "doubtful", pair.first, wrong, text, values=values)


def _like(value: Value, moment: datetime) -> Any:
    """A moment of the kind that a column holds."""
    return moment if value.type().is_timestamp() else moment.date()


def _paid(frame: Frame, now: datetime) -> Iterator[Probe]:
    if "pay_ts" not in frame.columns:
        return
    text = N_("{label}: {rows} of {total} orders are paid before they were placed")
    early = (frame.pay_ts < frame.order_ts) & plausible(frame.order_ts, now)
    early = early & plausible(frame.pay_ts, now)
    yield Probe("paid_before_ordered", "doubtful", "pay_ts", early, text)
    if "status" not in frame.columns:
        return
    text = N_("{label}: {rows} of {total} orders are unpaid by their status, yet have a {column}")
    wrong = (frame.status == "unpaid") & frame.pay_ts.notnull()
    yield Probe("unpaid_with_payment", "doubtful", "pay_ts", wrong, text)
    text = N_("{label}: {rows} of {total} orders are paid by their status, yet {column} is empty")
    wrong = frame.status.isin(_SETTLED) & frame.pay_ts.isnull()
    yield Probe("paid_without_payment", "doubtful", "pay_ts", wrong, text, upto=MOSTLY_EMPTY)


def _ties(frame: Frame) -> Iterator[Probe]:
    for amount, price in (("paid_amount", "paid_price"), ("list_amount", "list_price")):
        if {amount, price, "qty"} <= set(frame.columns):
            # Half a cent of rounding on each piece, and on the line.
            due = frame.qty * frame[price]
            off = (frame[amount] - due).abs() > _CENT * (frame.qty + 1)
            wrong = off & (frame.qty >= 0) & (frame[price] >= 0)
            text = N_(
                "{label}: {column} is not qty times {other} in {rows} of {total} rows; figures "
                "use {column}"
            )
            yield Probe("does_not_tie", "doubtful", amount, wrong, text, values={"other": price})

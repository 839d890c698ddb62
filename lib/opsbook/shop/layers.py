"""From foreign columns to the contract's types, in layers that any engine can run.

Each layer names the columns of the one below instead of repeating their expressions:
``view()`` keeps Ibis from merging them into one SELECT, whose size would multiply.
"""

from collections.abc import Iterator, Mapping

import ibis
from ibis import Table as Frame
from ibis import Value
from ibis.expr.datatypes import DataType

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.contract import Column
from opsbook.shop.reading import Reading, instant, normal, tidy, typed
from opsbook.shop.zones import local_time

__all__ = ["ROW", "UNREAD", "require_kinds", "typed_columns"]

ROW = "_row"
"""Line number in the file a row came from; only tables read from files have it."""
UNREAD = "_unread_"
"""Before a column's name: the text that could not be read, empty where all is well."""
_NATIVE = {
    "text": "string",
    "choice": "string",
    "integer": "int64",
    "number": "float64",
    "money": "float64",
    "fraction": "float64",
    "timestamp": "timestamp",
    "date": "date",
    "boolean": "boolean",
}
_TEXTS = ("text", "choice")
_MOMENTS = ("timestamp", "date")
_TEXT = "_text_"
"""Before a column's name: its text as it came, until it has been read."""
_INSTANT = "_instant_"
"""Before a timestamp's name: whether it says itself which moment it means."""


def require_kinds(
    raw: Frame, fields: tuple[Column, ...], sources: Mapping[str, str], label: str
) -> None:
    """Stop at a column whose type can never hold what is wanted, such as a list.

    Args:
        raw: The foreign table.
        fields: The contract's columns that it has.
        sources: Contract column to foreign column.
        label: What the user calls the table.

    Raises:
        DataError: There is one.
    """
    held = raw.schema()
    for column in fields:
        _fit(held[sources[column.name]], column, label)


def typed_columns(
    raw: Frame,
    fields: tuple[Column, ...],
    sources: Mapping[str, str],
    how: Reading,
    zones: tuple[str, str],
) -> Frame:
    """All columns in the contract's types, and what could not be read.

    Args:
        raw: The foreign table.
        fields: The contract's columns that it has.
        sources: Contract column to foreign column.
        how: How its texts are written.
        zones: Time zone that timestamps are recorded in, and the shop's.
    """
    row = [ROW] if ROW in raw.columns else []
    bare = raw.select(*row, **{c.name: _start(raw[sources[c.name]], c) for c in fields})
    wordy = [c for c in fields if c.kind not in _TEXTS and bare[c.name].type().is_string()]
    if wordy:
        texts = bare.view()
        bare = texts.mutate(
            **{f"{_TEXT}{c.name}": texts[c.name] for c in wordy},
            **{c.name: normal(texts[c.name], c.kind, how) for c in wordy},
        ).view()
    cast: dict[str, Value] = {}
    for column in fields:
        cast.update(_cast(bare, column, column in wordy, how))
    frame = bare.select(*row, **cast)
    if len(cast) > len(fields) or any(c.kind in _MOMENTS for c in fields):
        frame = frame.view()
    moved = {c.name: _moved(frame, c, bare[c.name], zones) for c in fields}
    unread = {
        f"{UNREAD}{c.name}": frame[c.name].isnull().ifelse(frame[f"{_TEXT}{c.name}"].left(60), None)
        for c in fields
        if f"{_TEXT}{c.name}" in frame.columns
    }
    return frame.select(*row, **moved, **unread)


def _fit(have: DataType, column: Column, label: str) -> None:
    if column.kind in _TEXTS:
        fits = have.is_primitive() or have.is_temporal() or have.is_decimal() or have.is_uuid()
    elif column.kind in _MOMENTS:
        fits = have.is_timestamp() or have.is_date() or have.is_numeric()
    else:
        fits = have.is_numeric() or have.is_boolean()
    if not (fits or have.is_string() or have.is_null()):
        raise DataError(
            N_('{label}: the column "{column}" holds {have}; {wanted} is needed'),
            label=label,
            column=column.name,
            have=str(have),
            wanted=column.kind,
        )


def _start(value: Value, column: Column) -> Value:
    """The text without blanks around it, or the value as it is."""
    have = value.type()
    if column.kind in _TEXTS and have.is_integer():
        # Nothing to tidy, and on a million lines tidying costs more than the whole query.
        return value.cast("string")
    if column.kind in _TEXTS:
        if have.is_floating():
            # A number column with gaps comes as 123.0 from pandas; the id is 123.
            whole = value.cast("int64")
            value = ibis.ifelse(value == whole, whole.cast("string"), value.cast("string"))
        text = tidy(value if have.is_string() else value.cast("string"))
        return text.lower() if column.kind == "choice" else text
    if have.is_string():
        return tidy(value)
    if column.kind in _MOMENTS and have.is_numeric():
        # 20240105 and seconds since 1970 are read like their texts.
        return value.cast("string")
    return value


def _cast(frame: Frame, column: Column, wordy: bool, how: Reading) -> Iterator[tuple[str, Value]]:
    """The column in the contract's type, and beside it what is needed to say what failed."""
    name, value = column.name, frame[column.name]
    have, wanted = value.type(), _NATIVE[column.kind]
    if wordy:
        yield name, typed(value, column.kind)
        # What reads as empty (a dash for a number) was not unreadable.
        text = frame[f"{_TEXT}{name}"]
        yield f"{_TEXT}{name}", value.notnull().ifelse(text, None)
        if column.kind == "timestamp":
            yield f"{_INSTANT}{name}", instant(value)
    elif column.kind == "choice" and name in how.words:
        own = {word.strip().lower(): meant for word, meant in how.words[name].items()}
        yield name, value.substitute(own)
    elif have.is_floating() and wanted == "int64":
        whole = value.cast("int64")
        yield name, (value == whole).ifelse(whole, None)
        yield f"{_TEXT}{name}", value.isnan().ifelse(None, value.cast("string"))
    elif have.is_floating() and wanted == "float64":
        yield name, value.cast("float64").nullif(float("nan"))
    elif str(have) == wanted or (column.kind in _MOMENTS and have.is_timestamp()):
        yield name, value
    else:
        yield name, value.cast(wanted)


def _moved(frame: Frame, column: Column, before: Value, zones: tuple[str, str]) -> Value:
    """A time in the shop's zone; anything else as it is."""
    value, (recorded, wanted) = frame[column.name], zones
    if column.kind not in _MOMENTS or not value.type().is_timestamp():
        return value
    if before.type().is_timestamp() and before.type().timezone:
        # An aware timestamp is stored as UTC; without its zone it is plain UTC.
        utc = value.cast("timestamp('UTC')").cast("timestamp")
        here = local_time(utc, "UTC", wanted) if wanted else utc
        return here.date() if column.kind == "date" else here
    if column.kind == "date":
        return value.date()
    plain = value
    if recorded and recorded != wanted:
        plain = local_time(value, recorded, wanted)
    flag = f"{_INSTANT}{column.name}"
    if flag not in frame.columns or not wanted:
        return plain
    return frame[flag].ifelse(local_time(value, "UTC", wanted), plain)

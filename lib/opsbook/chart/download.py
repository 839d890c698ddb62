"""A table's figures as a CSV file inside the page: for the reader who wants to go on counting.

The file is part of the page, so it can be taken without network and without script. Its
values are the unrounded ones. Spreadsheets run cells that begin like a formula; a product
called ``=cmd|...`` must not run on the desk of whoever opens the file.
"""

import csv
import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from html import escape
from math import isfinite
from typing import Any
from urllib.parse import quote

from opsbook.chart.words import visible
from opsbook.language import t

__all__ = [
    "MOST_IN_FILE",
    "csv_name",
    "csv_text",
    "data_link",
    "file_link",
    "is_missing",
    "unformula",
]

_LONGEST_CELL = 1000
_MOST_BYTES = 24_000
MOST_IN_FILE = 5_000_000
"""Bytes of a table's file beside the page: more is no table to read, but data to query."""
_NUMBER = re.compile(r"[+-]?\d[\d.,]*\s?%?")
# Excel for Chinese and Japanese takes the full-width signs for the usual ones.
_FORMULA = re.compile(r"[\s\u3000]*[=+\-@＝＋－＠]|[\t\r\n]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT or pandas' NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        # pandas' NA is neither equal to itself nor different, and says so this way.
        return True


def unformula(text: str) -> str:
    """Text that a spreadsheet shows and does not run; negative numbers stay numbers.

    Source: OWASP, "CSV Injection".

    Example:
        >>> unformula("=1+1"), unformula("-5.2"), unformula("-2+3")
        ("'=1+1", '-5.2', "'-2+3")
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _raw(value: Any) -> str:
    if is_missing(value):
        return ""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        number = float(value)
        if not isfinite(number):
            return ""
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    text = visible(value)
    return unformula(text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…")


class _Lines(list[str]):
    """What a writer of CSV writes to: a line each, none copied before all are there."""

    write = list[str].append


def csv_text(
    heads: Sequence[str], rows: Iterable[Sequence[Any]], *, most_bytes: int = _MOST_BYTES
) -> tuple[str, int]:
    """A table as CSV, and how many rows of it found room.

    Args:
        heads: What stands above the columns, with units.
        rows: Unrounded values, in the order to write.
        most_bytes: Size at which it stops.

    Returns:
        The text (comma, CRLF, with a byte-order mark, without which Excel spoils Chinese),
        and the number of rows in it.
    """
    lines = _Lines()
    writer = csv.writer(lines)
    writer.writerow([unformula(visible(head)) for head in heads])
    size = sum(len(line.encode()) for line in lines)
    for row in rows:
        writer.writerow([_raw(value) for value in row])
        size += len(lines[-1].encode())
        if size > most_bytes:
            lines.pop()
            break
    return "\ufeff" + "".join(lines), len(lines) - 1


def csv_name(title: str) -> str:
    """A file name from a title, safe on every system.

    Example:
        >>> csv_name("Sales, 3 Aug – 25 Oct"), csv_name("../../etc/passwd"), csv_name("con")
        ('Sales-3-Aug-25-Oct.csv', 'etc-passwd.csv', 'table-con.csv')
    """
    words = unicodedata.normalize("NFKC", visible(title))
    name = re.sub(r"[^\w]+", "-", words).strip("-_")[:60].rstrip("-_")
    if not name or _RESERVED.fullmatch(name):
        name = f"table-{name}".rstrip("-")
    return f"{name}.csv"


def data_link(text: str, name: str, *, kept: int, of: int) -> str:
    """A link that saves the text under the name; it needs no network and no script.

    Args:
        text: The CSV.
        name: File name.
        kept: Rows in it.
        of: Rows that the table has in full.
    """
    if kept < of:
        words = t("Download the first {n} of {all} rows (CSV)", n=kept, all=of)
    else:
        words = t("Download all {n} rows (CSV)", n=of)
    code = b64encode(text.encode("utf-8", "replace")).decode()
    address = f"data:text/csv;charset=utf-8;base64,{code}"
    return f'<a class="download" download="{escape(name)}" href="{address}">{escape(words)}</a>'


def file_link(file: str, *, rows: int, of: int) -> str:
    """A link to a table's file beside the page, named so that it can be asked for if missing.

    Args:
        file: Its place, as seen from the page.
        rows: Rows in it.
        of: Rows that the table has in full.
    """
    if rows < of:
        words = t("First {n} of {all} rows beside this page: {file}", n=rows, all=of, file=file)
    else:
        words = t("All {n} rows beside this page: {file}", n=of, file=file)
    address = escape(quote(file))
    name = escape(file.rpartition("/")[2])
    return f'<a class="beside" download="{name}" href="{address}">{escape(words)}</a>'

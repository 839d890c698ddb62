"""Look at a CSV file before reading it: encoding, delimiter, column names, or why not.

What the file itself tells is used without asking and noted; what it does not tell (two
delimiters that fit, an unknown encoding) is an error that says how to decide it.
"""

import codecs
import csv
import io
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.encodings import CHUNK, find_encoding, texts

__all__ = ["MOST_COLUMNS", "Layout", "sniff"]

MOST_COLUMNS = 1000
"""More than any export of a shop has; beyond, the file is taken for something else."""
_SAMPLE_LINES = 50
_DELIMITERS = (",", ";", "\t", "|")
_FOREIGN = (
    (b"PAR1", N_("{file} is a Parquet file; name it {stem}.parquet")),
    (b"PK\x03\x04", N_("{file} is an Excel workbook or a zip file; save its sheet as CSV (UTF-8)")),
    (b"\xd0\xcf\x11\xe0", N_("{file} is an old Excel workbook; save its sheet as CSV (UTF-8)")),
    (b"\x1f\x8b", N_("{file} is compressed; unpack it first")),
    (b"%PDF", N_("{file} is a PDF document, not a table; export the data as CSV (UTF-8)")),
)


@dataclass(frozen=True)
class Layout:
    """How a CSV file is laid out.

    Args:
        encoding: Python's name of its encoding.
        delimiter: What separates the columns.
        names: Column names, unique, in order.
        header: The same as they stand in the file.
        offset: Where the rows begin, in bytes.
        lines: Lines before the rows.
        quoted: Whether there are quotation marks, so that a row may span lines.
        unbalanced: Whether their number is odd, so that one may never be closed.
        has_rows: Whether anything follows the column names.
    """

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    header: tuple[str, ...]
    offset: int
    lines: int
    quoted: bool
    unbalanced: bool
    has_rows: bool


def sniff(path: Path, *, encoding: str = "", delimiter: str = "") -> Layout:
    """Find out how a CSV file is laid out.

    Args:
        path: The file.
        encoding: Its encoding, where ``shop.toml`` gives it.
        delimiter: Its delimiter, where ``shop.toml`` gives it.

    Raises:
        DataError: Empty, not a table, unreadable, undecidable, too many columns, or a
            column name that stands twice.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(CHUNK)
    except OSError as fault:
        raise DataError(
            N_("{file} cannot be read: {fault}"), file=path.name, fault=fault.strerror or "?"
        ) from None
    for magic, message in _FOREIGN:
        if head.startswith(magic):
            raise DataError(message, file=path.name, stem=path.stem)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise DataError(
            N_("{file} is empty; delete it or export it again with its column names"),
            file=path.name,
        )
    encoding, mark = find_encoding(path, head, encoding)
    quotes = sum(chunk.count('"') for chunk in texts(path, encoding, mark))
    text = codecs.getincrementaldecoder(encoding)().decode(head[mark:])
    return _layout(path, text, encoding, mark, delimiter, quotes)


def _layout(path: Path, text: str, encoding: str, mark: int, delimiter: str, quotes: int) -> Layout:
    before, lines = "", io.StringIO(text, newline="")
    skipped = 0
    for line in lines:
        said = line.strip()
        if said[:4].lower() == "sep=" and len(said) == 5:
            delimiter = delimiter or said[4]
        elif said:
            break
        before += line
        skipped += 1
    rest = text[len(before) :]
    if rest.lstrip()[:1] in "<{[":
        raise DataError(
            N_(
                "{file} is not a table: it begins with {start}, like a web page or JSON. "
                "Export the data as CSV (UTF-8)"
            ),
            file=path.name,
            start=rest.lstrip()[:20].split("\n")[0],
        )
    delimiter = delimiter or _delimiter(path, rest, skipped + 1)
    reader = csv.reader(io.StringIO(rest, newline=""), delimiter=delimiter)
    try:
        header = tuple(name.strip() for name in next(reader))
    except csv.Error as fault:
        raise DataError(
            N_("{file} line {line}: the column names cannot be read: {fault}"),
            file=path.name,
            line=skipped + 1,
            fault=str(fault),
        ) from None
    taken = islice(io.StringIO(rest, newline=""), reader.line_num)
    after = before + "".join(taken)
    return Layout(
        encoding=encoding,
        delimiter=delimiter,
        names=_names(path, header, skipped + 1),
        header=header,
        offset=mark + len(after.encode(encoding)),
        lines=skipped + reader.line_num,
        quoted=quotes > 0,
        unbalanced=quotes % 2 == 1,
        has_rows=bool(text[len(after) :].strip()),
    )


def _delimiter(path: Path, text: str, first_line: int) -> str:
    """What separates the columns: the sign that cuts header and rows into equally many."""
    sample = "".join(islice(io.StringIO(text, newline=""), _SAMPLE_LINES))
    widths = {sign: _widths(sample, sign) for sign in _DELIMITERS}
    score = {
        sign: w[0] * sum(n == w[0] for n in w) / len(w)
        for sign, w in widths.items()
        if w and w[0] > 1
    }
    line = sample.splitlines()[0][:80]
    if score:
        best = max(score.values())
        fitting = [sign for sign, value in score.items() if value == best]
        if len(fitting) == 1:
            return fitting[0]
        raise DataError(
            N_(
                '{file} line {line}: both {signs} could separate the columns of "{text}". '
                'Write the right one in shop.toml: delimiter = ","'
            ),
            file=path.name,
            line=first_line,
            signs=" ".join("tab" if sign == "\t" else sign for sign in fitting),
            text=line,
        )
    for w in widths.values():
        below = w[1:]
        if len(below) > 1 and below[-1] > 1 and below.count(below[-1]) >= len(below) / 2:
            raise DataError(
                N_(
                    '{file} line {line}: "{text}" are no column names, the rows below have '
                    "{fields} fields. Delete what stands above the column names"
                ),
                file=path.name,
                line=first_line,
                text=line,
                fields=below[-1],
            )
    return ","


def _widths(sample: str, sign: str) -> list[int]:
    try:
        records = list(csv.reader(io.StringIO(sample, newline=""), delimiter=sign))
    except csv.Error:
        return []
    return [len(record) for record in records if record]


def _names(path: Path, header: tuple[str, ...], line: int) -> tuple[str, ...]:
    if len(header) > MOST_COLUMNS:
        raise DataError(
            N_(
                "{file} has {columns} columns; more than {most} is no table of a shop. "
                "Export it with one row per record"
            ),
            file=path.name,
            columns=len(header),
            most=MOST_COLUMNS,
        )
    places: dict[str, int] = {}
    names: list[str] = []
    for place, given in enumerate(header, start=1):
        key = given.lower()
        if given and key in places:
            raise DataError(
                N_(
                    '{file} line {line}: the column name "{name}" stands twice, '
                    "in columns {first} and {second}; rename one"
                ),
                file=path.name,
                line=line,
                name=given,
                first=places[key],
                second=place,
            )
        if given:
            places[key] = place
        names.append(given)
    for place, given in enumerate(names):
        # A column without a name, or with the name of the line number kept beside the rows.
        name = given or f"column {place + 1}"
        while (not given and name.lower() in places) or name.lower() == "_row":
            name += " (file)"
        names[place] = name
    return tuple(names)

"""Read one CSV file as text, row by row in order, each with its line number.

Rows that are no rows (too few or too many fields, the column names again, nothing at all)
are set aside and counted, with their lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from opsbook.errors import DataError
from opsbook.language import N_
from opsbook.shop.door import ROW
from opsbook.shop.issues import Example, Issue
from opsbook.shop.sniff import Layout

__all__ = ["Tally", "open_csv"]

_BLOCK = 8 << 20
_SHOWN = 3


@dataclass
class Tally:
    """What happened while a file was read; complete when its last batch was taken.

    Args:
        path: The file.
        layout: How it is laid out.
        rows: Rows delivered.
        ragged: Line and number of fields of rows with too few or too many.
        ragged_rows: How many such rows.
        headers: Lines that repeat the column names.
        blank: Rows with no value at all.
        open_quote: Line of the last row, where it spans lines: a quotation mark may be open.
        fault: What stopped the reading.
    """

    path: Path
    layout: Layout
    rows: int = 0
    ragged: list[tuple[int, int]] = field(default_factory=list)
    ragged_rows: int = 0
    headers: list[int] = field(default_factory=list)
    blank: int = 0
    open_quote: int = 0
    fault: str = ""

    def raise_faults(self) -> None:
        """Stop where the file as a whole cannot be trusted.

        Raises:
            DataError: A quotation mark is never closed, or most rows do not fit the header.
        """
        file, expected = self.path.name, len(self.layout.names)
        if self.open_quote and self.layout.unbalanced:
            raise DataError(
                N_(
                    "{file} line {line}: a quotation mark is opened and never closed, "
                    "which swallows all rows below. Close it, or write it twice"
                ),
                file=file,
                line=self.open_quote,
            )
        if self.fault:
            raise DataError(N_("{file} cannot be read: {fault}"), file=file, fault=self.fault)
        if self.ragged_rows > self.rows:
            line, actual = self.ragged[0]
            raise DataError(
                N_(
                    "{file}: {rows} of {total} rows do not have {expected} fields like the "
                    "column names; line {line} has {actual}. Check the delimiter and the quotes"
                ),
                file=file,
                rows=self.ragged_rows,
                total=self.ragged_rows + self.rows,
                expected=expected,
                line=line,
                actual=actual,
            )

    def issues(self, table: str) -> tuple[Issue, ...]:
        """What the check reports about the file."""
        found: list[Issue] = []
        layout = self.layout
        shown: dict[str, Any] = {"file": self.path.name}
        if layout.encoding != "utf-8":
            text = N_("{file} is read as {encoding}, not UTF-8")
            values = {**shown, "encoding": layout.encoding.upper()}
            found.append(Issue(table, "", "encoding", "note", 0, text, values))
        if layout.delimiter != ",":
            text = N_('{file}: the columns are separated by "{sign}", not by commas')
            values = {**shown, "sign": "tab" if layout.delimiter == "\t" else layout.delimiter}
            found.append(Issue(table, "", "delimiter", "note", 0, text, values))
        if self.ragged_rows:
            text = N_(
                "{file}: {rows} of {total} rows do not have {expected} fields like the column "
                "names and are set aside; line and fields found"
            )
            rows, total = self.ragged_rows, self.rows + self.ragged_rows
            values = {**shown, "expected": len(layout.names), "total": total}
            examples = tuple(Example(line=line, value=str(n)) for line, n in self.ragged)
            found.append(Issue(table, "", "ragged_rows", "doubtful", rows, text, values, examples))
        if self.headers:
            text = N_("{file}: the column names stand again further down and are set aside: {rows}")
            rows, examples = len(self.headers), tuple(Example(n) for n in self.headers[:_SHOWN])
            found.append(Issue(table, "", "header_again", "note", rows, text, shown, examples))
        if self.blank:
            text = N_("{file}: empty rows that are left out: {rows}")
            found.append(Issue(table, "", "empty_rows", "note", self.blank, text, shown))
        return tuple(found)


def open_csv(path: Path, layout: Layout) -> tuple[pa.RecordBatchReader, Tally]:
    """The rows of a file as text, to be taken once.

    Args:
        path: The file.
        layout: What ``sniff`` found.

    Returns:
        A reader with ``_row`` (line number as an editor shows it, the column names being
        line 1) and every column as text without blanks around it, in the file's order;
        and the tally, complete when the reader is exhausted.
    """
    schema = pa.schema([(ROW, pa.int64()), *((name, pa.string()) for name in layout.names)])
    tally = Tally(path, layout)
    return pa.RecordBatchReader.from_batches(schema, _Rows(tally, schema).batches()), tally


class _Rows:
    """Takes batches from the parser and gives each row its line number."""

    def __init__(self, tally: Tally, schema: pa.Schema) -> None:
        self.tally = tally
        self.schema = schema
        self.invalid: dict[int, tuple[int, int]] = {}
        self.record = 1
        self.line = tally.layout.lines + 1

    def batches(self) -> Iterator[pa.RecordBatch]:
        layout = self.tally.layout
        if not layout.has_rows:
            return
        try:
            with self.tally.path.open("rb") as stream:
                stream.seek(layout.offset)
                reader = csv.open_csv(
                    stream,
                    read_options=csv.ReadOptions(
                        use_threads=False,
                        block_size=_BLOCK,
                        column_names=list(layout.names),
                        encoding=layout.encoding,
                    ),
                    parse_options=csv.ParseOptions(
                        delimiter=layout.delimiter,
                        newlines_in_values=layout.quoted,
                        ignore_empty_lines=False,
                        invalid_row_handler=self._set_aside,
                    ),
                    convert_options=csv.ConvertOptions(
                        check_utf8=False,
                        strings_can_be_null=False,
                        column_types=dict.fromkeys(layout.names, pa.string()),
                    ),
                )
                for batch in reader:
                    yield self._numbered(batch)
        except pa.ArrowInvalid as fault:
            # A row longer than a block: nearly always an open quotation mark.
            self.tally.open_quote = self.line
            self.tally.fault = str(fault).splitlines()[0]
        self._numbers(np.zeros(0, dtype=np.int64), last=True)

    def _set_aside(self, row: csv.InvalidRow) -> str:
        self.invalid[row.number] = (row.actual_columns, row.text.count("\n"))
        return "skip"

    def _numbers(self, breaks: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Line of each delivered row, given how many line breaks each holds."""
        size = len(breaks)
        after = self.record + size + len(self.invalid)
        skipped = np.fromiter(self.invalid, dtype=np.int64, count=len(self.invalid))
        records = np.setdiff1d(np.arange(self.record, after), skipped)[:size]
        end = int(records[-1]) + 1 if size else self.record
        if last:
            end = max([end, *(number + 1 for number in self.invalid)])
        inside = np.zeros(end - self.record, dtype=np.int64)
        inside[records - self.record] = breaks
        here = [number for number in sorted(self.invalid) if number < end]
        for number in here:
            inside[number - self.record] = self.invalid[number][1]
        lines = self.line + np.arange(len(inside)) + np.cumsum(inside) - inside
        for number in here:
            fields, _ = self.invalid.pop(number)
            line = int(lines[number - self.record])
            self.tally.ragged_rows += 1
            if len(self.tally.ragged) < _SHOWN:
                self.tally.ragged.append((line, fields))
        if len(inside):
            self.tally.open_quote = int(lines[-1]) if inside[-1] else 0
            self.line = int(lines[-1] + inside[-1]) + 1
        result = lines[records - self.record]
        self.record = end
        return result

    def _numbered(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        breaks = np.zeros(batch.num_rows, dtype=np.int64)
        if self.tally.layout.quoted:
            for column in batch.columns:
                breaks += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
        lines = self._numbers(breaks)
        columns = [_bare(column) for column in batch.columns]
        keep = self._rows(columns, lines)
        whole = pa.RecordBatch.from_arrays([pa.array(lines), *columns], schema=self.schema)
        whole = whole if keep is None else whole.filter(keep)
        self.tally.rows += whole.num_rows
        return whole

    def _rows(self, columns: list[pa.Array], lines: np.ndarray) -> pa.Array | None:
        """Which rows are rows; None if all are."""
        header = self.tally.layout.header
        blank = pc.equal(columns[0], "")
        again = pc.equal(columns[0], header[0])
        if not pc.any(pc.or_(blank, again)).as_py():
            return None
        for column, name in zip(columns[1:], header[1:], strict=True):
            blank = pc.and_(blank, pc.equal(column, ""))
            again = pc.and_(again, pc.equal(column, name))
        again = pc.and_not(again, blank)
        self.tally.blank += pc.sum(blank).as_py()
        self.tally.headers.extend(lines[again.to_numpy(zero_copy_only=False)].tolist())
        return pc.invert(pc.or_(blank, again))


def _bare(column: pa.Array) -> pa.Array:
    """Text without blanks around it and without the ="..." that keeps Excel from rounding."""
    column = pc.utf8_trim_whitespace(column)
    if pc.any(pc.starts_with(column, '="')).as_py():
        column = pc.replace_substring_regex(column, r'^="([^"]*)"$', r"\1")
    return column

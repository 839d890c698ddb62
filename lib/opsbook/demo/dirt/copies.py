"""Rows that come twice: whole rows sent again, and a key that two different rows share."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.demo.dirt.ledger import Ledger
from opsbook.demo.dirt.stain import Book, Mask, filled
from opsbook.shop.contract import Table

__all__ = ["Copier", "Copies"]

_LAST_KINDS = (("money",), ("number", "integer"), ("timestamp", "date"))
"""Columns in which a second version of a row differs, the most harmless kind first."""
_BOUND = ("rating", "stars", "csat", "score", "hour", "qty", "clicks", "own_clicks")
_TIED = ("qty_ok", "commission", "paid_amount", "list_amount", "paid_price", "refund_amount")


@dataclass(frozen=True)
class Copies:
    """Rows that were added: what they are, and the rows themselves."""

    kind: str
    rows: pa.Table
    before: pa.Array | None = None
    after: pa.Array | None = None


class Copier:
    """Adds rows to one table.

    Args:
        table: The table.
        book: What is known of the shop.
    """

    def __init__(self, table: Table, book: Book) -> None:
        self.table = table
        there = [name for name in table.key if book.has(table.name, name)]
        whole = bool(table.key) and len(there) == len(table.key)
        timed = book.has(table.name, table.time)
        logged = not table.key and timed and table.column(table.time).kind == "timestamp"
        self.issue = "duplicate_row" if whole else "repeated_row"
        self.issue_column = " + ".join(there)
        self.needed = there or [table.time]
        self.second = self._second(book) if whole else ""
        self.kinds: list[str] = []
        if there or logged:
            self.kinds.append("duplicate_row")
        if self.second:
            self.kinds.append("duplicate_key")

    def _second(self, book: Book) -> str:
        fit = [
            column
            for column in self.table.columns
            if book.has(self.table.name, column.name)
            and column.name not in (*self.table.key, *_BOUND, *_TIED)
            and column.name != self.table.time
        ]
        for kinds in _LAST_KINDS:
            for column in reversed(fit):
                if column.kind in kinds:
                    return column.name
        timed = book.has(self.table.name, self.table.time) and self.table.time not in self.table.key
        return self.table.time if timed else ""

    def copies(
        self,
        chunk: pa.Table,
        free: Mask,
        want: Callable[[str], int],
        rng: np.random.Generator,
    ) -> list[Copies]:
        """Copies of clean rows.

        Args:
            chunk: Rows as they stand, dirt included.
            free: Clean rows; those that are copied are taken out of it.
            want: How many of a kind are due.
            rng: Source of randomness.
        """
        found = []
        for kind in self.kinds:
            needed = [*self.needed, self.second] if kind == "duplicate_key" else self.needed
            fit = np.flatnonzero(free & filled(*needed)(chunk))
            number = min(want(kind), len(fit))
            if not number:
                continue
            picked = np.sort(rng.choice(fit, number, replace=False))
            free[picked] = False
            rows = chunk.take(picked)
            if kind == "duplicate_row":
                found.append(Copies(kind, rows))
                continue
            before = rows[self.second].combine_chunks()
            after = _next(before)
            at = rows.column_names.index(self.second)
            found.append(Copies(kind, rows.set_column(at, self.second, after), before, after))
        return found

    def note(self, ledger: Ledger, copies: list[Copies], place: int) -> None:
        """Write the copies into the key.

        Args:
            ledger: The key.
            copies: The copies, in the order in which they were added.
            place: Place of the first one in the table.
        """
        for group in copies:
            exact = group.kind == "duplicate_row"
            ledger.write(
                self.table,
                group.rows,
                np.arange(len(group.rows)) + place,
                column="" if exact else self.second,
                kind=group.kind,
                issue=self.issue if exact else "duplicate_key",
                issue_column=self.issue_column,
                before=group.before,
                after=group.after,
            )
            place += len(group.rows)


def _next(values: pa.Array) -> pa.Array:
    """The next number, second or day."""
    if pa.types.is_timestamp(values.type):
        return pc.add(values, pa.scalar(1, pa.duration("s")).cast(pa.duration(values.type.unit)))
    if pa.types.is_date(values.type):
        return pc.add(values.cast(pa.int32()), pa.scalar(1, pa.int32())).cast(values.type)
    return pc.add(values, 1).cast(values.type)

"""What one kind of dirt is: where it may fall, what it makes of a value, what the check says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from opsbook.shop.contract import Table, contract

__all__ = ["Also", "Book", "Change", "Mask", "Stain", "Where", "filled", "mask_of", "within"]

Mask = NDArray[np.bool_]
Change = Callable[[pa.Array, pa.Table, np.random.Generator], pa.Array]
"""From a column's values and their whole rows to the new values."""
Where = Callable[[pa.Table], Mask]


@dataclass
class Book:
    """What is known of the whole shop while its tables pass by in parts.

    Args:
        columns: Columns of each table that is there.
        gaps: Empty values by table and column, before any dirt.
        touched: Ids of soiled rows by table: rows of other tables that name them are left
            alone, so that one fault is planted and not two.
        lost: Ids that were emptied, by table; what names them has lost its partner.
        shelter: Orders with returns, cancelled or refunded: their lines are left alone.
        late: Orders that a wrong clock moved, with their time as it stands now.
        sent: By return: number of the return, pieces bought and money paid for its order.
        clock: Platform and day whose clock goes wrong; None where no day has enough orders.
    """

    columns: dict[str, tuple[str, ...]]
    gaps: dict[tuple[str, str], int] = field(default_factory=dict)
    touched: dict[str, list[pa.Array]] = field(default_factory=dict)
    lost: dict[str, list[pa.Array]] = field(default_factory=dict)
    shelter: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    late: list[pa.Table] = field(default_factory=list)
    sent: pa.Table | None = None
    clock: tuple[str, np.datetime64] | None = None

    def has(self, table: str, *columns: str) -> bool:
        """Whether the shop has a table with these columns."""
        return table in self.columns and set(columns) <= set(self.columns[table])

    def linked(self, table: Table) -> Iterator[tuple[str, str]]:
        """Columns of a table that name rows of another that is there, with its name."""
        for column in table.columns:
            link = column.link
            if link and self.has(table.name, column.name) and self.has(link.table, link.column):
                yield column.name, link.table

    def children(self, table: str) -> Iterator[tuple[str, str]]:
        """Tables and columns that name rows of this one."""
        for other in contract().values():
            for column, target in self.linked(other):
                if target == table:
                    yield other.name, column


@dataclass(frozen=True)
class Also:
    """What the check says of a soiled row besides the fault itself.

    Args:
        issue: Kind of the check's issue.
        column: Its column.
        by_value: Whether it names the value, not the row.
        when: Rows that it is said of, given rows before and values after; all unless given.
    """

    issue: str
    column: str
    by_value: bool = False
    when: Callable[[pa.Table, pa.Array], Mask] | None = None


@dataclass(frozen=True)
class Stain:
    """One kind of dirt in one column.

    Args:
        kind: What it is, in plain words: ``zero_price``.
        column: Column that is soiled.
        issue: Kind of the issue that the check has to report; empty where opening mends it.
        change: Makes the new values.
        where: Rows it may fall on; any with a value unless given.
        by_value: Whether the check names the value, not the row.
        said: What the check names instead of value or row.
        issue_column: Column the check reports; the soiled one unless given.
        more: Further columns that change with it, as the source would have written them.
        also: What else the check says of these rows.
        moved: Whether the rows arrive at the end.
        whole: Whether it falls on all rows that it may, not on a share.
        loses: Whether the row can no longer be named by others.
    """

    kind: str
    column: str
    issue: str
    change: Change
    where: Where | None = None
    by_value: bool = False
    said: str = ""
    issue_column: str = ""
    more: Callable[[pa.Table, pa.Array], dict[str, pa.Array]] | None = None
    also: tuple[Also, ...] = ()
    moved: bool = False
    whole: bool = False
    loses: bool = False


def mask_of(values: pa.Array | pa.ChunkedArray) -> Mask:
    """A column of truth values; empty is false."""
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), dtype=bool)


def filled(*columns: str) -> Where:
    """Rows in which none of these columns is empty."""

    def where(chunk: pa.Table) -> Mask:
        mask = np.ones(len(chunk), dtype=bool)
        for name in columns:
            mask &= mask_of(pc.is_valid(chunk[name]))
        return mask

    return where


def within(column: str, ids: pa.Array) -> Where:
    """Rows whose column is one of the ids."""
    return lambda chunk: mask_of(pc.is_in(chunk[column], value_set=ids))

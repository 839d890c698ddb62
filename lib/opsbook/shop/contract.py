"""The contract: which tables and columns a shop's data has, what each means, in what unit.

Everything else reads it from here: opening and typing data, the check, the data
dictionary, the demo shop. Only ``orders`` is obligatory; a method says what it needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

__all__ = ["Column", "Kind", "Link", "Table", "contract", "table"]

Kind = Literal[
    "text", "integer", "number", "money", "fraction", "timestamp", "date", "boolean", "choice"
]
"""What a column holds. ``money`` is in the shop's currency, ``fraction`` is 0 to 1."""


@dataclass(frozen=True)
class Link:
    """A column that names a row of another table."""

    table: str
    column: str


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Args:
        name: English name in snake case, the same everywhere.
        kind: What it holds.
        meaning: One sentence, marked with ``N_`` for translation.
        unit: Unit of a number (``days``, ``ms``, ``pieces``); empty where kind says it.
        required: A row without it cannot be used.
        at_least: Smallest possible value; anything below is reported as impossible.
        choices: The words a ``choice`` column may hold.
        link: The table and column this one refers to.
        sparse: Empty in most rows by its nature, which is then nothing to report.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    at_least: float | None = None
    choices: tuple[str, ...] = ()
    link: Link | None = None
    sparse: bool = False


@dataclass(frozen=True)
class Table:
    """One table of a shop.

    Args:
        name: English name, plural, snake case.
        meaning: What one row is, marked with ``N_``.
        key: Columns that together name a row; empty for a log, where rows may repeat.
        columns: In the order of the data dictionary.
        time: The column that places a row in time, for the period in the check.
        entries: Catalogue ids of the methods that read the table.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    time: str = ""
    entries: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: The table has none.
        """
        return next_named(self.columns, name)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns without which a row cannot be used."""
        return tuple(c.name for c in self.columns if c.required)


def next_named(columns: tuple[Column, ...], name: str) -> Column:
    """The first column with a name; KeyError where there is none."""
    for column in columns:
        if column.name == name:
            return column
    raise KeyError(name)


@cache
def contract() -> Mapping[str, Table]:
    """All tables by name, in the order of the data dictionary."""
    from opsbook.shop.tables import TABLES

    return MappingProxyType({t.name: t for t in TABLES})


def table(name: str) -> Table:
    """The table of that name.

    Raises:
        KeyError: The contract has none.
    """
    return contract()[name]

"""A shop that is open: its tables, its conventions, and what it lacks."""

from collections.abc import Iterable, Mapping

from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.contract import contract
from opsbook.shop.door import Entry
from opsbook.shop.issues import Issue
from opsbook.shop.settings import Settings

__all__ = ["KEPT_ROWS", "Shop"]

KEPT_ROWS = 4_000_000
"""Largest derived table that is kept in memory: about 0.5 GB."""


class Shop:
    """Tables of the contract on one engine.

    ``shop.orders`` and the like are Ibis tables: renamed, typed, in the shop's time zone.
    Nothing is loaded until a method asks.

    Args:
        source: What was opened, as it may be shown (never a password).
        settings: The shop's conventions.
        entries: Tables by contract name.
        notes: What the reader of a report has to know about this source, marked with ``N_``.
        issues: What was found wrong with the source as a whole on opening it.
    """

    def __init__(
        self,
        source: str,
        settings: Settings,
        entries: Mapping[str, Entry],
        *,
        notes: Iterable[str] = (),
        issues: Iterable[Issue] = (),
    ) -> None:
        self.source = source
        self.settings = settings
        self.entries = entries if isinstance(entries, dict) else dict(entries)
        self._kept: dict[str, Frame] = {}
        self.notes = tuple(notes)
        self.issues = tuple(issues)

    def __repr__(self) -> str:
        return f"Shop({self.source!r}, tables: {', '.join(self.tables)})"

    def __getattr__(self, name: str) -> Frame:
        if name in contract():
            return self.table(name)
        raise AttributeError(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that are there, in the contract's order."""
        return tuple(name for name in contract() if name in self.entries)

    @property
    def currency(self) -> str:
        """ISO code of the currency of every money column."""
        return self.settings.currency

    @property
    def title(self) -> str:
        """What a report calls the shop."""
        return self.settings.title or self.source

    def table(self, name: str) -> Frame:
        """A table of the contract.

        Raises:
            CannotTell: The shop does not have it.
        """
        if name not in self.entries:
            raise CannotTell(
                N_('{source} has no table "{table}"; it has {found}'),
                source=self.source,
                table=name,
                found=", ".join(self.tables) or "-",
            )
        return self.entries[name].used

    def has(self, name: str, *columns: str) -> bool:
        """Whether the table is there with all of these columns."""
        entry = self.entries.get(name)
        return entry is not None and set(columns) <= set(entry.columns)

    def lacks(self, needs: Mapping[str, Iterable[str]]) -> list[str]:
        """What a method needs and the shop lacks: ``sessions``, ``orders.region``.

        Args:
            needs: Table name to the columns used.
        """
        gone: list[str] = []
        for name, columns in needs.items():
            entry = self.entries.get(name)
            if entry is None:
                gone.append(name)
                continue
            there = entry.columns
            gone.extend(f"{name}.{c}" for c in columns if c not in there)
        return gone

    def require(self, needs: Mapping[str, Iterable[str]]) -> None:
        """Stop a method whose data is not there.

        Raises:
            CannotTell: With the names of what is missing.
        """
        gone = self.lacks(needs)
        if gone:
            raise CannotTell(
                N_("This needs {missing}, which the shop does not have. See data/README.md."),
                missing=", ".join(gone),
            )

    def kept(self, name: str, expression: Frame, *, rows: Frame) -> Frame:
        """Keep a derived table in the embedded engine, so that it is computed once.

        Only on DuckDB and up to ``KEPT_ROWS`` rows, which fit in memory; elsewhere, and on
        a database that is not ours to write to, the expression comes back as it is.

        Args:
            name: Name of the derived table.
            expression: What computes it.
            rows: The table that bounds its number of rows.
        """
        if name not in self._kept:
            embedded = expression.get_backend().name == "duckdb"
            small = embedded and int(rows.count().execute()) <= KEPT_ROWS
            self._kept[name] = expression.cache() if small else expression
        return self._kept[name]

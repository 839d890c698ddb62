"""Tables of the contract as views of the embedded engine, so that queries stay short.

What makes a foreign table the contract's is a long expression. As a view it is written once,
instead of being translated again for every question that is asked of the table.
"""

from collections.abc import Mapping
from dataclasses import replace

from ibis.backends.duckdb import Backend

from opsbook.shop.door import Entry

__all__ = ["ViewedEntries"]


class ViewedEntries(dict[str, Entry]):
    """Tables by contract name; a table becomes two views when it is first taken out.

    ``get`` hands it out as it was put in, which is enough to look at its columns.

    Args:
        engine: The embedded engine that the tables stand in, ours to write to.
        entries: Tables by contract name.
    """

    def __init__(self, engine: Backend, entries: Mapping[str, Entry]) -> None:
        super().__init__(entries)
        self._engine = engine
        self._viewed: set[str] = set()

    def __getitem__(self, name: str) -> Entry:
        entry = super().__getitem__(name)
        if name not in self._viewed:
            self._viewed.add(name)
            entry = replace(
                entry,
                typed=self._engine.create_view(f"typed_{name}", entry.typed, overwrite=True),
                used=self._engine.create_view(f"used_{name}", entry.used, overwrite=True),
            )
            self[name] = entry
        return entry

"""Tables too long for a page, in full as CSV files beside it.

::

    STEM.html
    STEM.tables/Slow-stock.csv

The page holds the first rows itself and works alone; whoever has the folder too, takes the
rest from there by a relative link. Only pages that are good have such files: beside a page
that failed stand those of the last good run.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["TABLES", "Beside", "is_table_file", "tables_of"]

TABLES = ".tables"
"""Ending of the folder with the tables of a page."""


@dataclass
class Beside:
    """Collects the tables of one page that go into files.

    Args:
        folder: Name of the folder as the page links it; empty where files are not wanted.
        files: File name in that folder to CSV.
        listed: What the manifest says of each: ``file``, ``caption`` and ``rows``.
    """

    folder: str = ""
    files: dict[str, str] = field(default_factory=dict)
    listed: list[dict[str, Any]] = field(default_factory=list)

    def take(self, block: Mapping[str, Any], *, has_room: bool) -> dict[str, Any]:
        """A table's block as the page shows it, its rows put into a file if it needs one.

        Args:
            block: What a shown table displays.
            has_room: Whether the page can still carry the table's CSV itself.
        """
        inside = dict(block) if has_room else dict(block) | {"csv": ""}
        text = str(inside.pop("full", "") or block["csv"])
        rows = int(block.get("full_rows", block["kept"]))
        if not self.folder or not text or (has_room and rows <= block["kept"]):
            return inside
        name = self._free(str(block["name"]))
        self.files[name] = text
        file = f"{self.folder}/{name}"
        self.listed.append({"file": file, "caption": str(block.get("caption", "")), "rows": rows})
        return inside | {"file": file, "file_rows": rows}

    def _free(self, name: str) -> str:
        """The name, or one with a number where another table has it, whatever its capitals."""
        taken = {other.lower() for other in self.files}
        stem = name.removesuffix(".csv")
        tries = [name, *(f"{stem}-{i}.csv" for i in range(2, len(taken) + 3))]
        return next(one for one in tries if one.lower() not in taken)


def is_table_file(file: str, stem: str) -> bool:
    """Whether a name, which was read from a file, is that of a table of this page."""
    folder, slash, name = file.partition("/")
    fits = bool(slash) and folder == stem + TABLES and name.endswith(".csv")
    return fits and not name.startswith(".") and re.search(r"[/\\\0]", name) is None


def tables_of(entry: Mapping[str, Any] | None) -> list[str]:
    """Files that an entry of the manifest lists for its page, its last good one included."""
    if not entry:
        return []
    stem = str(entry.get("stem", ""))
    last = entry.get("last_good") or {}
    every: Iterable[Any] = [*(entry.get("tables") or []), *(last.get("tables") or [])]
    names = [str(table.get("file", "")) for table in every if isinstance(table, Mapping)]
    return [name for name in dict.fromkeys(names) if is_table_file(name, stem)]

"""Tables of the contract as views of the embedded engine, so that queries stay short and fast.

What makes a foreign table the contract's is a long expression. As a view it is written once,
instead of being translated again for every question that is asked of the table. In large
files each text is looked at once beforehand: a column without a single blank to trim is then
read as it is, and the engine's shortcuts (dictionaries, filters at the file) work for it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import ibis.expr.operations as ops
from ibis import Table as Frame
from ibis.backends.duckdb import Backend
from ibis.expr.operations import Node

from opsbook.shop.door import Entry, Layer
from opsbook.shop.reading import NOTHING_WORDS, tidy

__all__ = ["LOOKED_AT_ROWS", "ViewedEntries"]

LOOKED_AT_ROWS = 500_000
"""Rows from which texts are looked at once; below, tidying costs less than looking."""


class ViewedEntries(dict[str, Entry]):
    """Tables by contract name; a table becomes a view when it is first taken out.

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
            entry = self[name] = replace(entry, frames=_views(self._engine, entry))
        return entry


def _views(engine: Backend, entry: Entry) -> Callable[[Layer], Frame]:
    plain = dict(_plain_texts(engine, entry))

    def view(layer: Layer) -> Frame:
        frame = _with(entry.typed if layer == "typed" else entry.used, plain)
        return engine.create_view(f"{layer}_{entry.table.name}", frame, overwrite=True)

    return view


def _with(frame: Frame, plain: Mapping[Node, Node]) -> Frame:
    if not plain:
        return frame
    changed: Frame = frame.op().replace(plain).to_expr()
    return changed


def _plain_texts(engine: Backend, entry: Entry) -> Iterator[tuple[Node, Node]]:
    """What tidies a text of a large file, and the text itself, where that is the same."""
    files = entry.typed.op().find(ops.DatabaseTable)
    if len(files) != 1:
        return
    raw: Frame = files[0].to_expr()
    if int(raw.count().execute()) < LOOKED_AT_ROWS:
        return
    # A line's number among its order's is asked for by no method: looking would not pay.
    idle = {c for c in entry.table.key[1:] if entry.table.column(c).link is None}
    done = set(entry.typed.op().find((ops.IfElse, ops.Lowercase)))
    for name, foreign in entry.sources.items():
        # A source may have made the column itself, from others of its file.
        if name in idle or foreign not in raw.columns or not raw[foreign].type().is_string():
            continue
        text = raw[foreign]
        same, lower = tidy(text).op(), tidy(text).lower().op()
        if same in done and not _any(engine, raw, foreign, _UNTIDY):
            yield same, text.op()
            if lower in done and not _any(engine, raw, foreign, "{text} <> lower({text})"):
                yield lower, text.op()


_WORDS = ", ".join(f"'{word}'" for word in NOTHING_WORDS)
_UNTIDY = (
    "NOT ({text} >= '!' AND {text}[-1] > ' ' "
    f"AND (strlen({{text}}) > {max(map(len, NOTHING_WORDS))} OR {{text}} NOT IN ({_WORDS})))"
)
"""A blank at an end, nothing at all, or a word for nothing. A column of few different texts
is judged by its dictionary."""


def _any(engine: Backend, raw: Frame, column: str, condition: str) -> bool:
    """Whether a text of a column fulfils a condition."""
    text, table = (_quoted(name) for name in (column, raw.get_name()))
    asked = f"SELECT 1 FROM {table} WHERE {condition.format(text=text)} LIMIT 1"
    return engine.con.execute(asked).fetchone() is not None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

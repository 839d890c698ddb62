"""Tables of the embedded engine inside shared answers: Parquet files that each report reads.

A result may hold a table of one row per customer, which lives in the engine of the report that
worked it out. Beside the answer it is written down whole, and whoever reads the answer gets a
table of his own engine that stands on the file. It has the same name in every report, so that
further questions about it are the same questions.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from pickle import PicklingError
from typing import Any

import duckdb
import ibis
import ibis.expr.operations as ops
from ibis import Table as Frame

from opsbook.shop.shop import KEPT_ROWS, Shop

__all__ = ["AnswerTables"]

_BEFORE = "answer_"


class AnswerTables:
    """The tables of one answer.

    Args:
        folder: Where the batch keeps its answers.
        shop: The shop of whoever asks; without one no table is written or read.
    """

    def __init__(self, folder: Path, shop: Shop | None) -> None:
        self.folder = folder
        self.shop = shop
        self.met: list[Frame] = []

    def refer(self, table: Frame) -> int | str:
        """What stands for a table in the answer: its place among those to write, or a file.

        Raises:
            PicklingError: It is not ours to write down, or too large for that.
        """
        engine = _engine(self.shop)
        if engine is None or table.get_backend() is not engine:
            raise PicklingError("table of another engine")
        name = table.get_name() if isinstance(table.op(), ops.DatabaseTable) else ""
        if name.startswith(_BEFORE) and self._file(name).exists():
            return name
        for place, known in enumerate(self.met):
            if known is table:
                return place
        if _most_rows(table, engine) > KEPT_ROWS:
            raise PicklingError("too many rows")
        self.met.append(table)
        return len(self.met) - 1

    def texts(self) -> Iterable[str]:
        """What computes the tables to write, for whoever looks for a word in it."""
        # A quotation mark inside a word is written twice.
        return (str(ibis.to_sql(table)).replace("''", "'") for table in self.met)

    def write(self, stem: str) -> None:
        """Write down all tables referred to by place.

        Args:
            stem: Begins the names of the files.

        Raises:
            PicklingError: A table could not be written, or does not come back as it was.
        """
        for place, table in enumerate(self.met):
            name = f"{_BEFORE}{stem}_{place}"
            try:
                _write(table, self._file(name), _engine(self.shop))
                same = self._standing(name).schema() == table.schema()
            except (duckdb.Error, OSError) as fault:
                raise PicklingError(str(fault)) from None
            if not same:
                # What a file cannot hold, such as whole numbers of 128 bits, is not shared.
                raise PicklingError("types that a file does not keep")

    def read(self, reference: int | str, stem: str) -> Frame:
        """The table that a reference in an answer stands for, in the reader's engine.

        Raises:
            FileNotFoundError: The file has gone.
            duckdb.Error: The engine cannot read it.
        """
        name = reference if isinstance(reference, str) else f"{_BEFORE}{stem}_{reference}"
        self._file(name).stat()
        return self._standing(name)

    def _standing(self, name: str) -> Frame:
        found: Frame = _engine(self.shop).read_parquet(self._file(name), table_name=name)
        return found

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"


def _engine(shop: Shop | None) -> Any:
    """The embedded engine that a shop stands in; None for any other."""
    for entry in shop.entries.values() if shop is not None else ():
        engine = entry.used.get_backend()
        return engine if engine.name == "duckdb" else None
    return None


def _most_rows(table: Frame, engine: Any) -> int:
    """Rows of the derived tables that a table is made of.

    Raises:
        PicklingError: It also reads others: working it out might take as long as the answer.
    """
    sizes = dict(
        engine.con.execute("SELECT table_name, estimated_size FROM duckdb_tables()").fetchall()
    )
    total = 0
    for leaf in table.op().find(ops.PhysicalTable):
        if leaf.name.startswith(_BEFORE):
            total += int(leaf.to_expr().count().execute())
        elif leaf.name in sizes:
            total += sizes[leaf.name]
        else:
            raise PicklingError("table that is not derived")
    return total


def _write(table: Frame, file: Path, engine: Any) -> None:
    """Write the whole of it or nothing."""
    handle, aside = tempfile.mkstemp(dir=file.parent)
    os.close(handle)
    try:
        quoted = aside.replace("'", "''")
        engine.con.execute(f"COPY ({ibis.to_sql(table)}) TO '{quoted}' (FORMAT parquet)")
        Path(aside).replace(file)
    except (duckdb.Error, OSError):
        Path(aside).unlink()
        raise

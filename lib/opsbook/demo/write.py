"""Writing a simulated shop: all of it or nothing."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["Sink", "shop_folder"]

_RISING = {"session_id", "event_id", "order_id", "return_id", "shipment_id", "customer_id"}
"""Ids that rise from row to row, in some table at least."""
_MANY = {"visitor_id"}
"""Ids with too many values for a dictionary."""
SHOP = """\
name = "Demo shop"
name_zh = "示例店铺"
currency = "CNY"
timezone = "Asia/Shanghai"
week_start = "monday"
"""


class Sink:
    """Takes rows as they are made and writes them at once; nothing is held.

    Args:
        folder: Folder being built.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts: dict[str, Any] = {}
        self._open: dict[Path, pq.ParquetWriter] = {}

    def table(self, name: str, table: pa.Table) -> None:
        """Rows of a table of the contract; further rows go below those before."""
        self._append(self.folder / f"{name}.parquet", table)

    def part(self, name: str, number: int, table: pa.Table) -> None:
        """One file of a table in parts; safe to call in a forked process.

        Args:
            name: Table.
            number: Part, from 1; parts are read in this order.
            table: Its rows.
        """
        (self.folder / name).mkdir(exist_ok=True)
        file = self.folder / name / f"part-{number:04d}.parquet"
        with _writer(file, table.schema) as writer:
            writer.write_table(table)

    def truth(self, name: str, table: pa.Table) -> None:
        """Rows of a latent table."""
        self._append(self.folder / "truth" / f"{name}.parquet", table)

    def fact(self, **facts: Any) -> None:
        """Something for ``truth.json``."""
        self.facts.update(facts)

    def close(self) -> None:
        """Finish all files."""
        while self._open:
            self._open.popitem()[1].close()

    def _append(self, file: Path, table: pa.Table) -> None:
        if file not in self._open:
            self._open[file] = _writer(file, table.schema)
        self._open[file].write_table(table)


@contextmanager
def shop_folder(folder: Path, *, last: Callable[[Path], None] | None = None) -> Iterator[Sink]:
    """A sink for a new shop; the folder appears when all is written, or not at all.

    Args:
        folder: Where the shop shall be; a demo shop there is replaced.
        last: What is done to the complete shop before it appears.

    Raises:
        ParameterError: The folder holds something that is not a demo shop.
    """
    folder = folder.expanduser().absolute()
    if folder.exists() and not _replaceable(folder):
        raise ParameterError(
            N_("{folder} holds something that is not a demo shop; name another folder"),
            folder=folder,
        )
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        (aside / "truth").mkdir(parents=True)
        sink = Sink(aside)
        try:
            yield sink
        finally:
            sink.close()
        (aside / "shop.toml").write_text(SHOP, encoding="utf-8")
        text = json.dumps(sink.facts, ensure_ascii=False, indent=1)
        (aside / "truth.json").write_text(text + "\n", encoding="utf-8")
        if last:
            last(aside)
        if folder.exists():
            folder.rename(old)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _replaceable(folder: Path) -> bool:
    return folder.is_dir() and ((folder / "truth.json").exists() or not any(folder.iterdir()))


def _writer(file: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Encodings by column: what rises is written as differences, few words as a dictionary."""
    differences, plain = {}, set()
    for field in schema:
        if field.name in _RISING:
            differences[field.name] = "DELTA_BYTE_ARRAY"
        elif pa.types.is_timestamp(field.type):
            differences[field.name] = "DELTA_BINARY_PACKED"
        elif field.name in _MANY:
            plain.add(field.name)
    spared = plain | set(differences)
    return pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=[name for name in schema.names if name not in spared],
        column_encoding=differences or None,
        store_schema=False,
    )

"""A shop's Parquet files, read and written again part by part, never a table at once."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from opsbook.shop.contract import contract

__all__ = ["CHUNK", "Writer", "chunks", "rows", "tables"]

CHUNK = 250_000
"""Rows in memory at a time."""


_RISING = ("session_id", "order_id", "customer_id")
"""Ids that rise from row to row in some table at least: as differences they need little room."""


def tables(folder: Path) -> dict[str, list[Path]]:
    """Tables of the contract that are there, each with its files in order."""
    found = {}
    for name in contract():
        file, parts = folder / f"{name}.parquet", folder / name
        if file.is_file():
            found[name] = [file]
        elif parts.is_dir() and (files := sorted(parts.rglob("*.parquet"))):
            found[name] = files
    return found


def rows(files: list[Path]) -> int:
    """Rows of a table, from the files' own notes."""
    return sum(pq.ParquetFile(file).metadata.num_rows for file in files)


def chunks(file: Path) -> Iterator[pa.Table]:
    """The rows of one file in order, words spelt out instead of numbered."""
    for batch in pq.ParquetFile(file).iter_batches(batch_size=CHUNK):
        columns = [
            pc.cast(column, column.type.value_type)
            if pa.types.is_dictionary(column.type)
            else column
            for column in batch.columns
        ]
        yield pa.table(columns, names=batch.schema.names)


class Writer:
    """One file written chunk by chunk, its rising ids and times as differences.

    Args:
        file: Where to write.
        key: Columns that name a row.
    """

    def __init__(self, file: Path, key: tuple[str, ...]) -> None:
        self.file = file
        self.key = key
        self._writer: pq.ParquetWriter | None = None

    def write(self, chunk: pa.Table) -> None:
        """Append rows; the first ones say which columns there are."""
        if self._writer is None:
            differences = {
                field.name: "DELTA_BYTE_ARRAY"
                if pa.types.is_string(field.type)
                else "DELTA_BINARY_PACKED"
                for field in chunk.schema
                if field.name in {*self.key[:1], *_RISING} or pa.types.is_timestamp(field.type)
            }
            differences = {n: e for n, e in differences.items() if _fits(chunk.schema, n)}
            spared = {"visitor_id", *differences}
            self._writer = pq.ParquetWriter(
                self.file,
                chunk.schema,
                compression="zstd",
                use_dictionary=[name for name in chunk.column_names if name not in spared],
                column_encoding=differences or None,
                store_schema=False,
            )
        self._writer.write_table(chunk)

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()


def _fits(schema: pa.Schema, name: str) -> bool:
    """Whether a column's differences can be written: texts and points in time."""
    kind = schema.field(name).type
    return bool(pa.types.is_string(kind) or pa.types.is_timestamp(kind))

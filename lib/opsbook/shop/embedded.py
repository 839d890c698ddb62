"""DuckDB in this process, told how much memory it may take before it writes to disk."""

import os
import tempfile
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import ibis

__all__ = ["MEMORY", "embedded"]

MEMORY = "OPSBOOK_DUCKDB_MEMORY"
"""Environment variable with another limit, as DuckDB writes it: ``8GB``."""
_USUAL = "2GB"


def embedded(path: Path | None = None, *, read_only: bool = False) -> Any:
    """Open DuckDB through Ibis.

    Left alone DuckDB takes four fifths of the machine, and keeps what it has taken. Two
    gigabytes are enough for aggregates over 100 million rows, which are not slower for it:
    what does not fit is written to a temporary folder. A report with a limit of its own
    gives its share instead.

    Args:
        path: A database file; in memory if not given.
        read_only: Whether the file is only read.
    """
    config = {}
    if MEMORY in os.environ or "OPSBOOK_MEMORY" not in os.environ:
        config["memory_limit"] = os.environ.get(MEMORY, _USUAL)
        # Made when something is written, removed on closing. Two processes must not share one.
        config["temp_directory"] = f"{tempfile.gettempdir()}/opsbook-duckdb-{uuid4().hex}"
    if path is None:
        return ibis.duckdb.connect(**config)
    # A file that this process has open already cannot be opened with other settings.
    engine = ibis.duckdb.connect(path, read_only=read_only)
    for name, value in config.items():
        # Whoever has begun to write to disk elsewhere goes on there.
        with suppress(duckdb.Error) if name == "temp_directory" else nullcontext():
            engine.raw_sql(f"SET {name} = '{value}'")
    return engine

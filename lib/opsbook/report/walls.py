"""Limits that a kernel puts on itself: memory, threads, and DuckDB's share of both.

Two lines hold a report's memory. The first is here: Linux refuses private memory
(``RLIMIT_DATA``) well above the limit, so that one large allocation fails with an error
that the notebook can show. ``RLIMIT_AS`` would not do: it counts what DuckDB, pyarrow and
every thread merely reserve. The second is the guard in the parent, which looks at the
memory really used, by the kernel and what it started, and ends it. DuckDB is told to use
less than the limit: it then writes to disk instead of failing.
"""

import contextlib
import functools
import os
import sys
from typing import Any

__all__ = ["MEMORY", "SPILL", "THREADS", "WALL", "raise_walls", "wall"]

MEMORY, SPILL, THREADS = "OPSBOOK_MEMORY", "OPSBOOK_SPILL", "OPSBOOK_THREADS"
WALL, _ROOM = 1.25, 256 * 10**6
_DUCKDB = 0.6


def wall(memory: int) -> int:
    """Bytes of private memory that Linux gives a report whose limit is ``memory``."""
    return int(memory * WALL) + _ROOM


def raise_walls() -> None:
    """Take the limits that the environment names; without them nothing is done."""
    memory = int(os.environ.get(MEMORY) or 0)
    threads = int(os.environ.get(THREADS) or 0)
    if memory and sys.platform == "linux":
        import resource

        # A stricter limit of the machine's owner stays.
        with contextlib.suppress(ValueError, OSError):
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            least = wall(memory) if hard == resource.RLIM_INFINITY else min(wall(memory), hard)
            resource.setrlimit(resource.RLIMIT_DATA, (least, hard))
    if threads > 1 and "threadpoolctl" in sys.modules:
        # Loaded with one thread, because threads do not survive a fork.
        pools: Any = sys.modules["threadpoolctl"]
        pools.threadpool_limits(threads)
    if memory or threads:
        _tell_duckdb(memory, threads)


def _tell_duckdb(memory: int, threads: int) -> None:
    """Every DuckDB opened in this process gets its share, unless the caller asks otherwise."""
    import duckdb

    plain = duckdb.connect
    ours: dict[str, Any] = {}
    if memory:
        ours["memory_limit"] = f"{int(memory * _DUCKDB) // 10**6}MB"
    if threads:
        ours["threads"] = threads
    spill = os.environ.get(SPILL)
    if spill:
        ours["temp_directory"] = spill

    @functools.wraps(plain)
    def connect(*given: Any, **named: Any) -> Any:
        if len(given) > 2:
            return plain(*given, **named)
        config = {**ours, **(named.pop("config", None) or {})}
        return plain(*given, config=config, **named)

    duckdb.connect = connect

"""Columns as they are written to disk: ids, words from a list, points in time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Ints

__all__ = ["day_dates", "numbered", "when", "words"]


def numbered(prefix: str, numbers: Ints, digits: int) -> pa.Array:
    """Ids as text, ``C0000012``; empty where the number is negative.

    Args:
        prefix: Letters in front.
        numbers: One number per row.
        digits: Digits the number is filled up to.
    """
    number = np.asarray(numbers, np.int64)
    count, lead = len(number), prefix.encode("ascii")
    if count and int(number.max()) >= 10**digits:
        text = pc.utf8_lpad(pc.cast(pa.array(number), pa.string()), digits, "0")
        ids = pc.binary_join_element_wise(prefix, text, "")
        return pc.if_else(pa.array(number >= 0), ids, pa.scalar(None, pa.string()))
    # Written digit by digit into one block of bytes: many times faster than text functions.
    width = len(lead) + digits
    block = np.empty((count, width), np.uint8)
    block[:, : len(lead)] = np.frombuffer(lead, np.uint8)
    rest = np.maximum(number, 0)
    for at in range(width - 1, len(lead) - 1, -1):
        rest, digit = np.divmod(rest, 10)
        block[:, at] = digit + ord("0")
    offsets = np.arange(count + 1, dtype=np.int64) * width
    big = offsets[-1] >= 2**31
    kind = pa.large_string() if big else pa.string()
    ends = offsets if big else offsets.astype(np.int32)
    missing = number < 0
    valid = None
    if missing.any():
        valid = pa.py_buffer(np.packbits(~missing, bitorder="little").tobytes())
    return pa.Array.from_buffers(
        kind, count, [valid, pa.py_buffer(ends.tobytes()), pa.py_buffer(block.tobytes())]
    )


def words(codes: Ints, names: Sequence[str]) -> pa.Array:
    """Words by their number in a list; empty where the number is negative."""
    code = np.asarray(codes)
    index = pa.array(code.astype(np.int32), mask=code < 0)
    return pa.DictionaryArray.from_arrays(index, pa.array(list(names), pa.string()))


def when(clock: Clock, seconds: Ints) -> pa.Array:
    """Points in time; empty where negative, and where they lie after the period."""
    known = (seconds >= 0) & (seconds < clock.seconds)
    return pa.array(clock.times(np.where(known, seconds, 0)), mask=~known)


def day_dates(clock: Clock, days: Ints) -> Any:
    """Days as dates; empty where the day lies outside the period (-1 for none)."""
    day = np.asarray(days, np.int64)
    known = (day >= 0) & (day < clock.days)
    return pa.array(clock.dates(np.where(known, day, 0)), mask=~known)

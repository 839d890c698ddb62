"""A path as two whole numbers, five bits for each contact: grouping compares numbers, not texts."""

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame
from numpy.typing import NDArray

from opsbook.traffic.paths_table import PathTable

__all__ = ["MOST_CHANNELS", "MOST_TOUCHES", "packed", "unpacked"]

MOST_CHANNELS = 31
MOST_TOUCHES = 24
_HALF = MOST_TOUCHES // 2


def packed(rows: Frame, channels: int) -> Frame:
    """One row per journey, its contacts packed with the last one in the lowest bits.

    Places are counted over all runs between two orders. Bits go round in a ring of 24
    places, and the ring is turned back when it is known where the journey's last contact
    stands: that saves sorting the contacts once more.

    Args:
        rows: One row per contact: ``who, sec, code, key, won, part, place, weight``.
        channels: Number of channels.

    Returns:
        One row per journey: ``who, key, won, part, low, high`` (its contacts), ``touches,
        last`` (second of the last contact), ``whole`` and ``c0, c1 ...`` (weight of all
        contacts and of each channel's).
    """
    kept = (rows.part > 0) | (rows.place < MOST_TOUCHES)
    slot = rows.place % MOST_TOUCHES
    bits = ibis.ifelse(kept, rows.code << (5 * (slot % _HALF)), 0)
    walks = rows.group_by("who", "key", "won", "part").aggregate(
        ring_low=ibis.ifelse(slot < _HALF, bits, 0).sum(),
        ring_high=ibis.ifelse(slot < _HALF, 0, bits).sum(),
        start=rows.place.min(),
        touches=rows.count(),
        last=rows.sec.max(),
        **{
            f"c{c}": ibis.ifelse(rows.code == c + 1, rows.weight, 0.0).sum()
            for c in range(channels)
        },
        whole=rows.weight.sum(),
    )
    turn = walks.start % MOST_TOUCHES
    # An older run of more contacts than the ring holds has written over itself.
    clear = (walks.part == 0) | (walks.touches <= MOST_TOUCHES)
    low = ibis.ifelse(clear, walks.ring_low, 0).cast("int64")
    high = ibis.ifelse(clear, walks.ring_high, 0).cast("int64")
    walks = walks.mutate(
        low_one=ibis.ifelse(turn < _HALF, low, high),
        high_one=ibis.ifelse(turn < _HALF, high, low),
        step=5 * (turn % _HALF),
    )
    # Shifts and not divisions: 60 bits do not pass through a floating-point number.
    rest = (ibis.literal(1, "int64") << walks.step) - 1
    over = 5 * _HALF - walks.step
    return walks.mutate(
        low=(walks.low_one >> walks.step) + ((walks.high_one & rest) << over),
        high=(walks.high_one >> walks.step) + ((walks.low_one & rest) << over),
    )


def unpacked(frame: pd.DataFrame, labels: list[str], lost: NDArray[np.float64]) -> PathTable:
    """The table of paths behind the numbers of ``counted_paths``.

    Args:
        frame: From ``counted_paths``.
        labels: Names of the channels.
        lost: Journeys without order of each path, in place of those counted.
    """
    half = MOST_TOUCHES // 2
    words = [frame[c].to_numpy(np.int64) for c in ("low", "high")]
    grid = np.stack(
        [(words[p // half] >> (5 * (p % half))) & (MOST_CHANNELS) for p in range(MOST_TOUCHES)], 1
    )[:, ::-1]
    known = grid > 0
    starts = np.concatenate([[0], np.cumsum(known.sum(1))]).astype(np.int64)
    won, value = (frame[c].to_numpy(np.float64) for c in ("conversions", "value"))
    return PathTable(tuple(labels), grid[known] - 1, starts, won, lost, value)

"""Serving a day's orders: who gets the last piece, from which warehouse, and who goes away."""

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Ints
from opsbook.demo.stock.agenda import Numbers, Whole

__all__ = ["serve"]

Bools = NDArray[np.bool_]


def serve(
    available: Whole,
    fallback: Ints,
    opens: Ints,
    product: Ints,
    pieces: Numbers,
    region: Ints,
) -> tuple[NDArray[np.int8], Bools]:
    """Serve orders one after the other, each from one warehouse.

    An order goes to the first warehouse in its region's order of preference that has all
    its lines; else to the one that has most of them, the preferred one on a tie. Lines that
    are not there are lost, not split.

    Only orders that could meet an empty shelf have to queue: the others are found by
    comparing all claims on a cell with what is there, and are served at once.

    Args:
        available: Pieces free at the start of the day, by cell.
        fallback: Warehouses by preference, one row per region.
        opens: Position of the first line of each order, in order of time.
        product: Product of each line.
        pieces: Pieces of each line.
        region: Region of each order.

    Returns:
        Warehouse of each order (-1 if it is lost) and whether each line is filled.
    """
    warehouses = fallback.shape[1]
    lines = np.diff(opens, append=len(product))
    order = np.repeat(np.arange(len(opens)), lines)
    warehouse = fallback[region, 0].astype(np.int8)
    base = product * warehouses
    queue = _contested(available, warehouses, base, warehouse, order, opens, pieces)
    filled = np.ones(len(product), bool)
    if queue.any():
        rows = np.flatnonzero(queue[order])
        cells, local = np.unique(base[rows], return_inverse=True)
        left = available[(cells[:, None] + np.arange(warehouses)).ravel()].tolist()
        served, got = _queue(
            left,
            fallback[region[queue]].tolist(),
            lines[queue].tolist(),
            (local * warehouses).tolist(),
            pieces[rows].tolist(),
        )
        warehouse[queue] = served
        filled[rows] = got
    return warehouse, filled


def _contested(
    available: Whole,
    warehouses: int,
    base: Ints,
    preferred: NDArray[np.int8],
    order: Ints,
    opens: Ints,
    pieces: Numbers,
) -> Bools:
    """Orders that might not get everything from their preferred warehouse.

    Starts from cells claimed beyond what they hold; as those orders may turn to any other
    warehouse, they claim there too, until no further order is touched.
    """
    cell = base + preferred[order]
    claims = np.zeros(len(available), np.int64)
    np.add.at(claims, cell, pieces)
    queue = np.zeros(len(opens), bool)
    while True:
        short = (claims > available)[cell]
        fresh = np.logical_or.reduceat(short, opens) & ~queue
        if not fresh.any():
            return queue
        queue |= fresh
        rows = np.flatnonzero(fresh[order])
        for warehouse in range(warehouses):
            other = rows[preferred[order[rows]] != warehouse]
            np.add.at(claims, base[other] + warehouse, pieces[other])


def _queue(
    left: list[int],
    choices: list[list[int]],
    lines: list[int],
    base: list[int],
    pieces: list[int],
) -> tuple[list[int], list[bool]]:
    """The queue itself. What one takes the next one misses, so it goes order by order."""
    served: list[int] = []
    filled: list[bool] = []
    start = 0
    for choice, count in zip(choices, lines, strict=True):
        rows = range(start, start + count)
        start += count
        best, most = -1, 0
        for warehouse in choice:
            taken = _take(left, warehouse, rows, base, pieces)
            if len(taken) == count:
                best, most = warehouse, count
                break
            for row in taken:
                left[base[row] + warehouse] += pieces[row]
            if len(taken) > most:
                best, most = warehouse, len(taken)
        if most == count:
            filled.extend([True] * count)
        else:
            got = set(_take(left, best, rows, base, pieces)) if most else set()
            filled.extend(row in got for row in rows)
        served.append(best)
    return served, filled


def _take(
    left: list[int], warehouse: int, rows: range, base: list[int], pieces: list[int]
) -> list[int]:
    """Take what is there; tell which lines were."""
    taken = []
    for row in rows:
        cell = base[row] + warehouse
        if left[cell] >= pieces[row]:
            left[cell] -= pieces[row]
            taken.append(row)
    return taken

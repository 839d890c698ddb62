"""What will happen to stock on a later day: parcels that leave, goods that arrive."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Ints

__all__ = ["Agenda", "Numbers", "Whole", "wide"]

Numbers = NDArray[np.integer[Any]]
"""Whole numbers of any width."""
Whole = NDArray[np.int32]


def wide(numbers: Numbers) -> Ints:
    """Whole numbers as the writers of ids and dates take them."""
    return np.asarray(numbers, np.int64)


class Agenda:
    """Pieces by cell, noted under the day on which they move.

    A cell is a product in a warehouse: product x warehouses + warehouse.

    Args:
        days: Length of the period; what falls after it is not noted.
    """

    def __init__(self, days: int) -> None:
        self._days = days
        self._notes: dict[int, list[tuple[Numbers, Numbers]]] = {}

    def note(self, day: Numbers, cell: Numbers, pieces: Numbers) -> None:
        """Note pieces for the day given with each."""
        soon = day < self._days
        if not soon.all():
            day, cell, pieces = day[soon], cell[soon], pieces[soon]
        if not len(day):
            return
        order = np.argsort(day, kind="stable")
        day, cell, pieces = day[order], cell[order], pieces[order]
        edges = np.flatnonzero(np.diff(day, prepend=-1))
        for low, high in zip(edges, np.append(edges[1:], len(day)), strict=True):
            self._notes.setdefault(int(day[low]), []).append((cell[low:high], pieces[low:high]))

    def move(self, day: int, shelf: Whole, sign: int) -> None:
        """Add what was noted for a day to the shelf, or take it away (sign -1)."""
        for cell, pieces in self._notes.pop(day, ()):
            np.add.at(shelf, cell, sign * pieces)

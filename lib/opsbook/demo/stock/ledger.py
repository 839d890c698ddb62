"""The books of the warehouses: every change of stock, so that any day can be read again."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.stock.agenda import Whole

__all__ = ["Book", "Damage", "Ledger", "Lost", "Purchases"]

Small = NDArray[np.int16]
Tiny = NDArray[np.int8]


@dataclass(frozen=True)
class Ledger:
    """Changes of stock by day and cell (product x warehouses + warehouse), ordered by day.

    Args:
        opening: Pieces on the shelf before the first day, by cell.
        day: Day of each change.
        cell: Cell changed.
        shelf: Change of pieces on the shelf, seen in the evening.
        reserved: Change of pieces reserved.
    """

    opening: Whole
    day: Small
    cell: Whole
    shelf: Whole
    reserved: Whole

    def evenings(self, low: int, high: int, days: int) -> tuple[Whole, Whole]:
        """On hand and reserved every evening: one row per cell from low to high."""
        rows = np.flatnonzero((self.cell >= low) & (self.cell < high))
        at = (self.cell[rows] - low, self.day[rows])
        shelf = np.zeros((high - low, days), np.int32)
        reserved = np.zeros((high - low, days), np.int32)
        shelf[at], reserved[at] = self.shelf[rows], self.reserved[rows]
        shelf[:, 0] += self.opening[low:high]
        return np.cumsum(shelf, axis=1, dtype=np.int32), np.cumsum(reserved, axis=1, dtype=np.int32)


@dataclass(frozen=True)
class Purchases:
    """Lines of purchase orders, in order of time.

    Args:
        number: Purchase order: one supplier, day and warehouse.
        supplier: Supplier.
        product: Product.
        warehouse: Warehouse it goes to.
        day: Day ordered.
        received: Day received; may lie after the period.
        qty: Pieces ordered.
        came: Pieces that came in.
        passed: Pieces that passed inspection and went on the shelf.
    """

    number: Whole
    supplier: Small
    product: Whole
    warehouse: Tiny
    day: Small
    received: Small
    qty: Whole
    came: Whole
    passed: Whole

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Damage:
    """Pieces damaged on the shelf: day, cell, pieces."""

    day: Small
    cell: Whole
    pieces: Whole


@dataclass(frozen=True)
class Lost:
    """Wanted and not there: day, product, region, warehouse preferred, pieces."""

    day: Small
    product: Whole
    region: Tiny
    warehouse: Tiny
    pieces: Whole

    def __len__(self) -> int:
        return len(self.day)


class Book:
    """A list that grows day by day and becomes arrays at the end.

    Args:
        **kinds: Name and type of each column.
    """

    def __init__(self, **kinds: type[np.signedinteger]) -> None:
        self._kinds = kinds
        self._pages: dict[str, list[NDArray[np.signedinteger]]] = {name: [] for name in kinds}

    def write(self, **columns: NDArray[np.signedinteger]) -> None:
        """Add rows."""
        for name, kind in self._kinds.items():
            self._pages[name].append(columns[name].astype(kind))

    def close(self, name: str) -> NDArray[np.signedinteger]:
        """A column from first row to last; its pages are given up."""
        pages = self._pages.pop(name)
        return np.concatenate(pages) if pages else np.empty(0, self._kinds[name])

    def columns(self) -> dict[str, NDArray[np.signedinteger]]:
        """All columns, in the order of their declaration."""
        return {name: self.close(name) for name in self._kinds}

"""What customers want before anybody looks at the shelf."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Ints
from opsbook.errors import DataError
from opsbook.language import N_

__all__ = ["Wanted"]


@dataclass(frozen=True)
class Wanted:
    """Wanted order lines in order of time; lines of an order stand together.

    Any integer type will do; small ones save memory.

    Args:
        order: Order of each line, 0 or more, never falling.
        product: Product.
        pieces: Pieces, at least 1.
        region: Region of delivery, the same for all lines of an order.
        day: Day the order is placed, never falling.
        leaves: Day it ships, not before it is placed; for a released one the day of release.
            May lie after the period.
        released: Never ships; the pieces are free again after that day.
        restock: Day on which all pieces of the line are back on the shelf, -1 for never.
    """

    order: Ints
    product: Ints
    pieces: Ints
    region: Ints
    day: Ints
    leaves: Ints
    released: NDArray[np.bool_]
    restock: Ints

    def __len__(self) -> int:
        return len(self.order)

    @property
    def orders(self) -> int:
        """Number of wanted orders."""
        return int(self.order[-1]) + 1 if len(self) else 0

    def check(self) -> None:
        """See that the lines are in order.

        Raises:
            DataError: They are not sorted, or something happens before it can.
        """
        back = (self.restock >= 0) & (self.restock <= self.leaves)
        for name, bad in (
            ("order", self.order[1:] < self.order[:-1]),
            ("day", self.day[1:] < self.day[:-1]),
            ("pieces", self.pieces < 1),
            ("leaves", self.leaves < self.day),
            ("restock", back),
        ):
            if bad.any():
                # A comparison with the line before starts at the second line.
                row = int(bad.argmax()) + len(self) - len(bad)
                raise DataError(
                    N_("wanted line {row}: {name} is out of order; sort by time and check its day"),
                    row=row,
                    name=name,
                )

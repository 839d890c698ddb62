"""Who ordered when and for how much: quick look-ups per customer and stretch of time."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Floats, Ints

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["History", "order_value"]


def order_value(b: "Business") -> Floats:
    """What each order's lines cost after every discount, CNY."""
    total = np.bincount(b.lines.order, weights=b.lines.amount, minlength=len(b.orders))
    return np.asarray(np.round(total, 2), np.float64)


class History:
    """Orders of every customer in order of time.

    Args:
        customer: Customer of each order.
        placed: Second of each order.
        value: CNY of each order.
        seconds: Length of the period.
        chosen: Which orders count; all unless given.
    """

    def __init__(
        self,
        customer: Ints,
        placed: Ints,
        value: Floats,
        seconds: int,
        chosen: NDArray[np.bool_] | None = None,
    ) -> None:
        row = np.arange(len(placed)) if chosen is None else np.flatnonzero(chosen)
        self._span = seconds + 1
        key = customer[row] * self._span + placed[row]
        place = np.argsort(key, kind="stable")
        self._key: Ints = key[place]
        self.order: Ints = row[place]
        self._sum: Floats = np.concatenate([[0.0], np.cumsum(value[self.order])])

    @property
    def customer(self) -> Ints:
        """Customer of each order, in the sorting of ``order``."""
        return self._key // self._span

    @property
    def placed(self) -> Ints:
        """Second of each order, in the sorting of ``order``."""
        return self._key % self._span

    def between(self, customer: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """Stretch of ``order`` with first <= placed < last, as start and end of a slice."""
        low = np.clip(first, 0, self._span - 1)
        high = np.maximum(np.clip(last, 0, self._span - 1), low)
        start = np.searchsorted(self._key, customer * self._span + low)
        end = np.searchsorted(self._key, customer * self._span + high)
        return start.astype(np.int64), end.astype(np.int64)

    def value(self, start: Ints, end: Ints) -> Floats:
        """CNY of the orders of such a stretch."""
        return np.asarray(np.round(self._sum[end] - self._sum[start], 2), np.float64)

    def before(self, customer: Ints, second: Ints) -> Ints:
        """Order that a customer placed last before a second, -1 if there is none."""
        start, end = self.between(customer, np.zeros_like(second), second)
        if not len(self.order):
            return np.full(len(customer), -1, np.int64)
        return np.where(end > start, self.order[np.maximum(end - 1, 0)], -1)

"""How well many products are served at any stock level, and the level that serves as asked.

A replay asks for this at every review of every product, so each loss is worked out once: where
an order quantity is small its positions repeat, where stock is ample its worst position settles
the matter, and a product whose level has been found is not looked at again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.supply.loss import DemandOver

__all__ = ["Served", "first_guess"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_POINTS = 12
"""Positions of an order quantity that are averaged at most."""
_SURE = 1e-9
"""Room for rounding where a bound stands in for the share itself."""
_DOUBLINGS = 40


@dataclass(frozen=True)
class Served:
    """Shares of pieces served under periodic review with order quantities, see ``fill_rate``.

    Args:
        demand: Of each product until the next arrival, and after them of each until the next
            but one.
        between: Expected in between.
        steps: Pieces above the reorder point of each position averaged, product x position.
        new: Whether a position differs from the one before.
        lost_sales: As in ``fill_rate``.
    """

    demand: DemandOver
    between: Floats
    steps: Floats
    new: Flags
    lost_sales: bool

    @classmethod
    def of(
        cls,
        quantity: ArrayLike,
        until_arrival: DemandOver,
        until_next: DemandOver,
        *,
        lost_sales: bool = True,
    ) -> "Served":
        """From order quantities and the demand before and after an arrival."""
        q = np.broadcast_to(np.asarray(quantity), until_next.mean.shape)
        points = int(min(_POINTS, q.max(initial=1)))
        # Midpoints of equal parts: every position where a quantity is small.
        part = (np.arange(points) + 0.5) / points
        steps = np.ceil(part[None, :] * q[:, None])
        new = np.ones(steps.shape, np.bool_)
        new[:, 1:] = steps[:, 1:] != steps[:, :-1]
        both = DemandOver(
            np.concatenate([until_arrival.mean, until_next.mean]),
            np.concatenate([until_arrival.sd, until_next.sd]),
            np.concatenate([until_arrival.kind, until_next.kind]),
        )
        return cls(both, until_next.mean - until_arrival.mean, steps, new, lost_sales)

    def rate(self, point: Ints, rows: Ints) -> Floats:
        """Share served of some products at a reorder point each.

        Args:
            point: Reorder points, one per product asked for.
            rows: Products asked for, as positions.
        """
        new, all_ = self.new[rows], len(self.between)
        at = (point[:, None] + self.steps[rows])[new]
        who = np.repeat(rows, new.sum(axis=1))
        loss = self.demand.loss_of(np.concatenate([who, who + all_]), np.concatenate([at, at]))
        place = (np.cumsum(new) - 1).reshape(new.shape)
        short = (loss[len(at) :] - loss[: len(at)])[place]
        return self._share(np.maximum(short, 0.0).mean(axis=1), rows)

    def enough(self, point: Ints, wanted: Floats, rows: Ints) -> tuple[Flags, Floats]:
        """Whether a reorder point each serves what is wanted.

        Returns:
            Per product asked for: whether it does, and the share served; not a number where the
            worst position alone told.
        """
        # What is short in between is never more than what is short in the end, and that is most
        # at the lowest position.
        worst = self.demand.loss_of(rows + len(self.between), point + self.steps[rows, 0])
        found = self._share(worst, rows) >= wanted + _SURE
        rates = np.full(len(rows), np.nan)
        left = np.flatnonzero(~found)
        if len(left):
            rates[left] = self.rate(point[left], rows[left])
            found[left] = rates[left] >= wanted[left]
        return found, rates

    def least(self, wanted: Floats, high: Ints, *, nearest: bool) -> Ints:
        """The least reorder point that serves what is wanted, by halving; -1 is below all.

        Args:
            wanted: Share to be served, one per product.
            high: Where to look up to; doubled where that is not enough.
            nearest: The point below, if that is nearer to what is wanted.
        """
        everyone = np.arange(len(wanted))
        low, high = np.full(len(wanted), -1, np.int64), high.copy()
        under, over = np.full(len(wanted), np.nan), np.full(len(wanted), np.nan)
        rows = everyone
        for _ in range(_DOUBLINGS):
            found, rates = self.enough(high[rows], wanted[rows], rows)
            over[rows] = rates
            rows, rates = rows[~found], rates[~found]
            if not len(rows):
                break
            low[rows], under[rows], high[rows] = high[rows], rates, 2 * high[rows]
        while len(rows := np.flatnonzero(high - low > 1)):
            middle = (low[rows] + high[rows]) // 2
            rates = self.rate(middle, rows)
            found = rates >= wanted[rows]
            yes, no = rows[found], rows[~found]
            high[yes], over[yes] = middle[found], rates[found]
            low[no], under[no] = middle[~found], rates[~found]
        if not nearest:
            return high
        # A point below 0 would never order. What the bounds told is counted now.
        rows = np.flatnonzero((high > 0) & ~np.isfinite(over))
        over[rows] = self.rate(high[rows], rows)
        rows = np.flatnonzero(high > 0)
        closer = wanted[rows] - under[rows] < over[rows] - wanted[rows]
        high[rows[closer]] -= 1
        return high

    def _share(self, short: Floats, rows: Ints) -> Floats:
        between = self.between[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(between > 0, short / between, 0.0)
        share = np.clip(share, 0.0, None)
        return np.asarray(1 - share / (1 + share) if self.lost_sales else np.maximum(1 - share, 0))


def first_guess(demand: DemandOver) -> Ints:
    """A reorder point that is high enough for most: three deviations above what is expected.

    Not enough where demand comes in rare lumps.
    """
    return np.ceil(demand.mean + 3 * demand.sd + 3).astype(np.int64)

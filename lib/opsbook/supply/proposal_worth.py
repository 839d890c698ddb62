"""What a pack is worth: the margin that would be lost without it, less what keeping it costs.

An order placed now serves the days between its own arrival and that of the next order. What
will be left when it arrives, and how much sells after, say how many of its pieces find a buyer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.supply.loss import DemandOver, demand_over
from opsbook.supply.proposal_steps import Steps

__all__ = ["Worth", "steps_of", "worth_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STEPS, _EXTRA_STEPS = 12, 6
_LEAST = 1e-4
"""Worth of a piece that the policy asks for, at least, as a share of its price: what nothing
stands against is ordered, and cut first where something does."""


@dataclass(frozen=True)
class Worth:
    """How pieces of an order find buyers, one element per product.

    Args:
        after: Demand between the order's arrival and the next one's.
        left: Pieces expected on the shelf when it arrives.
        owed: Pieces sold that are not there.
        margin: Money per piece sold, 0 or more.
        unit_cost: Purchase price per piece, 0 if unknown.
        daily: Pieces on an ordinary day.
        lot: Usual order quantity.
        order_cost: Money per order line.
        holding_rate: Yearly, as a share of the price.
    """

    after: DemandOver
    left: Floats
    owed: Floats
    margin: Floats
    unit_cost: Floats
    daily: Floats
    lot: Floats
    order_cost: float
    holding_rate: float

    def served(self, pieces: Floats) -> Floats:
        """Pieces of an order that sell before the next one could arrive, on average.

        Args:
            pieces: Ordered; rows are products.
        """
        shape = (-1,) + (1,) * (pieces.ndim - 1)
        left, owed = self.left.reshape(shape), self.owed.reshape(shape)
        first = np.minimum(pieces, owed)
        start = np.broadcast_to(left, pieces.shape)
        got = first + _loss(self.after, start) - _loss(self.after, start + pieces - first)
        return np.asarray(got, np.float64)

    def value(self, pieces: Floats) -> Floats:
        """Money that an order of so many pieces brings, against none; concave.

        Besides the margin, a piece puts off the next order line, worth ``2 x order_cost / lot``
        a piece, and is kept until those before it are sold. Without uncertainty that is
        greatest at the economic order quantity, and there just pays the order line.
        """
        shape = (-1,) + (1,) * (pieces.ndim - 1)
        margin, cost, daily, lot, left = (
            a.reshape(shape) for a in (self.margin, self.unit_cost, self.daily, self.lot, self.left)
        )
        later = 2 * self.order_cost / np.maximum(lot, 1.0) * pieces
        days = (left * pieces + pieces**2 / 2) / np.maximum(daily, 1e-6)
        keep = self.holding_rate / 365 * cost * np.where(daily > 0, days, 0.0)
        return np.asarray(margin * self.served(pieces) + later - keep, np.float64)


def worth_of(
    position: Floats,
    mean_lead: Floats,
    sd_lead: Floats,
    mean_next: Floats,
    sd_next: Floats,
    *,
    margin: Floats,
    unit_cost: Floats,
    daily: Floats,
    lot: Floats,
    order_cost: float = 10.0,
    holding_rate: float = 0.25,
) -> Worth:
    """What is left when an order arrives, and what sells between it and the next.

    Args:
        position: Free pieces and those on the way, less those owed.
        mean_lead: Demand expected until the order arrives.
        sd_lead: Its standard deviation.
        mean_next: Demand expected until the next order could arrive.
        sd_next: Its standard deviation.
        margin: Money per piece sold; unknown or negative counts as none.
        unit_cost: Purchase price; unknown counts as none.
        daily: Pieces on an ordinary day.
        lot: Usual order quantity.
        order_cost: Money per order line.
        holding_rate: Yearly, as a share of the price.
    """
    until = demand_over(mean_lead, sd_lead)
    owed = np.maximum(-position, 0.0)
    here = np.maximum(position, 0.0)
    left = np.maximum(here - mean_lead + until.loss(here), 0.0)
    after = np.maximum(mean_next - mean_lead, 0.0)
    # What varies before arrival counts as far as it moves what is left; sold out is sold out.
    part = until.covered(here - 1)
    variance = np.maximum(sd_next**2 - sd_lead**2, after) + part * sd_lead**2
    return Worth(
        after=demand_over(after, np.where(after > 0, np.sqrt(variance), 0.0)),
        left=left,
        owed=owed,
        margin=np.maximum(np.nan_to_num(margin), 0.0),
        unit_cost=np.nan_to_num(unit_cost),
        daily=daily,
        lot=lot,
        order_cost=order_cost,
        holding_rate=holding_rate,
    )


def steps_of(worth: Worth, pack: Ints, wanted: Ints, extra: Ints) -> Steps:
    """Packs in steps of falling worth: one pack each up to twelve, then twelve equal parts.

    Args:
        worth: Of every product's pieces.
        pack: Pieces in a pack.
        wanted: Packs that the policy asks for.
        extra: Packs beyond it that may be added to reach a smallest order.
    """
    edges = [wanted * k // _STEPS for k in range(_STEPS + 1)]
    edges += [wanted + extra * k // _EXTRA_STEPS for k in range(1, _EXTRA_STEPS + 1)]
    edge = np.stack(edges, axis=1)
    money = worth.value((edge * pack[:, None]).astype(np.float64))
    size = np.diff(edge, axis=1)
    item, step = np.nonzero(size)
    packs = size[item, step]
    each = (money[item, step + 1] - money[item, step]) / packs
    beyond = step >= _STEPS
    least = _LEAST * np.maximum(worth.unit_cost, 1.0)[item] * pack[item]
    each = np.where(beyond, np.minimum(each, -least), np.maximum(each, least))
    return Steps(item.astype(np.int64), packs.astype(np.int64), each, beyond)


def _loss(demand: DemandOver, level: Floats) -> Floats:
    """Mean shortage, straight between whole pieces."""
    low = np.floor(level)
    part = level - low
    return np.asarray((1 - part) * demand.loss(low) + part * demand.loss(low + 1), np.float64)

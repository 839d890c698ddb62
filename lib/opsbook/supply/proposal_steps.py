"""What can be ordered, in steps, and what limits it: the programme's input."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Limits", "Steps"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Steps:
    """Packs on offer, one element per step; a product's steps are in falling worth.

    Args:
        item: Product of each step.
        packs: Most packs of it.
        worth: Money that one pack brings.
        extra: Whether it is beyond what is wanted: only to reach a smallest order.
    """

    item: Ints
    packs: Ints
    worth: Floats
    extra: Flags


@dataclass(frozen=True)
class Limits:
    """What a pack takes, and what there is; first products, then suppliers, then the shop.

    Args:
        supplier: Supplier of each product, a position.
        pieces: In a pack of it.
        cost: Money for a pack of it.
        litres: Volume of a pack of it.
        must: Whether all that is wanted of it has to be ordered.
        smallest: Pieces that each supplier's order needs at least.
        order_cost: Money for an order of each supplier.
        budget: Money there is; none is no limit.
        container: Litres that an order of one supplier may take; none is no limit.
    """

    supplier: Ints
    pieces: Ints
    cost: Floats
    litres: Floats
    must: Flags
    smallest: Floats
    order_cost: Floats
    budget: float | None = None
    container: float | None = None

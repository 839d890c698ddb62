"""Where the shop's goods lie and where they go: warehouses, slots and regions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import numbered, words
from opsbook.demo.draw import stream
from opsbook.demo.stock.inventory import Evenings

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Room", "measure", "region_table", "slot_table", "warehouse_table"]

_SLOTS = np.array([10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000])
"""Sizes of slots, pieces."""
_SPARE = 1.2
"""Slots against products held."""


@dataclass(frozen=True)
class Room:
    """Room taken in the warehouses, gathered while the stock is written.

    Args:
        peak: Highest stock of each product (rows) in each warehouse (columns), pieces.
        total: Pieces by warehouse (rows) and day.
        kept: Products that have a place in the warehouse at the end.
    """

    peak: NDArray[np.int32]
    total: NDArray[np.int64]
    kept: NDArray[np.bool_]

    def add(self, low: int, stock: Evenings) -> None:
        """Make room for the stock of the products from low on."""
        warehouses, days = self.total.shape
        pieces = stock.on_hand.reshape(-1, warehouses, days)
        high = low + len(pieces)
        self.peak[low:high] = pieces.max(axis=2)
        self.total[:] += pieces.sum(axis=0)
        self.kept[low:high] = stock.listed[:, -1].reshape(-1, warehouses)


def measure(b: "Business") -> Room:
    """Room for nothing yet."""
    size = (len(b.range_), len(b.stock.supply.used))
    total = np.zeros((size[1], b.clock.days), np.int64)
    return Room(np.zeros(size, np.int32), total, np.zeros(size, bool))


def warehouse_table(b: "Business", room: Room) -> pa.Table:
    """Rows of ``warehouses``: those in use, and sites that are considered."""
    supply = b.stock.supply
    built = np.maximum(np.ceil(room.total.max(axis=1) * 1.4 / 500), 1) * 500
    slots = np.ceil(room.kept.sum(axis=0) * _SPARE)
    extra = len(supply.warehouses) - len(built)
    # A site under consideration would be as large as the smallest that is in use.
    capacity = np.concatenate([built, np.full(extra, built.min())])
    slots = np.concatenate([slots, np.full(extra, slots.min())])
    houses = supply.warehouses
    cost = np.array([h.fixed for h in houses]) + np.array([h.rent for h in houses]) * capacity
    return pa.table(
        {
            "warehouse_id": pa.array([h.name for h in houses]),
            "lat": pa.array([h.lat for h in houses]),
            "lon": pa.array([h.lon for h in houses]),
            "capacity": pa.array(capacity.astype(np.int64)),
            "slot_count": pa.array(slots.astype(np.int64)),
            "monthly_cost": pa.array(np.round(cost, 2)),
        }
    )


def slot_table(b: "Business", room: Room) -> pa.Table:
    """Rows of ``slots``: whoever came first took the slot, whatever it sells."""
    rng, used = stream(b.seed, "stock slots"), b.stock.supply.used
    parts = []
    for number in range(len(used)):
        kept = np.flatnonzero(room.kept[:, number])
        count = int(np.ceil(len(kept) * _SPARE))
        sku = np.full(count, -1)
        taken = np.sort(rng.permutation(count)[: len(kept)])
        sku[taken] = rng.permutation(kept)
        need = np.where(sku >= 0, room.peak[sku, number], rng.choice([10, 20, 50], count))
        # Aisles of 40 slots, each 8 m further from the packing station, 1.2 m per slot.
        place = np.arange(count)
        distance = 6 + 8 * (place // 40) + 1.2 * (place % 40)
        size = _SLOTS[np.minimum(np.searchsorted(_SLOTS, need), len(_SLOTS) - 1)]
        parts.append(
            pa.table(
                {
                    "slot_id": numbered("L", place + 1, 6),
                    "warehouse_id": words(np.full(count, number), [w.name for w in used]),
                    "distance_m": pa.array(distance.round(1)),
                    "capacity": pa.array(size),
                    "sku": numbered("P", np.where(sku < 0, -1, sku + 1), 5),
                }
            )
        )
    return pa.concat_tables(parts)


def region_table(b: "Business") -> pa.Table:
    """Rows of ``regions``."""
    places = b.stock.supply.places
    return pa.table(
        {
            "region": pa.array([p.name for p in places]),
            "lat": pa.array([p.lat for p in places]),
            "lon": pa.array([p.lon for p in places]),
            "population": pa.array([p.population for p in places]),
        }
    )

"""Parcels on the road: which carrier takes them, and whether they arrive as promised."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints, choose_by_group
from opsbook.demo.stock.plan import SupplyPlan

__all__ = ["Dispatch", "dispatch", "late_chance", "promised"]

_OPEN, _SHUT = 8 * 3600, 21 * 3600
"""Parcels are handed over between these hours."""


@dataclass(frozen=True)
class Dispatch:
    """How parcels travel, one element per order.

    Args:
        carrier: Carrier, -1 where nothing is shipped.
        delivered: Second of delivery, which may lie after the period; -1 where none.
        late: Delivered after the promised day.
    """

    carrier: NDArray[np.int8]
    delivered: Ints
    late: NDArray[np.bool_]


def promised(supply: SupplyPlan, region: Ints, shipped: Ints) -> Ints:
    """Second delivery is promised for: the end of a day, sooner in near regions.

    Args:
        supply: Distances and kilometres per day.
        region: Region of each parcel.
        shipped: Second it left; -1 gives -1.
    """
    day = shipped // DAY + supply.promised_days[region]
    return np.where(shipped >= 0, (day + 1) * DAY - 1, -1)


def late_chance(supply: SupplyPlan) -> Floats:
    """Chance of a late parcel by region on an ordinary day, over all carriers."""
    tardy = 1 - np.array([c.on_time for c in supply.carriers])
    weight = _carrier_weights(supply)
    return np.asarray((weight * tardy).sum(axis=1) / weight.sum(axis=1))


def dispatch(
    rng: np.random.Generator,
    supply: SupplyPlan,
    region: Ints,
    shipped: Ints,
    late: NDArray[np.bool_],
) -> Dispatch:
    """Hand parcels to carriers and let them arrive.

    Whether a parcel is late is known before, because it decides who comes back; the
    carrier is drawn given it, so that every carrier is late as often as it is planned to
    be. Cheap carriers get more of the far regions: a comparison of carriers that forgets
    the distance takes the road for the carrier.

    Args:
        rng: Source of randomness.
        supply: Carriers and regions.
        region: Region of each order.
        shipped: Second it leaves the warehouse, -1 for never.
        late: Whether it arrives after the promised day.
    """
    carriers = supply.carriers
    tardy = 1 - np.array([c.on_time for c in carriers])
    weight = _carrier_weights(supply)
    given = np.concatenate([weight * (1 - tardy), weight * tardy])
    late = late & (shipped >= 0)
    carrier = choose_by_group(rng, given, np.asarray(region + late * len(weight), np.int64))
    count = len(carrier)
    promise = supply.promised_days[region]
    within = 1 + rng.binomial(promise - 1, np.array([c.pace for c in carriers])[carrier])
    overdue = rng.geometric(1 / np.array([c.overdue for c in carriers])[carrier])
    day = shipped // DAY + np.where(late, promise + overdue, within)
    delivered = day * DAY + rng.integers(_OPEN, _SHUT, count)
    return Dispatch(
        carrier=np.where(shipped >= 0, carrier, -1).astype(np.int8),
        delivered=np.where(shipped >= 0, delivered, -1),
        late=late,
    )


def _carrier_weights(supply: SupplyPlan) -> Floats:
    """Share of each carrier in the parcels of a region, not normed; one row per region."""
    far = supply.distances.min(axis=1)[:, None] / 1000
    tilt = np.array([c.far for c in supply.carriers])
    share = np.array([c.share for c in supply.carriers])
    return np.asarray(share * np.exp(tilt * far))

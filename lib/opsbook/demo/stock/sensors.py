"""Cold parcels: what the sensors that travel with some of the food have measured."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import numbered, when
from opsbook.demo.draw import Ints, stream
from opsbook.demo.stock.parcels import Contents, Parcels

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["COLD", "Sensors"]

COLD = (0.0, 8.0)
"""Temperatures a cold parcel has to keep, degrees Celsius."""
_EVERY = 2 * 3600
"""Seconds between two readings."""


class Sensors:
    """The sensors of a shop; which parcels get one is drawn parcel by parcel.

    Args:
        b: The shop.
        inside: What is in its orders.
    """

    def __init__(self, b: "Business", inside: Contents) -> None:
        self._rng = stream(b.seed, "stock sensors")
        self._b, self._inside = b, inside

    def read(self, parcels: Parcels) -> tuple[pa.Table, NDArray[np.bool_], Ints]:
        """Rows of ``sensor_log`` for some parcels.

        Returns:
            The rows; for each parcel with a sensor whether its temperature left the band,
            and its number.
        """
        b, rng, supply = self._b, self._rng, self._b.stock.supply
        orders, order = b.orders, parcels.order
        arrived = orders.delivered[order] < b.clock.seconds
        drawn = rng.random(len(order)) < supply.sensor_share
        rows = np.flatnonzero(self._inside.food[order] & arrived & drawn)
        start, stop = orders.shipped[order[rows]], orders.delivered[order[rows]]
        readings = np.maximum((stop - start) // _EVERY, 2)
        parcel = np.repeat(np.arange(len(rows)), readings)
        opens = np.cumsum(readings) - readings
        step = np.arange(len(parcel)) - opens[parcel]
        second = start[parcel] + step * _EVERY
        warm = rng.random(len(rows)) < supply.excursion_share
        temperature = rng.normal(4.2, 0.4, len(rows))[parcel] + rng.normal(0, 0.7, len(parcel))
        temperature = np.clip(temperature, COLD[0] + 0.3, COLD[1] - 0.3)
        # A door left open: it warms up within hours and cools down again.
        middle = (rng.random(len(rows)) * readings).astype(np.int64)
        peak, width = rng.uniform(6.0, 14.0, len(rows)), rng.uniform(1.5, 5.0, len(rows))
        slope = np.maximum(1 - np.abs(step - middle[parcel]) / width[parcel], 0.0)
        bump = np.where(warm[parcel], peak[parcel] * slope, 0.0)
        top = warm[parcel] & (step == middle[parcel])
        temperature = np.where(top, np.maximum(temperature + bump, 9.0), temperature + bump)
        humidity = np.clip(rng.normal(0.72, 0.06, len(parcel)), 0.3, 0.99)
        number = parcels.number + rows + 1
        table = pa.table(
            {
                "shipment_id": numbered("H", number[parcel], 8),
                "measure_ts": when(b.clock, second),
                "temperature_c": pa.array(temperature.round(1)),
                "humidity": pa.array(humidity.round(2)),
            }
        )
        return table, warm, number

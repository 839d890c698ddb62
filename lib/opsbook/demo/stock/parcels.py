"""Parcels put into tables: who carried them, what it cost, what broke, what was installed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import numbered, when, words
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.stock.transit import promised

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Contents", "Parcels", "break_rates", "carrier_table", "look_into", "parcels"]

_ROWS = 500_000
"""Parcels put into Arrow at a time."""
_COST_SPREAD = 0.04
"""Standard deviation of the log of a parcel's cost about the carrier's tariff."""


@dataclass(frozen=True)
class Contents:
    """What is in each order.

    Args:
        fragile: Breakage rate of the most fragile goods in it, with an average carrier.
        appliance: Holds a small appliance.
        food: Holds food.
    """

    fragile: NDArray[np.float32]
    appliance: NDArray[np.bool_]
    food: NDArray[np.bool_]


@dataclass(frozen=True)
class Parcels:
    """Parcels that left in the period, in order of time.

    Args:
        number: Number of the first parcel, from 0.
        order: Order of each parcel.
        broken: Arrived damaged; means nothing before delivery.
    """

    number: int
    order: Ints
    broken: NDArray[np.bool_]


def break_rates(b: "Business") -> Floats:
    """Breakage rate of each category."""
    known = dict(b.stock.supply.breakage)
    return np.array([known.get(c.name, b.stock.supply.breakage_else) for c in b.plan.categories])


def look_into(b: "Business") -> Contents:
    """Look into the baskets."""
    rate = break_rates(b).astype(np.float32)
    names = [c.name for c in b.plan.categories]
    category = b.range_.category.astype(np.int8)
    count = len(b.orders)
    fragile = np.zeros(count, np.float32)
    flags = {name: np.zeros(count, bool) for name in ("Small Appliances", "Food")}
    for low in range(0, len(b.lines), 2 * _ROWS):
        rows = slice(low, low + 2 * _ROWS)
        kind, order = category[b.lines.product[rows]], b.lines.order[rows]
        np.maximum.at(fragile, order, rate[kind])
        for name, flag in flags.items():
            if name in names:
                flag[order[kind == names.index(name)]] = True
    return Contents(fragile, flags["Small Appliances"], flags["Food"])


def carrier_table(b: "Business") -> pa.Table:
    """Rows of ``carriers``: what they quote, which is a little better than what they do."""
    supply = b.stock.supply
    carriers, near = supply.carriers, supply.distances.min(axis=1)
    promise = float(supply.promised_days.mean())
    quoted = [c.base + c.per_1000_km * float(near.mean()) / 1000 for c in carriers]
    return pa.table(
        {
            "carrier_id": pa.array([c.name for c in carriers]),
            "cost": pa.array(np.round(quoted, 2)),
            "delivery_days": pa.array([round(1 + (promise - 1) * c.pace, 1) for c in carriers]),
            "on_time": pa.array([round(min(c.on_time + 0.02, 0.99), 2) for c in carriers]),
        }
    )


def parcels(b: "Business", inside: Contents) -> Iterator[tuple[pa.Table, Parcels]]:
    """Rows of ``shipments`` in order of time, one per order that has left.

    Yields:
        A table and the parcels in it.
    """
    rng, supply, orders = stream(b.seed, "stock parcels"), b.stock.supply, b.orders
    carriers = supply.carriers
    base = np.array([c.base for c in carriers])
    road = np.array([c.per_1000_km for c in carriers])
    rough = np.array([c.breakage for c in carriers])
    left = np.flatnonzero((orders.shipped >= 0) & (orders.shipped < b.clock.seconds))
    left = left[np.argsort(orders.shipped[left], kind="stable")]
    for low in range(0, len(left), _ROWS):
        order = left[low : low + _ROWS]
        count, carrier, region = len(order), orders.carrier[order], orders.region[order]
        shipped, delivered = orders.shipped[order], orders.delivered[order]
        there = delivered < b.clock.seconds
        far = supply.distances[region, orders.warehouse[order]] / 1000
        tariff = base[carrier] + road[carrier] * far
        cost = tariff * np.exp(rng.normal(0.0, _COST_SPREAD, count))
        broken = rng.random(count) < inside.fragile[order] * rough[carrier]
        fitted = inside.appliance[order] & (rng.random(count) < supply.install_share)
        hours = rng.gamma(4.0, supply.install_hours / 4.0, count)
        install = np.where(fitted & there, delivered + (hours * 3600).astype(np.int64), -1)
        table = pa.table(
            {
                "shipment_id": numbered("H", np.arange(low + 1, low + count + 1), 8),
                "order_id": numbered("O", order + 1, 8),
                "carrier_id": words(carrier, [c.name for c in carriers]),
                "ship_ts": when(b.clock, shipped),
                "deliver_ts": when(b.clock, delivered),
                "promised_ts": pa.array(b.clock.times(promised(supply, region, shipped))),
                "install_ts": when(b.clock, install),
                "cost": pa.array(cost.round(2)),
                "breakage": pa.array(broken, mask=~there),
            }
        )
        yield table, Parcels(low, order, broken)

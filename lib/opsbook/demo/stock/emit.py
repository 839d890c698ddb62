"""The supply side put into tables, piece by piece, with its answer key."""

from typing import TYPE_CHECKING

import pyarrow as pa

from opsbook.demo.arrow import numbered, words
from opsbook.demo.draw import Ints
from opsbook.demo.stock.agenda import Whole
from opsbook.demo.stock.inventory import Lags, inventory, sync_lags
from opsbook.demo.stock.parcels import carrier_table, look_into, parcels
from opsbook.demo.stock.places import measure, region_table, slot_table, warehouse_table
from opsbook.demo.stock.purchases import bill, purchase_table, supplier_table
from opsbook.demo.stock.sensors import Sensors
from opsbook.demo.stock.truth import facts, truth_tables, wrong_invoices

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["emit"]

_ROWS = 1_000_000
"""Purchase lines put into Arrow at a time."""


def emit(b: "Business", sink: "Sink") -> None:
    """Write stock, places, suppliers, purchases, carriers, parcels, sensors and their truth.

    Args:
        b: The shop.
        sink: Where rows go.
    """
    lags = sync_lags(b)
    for name, truth in truth_tables(b, lags).items():
        sink.truth(name, truth)
    _stock(b, sink, lags)
    bills = bill(b)
    sink.table("suppliers", supplier_table(b))
    for low in range(0, max(len(bills.price), 1), _ROWS):
        sink.table("purchase_orders", purchase_table(b, bills, low, low + _ROWS))
    sink.truth("wrong_invoices", wrong_invoices(b, bills))
    sink.table("carriers", carrier_table(b))
    _parcels(b, sink)
    sink.fact(supply=facts(b))


def _stock(b: "Business", sink: "Sink", lags: Lags) -> None:
    room = measure(b)
    for page in inventory(b, lags):
        room.add(page.low, page.stock)
        sink.table("inventory_daily", page.table)
        sink.truth("miscounts", _found(b, *page.miscounts, name="error"))
        sink.truth("oversold", _found(b, *page.oversold, name="pieces"))
    sink.table("warehouses", warehouse_table(b, room))
    sink.table("slots", slot_table(b, room))
    sink.table("regions", region_table(b))


def _found(b: "Business", cell: Ints, day: Ints, pieces: Whole, *, name: str) -> pa.Table:
    used = b.stock.supply.used
    return pa.table(
        {
            "date": pa.array(b.clock.dates(day)),
            "sku": numbered("P", cell // len(used) + 1, 5),
            "warehouse_id": words(cell % len(used), [w.name for w in used]),
            name: pa.array(pieces),
        }
    )


def _parcels(b: "Business", sink: "Sink") -> None:
    inside = look_into(b)
    sensors = Sensors(b, inside)
    for table, some in parcels(b, inside):
        sink.table("shipments", table)
        readings, warm, number = sensors.read(some)
        sink.table("sensor_log", readings)
        sink.truth(
            "sensors",
            pa.table({"shipment_id": numbered("H", number, 8), "excursion": pa.array(warm)}),
        )

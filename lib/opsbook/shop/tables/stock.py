"""Stock and the places that hold it."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Link, Table

__all__ = ["TABLES"]

_SKU = Link("products", "sku")
_WAREHOUSE = Link("warehouses", "warehouse_id")

TABLES = (
    Table(
        "inventory_daily",
        N_("One row per day, product and warehouse: stock at the end of the day."),
        key=("date", "sku", "warehouse_id"),
        time="date",
        entries=(
            *("A11", "A12", "C02", "C03", "C04", "C05", "C06", "C07", "C13", "C14", "C19", "C26"),
            *("E13", "I04", "I07"),
        ),
        columns=(
            Column("date", "date", N_("Day."), required=True),
            Column("sku", "text", N_("Product stocked."), required=True, link=_SKU),
            Column("warehouse_id", "text", N_("Warehouse that holds it."), link=_WAREHOUSE),
            Column(
                "on_hand",
                "number",
                N_("Pieces in the warehouse."),
                required=True,
                at_least=0,
                unit="pieces",
            ),
            Column(
                "reserved",
                "number",
                N_("Pieces promised to orders, presale or flash sale."),
                at_least=0,
                unit="pieces",
            ),
            Column(
                "in_transit",
                "number",
                N_("Pieces ordered and on the way."),
                at_least=0,
                unit="pieces",
            ),
            Column(
                "system_qty",
                "number",
                N_("Pieces the sales systems show; below zero after overselling."),
                unit="pieces",
            ),
            Column(
                "counted_qty",
                "number",
                N_("Pieces found in a count; empty if there was none."),
                at_least=0,
                unit="pieces",
                sparse=True,
            ),
            Column(
                "damaged",
                "number",
                N_("Pieces spoilt or broken that day."),
                at_least=0,
                unit="pieces",
            ),
            Column(
                "sync_lag_s",
                "number",
                N_("Longest delay until the sales systems knew the stock."),
                at_least=0,
                unit="seconds",
            ),
        ),
    ),
    Table(
        "warehouses",
        N_("One row per warehouse, in use or considered."),
        key=("warehouse_id",),
        entries=("C13", "C15", "C17"),
        columns=(
            Column("warehouse_id", "text", N_("Warehouse number."), required=True),
            Column("lat", "number", N_("Latitude."), unit="degrees"),
            Column("lon", "number", N_("Longitude."), unit="degrees"),
            Column("capacity", "number", N_("Pieces it can hold."), at_least=0, unit="pieces"),
            Column("slot_count", "integer", N_("Storage slots."), at_least=0, unit="slots"),
            Column("monthly_cost", "money", N_("Rent and fixed cost of a month."), at_least=0),
        ),
    ),
    Table(
        "slots",
        N_("One row per storage slot of a warehouse."),
        key=("warehouse_id", "slot_id"),
        entries=("C17",),
        columns=(
            Column("slot_id", "text", N_("Slot number."), required=True),
            Column(
                "warehouse_id",
                "text",
                N_("Warehouse the slot belongs to."),
                required=True,
                link=_WAREHOUSE,
            ),
            Column(
                "distance_m", "number", N_("Walk from the packing station."), at_least=0, unit="m"
            ),
            Column(
                "capacity", "number", N_("Pieces the slot can hold."), at_least=0, unit="pieces"
            ),
            Column("sku", "text", N_("Product kept there now."), link=_SKU),
        ),
    ),
    Table(
        "regions",
        N_("One row per region of delivery."),
        key=("region",),
        entries=("C13", "C15"),
        columns=(
            Column("region", "text", N_("Name of the region, as in orders."), required=True),
            Column("lat", "number", N_("Latitude of its centre."), required=True, unit="degrees"),
            Column("lon", "number", N_("Longitude of its centre."), required=True, unit="degrees"),
            Column("population", "number", N_("People who live there."), at_least=0, unit="people"),
        ),
    ),
)

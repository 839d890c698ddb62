"""Buying and shipping: suppliers, their deliveries, carriers and parcels."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Link, Table

__all__ = ["TABLES"]

_CARRIER = Link("carriers", "carrier_id")
_ORDER = Link("orders", "order_id")
_SKU = Link("products", "sku")
_SHIPMENT = Link("shipments", "shipment_id")
_SUPPLIER = Link("suppliers", "supplier_id")

TABLES = (
    Table(
        "suppliers",
        N_("One row per supplier."),
        key=("supplier_id",),
        entries=("C08", "C09"),
        columns=(
            Column("supplier_id", "text", N_("Supplier number."), required=True),
            Column(
                "tier",
                "choice",
                N_("Tier of the supplier."),
                choices=("strategic", "core", "ordinary"),
            ),
            Column(
                "terms_days",
                "integer",
                N_("Days until an invoice is due."),
                at_least=0,
                unit="days",
            ),
            Column("rebate", "fraction", N_("Rebate on purchases."), at_least=0),
            Column(
                "response_hours",
                "number",
                N_("Usual time to answer an urgent request."),
                at_least=0,
                unit="hours",
            ),
            Column(
                "backup_of",
                "text",
                N_("Supplier it can stand in for."),
                link=_SUPPLIER,
                sparse=True,
            ),
            Column(
                "after_sales_score",
                "fraction",
                N_("After-sales service, judged 0 to 1."),
                at_least=0,
            ),
            Column("moq", "number", N_("Smallest order it accepts."), at_least=0, unit="pieces"),
            Column(
                "lead_time_days",
                "number",
                N_("Agreed days from order to receipt."),
                at_least=0,
                unit="days",
            ),
            Column("accepts_returns", "boolean", N_("Whether unsold goods may go back.")),
            Column("promo_guarantee", "boolean", N_("Whether stock for promotions is guaranteed.")),
        ),
    ),
    Table(
        "purchase_orders",
        N_("One row per product in a purchase order."),
        key=("po_id", "sku"),
        time="order_date",
        entries=("C08", "C09", "C10", "C22", "C23", "C25", "H05"),
        columns=(
            Column("po_id", "text", N_("Purchase order number."), required=True),
            Column(
                "supplier_id", "text", N_("Supplier ordered from."), required=True, link=_SUPPLIER
            ),
            Column("sku", "text", N_("Product bought."), required=True, link=_SKU),
            Column("order_date", "date", N_("Day it was ordered."), required=True),
            Column("promised_date", "date", N_("Day the supplier promised it for.")),
            Column("received_date", "date", N_("Day it came in; empty while outstanding.")),
            Column(
                "qty", "number", N_("Pieces ordered."), required=True, at_least=0, unit="pieces"
            ),
            Column("received_qty", "number", N_("Pieces that came in."), at_least=0, unit="pieces"),
            Column(
                "qty_ok", "number", N_("Pieces that passed inspection."), at_least=0, unit="pieces"
            ),
            Column("price", "money", N_("Agreed price of one piece."), at_least=0),
            Column("invoice_amount", "money", N_("Amount invoiced."), at_least=0),
            Column("paid_date", "date", N_("Day it was paid; empty while unpaid.")),
        ),
    ),
    Table(
        "carriers",
        N_("One row per carrier and what it promises."),
        key=("carrier_id",),
        entries=("C16",),
        columns=(
            Column("carrier_id", "text", N_("Carrier."), required=True),
            Column("cost", "money", N_("Quoted price of one parcel."), at_least=0),
            Column(
                "delivery_days",
                "number",
                N_("Promised days from dispatch to door."),
                at_least=0,
                unit="days",
            ),
            Column(
                "on_time", "fraction", N_("Share of parcels delivered as promised."), at_least=0
            ),
        ),
    ),
    Table(
        "shipments",
        N_("One row per parcel."),
        key=("shipment_id",),
        time="ship_ts",
        entries=("B31", "C16", "C18", "C19", "C25", "H05"),
        columns=(
            Column("shipment_id", "text", N_("Parcel number."), required=True),
            Column("order_id", "text", N_("Order that was shipped."), required=True, link=_ORDER),
            Column("carrier_id", "text", N_("Carrier that took it."), link=_CARRIER),
            Column("ship_ts", "timestamp", N_("When it left the warehouse.")),
            Column(
                "deliver_ts", "timestamp", N_("When it was handed over; empty while on the way.")
            ),
            Column("promised_ts", "timestamp", N_("When delivery was promised for.")),
            Column(
                "install_ts",
                "timestamp",
                N_("When the product was installed, where that is part of the order."),
                sparse=True,
            ),
            Column("cost", "money", N_("What the carrier charged."), at_least=0),
            Column("breakage", "boolean", N_("Whether goods arrived damaged.")),
        ),
    ),
    Table(
        "sensor_log",
        N_("One row per reading of a sensor that travelled with a parcel."),
        key=(),
        time="measure_ts",
        entries=("C24",),
        columns=(
            Column(
                "shipment_id",
                "text",
                N_("Parcel the sensor travelled with."),
                required=True,
                link=_SHIPMENT,
            ),
            Column("measure_ts", "timestamp", N_("When it was measured."), required=True),
            Column("temperature_c", "number", N_("Temperature."), unit="°C"),
            Column("humidity", "fraction", N_("Relative humidity."), at_least=0),
        ),
    ),
)

"""Orders and what was in them."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Link, Table

__all__ = ["TABLES"]

TABLES = (
    Table(
        "orders",
        N_("One row per order. The one table every shop must have."),
        key=("order_id",),
        time="order_ts",
        entries=(
            *("A01", "A02", "A03", "A04", "A06", "A16", "A20", "B02", "B03", "B06", "B07", "B08"),
            *("B09", "B10", "B11", "B12", "B19", "B23", "B25", "B26", "B27", "B28", "C12", "C18"),
            *("C20", "D04", "D10", "D11", "D12", "D14", "D15", "D17", "D31", "E01", "E02", "E03"),
            *("E05", "E06", "E07", "E08", "E14", "E18", "G11", "H01", "H02", "H03", "H04", "H05"),
            *("H07", "I01", "I06"),
        ),
        columns=(
            Column("order_id", "text", N_("Order number; kept as text."), required=True),
            Column(
                "customer_id",
                "text",
                N_("Who ordered; empty for a guest."),
                link=Link("customers", "customer_id"),
            ),
            Column("platform", "text", N_("Marketplace or own shop where it was placed.")),
            Column("channel", "text", N_("Traffic channel credited by the shop's own system.")),
            Column("region", "text", N_("Region of delivery.")),
            Column("store_id", "text", N_("Physical store, where there is one.")),
            Column(
                "campaign_id",
                "text",
                N_("Campaign the order counts for."),
                link=Link("campaigns", "campaign_id"),
                sparse=True,
            ),
            Column("order_ts", "timestamp", N_("When it was placed."), required=True),
            Column("pay_ts", "timestamp", N_("When it was paid; empty if it never was.")),
            Column(
                "status",
                "choice",
                N_("Where the order stands."),
                choices=("unpaid", "paid", "shipped", "completed", "cancelled", "refunded"),
            ),
            Column(
                "discount",
                "money",
                N_("Discount on the whole order, already contained in the lines' paid price."),
                at_least=0,
            ),
            Column("coupon_id", "text", N_("Coupon used."), sparse=True),
            Column("freight", "money", N_("Freight charged to the customer."), at_least=0),
            Column(
                "warehouse_id",
                "text",
                N_("Warehouse that ships it."),
                link=Link("warehouses", "warehouse_id"),
            ),
            Column("is_presale", "boolean", N_("Bought before release, with a deposit.")),
            Column("deposit", "money", N_("Deposit paid in a presale."), at_least=0, sparse=True),
        ),
    ),
    Table(
        "order_lines",
        N_("One row per product in an order."),
        key=("order_id", "line_id"),
        entries=(
            *("A02", "A06", "A12", "A13", "A14", "A18", "A19", "B26", "C01", "C02", "C03", "C04"),
            *("C05", "C06", "D11", "E01", "E05", "E08", "I01"),
        ),
        columns=(
            Column(
                "order_id",
                "text",
                N_("Order the line belongs to."),
                required=True,
                link=Link("orders", "order_id"),
            ),
            Column(
                "line_id",
                "text",
                N_("Tells lines of one order apart; numbered on reading where the data has none."),
            ),
            Column(
                "sku",
                "text",
                N_("Product sold."),
                required=True,
                link=Link("products", "sku"),
            ),
            Column(
                "qty",
                "number",
                N_("Pieces; negative only for a return booked as a line; empty if not countable."),
                unit="pieces",
                at_least=0,
            ),
            Column(
                "list_price",
                "money",
                N_("Price of one piece before any discount."),
                at_least=0,
            ),
            Column(
                "paid_price",
                "money",
                N_("Price of one piece after every discount."),
                at_least=0,
            ),
            Column(
                "list_amount",
                "money",
                N_("The line before any discount; qty times list_price where not given."),
            ),
            Column(
                "paid_amount",
                "money",
                N_("The line after every discount; qty times paid_price where not given."),
            ),
            Column("unit_cost", "money", N_("Cost of one piece."), at_least=0),
        ),
    ),
)

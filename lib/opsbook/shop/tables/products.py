"""Products and the market around them."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Link, Table

__all__ = ["TABLES"]

_SKU = Link("products", "sku")

TABLES = (
    Table(
        "products",
        N_("One row per product (SKU)."),
        key=("sku",),
        time="launch_date",
        entries=(
            *("A02", "A06", "A07", "A08", "A10", "A11", "A12", "A14", "A16", "A18", "A19", "B26"),
            *("B27", "C01", "C02", "C03", "C04", "C05", "C06", "C07", "D13", "D18", "H02", "I02"),
            *("I04",),
        ),
        columns=(
            Column("sku", "text", N_("Product number; kept as text."), required=True),
            Column("category", "text", N_("Category in the shop's own tree.")),
            Column("brand", "text", N_("Brand.")),
            Column("launch_date", "date", N_("First day on sale.")),
            Column(
                "list_price", "money", N_("Price of one piece before any discount."), at_least=0
            ),
            Column("unit_cost", "money", N_("Cost of one piece."), at_least=0),
            Column("is_standard", "boolean", N_("Standardised goods, comparable by model number.")),
            Column("is_eco", "boolean", N_("Carries an eco label.")),
            Column("title", "text", N_("Title of the listing.")),
            Column(
                "image_count",
                "integer",
                N_("Main images in the listing."),
                at_least=0,
                unit="images",
            ),
            Column(
                "rating",
                "number",
                N_("Rating shown on the page, 1 to 5."),
                at_least=0,
                unit="stars",
            ),
            Column(
                "pack_qty",
                "integer",
                N_("Pieces in a pack of the supplier; orders are whole packs."),
                at_least=1,
                unit="pieces",
            ),
            Column(
                "shelf_life_days",
                "integer",
                N_("Days that goods keep from receipt; empty if they do not spoil."),
                sparse=True,
                at_least=1,
                unit="days",
            ),
            Column(
                "volume_l",
                "number",
                N_("Litres that one packed piece takes."),
                at_least=0,
                unit="litres",
            ),
        ),
    ),
    Table(
        "competitor_prices",
        N_("One row per day, competitor and own product it competes with."),
        key=("date", "competitor", "sku"),
        time="date",
        entries=("A07", "A09", "A10", "A11"),
        columns=(
            Column("date", "date", N_("Day observed."), required=True),
            Column("competitor", "text", N_("Competitor."), required=True),
            Column(
                "sku", "text", N_("Own product that it competes with."), required=True, link=_SKU
            ),
            Column("price", "money", N_("Competitor's price of one piece."), at_least=0),
            Column(
                "promo", "text", N_("Promotion the competitor runs; empty if none."), sparse=True
            ),
            Column(
                "est_sales",
                "number",
                N_("Estimated pieces sold that day."),
                at_least=0,
                unit="pieces",
            ),
            Column("is_new", "boolean", N_("Launched by the competitor within the last 30 days.")),
            Column("est_cost", "money", N_("Estimated cost of one piece."), at_least=0),
        ),
    ),
    Table(
        "search_terms",
        N_("One row per day, search term and platform."),
        key=("date", "term", "platform"),
        time="date",
        entries=("A05", "A06", "A08", "D19", "D20", "D21"),
        columns=(
            Column("date", "date", N_("Day."), required=True),
            Column("term", "text", N_("Search term as typed."), required=True),
            Column("platform", "text", N_("Platform searched.")),
            Column("searches", "integer", N_("Searches of the term."), at_least=0),
            Column("clicks", "integer", N_("Clicks on results of all shops."), at_least=0),
            Column(
                "own_clicks",
                "integer",
                N_("Clicks that reached this shop, paid or not."),
                at_least=0,
            ),
            Column(
                "orders", "integer", N_("Orders at all shops that followed the search."), at_least=0
            ),
            Column(
                "intent",
                "choice",
                N_("What the searcher wants."),
                choices=("navigational", "informational", "transactional"),
            ),
            Column("cpc", "money", N_("Price of one paid click."), at_least=0),
        ),
    ),
    Table(
        "market_size",
        N_("One row per period, region, category and platform: sales of the whole market."),
        key=("period_date", "region", "category", "platform"),
        time="period_date",
        entries=("A01", "A02", "A04"),
        columns=(
            Column(
                "period_date", "date", N_("First day of the month, quarter or year."), required=True
            ),
            Column("region", "text", N_("Region; empty for all.")),
            Column("category", "text", N_("Category; empty for all.")),
            Column("platform", "text", N_("Platform; empty for all.")),
            Column("sales", "money", N_("Sales of all sellers."), required=True, at_least=0),
        ),
    ),
    Table(
        "platform_rules",
        N_("One row per marketplace: what it charges and demands."),
        key=("platform",),
        entries=("A14",),
        columns=(
            Column("platform", "text", N_("Marketplace."), required=True),
            Column("commission_low", "fraction", N_("Lowest commission on sales."), at_least=0),
            Column("commission_high", "fraction", N_("Highest commission on sales."), at_least=0),
            Column(
                "return_days",
                "integer",
                N_("Days in which goods may be returned without a reason."),
                at_least=0,
                unit="days",
            ),
            Column(
                "ship_hours",
                "number",
                N_("Hours within which an order must be shipped."),
                at_least=0,
                unit="hours",
            ),
            Column("score_system", "text", N_("What the marketplace calls its shop score.")),
        ),
    ),
    Table(
        "cross_border",
        N_("One row per destination country and way of getting goods there."),
        key=("country", "route"),
        entries=("A21", "A22"),
        columns=(
            Column(
                "country",
                "text",
                N_("Destination country, ISO code of two letters."),
                required=True,
            ),
            Column(
                "route",
                "choice",
                N_("Way of getting goods there."),
                required=True,
                choices=("direct", "overseas_warehouse", "platform_warehouse"),
            ),
            Column("duty_rate", "fraction", N_("Customs duty on the value of goods."), at_least=0),
            Column(
                "vat_rate",
                "fraction",
                N_("Import VAT or sales tax on value, freight and duty."),
                at_least=0,
            ),
            Column("freight", "money", N_("Freight and handling of one piece."), at_least=0),
            Column(
                "delivery_days", "number", N_("Days from order to door."), at_least=0, unit="days"
            ),
            Column(
                "payment_success",
                "fraction",
                N_("Share of payment attempts that succeed."),
                at_least=0,
            ),
        ),
    ),
)

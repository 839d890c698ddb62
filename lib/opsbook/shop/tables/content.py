"""Content: creators, live sessions and what customers make."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Link, Table

__all__ = ["TABLES"]

_CREATOR = Link("creators", "creator_id")
_CUSTOMER = Link("customers", "customer_id")
_SKU = Link("products", "sku")

TABLES = (
    Table(
        "creators",
        N_("One row per creator the shop works with."),
        key=("creator_id",),
        entries=("D26", "D27"),
        columns=(
            Column("creator_id", "text", N_("Creator number."), required=True),
            Column("fans", "integer", N_("Followers."), at_least=0, unit="people"),
            Column(
                "quality", "fraction", N_("Quality of content and audience, 0 to 1."), at_least=0
            ),
            Column("fee", "money", N_("Slot fee of one appearance."), at_least=0),
            Column("commission", "fraction", N_("Commission on sales."), at_least=0),
            Column(
                "fit",
                "fraction",
                N_("How well creator and brand suit each other, 0 to 1."),
                at_least=0,
            ),
        ),
    ),
    Table(
        "live_sessions",
        N_("One row per minute of a live session."),
        key=("live_id", "minute"),
        time="start_ts",
        entries=("D25", "D26", "D29", "E10"),
        columns=(
            Column("live_id", "text", N_("Live session."), required=True),
            Column(
                "creator_id",
                "text",
                N_("Creator who hosts; empty if the shop's own staff does."),
                link=_CREATOR,
            ),
            Column("start_ts", "timestamp", N_("When the live session began."), required=True),
            Column(
                "minute",
                "integer",
                N_("Minutes since the beginning."),
                required=True,
                at_least=0,
                unit="minutes",
            ),
            Column("sku", "text", N_("Product on show."), link=_SKU),
            Column(
                "viewers",
                "integer",
                N_("People watching in this minute."),
                at_least=0,
                unit="people",
            ),
            Column("views", "integer", N_("Views that began in this minute."), at_least=0),
            Column("orders", "integer", N_("Orders placed in this minute."), at_least=0),
            Column("gmv", "money", N_("GMV of these orders."), at_least=0),
        ),
    ),
    Table(
        "ugc",
        N_("One row per picture, video or text that a customer handed in."),
        key=("ugc_id",),
        time="submit_ts",
        entries=("D28",),
        columns=(
            Column("ugc_id", "text", N_("Submission number."), required=True),
            Column("customer_id", "text", N_("Customer who made it."), link=_CUSTOMER),
            Column("submit_ts", "timestamp", N_("When it was handed in.")),
            Column("sku", "text", N_("Product it shows."), link=_SKU),
            Column("quality", "fraction", N_("Quality given at review, 0 to 1."), at_least=0),
            Column("uses", "integer", N_("Times the shop reused it."), at_least=0),
        ),
    ),
)

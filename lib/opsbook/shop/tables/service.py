"""Service: returns, reviews, tickets and how customers judge the shop."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Link, Table

__all__ = ["TABLES"]

_CUSTOMER = Link("customers", "customer_id")
_ORDER = Link("orders", "order_id")
_SKU = Link("products", "sku")

TABLES = (
    Table(
        "returns",
        N_("One row per product sent back or refunded."),
        key=("return_id",),
        time="request_ts",
        entries=("C20", "C21", "D31", "E05", "H03", "I03"),
        columns=(
            Column("return_id", "text", N_("Return number."), required=True),
            Column("order_id", "text", N_("Order returned from."), required=True, link=_ORDER),
            Column("sku", "text", N_("Product returned."), link=_SKU),
            Column("qty", "number", N_("Pieces returned."), at_least=0, unit="pieces"),
            Column("reason", "text", N_("Reason the customer gave.")),
            Column(
                "scenario",
                "text",
                N_("How it came back: refused at the door, by mail, refund only ..."),
            ),
            Column("grade", "text", N_("Condition found on arrival, as the shop grades it.")),
            Column("request_ts", "timestamp", N_("When it was requested."), required=True),
            Column("approve_ts", "timestamp", N_("When it was approved; empty while open.")),
            Column("refund_ts", "timestamp", N_("When the money was paid back; empty while open.")),
            Column("refund_amount", "money", N_("Money paid back."), at_least=0),
            Column("freight", "money", N_("Return freight the shop bears."), at_least=0),
        ),
    ),
    Table(
        "reviews",
        N_("One row per product review."),
        key=(),
        time="review_ts",
        entries=("A08", "B32", "I02", "I10"),
        columns=(
            Column("sku", "text", N_("Product reviewed."), required=True, link=_SKU),
            Column("customer_id", "text", N_("Customer who wrote it."), link=_CUSTOMER),
            Column("review_ts", "timestamp", N_("When it was written."), required=True),
            Column("stars", "integer", N_("Rating, 1 to 5."), at_least=1, unit="stars"),
            Column("review_text", "text", N_("What was written.")),
            Column("has_photo", "boolean", N_("Whether it has a photo or video.")),
            Column(
                "reply_ts",
                "timestamp",
                N_("When the shop answered; empty if it did not."),
                sparse=True,
            ),
        ),
    ),
    Table(
        "shop_scores",
        N_("One row per day, platform and dimension of the shop score (DSR)."),
        key=("date", "platform", "dimension"),
        time="date",
        entries=("I11",),
        columns=(
            Column("date", "date", N_("Day."), required=True),
            Column("platform", "text", N_("Marketplace or own shop."), required=True),
            Column(
                "dimension",
                "text",
                N_("What is scored: description, service, logistics ..."),
                required=True,
            ),
            Column(
                "score",
                "number",
                N_("Score of the shop, on the platform's own scale."),
                required=True,
                at_least=0,
            ),
            Column(
                "industry_score",
                "number",
                N_("Mean score of the industry, on the same scale."),
                at_least=0,
            ),
        ),
    ),
    Table(
        "incidents",
        N_("One row per crisis of public opinion, with the times that are measured."),
        key=("incident_id",),
        time="open_ts",
        entries=("I08",),
        columns=(
            Column("incident_id", "text", N_("Incident number."), required=True),
            Column("open_ts", "timestamp", N_("When the crisis came up."), required=True),
            Column("respond_ts", "timestamp", N_("When the shop first responded.")),
            Column("plan_ts", "timestamp", N_("When a plan stood.")),
            Column("close_ts", "timestamp", N_("When the matter was closed; empty while open.")),
        ),
    ),
    Table(
        "tickets",
        N_("One row per customer question or complaint."),
        key=("ticket_id",),
        time="open_ts",
        entries=("B30", "B32", "G06", "G12", "H03", "I08"),
        columns=(
            Column("ticket_id", "text", N_("Ticket number."), required=True),
            Column(
                "type",
                "choice",
                N_("What the customer wants."),
                choices=("inquiry", "complaint", "refund", "other"),
            ),
            Column(
                "service_group",
                "choice",
                N_("Group of the service team that handles it."),
                choices=("pre_sale", "after_sale", "escalation"),
            ),
            Column("open_ts", "timestamp", N_("When the customer wrote or called."), required=True),
            Column("first_reply_ts", "timestamp", N_("When a person first answered.")),
            Column("close_ts", "timestamp", N_("When the matter was solved; empty while open.")),
            Column(
                "csat",
                "integer",
                N_("Satisfaction stated afterwards, 1 to 5; empty if not asked or not answered."),
                at_least=1,
                sparse=True,
            ),
        ),
    ),
    Table(
        "nps",
        N_('One row per answer to "would you recommend us".'),
        key=(),
        time="date",
        entries=("B30",),
        columns=(
            Column("customer_id", "text", N_("Customer who answered."), link=_CUSTOMER),
            Column("date", "date", N_("Day of the answer."), required=True),
            Column(
                "score",
                "integer",
                N_("Likelihood of recommending, 0 to 10."),
                required=True,
                at_least=0,
            ),
        ),
    ),
)

"""Traffic: visits, what visitors do, what brought them and what it cost."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Link, Table

__all__ = ["TABLES"]

_CAMPAIGN = Link("campaigns", "campaign_id")
_CUSTOMER = Link("customers", "customer_id")
_ORDER = Link("orders", "order_id")
_SKU = Link("products", "sku")
_SESSION = Link("sessions", "session_id")

TABLES = (
    Table(
        "sessions",
        N_("One row per visit to the shop."),
        key=("session_id",),
        time="start_ts",
        entries=(
            *("A03", "A16", "B04", "D01", "D02", "D03", "D04", "D05", "D12", "D14", "D15", "D18"),
            *("D29", "E01", "E07", "E12", "E18", "H03", "I05", "I06"),
        ),
        columns=(
            Column("session_id", "text", N_("Visit number."), required=True),
            Column(
                "visitor_id",
                "text",
                N_("Visitor, by cookie or device; the unit of unique visitors."),
                required=True,
            ),
            Column(
                "customer_id", "text", N_("Customer, once logged in."), link=_CUSTOMER, sparse=True
            ),
            Column("start_ts", "timestamp", N_("When the visit began."), required=True),
            Column(
                "source_class",
                "choice",
                N_(
                    "Class of traffic: search, category browsing, paid, content, event or external."
                ),
                choices=("search", "category", "paid", "content", "event", "external"),
            ),
            Column("channel", "text", N_("Traffic channel of the visit.")),
            Column(
                "campaign_id",
                "text",
                N_("Campaign that brought the visit."),
                link=_CAMPAIGN,
                sparse=True,
            ),
            Column(
                "device", "choice", N_("Kind of device."), choices=("mobile", "tablet", "desktop")
            ),
            Column("landing_page", "text", N_("First page seen.")),
            Column("dwell_s", "number", N_("Time on site."), at_least=0, unit="seconds"),
            Column(
                "load_ms",
                "number",
                N_("Time until the first screen was shown."),
                at_least=0,
                unit="ms",
            ),
            Column("lcp_ms", "number", N_("Largest Contentful Paint."), at_least=0, unit="ms"),
            Column("fid_ms", "number", N_("First Input Delay."), at_least=0, unit="ms"),
            Column(
                "cls", "number", N_("Cumulative Layout Shift, a score without unit."), at_least=0
            ),
            Column("bounced", "boolean", N_("Whether the visit ended on its first page.")),
        ),
    ),
    Table(
        "events",
        N_("One row per thing a visitor did."),
        key=("event_id",),
        time="event_ts",
        entries=(
            *("A06", "A19", "B01", "B03", "B04", "B05", "B09", "B23", "B27", "B33", "D01", "D02"),
            *("D03", "D12", "D13", "D24", "D29", "D32"),
        ),
        columns=(
            Column(
                "event_id",
                "text",
                N_("Event number; a repeated one is a duplicate."),
                required=True,
            ),
            Column(
                "session_id",
                "text",
                N_("Visit in which it happened."),
                required=True,
                link=_SESSION,
            ),
            Column("event_ts", "timestamp", N_("When it happened."), required=True),
            Column(
                "type",
                "choice",
                N_("What was done; view is a page view, sign_in the daily check-in."),
                required=True,
                choices=(
                    "impression",
                    "click",
                    "view",
                    "search",
                    "favourite",
                    "cart",
                    "checkout",
                    "pay",
                    "share",
                    "login",
                    "sign_in",
                ),
            ),
            Column("sku", "text", N_("Product concerned."), link=_SKU),
            Column("page", "text", N_("Page on which it happened.")),
            Column("element", "text", N_("Part of the page that was clicked."), sparse=True),
        ),
    ),
    Table(
        "touchpoints",
        N_("One row per contact with marketing on the way to an order."),
        key=(),
        time="touch_ts",
        entries=("A03", "D06", "D29"),
        columns=(
            Column("customer_id", "text", N_("Customer touched."), required=True, link=_CUSTOMER),
            Column("touch_ts", "timestamp", N_("When the contact happened."), required=True),
            Column("channel", "text", N_("Marketing channel of the contact."), required=True),
            Column(
                "campaign_id", "text", N_("Campaign of the contact."), link=_CAMPAIGN, sparse=True
            ),
            Column(
                "order_id",
                "text",
                N_("Order at the end of the path; empty if none followed."),
                link=_ORDER,
                sparse=True,
            ),
        ),
    ),
    Table(
        "ad_spend",
        N_("One row per day and finest slice reported: hour, keyword, creative, audience."),
        key=(),
        time="date",
        entries=(
            *("B11", "B13", "D04", "D12", "D20", "D21", "D22", "E01", "E05", "E15", "E16", "E18"),
            *("H03",),
        ),
        columns=(
            Column("date", "date", N_("Day."), required=True),
            Column(
                "hour",
                "integer",
                N_("Hour of the day, 0 to 23; empty for a whole day."),
                at_least=0,
                unit="hour",
                sparse=True,
            ),
            Column("channel", "text", N_("Channel paid."), required=True),
            Column(
                "campaign_id",
                "text",
                N_("Campaign the money was spent for."),
                link=_CAMPAIGN,
                sparse=True,
            ),
            Column("keyword", "text", N_("Keyword bid on."), sparse=True),
            Column(
                "match_type",
                "choice",
                N_("How closely a search must match the keyword."),
                choices=("exact", "phrase", "broad"),
                sparse=True,
            ),
            Column("creative_id", "text", N_("Picture, video or text shown."), sparse=True),
            Column("audience", "text", N_("Audience segment the ad was shown to."), sparse=True),
            Column("impressions", "integer", N_("Times the ad was shown."), at_least=0),
            Column("clicks", "integer", N_("Clicks on the ad."), at_least=0),
            Column("cost", "money", N_("Money spent."), required=True, at_least=0),
            Column("orders", "integer", N_("Orders the ad account credits to it."), at_least=0),
            Column("revenue", "money", N_("Sales the ad account credits to it."), at_least=0),
        ),
    ),
    Table(
        "experiments",
        N_("One row per unit (visitor, customer, city) in an experiment."),
        key=("exp_id", "unit_id"),
        time="exposed_ts",
        entries=("B04", "D07", "D08", "D09", "D16"),
        columns=(
            Column("exp_id", "text", N_("Experiment."), required=True),
            Column(
                "unit_id",
                "text",
                N_("Visitor, customer or other unit that was assigned."),
                required=True,
            ),
            Column(
                "variant",
                "text",
                N_("Variant assigned; control is the unchanged one."),
                required=True,
            ),
            Column("exposed_ts", "timestamp", N_("When the unit first met the variant.")),
            Column("converted", "boolean", N_("Whether it did what the experiment counts.")),
            Column(
                "value",
                "number",
                N_("Amount measured, such as the money spent; 0 where there was none."),
            ),
            Column(
                "factors",
                "text",
                N_("Levels of a multi-factor test, as button=red;title=short."),
                sparse=True,
            ),
        ),
    ),
)

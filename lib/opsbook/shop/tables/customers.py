"""Customers: who they are, how they are known and how the shop speaks to them."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Link, Table

__all__ = ["TABLES"]

_CUSTOMER = Link("customers", "customer_id")

TABLES = (
    Table(
        "customers",
        N_("One row per registered customer."),
        key=("customer_id",),
        time="signup_date",
        entries=(
            *("A20", "B01", "B02", "B03", "B05", "B06", "B07", "B08", "B09", "B10", "B11", "B12"),
            *("B13", "B19", "B20", "B23", "B27", "B28", "B29", "D04", "H01"),
        ),
        columns=(
            Column("customer_id", "text", N_("Customer number; kept as text."), required=True),
            Column("signup_date", "date", N_("Day of registration.")),
            Column("channel", "text", N_("Channel that brought the customer.")),
            Column("region", "text", N_("Region of residence.")),
            Column(
                "city_tier",
                "text",
                N_("Tier of the city, as the shop grades cities (1, 2, 3 ...)."),
            ),
            Column(
                "gender",
                "choice",
                N_("Gender as stated by the customer."),
                choices=("female", "male", "other"),
            ),
            Column("age_band", "text", N_("Age band, as in 25-34.")),
            Column("occupation", "text", N_("Occupation as stated by the customer.")),
            Column("tier", "text", N_("Membership tier held now.")),
            Column(
                "paid_until_date",
                "date",
                N_("Last day of a paid membership; empty if there is none."),
                sparse=True,
            ),
            Column(
                "referrer_id",
                "text",
                N_("Customer who referred this one; empty if nobody did."),
                link=_CUSTOMER,
                sparse=True,
            ),
            Column(
                "consent",
                "boolean",
                N_("Whether use of personal data for marketing and matching is allowed."),
            ),
        ),
    ),
    Table(
        "identities",
        N_("One row per key (phone, e-mail, device ...) by which a source knows an account."),
        key=("source", "account_id", "key_type", "key_value"),
        entries=("B29",),
        columns=(
            Column(
                "source", "text", N_("System or platform that holds the account."), required=True
            ),
            Column(
                "account_id",
                "text",
                N_("Account number within the source; ties the keys of one account together."),
                required=True,
            ),
            Column(
                "key_type",
                "choice",
                N_("What kind of key it is."),
                required=True,
                choices=("phone", "email", "device", "open_id", "name", "address"),
            ),
            Column("key_value", "text", N_("The key itself, best stored hashed."), required=True),
            Column(
                "customer_id",
                "text",
                N_("Customer known to own the account; empty where matching has to find out."),
                link=_CUSTOMER,
            ),
        ),
    ),
    Table(
        "contacts",
        N_("One row per message or call the shop made to a customer."),
        key=(),
        time="contact_ts",
        entries=("B10", "B31", "B33"),
        columns=(
            Column("customer_id", "text", N_("Customer contacted."), required=True, link=_CUSTOMER),
            Column("contact_ts", "timestamp", N_("When the contact was made."), required=True),
            Column("channel", "text", N_("Means of contact: sms, e-mail, call, push, chat.")),
            Column(
                "journey", "text", N_("Marketing journey, care plan or campaign_id it belongs to.")
            ),
            Column("cost", "money", N_("Cost of the contact, incentive not included."), at_least=0),
            Column(
                "outcome",
                "choice",
                N_("Furthest result reached; held_out marks a customer left out for comparison."),
                choices=(
                    "sent",
                    "failed",
                    "opened",
                    "clicked",
                    "ordered",
                    "unsubscribed",
                    "held_out",
                ),
            ),
        ),
    ),
    Table(
        "community_events",
        N_("One row per thing a customer did in a community group."),
        key=(),
        time="event_ts",
        entries=("B24", "B25", "E10"),
        columns=(
            Column("community_id", "text", N_("Community group."), required=True),
            Column("customer_id", "text", N_("Member who did it."), required=True, link=_CUSTOMER),
            Column("event_ts", "timestamp", N_("When it happened."), required=True),
            Column(
                "type",
                "choice",
                N_("What was done; claim takes a coupon or code, book reserves a live session."),
                required=True,
                choices=(
                    "join",
                    "message",
                    "reaction",
                    "sign_in",
                    "share",
                    "claim",
                    "book",
                    "leave",
                ),
            ),
        ),
    ),
)

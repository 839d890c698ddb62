"""Campaigns and the calendar they live in, with what they taught."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Table

__all__ = ["TABLES"]


TABLES = (
    Table(
        "campaigns",
        N_("One row per campaign."),
        key=("campaign_id",),
        time="start_date",
        entries=(
            *("C01", "D10", "E01", "E02", "E03", "E04", "E05", "E06", "E07", "E09", "E10", "E12"),
            *("E13", "E14", "E18", "H04"),
        ),
        columns=(
            Column("campaign_id", "text", N_("Campaign number."), required=True),
            Column("name", "text", N_("Name of the campaign.")),
            Column(
                "type", "text", N_("Kind of campaign: mega-sale, flash sale, group buy, live ...")
            ),
            Column("start_date", "date", N_("First day of the peak."), required=True),
            Column("end_date", "date", N_("Last day, tail included."), required=True),
            Column(
                "preheat_start_date",
                "date",
                N_("First day of the warm-up; empty if there is none."),
                sparse=True,
            ),
            Column(
                "tail_start_date",
                "date",
                N_("First day of the tail; empty if there is none."),
                sparse=True,
            ),
            Column("goal_gmv", "money", N_("GMV aimed at."), at_least=0),
            Column(
                "goal_new_customers",
                "integer",
                N_("New customers aimed at."),
                at_least=0,
                unit="customers",
            ),
            Column(
                "budget", "money", N_("Money set aside for advertising and incentives."), at_least=0
            ),
            Column(
                "discount_rule",
                "text",
                N_("Discount offered, as 300-40;500-80 (spend-saving)."),
                sparse=True,
            ),
        ),
    ),
    Table(
        "calendar",
        N_("One row per day of a shopping event or holiday."),
        key=("date", "event"),
        time="date",
        entries=("C01", "E06", "E07", "E14", "F01", "F05"),
        columns=(
            Column("date", "date", N_("Day."), required=True),
            Column("event", "text", N_("Shopping event or holiday."), required=True),
            Column(
                "phase", "choice", N_("Phase of the event."), choices=("preheat", "peak", "tail")
            ),
        ),
    ),
    Table(
        "capacity",
        N_("One row per day and system that carries the load."),
        key=("date", "system"),
        time="date",
        entries=("E12",),
        columns=(
            Column("date", "date", N_("Day."), required=True),
            Column(
                "system",
                "text",
                N_("System or team under load: website, payment, warehouse, service desk."),
                required=True,
            ),
            Column(
                "peak_load",
                "number",
                N_("Highest load of the day, in the system's own unit."),
                at_least=0,
            ),
            Column("load_limit", "number", N_("Load it can carry, in the same unit."), at_least=0),
            Column("errors", "integer", N_("Failed requests or jobs of the day."), at_least=0),
        ),
    ),
    Table(
        "lessons",
        N_("One row per case: what is claimed, why it happened and what to learn."),
        key=("case_id",),
        entries=("E17", "J22", "J23", "K05"),
        columns=(
            Column("case_id", "text", N_("Case number."), required=True),
            Column("claim", "text", N_("What is said to have happened."), required=True),
            Column("cause", "text", N_("Why it happened.")),
            Column("metric", "text", N_("Metric it moved.")),
            Column(
                "entry_id", "text", N_("Method of the playbook to use, by its id (A01 ... L11).")
            ),
        ),
    ),
    Table(
        "benchmarks",
        N_("One row per reference figure or threshold."),
        key=("name",),
        entries=(
            *("A03", "D12", "D13", "I01", "I02", "I03", "I04", "I05", "I06", "I07", "I08", "I09"),
            *("I10", "I11", "I12"),
        ),
        columns=(
            Column("name", "text", N_("Name of the figure."), required=True),
            Column(
                "value", "number", N_("The figure; empty where only a range is known."), sparse=True
            ),
            Column("low", "number", N_("Lower end of the range."), sparse=True),
            Column("high", "number", N_("Upper end of the range."), sparse=True),
            Column("unit", "text", N_("Unit of the figure; fraction for a share.")),
            Column("source", "text", N_("Document the figure comes from."), required=True),
            Column("section", "text", N_("Section of that document.")),
            Column(
                "reconstructed",
                "boolean",
                N_("Whether the figure was pieced together from a damaged source."),
            ),
        ),
    ),
)

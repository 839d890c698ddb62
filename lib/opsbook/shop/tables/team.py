"""The team: goals, cooperation, training and projects."""

from opsbook.language import N_
from opsbook.shop.contract import Column, Table

__all__ = ["TABLES"]


TABLES = (
    Table(
        "team_kpis",
        N_("One row per period, person and KPI."),
        key=("period_date", "person", "kpi"),
        time="period_date",
        entries=("G01", "G02", "G03", "G13", "H06"),
        columns=(
            Column("period_date", "date", N_("First day of the month or quarter."), required=True),
            Column("person", "text", N_("Person or team assessed."), required=True),
            Column("role", "text", N_("Role of the person.")),
            Column("kpi", "text", N_("What is measured."), required=True),
            Column("target", "number", N_("Value aimed at.")),
            Column("actual", "number", N_("Value reached.")),
            Column(
                "weight", "fraction", N_("Weight of the KPI in the person's score."), at_least=0
            ),
            Column(
                "lower_is_better",
                "boolean",
                N_("Whether a smaller value is the better one; empty means no."),
            ),
        ),
    ),
    Table(
        "requests",
        N_("One row per request of one team to another."),
        key=("request_id",),
        time="open_ts",
        entries=("G07", "H06"),
        columns=(
            Column("request_id", "text", N_("Request number."), required=True),
            Column("from_team", "text", N_("Team that asks.")),
            Column("to_team", "text", N_("Team that answers.")),
            Column("open_ts", "timestamp", N_("When it was asked."), required=True),
            Column("respond_ts", "timestamp", N_("When the other team first responded.")),
            Column(
                "passed", "boolean", N_("Whether the result passed review at the first attempt.")
            ),
            Column("close_ts", "timestamp", N_("When it was done; empty while open.")),
        ),
    ),
    Table(
        "training",
        N_("One row per person and training attended."),
        key=(),
        time="training_date",
        entries=("G10", "H06"),
        columns=(
            Column("person", "text", N_("Person trained."), required=True),
            Column("training_date", "date", N_("Day of the training.")),
            Column("hours", "number", N_("Length of the training."), at_least=0, unit="hours"),
            Column("certificate", "text", N_("Certificate earned; empty if none.")),
        ),
    ),
    Table(
        "headcount",
        N_("One row per period and team."),
        key=("period_date", "team"),
        time="period_date",
        entries=("G06", "G11", "G12", "H06"),
        columns=(
            Column("period_date", "date", N_("First day of the month or quarter."), required=True),
            Column("team", "text", N_("Team."), required=True),
            Column(
                "people",
                "number",
                N_("People in the team, part-time counted in part."),
                required=True,
                at_least=0,
                unit="people",
            ),
        ),
    ),
    Table(
        "projects",
        N_("One row per project and metric it was to move."),
        key=("project_id", "metric"),
        entries=("G10", "H04"),
        columns=(
            Column("project_id", "text", N_("Project."), required=True),
            Column("metric", "text", N_("Metric it was to move."), required=True),
            Column("before_value", "number", N_("Value before the project.")),
            Column("after_value", "number", N_("Value after the project.")),
            Column("unit", "text", N_("Unit of the value; fraction for a share.")),
        ),
    ),
)

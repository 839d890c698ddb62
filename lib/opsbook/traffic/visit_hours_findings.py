"""What the hours and classes of traffic ask the shop to do."""

from opsbook.finding import Finding
from opsbook.language import count, per_cent, t
from opsbook.traffic.visit_hours import VisitHours
from opsbook.traffic.visit_hours_chart import class_name

__all__ = ["hour_findings"]


def hour_findings(result: VisitHours) -> list[Finding]:
    """At most one finding: the class of traffic that lives in the evening.

    Args:
        result: From ``visit_hours``.
    """
    if result.classes.empty:
        return []
    late = result.classes[result.classes["evening_differs"]]
    late = late[late["evening"] > late["evening_all"]]
    if late.empty:
        return []
    row = late.loc[(late["evening"] - late["evening_all"]).idxmax()]
    statement = t(
        "{share} of visits from {name} come between 19 and 23 h",
        share=per_cent(row["evening"], 0),
        name=class_name(row["source_class"]),
    )
    return [
        Finding(
            id="D05",
            statement=statement,
            evidence=t(
                "{share} [{low}, {high}] against {base} of all visits; {n} visits, {weeks} weeks",
                share=per_cent(row["evening"]),
                low=per_cent(row["evening_low"]),
                high=per_cent(row["evening_high"]),
                base=per_cent(row["evening_all"]),
                n=count(row["visits"]),
                weeks=result.whole_weeks,
            ),
            reference=t(
                "source claim: content is heavier in the evening and at weekends (001, no number)"
            ),
            money=None,
            money_basis=t("what an hour is worth takes a test: move half of the posts or bids"),
            action=t(
                "Publish and staff for {name} before 19 h; raise bids only in the hours that also "
                "convert, those with a dot.",
                name=class_name(row["source_class"]),
            ),
            owner=t("Channel manager"),
            due=t("this week"),
            confidence="medium",
            chapter="traffic/D05-timing",
        )
    ]

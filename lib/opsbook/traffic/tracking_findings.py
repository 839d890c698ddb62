"""What the health of the events asks of the team: nothing, or a repair before the next figure."""

from opsbook.finding import Finding
from opsbook.language import count, per_cent, t
from opsbook.traffic.faults import Fault, capital
from opsbook.traffic.tracking import Tracking
from opsbook.traffic.tracking_chart import kind_name, tracking_words

__all__ = ["tracking_findings"]

_CHAPTER = "traffic/D32-tracking"
_FELT = 0.001


def tracking_findings(found: Tracking) -> list[Finding]:
    """Faults of the period, the widest first; nothing where the events can be trusted.

    Args:
        found: From ``tracking``. Incidents of the shop are left to the funnel.
    """
    notes = [_gap(found, gap) for gap in found.in_period[:2]]
    if found.orders and found.unseen > 0.02 * found.orders:
        notes.append(_unseen(found))
    bad = found.rows[found.rows["share"] >= _FELT]
    if len(bad):
        notes.append(_rows(found, str(bad.nlargest(1, "share")["kind"].iloc[0])))
    return notes


def _basis() -> str:
    return t("no sale is lost by it; what it costs is decisions taken on wrong counts")


def _gap(found: Tracking, gap: Fault) -> Finding:
    lost = gap.verdict == "fault"
    if lost:
        statement = t(
            "{name}: {share} of the events of {days} never arrived",
            name=capital(gap.name), share=per_cent(1 - gap.share, 0), days=gap.days,
        )  # fmt: skip
        action = t(
            "Mend the tag, mark these days in every report, and do not read the funnel step on "
            "them as lost visitors."
        )
    else:
        statement = t(
            "{name} fell to {share} on {days}; a fault of tracking or of the shop",
            name=capital(gap.name), share=per_cent(gap.share, 0), days=gap.days,
        )  # fmt: skip
        action = t("Fault or incident: compare with orders, then click through the page yourself.")
    evidence = t(
        "{seen} visits instead of {expected}, ratio [{low}, {high}]; {without} of {n} that got "
        "further lack it",
        seen=count(gap.seen), expected=count(gap.expected), low=per_cent(gap.low, 0),
        high=per_cent(gap.high, 0), without=count(gap.later_without), n=count(gap.later),
    )  # fmt: skip
    return Finding(
        id="D32",
        statement=statement,
        evidence=evidence,
        reference=t("the other devices on the same days and the shop's own weeks around"),
        money=None,
        money_basis=_basis(),
        action=action,
        owner=t("Data engineering"),
        due=t("today"),
        confidence="high" if lost else "low",
        chapter=_CHAPTER,
        headline=statement,
    )


def _unseen(found: Tracking) -> Finding:
    orders = found.orders or 0
    statement = t(
        "{share} of orders paid during a visit have no payment event",
        share=per_cent(found.unseen / orders),
    )
    return Finding(
        id="D32",
        statement=statement,
        evidence=tracking_words(found),
        reference=t("every order paid during a visit should have one"),
        money=None,
        money_basis=_basis(),
        action=t(
            "Count sales from orders, never from payment events, and send them from the server."
        ),
        owner=t("Data engineering"),
        due=t("this week"),
        confidence="high",
        chapter=_CHAPTER,
    )


def _rows(found: Tracking, kind: str) -> Finding:
    row = found.rows.set_index("kind").loc[kind]
    statement = t(
        "{share} of rows are {kind}", share=per_cent(float(row["share"]), 2), kind=kind_name(kind)
    )
    return Finding(
        id="D32",
        statement=statement,
        evidence=t("{rows} of {n} rows", rows=count(row["rows"]), n=count(row["of"])),
        reference=t("less than 1 row in 1,000"),
        money=None,
        money_basis=_basis(),
        action=t(
            "Give the rows to those who send them, and drop repeats by event number on arrival."
        ),
        owner=t("Data engineering"),
        due=t("this month"),
        confidence="high",
        chapter=_CHAPTER,
    )

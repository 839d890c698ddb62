"""What purchase rhythms ask the shop to do."""

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.lifecycle.repurchase import Repurchase

__all__ = ["held_words", "repurchase_findings"]

_CHAPTER = "lifecycle/B08-repurchase-timing"


def held_words(found: Repurchase) -> str:
    """How the dates did on an earlier day, in one sentence."""
    held = found.held
    if held is None:
        text = t("The data are too short to test the dates on an earlier day.")
        return text
    return t(
        "Predictions made {days} days before the end: {share} of {n} next purchases fell into "
        "their {cover} interval [{low}, {high}].",
        days=held.days,
        share=per_cent(held.share),
        n=count(held.came),
        cover=per_cent(found.cover, 0),
        low=per_cent(held.low),
        high=per_cent(held.high),
    )


def repurchase_findings(found: Repurchase) -> list[Finding]:
    """At most one finding: who is due, and what it is worth.

    Args:
        found: From ``repurchase``.
    """
    rows = found.reminders
    if rows.empty:
        return []
    value = float(rows["value"].sum())
    people = int(rows["customer_id"].nunique())
    statement = t(
        "{n} customers are due to buy again within {days} days",
        n=count(people),
        days=found.ahead_days,
    )
    fits = (
        found.held is not None
        and found.held.low <= found.cover + 0.05
        and (found.held.high >= found.cover - 0.05)
    )
    everything = found.models["*"]
    return [
        Finding(
            id="B08",
            statement=statement,
            evidence=t(
                "{held} {gone} of {known} customers with a rhythm are probably gone and are "
                "not reminded.",
                held=held_words(found),
                gone=count(found.gone),
                known=count(found.known),
            ),
            reference=t(
                "regularity {k}; at 1 customers buy as if by chance, and a date is a weak guide",
                k=count(everything.k, 2),
            ),
            money=value,
            money_basis=t(
                "chance to buy within {days} days x usual amount, summed: sales to be expected "
                "of them, not caused by the reminder",
                days=found.ahead_days,
            ),
            action=t(
                "Send the reminder on the day the usual gap is over; leave one in ten out by "
                "lot, to learn what reminding is worth."
            ),
            owner=t("CRM"),
            due=t("this week"),
            confidence="medium" if fits else "low",
            chapter=_CHAPTER,
            headline=t("{n} customers are due, good for {value}").format(
                n=count(people), value=money(value, found.currency)
            ),
        )
    ]

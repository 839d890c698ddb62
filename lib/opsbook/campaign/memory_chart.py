"""The opening of a post-mortem: what was promised last time, and the verdict on each promise."""

import pandas as pd

from opsbook.campaign.action_measures import MEASURES, promise_action
from opsbook.campaign.actions import BEFORE_NEXT
from opsbook.campaign.actions_table import measure_shown
from opsbook.campaign.memory import Filed, Promises
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.finding import Finding
from opsbook.language import N_, t

__all__ = ["filed_words", "memory_findings", "promise_table", "promise_words"]

_DECISIONS = {
    "keep": N_("keep"),
    "change": N_("change"),
    "retire": N_("retire"),
    "open": N_("not over"),
    "cannot tell": N_("cannot tell"),
}
_MOST_LESSONS = 3


def promise_words(found: Promises) -> str:
    """How many promises came true, and the lessons that were left, in sentences."""
    if found.rows.empty and found.lessons.empty:
        if found.file is None:
            return t(
                "Nothing was filed at earlier runs of {name}: this source keeps no file.",
                name=found.event.name,
            )
        return t("Nothing was filed at earlier runs of {name}.", name=found.event.name)
    judged = found.judged
    parts = []
    if len(judged):
        counts = judged["decision"].value_counts()
        parts.append(
            t(
                "Of {n} promises that can be judged {keep} came true: keep those, change "
                "{change}, retire {retire}.",
                n=len(judged),
                keep=int(counts.get("keep", 0)),
                change=int(counts.get("change", 0)),
                retire=int(counts.get("retire", 0)),
            )
        )
    waiting = int((found.rows["decision"] == "open").sum())
    if waiting:
        parts.append(t("{n} promises will be judged when the event is over.", n=waiting))
    rest = len(found.rows) - len(judged) - waiting
    if rest:
        parts.append(t("{n} cannot be judged: no measure, no target or not carried out.", n=rest))
    for text in found.lessons["text"].head(_MOST_LESSONS):
        parts.append(t("Last time: {text}.", text=str(text).rstrip(".。")))
    return " ".join(parts)


def promise_table(found: Promises) -> ShownTable:
    """Each promise with its target, what was measured, and the verdict."""
    rows = found.rows
    frame = pd.DataFrame(
        {
            "text": rows["text"],
            "name": rows["name"],
            "owner": rows["owner"],
            "measure": [t(MEASURES[m].name) if m in MEASURES else "–" for m in rows["measure"]],
            "baseline": [measure_shown(r.measure, r.baseline) for r in rows.itertuples()],
            "target": [measure_shown(r.measure, r.target) for r in rows.itertuples()],
            "now": [measure_shown(r.measure, r.now) for r in rows.itertuples()],
            "decision": [t(_DECISIONS[d]) for d in rows["decision"]],
        }
    )
    fields = (
        Field("text", t("Promised")),
        Field("name", t("at")),
        Field("owner", t("owner")),
        Field("measure", t("measure")),
        Field("baseline", t("then")),
        Field("target", t("target")),
        Field("now", t("now")),
        Field("decision", t("verdict")),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Promised at earlier runs of {name}", name=found.event.name),
        note=t(
            "Keep: target reached. Change: at least half of the way. Retire: less. A figure "
            "that moved says that it moved, not that the action moved it."
        ),
    )


def filed_words(filed: Filed) -> str:
    """What was filed and where, or why nothing was."""
    if filed.file is None:
        return filed.why
    return t(
        "Filed in {file}: {new} new rows; {known} were there and stay as you left them.",
        file=f"{filed.file.parent.name}/{filed.file.name}",
        new=filed.new,
        known=filed.known,
    )


def memory_findings(found: Promises) -> list[Finding]:
    """At most one: promises of earlier runs that did not come true.

    Args:
        found: From ``promised``.
    """
    failed = found.judged[found.judged["decision"] == "retire"]
    if failed.empty:
        return []
    row = failed.iloc[0]
    name = t(MEASURES[str(row["measure"])].name)
    return [
        Finding(
            id="E17",
            statement=t(
                "{n} of {all} promises of earlier runs did not come true",
                n=len(failed),
                all=len(found.judged),
            ),
            evidence=t(
                "“{text}”: {measure} was {then}, promised {target}, is {now}",
                text=row["text"],
                measure=name,
                then=measure_shown(row["measure"], row["baseline"]),
                target=measure_shown(row["measure"], row["target"]),
                now=measure_shown(row["measure"], row["now"]),
            ),
            reference=t("what {name} promised", name=row["name"]),
            money=None,
            money_basis=t("a figure that moved does not say that the action moved it"),
            action=promise_action(str(row["measure"])),
            owner=str(row["owner"]) or t("Campaign manager"),
            due=t(BEFORE_NEXT),
            confidence="medium",
            chapter="campaign/E17-memory",
        )
    ]

"""Can an action be checked later: is it measurable, dated, owned, an answer to a finding."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from opsbook.campaign.action_measures import MEASURES, Measure, measure_of
from opsbook.finding import Finding
from opsbook.language import N_, t

__all__ = ["BEFORE_NEXT", "MEASURES", "Action", "Measure", "actions_of", "due_date", "smart_check"]


_WHOLE = ("gmv_attained", "budget_used")
"""Measures against a plan: the target is the plan itself."""
BEFORE_NEXT = N_("before the next event")
"""How a finding says that its action is due by the next run of the event."""
_DAYS = {
    N_("today"): 0,
    N_("this week"): 7,
    N_("this month"): 30,
    N_("this quarter"): 91,
}


@dataclass(frozen=True)
class Action:
    """Something that somebody will do, and by what it will be judged.

    Args:
        what: What is done.
        owner: Role or person; empty if nobody.
        measure: Id of a ``Measure``; empty if none.
        target: Value the measure is to reach next time; None if none is set.
        due: By when; None if no date is set.
        finding: Id of the finding that it answers; empty if none.
        money: What the finding put at stake, money; None if it was not priced.
        baseline: Value of the measure when the action was filed; None if not measured.
    """

    what: str
    owner: str = ""
    measure: str = ""
    target: float | None = None
    due: date | None = None
    finding: str = ""
    money: float | None = None
    baseline: float | None = None


def due_date(words: str, today: date, next_event: date | None = None) -> date | None:
    """A date from what a finding says; None where it names none.

    Args:
        words: An ISO date, or words in the language in force such as "this week".
        today: Day the words were said.
        next_event: First day of the next run of the event; what is due before
            it is due on the day before.
    """
    iso = re.search(r"\d{4}-\d\d-\d\d", words)
    if iso:
        try:
            return date.fromisoformat(iso[0])
        except ValueError:
            return None
    plain = words.strip().casefold()
    for key, days in _DAYS.items():
        if plain in (key.casefold(), t(key).casefold()):
            return today + timedelta(days=days)
    if next_event is not None and plain in (BEFORE_NEXT.casefold(), t(BEFORE_NEXT).casefold()):
        return next_event - timedelta(days=1)
    return None


def actions_of(
    findings: Sequence[Finding],
    today: date,
    *,
    next_event: date | None = None,
    baselines: dict[str, float] | None = None,
    better: float = 0.1,
) -> tuple[Action, ...]:
    """Turn findings into actions with a measure, a target and a date.

    The measure follows from the method or the leaf behind the finding. The target is the
    plan where there is one, else the baseline moved by ``better`` in the good direction: a
    proposal that the owner confirms or changes, never a promise of the report.

    Args:
        findings: Findings of a report.
        today: Day of the report.
        next_event: First day of the next run of the event.
        baselines: Measure id to its value in this event.
        better: Relative improvement proposed, as a fraction.
    """
    known = baselines or {}
    found = []
    for note in findings:
        name = measure_of(note)
        action = Action(
            what=note.action,
            owner=note.owner,
            due=due_date(note.due, today, next_event),
            finding=note.id,
            money=note.money,
        )
        if name in known:
            level = known[name]
            factor = 1 + better if MEASURES[name].higher else 1 - better
            target = 1.0 if name in _WHOLE else level * factor
            action = replace(action, measure=name, baseline=level, target=target)
        found.append(action)
    return tuple(found)


def smart_check(actions: Sequence[Action], today: date) -> pd.DataFrame:
    """Which actions can be checked next time, and what each of the others lacks.

    Args:
        actions: Actions of a post-mortem.
        today: Dates before it do not count as dates.

    Returns:
        One row per action, in order: ``what, owner, measure, target, due, finding``, the
        flags ``specific`` (says more than three words or characters), ``measurable`` (a
        known measure and a target), ``dated`` (a day to come), ``owned``, ``answers`` (a
        finding), ``smart`` (all of them), and ``lacks`` in words.

    Source:
        E04: 001 经验总结 (SMART). Whether a goal can be reached is left to people.
    """
    rows = []
    for action in actions:
        flags = {
            "specific": len(action.what.strip()) > 3,
            "measurable": action.measure in MEASURES and action.target is not None,
            "dated": action.due is not None and action.due >= today,
            "owned": bool(action.owner.strip()),
            "answers": bool(action.finding),
        }
        words = {
            "specific": t("say what is done"),
            "measurable": t("name a figure and its target"),
            "dated": t("set a day to come"),
            "owned": t("name who does it"),
            "answers": t("say which finding it answers"),
        }
        lacks = [words[name] for name, held in flags.items() if not held]
        rows.append(
            {
                "what": action.what,
                "owner": action.owner,
                "measure": action.measure,
                "target": action.target,
                "due": action.due,
                "finding": action.finding,
                **flags,
                "smart": all(flags.values()),
                "lacks": t("; ").join(lacks),
            }
        )
    columns = ["what", "owner", "measure", "target", "due", "finding", "specific", "measurable",
               "dated", "owned", "answers", "smart", "lacks"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)

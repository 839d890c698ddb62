"""Attainment in sentences: what was reached, what is due, and what the shop grew anyway."""

from opsbook.campaign.attainment import Attainment
from opsbook.language import N_, count, money, per_cent, t

__all__ = ["attainment_words", "goal_name", "phase_name"]

_PHASES = {"preheat": N_("warm-up"), "peak": N_("peak"), "tail": N_("tail")}
_GOALS = {
    "gmv": N_("GMV"),
    "new_customers": N_("new customers"),
    "budget": N_("budget spent on advertising"),
}


def goal_name(goal: str) -> str:
    """What a report calls a goal."""
    return t(_GOALS[goal])


def phase_name(phase: str) -> str:
    """What a report calls a phase."""
    return t(_PHASES[phase])


def attainment_words(found: Attainment) -> str:
    """Attainment, growth on like days and what of it the shop grew anyway, in sentences."""
    parts = []
    for row in found.goals.itertuples():
        name = goal_name(str(row.goal_of))
        parts.append(
            t(
                "{goal}: {now} of {aim} ({share}).",
                goal=name[:1].upper() + name[1:],
                now=count(row.now),
                aim=count(row.goal),
                share=per_cent(row.attained),
            )
        )
    if found.scope == "credited":
        parts.append(
            t(
                "The goal is below half of what as many usual days bring, so only orders "
                "credited to the event are held against it."
            )
        )
    if found.event.state == "running":
        parts.append(_so_far(found))
    if found.growth.value == found.growth.value:
        parts.append(_grown(found))
    if not parts:
        parts.append(
            t(
                "No goal is on record and the event has no year before it inside the data: "
                "{gmv} on {n} days stand alone.",
                gmv=money(found.gmv, found.currency),
                n=int(found.days["inside"].eq(True).sum()),
            )
        )
    return " ".join(parts)


def _so_far(found: Attainment) -> str:
    known, whole = (found.event.until - found.event.since).days, found.event.days.days
    goal = found.goal("gmv")
    text = t("The event runs: {known} of {n} days are in.", known=known, n=whole)
    if goal is None or goal["projected"] != goal["projected"]:
        return text
    more = t(
        "On last year's course it would end at {end}: a projection of its shape, not a forecast.",
        end=money(goal["projected"], found.currency),
    )
    return f"{text} {more}"


def _grown(found: Attainment) -> str:
    growth = found.growth
    if growth.days == 1:
        text = t(
            "On the one day that both years have GMV is {value}; too few days for an interval.",
            value=per_cent(growth.value, sign=True),
        )
        return _beside_the_shop(found, text)
    text = (
        t(
            "On {n} days that both years have GMV is {value} [{low}, {high}].",
            n=growth.days,
            value=per_cent(growth.value, sign=True),
            low=per_cent(growth.low, sign=True),
            high=per_cent(growth.high, sign=True),
        )
        if growth.has_interval
        else t(
            "On {n} days that both years have GMV is {value}; too few days for an interval.",
            n=growth.days,
            value=per_cent(growth.value, sign=True),
        )
    )
    alone = int(found.days["inside"].eq(True).sum()) - growth.days
    if alone > 0:
        text += " " + t("{n} days have no counterpart and are left out.", n=alone)
    return _beside_the_shop(found, text)


def _beside_the_shop(found: Attainment, text: str) -> str:
    shop = found.ordinary
    if shop is not None and shop.growth is not None:
        text += " " + t(
            "In the twelve weeks before, like days against like days, the shop was {shop} on "
            "last year: that part is no merit of the event.",
            shop=per_cent(shop.growth, sign=True),
        )
    return text

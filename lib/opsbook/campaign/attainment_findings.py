"""What attainment asks for: a goal missed, a phase that gave back, a budget overrun."""

from opsbook.campaign.actions import BEFORE_NEXT
from opsbook.campaign.attainment import Attainment
from opsbook.campaign.attainment_words import attainment_words, phase_name
from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t

__all__ = ["attainment_findings", "phase_findings"]

_CHAPTER, _PHASES = "campaign/E02-attainment", "campaign/E07-phases"
_LEAST_MISS = 0.02
_OVERRUN = 0.1
_DIP = 0.05


def attainment_findings(found: Attainment) -> list[Finding]:
    """Goals missed or beaten by more than 2 %, and a budget overrun by more than 10 %.

    Args:
        found: From ``attainment``.
    """
    notes = []
    goal = found.goal("gmv")
    if goal is not None and found.event.state == "finished":
        gap = float(goal["now"] - goal["goal"])
        if abs(gap) > _LEAST_MISS * goal["goal"]:
            notes.append(_gmv(found, gap, float(goal["attained"])))
    fresh = found.goal("new_customers")
    over = found.event.state == "finished"
    if fresh is not None and over and fresh["attained"] < 1 - _LEAST_MISS:
        notes.append(_new(found, float(fresh["now"]), float(fresh["goal"])))
    budget = found.goal("budget")
    if budget is not None and found.booked and budget["attained"] > 1 + _OVERRUN:
        notes.append(_budget(found, float(budget["now"]), float(budget["goal"])))
    return notes


def _basis(found: Attainment, what: str) -> str:
    if found.margin == found.margin:
        return t("{what}, at the event's margin of {rate}", what=what,
                 rate=per_cent(found.margin, 0))  # fmt: skip
    return t("{what}; costs are unknown, so it is sales and not margin", what=what)


def _rate(found: Attainment) -> float:
    return found.margin if found.margin == found.margin else 1.0


def _gmv(found: Attainment, gap: float, share: float) -> Finding:
    name = found.event.name
    statement = (
        t("{name} missed its GMV goal: {share} reached", name=name, share=per_cent(share))
        if gap < 0
        else t("{name} beat its GMV goal: {share} reached", name=name, share=per_cent(share))
    )
    return Finding(
        id="E02",
        statement=statement,
        evidence=attainment_words(found),
        reference=t("the goal set before the event"),
        money=gap * _rate(found),
        money_basis=_basis(found, t("GMV less the goal, {days}", days=str(found.event.days))),
        action=t("Take the cause tree below: give its largest leaf to its owner before replanning.")
        if gap < 0
        else t("Check against the baseline below how much came anyway, before raising the goal."),
        owner=t("Campaign manager"),
        due=t("this week"),
        confidence="high",
        chapter=_CHAPTER,
        headline=statement,
    )


def _new(found: Attainment, now: float, goal: float) -> Finding:
    return Finding(
        id="E02",
        statement=t(
            "{name} won {now} new customers, {gap} fewer than planned",
            name=found.event.name,
            now=count(now),
            gap=count(goal - now),
        ),
        evidence=t("{share} of the goal of {goal}", share=per_cent(now / goal), goal=count(goal)),
        reference=t("the goal set before the event"),
        money=None,
        money_basis=t("what a new customer is worth is a question of 90 days, not of the event"),
        action=t("Look which channel brought new customers last year and did not this time."),
        owner=t("Growth manager"),
        due=t("this month"),
        confidence="high",
        chapter=_CHAPTER,
    )


def _budget(found: Attainment, now: float, goal: float) -> Finding:
    return Finding(
        id="E02",
        statement=t(
            "Advertising for {name} cost {share} of its budget",
            name=found.event.name,
            share=per_cent(now / goal, 0),
        ),
        evidence=t(
            "{now} booked to the event, {goal} set aside",
            now=money(now, found.currency),
            goal=money(goal, found.currency),
        ),
        reference=t("the budget set before the event"),
        money=goal - now,
        money_basis=t("advertising above the budget, {days}", days=str(found.event.days)),
        action=t("Set a daily cap per channel before the next event, and who may lift it."),
        owner=t("Growth"),
        due=t(BEFORE_NEXT),
        confidence="high",
        chapter=_CHAPTER,
    )


def phase_findings(found: Attainment) -> list[Finding]:
    """At most one: a tail (or warm-up) below usual days gives back what the peak sold.

    Args:
        found: From ``attainment``.
    """
    rows = found.phases
    low = rows[(rows["phase"] != "peak") & (rows["multiple"] < 1 - _DIP)]
    low = low[low["known"] == low["days"]]
    if low.empty:
        return []
    missing = low["gmv"] * (1 - 1 / low["multiple"])
    row = low.loc[missing.idxmin()]
    lost = float(missing.min())
    return [
        Finding(
            id="E07",
            statement=t(
                "The {phase} of {name} sold {share} less than usual days",
                phase=phase_name(str(row["phase"])),
                name=found.event.name,
                share=per_cent(1 - float(row["multiple"]), 0),
            ),
            evidence=t(
                "{gmv} on {n} days, {multiple} times usual days of the same weekdays",
                gmv=money(float(row["gmv"]), found.currency),
                n=int(row["known"]),
                multiple=count(float(row["multiple"]), 2),
            ),
            reference=t("usual days of the eight weeks before"),
            money=lost * _rate(found),
            money_basis=_basis(
                found, t("GMV of the phase less that of as many usual days; the season is in it")
            ),
            action=t("Plan the event on the whole window: take this off the peak's result."),
            owner=t("Campaign manager"),
            due=t(BEFORE_NEXT),
            confidence="medium",
            chapter=_PHASES,
        )
    ]

"""Experiments in tables: what follows, whether they can be read, metrics, what a test takes."""

import numpy as np
import pandas as pd

from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.traffic.decide import Decisions
from opsbook.traffic.trial import metric_name
from opsbook.traffic.trial_health import HEALTHY, TrialHealth
from opsbook.traffic.trial_plan import TestPlan

__all__ = ["action_name", "decision_table", "health_table", "metrics_table", "plan_table"]


def action_name(action: str) -> str:
    """Scale, hold or stop, in the language in force."""
    return {"scale": t("scale it"), "hold": t("hold it"), "stop": t("stop it")}[action]


def reason_name(reason: str) -> str:
    """Why, in two or three words."""
    return {
        "gain": t("arm is better"),
        "loss": t("arm is worse"),
        "none": t("no difference shown"),
        "running": t("still running"),
        "fading": t("effect wears off"),
        "factorial": t("orthogonal design"),
        "same": t("A/A, arms are the same"),
        "mismatch": t("arms do not hold"),
        "assignment": t("assignment faulty"),
        "unequal": t("unequal pasts"),
    }[reason]


def _chance(p: float) -> str | None:
    """A p-value that is never shown as nothing."""
    if p != p:
        return None
    return "< 0.001" if p < 0.001 else count(p, 3)


def plan_table(found: TestPlan) -> ShownTable:
    """What each length of test can see."""
    fields = (
        Field("weeks", t("length in weeks"), "count"),
        Field("visitors", t("distinct visitors"), "count"),
        Field("cvr", t("conversion rate"), "share"),
        Field("needed", t("needed an arm"), "count"),
        Field("lift", t("smallest lift seen"), "share"),
    )
    return shown_table(found.weeks, fields, caption=t("What a test takes"))


def decision_table(found: Decisions, *, pilots: bool = False) -> ShownTable:
    """Every experiment with its effect, what it is worth and what to do.

    Args:
        found: From ``decide_trials``.
        pilots: Whether to show pilots only, with the chance that the claim holds.
    """
    frame = found.frame[found.frame["pilot"]] if pilots else found.frame
    shown = frame.assign(
        do=[action_name(a) for a in frame["action"]],
        short=[reason_name(r) for r in frame["reason"]],
    )
    worth = t("margin") if found.has_margin else t("sales")
    fields = [
        Field("exp_id", t("Experiment")),
        Field("do", t("Decision")),
        Field("short", t("Reason")),
        Field("units", t("units tested"), "count"),
        Field("lift", t("relative lift"), "growth"),
        Field("low", t("from"), "growth"),
        Field("high", t("to"), "growth"),
        Field("better", t("chance it is better"), "share"),
        Field("money", t("{worth} in 28 days, {currency}").format(
            worth=worth, currency=found.currency), "money"),
    ]  # fmt: skip
    if pilots:
        fields.insert(7, Field("above_claim", t("chance it is above the claim"), "share"))
    return shown_table(
        shown,
        fields,
        caption=t("Pilots and what follows") if pilots else t("Experiments and what follows"),
        note=t(
            "Worth with everybody treated, an extra buyer taken to spend like the control's. "
            "The chance is the Bayesian reading, for a look decided beforehand."
        )
        + ("" if pilots else " " + t("Latest first; repeat one of more than a year ago first.")),
    )


def health_table(found: TrialHealth) -> ShownTable:
    """State of every experiment."""
    names = {
        "ok": t("can be read"),
        "fading": t("effect wears off"),
        "mismatch": t("arms do not hold"),
        "assignment": t("assignment faulty"),
        "unequal": t("unequal pasts"),
    }
    frame = found.frame
    shown = frame.assign(
        verdict=[names[s] for s in frame["state"]],
        srm_p=[_chance(v) for v in frame["srm_p"]],
        weeks=[t("yes") if v else t("no") for v in frame["whole_weeks"]],
        shares=frame["shares"] + np.where(frame["guessed"], " *", ""),
        **{
            name: frame[name].where(frame["state"].isin(HEALTHY))
            for name in ("first_lift", "later_lift")
        },
        order=[0 if s not in HEALTHY else 1 if s == "fading" else 2 for s in frame["state"]],
    ).sort_values("order", kind="stable")  # fmt: skip
    fields = [
        Field("exp_id", t("Experiment")),
        Field("verdict", t("State")),
        Field("shares", t("planned shares, %")),
        Field("found", t("found, %")),
        Field("srm_p", t("p of the shares")),
        Field("days", t("length in days"), "count"),
        Field("weeks", t("whole weeks")),
        Field("double", t("in several arms"), "count"),
        Field("early", t("exposed too early"), "count"),
        Field("balance", t("gap of the pasts, sd"), "number"),
        Field("first_lift", t("lift, first half"), "growth"),
        Field("later_lift", t("lift, second half"), "growth"),
    ]
    notes = []
    if frame["guessed"].any():
        notes.append(t("* planned shares are not in the data: the nearest round share is taken."))
    if not frame[["double", "early"]].to_numpy().any():
        # Two columns of noughts only push the halves off the page.
        fields = [f for f in fields if f.name not in ("double", "early")]
        notes.append(t("Nobody stood in several arms or was exposed before being assigned."))
    return shown_table(
        shown, fields, caption=t("Can the experiments be read?"), note=" ".join(notes)
    )


def metrics_table(found: Decisions, exp_id: str) -> ShownTable:
    """All metrics of one experiment."""
    rows = found.trials.of(exp_id)
    shown = rows.assign(
        what=[metric_name(m) for m in rows["metric"]], p_adj=[_chance(v) for v in rows["p_adj"]]
    )
    fields = (
        Field("what", t("Metric")),
        Field("variant", t("arm")),
        Field("control_mean", t("control arm"), "number"),
        Field("treatment_mean", t("treated arm"), "number"),
        Field("lift", t("relative lift"), "growth"),
        Field("low", t("from"), "growth"),
        Field("high", t("to"), "growth"),
        Field("p_adj", t("p, corrected")),
    )
    ratio = found.trials.narrowing(exp_id)
    note = ""
    if ratio == ratio:
        note = t(
            "Taking out what units spent before makes the interval of sales {change}.",
            change=t("{share} narrower", share=per_cent(1 - ratio)) if ratio < 1
            else t("no narrower"),
        )  # fmt: skip
    return shown_table(
        pd.DataFrame(shown), fields, caption=t("{exp}: all metrics", exp=exp_id), note=note
    )

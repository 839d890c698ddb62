"""The rules by which an experiment is scaled, held or stopped, each with its sentence."""

import re
from typing import Any

import numpy as np
import pandas as pd

from opsbook.language import count, per_cent, t
from opsbook.reference.figures import figure, figures
from opsbook.traffic.bayes import compare_rates
from opsbook.traffic.sample_size import sample_size
from opsbook.traffic.sequential import any_time_radius

__all__ = ["PILOT_CLAIM", "VOID", "decision", "is_same", "pilot_claim_words"]

VOID = ("mismatch", "assignment", "unequal")
"""States of an experiment in which its effect is not read."""


PILOT_CLAIM = 0.2
"""Lift of conversion after which a source scales a pilot; used when no row says otherwise."""


_CLAIM_ROW = "pilot_cvr_lift"


_PILOT_SHARE = 0.25


def pilot_claim_words() -> str:
    """The source's rule for pilots, called a claim."""
    if _CLAIM_ROW in figures():
        return figure(_CLAIM_ROW).words()
    return t(
        "source claim: scale a pilot after CVR +{lift} (002 三(三)3)", lift=per_cent(PILOT_CLAIM, 0)
    )


def _claim() -> float:
    row = figures().get(_CLAIM_ROW)
    return float(row.value) if row is not None and row.value is not None else PILOT_CLAIM


def decision(
    row: pd.Series, state: pd.Series, arms: pd.DataFrame, worth: float, level: float
) -> dict[str, Any]:
    """What follows from one experiment.

    Args:
        row: Its deciding effect, a row of ``Trials.frame``.
        state: Its state, a row of ``TrialHealth.frame``.
        arms: ``units, converted, value`` by variant.
        worth: Smallest relative lift worth building.
        level: Confidence of the intervals; one minus it is the bound for corrected p.

    Returns:
        Columns of ``Decisions.frame`` without money.
    """
    low, high, lift = float(row["low"]), float(row["high"]), float(row["lift"])
    share = float(row["units"]) / max(float(row["units"] + row["units_control"]), 1.0)
    pilot = share <= _PILOT_SHARE and len(arms) == 2
    base = {
        "variant": row["variant"],
        "start": state["start"],
        "days": int(state["days"]),
        "units": float(state["units"]),
        "metric": row["metric"],
        "lift": lift,
        "low": low,
        "high": high,
        "p_adj": float(row["p_adj"]),
        "pilot": pilot,
        "above_claim": _above(row, _claim(), level) if pilot else float("nan"),
        **_belief(row, arms),
    }
    span = t(
        "{lift} [{low}, {high}]",
        lift=per_cent(lift, sign=True),
        low=per_cent(low, sign=True),
        high=per_cent(high, sign=True),
    )
    # What must not be read is not shown as if it were a result.
    unread = ("lift", "low", "high", "p_adj", "better", "loss", "above_claim")
    hidden = dict.fromkeys(unread, float("nan"))
    if state["state"] in VOID:
        words = t("Stop and do not read the effect: {why}. Find the loss, then start anew.")
        reason = str(state["state"])
        return base | hidden | {
            "action": "stop", "reason": reason, "words": words.format(why=state["why"])
        }  # fmt: skip
    if row["factorial"]:
        words = t(
            "Hold: this is an orthogonal design. Its cells are not compared one by one; the "
            "main effects of its factors are what it was made for (D09)."
        )
        return base | hidden | {"action": "hold", "reason": "factorial", "words": words}
    sure = float(row["p_adj"]) < 1 - level
    if is_same(str(row["exp_id"])):
        words = (
            t("Distrust the set-up: arms that are the same differ by {span}.", span=span)
            if sure
            else t("No difference shown ({span}), as it should be: the arms are the same.",
                   span=span)
        )  # fmt: skip
        return base | {"action": "stop", "reason": "same", "words": words}
    if state["state"] == "fading":
        words = t(
            "Hold: {why}. Plan with the second half; run on until two weeks in a row agree.",
            why=state["why"],
        )
        return base | {"action": "hold", "reason": "fading", "words": words}
    if sure and state["running"] and not _sure_at_any_look(row, level):
        words = t(
            "Hold: {span}, but it still runs, and for whoever looks again and again that is not "
            "sure. Decide at the planned end.",
            span=span,
        )
        return base | {"action": "hold", "reason": "running", "words": words}
    if sure:
        made = _gain(span, pilot, base) if lift > 0 else {
            "action": "stop", "reason": "loss", "words": t("Stop: it does harm, {span}.", span=span)
        }  # fmt: skip
        return base | made
    return base | _nothing(row, state, span, worth, high)


def _gain(span: str, pilot: bool, base: dict[str, Any]) -> dict[str, Any]:
    if pilot:
        words = t(
            "Scale in steps: the pilot lifts conversion by {span}. Plan with {low}; the "
            "chance that it is above the claimed {claim} is {chance}.",
            span=span,
            low=per_cent(base["low"], sign=True),
            claim=per_cent(_claim(), 0, sign=True),
            chance=per_cent(base["above_claim"], 0),
        )
    else:
        words = t(
            "Scale: {span}. Plan with the lower end; keep a twentieth out for a while.", span=span
        )
    if base["days"] % 7:
        words += " " + t(
            "It ran {days} days, which is no whole number of weeks.", days=base["days"]
        )
    return {"action": "scale", "reason": "gain", "words": words}


def _nothing(
    row: pd.Series, state: pd.Series, span: str, worth: float, high: float
) -> dict[str, Any]:
    if high < worth:
        words = t(
            "Stop: no difference shown ({span}), and a lift of {worth} is ruled out.",
            span=span,
            worth=per_cent(worth, 0),
        )
        return {"action": "stop", "reason": "none", "words": words}
    words = t("Hold: no difference shown ({span}), and a lift of {worth} is not ruled out.",
              span=span, worth=per_cent(worth, 0))  # fmt: skip
    p = float(row["control_mean"])
    if row["metric"] == "conversion" and p > 0 and p * (1 + worth) < 1 and state["days"] > 0:
        missing = sample_size(p, p * (1 + worth)) - min(row["units"], row["units_control"])
        weeks = missing / max(min(row["units"], row["units_control"]), 1) * state["days"] / 7
        if missing > 0:
            words += " " + t(
                "To see it takes {n} more units an arm, {weeks} weeks at the pace so far.",
                n=count(np.ceil(missing)),
                weeks=count(np.ceil(weeks)),
            )
    return {"action": "hold", "reason": "none", "words": words}


def _sure_at_any_look(row: pd.Series, level: float) -> bool:
    """Whether the effect holds however often it was looked at."""
    from scipy.stats import norm

    error = float(row["effect_high"] - row["effect_low"]) / 2 / float(norm.ppf((1 + level) / 2))
    if not error > 0:
        return True
    radius = any_time_radius(error, tuned_error=error, level=level)
    return abs(float(row["effect"])) > float(radius)


def is_same(exp_id: str) -> bool:
    """Whether the name says that both arms are the same: ``aa-homepage``, ``A/A checkout``."""
    return bool(re.search(r"(^|[^a-z])a[/_]?a([^a-z]|$)", exp_id.lower()))


def _above(row: pd.Series, lift: float, level: float) -> float:
    """Probability that the true lift is above a value, from its interval."""
    from scipy.stats import norm

    width = float(row["high"] - row["low"])
    if not width > 0:
        return float("nan")
    # The interval is lopsided: take the side that faces the claim.
    facing = row["lift"] - row["low"] if lift < row["lift"] else row["high"] - row["lift"]
    return float(norm.cdf((row["lift"] - lift) / (facing / norm.ppf((1 + level) / 2))))


def _belief(row: pd.Series, arms: pd.DataFrame) -> dict[str, float]:
    if row["metric"] != "conversion":
        return {"better": float("nan"), "loss": float("nan")}
    pair = [arms.loc[name, ["converted", "units"]] for name in (row["control"], row["variant"])]
    found = compare_rates(*((float(a.iloc[0]), float(a.iloc[1])) for a in pair))
    return {"better": found.better, "loss": found.loss_if_b}

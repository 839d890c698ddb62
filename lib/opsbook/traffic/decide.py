"""Scale, hold or stop: what follows from each experiment and pilot, in words and money."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from opsbook.errors import DataError, ParameterError
from opsbook.language import N_, t
from opsbook.shop.metrics import order_totals
from opsbook.shop.periods import data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.decision_rules import VOID, decision, is_same
from opsbook.traffic.trial import Correction, Trials, analyse_trials
from opsbook.traffic.trial_data import trial_days
from opsbook.traffic.trial_health import TrialHealth, trial_health

__all__ = ["Decisions", "decide_trials", "margin_rate"]

_MONTH = 28
_STILL = 1
"""Days without an exposure before the data's end up to which a test counts as running."""


@dataclass(frozen=True)
class Decisions:
    """What to do with each experiment.

    Args:
        frame: One row per experiment, the latest first: ``exp_id, variant, start, days,
            units, action`` (scale, hold, stop), ``reason`` (gain, loss, none, running,
            fading, factorial, same, mismatch, assignment, unequal), ``metric, lift, low, high,
            p_adj, better`` (probability), ``loss`` (fraction of units given away if it is
            scaled), ``pilot`` (a small treated arm), ``above_claim`` (probability that the
            lift is above the claim, pilots), ``money, money_low, money_high`` (of 28 days
            with everybody treated), ``words``.
        trials: The effects behind it.
        health: The state of each experiment.
        worth: Smallest relative lift worth building.
        margin: Share of sales that ``money`` counts; 1 where cost is not known.
        has_margin: Whether ``money`` is margin.
        currency: ISO code.
        level: Confidence.
        source: Name of the shop.
    """

    frame: pd.DataFrame
    trials: Trials
    health: TrialHealth
    worth: float
    margin: float
    has_margin: bool
    currency: str
    level: float
    source: str

    def of(self, exp_id: str) -> pd.Series:
        """The row of one experiment.

        Raises:
            ParameterError: There is none of that name.
        """
        row = self.frame[self.frame["exp_id"] == exp_id]
        if not len(row):
            raise ParameterError(
                N_('there is no experiment "{value}"; there are {known}'),
                value=exp_id,
                known=", ".join(self.frame["exp_id"].head(12)),
            )
        return row.iloc[0]

    def sentences(self, *, pilots: bool = False, most: int = 6) -> list[str]:
        """What follows from each experiment, the latest first.

        Args:
            pilots: Small treated arms, which have a section of their own; or else the others.
            most: Experiments at most.
        """
        rows = self.frame[self.frame["pilot"] == pilots]
        return [f"**{r.exp_id}** · {r.words}" for r in rows.head(most).itertuples()]

    def headline(self) -> str:
        """How many to scale, hold and stop."""
        n = self.frame["action"].value_counts()
        return t(
            "{scale} to scale, {hold} to hold, {stop} to stop",
            scale=int(n.get("scale", 0)),
            hold=int(n.get("hold", 0)),
            stop=int(n.get("stop", 0)),
        )


@shared
def margin_rate(shop: Shop) -> float | None:
    """Gross margin as a share of sales, over all lines whose cost is known; None without."""
    if not shop.has("order_lines", "unit_cost"):
        return None
    totals = order_totals(shop)
    row = totals.aggregate(cost=totals.cost.sum(), sales=totals.costed_amount.sum()).execute()
    cost, sales = row.iloc[0]
    return float(1 - cost / sales) if sales and sales == sales else None


def decide_trials(
    shop: Shop,
    *,
    worth: float = 0.1,
    correction: Correction = "holm",
    shares: Mapping[str, Mapping[str, float]] | None = None,
    level: float = 0.95,
) -> Decisions:
    """Decide every experiment on visitors or customers.

    In this order: a test whose arms do not hold is not read at all; an orthogonal design is
    not compared cell by cell; a fading effect is held until it settles; a corrected
    difference is scaled or stopped, of a test that still runs only if it is sure however
    often one looks; without one it is stopped where even the upper end of
    the interval is not worth building, and held where it is.

    Args:
        shop: Needs ``experiments``.
        worth: Smallest relative lift worth building, above 0 and up to 2.
        correction: As in ``analyse_trials``.
        shares: Planned shares of the arms, as in ``trial_health``.
        level: Confidence; the corrected p-value is held against 1 - level.

    Raises:
        CannotTell: There is no experiment with two arms and an outcome.
        ParameterError: ``worth`` is out of range.
    """
    if not 0 < worth <= 2:
        raise ParameterError(N_("worth {value} is out of range; use above 0 to 2"), value=worth)
    health = trial_health(shop, shares=shares)
    trials = analyse_trials(shop, correction=correction, level=level)
    margin = margin_rate(shop)
    days = trial_days(shop)
    arms = days.groupby(["exp_id", "variant"])[["units", "converted", "value", "has_value"]].sum()
    rows = []
    now = _last_day(shop)
    ends = days.groupby("exp_id")["day"].max()
    for exp_id, effects in trials.frame.groupby("exp_id", sort=True):
        state = health.of(str(exp_id)).copy()
        state["running"] = now is not None and (now - ends[exp_id]).days <= _STILL
        row = _chosen(effects)
        made = decision(row, state, arms.loc[exp_id], worth, level)
        made |= _money(row, state, arms.loc[exp_id], 1.0 if margin is None else margin)
        rows.append({"exp_id": exp_id, **made})
    frame = pd.DataFrame(rows).sort_values("start", ascending=False, kind="stable")
    return Decisions(
        frame.reset_index(drop=True),
        trials,
        health,
        worth,
        1.0 if margin is None else margin,
        margin is not None,
        shop.currency,
        level,
        shop.title,
    )


def _last_day(shop: Shop) -> pd.Timestamp | None:
    """The shop's last day with an order; None where it has none to tell the day by."""
    if not shop.has("orders", "order_ts"):
        return None
    try:
        return pd.Timestamp(data_days(shop).end) - pd.Timedelta(days=1)
    except DataError:
        return None


def _chosen(effects: pd.DataFrame) -> pd.Series:
    """The arm and metric to decide by: conversion where it is recorded, the surest arm."""
    for metric in ("conversion", "value_cuped", "value"):
        rows = effects[effects["metric"] == metric]
        if len(rows):
            break
    sure = rows.sort_values(["p_adj", "lift"], ascending=[True, False])
    return sure.iloc[0]


def _money(row: pd.Series, state: pd.Series, arms: pd.DataFrame, margin: float) -> dict[str, float]:
    """Worth of 28 days with everybody treated, with the interval of the effect."""
    none = dict.fromkeys(("money", "money_low", "money_high"), float("nan"))
    void = state["state"] in VOID
    void = void or is_same(str(row["exp_id"]))
    if void or row["factorial"] or not state["days"] or not arms["has_value"].sum():
        return none
    flow = float(state["units"]) / state["days"] * _MONTH
    if row["metric"] == "conversion":
        control = arms.loc[row["control"]]
        if not control["converted"]:
            return none
        # Baskets are noisier than conversions: an extra buyer is taken to spend as others do.
        each = float(control["value"] / control["converted"])
    else:
        each = 1.0
    worth = flow * each * margin
    if state["state"] == "fading":
        # Only what is left of it: the first weeks do not come again.
        later = float(row["control_mean"]) * float(state["later_lift"]) * worth
        return none | {"money": later}
    return {
        "money": float(row["effect"]) * worth,
        "money_low": float(row["effect_low"]) * worth,
        "money_high": float(row["effect_high"]) * worth,
    }

"""What experiments and incrementality tests ask the shop to do, in money."""

import pandas as pd

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.traffic.decide import Decisions
from opsbook.traffic.decision_rules import pilot_claim_words
from opsbook.traffic.holdout import Holdouts
from opsbook.traffic.incrementality import GeoTest

__all__ = ["geo_findings", "holdout_findings", "trial_findings"]

_TRIALS, _PILOTS, _TESTS = (
    "traffic/D08-experiments",
    "traffic/D16-pilots",
    "traffic/D07-incrementality",
)
_MOST = 3


def trial_findings(found: Decisions, *, recent_days: int = 365) -> list[Finding]:
    """Gains to scale, faults to mend and effects that fade, at most three of each kind.

    Args:
        found: From ``decide_trials``.
        recent_days: Experiments that began longer before the last one are history; with 0,
            all count.
    """
    frame = found.frame
    if recent_days and frame["start"].notna().any():
        frame = frame[
            frame["start"].isna() | ((frame["start"].max() - frame["start"]).dt.days <= recent_days)
        ]
    notes: list[Finding] = []
    gains = frame[frame["reason"] == "gain"].sort_values("money", ascending=False)
    notes += [_gain(found, row) for _, row in gains.head(_MOST).iterrows()]
    faulty = frame[frame["reason"].isin(["mismatch", "assignment", "unequal"])]
    notes += [_fault(row) for _, row in faulty.head(_MOST).iterrows()]
    fading = frame[frame["reason"] == "fading"]
    notes += [_fading(found, row) for _, row in fading.head(_MOST).iterrows()]
    return notes


def _worth(found: Decisions) -> str:
    return t("margin") if found.has_margin else t("sales")


def _evidence(row: pd.Series) -> str:
    get = row.__getitem__
    return t(
        "lift {lift} [{low}, {high}], corrected p {p}, {n} units in {days} days, chance that "
        "it is better {better}",
        lift=per_cent(get("lift"), sign=True),
        low=per_cent(get("low"), sign=True),
        high=per_cent(get("high"), sign=True),
        p=count(get("p_adj"), 4) if get("p_adj") >= 0.0001 else "< 0.0001",
        n=count(get("units")),
        days=get("days"),
        better=per_cent(get("better")) if get("better") == get("better") else "–",
    )


def _gain(found: Decisions, row: pd.Series) -> Finding:
    get = row.__getitem__
    priced = get("money") == get("money")
    basis = t(
        "extra buyers x what a buyer of the control spent x margin {rate}, 28 days with "
        "everybody treated; interval {low} to {high}",
        rate=per_cent(found.margin) if found.has_margin else t("not known, so sales"),
        low=money(get("money_low"), found.currency),
        high=money(get("money_high"), found.currency),
    ) if priced else t("the experiment recorded no sales")  # fmt: skip
    pilot = bool(get("pilot"))
    statement = t("{exp} lifts conversion by {lift}").format(
        exp=get("exp_id"), lift=per_cent(get("lift"))
    )
    return Finding(
        id="D16" if pilot else "D08",
        statement=statement,
        evidence=_evidence(row),
        reference=pilot_claim_words() if pilot else t("the control arm of the same days"),
        money=float(get("money")) if priced else None,
        money_basis=basis,
        action=str(get("words")),
        owner=t("Growth"),
        due=t("this week"),
        confidence="high" if get("p_adj") < 0.01 else "medium",
        chapter=_PILOTS if pilot else _TRIALS,
        headline=statement,
    )


def _fault(row: pd.Series) -> Finding:
    get = row.__getitem__
    statement = t("{exp} cannot be read").format(exp=get("exp_id"))
    return Finding(
        id="D08",
        statement=statement,
        evidence=str(get("words")),
        reference=t("the planned shares of the arms"),
        money=None,
        money_basis=t("an effect that cannot be read has no price"),
        action=t("Look for where units are lost: redirects, bots, late logging. Then start anew."),
        owner=t("Growth"),
        due=t("before the next test"),
        confidence="high",
        chapter=_TRIALS,
        headline=statement,
    )


def _fading(found: Decisions, row: pd.Series) -> Finding:
    get = row.__getitem__
    statement = t("{exp}: the effect wears off").format(exp=get("exp_id"))
    priced = get("money") == get("money")
    return Finding(
        id="D08",
        statement=statement,
        evidence=found.health.of(str(get("exp_id")))["why"],
        reference=t("the control arm of the same days"),
        money=float(get("money")) if priced else None,
        money_basis=t("lift of the second half only, 28 days with everybody treated")
        if priced
        else t("the experiment recorded no sales"),
        action=t("Do not plan with the first weeks; decide by the second half."),
        owner=t("Growth"),
        due=t("this month"),
        confidence="medium",
        chapter=_TRIALS,
        headline=statement,
    )


def holdout_findings(found: Holdouts) -> list[Finding]:
    """What the best tested journey adds, and the journey most worth leaving somebody out of."""
    notes = []
    for row in found.tested.head(1).itertuples():
        over = float(row.claimed - row.worth)
        statement = t(
            "Of what {journey} claims, {share} would have come anyway",
            journey=row.journey,
            share=per_cent(over / row.claimed if row.claimed else 0.0, 0),
        )
        notes.append(
            Finding(
                id="D07",
                statement=statement,
                evidence=found.words(),
                reference=t("customers left out by lot"),
                money=float(row.worth),
                money_basis=t(
                    "{worth} added by {n} messages, interval {low} to {high}; over-credit of "
                    "last contact {over}",
                    worth=t("margin") if found.has_margin else t("sales"),
                    n=count(row.contacts),
                    low=money(row.worth_low, found.currency),
                    high=money(row.worth_high, found.currency),
                    over=money(over, found.currency),
                ),
                action=t("Book what was added and not what was claimed; keep the holdout.")
                if row.worth_low > row.cost
                else t("Stop or change the message: it may not earn its cost."),
                owner=t("CRM"),
                due=t("this month"),
                confidence="high" if row.worth_low > 0 else "low",
                chapter=_TESTS,
                headline=statement,
            )
        )
    blind = found.frame[found.frame["held"] == 0]
    if len(blind):
        row = blind.iloc[0]
        statement = t("Nobody knows what {journey} adds").format(journey=row["journey"])
        notes.append(
            Finding(
                id="D07",
                statement=statement,
                evidence=t(
                    "{n} messages, {rate} bought afterwards, nobody was left out",
                    n=count(row["contacts"]),
                    rate=per_cent(row["rate"]),
                ),
                reference=t("customers left out by lot"),
                money=None,
                money_basis=t(
                    "it claims {amount}; what of it was added takes a group left out",
                    amount=money(row["claimed"], found.currency),
                ),
                action=t("Leave one in ten out by lot, and write down whom."),
                owner=t("CRM"),
                due=t("before the next test"),
                confidence="high",
                chapter=_TESTS,
                headline=statement,
            )
        )
    return notes


def geo_findings(found: GeoTest) -> list[Finding]:
    """What the test on regions says about the channel's budget."""
    value, low, high = found.over_credit
    priced = found.credited == found.credited and found.verdict in ("over", "adds less")
    actions = {
        "adds": t("Keep the channel; book its orders by the test."),
        "adds less": t("Keep the channel, and bid for what it adds, not for its credit."),
        "over": t("Cut the budget in steps and repeat the test before spending it elsewhere."),
        "cannot tell": t("Repeat with more regions or for longer; change no budget on this."),
    }  # fmt: skip
    basis = (
        t(
            "orders credited by last click minus orders added, x {worth} of an order, in the "
            "treated regions during the test; interval {low} to {high}",
            worth=t("margin") if found.has_margin else t("sales"),
            low=money(low, found.currency),
            high=money(high, found.currency),
        )
        if priced
        else t("the interval holds both nothing and what last click credits")
        if found.verdict == "cannot tell"
        else t("last click is not contradicted")
    )
    return [
        Finding(
            id="D07",
            statement=found.headline(),
            evidence=found.words(),
            reference=t("regions without the change"),
            money=-float(value) if priced else None,
            money_basis=basis,
            action=actions[found.verdict],
            owner=t("Growth"),
            due=t("this month"),
            confidence="low" if found.verdict == "cannot tell" else "medium",
            chapter=_TESTS,
            headline=found.headline(),
        )
    ]

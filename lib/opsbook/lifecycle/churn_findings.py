"""What the churn warning asks the shop to do."""

from typing import Literal

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.lifecycle.churn import Churn
from opsbook.lifecycle.churn_chart import clock_words
from opsbook.lifecycle.churn_reasons import driver_name
from opsbook.reference.figures import figure, figures

__all__ = ["churn_findings", "churn_words"]

_CHAPTER = "lifecycle/B09-churn"
_CLAIMS = {"order": "churn_high_value_days", "login": "churn_login_days",
           "interaction": "churn_interaction_days"}  # fmt: skip


def churn_words(found: Churn) -> str:
    """What was measured and whether the model was worth it, in a few sentences."""
    gain = found.gain
    text = t(
        "{rate} of active customers left ({clock}). AUC {auc} [{low}, {high}] against {base} "
        "for silence alone.",
        rate=per_cent(found.rate),
        clock=clock_words(found),
        auc=count(found.test.auc.value, 3),
        low=count(found.test.auc.low, 3),
        high=count(found.test.auc.high, 3),
        base=count(found.recency.auc.value, 3),
    )
    if found.better:
        text += " " + t(
            "The model is better by {gain} [{low}, {high}].",
            gain=count(gain.value, 3),
            low=count(gain.low, 3),
            high=count(gain.high, 3),
        )
    else:
        text += " " + t(
            "It is no better than silence alone ({gain} [{low}, {high}]): sort by days since "
            "the last sign of life and save the model.",
            gain=count(gain.value, 3),
            low=count(gain.low, 3),
            high=count(gain.high, 3),
        )
    if found.dropped:
        text += " " + t(
            "Left out because they tell the outcome too well to be known beforehand: {names}.",
            names=", ".join(found.dropped),
        )
    return text


def churn_findings(found: Churn) -> list[Finding]:
    """At most two findings: the value at risk, and a driver the shop can mend.

    Args:
        found: From ``churn``.
    """
    notes = [_at_risk(found)]
    mend = found.drivers[
        found.drivers["driver"].isin(["delivery", "returns", "reviews"])
        & (found.drivers["low"] > 0)
    ]
    if len(mend):
        notes.append(_mend(found, str(mend["driver"].iloc[0]), float(mend["loss"].iloc[0])))
    return notes


def _worth(found: Churn) -> str:
    return {
        "margin": t("margin"),
        "assumed": t("margin by the assumed rate"),
        "sales": t("sales"),
    }[found.worth]


def _reference(found: Churn) -> str:
    claim = _CLAIMS[found.clock.signal]
    if claim in figures():
        return figure(claim).words()
    return t("the shop's own past windows")


def _at_risk(found: Churn) -> Finding:
    # By value at risk: who is certain to go and worth nothing is no call.
    best = found.customers.head(max(1, round(len(found.customers) / 10)))
    stake = float(best["at_risk"].sum())
    total = float(found.customers["at_risk"].sum())
    statement = t(
        "{n} customers hold {share} of the value at risk of leaving",
        n=count(len(best)),
        share=per_cent(stake / total if total > 0 else 0.0, 0),
    )
    sure: Literal["high", "medium", "low"] = "medium" if found.better else "low"
    return Finding(
        id="B09",
        statement=statement,
        evidence=churn_words(found),
        reference=_reference(found),
        money=-stake,
        money_basis=t(
            "chance of leaving x expected {worth} of {days} days, the tenth with most at risk",
            worth=_worth(found),
            days=found.clock.days,
        ),
        action=t(
            "Speak to them in the order of the list, with the reason in hand; leave one in ten "
            "out by lot, to see what the call is worth."
        ),
        owner=t("CRM"),
        due=t("this week"),
        confidence=sure,
        chapter=_CHAPTER,
        headline=t("{amount} of {worth} may leave with {n} customers").format(
            amount=money(stake, found.currency), worth=_worth(found), n=count(len(best))
        ),
    )


def _mend(found: Churn, driver: str, loss: float) -> Finding:
    statement = t("{driver} go before customers leave").format(driver=_capital(driver_name(driver)))
    action = {
        "delivery": t(
            "Apologise for a late parcel within a day, and take the worst route to task."
        ),
        "returns": t("Ask those who return why, and correct size and description first."),
        "reviews": t("Answer one- and two-star reviews within a day, with a remedy."),
    }[driver]
    return Finding(
        id="B09",
        statement=statement,
        evidence=t(
            "shuffling it costs {loss} of AUC on customers the model had not seen",
            loss=count(loss, 3),
        ),
        reference=t("a driver that comes before leaving need not be its cause"),
        money=None,
        money_basis=t("what mending it would keep is not in the data; it takes a test"),
        action=action,
        owner=t("Customer service"),
        due=t("this month"),
        confidence="low",
        chapter=_CHAPTER,
        headline=statement,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

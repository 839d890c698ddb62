"""What response curves and the better split ask the shop to do, in money."""

from typing import Any

from opsbook.campaign.budget_words import (
    channel_name,
    reallocation_headline,
    reallocation_words,
    worth_word,
)
from opsbook.campaign.reallocation import Reallocation
from opsbook.campaign.response import Responses
from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t

__all__ = ["reallocation_findings", "response_findings"]

_CHAPTER = "campaign/E16-budget"
_MONTH = 30
_STEP = 0.2
"""Part of a channel's money that a first step moves."""


def response_findings(found: Responses) -> list[Finding]:
    """Whose last money does not pay, whose does, and what has to be tested first.

    Args:
        found: From ``response_curves``.
    """
    notes = []
    frame = found.frame[found.frame["spend"] > 0]
    cut = frame[frame["next"] == "cut"]
    if len(cut):
        waste = cut["spend"] * (1 - cut["marginal"].clip(lower=0))
        notes.append(_moved(found, cut.loc[waste.idxmax()], more=False))
    pays = frame[frame["next"] == "raise"]
    if len(pays):
        gain = pays["spend"] * (pays["marginal"] - 1)
        notes.append(_moved(found, pays.loc[gain.idxmax()], more=True))
    blind = frame[(frame["verdict"] == "unknown") & (frame["next"] == "unknown")]
    if len(blind):
        notes.append(_blind(found, blind.loc[blind["spend"].idxmax()]))
    return notes


def _moved(found: Responses, row: Any, *, more: bool) -> Finding:
    name = channel_name(row["channel"])
    step = _STEP * float(row["spend"]) * _MONTH
    # A negative return is chance, not a channel that drives orders away.
    low, middle, high = (
        max(float(row[k]), 0.0) for k in ("marginal_low", "marginal", "marginal_high")
    )
    gain, least, most = (
        (step * (v - 1) for v in (middle, low, high))
        if more
        else (step * (1 - v) for v in (middle, high, low))
    )
    statement = (
        t("More money on {channel} brings more than it costs", channel=name)
        if more
        else t("The last money on {channel} does not come back", channel=name)
    )
    return Finding(
        id="E16",
        statement=statement,
        evidence=t(
            "the last unit of money adds {value} of {worth} [{low}, {high}]; {orders} orders a "
            "day added, {credited} credited by last click",
            value=count(row["marginal"], 2),
            worth=worth_word(found.has_margin),
            low=count(row["marginal_low"], 2),
            high=count(row["marginal_high"], 2),
            orders=count(row["orders"], 1),
            credited=count(row["credited"], 1),
        ),
        reference=t("a return of 1: what the money costs"),
        money=gain,
        money_basis=t(
            "a fifth of its spend for 30 days, {amount}, at the return of the last unit; interval "
            "{low} to {high}; later purchases of new customers are not in it",
            amount=money(step, found.currency),
            low=money(least, found.currency),
            high=money(most, found.currency),
        ),
        action=t(
            "Raise {channel} by a fifth in four of the next eight weeks, drawn by lot, and fit "
            "again.",
            channel=name,
        )
        if more
        else t(
            "Cut {channel} by a fifth in four of the next eight weeks, drawn by lot, and fit "
            "again.",
            channel=name,
        ),
        owner=t("Channel manager"),
        due=t("this month"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=statement,
    )


def _blind(found: Responses, row: Any) -> Finding:
    name = channel_name(row["channel"])
    statement = t("What {channel} adds cannot be told from these data", channel=name)
    return Finding(
        id="E16",
        statement=statement,
        evidence=t(
            "{orders} orders a day added [{low}, {high}], {credited} credited by last click; "
            "weekly spend varies by {spread}, {dark} weeks without it",
            orders=count(row["orders"], 1),
            low=count(row["orders_low"], 1),
            high=count(row["orders_high"], 1),
            credited=count(row["credited"], 1),
            spread=per_cent(row["variation"], 0),
            dark=int(row["dark_weeks"]),
        ),
        reference=t(
            "an interval above zero, corrected for {n} channels looked at", n=len(found.frame)
        ),
        money=None,
        money_basis=t(
            "{amount} a month is spent on it; what comes back takes a test to know",
            amount=money(float(row["spend"]) * _MONTH, found.currency),
        ),
        action=t(
            "Draw lots for weeks with half and with double the money on {channel}, or switch it "
            "off in some regions.",
            channel=name,
        ),
        owner=t("Channel manager"),
        due=t("this quarter"),
        confidence="high",
        chapter=_CHAPTER,
        headline=statement,
    )


def reallocation_findings(plan: Reallocation) -> list[Finding]:
    """One finding where a shift is proven to gain, or is worth a test.

    Args:
        plan: From ``reallocate``.
    """
    if plan.verdict == "leave":
        return []
    frame = plan.frame
    more = frame.loc[(frame["budget"] - frame["spend"]).idxmax()]
    less = frame.loc[(frame["budget"] - frame["spend"]).idxmin()]
    amount = money(float(less["spend"] - less["budget"]), plan.currency)
    names = {"less": channel_name(less["channel"]), "more": channel_name(more["channel"])}
    sure = plan.verdict == "do"
    statement = reallocation_headline(plan)
    return [
        Finding(
            id="E16",
            statement=statement,
            evidence=reallocation_words(plan),
            reference=t("today's split of the same budget"),
            money=plan.gain * _MONTH,
            money_basis=t(
                "{worth} of added orders in 30 days, expected over the curves that agree with the "
                "data; interval {low} to {high}",
                worth=worth_word(plan.has_margin),
                low=money(plan.gain_low * _MONTH, plan.currency),
                high=money(plan.gain_high * _MONTH, plan.currency),
            ),
            action=t(
                "Take up to {amount} a day from {less}, first a third of it, and give it to "
                "{more}; fit again after four weeks.",
                amount=amount,
                **names,
            )
            if sure
            else t(
                "Test it: move a third of {amount} a day from {less} to {more} in weeks drawn by "
                "lot, and fit again.",
                amount=amount,
                **names,
            ),
            owner=t("Channel manager"),
            due=t("this month"),
            confidence="medium" if sure else "low",
            chapter=_CHAPTER,
            headline=statement,
        )
    ]

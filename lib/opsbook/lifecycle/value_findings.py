"""What follows from customer value: who holds it, what may be lost, where to win customers."""

import pandas as pd

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.lifecycle.value import Values

__all__ = ["ltv_findings", "value_findings"]

_CHAPTER = "lifecycle/B12-value"


def value_findings(values: Values) -> list[Finding]:
    """Findings on the customers there are.

    Args:
        values: From ``customer_values``, best with a calibration.

    Returns:
        Who holds the value and who may be lost; only the verdict where the model does not
        fit the shop.
    """
    if not values.trusted:
        return [_misfit(values)]
    found = [_holders(values)]
    risk = values.at_risk()
    if len(risk):
        found.append(_risk(values, risk))
    return found


def ltv_findings(values: Values, ltv: pd.DataFrame) -> list[Finding]:
    """Which channel brings the best customers, where the data tell them apart.

    Args:
        values: From ``customer_values``.
        ltv: From ``ltv_by`` by channel.

    Returns:
        One finding; none where the intervals of best and worst overlap or the model does
        not fit the shop.
    """
    apart = len(ltv) > 1 and ltv["low"].iloc[0] > ltv["high"].iloc[-1]
    return [_channels(values, ltv)] if apart and values.trusted else []


def _tested(values: Values) -> str:
    test = values.calibration
    if test is None:
        return t("the model was not tested on later purchases")
    return t(
        "tested on {days} later days: {predicted} purchases foreseen, {actual} came ({error})",
        days=test.days,
        predicted=count(test.predicted),
        actual=count(test.actual),
        error=per_cent(test.error, sign=True),
    )


def _misfit(values: Values) -> Finding:
    test = values.calibration
    statement = test.verdict() if test is not None else ""
    return Finding(
        id="B12",
        statement=statement,
        evidence=_tested(values),
        reference=t("a model that fits scatters as much as it says (ratio 1)"),
        money=None,
        money_basis=t("values of single customers are withheld, because they would mislead"),
        action=t(
            "Rank customers by what they bought lately (RFM) instead, and use the model for "
            "totals only."
        ),
        owner=t("CRM"),
        due=t("this month"),
        confidence="high",
        chapter=_CHAPTER,
        headline=statement,
    )


def _holders(values: Values) -> Finding:
    best = values.deciles.iloc[0]
    return Finding(
        id="B12",
        statement=t(
            "{n} customers, a tenth of all, hold {share} of the value of the next {days} days",
            n=count(best["customers"]),
            share=per_cent(values.top_share(), 0),
            days=values.horizon_days,
        ),
        evidence=t(
            "{total} in all ({level} interval {low} to {high}); {tested}",
            total=money(values.total, values.currency),
            level=per_cent(values.level, 0),
            low=money(values.low, values.currency),
            high=money(values.high, values.currency),
            tested=_tested(values),
        ),
        reference=t("a tenth of customers would hold 10 % if all were alike"),
        money=float(best["value"]),
        money_basis=t(
            "expected value of this tenth in {days} days: {margin}",
            days=values.horizon_days,
            margin=values.margin.words(),
        ),
        action=t("Give this tenth service and first access by name; spend no discount on it."),
        owner=t("CRM"),
        due=t("this month"),
        confidence="high" if values.calibration is not None else "medium",
        chapter=_CHAPTER,
        headline=values.headline(),
    )


def _risk(values: Values, risk: pd.DataFrame) -> Finding:
    lost, worth = float(risk["lost"].sum()), float(risk["worth"].sum())
    statement = t(
        "{n} good customers have probably left, and {money} of value with them",
        n=count(len(risk)),
        money=money(lost, values.currency),
    )
    return Finding(
        id="B12",
        statement=statement,
        evidence=t(
            "their chance to be still there is {chance} on average; last purchase {days} days "
            "ago in the middle",
            chance=per_cent(float(risk["alive"].mean()), 0),
            days=count(
                float((pd.Timestamp(values.base.end) - risk["last_day"]).dt.days.median()) - 1
            ),
        ),
        reference=t(
            "all customers: {chance}", chance=per_cent(float(values.frame["alive"].mean()), 0)
        ),
        money=-lost,
        money_basis=t(
            "worth if all of them were still there ({worth}) less what is expected, "
            "{days} days; what a message wins back is less",
            worth=money(worth, values.currency),
            days=values.horizon_days,
        ),
        action=t("Write to them this week, the largest loss first; the list is in the report."),
        owner=t("CRM"),
        due=t("this week"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=statement,
    )


def _channels(values: Values, ltv: pd.DataFrame) -> Finding:
    best, worst = ltv.iloc[0], ltv.iloc[-1]
    gap = float(best["ltv"] - worst["ltv"])
    statement = t(
        "A new customer from {best} is worth {high}, one from {worst} {low}",
        best=best["group"],
        high=money(float(best["ltv"]), values.currency),
        worst=worst["group"],
        low=money(float(worst["ltv"]), values.currency),
    )
    return Finding(
        id="B12",
        statement=statement,
        evidence=t(
            "intervals {a} to {b} and {c} to {d}; {repeats} repeat purchases against {fewer}",
            a=money(float(best["low"]), values.currency),
            b=money(float(best["high"]), values.currency),
            c=money(float(worst["low"]), values.currency),
            d=money(float(worst["high"]), values.currency),
            repeats=count(float(best["repeats"]), 2),
            fewer=count(float(worst["repeats"]), 2),
        ),
        reference=t("the shop's other channels"),
        money=0.1 * gap * float(worst["customers"]),
        money_basis=t(
            "a tenth of the {n} customers of {worst} won through {best} at the same cost",
            n=count(float(worst["customers"])),
            worst=worst["group"],
            best=best["group"],
        ),
        action=t("Bid by what a customer is worth, channel by channel, not by cost alone."),
        owner=t("Growth"),
        due=t("next quarter"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=statement,
    )

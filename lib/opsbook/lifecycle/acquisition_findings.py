"""What acquisition asks the shop to do: channels whose customers do not pay for themselves."""

from typing import Any

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.lifecycle.acquisition import LEAST, Acquisition
from opsbook.reference.figures import figure

__all__ = ["acquisition_findings"]

_CHAPTER = "lifecycle/B13-acquisition-cost"


def acquisition_findings(result: Acquisition, *, most: int = 2) -> list[Finding]:
    """Channels that have not paid back, and the one that pays back best.

    Args:
        result: From ``acquisition``.
        most: Channels without payback reported, by money.
    """
    known = result.frame[
        (result.frame["ad_cost"] > 0) & (result.frame["cac"] > 0) & result.frame["value"].notna()
    ].copy()
    if known.empty or result.value.money != "margin":
        return []
    known["short"] = (known["value"] - known["cac"]) * known["customers"]
    unpaid = known[(known["payback"].isna()) & (known["months"] >= 3)].sort_values("short")
    found = [_unpaid(row, result) for row in unpaid.head(most).itertuples()]
    sure = known[known["ratio_low"] > 1]
    if len(known) > 1 and not sure.empty:
        best = sure.loc[sure["ratio"].idxmax()]
        if best["customers"] >= LEAST:
            found.append(_best(best, result))
    return found


def _evidence(row: Any, result: Acquisition) -> str:
    return t(
        "{n} new customers cost {cac} each ({low} to {high}) and brought {value} ({from_} to "
        "{to}) in {months} months",
        n=count(row.customers),
        cac=money(row.cac, result.currency),
        low=count(row.cac_low, 1),
        high=count(row.cac_high, 1),
        value=money(row.value),
        from_=count(row.value_low, 1),
        to=count(row.value_high, 1),
        months=int(row.months),
    )


def _unpaid(row: Any, result: Acquisition) -> Finding:
    sure = row.ratio_high < 1
    text = (
        t("Customers of {name} do not pay back: {share} of their cost after {n} months")
        if sure
        else t("Customers of {name} have not paid back yet: {share} of their cost after {n} months")
    ).format(name=row.channel, share=per_cent(row.ratio, 0), n=int(row.months))
    days = result.period.days
    return Finding(
        id="B13",
        statement=text,
        evidence=_evidence(row, result),
        reference=figure("payback_failure").words() + "; " + figure("ltv_cac").words(),
        money=float(row.short) * 365 / days,
        money_basis=t(
            "margin short of cost for {n} new customers in {days} days, a year; last-click credit",
            n=count(row.customers),
            days=days,
        ),
        action=t("Cut the bid to what a customer brings, then test with regions switched off."),
        owner=t("Channel manager"),
        due=t("this week"),
        confidence="medium" if sure else "low",
        chapter=_CHAPTER,
        headline=text,
    )


def _best(row: Any, result: Acquisition) -> Finding:
    text = t(
        "Customers of {name} bring {ratio} times their cost within {n} months",
        name=row["channel"],
        ratio=count(row["ratio"], 1),
        n=int(row["months"]),
    )
    if row["payback"] == row["payback"]:
        text += t(", paid back in month {n}", n=int(row["payback"]))
    tenth = 0.1 * float(row["cost"]) * 365 / result.period.days
    return Finding(
        id="B13",
        statement=text,
        evidence=_evidence(row, result),
        reference=figure("ltv_cac").words(),
        money=tenth * float(row["ratio"] - 1),
        money_basis=t(
            "10 % more spend ({sum} a year) at the same return; returns fall as spend grows",
            sum=money(tenth, result.currency),
        ),
        action=t("Raise its budget by a tenth and watch the cost of the added customers alone."),
        owner=t("Channel manager"),
        due=t("next quarter"),
        confidence="low",
        chapter=_CHAPTER,
        headline=text,
    )

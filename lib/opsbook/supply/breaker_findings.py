"""What the circuit-breaker asks the shop to do, in money."""

from opsbook.finding import Finding
from opsbook.language import count, day, money, per_cent, t
from opsbook.supply.breaker import STATES, Breaker

__all__ = ["breaker_findings"]

_CHAPTER = "supply/C26-circuit-breaker"


def breaker_findings(found: Breaker) -> list[Finding]:
    """At most two findings: products to act on, products that sell beyond plan.

    Args:
        found: From ``breaker``.
    """
    if found.table.empty:
        return []
    notes = [_called(found)]
    ahead = found.table[found.table["cause"] == "ahead"]
    if len(ahead):
        notes.append(_ahead(found))
    return notes


def _basis() -> str:
    return t(
        "pieces expected to be asked for and missing until the next receipt x margin per piece at "
        "the prices of the last 91 days"
    )


def _reference() -> str:
    return t("source claim 003 ch. 12: a breaker “beyond expected”, without a number")


def _called(found: Breaker) -> Finding:
    states = ", ".join(
        f"{count(found.count(k))} {t(v)}" for k, v in STATES.items() if found.count(k)
    )
    test = found.calibration
    evidence = t("{n} products looked at: {states}", n=count(found.looked_at), states=states)
    if test is not None and test.calls:
        evidence += "; " + t(
            "of such calls in the past {false} [{low}, {high}] did not run out (n = {n})",
            false=per_cent(test.false_share, 0),
            low=per_cent(test.false_low, 0),
            high=per_cent(test.false_high, 0),
            n=count(test.calls),
        )
    first = found.table.iloc[0]
    offered = int((found.table["substitutes"] != "").sum())
    return Finding(
        id="C26",
        statement=t(
            "{n} products may run out before their next receipt: {lost} of margin, most at {sku}",
            n=count(len(found.table)),
            lost=money(found.lost_margin, found.currency),
            sku=first["sku"],
        ),
        evidence=evidence,
        reference=_reference(),
        money=-found.lost_margin,
        money_basis=_basis(),
        action=t(
            "Switch the products of the table as it says and show the substitutes: {n} have one.",
            n=count(offered),
        ),
        owner=t("shop operations"),
        due=day(found.end),
        confidence="medium" if test is not None and test.calls >= 30 else "low",
        chapter=_CHAPTER,
        headline=t("{n} products may run out before the next receipt", n=count(len(found.table))),
    )


def _ahead(found: Breaker) -> Finding:
    ahead = found.table[found.table["cause"] == "ahead"]
    lost = float(ahead["lost_margin"].sum())
    sold, plan = float(ahead["sold"].sum()), float(ahead["plan"].sum())
    return Finding(
        id="C26",
        statement=t(
            "{n} products sell beyond plan and will not last: {sold} pieces instead of {plan}",
            n=count(len(ahead)),
            sold=count(sold),
            plan=count(plan),
        ),
        evidence=t(
            "since {day}; each sold more than its plan gave a chance of {beyond}",
            day=day(found.plan_start),
            beyond=per_cent(found.beyond, 0),
        ),
        reference=_reference(),
        money=-lost,
        money_basis=_basis(),
        action=t(
            "Order more of them at once, take them out of the promotion until it is there, and "
            "tell who plans the next one."
        ),
        owner=t("replenishment"),
        due=day(found.end),
        confidence="medium",
        chapter=_CHAPTER,
    )

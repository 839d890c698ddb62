"""What the proposed purchase orders ask the shop to do, in money."""

from opsbook.finding import Finding
from opsbook.language import count, day, money, per_cent, t
from opsbook.supply.proposal import CUT_BY, Proposal

__all__ = ["proposal_findings"]

_CHAPTER = "supply/C02-order-proposal"


def proposal_findings(found: Proposal) -> list[Finding]:
    """At most three findings: send the orders, what the limits cost, smallest orders.

    Args:
        found: From ``propose``.
    """
    notes = []
    if len(found.table):
        notes.append(_send(found))
    limits = found.cuts[found.cuts["cut_by"].isin(["budget", "container"])]
    if len(limits) and float(limits["at_risk"].sum()) > 0:
        notes.append(_limits(found))
    if found.suppliers["under"].any():
        notes.append(_smallest(found))
    return notes


def _basis(found: Proposal) -> str:
    return t(
        "margin per piece x pieces that would be missing, on average, between the arrival of this "
        "order and of the next; keeping goods is assumed to cost {rate} of their price a year",
        rate=per_cent(found.holding_rate, 0),
    )


def _send(found: Proposal) -> Finding:
    table = found.table
    empty = int(table["why"].isin(["sold_out", "oversold"]).sum())
    return Finding(
        id="C02",
        statement=t(
            "Orders for {cost} are due today; without them {saved} of margin would be lost",
            cost=money(found.cost, found.currency),
            saved=money(found.avoided, found.currency),
        ),
        evidence=t(
            "{lines} products at or below their reorder point, {empty} of them sold out",
            lines=count(int((table["why"] != "top_up").sum())),
            empty=count(empty),
        ),
        reference=t("the policy's reorder points"),
        money=found.avoided,
        money_basis=_basis(found),
        action=t(
            "Check the ten lines with most margin at stake, then send the orders of the download, "
            "one per supplier."
        ),
        owner=t("replenishment"),
        due=day(found.order_date),
        confidence="medium",
        chapter=_CHAPTER,
        headline=t(
            "{lines} order lines are due today", lines=count(int((table["why"] != "top_up").sum()))
        ),
    )


def _limits(found: Proposal) -> Finding:
    cut = found.cuts[found.cuts["cut_by"].isin(["budget", "container"])]
    risk, cost = float(cut["at_risk"].sum()), float(cut["cost"].sum())
    names = ", ".join(t(CUT_BY[k]) for k in CUT_BY if k in set(cut["cut_by"]))
    pays = risk > 0.25 * cost
    return Finding(
        id="C02",
        statement=t(
            "Limits ({names}) cut orders for {cost}, at an expected loss of {risk}",
            names=names,
            cost=money(cost, found.currency),
            risk=money(risk, found.currency),
        ),
        evidence=t(
            "{pieces} pieces of {lines} products; the least valuable were cut first",
            pieces=count(int(cut["pieces"].sum())),
            lines=count(cut["sku"].nunique()),
        ),
        reference=t("the same orders without these limits"),
        money=-risk,
        money_basis=_basis(found),
        action=t("Ask for the missing {cost}: what it saves comes back at once.",
                 cost=money(cost, found.currency))
        if pays
        else t("Keep the limits: what was cut is mostly for later, not for this week."),
        owner=t("replenishment"),
        due=day(found.order_date),
        confidence="medium",
        chapter=_CHAPTER,
    )  # fmt: skip


def _smallest(found: Proposal) -> Finding:
    under = found.suppliers[found.suppliers["under"]]
    waits = under[under["lines"] == 0]
    risk = float(waits["at_risk"].sum())
    return Finding(
        id="C02",
        statement=t(
            "At {n} suppliers the lines due are under the smallest order; {waits} of them wait",
            n=count(len(under)),
            waits=count(len(waits)),
        ),
        evidence=t(
            "{added} pieces are added at the others to reach it",
            added=count(int(under["top_up"].sum())),
        ),
        reference=t("the smallest orders on file"),
        money=-risk,
        money_basis=_basis(found),
        action=t("Ask them for a smaller order this once, or put the lines with the next ones."),
        owner=t("buyer"),
        due=day(found.order_date),
        confidence="medium",
        chapter=_CHAPTER,
    )

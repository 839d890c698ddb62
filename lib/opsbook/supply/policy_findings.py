"""What the comparison of stock rules asks the shop to do."""

from typing import Literal

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.reference.figures import figure
from opsbook.supply.policy_compare import PolicyComparison, saving_of
from opsbook.supply.policy_tables import assumptions_words

__all__ = ["policy_findings", "policy_words"]

_CHAPTER = "supply/C02-safety-stock"


def policy_words(found: PolicyComparison) -> str:
    """The comparison in a few sentences."""
    mine = found.row("proposed")
    text = t(
        "Asked for {target}, the proposed rule served {share} of the pieces [{low}, {high}] at "
        "{cost} a year for stock, orders and margin lost.",
        target=_share(found.target),
        share=per_cent(mine["fill_rate"]),
        low=per_cent(mine["fill_low"]),
        high=per_cent(mine["fill_high"]),
        cost=money(float(mine["cost"]), found.world.panel.currency),
    )
    for rule, says in (
        ("safety", t("Seven days on top of the lead time: {share} at {cost}.")),
        ("line", t("Seven days as a line: {share} at {cost}.")),
        ("today", t("Today, as recorded: {share} at {cost}.")),
    ):
        if rule in found.runs:
            row = found.row(rule)
            text += " " + says.format(
                share=per_cent(row["fill_rate"]),
                cost=money(float(row["cost"]), found.world.panel.currency),
            )
    return text


def policy_findings(found: PolicyComparison) -> list[Finding]:
    """At most three findings: the rule against today's, the target, the 7-day rule.

    Args:
        found: From ``compare_policies``.
    """
    notes = []
    # Where nothing has a price, costs say nothing.
    priced = found.costless < 0.5
    if "today" in found.runs and priced:
        notes.append(_against_today(found))
    if found.cheapest != found.target and priced:
        notes.append(_target(found))
    notes.append(_seven_days(found))
    return notes


def _share(target: float) -> str:
    return per_cent(target, 0 if target < 0.995 else 1)


def _against_today(found: PolicyComparison) -> Finding:
    saved, low, high = saving_of(found, "today")
    currency = found.world.panel.currency
    mine, now = found.row("proposed"), found.row("today")
    parts = t(
        "keeping stock {holding}, ordering {ordering}, margin lost {lost}",
        holding=money(float(mine["holding"] - now["holding"]), sign=True),
        ordering=money(float(mine["ordering"] - now["ordering"]), sign=True),
        lost=money(float(mine["lost_margin"] - now["lost_margin"]), sign=True),
    )
    evidence = t(
        "saved per year {saved} [{low}, {high}]: {parts}; pieces served {mine} against {now}; "
        "{n} products",
        saved=money(saved, currency),
        low=money(low),
        high=money(high),
        parts=parts,
        mine=per_cent(mine["fill_rate"]),
        now=per_cent(now["fill_rate"]),
        n=count(len(found.world.abc)),
    )
    better = low > 0
    fewer = float(now["order_lines"] - mine["order_lines"])
    rest = float(now["holding"] + now["lost_margin"] - mine["holding"] - mine["lost_margin"])
    by_orders = better and fewer > 0 and rest < 0
    if by_orders:
        evidence += "; " + t(
            "it pays as long as an order line costs more than {least}",
            least=money(-rest / fewer, currency),
        )
    better_target = _better_target(found)
    if better:
        if better_target:
            evidence += "; " + better_target
        statement = t(
            "Ordering by forecast error and lead time would cost {saved} a year less than today",
            saved=money(saved, currency),
        )
        action = t(
            "Take over reorder points and quantities for ten products of each class, compare "
            "after four weeks, then the rest."
        )
    else:
        statement = t("The proposed levels are not surely cheaper than what the shop does today")
        action = t(
            "Keep today's way; look at single products whose levels differ most, and at the "
            "assumed cost of an order."
        )
    # A saving that rests on an assumed order cost alone is no more certain than that.
    sure: Literal["medium", "low"] = "medium" if better and not by_orders else "low"
    return Finding(
        id="C02",
        statement=statement,
        evidence=evidence,
        reference=t("the shop's own past half year"),
        money=saved if better else None,
        money_basis=t(
            "cost per year of stock, order lines and lost margin, today less proposed, on the "
            "replayed days. {assumed}",
            assumed=assumptions_words(found),
        ),
        action=action,
        owner=t("replenishment"),
        due=t("within four weeks"),
        confidence=sure,
        chapter=_CHAPTER,
        headline=t("Better reorder points save {saved} a year", saved=money(saved, currency))
        if better
        else "",
    )


def _better_target(found: PolicyComparison) -> str:
    """The cheapest target tried, where it also serves more; empty where the present one is it."""
    tried = found.frontier
    best = tried[(tried["rule"] == "proposed") & (tried["target"] == found.cheapest)].iloc[0]
    if found.cheapest <= found.target:
        return ""
    return t(
        "a target of {best} would serve {share} and cost {cost} a year, less still",
        best=_share(found.cheapest),
        share=per_cent(best["fill_rate"]),
        cost=money(float(best["cost"]), found.world.panel.currency),
    )


def _target(found: PolicyComparison) -> Finding:
    currency = found.world.panel.currency
    tried = found.frontier
    best = tried[(tried["rule"] == "proposed") & (tried["target"] == found.cheapest)].iloc[0]
    mine = found.row("proposed")
    gain = float(mine["cost"] - best["cost"])
    higher = found.cheapest > found.target
    statement = (
        t("A target of {best} costs less than {target}: the stock it takes is cheaper than the "
          "margin it saves", best=_share(found.cheapest), target=_share(found.target))
        if higher
        else t("A target of {best} costs less than {target}: the last points cost more stock than "
               "they save margin", best=_share(found.cheapest), target=_share(found.target))
    )  # fmt: skip
    return Finding(
        id="C02",
        statement=statement,
        evidence=t(
            "replayed: {a} a year at {best} against {b} at {target}; {n} targets tried",
            a=money(float(best["cost"]), currency),
            best=_share(found.cheapest),
            b=money(float(mine["cost"]), currency),
            target=_share(found.target),
            n=int((tried["rule"] == "proposed").sum()),
        ),
        reference=t("the other targets, on the same days"),
        money=gain,
        money_basis=t("cost per year at the target less that at the cheapest one tried"),
        action=t(
            "Set the target by class from what a missing piece costs, and ask finance for the "
            "stock of {stock} it takes.",
            stock=money(float(best["stock_value"]), currency),
        ),
        owner=t("replenishment"),
        due=t("next planning round"),
        confidence="medium",
        chapter=_CHAPTER,
    )


def _seven_days(found: PolicyComparison) -> Finding:
    line, top = found.row("line"), found.row("safety")
    better = float(max(line["fill_rate"], top["fill_rate"]))
    short = better < found.target - 0.01
    evidence = t(
        "pieces served: {line} as a line, {top} on top of the lead time, {mine} proposed",
        line=per_cent(line["fill_rate"]),
        top=per_cent(top["fill_rate"]),
        mine=per_cent(found.row("proposed")["fill_rate"]),
    )
    return Finding(
        id="C02",
        statement=t(
            "Seven days of mean sales would serve {share} of the pieces at best",
            share=per_cent(better),
        ),
        evidence=evidence,
        reference=figure("safety_days").words(),
        money=None,
        money_basis=t("nobody orders by it here; it is a warning, not a loss"),
        action=t(
            "Do not set the line by days of sales: a slow mover needs more days, a sure supplier "
            "fewer, and before a festival last month's mean is too low."
        )
        if short
        else t("It does here; check it again before the next festival and for slow movers."),
        owner=t("replenishment"),
        due=t("now"),
        confidence="high",
        chapter=_CHAPTER,
    )

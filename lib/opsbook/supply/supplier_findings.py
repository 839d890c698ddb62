"""What suppliers' figures ask the buyer to do."""

from opsbook.finding import Finding
from opsbook.language import count, day, money, per_cent, t
from opsbook.supply.quota import Quota
from opsbook.supply.scorecard import Scorecard
from opsbook.supply.supplier_costs import SupplierCosts
from opsbook.supply.supplier_trend import Deterioration
from opsbook.supply.suppliers_chart import aspect_name

__all__ = ["quota_findings", "scorecard_findings"]

_CHAPTER = "supply/C08-supplier-scorecard"


def scorecard_findings(
    card: Scorecard, trend: Deterioration | None = None, costs: SupplierCosts | None = None
) -> list[Finding]:
    """Who has got worse, what mistakes cost, and what was overcharged.

    Args:
        card: From ``scorecard``.
        trend: From ``deterioration``.
        costs: From ``supplier_costs``.
    """
    notes: list[Finding] = []
    if trend is not None:
        notes += [_worse(trend, str(name), costs) for name in trend.flagged["supplier_id"]][:2]
    if costs is not None and float(costs.suppliers["overcharged"].sum()) > 0:
        notes.append(_overcharged(costs))
    bad = card.suppliers[card.suppliers["grade"] == "D"]
    said = set(trend.flagged["supplier_id"]) if trend is not None else set()
    if len(bad) and not set(bad["supplier_id"]) <= said:
        notes.append(_poor(card, costs))
    return notes


def _worse(trend: Deterioration, name: str, costs: SupplierCosts | None) -> Finding:
    values = trend.suppliers.set_index("supplier_id").loc[name]
    stake, basis = None, t("daily stock and unit costs are needed to price it")
    if costs is not None:
        own = costs.suppliers.set_index("supplier_id")
        if name in own.index:
            stake = -float(own.loc[name, "total"])
            basis = t(
                "lost margin on days without stock while overdue, rejects, overcharged invoices "
                "and the yearly cost of safety stock; last {days} days",
                days=costs.days,
            )
    return Finding(
        id="C08",
        statement=t(
            "{supplier} has got worse since {day}: {what}",
            supplier=name,
            day=day(values["changed"].date()),
            what=aspect_name(str(values["aspect"])),
        ),
        evidence=t(
            "lead time {before} days before, {after} since; passed inspection {ok_before}, now "
            "{ok_after}; {n} deliveries; an alarm by chance in at most {risk} of shops",
            before=count(float(values["mean_before"]), 1),
            after=count(float(values["mean_after"]), 1),
            ok_before=per_cent(float(values["pass_before"])),
            ok_after=per_cent(float(values["pass_after"])),
            n=count(int(values["deliveries"])),
            risk=per_cent(trend.false_alarm, 0 if trend.false_alarm >= 0.01 else 2),
        ),
        reference=t("the same supplier before"),
        money=stake,
        money_basis=basis,
        action=t(
            "Ask {supplier} for the cause and a date; plan with its new lead time at once; move "
            "orders to a second source meanwhile.",
            supplier=name,
        ),
        owner=t("buyer"),
        due=t("this week"),
        confidence="high",
        chapter=_CHAPTER,
        headline=t("{supplier} delivers worse since {day}", supplier=name,
                   day=day(values["changed"].date())),
    )  # fmt: skip


def _overcharged(costs: SupplierCosts) -> Finding:
    frame = costs.suppliers.sort_values("overcharged", ascending=False)
    total, lines = float(frame["overcharged"].sum()), int(frame["wrong_invoices"].sum())
    return Finding(
        id="C08",
        statement=t(
            "Suppliers billed {money} too much in {days} days",
            money=money(total, costs.currency),
            days=costs.days,
        ),
        evidence=t(
            "{n} invoice lines differ by more than 1 % from price x accepted pieces; most at "
            "{names}",
            n=count(lines),
            names=", ".join(frame["supplier_id"].head(3)),
        ),
        reference=t("the agreed prices"),
        money=-total,
        money_basis=t("amount billed beyond price x accepted pieces, counted line by line"),
        action=t("Claim it back, and pay no line that does not match order and inspection."),
        owner=t("accounts payable"),
        due=t("this month"),
        confidence="high",
        chapter=_CHAPTER,
    )


def _poor(card: Scorecard, costs: SupplierCosts | None) -> Finding:
    bad = card.suppliers[card.suppliers["grade"] == "D"]
    names = ", ".join(bad["supplier_id"].head(5))
    stake, basis = None, t("daily stock and unit costs are needed to price it")
    if costs is not None:
        mine = costs.suppliers[costs.suppliers["supplier_id"].isin(bad["supplier_id"])]
        stake, basis = -float(mine["total"].sum()), t("their mistakes, as in the table of costs")
    return Finding(
        id="C08",
        statement=t("{n} suppliers are graded D beyond doubt: {names}", n=len(bad), names=names),
        evidence=t(
            "best upper end of their intervals: {points} points",
            points=count(float(bad["high"].max()), 1),
        ),
        reference=t("grade limits are our choice"),
        money=stake,
        money_basis=basis,
        action=t("Agree an improvement plan with dates, or find another source."),
        owner=t("buyer"),
        due=t("this month"),
        confidence="medium",
        chapter=_CHAPTER,
    )


def quota_findings(found: Quota) -> list[Finding]:
    """Volume that would move to better suppliers.

    Args:
        found: From ``quota``.
    """
    frame = found.shares
    moves = frame[frame["change"].abs() > 1e-6]
    if moves.empty:
        return []
    total = frame.groupby("category")["spend"].transform("sum")
    moved = float((frame["change"].clip(lower=0) * total).sum())
    best = moves.loc[moves["change"].idxmax()]
    return [
        Finding(
            id="C08",
            statement=t(
                "{money} of orders would be better placed with other suppliers of their category",
                money=money(moved, found.currency),
            ),
            evidence=t(
                "mean score of the money spent {now} now, {then} then; largest move: {name} in "
                "{category} from {before} to {after}",
                now=count(found.score_now, 1),
                then=count(found.score_then, 1),
                name=best["supplier_id"],
                category=best["category"],
                before=per_cent(float(best["share"]), 0),
                after=per_cent(float(best["proposed"]), 0),
            ),
            reference=t("today's division of orders"),
            money=None,
            money_basis=t("points are no money; see the costs by supplier for what mistakes cost"),
            action=t(
                "Move new orders and new products first; goods tied to one brand stay where they "
                "are."
            ),
            owner=t("buyer"),
            due=t("next quarter"),
            confidence="medium",
            chapter=_CHAPTER,
        )
    ]

"""What classes, sprawl and dead stock ask the shop to do."""

from opsbook.finding import Finding
from opsbook.language import count, money, per_cent, t
from opsbook.supply.abc_xyz import CELLS, AbcXyz
from opsbook.supply.clearance import Clearance
from opsbook.supply.sprawl import Sprawl

__all__ = ["abc_findings", "clearance_findings", "sprawl_findings"]


def abc_findings(found: AbcXyz, *, holding: float = 0.25) -> list[Finding]:
    """C products that hold more of the stock than they bring of sales.

    Args:
        found: From ``abc_xyz``.
        holding: Yearly cost of holding stock, share of its cost (assumed).
    """
    cells = found.cells.set_index("cell")
    tail = cells.loc[[c for c in CELLS if c[0] == "C"]].sum()
    head = cells.loc[[c for c in CELLS if c[0] == "A"]].sum()
    if not tail["value_share"] > tail["sales_share"] or not head["cogs"] > 0:
        return []
    days = found.weeks * 7
    a_days = float(head["value"]) / (float(head["cogs"]) / days)
    c_days = float(tail["value"]) / max(float(tail["cogs"]) / days, 1e-9)
    # Twice the cover of A is generous for goods of which being out costs little.
    free = max(float(tail["value"]) - 2 * a_days * float(tail["cogs"]) / days, 0.0)
    if not free > 0:
        return []
    currency = found.items.currency
    return [
        Finding(
            id="C06",
            statement=t(
                "Class C holds {stock} of the stock and brings {sales} of sales",
                stock=per_cent(float(tail["value_share"]), 0),
                sales=per_cent(float(tail["sales_share"]), 0),
            ),
            evidence=t(
                "{n} products last {c} days, class A {a} days; {weeks} weeks, counted",
                n=count(tail["skus"]),
                c=count(c_days),
                a=count(a_days),
                weeks=found.weeks,
            ),
            reference=t("A ample stock, C little stock (source claim, 001)"),
            money=-free * holding,
            money_basis=t(
                "{money} beyond twice the cover of class A x holding cost {rate} a year (assumed)",
                money=money(free, currency),
                rate=per_cent(holding, 0),
            ),
            action=t("Order class C rarely and in packs; list CZ on demand or drop it."),
            owner=t("replenishment"),
            due=t("this month"),
            confidence="medium",
            chapter="supply/C06-abc-xyz",
        )
    ]


def sprawl_findings(found: Sprawl) -> list[Finding]:
    """The alarm, or stock that an earlier expansion left behind."""
    ahead = found.ahead
    case = t("source claim: 3,000 to 20,000 SKUs in half a year, 210 days, cash broke (000, J18)")
    if found.called:
        first, last = ahead.first or 1, ahead.last
        until = str(last) if last is not None else t("more than {n}", n=found.limits.horizon)
        return [
            Finding(
                id="C07",
                statement=t(
                    "The range grew by {growth} in {weeks} weeks; at this pace the cash is gone "
                    "in {left} weeks",
                    growth=per_cent(found.figure("range"), 0),
                    weeks=found.limits.weeks,
                    left=ahead.weeks_left,
                ),
                evidence=t(
                    "{before} to {now} SKUs; goods ordered {ratio} times what sells; 90 % "
                    "interval {first} to {last} weeks, {n} weeks on record",
                    before=count(found.skus_before),
                    now=count(found.skus),
                    ratio=count(found.figure("stock"), 1),
                    first=first,
                    last=until,
                    n=len(found.weeks),
                ),
                reference=case,
                money=-ahead.saved,
                money_basis=t(
                    "cash after {n} weeks, reordering only what sells, less buying as now",
                    n=found.limits.horizon,
                ),
                action=t(
                    "Stop new products today; test in tens; cancel open orders of what has not "
                    "sold."
                ),
                owner=t("management"),
                due=t("today"),
                confidence="high" if last is not None and not ahead.assumed else "medium",
                chapter="supply/C07-sprawl",
                headline=t("The range outgrows the cash"),
            )
        ]
    if not (found.days_of_stock > 1.5 * found.days_before and found.index > 1.2):
        return []
    return [
        Finding(
            id="C07",
            statement=t(
                "SKUs grew {index} times as much as sales; stock lasts {days} days instead of "
                "{before}",
                index=count(found.index, 1),
                days=count(found.days_of_stock),
                before=count(found.days_before),
            ),
            evidence=t(
                "{now} SKUs with stock; {n} weeks on record; no alarm: buying is back in step",
                now=count(found.skus),
                n=len(found.weeks),
            ),
            reference=case,
            money=-found.tied_up,
            money_basis=t("stock at cost beyond the days of before; tied up once, not per year"),
            action=t("Clear what the expansion left; no new product without one that goes."),
            owner=t("management"),
            due=t("this quarter"),
            confidence="medium",
            chapter="supply/C07-sprawl",
        )
    ]


def clearance_findings(found: Clearance) -> list[Finding]:
    """Dead stock that is worth clearing."""
    cut = found.cut
    if cut.empty:
        return []
    gain, low, high = found.gain
    currency = found.items.currency
    return [
        Finding(
            id="C04",
            statement=t(
                "Clearing {n} dead products brings {gain} more than holding on",
                n=count(len(cut)),
                gain=money(gain, currency),
            ),
            evidence=t(
                "{value} at cost in them; range {low} to {high}; cuts of {a} to {b}",
                value=money(float(cut["value"].sum()), currency),
                low=money(low),
                high=money(high),
                a=per_cent(float(cut["depth"].min()), 0),
                b=per_cent(float(cut["depth"].max()), 0),
            ),
            reference=t("holding on for {n} days", n=found.terms.hold_days),
            money=gain,
            money_basis=t(
                "money until day {n} net of holding cost, cleared less held on; response to the "
                "cut is assumed",
                n=found.terms.hold_days,
            )
            if not found.elasticity
            else t(
                "money until day {n} net of holding cost, cleared less held on; by the "
                "elasticities given",
                n=found.terms.hold_days,
            ),
            action=t("Try ten products for two weeks; go on where sales follow the curve."),
            owner=t("category manager"),
            due=t("this month"),
            confidence="low",
            chapter="supply/C04-turnover",
        )
    ]

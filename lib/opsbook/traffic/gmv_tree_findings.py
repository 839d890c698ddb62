"""What the GMV tree asks the shop to do: whose factor it was."""

from opsbook.finding import Finding
from opsbook.language import money, per_cent, t
from opsbook.traffic.gmv_tree import GmvTree, factor_name

__all__ = ["gmv_tree_findings"]

_LEAST_SHARE = 0.03


def gmv_tree_findings(result: GmvTree) -> list[Finding]:
    """At most one finding: the factor that took most from GMV, if it took 3 % or more.

    Args:
        result: From ``gmv_tree``.
    """
    effects = result.effects()
    if effects.empty or not result.before:
        return []
    worst = str(effects.idxmin())
    lost = float(effects[worst])
    if lost > -_LEAST_SHARE * result.before:
        return []
    action, owner = {
        "visitors": (
            t("Look at the channels one by one: which of them brought fewer visitors, and why."),
            t("Channel manager"),
        ),
        "buyers_per_visitor": (
            t("Take the funnel by device and find the step that lost them before buying traffic."),
            t("Product manager"),
        ),
        "buyers": (
            t("Find whether new or old customers stayed away, and win that group first."),
            t("Growth manager"),
        ),
        "orders_per_buyer": (
            t("Remind customers whose next order is due, and check what their last one lacked."),
            t("CRM"),
        ),
        "aov": (
            t("Check discounts and the mix of goods first, then offer what goes with the basket."),
            t("Merchandising"),
        ),
    }[worst]
    statement = t(
        "{factor} took {amount} from GMV",
        factor=factor_name(worst)[:1].upper() + factor_name(worst)[1:],
        amount=money(-lost, result.currency),
    )
    parts = [f"{factor_name(str(f))} {money(float(v), sign=True)}" for f, v in effects.items()]
    basis = t(
        "part of the change in GMV that the factor carries (LMDI), {period}; the calendar is "
        "still in it",
        period=str(result.period),
    )
    knows_cost = result.margin_rate == result.margin_rate
    if knows_cost:
        rate = per_cent(result.margin_rate, 0)
        basis = t("{what}, at the shop's margin of {rate}", what=basis, rate=rate)
    else:
        basis = t("{what}; costs are unknown, so it is sales and not margin", what=basis)
    return [
        Finding(
            id="D10",
            statement=statement,
            evidence=t(
                "{parts}; together {change} of {before}",
                parts=t(", ").join(parts),
                change=per_cent((result.now - result.before) / result.before, sign=True),
                before=money(result.before, result.currency),
            ),
            reference=t("the shop's own {base}", base=str(result.base)),
            money=lost * (result.margin_rate if knows_cost else 1.0),
            money_basis=basis,
            action=action,
            owner=owner,
            due=t("this week"),
            confidence="medium",
            chapter="traffic/D10-gmv-tree",
            headline=statement,
        )
    ]

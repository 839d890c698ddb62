"""What sales as a whole and their drivers ask the shop to do."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from opsbook.finding import Finding
from opsbook.language import money, per_cent, t
from opsbook.reference.figures import figure

if TYPE_CHECKING:
    from opsbook.market.decompose import Decomposition
    from opsbook.market.growth import Growth

__all__ = ["growth_findings"]

_GROWTH = "market/D10-growth"
_DRIVERS = "market/D10-decomposition"


def growth_findings(growth: "Growth", drivers: "Decomposition | None" = None) -> list[Finding]:
    """Findings on sales as a whole and on what drove them.

    Sales are a finding only when their change exceeds week-to-week fluctuation, a driver
    only when its effect does.

    Args:
        growth: From ``market.growth.growth``.
        drivers: From ``decompose_gmv`` of the same period.
    """
    found: list[Finding] = []
    lead, base, is_year = growth.lead
    if not growth.judged:
        # Against a hole in the data anything looks like growth or decline.
        return found
    if lead is not None and base is not None and lead.growth is not None and lead.is_real:
        found.append(_sales(growth, lead, base, is_year))
    if drivers is not None:
        found += _driver(growth, drivers)
    return found


def _sales(growth: "Growth", lead: Any, base: Any, is_year: bool) -> Finding:
    before = (growth.year_ago if is_year else growth.before).get("gmv", 0.0)
    stake = lead.growth * before
    grew = lead.growth > 0
    days = growth.period.days
    month = (1 + lead.growth) ** (30.4 / days) - 1
    reference = (
        t("own past: the same weeks of last year, {base}", base=str(base))
        if is_year
        else t(
            "own past: {base}; {rate} a month against a {claim}",
            base=str(base),
            rate=per_cent(month, sign=True),
            claim=figure("gmv_mom").words(),
        )
    )
    statement = growth.headline()
    if not is_year:
        statement += t("; one year of data cannot tell season from growth")
    return Finding(
        id="D10",
        statement=statement,
        evidence=t(
            "{growth} on like days, {interval}; {raw} as it stands; {days}",
            growth=per_cent(lead.growth, sign=True),
            interval=lead.interval(),
            raw=per_cent(lead.raw, sign=True),
            days=lead.words(),
        ),
        reference=reference,
        money=stake,
        money_basis=t(
            "like-for-like growth times {before} of sales in {base}, per {days} days",
            before=money(before, growth.currency),
            base=str(base),
            days=days,
        ),
        action=(
            t("Raise plan and stock by the like-for-like rate, not by the raw one.")
            if grew
            else t("Find the driver that fell in the waterfall before any discount is given.")
        ),
        owner=t("Head of sales"),
        due=t("this week"),
        confidence="high" if is_year else "medium",
        chapter=_GROWTH,
        headline=growth.headline(),
    )


def _driver(growth: "Growth", drivers: "Decomposition") -> list[Finding]:
    is_year = drivers.base == growth.last_year
    lfl = growth.vs_last_year if is_year else growth.vs_previous
    effects = drivers.effects().sort_values("effect", key=abs, ascending=False)
    if lfl is None or lfl.low is None or lfl.high is None or effects.empty:
        return []
    usual = (lfl.high - lfl.low) / 2 * drivers.before
    first = effects.iloc[0]
    # What pulled the other way is news too: a rise may hide it.
    against = effects[np.sign(effects["effect"]) == -np.sign(first["effect"])].head(1)
    chosen = pd.concat([effects.head(1), against])
    return [
        _one_driver(row, effects.drop(row.name), drivers, usual, is_year)
        for _, row in chosen.iterrows()
        if abs(row["effect"]) > usual
    ]


def _one_driver(
    first: pd.Series, others: pd.DataFrame, drivers: "Decomposition", usual: float, is_year: bool
) -> Finding:
    effect = float(first["effect"])
    row = drivers.frame.groupby("factor").get_group(first["factor"])
    values = ""
    if drivers.by is None:
        from opsbook.market.decompose import factor_value

        values = t(
            "{before} to {now}; ",
            before=factor_value(first["factor"], float(row["before"].iloc[0])),
            now=factor_value(first["factor"], float(row["now"].iloc[0])),
        )
    rest = [f"{e.label} {money(e.effect, sign=True)}" for e in others.itertuples()]
    up = effect > 0
    statement = (
        t("{driver} added {size} to sales", driver=_capital(first["label"]), size=money(effect))
        if up
        else t("{driver} took {size} from sales", driver=_capital(first["label"]),
               size=money(-effect))
    )  # fmt: skip
    return Finding(
        id="D10",
        statement=statement,
        evidence=values
        + t(
            "the other drivers: {rest}; sales fluctuate by ±{usual} between such periods",
            rest=t(", ").join(rest) or "–",
            usual=money(usual),
        ),
        reference=_driver_reference(str(first["factor"]), str(drivers.base)),
        money=effect,
        money_basis=t(
            "its share of the change in sales (LMDI, adds up exactly), per {days} days",
            days=drivers.period.days,
        ),
        action=_driver_action(str(first["factor"]), up),
        owner=_driver_owner(str(first["factor"])),
        due=t("this month"),
        confidence="medium" if is_year else "low",
        chapter=_DRIVERS,
        headline=statement,
    )


def _driver_reference(factor: str, base: str) -> str:
    own = t("own past: {base}", base=base)
    claim = {"orders_per_visitor": "cvr_mean", "visitors": "visitors_wow"}.get(factor)
    return f"{own}; {figure(claim).words()}" if claim else own


def _driver_action(factor: str, up: bool) -> str:
    keep = {
        "visitors": t("Keep the traffic that came: see which channel brought it before renewing."),
        "orders_per_visitor": t("Find the page or offer that lifted conversion and repeat it."),
        "buyers": t("Win the second order of the new buyers within their repurchase cycle."),
        "orders_per_buyer": t("Keep what brings customers back; check it is no stock-piling."),
        "units_per_order": t("Extend the bundles that filled baskets to neighbouring categories."),
        "price_per_unit": t("Check margin: a higher price per unit is mix or price, not both."),
        "aov": t("Check whether fuller baskets or higher prices did it before planning on it."),
        "orders": t("Find the offer that brought the orders and repeat it."),
    }
    mend = {
        "visitors": t("Compare traffic by channel with last period; restore what was cut."),
        "orders_per_visitor": t("Walk the funnel from visit to payment and mend the first leak."),
        "buyers": t("Compare new and returning buyers; restart what brought the missing ones."),
        "orders_per_buyer": t("Remind customers who are past their usual repurchase date."),
        "units_per_order": t("Set a spend threshold just above today's basket; add bundles."),
        "price_per_unit": t("Check discounts and mix: which products pulled the price down?"),
        "aov": t("Compare baskets by category: which items are no longer added?"),
        "orders": t("Find the day and offer at which orders fell."),
    }
    return (keep if up else mend)[factor]


def _driver_owner(factor: str) -> str:
    if factor == "visitors":
        return t("Traffic")
    if factor in ("buyers", "orders_per_buyer"):
        return t("CRM")
    return t("Head of sales")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

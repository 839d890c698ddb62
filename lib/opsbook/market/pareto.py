"""Concentration shown and put to use: the Pareto chart and what follows from it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS, SEQUENCE
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.finding import Finding
from opsbook.language import count, per_cent, points, t
from opsbook.market.concentration import Concentration
from opsbook.market.lapsed import Lapsed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["concentration_findings", "concentration_table", "pareto_table", "plot_pareto"]

_CHAPTER = "market/C06-concentration"
_LEAST_DAYS = 28


def _who(of: str) -> str:
    return {
        "sku": t("Products"),
        "customer": t("Customers"),
        "brand": t("Brands"),
        "store": t("Stores"),
    }[of]


def _share_of(part: Concentration) -> str:
    """How many members make 80 %: ``26 % of products``."""
    share = per_cent(part.eighty / part.members, 0)
    return {
        "sku": t("{share} of products", share=share),
        "customer": t("{share} of customers", share=share),
        "brand": t("{share} of brands", share=share),
        "store": t("{share} of stores", share=share),
    }[part.of]


def plot_pareto(parts: Sequence[Concentration], *, source: str) -> Chart:
    """Cumulative share of sales by share of members, best first, one curve per kind.

    Args:
        parts: Concentrations of one period, such as products and customers.
        source: Line below the chart: whose data.
    """
    ink, muted, line = (COLORS[k][0] for k in ("ink", "muted", "line"))
    crossings = [_share_of(c) for c in parts]

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=line, lw=1)
        axes.annotate(
            t("all alike"),
            (0.7, 0.7),
            (8, -6),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=8,
            color=muted,
        )
        axes.plot([0, 1], [0.8, 0.8], color=muted, lw=0.8, ls=(0, (4, 3)))
        for place, (part, color) in enumerate(zip(parts, SEQUENCE, strict=False)):
            x = part.eighty / part.members
            axes.plot(part.curve["members"], part.curve["sales"], color=color, lw=2.2)
            axes.plot([x, x], [0, 0.8], color=color, lw=0.9)
            axes.plot(x, 0.8, "o", color=color, ms=7)
            counted = t("{n} of {all}", n=count(part.eighty), all=count(part.members))
            label = f"{_share_of(part)}:\n{counted}"
            # Below the diagonal there is never a curve.
            axes.text(
                0.99,
                0.32 - 0.18 * place,
                label,
                color=color,
                fontsize=9,
                ha="right",
                va="center",
                linespacing=1.3,
            )
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.01)
        axes.set_xticks([0, 0.2, 0.5, 1], ["0", per_cent(0.2, 0), per_cent(0.5, 0), per_cent(1, 0)])
        axes.set_yticks([0, 0.5, 0.8, 1], ["0", *(per_cent(v, 0) for v in (0.5, 0.8, 1))])
        axes.grid(axis="x", visible=False)
        axes.set_xlabel(t("share of members, best sellers first"))
        axes.set_ylabel(
            t("share of sales") if phone else t("cumulative share of sales"), color=muted
        )
        axes.spines["bottom"].set_color(ink)

    joined = t(" and ").join(crossings)
    return Chart(
        draw,
        title=t("{who} make 80 % of sales", who=joined),
        subtitle=t("cumulative share of sales, %") + f" · {parts[0].period}",
        alt=t("Cumulative sales curves; 80 % is reached by {who}", who=joined),
        source=source,
        height=4.0,
        phone_height=3.4,
        data=pd.concat([c.curve.assign(of=c.of) for c in parts], ignore_index=True),
    )


def concentration_table(parts: Sequence[Concentration]) -> pd.DataFrame:
    """One row per kind and figure set, this period and the one before.

    Returns:
        ``of, period, members, top_1, top_10, top_20, half, eighty, tail, hhi, gini``.
    """
    rows = [
        {
            "of": _who(c.of),
            "period": str(c.period),
            "members": c.members,
            **{f"top_{k}": c.top[k] for k in (1, 10, 20)},
            "half": c.half,
            "eighty": c.eighty,
            "tail": c.tail,
            "hhi": c.hhi,
            "gini": c.gini,
        }
        for part in parts
        for c in (part, part.before)
        if c is not None
    ]
    return pd.DataFrame(rows)


def pareto_table(parts: Sequence[Concentration]) -> ShownTable:
    """The figures of ``concentration_table`` for reading."""
    fields = (
        Field("of", t("of")),
        Field("period", t("period")),
        Field("members", t("with sales"), "count"),
        Field("top_1", t("share of top 1 %"), "share"),
        Field("top_20", t("share of top 20 %"), "share"),
        Field("eighty", t("make 80 % of sales"), "count"),
        Field("hhi", t("HHI (0 to 10,000)"), "count"),
        Field("gini", t("Gini (0 to 1)"), "number"),
    )
    return shown_table(
        concentration_table(parts), fields, caption=t("How unequal sales are, now and before")
    )


def concentration_findings(
    parts: Sequence[Concentration], *, currency: str, lapsed: Lapsed | None = None
) -> list[Finding]:
    """What hangs on the few, and what lies in the tail.

    A period of under four weeks gives none: who did not buy in one week is no lost customer,
    and what did not sell in it no product to delist.

    Args:
        parts: Concentrations of one period; products and customers give a finding.
        currency: ISO code.
        lapsed: What ``lapsed_best`` returned, to price the loss of best customers.
    """
    found = []
    for part in parts:
        if part.period.days < _LEAST_DAYS:
            continue
        if part.of == "customer" and part.members >= 20:
            found.append(_customers(part, currency, lapsed))
        if part.of == "sku" and part.members >= 20:
            found.append(_products(part))
    return found


def _reference(part: Concentration) -> str:
    if part.before is None:
        return t("no earlier period in the data")
    return t(
        "top 10 % sold {now}, {change} against the period before ({then})",
        now=per_cent(part.top[10]),
        change=points(part.top[10] - part.before.top[10]),
        then=per_cent(part.before.top[10]),
    )


def _customers(part: Concentration, currency: str, lapsed: Lapsed | None) -> Finding:
    unusual = lapsed.unusual if lapsed else None
    guests = (
        t("; guests, {share} of sales, are not counted", share=per_cent(part.unnamed_share))
        if part.unnamed_share > 0
        else ""
    )
    return Finding(
        id="C06",
        statement=t(
            "Half of sales come from {n} of {all} customers",
            n=count(part.half),
            all=count(part.members),
        ),
        evidence=t(
            "top 1 % {one}, top 10 % {ten}, top 20 % {twenty} of sales; Gini {gini}",
            one=per_cent(part.top[1]),
            ten=per_cent(part.top[10]),
            twenty=per_cent(part.top[20]),
            gini=count(part.gini, 2),
        )
        + guests,
        reference=_reference(part),
        money=-unusual if unusual is not None else None,
        money_basis=_lapsed_words(lapsed, currency),
        action=t("Give these customers their own retention budget and watch them by name."),
        owner=t("CRM"),
        due=t("this month"),
        confidence="high",
        chapter=_CHAPTER,
        headline=t(
            "{share} of customers bring half of sales", share=per_cent(part.half / part.members, 0)
        ),
    )


def _lapsed_words(lapsed: Lapsed | None, currency: str) -> str:
    if lapsed is None or lapsed.before is None:
        return t("too few periods in the data to say how many stay away usually")
    known = {
        "n": count(lapsed.lapsed),
        "all": count(lapsed.best),
        "then": count(lapsed.before.lapsed),
        "of": count(lapsed.before.best),
    }
    if lapsed.unusual is None:
        return t(
            "of {all} who made half of the last period's sales {n} bought nothing "
            "this time; one period earlier {then} of {of}, within chance the same",
            **known,
        )
    return t(
        "of {all} who made half of the last period's sales {n} bought nothing this time; one "
        "period earlier {then} of {of}; the difference in what such customers spent, {currency}",
        **known,
        currency=currency,
    )


def _products(part: Concentration) -> Finding:
    rest = part.members - part.eighty
    unsold = (
        t("; {n} products of the catalogue did not sell at all", n=count(part.unsold))
        if part.unsold
        else ""
    )
    active = part.active_share
    return Finding(
        id="C06",
        statement=t(
            "{n} of {all} products sold make 80 % of sales; the other {rest} share 20 %",
            n=count(part.eighty),
            all=count(part.members),
            rest=count(rest),
        )
        + unsold,
        evidence=t(
            "products outside the best 20 % sell {tail} of sales; HHI {hhi}, Gini {gini}",
            tail=per_cent(part.tail),
            hhi=count(part.hhi),
            gini=count(part.gini, 2),
        ),
        reference=_reference(part)
        if active is None
        else t(
            "active-SKU rate {rate}; {healthy} is called healthy (source claim, C05)",
            rate=per_cent(active),
            healthy=per_cent(0.7, 0),
        ),
        money=None,
        money_basis=t("what the tail costs in stock and work is not in sales data"),
        action=t(
            "List the slowest half by category for a delisting review; keep what completes baskets."
        ),
        owner=t("Assortment"),
        due=t("next quarter"),
        confidence="medium",
        chapter=_CHAPTER,
        headline=t(
            "{share} of products make 80 % of sales", share=per_cent(part.eighty / part.members, 0)
        ),
    )

"""How suppliers' costs, tiers and backup gaps are shown."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS, SEQUENCE
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import money, per_cent, t
from opsbook.supply.supplier_costs import SupplierCosts
from opsbook.supply.supplier_tiers import SupplierTiers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["cost_words", "costs_table", "gaps_table", "plot_costs", "plot_gaps",
           "supplier_tiers_table", "tier_words"]  # fmt: skip  # fmt: skip


def cost_words(found: SupplierCosts) -> str:
    """The assumptions behind the costs."""
    rates = found.rates
    text = t(
        "Assumptions: holding {holding} of stock value a year, handling a rejected piece "
        "{reject} of its price, safety stock for a service level of {service}.",
        holding=per_cent(rates.holding, 0),
        reject=per_cent(rates.reject, 0),
        service=per_cent(rates.service, 0),
    )
    if found.has_stock:
        text += " " + t(
            "Lost margin counts days without free stock in any warehouse while a delivery was "
            "overdue; it is a lower bound."
        )
        if not found.has_margin:
            text += " " + t("Unit costs are not known; lost sales stand in for lost margin.")
    else:
        text += " " + t("Without daily stock the lost margin cannot be told.")
    return text


def _kinds() -> tuple[tuple[str, str], ...]:
    return (
        ("lost_margin", t("lost margin")),
        ("reject_cost", t("rejects")),
        ("overcharged", t("overcharged")),
        ("safety_cost", t("safety stock")),
    )


def plot_costs(found: SupplierCosts) -> Chart:
    """What the costliest suppliers cost beyond their prices, by cause."""
    frame = found.suppliers.head(12).iloc[::-1].reset_index(drop=True)
    whole = float(found.suppliers["total"].sum())
    top = found.suppliers.iloc[0]
    kinds = _kinds()

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        left = pd.Series(0.0, index=frame.index)
        hatches = ("", "///", "\\\\\\", "xx")
        for (name, words), tone, hatch in zip(kinds, SEQUENCE, hatches, strict=False):
            width = frame[name].fillna(0.0)
            axes.barh(frame.index, width, left=left, color=tone, label=words, height=0.7,
                      hatch=hatch, edgecolor=COLORS["card"][0], lw=0)  # fmt: skip
            left = left + width
        axes.set_yticks(range(len(frame)), frame["supplier_id"], fontsize=8 if phone else 9)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(lambda v, _: money(v))
        axes.locator_params(axis="x", nbins=4 if phone else 7)
        axes.set_xlabel(found.currency)
        axes.legend(loc="lower right", fontsize=8)

    return Chart(
        draw,
        title=t(
            "Suppliers' mistakes cost {total} in {days} days; {name} costs most",
            total=money(whole, found.currency),
            days=found.days,
            name=top["supplier_id"],
        ),
        subtitle=t("by cause, the twelve costliest suppliers"),
        alt=t("Costs: {rows}").format(
            rows="; ".join(
                f"{r.supplier_id} {money(r.total)}" for r in frame.iloc[::-1].itertuples()
            )
        ),
        source=found.shop,
        height=1.1 + 0.25 * len(frame),
        data=found.suppliers,
    )


def costs_table(found: SupplierCosts, *, most: int = 30) -> ShownTable:
    """Costs by supplier and cause."""
    unit = {"currency": found.currency}
    fields = (
        Field("supplier_id", t("supplier")),
        Field("spend", t("ordered, {currency}", **unit), "money"),
        Field("lost_days", t("product days without stock"), "count"),
        Field("lost_margin", t("lost margin, {currency}", **unit), "money"),
        Field("rejected", t("rejected pieces"), "count"),
        Field("reject_cost", t("rejects, {currency}", **unit), "money"),
        Field("wrong_invoices", t("wrong invoice lines"), "count"),
        Field("overcharged", t("overcharged, {currency}", **unit), "money"),
        Field("safety_cost", t("safety stock, {currency}", **unit), "money"),
        Field("total", t("total, {currency}", **unit), "money"),
    )
    caption = t("What suppliers' mistakes cost, {days} days", days=found.days)
    return shown_table(found.suppliers, fields, caption=caption, note=cost_words(found), most=most)


def tier_name(tier: str) -> str:
    """Tier in words."""
    return {"strategic": t("strategic"), "core": t("core"), "ordinary": t("ordinary")}.get(
        tier, "–"
    )


def tier_words(found: SupplierTiers) -> str:
    """How tiers are proposed and what is assumed."""
    return t(
        "Strategic: within the suppliers that make half of sales, and the only source of them. "
        "Core: within those that make 80 %, or bought again more often than the middle supplier. "
        "The rest and grade D: ordinary. Terms as the source has them, worth the capital at "
        "{capital} a year; a new source takes {days} days. All of this is assumed.",
        capital=per_cent(found.rates.capital, 0),
        days=found.rates.switch_days,
    )


def supplier_tiers_table(found: SupplierTiers, *, most: int = 30) -> ShownTable:
    """Tier now and proposed, terms now and asked, and what the difference is worth."""
    frame = found.suppliers.copy()
    frame["now"] = [tier_name(v) for v in frame["tier"]]
    frame["next"] = [tier_name(v) for v in frame["proposed"]]
    unit = {"currency": found.currency}
    fields = (
        Field("supplier_id", t("supplier")),
        Field("skus", t("products"), "count"),
        Field("share", t("share of sales"), "share"),
        Field("repeat", t("bought again"), "share"),
        Field("now", t("tier now")),
        Field("next", t("proposed")),
        Field("terms_days", t("credit now, days"), "count"),
        Field("terms_asked", t("credit of the tier, days"), "count"),
        Field("terms_worth", t("worth a year, {currency}", **unit), "money"),
        Field("unrecorded", t("terms not on file")),
    )
    caption = t("Tiers and terms")
    return shown_table(frame, fields, caption=caption, note=tier_words(found), most=most)


def plot_gaps(found: SupplierTiers) -> Chart:
    """Margin at risk where a supplier is the only source and nobody stands in."""
    gaps = found.suppliers[found.suppliers["at_risk"] > 0]
    gaps = gaps.sort_values("at_risk", ascending=False)
    frame = gaps.head(15).iloc[::-1].reset_index(drop=True)

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        accent, ink = COLORS["accent"][0], COLORS["ink"][0]
        axes.barh(range(len(frame)), frame["at_risk"], color=accent, height=0.65)
        for y, row in enumerate(frame.itertuples()):
            axes.annotate(
                t("{n} products", n=row.sole_skus), (row.at_risk, y), (4, 0),
                textcoords="offset points", va="center", fontsize=8, color=ink,
            )  # fmt: skip
        axes.set_yticks(range(len(frame)), frame["supplier_id"], fontsize=8 if phone else 9)
        axes.grid(axis="y", visible=False)
        axes.set_xlim(0, float(frame["at_risk"].max() if len(frame) else 1.0) * 1.25)
        axes.xaxis.set_major_formatter(lambda v, _: money(v))
        axes.locator_params(axis="x", nbins=4 if phone else 7)
        axes.set_xlabel(found.currency)

    if len(gaps):
        title = t(
            "{n} suppliers have nobody to stand in for them; {name} leaves the largest gap, "
            "{money}",
            n=len(gaps),
            name=gaps["supplier_id"].iloc[0],
            money=money(float(gaps["at_risk"].iloc[0]), found.currency),
        )
    else:
        title = t("Every supplier has a stand-in on file")
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "margin lost if it failed: products from it alone, until a new source delivers "
            "after {days} days",
            days=found.rates.switch_days,
        ),
        alt=t("Margin at risk: {rows}").format(
            rows="; ".join(f"{r.supplier_id} {money(r.at_risk)}" for r in gaps.itertuples())
        ),
        source=found.shop,
        height=1.1 + 0.23 * max(len(frame), 2),
        data=gaps,
    )


def gaps_table(found: SupplierTiers, *, most: int = 20) -> ShownTable:
    """How much of each category hangs on one supplier."""
    fields = (
        Field("category", t("category")),
        Field("suppliers", t("suppliers"), "count"),
        Field("top_supplier", t("largest supplier")),
        Field("top_share", t("its share of sales"), "share"),
        Field("at_risk", t("margin at risk, {currency}", currency=found.currency), "money"),
    )
    return shown_table(
        found.categories,
        fields,
        caption=t("Dependence by category"),
        note=t("At risk: margin of {days} days, where the category has one supplier only.",
               days=found.rates.switch_days),
        most=most,
    )  # fmt: skip

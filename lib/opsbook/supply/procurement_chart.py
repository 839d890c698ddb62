"""How the procurement cycle of core products is shown."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t
from opsbook.supply.procurement import Procurement

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_procurement", "procurement_table", "procurement_words", "slow_products_table"]


def procurement_words(found: Procurement) -> str:
    """What counts as core, what was left out, and what is assumed."""
    text = t(
        "Core: the {n} products that make {share} of sales. Mean cycle by sales {mean} days, "
        "limit {limit} days.",
        n=found.core,
        share=per_cent(found.core_share, 0),
        mean=count(found.mean_days, 1),
        limit=count(found.limit_days, 0 if found.limit_days == int(found.limit_days) else 1),
    )
    if found.unordered:
        text += " " + t("{n} of them were not ordered in this time.", n=found.unordered)
    if found.left_out:
        text += " " + t("{n} deliveries with impossible dates are left out.", n=found.left_out)
    return text


def plot_procurement(found: Procurement) -> Chart:
    """Mean cycle of core products by supplier against the limit, agreed days beside."""
    frame = found.suppliers.head(30).iloc[::-1].reset_index(drop=True)
    accent, neg, ink, muted = (COLORS[k][0] for k in ("accent", "neg", "ink", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvline(found.limit_days, color=muted, lw=1.3, ls=(0, (4, 3)))
        for y, row in enumerate(frame.itertuples()):
            tone = neg if row.over else accent
            axes.plot([0, row.mean_days], [y, y], color=tone, lw=1.6)
            axes.plot(row.mean_days, y, "s" if row.over else "o", color=tone, ms=6)
            axes.plot(row.agreed_days, y, "|", color=ink, ms=11, mew=1.8)
        names = [f"{r.supplier_id} ({r.skus})" for r in frame.itertuples()]
        axes.set_yticks(range(len(frame)), names, fontsize=8 if phone else 9)
        axes.set_ylim(-0.7, len(frame) - 0.3)
        axes.set_xlim(left=0)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(t("days"))

    title = t(
        "{over} of {n} core products take longer than {limit} days to procure",
        over=found.over,
        n=len(found.skus),
        limit=count(found.limit_days, 0 if found.limit_days == int(found.limit_days) else 1),
    )
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "mean days from order to receipt by supplier (core products); dashed: limit; "
            "stroke: agreed"
        ),
        alt=t("Procurement cycle: {rows}").format(
            rows="; ".join(
                f"{r.supplier_id} {count(r.mean_days, 1)}"
                for r in found.suppliers.head(30).itertuples()
            )
        ),
        source=found.shop,
        height=1.0 + 0.21 * max(len(frame), 2),
        data=found.suppliers,
    )


def procurement_table(found: Procurement, *, most: int = 30) -> ShownTable:
    """Core products' cycle by supplier."""
    fields = (
        Field("supplier_id", t("supplier")),
        Field("skus", t("core products"), "count"),
        Field("over", t("above the limit"), "count"),
        Field("mean_days", t("mean, days"), "number"),
        Field("agreed_days", t("agreed, days"), "number"),
        Field("p90", t("nine in ten within, days"), "count"),
        Field("sales", t("sales, {currency}", currency=found.currency), "money"),
        Field("extra_cost", t("cost of days beyond the limit, {currency}",
                              currency=found.currency), "money"),
    )  # fmt: skip
    return shown_table(
        found.suppliers, fields, caption=t("Procurement cycle by supplier"),
        note=procurement_words(found), most=most,
    )  # fmt: skip


def slow_products_table(found: Procurement, *, most: int = 12) -> ShownTable:
    """Core products above the limit, most sales first."""
    frame = found.skus[found.skus["within"] == "no"]
    fields = (
        Field("sku", t("product")),
        Field("supplier_id", t("supplier")),
        Field("sales", t("sales, {currency}", currency=found.currency), "money"),
        Field("n", t("deliveries"), "count"),
        Field("mean_days", t("mean, days"), "number"),
        Field("mean_low", t("from"), "number"),
        Field("mean_high", t("to"), "number"),
        Field("agreed_days", t("agreed, days"), "number"),
    )
    caption = t("Core products above the limit: {n}", n=count(len(frame)))
    total = money(float(frame["extra_cost"].sum()), found.currency)
    note = t("Goods on the way beyond the limit cost {money} a year to hold.", money=total)
    return shown_table(frame, fields, caption=caption, note=note, most=most)

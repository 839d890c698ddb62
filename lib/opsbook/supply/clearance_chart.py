"""How a clearance proposal is shown."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, money, per_cent, t
from opsbook.supply.clearance import CURVE, Clearance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["clearance_table", "clearance_words", "plot_clearance"]


def clearance_words(found: Clearance) -> str:
    """What is dead, what is assumed, and who is left out."""
    terms = found.terms
    if found.elasticity:
        response = t("Response to price: the elasticities given.")
    else:
        steps = ", ".join(f"{per_cent(d, 0)}: {count(f, 1)}" for d, f in CURVE.items() if d > 0)
        response = t("No elasticity is known; sales by depth of cut are assumed: {steps}.",
                     steps=steps)  # fmt: skip
    return (
        response
        + " "
        + t(
            "Dead: over {dead} days of cover or without a sale. Sale of {sale} days, then full "
            "price until day {hold}, then {salvage} of cost; holding {holding} a year (all "
            "assumed). Range: response {sure} weaker or stronger. Left out: {young} too young "
            "to judge, {priceless} without cost or price.",
            dead=found.dead_days,
            sale=terms.sale_days,
            hold=terms.hold_days,
            salvage=per_cent(terms.salvage, 0),
            holding=per_cent(terms.holding, 0),
            sure=per_cent(terms.sure, 0),
            young=count(found.young),
            priceless=count(found.unpriced),
        )
    )


def plot_clearance(found: Clearance) -> Chart:
    """By depth of cut: what the goods bring, held on and cleared."""
    frame = found.skus.assign(depth=found.skus["depth"].round(2))
    table = frame.groupby("depth")[["value", "hold", "recovered"]].sum()
    table = table.assign(skus=frame.groupby("depth").size()).reset_index()
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        place = range(len(table))
        axes.bar([p - 0.2 for p in place], table["hold"], 0.38, color=quiet, hatch="//",
                 edgecolor="white", label=t("held on"))  # fmt: skip
        axes.bar([p + 0.2 for p in place], table["recovered"], 0.38, color=accent,
                 label=t("cleared"))  # fmt: skip
        names = [
            (t("keep") if r.depth == 0 else f"−{per_cent(r.depth, 0)}") + f"\n({r.skus})"
            for r in table.itertuples()
        ]
        axes.set_xticks(list(place), names, fontsize=8 if phone else 9)
        axes.axhline(0, color=ink, lw=0.8)
        axes.yaxis.set_major_formatter(lambda v, _: money(v))
        axes.grid(axis="x", visible=False)
        axes.legend(loc="best", fontsize=9)
        axes.set_xlabel(t("cut proposed (products)"))

    gain, low, high = found.gain
    currency = found.items.currency
    return Chart(
        draw,
        title=t(
            "Clearing {n} dead products brings {gain} more than holding on",
            n=count(len(found.cut)),
            gain=money(gain, currency),
        ),
        subtitle=t(
            "money until day {days} net of holding cost, {currency}; range of the gain {low} to "
            "{high}",
            days=found.terms.hold_days,
            currency=currency,
            low=money(low),
            high=money(high),
        ),
        alt=t("Recovered by depth of cut: {rows}").format(
            rows="; ".join(
                f"{per_cent(r.depth, 0)} {money(r.recovered)} / {money(r.hold)}"
                for r in table.itertuples()
            )
        ),
        source=found.items.shop,
        height=3.0,
        data=table,
    )


def clearance_table(found: Clearance, *, most: int = 15) -> ShownTable:
    """The list: what to cut by how much, most gain first; those to keep come last."""
    currency = found.items.currency
    fields = (
        Field("sku", t("product")),
        Field("pieces", t("pieces"), "count"),
        Field("value", t("stock at cost, {currency}", currency=currency), "money"),
        Field("quiet", t("days since the last sale"), "count"),
        Field("depth", t("cut"), "share"),
        Field("sold_share", t("sold in the sale"), "share"),
        Field("recovered", t("brings, {currency}", currency=currency), "money"),
        Field("hold", t("held on, {currency}", currency=currency), "money"),
        Field("gain", t("gain, {currency}", currency=currency), "money"),
    )
    caption = t("Dead stock: {n} products", n=count(len(found.skus)))
    return shown_table(found.skus, fields, caption=caption, note=clearance_words(found), most=most)

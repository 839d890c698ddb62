"""The ranking of bottlenecks, drawn and tabled."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import money, per_cent, t
from opsbook.supply.bottlenecks import Bottlenecks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["area_name", "bottlenecks_table", "plot_bottlenecks"]


def area_name(area: str) -> str:
    """A part of the supply chain in words."""
    return {
        "stock_out": t("empty shelves"),
        "excess": t("excess stock"),
        "supplier": t("suppliers' mistakes"),
        "procurement": t("slow procurement"),
        "dispatch": t("late dispatch"),
        "delivery": t("late on the road"),
        "returns": t("preventable returns"),
        "records": t("wrong books"),
    }[area]


def plot_bottlenecks(found: Bottlenecks) -> Chart:
    """Money a year by area, with interval where there is one."""
    frame = found.ranked.iloc[::-1].reset_index(drop=True)
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        tones = [quiet] * (len(frame) - 1) + [accent]
        axes.barh(range(len(frame)), frame["money"], color=tones, height=0.6)
        for y, row in enumerate(frame.itertuples()):
            if row.has_interval:
                axes.plot([row.low, row.high], [y, y], color=ink, lw=2)
            axes.annotate(
                money(row.money), (max(row.high, row.money), y), (5, 0),
                textcoords="offset points", va="center", fontsize=8, color=ink,
            )  # fmt: skip
        axes.set_yticks(range(len(frame)), [area_name(a) for a in frame["area"]], color=ink)
        top = float(frame[["money", "high"]].max().max()) or 1.0
        axes.set_xlim(0, top * 1.2)
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=3 if phone else 6)
        marks = [v for v in axes.get_xticks() if 0 <= v <= top * 1.2]
        axes.set_xticks(marks, [money(v) for v in marks])
        axes.set_xlabel(t("{currency} a year", currency=found.currency))

    first = found.ranked.iloc[0]
    return Chart(
        draw,
        title=t(
            "{name} cost most: {money} a year, {share} of all that could be priced",
            name=_capital(area_name(first["area"])), money=money(first["money"], found.currency),
            share=per_cent(first["share"], 0),
        ),
        subtitle=t("money lost in a year by part of the supply chain; stroke: interval"),
        alt=t("Bottlenecks: {rows}").format(
            rows="; ".join(
                f"{area_name(r.area)} {money(r.money)}" for r in found.ranked.itertuples()
            )
        ),
        source=found.shop,
        height=1.0 + 0.36 * max(len(frame), 3),
        data=found.ranked,
    )  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def bottlenecks_table(found: Bottlenecks) -> ShownTable:
    """The ranking, how its sums were computed, and what is missing."""
    frame = found.ranked.assign(name=[area_name(a) for a in found.ranked["area"]])
    frame["low"] = frame["low"].where(frame["has_interval"])
    frame["high"] = frame["high"].where(frame["has_interval"])
    fields = (
        Field("name", t("part of the supply chain")),
        Field("money", t("{currency} a year", currency=found.currency), "money"),
        Field("low", t("from"), "money"),
        Field("high", t("to"), "money"),
        Field("share", t("share"), "share"),
        Field("deducted", t("counted elsewhere"), "money"),
    )
    note = t(
        "Nothing is counted twice: what a late supplier emptied is taken off the empty shelves; "
        "an order late at the door belongs to dispatch or to the road, never to both; a return for "
        "lateness costs goods and freight, not the pay-out."
    )
    sums = "; ".join(f"{r.name} = {r.basis}" for r in frame.itertuples())
    note += " " + t("How computed: {what}.", what=sums)
    if len(found.missing):
        gone = [
            area_name(r.area) + (f" ({r.basis})" if r.basis else "")
            for r in found.missing.itertuples()
        ]
        note += " " + t("Not priced: {what}.", what=", ".join(gone))
    return shown_table(frame, fields, caption=t("Bottlenecks in money"), note=note)

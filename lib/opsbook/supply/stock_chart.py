"""How stock value, turnover and age are shown."""

from typing import TYPE_CHECKING

import numpy as np

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import change, count, money, per_cent, t
from opsbook.supply.ageing import Ageing
from opsbook.supply.stock_value import StockValue
from opsbook.supply.turnover import Turnover

if TYPE_CHECKING:
    from matplotlib.dates import MonthLocator
    from matplotlib.figure import Figure

__all__ = [
    "ageing_table", "ageing_words", "plot_ageing", "plot_stock_value", "plot_turnover",
    "turnover_table", "warehouse_table",
]  # fmt: skip

_A_YEAR = 360
"""Days between first and last from which the first day is called a year before."""


def plot_stock_value(found: StockValue) -> Chart:
    """Stock at cost by day."""
    daily = found.daily
    accent, muted = COLORS["accent"][0], COLORS["muted"][0]

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.plot(daily["day"], daily["value"], color=accent, lw=1.8)
        axes.plot(daily["day"].iloc[-1], found.now, "o", color=accent, ms=6)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda v, _: money(v))
        axes.set_ylabel(t("stock at cost, {currency}", currency=found.currency), color=muted)
        axes.xaxis.set_major_locator(_months(phone))
        axes.xaxis.set_major_formatter(lambda v, _: _month(v))

    first = float(daily["value"].iloc[0])
    a_year = (daily["day"].iloc[-1] - daily["day"].iloc[0]).days >= _A_YEAR
    title = (
        t("{money} lie in stock, {change} on a year before")
        if a_year
        else t("{money} lie in stock, {change} against the first day shown")
    )
    return Chart(
        draw,
        title=title.format(money=money(found.now, found.currency), change=change(found.now, first)),
        subtitle=t("stock at today's unit cost, end of day"),
        alt=t("Stock at cost: {first} on the first day, {last} on the last.").format(
            first=money(first, found.currency), last=money(found.now, found.currency)
        ),
        source=found.shop,
        height=2.8,
        data=daily,
    )


def _months(phone: bool) -> "MonthLocator":
    from matplotlib.dates import MonthLocator

    return MonthLocator(interval=4 if phone else 2)


def _month(value: float) -> str:
    from matplotlib.dates import num2date

    return f"{num2date(value):%Y-%m}"


def warehouse_table(found: StockValue) -> ShownTable:
    """Stock of the last day by warehouse, or by category where no warehouse is named."""
    named = len(found.warehouses) > 0
    frame = found.warehouses if named else found.categories
    frame = frame.assign(share=frame["value"] / max(float(frame["value"].sum()), 1e-9))
    fields = (
        Field("warehouse_id" if named else "category", t("warehouse") if named else t("category")),
        Field("value", t("stock at cost, {currency}", currency=found.currency), "money"),
        Field("share", t("share"), "share"),
        Field("pieces", t("pieces"), "count"),
        Field("skus", "SKU", "count"),
    )
    note = t(
        "{n} records below zero count as zero; {pieces} pieces without a known cost count as "
        "nothing.",
        n=count(found.negative),
        pieces=count(found.unpriced),
    )
    return shown_table(frame, fields, caption=t("Where the stock lies"), note=note)


def plot_turnover(found: Turnover) -> Chart:
    """Days of stock by category, now and before."""
    frame = found.table[found.table["days"].notna()].sort_values("days").tail(20)
    frame = frame.reset_index(drop=True)
    accent, neg, muted = (COLORS[k][0] for k in ("accent", "neg", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        for y, row in enumerate(frame.itertuples()):
            worse = row.days > row.days_before
            tone = neg if worse else accent
            if np.isfinite(row.days_before):
                axes.plot([row.days_before, row.days], [y, y], color=tone, lw=1.6)
                axes.plot(row.days_before, y, "|", color=muted, ms=11, mew=1.8)
            axes.plot(row.days, y, "s" if worse else "o", color=tone, ms=6)
        axes.set_yticks(range(len(frame)), [_named(c) for c in frame["category"]])
        axes.set_ylim(-0.7, len(frame) - 0.3)
        axes.set_xlim(left=0)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(t("days of stock"))

    total = found.total
    before = (
        t(", {days} a year before", days=count(total["days_before"], 0))
        if found.a_year_ago
        else t(", {days} in the period before", days=count(total["days_before"], 0))
        if found.before
        else ""
    )
    return Chart(
        draw,
        title=t("Stock lasts {days} days", days=count(total["days"], 0)) + before,
        subtitle=t("mean stock over cost of goods sold per day; stroke: before; square: longer")
        + f" · {found.period}",
        alt=t("Days of stock: {rows}").format(
            rows="; ".join(f"{_named(r.category)} {count(r.days, 0)}" for r in frame.itertuples())
        ),
        source=found.shop,
        height=1.0 + 0.24 * max(len(frame), 2),
        data=found.table,
    )


def _named(category: str) -> str:
    return category or t("(no category)")


def turnover_table(found: Turnover) -> ShownTable:
    """Turns, days and GMROI by category."""
    frame = found.table.assign(name=[_named(c) for c in found.table["category"]])
    fields = (
        Field("name", t("category")),
        Field("stock", t("mean stock, {currency}", currency=found.currency), "money"),
        Field("cogs", t("cost of goods sold, {currency}", currency=found.currency), "money"),
        Field("turns", t("turns a year"), "number"),
        Field("days", t("days of stock"), "count"),
        Field("days_before", t("days before"), "count"),
        Field("gmroi", "GMROI", "number"),
        Field("gmroi_before", t("GMROI before"), "number"),
    )
    total = found.total
    note = t(
        "Whole shop: {turns} turns a year, {days} days, GMROI {gmroi}. {share} of sales have no "
        "known cost and count in no figure.",
        turns=count(total["turns"], 1),
        days=count(total["days"]),
        gmroi=count(total["gmroi"], 2),
        share=per_cent(found.uncosted),
    )
    return shown_table(frame, fields, caption=t("Turnover by category"), note=note, most=20)


def ageing_words(found: Ageing) -> str:
    """How ages were found, and what they cannot say."""
    text = (
        t("Ages by receipts, first in first out; goods sent back count as the newest.")
        if found.method == "fifo"
        else t(
            "No receipts are on record: age is days since the last sale, else since first stock."
        )
    )
    if found.undated > 0:
        text += " " + t(
            "{money} come from before the record and are at least as old as it.",
            money=money(found.undated, found.items.currency),
        )
    if found.items.unpriced:
        text += " " + t("{n} products have stock and no known cost.", n=found.items.unpriced)
    return text


def plot_ageing(found: Ageing) -> Chart:
    """Stock at cost by age."""
    bands = found.bands
    names = [
        t("over {n}", n=r.from_day) if r.to_day is None or np.isnan(r.to_day)
        else f"{r.from_day:.0f}–{r.to_day - 1:.0f}"
        for r in bands.itertuples()
    ]  # fmt: skip
    accent, neg, ink = (COLORS[k][0] for k in ("accent", "neg", "ink"))
    old = bands["from_day"] >= found.old_days

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        places = axes.bar(range(len(bands)), bands["value"], width=0.7)
        for bar, is_old, share in zip(places, old, bands["share"], strict=True):
            bar.set(
                color=neg if is_old else accent, hatch="//" if is_old else "", edgecolor="white"
            )
            axes.text(bar.get_x() + 0.35, bar.get_height(), per_cent(share, 0), ha="center",
                      va="bottom", fontsize=8 if phone else 9, color=ink)  # fmt: skip
        axes.set_xticks(range(len(bands)), names, fontsize=8 if phone else 9)
        axes.grid(axis="x", visible=False)
        axes.yaxis.set_major_formatter(lambda v, _: money(v))
        axes.set_xlabel(t("age, days"))

    total = max(float(bands["value"].sum()), 1e-9)
    return Chart(
        draw,
        title=t(
            "{share} of stock is older than {days} days: {money}",
            share=per_cent(found.old / total, 0),
            days=found.old_days,
            money=money(found.old, found.items.currency),
        ),
        subtitle=t("stock at cost by age, {currency}; hatched: old", currency=found.items.currency),
        alt=t("Stock by age in days: {rows}").format(
            rows="; ".join(
                f"{n} {per_cent(s, 0)}" for n, s in zip(names, bands["share"], strict=True)
            )
        ),
        source=found.items.shop,
        height=3.0,
        data=bands,
    )


def ageing_table(found: Ageing, *, most: int = 10) -> ShownTable:
    """Products with most money in old stock."""
    frame = found.skus[found.skus["old_value"] > 0]
    fields = (
        Field("sku", t("product")),
        Field("category", t("category")),
        Field("on_hand", t("pieces"), "count"),
        Field("value", t("stock at cost, {currency}", currency=found.items.currency), "money"),
        Field("old_value", t("of it old, {currency}", currency=found.items.currency), "money"),
        Field("mean_age", t("mean age, days"), "count"),
        Field("oldest", t("oldest, days"), "count"),
    )
    caption = t("Products with stock older than {days} days: {n}", days=found.old_days,
                n=count(len(frame)))  # fmt: skip
    return shown_table(frame, fields, caption=caption, note=ageing_words(found), most=most)

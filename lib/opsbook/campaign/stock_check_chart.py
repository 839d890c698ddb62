"""Stock before and during the event, drawn and tabled."""

from typing import TYPE_CHECKING

import numpy as np

from opsbook.campaign.stock_check import StockAhead
from opsbook.campaign.stock_lost import StockLost
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import N_, count, day, money, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ahead_table", "ahead_title", "ahead_words", "lost_table", "plot_ahead", "plot_lost"]

_MOST = 12
_CALM = 3
"""Products shown where none is at risk: enough to see that nothing was left out."""
_BASIS = {
    "last_year": N_("how busy the days are: from the same event last year"),
    "others": N_("how busy the days are: the mean peak of campaigns of its kind"),
    "ordinary": N_("how busy the days are is not known: ordinary days are taken"),
}


def ahead_title(found: StockAhead) -> str:
    """How many products would run out, and what that would cost."""
    n = int(found.frame["at_risk"].sum())
    if not n:
        return t("No product is likely to run out before the peak of {event} ends",
                 event=found.event.name)  # fmt: skip
    return t(
        "{n} of {all} products would run out before the peak ends, at a cost of {amount}",
        n=count(n),
        all=count(len(found.frame)),
        amount=money(float(found.at_risk["stake"].sum()), found.currency),
    )


def plot_ahead(found: StockAhead) -> Chart:
    """Products with most money at stake: what they need against what is there and coming.

    Args:
        found: From ``stock_ahead``.
    """
    # The rows of the table below: a product that is not at risk is no news.
    listed = found.at_risk if found.frame["at_risk"].any() else found.frame
    most = _MOST if found.frame["at_risk"].any() else _CALM
    rows = listed.head(most).iloc[::-1].reset_index(drop=True)
    accent, quiet, second, ink = (COLORS[k][0] for k in ("accent", "quiet", "s2", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        y = np.arange(len(rows))
        stock, coming = rows["stock"].to_numpy(float), rows["coming"].to_numpy(float)
        axes.barh(y, stock, color=accent, height=0.58)
        axes.barh(y, coming, left=stock, color=quiet, height=0.58)
        for at, row in zip(y, rows.itertuples(), strict=True):
            low, high = max(row.need - 1.28 * row.sd, 0.0), row.need + 1.28 * row.sd
            axes.plot([low, high], [at, at], color=second, lw=1.6)
            axes.plot(row.need, at, "D", color=second, ms=6)
        axes.set_yticks(y, rows["sku"].astype(str), color=ink, fontsize=9)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlim(left=0)
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=4 if phone else 8)
        axes.set_xlabel(t("pieces; blue: in stock, grey: on the way, diamond: needed (80 %)"))

    basis = _BASIS[found.basis]
    return Chart(
        draw,
        title=ahead_title(found),
        subtitle=t(
            "seen on {day}, for {period}, if nothing more is ordered; {basis}",
            day=day(found.seen),
            period=str(found.days),
            basis=t(basis),
        ),
        alt=t("Most at stake: {rows}.").format(
            rows="; ".join(
                t("{sku} needs {need}, has {stock}").format(
                    sku=r.sku, need=count(r.need), stock=count(r.stock + r.coming)
                )
                for r in rows.iloc[::-1].itertuples()
            )
        ),
        source=found.shop,
        height=0.9 + 0.3 * max(len(rows), 2),
        phone_height=1.0 + 0.33 * max(len(rows), 2),
        data=found.frame,
    )


def ahead_words(found: StockAhead) -> str:
    """The plan in pieces and, for an event that is over, how the check did."""
    text = t(
        "{need} pieces are expected from {period}; {stock} are there and {coming} on the way.",
        need=count(float(found.frame["need"].sum())),
        period=str(found.days),
        stock=count(float(found.frame["stock"].sum())),
        coming=count(float(found.frame["coming"].sum())),
    )
    # Before the event nobody knows how it ends, whatever the data hold beyond the day.
    begun = found.event.state != "future"
    if begun and found.demand == found.demand and "ran_out" in found.frame:
        risk, safe = found.at_risk, found.frame[~found.frame["at_risk"]]
        text += " " + t("In the end {demand} were wanted.", demand=count(found.demand))
        if len(risk) and len(safe):
            text += " " + t(
                "Of those at risk {hit} ran out although more was ordered, of the others {miss}.",
                hit=per_cent(float(risk["ran_out"].mean()), 0),
                miss=per_cent(float(safe["ran_out"].mean()), 0),
            )
    return text


def ahead_table(found: StockAhead) -> ShownTable:
    """Products at risk with what to order now."""
    frame = found.at_risk if found.frame["at_risk"].any() else found.frame
    fields = (
        Field("sku", t("SKU")),
        Field("category", t("category")),
        Field("need", t("needed, pieces"), "count"),
        Field("stock", t("in stock"), "count"),
        Field("coming", t("on the way"), "count"),
        Field("chance", t("chance to run out"), "share"),
        Field("order", t("order now"), "count"),
        Field("stake", t("at stake, {currency}", currency=found.currency), "money"),
    )
    note = t("At risk: a chance above {risk} to run out, and a piece or more needed.",
             risk=per_cent(found.risk, 0))  # fmt: skip
    if not found.priced:
        note += " " + t("Costs are unknown: at stake are sales, not margin.")
    caption = t("Order before the event, {event}", event=found.event.name)
    most = 8 if found.frame["at_risk"].any() else _CALM
    return shown_table(frame, fields, caption=caption, note=note, most=most)


def plot_lost(found: StockLost) -> Chart:
    """What empty shelves cost on each day of the event.

    Args:
        found: From ``stock_lost``.
    """
    daily = found.daily
    neg, muted = COLORS["neg"][0], COLORS["muted"][0]
    worth = t("margin") if found.has_cost else t("sales")

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

        axes = figure.subplots()
        axes.bar(daily["day"], daily["lost"], color=neg, width=0.8)
        locator = AutoDateLocator(minticks=2, maxticks=6 if phone else 9)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
        axes.yaxis.set_major_formatter(lambda v, _: money(v))
        axes.locator_params(axis="y", nbins=5)
        top = max(float(daily["lost"].max()), 1e-9)
        axes.set_ylim(0, 1.2 * top)
        for name, span in found.event.phases:
            if name == "peak":
                axes.axvspan(
                    date2num(span.start) - 0.5,
                    date2num(span.end) - 0.5,
                    color=COLORS["line"][0], alpha=0.55, lw=0, zorder=0,
                )  # fmt: skip
        axes.set_xlim(
            date2num(found.period.start) - 0.75,
            date2num(found.period.end) - 0.25,
        )
        axes.text(0.01, 0.97, t("grey: the peak"), transform=axes.transAxes, va="top", fontsize=8,
                  color=muted)  # fmt: skip
        axes.set_ylabel(t("{worth} lost a day", worth=worth))

    worst = daily.loc[daily["lost"].idxmax()] if len(daily) else None
    value, low, high = found.margin
    title = t("No sale was lost to an empty shelf")
    if found.pieces[0] >= 0.5:
        title = t(
            "Empty shelves cost {amount} [{low}, {high}], {share} of what was wanted",
            amount=money(value, found.currency),
            low=money(low),
            high=money(high),
            share=per_cent(found.share[0]),
        )
    return Chart(
        draw,
        title=title,
        subtitle=t("{worth} lost a day, {currency}, {period}", worth=worth,
                   currency=found.currency, period=str(found.period)),
        alt=t("Most was lost on {day}: {amount}.").format(
            day=day(worst["day"].date()) if worst is not None else "–",
            amount=money(float(worst["lost"])) if worst is not None else "–",
        ),
        source=found.shop,
        height=2.7,
        phone_height=2.6,
        data=daily,
    )  # fmt: skip


def lost_table(found: StockLost) -> ShownTable:
    """Products that ran out in the event, dearest first."""
    rows = found.frame.assign(first=[day(d.date()) for d in found.frame["first_out"]])
    fields = (
        Field("sku", t("SKU")),
        Field("category", t("category")),
        Field("sold", t("sold, pieces"), "count"),
        Field("hidden", t("wanted and not there"), "number"),
        Field("days_out", t("days out"), "count"),
        Field("first", t("first on")),
        Field("lost", t("lost, {currency}", currency=found.currency), "money"),
    )
    usual = per_cent(found.usual_share) if found.usual_share == found.usual_share else "–"
    note = t("In the eight weeks before, {share} of what was wanted met an empty shelf.",
             share=usual)  # fmt: skip
    return shown_table(
        rows, fields, caption=t("Out of stock in the event, {event}", event=found.event.name),
        note=note, most=6,
    )  # fmt: skip

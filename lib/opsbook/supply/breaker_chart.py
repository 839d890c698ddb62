"""How the circuit-breaker is shown: who runs out, what it costs, and how often calls came true."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, day, money, per_cent, t
from opsbook.supply.breaker import CAUSES, STATES, Breaker
from opsbook.supply.breaker_options import OPTIONS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "breaker_table",
    "breaker_words",
    "calls_table",
    "options_table",
    "plot_breaker",
    "plot_calls",
]

_MOST = 15


def breaker_words(found: Breaker) -> str:
    """What was looked at, against which plan, and which thresholds are ours."""
    watch, stop, presale = found.thresholds
    since = day(found.plan_start)
    text = (
        t("Plan: the forecast made on {day}, when {name} began.", day=since, name=found.campaign)
        if found.campaign
        else t("Plan: the forecast made on {day}.", day=since)
    )
    text += " " + t(
        "Called from a chance of {watch} to run out before the next receipt (watch), {stop} (stop "
        "a promotion), {presale} (presale); beyond plan: sales that the plan gave at most "
        "{beyond}. "
        "The source says only “beyond expected”: these numbers are ours, and parameters.",
        watch=per_cent(watch, 0),
        stop=per_cent(stop, 0),
        presale=per_cent(presale, 0),
        beyond=per_cent(found.beyond, 0),
    )
    test = found.calibration
    if test is None:
        text += " " + t("No past day could be tested: take the chances as untested.")
    elif test.calls:
        text += " " + t(
            "In the test {n} calls were made on {days} days; {false} [{low}, {high}] of them did "
            "not run out.",
            n=count(test.calls),
            days=count(test.days),
            false=per_cent(test.false_share, 0),
            low=per_cent(test.false_low, 0),
            high=per_cent(test.false_high, 0),
        )
    looked = t("{n} products looked at.", n=count(found.looked_at))
    if found.unrecorded:
        looked += " " + t("{n} on sale without a stock record.", n=count(found.unrecorded))
    if found.quiet:
        looked += " " + t("{n} of which no sale is expected.", n=count(found.quiet))
    return f"{text} {looked}"


def plot_breaker(found: Breaker) -> Chart:
    """Margin expected to be lost until the next receipt, product by product."""
    frame = found.table.head(_MOST).iloc[::-1].reset_index(drop=True)
    tones = {
        "sold_out": COLORS["neg"][0],
        "presale": COLORS["s2"][0],
        "stop": COLORS["s3"][0],
        "watch": COLORS["quiet"][0],
    }
    hatches = {"sold_out": "", "presale": "//", "stop": "\\\\", "watch": "xx"}
    ink, paper = COLORS["ink"][0], COLORS["paper"][0]
    currency = found.currency

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.patches import Patch
        from matplotlib.ticker import MaxNLocator

        axes = figure.subplots()
        for y, row in enumerate(frame.itertuples()):
            axes.barh(
                y,
                row.lost_margin,
                height=0.66,
                color=tones[row.state],
                hatch=hatches[row.state],
                edgecolor=paper,
                lw=0,
            )
            said = t(
                "{chance}, {n} d",
                chance=per_cent(row.chance, 0),
                n=count(row.days),
            )
            axes.text(row.lost_margin, y, f"  {said}", va="center", fontsize=8, color=ink)
        axes.set_yticks(range(len(frame)), frame["sku"], fontsize=8)
        axes.set_ylim(-0.7, max(len(frame), 1) - 0.3)
        most = float(frame["lost_margin"].max()) if len(frame) else 1.0
        axes.set_xlim(0, max(most, 1e-9) * (1.4 if phone else 1.2))
        axes.xaxis.set_major_locator(MaxNLocator(3 if phone else 5, steps=[1, 2, 2.5, 5, 10]))
        axes.xaxis.set_major_formatter(lambda v, _: money(v))
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(t("margin expected to be lost, {currency}", currency=currency))
        there = [k for k in STATES if (frame["state"] == k).any()]
        marks = [Patch(facecolor=tones[k], hatch=hatches[k], edgecolor=paper) for k in there]
        figure.legend(
            marks,
            [t(STATES[k]) for k in there],
            loc="outside lower center",
            ncols=2 if phone else 4,
            fontsize=8,
        )

    n = len(found.table)
    title = (
        t(
            "{n} products may run out before the next receipt: {lost} of margin",
            n=count(n),
            lost=money(found.lost_margin, currency),
        )
        if n
        else t("No product is likely to run out before its next receipt")
    )
    rows = "; ".join(
        t(
            "{sku} {lost}, chance {chance}",
            sku=r.sku,
            lost=money(r.lost_margin, currency),
            chance=per_cent(r.chance, 0),
        )
        for r in found.table.head(_MOST).itertuples()
    )
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "first {n} by margin lost until the receipt; beside: chance of running out, days to "
            "the receipt",
            n=count(len(frame)),
        ),
        alt=t("Margin expected to be lost by product: {rows}.", rows=rows),
        source=found.shop,
        height=1.3 + 0.23 * max(len(frame), 3),
        phone_height=1.7 + 0.23 * max(len(frame), 3),
        data=found.table,
    )


def plot_calls(found: Breaker) -> Chart | None:
    """What was said against what happened, in the test on the past; none without a test."""
    test = found.calibration
    if test is None:
        return None
    frame = test.table[test.table["n"] > 0].reset_index(drop=True)
    accent, ink, muted = (COLORS[k][0] for k in ("accent", "ink", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        top = float(max(frame["said"].max(), frame["ran_high"].max(), 0.2)) * 1.1
        axes.plot([0, 1], [0, 1], color=muted, lw=1, ls=(0, (4, 3)))
        axes.vlines(frame["said"], frame["ran_low"], frame["ran_high"], color=accent, lw=2)
        axes.plot(frame["said"], frame["ran_out"], "o", color=accent, ms=6)
        # The first ranges lie too near each other for words.
        for row in frame[frame["said"] > top / 12].itertuples():
            axes.annotate(
                t("{n} cases", n=count(row.n)),
                (row.said, row.ran_out),
                (8, -4),
                textcoords="offset points",
                fontsize=8,
                color=ink,
            )
        axes.set_xlim(0, float(frame["said"].max()) * 1.35 + 1e-6)
        axes.set_ylim(0, top)
        axes.xaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
        axes.yaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
        axes.set_xlabel(t("chance of running out that was said"))
        axes.set_ylabel(t("share that ran out"))

    came = per_cent(1 - test.false_share, 0) if test.calls else "–"
    return Chart(
        draw,
        title=t(
            "Of the products called in the past, {share} ran out; {said} had been said",
            share=came,
            said=per_cent(test.said, 0),
        )
        if test.calls
        else t("In the test on the past no product was called"),
        subtitle=t(
            "{days} weeks looked at, not used to set the chances; strokes: {level} intervals; "
            "dashed: as said",
            days=count(test.days),
            level=per_cent(test.level, 0),
        ),
        alt=t("Said against happened: {rows}.").format(
            rows="; ".join(
                t(
                    "said {said}, ran out {share} of {n}",
                    said=per_cent(r.said),
                    share=per_cent(r.ran_out),
                    n=count(r.n),
                )
                for r in frame.itertuples()
            )
        ),
        source=found.shop,
        height=3.3,
        phone_height=3.2,
        data=test.table,
    )


def calls_table(found: Breaker) -> ShownTable | None:
    """The test in figures; none without a test."""
    test = found.calibration
    if test is None:
        return None
    frame = test.table.assign(
        range=[f"{per_cent(r.low, 0)} – {per_cent(r.high, 0)}" for r in test.table.itertuples()]
    )
    fields = (
        Field("range", t("chance said")),
        Field("n", t("products x days"), "count"),
        Field("said", t("mean chance said"), "share"),
        Field("ran_out", t("ran out"), "share"),
        Field("ran_low", t("from"), "share"),
        Field("ran_high", t("to"), "share"),
    )
    note = t(
        "Of the products that ran out, {missed} had not been called.",
        missed=per_cent(test.missed_share, 0) if pd.notna(test.missed_share) else "–",
    )
    return shown_table(
        frame,
        fields,
        caption=t("Chances said and what happened, {days} weeks", days=count(test.days)),
        note=note,
    )


def breaker_table(found: Breaker, *, most: int = 15) -> ShownTable:
    """Products called, with what to do and what to offer instead."""
    frame = found.table.assign(
        do=[t(STATES[k]) for k in found.table["state"]],
        why=[t(CAUSES[k]) for k in found.table["cause"]],
        receipt=found.table["receipt_date"].astype(str),
        order=[
            t("already ordered") if o else t("if ordered today") for o in found.table["on_order"]
        ],
    )
    unit = {"currency": found.currency}
    fields = (
        Field("sku", "SKU"),
        Field("do", t("breaker")),
        Field("why", t("why")),
        Field("stock", t("free stock"), "count"),
        Field("receipt", t("next receipt")),
        Field("order", t("which is")),
        Field("mean", t("expected until then, pieces"), "number"),
        Field("chance", t("chance of running out"), "share"),
        Field("sell_through", t("sold of what was there"), "share"),
        Field("plan_sell_through", t("planned"), "share"),
        Field("lasts", t("slow sales to"), "share"),
        Field("lost_margin", t("margin lost, {currency}", **unit), "money"),
        Field("per_day", t("a day, {currency}", **unit), "money"),
        Field("substitutes", t("offer instead")),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Circuit-breaker, {day}", day=day(found.end)),
        note=breaker_words(found),
        most=most,
    )


def options_table(
    options: pd.DataFrame, currency: str, *, waits: float = 0.5, switches: float = 0.3
) -> ShownTable:
    """What each option leaves lost; the shares are assumptions and are shown.

    Args:
        options: From ``breaker_options``.
        currency: ISO code of money.
        waits: Share of buyers who wait, as given there.
        switches: Share of the others who take a substitute, as given there.
    """
    frame = options.assign(says=[t(OPTIONS[k]) for k in options["option"]])
    fields = (
        Field("says", t("option")),
        Field("lost_margin", t("margin lost, {currency}", currency=currency), "money"),
        Field("saved", t("saved, {currency}", currency=currency), "money"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("What the breaker could save"),
        note=t(
            "Assumed: {waits} of the buyers wait for presale goods, {switches} of the others take "
            "a substitute. No record says so: try it on a few products.",
            waits=per_cent(waits, 0),
            switches=per_cent(switches, 0),
        ),
    )

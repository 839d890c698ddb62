"""The funnel drawn and tabled: how many reach each step, and how long they take."""

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.blocks import Say
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, language, per_cent, t
from opsbook.traffic.convert_time import ConvertTime
from opsbook.traffic.funnel import FunnelResult
from opsbook.traffic.step_words import duration, named
from opsbook.traffic.steps import Funnel, semantics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["funnel_rules", "funnel_table", "plot_bars", "plot_funnel", "time_table"]


def funnel_rules(spec: Funnel) -> Say:
    """How the funnel counts, as a note for the report."""
    return Say(("" if language() == "zh" else " ").join(semantics(spec)))


def plot_bars(
    names: list[str], reached: list[int], *, title: str, subtitle: str, source: str
) -> Chart:
    """Bars of the numbers that reached each step, with the share that went on between them.

    Args:
        names: Steps in the reader's words.
        reached: Number at each step.
        title: States the answer.
        subtitle: Unit and period.
        source: Title of the shop.
    """
    accent, quiet, muted, ink, neg = (
        COLORS[k][0] for k in ("accent", "line", "muted", "ink", "neg")
    )
    top = max(max(reached), 1)
    rates = [b / a if a else float("nan") for a, b in pairwise(reached)]
    told = [r for r in rates if r == r]
    worst = rates.index(min(told)) if told else -1

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        for y, n in enumerate(reached):
            axes.barh(y, top, color=quiet, height=0.5, alpha=0.45)
            axes.barh(y, n, color=accent, height=0.5)
            axes.text(0, y - 0.31, names[y], va="bottom", fontsize=9.5, color=ink)
            axes.text(top, y - 0.31, count(n), va="bottom", ha="right", fontsize=9.5, color=ink)
        for y, rate in enumerate(rates):
            if rate != rate:
                continue
            text = t("{rate} go on", rate=per_cent(rate))
            tone = neg if y == worst else muted
            text = f"▼ {text}" if y == worst else text
            axes.text(top / 2, y + 0.44, text, va="center", ha="center", fontsize=9, color=tone)
        axes.set_ylim(len(reached) - 0.5, -0.75)
        axes.set_xlim(0, top)
        axes.set_axis_off()

    parts = [f"{n} {count(v)}" for n, v in zip(names, reached, strict=True)]
    frame = pd.DataFrame({"step": names, "reached": reached, "rate": [float("nan"), *rates]})
    height = 0.5 + 0.78 * len(reached)
    return Chart(
        draw, title=title, subtitle=subtitle, alt=t("Funnel: {rows}", rows="; ".join(parts)),
        source=source, height=height, phone_height=height, data=frame,
    )  # fmt: skip


def plot_funnel(result: FunnelResult) -> Chart:
    """A funnel of one's own, all groups together."""
    total = result.total
    names = [named(n) for n in result.spec.names]
    first, last = int(total["reached"].iloc[0]), int(total["reached"].iloc[-1])
    title = t(
        "{share} of those at the step “{first}” reach “{last}”",
        share=per_cent(last / first if first else 0.0),
        first=names[0],
        last=names[-1],
    )
    unit = {"visitor": t("visitors"), "session": t("visits"), "event": t("attempts")}
    return plot_bars(
        names,
        total["reached"].tolist(),
        title=title,
        subtitle=f"{unit[result.spec.within]} · {result.period}",
        source=result.shop,
    )


def funnel_table(result: FunnelResult, *, most: int = 24) -> ShownTable:
    """Counts and rates of every group."""
    shown = result.counts.assign(
        name=[named(n) for n in result.counts["name"]],
        group=[named(g) for g in result.counts["group"]],
    )
    # The first step is all there are: a share of them would say nothing.
    shown.loc[shown["step"] == 1, ["rate", "low", "high"]] = float("nan")
    group = (Field("group", t("Group")),) if result.by else ()
    fields = (
        Field("name", t("Step")),
        *group,
        Field("reached", t("reached it"), "count"),
        Field("lost", t("went no further"), "count"),
        Field("rate", t("of the step before"), "share"),
        Field("low", t("from"), "share"),
        Field("high", t("to"), "share"),
        Field("of_first", t("of the first step"), "share"),
    )
    return shown_table(
        shown, fields, caption=t("The funnel, {days}", days=str(result.period)), most=most
    )


def time_table(found: ConvertTime) -> ShownTable:
    """How long each step takes."""
    shown = found.steps.assign(
        name=[named(n) for n in found.steps["name"]],
        **{f"{c}_text": [_time(v) for v in found.steps[c]]
           for c in ("median_s", "mean_s", "p90_s", "total_median_s")},
    )  # fmt: skip
    fields = (
        Field("name", t("Step")),
        Field("converted", t("reached it"), "count"),
        Field("median_s_text", t("half take at most")),
        Field("p90_s_text", t("nine in ten take at most")),
        Field("mean_s_text", t("mean time")),
        Field("total_median_s_text", t("half, from the first step on")),
    )
    note = ""
    if found.late == found.late:
        note = t(
            "{share} of those who reach the last step take more than nine tenths of the "
            "window; where that is much, a longer window finds more.",
            share=per_cent(found.late),
        )
    return shown_table(shown, fields, caption=t("Time from the step before"), note=note)


def _time(seconds: float) -> str:
    return duration(seconds) if seconds == seconds else "–"

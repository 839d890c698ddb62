"""How recommendation and satisfaction are shown: by month, by group, by kind of ticket."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, t
from opsbook.lifecycle.nps import SMALL, Nps, in_points
from opsbook.lifecycle.nps_repurchase import Repurchase
from opsbook.lifecycle.nps_segments import SEGMENTS, NpsSegments
from opsbook.lifecycle.satisfaction import Satisfaction
from opsbook.reference.figures import figure as reference
from opsbook.reference.figures import figures

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = [
    "plot_nps",
    "plot_nps_segments",
    "repurchase_table",
    "satisfaction_table",
    "segment_title",
]


def plot_nps(result: Nps) -> Chart:
    """Net promoter score by month with its interval; months with few answers are hollow.

    Args:
        result: From ``nps``.
    """
    frame = result.trend.tail(24)
    return Chart(
        lambda figure, phone: _course(figure, frame, phone),
        title=result.headline(),
        subtitle=t(
            "share of 9 and 10 less share of 0 to 6, points, by month · bars: interval · "
            "hollow: under {n} answers",
            n=count(SMALL),
        ),
        alt=t(
            "Net promoter score over {n} months, between {low} and {high}; latest {now}.",
            n=len(frame),
            low=in_points(frame["score"].min()),
            high=in_points(frame["score"].max()),
            now=in_points(frame["score"].iloc[-1]),
        ),
        source=result.source,
        height=3.0,
        phone_height=2.8,
        data=result.trend,
    )


def _course(figure: "Figure", frame: "pd.DataFrame", phone: bool) -> None:
    axes = figure.subplots()
    accent, muted = (COLORS[k][0] for k in ("accent", "muted"))
    month, score = frame["month"], frame["score"] * 100
    axes.vlines(month, frame["low"] * 100, frame["high"] * 100, color=accent, alpha=0.35, lw=3)
    axes.plot(month, score, color=accent, lw=1.2, alpha=0.6)
    for hollow, part in frame.groupby("small"):
        face = "white" if hollow else accent
        axes.plot(part["month"], part["score"] * 100, "o", ms=5, color=accent, mfc=face, ls="")
    axes.axhline(0, color=muted, lw=0.8)
    axes.set_ylabel(t("points"))
    axes.grid(axis="x", visible=False)
    step = max(1, len(frame) // (3 if phone else 7))
    axes.set_xticks(month.iloc[::step], month.dt.strftime("%Y-%m").iloc[::step])


def segment_title(result: NpsSegments) -> str:
    """Which group differs most, or that none does."""
    real = result.real
    if real.empty:
        return t("No group recommends the shop more or less than the others beyond chance")
    row = real[real["gap"] < 0].head(1) if (real["gap"] < 0).any() else real.head(1)
    one = row.iloc[0]
    text = (
        t("{segment} {group}: {gap} points below the others")
        if one["gap"] < 0
        else t("{segment} {group}: {gap} points above the others")
    )
    name = SEGMENTS[one["segment"]]
    return text.format(
        segment=_capital(t(name)), group=one["group"], gap=in_points(abs(one["gap"]))
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def plot_nps_segments(result: NpsSegments) -> Chart:
    """Scores by group with intervals; filled where a group differs beyond chance.

    Args:
        result: From ``nps_segments``.
    """
    frame = result.frame
    names = []
    for row in frame.itertuples():
        name = SEGMENTS[row.segment]
        names.append(f"{t(name)}: {row.group}")
    rows = [
        t("{name} {score} ({n} answers)", name=name, score=in_points(row.score), n=row.answers)
        for name, row in zip(names, frame.itertuples(), strict=True)
    ]
    return Chart(
        lambda figure, phone: _groups(figure, frame, names, result.score, phone),
        title=segment_title(result),
        subtitle=t(
            "net promoter score, points · bars: interval · dashed: all · pale: not told from the "
            "others after correction for {n} comparisons · {period}",
            n=result.tested,
            period=str(result.period),
        ),
        alt=t("Net promoter score by group: {rows}.", rows="; ".join(rows)),
        source=result.source,
        height=1.0 + 0.26 * len(frame),
        phone_height=1.0 + 0.3 * len(frame),
        data=frame,
    )


def _groups(
    figure: "Figure", frame: "pd.DataFrame", names: list[str], whole: float, phone: bool
) -> None:
    axes = figure.subplots()
    ink, muted, accent = (COLORS[k][0] for k in ("ink", "muted", "accent"))
    for y, row in enumerate(frame.itertuples()):
        faint = 1.0 if row.is_real else 0.4
        axes.plot([row.low * 100, row.high * 100], [y, y], color=accent, lw=2, alpha=faint)
        axes.plot(row.score * 100, y, "o", color=accent, ms=5, alpha=faint)
    axes.axvline(whole * 100, color=muted, lw=1, ls=(0, (4, 3)))
    axes.set_yticks(range(len(names)), names, fontsize=7.5 if phone else 8.5, color=ink)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(t("points"))
    axes.grid(axis="y", visible=False)


def satisfaction_table(result: Satisfaction) -> ShownTable:
    """Satisfaction by kind of ticket and service group, with the claim for complaints."""
    note = result.words()
    if "complaint_csat" in figures():
        note += " " + reference("complaint_csat").words()
    fields = (
        Field("group", t("tickets by kind and group")),
        Field("tickets", t("tickets"), "count"),
        Field("answered", t("rated"), "share"),
        Field("answers", t("ratings"), "count"),
        Field("share", t("satisfied (4 or 5)"), "share"),
        Field("low", t("from"), "share"),
        Field("high", t("to"), "share"),
    )
    return shown_table(
        result.groups, fields,
        caption=t("Satisfaction after contact with service, {period}", period=str(result.period)),
        note=note,
    )  # fmt: skip


def repurchase_table(result: Repurchase) -> ShownTable:
    """Promoters, passives and detractors: who bought again, and for how much."""
    words = {
        "promoter": t("promoters"), "passive": t("passives"), "detractor": t("detractors"),
    }  # fmt: skip
    money = {"currency": result.currency, "days": count(result.days)}
    fields = (
        Field("name", t("answer")),
        Field("customers", t("customers"), "count"),
        Field("share", t("bought again"), "share"),
        Field("low", t("from"), "share"),
        Field("high", t("to"), "share"),
        Field("before", t("sales a head, {days} days before, {currency}", **money), "money"),
        Field("after", t("sales a head, {days} days after, {currency}", **money), "money"),
    )
    left = t("{n} answers are left out.", n=count(result.left_out)) if result.left_out else ""
    frame = result.frame.assign(name=[words[g] for g in result.frame["group"]])
    return shown_table(
        frame, fields, caption=t("What they bought before and after their answer"),
        note=f"{result.headline()}. {result.words()} {left}".rstrip(),
    )  # fmt: skip

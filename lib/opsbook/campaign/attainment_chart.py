"""The event's days against last year's, its phases, its goals, and what was collected."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.campaign.attainment import Attainment
from opsbook.campaign.attainment_check import Collected
from opsbook.campaign.attainment_words import attainment_words, goal_name, phase_name
from opsbook.campaign.event import Event
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import N_, count, money, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "attainment_words",
    "collected_table",
    "goal_table",
    "phase_name",
    "phase_table",
    "plot_attainment",
    "plot_phases",
]

_STATES = {"there": N_("there"), "partly": N_("partly"), "missing": N_("missing")}


def collected_table(event: Event, rows: tuple[Collected, ...]) -> ShownTable:
    """What the post-mortem rests on, and what each gap costs.

    Args:
        event: The event.
        rows: From ``collected``.
    """
    frame = pd.DataFrame(
        [
            {"what": r.what, "status": t(_STATES[r.status]), "seen": r.seen, "cost": r.cost or "–"}
            for r in rows
        ]
    )
    fields = (
        Field("what", t("What it rests on")),
        Field("status", t("Is it there?")),
        Field("seen", t("Found")),
        Field("cost", t("What cannot be said without it")),
    )
    caption = t("Collected for {name}, {days}", name=event.name, days=str(event.days))
    return shown_table(frame, fields, caption=caption)


def plot_attainment(found: Attainment) -> Chart:
    """GMV by day of the event, this year and last year, its phases marked."""
    days = found.days
    then = days.get("gmv_then")
    accent, quiet, muted, line = (COLORS[k][0] for k in ("accent", "quiet", "muted", "line"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        axes = figure.subplots()
        for k, phase in enumerate(days["phase"].unique()):
            steps = days.loc[days["phase"] == phase, "step"]
            left, right = steps.min() - 0.5, steps.max() + 0.5
            if k % 2 == 0:
                axes.axvspan(left, right, color=line, alpha=0.55, lw=0)
            if right - left >= (4 if phone else 2):
                name, across = phase_name(phase), axes.get_xaxis_transform()
                axes.text((left + right) / 2, 0.98, name, ha="center", va="top",
                          transform=across, fontsize=8, color=muted)  # fmt: skip
        if then is not None:
            axes.plot(days["step"], then, color=quiet, lw=1.8, ls="--", marker="o", ms=3,
                      label=t("last year"))  # fmt: skip
        axes.plot(days["step"], days["gmv"], color=accent, lw=2.2, marker="o", ms=4,
                  label=t("this year"))  # fmt: skip
        if found.usual == found.usual:
            axes.axhline(found.usual, color=muted, lw=1, ls=":", label=t("usual day"))
        highest = days[["gmv", *(["gmv_then"] if then is not None else [])]].max().max()
        axes.set_ylim(0, 1.28 * float(highest))
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.92), fontsize=8,
                    ncols=2 if phone else 3)  # fmt: skip
        axes.xaxis.set_major_locator(MaxNLocator(5 if phone else 12, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: money(v)))
        axes.grid(axis="x", visible=False)
        axes.set_xlabel(t("day of the event"))
        axes.set_ylabel(t("GMV a day, {currency}").format(currency=found.currency))

    return Chart(
        draw,
        title=_title(found),
        subtitle=t(
            "GMV by day, days of the same phase on top of each other · {name}, {days}",
            name=found.event.name,
            days=str(found.event.days),
        ),
        alt=attainment_words(found),
        source=found.shop,
        height=3.4,
        phone_height=3.3,
        data=days,
    )


def _title(found: Attainment) -> str:
    goal = found.goal("gmv")
    if goal is not None and found.event.state == "running":
        if goal["due"] == goal["due"]:
            return t(
                "{name} stands at {share} of its goal; last year {due} was done by now",
                name=found.event.name,
                share=per_cent(goal["attained"], 0),
                due=per_cent(goal["due"], 0),
            )
        return t(
            "{name} stands at {share} of its goal, with days to come",
            name=found.event.name,
            share=per_cent(goal["attained"], 0),
        )
    if goal is not None:
        values = {"name": found.event.name, "share": per_cent(goal["attained"], 0)}
        if found.growth.value == found.growth.value:
            return t(
                "{name} reached {share} of its goal, {growth} on last year's same days",
                **values,
                growth=per_cent(found.growth.value, sign=True),
            )
        return t("{name} reached {share} of its goal", **values)
    if found.growth.value == found.growth.value:
        return t(
            "{name}: {growth} on the same days last year; no goal was set",
            name=found.event.name,
            growth=per_cent(found.growth.value, sign=True),
        )
    return t(
        "{name} sold {gmv}; there is neither a goal nor a last year to hold it against",
        name=found.event.name,
        gmv=money(found.gmv, found.currency),
    )


def goal_table(found: Attainment) -> ShownTable:
    """Goals, what was reached, and what the course of last year would lead to."""
    frame = found.goals.assign(goal_of=[goal_name(str(g)) for g in found.goals["goal_of"]])
    running = found.event.state == "running"
    fields = [
        Field("goal_of", t("Goal for")),
        Field("goal", t("aimed at"), "count"),
        Field("now", t("so far") if running else t("reached"), "count"),
        Field("attained", t("attained"), "share"),
    ]
    if running:
        fields += [
            Field("due", t("last year by now"), "share"),
            Field("projected", t("on last year's course"), "count"),
        ]
    note = t("Counted from the first day of the peak to the last day.")
    if found.spent is not None and found.booked:
        note += " " + t("Advertising: all that is booked to the event, its warm-up included.")
    elif found.spent is not None:
        note += " " + t("No advertising is booked to the event: that of all its days stands here.")
    return shown_table(
        frame, fields, caption=t("Goals of {name}", name=found.event.name), note=note
    )


def plot_phases(found: Attainment) -> Chart:
    """GMV a day in each phase, this year and last year, against a usual day."""
    rows = found.phases[found.phases["known"] > 0].iloc[::-1].reset_index(drop=True)
    accent, quiet, ink, muted = (COLORS[k][0] for k in ("accent", "quiet", "ink", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        for y, row in enumerate(rows.itertuples()):
            axes.barh(y + 0.19, row.per_day, height=0.36, color=accent)
            if row.then_per_day == row.then_per_day:
                axes.barh(y - 0.19, row.then_per_day, height=0.36, color=quiet)
            if row.multiple == row.multiple:
                text = t("{n} × usual").format(n=count(row.multiple, 2))
                axes.text(row.per_day, y + 0.19, f" {text}", va="center", fontsize=8, color=ink)
        highest = float(rows[["per_day", "then_per_day"]].max().max())
        axes.set_xlim(0, highest * (1.4 if phone else 1.2))
        axes.set_yticks(range(len(rows)), [phase_name(p) for p in rows["phase"]], color=ink)
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: money(v)))
        axes.locator_params(axis="x", nbins=4 if phone else 7)
        axes.set_xlabel(t("GMV a day, {currency}").format(currency=found.currency), color=muted)

    return Chart(
        draw,
        title=_phase_title(found),
        subtitle=t("coloured: this year; grey: last year, same days · {name}").format(
            name=found.event.name
        ),
        alt=t("; ").join(
            t(
                "{phase}: {day} a day",
                phase=phase_name(r.phase),
                day=money(r.per_day, found.currency),
            )
            for r in found.phases[found.phases["known"] > 0].itertuples()
        ),
        source=found.shop,
        height=1.1 + 0.55 * len(rows),
        phone_height=1.2 + 0.6 * len(rows),
        data=found.phases,
    )


def _phase_title(found: Attainment) -> str:
    rows = found.phases.set_index("phase")
    known = rows[rows["known"] > 0]
    multiples = known["multiple"].dropna()
    if multiples.empty:
        best = str(known["per_day"].idxmax())
        return t("Most was sold a day in the {phase}", phase=phase_name(best))
    if "tail" in multiples and multiples["tail"] < 1:
        return t(
            "The peak sold {peak} times a usual day, the tail only {tail} times",
            peak=count(float(multiples.get("peak", multiples.max())), 2),
            tail=count(float(multiples["tail"]), 2),
        )
    best = str(multiples.idxmax())
    return t(
        "The {phase} sold {n} times as much a day as usual",
        phase=phase_name(best),
        n=count(float(multiples[best]), 2),
    )


def phase_table(found: Attainment) -> ShownTable:
    """Result and goal of each phase, against usual days and against last year."""
    frame = found.phases.assign(phase=[phase_name(p) for p in found.phases["phase"]])
    fields = (
        Field("phase", t("Phase")),
        Field("known", t("days in the data"), "count"),
        Field("gmv", t("GMV, {currency}", currency=found.currency), "money"),
        Field("multiple", t("times a usual day"), "number"),
        Field("growth", t("on last year's days"), "growth"),
        Field("conversion", t("orders per visitor and day"), "share"),
        Field("goal", t("part of the goal, {currency}", currency=found.currency), "money"),
        Field("attained", t("attained"), "share"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Phases of {name}", name=found.event.name),
        note=t(
            "The goal is shared out by last year's course; a warm-up has none. A usual day: "
            "same weekday, eight weeks before, special days left out."
        ),
    )

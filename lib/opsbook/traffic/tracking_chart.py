"""The health of the events drawn and tabled: rows at fault, and gaps on the calendar."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, day, per_cent, t
from opsbook.traffic.faults import Fault, capital, event_name
from opsbook.traffic.tracking import Tracking

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "gaps_table",
    "kind_name",
    "plot_gaps",
    "rows_table",
    "steps_table",
    "tracking_words",
    "verdict_name",
]
_SHOWN = 10


def kind_name(kind: str) -> str:
    """What is wrong with a row, in words."""
    return {
        "repeated_event": t("events sent twice"),
        "repeated_visit": t("visits recorded twice"),
        "orphan_event": t("events without a visit"),
        "early_event": t("events before their visit began"),
        "late_event": t("events more than a day after their visit began"),
        "unknown_type": t("events of an unknown type"),
        "silent_visit": t("visits without any event"),
        "unread": t("events that cannot be read"),
    }[kind]


def verdict_name(verdict: str) -> str:
    """Whether the shop or the tracking failed, in words."""
    return {
        "fault": t("events were lost"),
        "unclear": t("fault or incident: compare with orders"),
        "incident": t("visitors did it less"),
    }[verdict]


def tracking_words(found: Tracking) -> str:
    """The state of the events in one or two sentences."""
    bad = found.rows[found.rows["share"] >= 0.001]
    parts = []
    if found.healthy:
        parts.append(t("The events can be trusted in {period}.", period=str(found.period)))
    for row in bad.nlargest(2, "share").itertuples():
        parts.append(
            t(
                "{rows} {kind} ({share} of {of}).",
                rows=count(row.rows), kind=kind_name(row.kind),
                share=per_cent(row.share, 2), of=count(row.of),
            )
        )  # fmt: skip
    for fault in found.in_period[:2]:
        parts.append(
            t(
                "{name}, {days}: {share} of what was expected; {verdict}.",
                name=capital(fault.name), days=fault.days, share=per_cent(fault.share, 0),
                verdict=verdict_name(fault.verdict),
            )
        )  # fmt: skip
    if found.orders:
        parts.append(
            t(
                "{unseen} of {orders} orders paid during a visit have no payment event.",
                unseen=count(found.unseen), orders=count(found.orders),
            )
        )  # fmt: skip
    elif found.orders is None:
        parts.append(t("Orders and visits share no customer, so no order can vouch for events."))
    if found.looked.days < 42:
        parts.append(t("Below six weeks of data no gap can be told from chance."))
    return " ".join(parts)


def plot_gaps(found: Tracking) -> Chart:
    """Gaps by event and device on the calendar; the colour says who failed.

    Args:
        found: With at least one gap in ``faults``, whatever its verdict.
    """
    gaps = list(found.faults)[:_SHOWN]
    tones = {
        k: COLORS[c][0] for k, c in (("fault", "neg"), ("unclear", "s2"), ("incident", "quiet"))
    }
    ink = COLORS["ink"][0]
    first, last = found.looked.start, found.looked.end

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        names = list(dict.fromkeys(g.name for g in gaps))
        span = (last - first).days
        for gap in gaps:
            at = (gap.first - first).days
            wide = max((gap.last - gap.first).days + 1, span / 90)
            y = names.index(gap.name)
            axes.barh(y, wide, left=at, height=0.5, color=tones[gap.verdict])
            right = at + wide > 0.8 * span
            axes.annotate(
                per_cent(gap.share, 0), (at if right else at + wide, y),
                (-4 if right else 4, 0), textcoords="offset points",
                ha="right" if right else "left", va="center", fontsize=9, color=ink,
            )  # fmt: skip
        axes.set_yticks(range(len(names)), names, color=ink)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_xlim(-0.02 * span, 1.04 * span)
        marks = [round(span * k / (2 if phone else 4)) for k in range((2 if phone else 4) + 1)]
        marks[-1] = span - 1
        axes.set_xticks(marks, [day(first + timedelta(days=m)) for m in marks])
        axes.grid(axis="y", visible=False)

    lost = [g for g in found.faults if g.verdict == "fault"]
    open_ = [g for g in found.faults if g.verdict == "unclear"]
    if lost:
        title = t(
            "{name}: {share} of events arrived",
            name=capital(lost[0].name),
            share=per_cent(lost[0].share, 0),
        )
    elif open_:
        title = t("{name} fell to {share}, and nothing tells why", name=capital(open_[0].name),
                  share=per_cent(open_[0].share, 0))  # fmt: skip
    else:
        title = t("Steps fell, but no event was lost")
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "days on which an event came too seldom, and the share of it that came · red: events "
            "were lost · orange: cannot be told · grey: visitors did it less"
        ),
        alt="; ".join(_said(g) for g in gaps),
        source=found.shop,
        height=max(1.8, 1.0 + 0.38 * len({g.name for g in gaps})),
        data=_frame(found.faults.found),
    )


def _said(gap: Fault) -> str:
    return t(
        "{name}, {days}: {share} of what was expected; {verdict}.",
        name=capital(gap.name), days=gap.days, share=per_cent(gap.share, 0),
        verdict=verdict_name(gap.verdict),
    )  # fmt: skip


def _frame(gaps: tuple[Fault, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "name": g.name, "days": g.days, "share": g.share, "low": g.low, "high": g.high,
                "missing": g.expected - g.seen, "verdict": verdict_name(g.verdict),
                "proof": _proof(g), "first": date.isoformat(g.first),
            }
            for g in gaps
        ],
        columns=["name", "days", "share", "low", "high", "missing", "verdict", "proof", "first"],
    )  # fmt: skip


def _proof(gap: Fault) -> str:
    if gap.later <= 0:
        return t("nothing that comes after it")
    words = (
        t("{without} of {n} orders without it (usual {usual})")
        if gap.event == "pay"
        else t("{without} of {n} visits that got further without it (usual {usual})")
    )
    return words.format(
        without=count(gap.later_without), n=count(gap.later), usual=per_cent(gap.usual_without)
    )


def gaps_table(found: Tracking) -> ShownTable:
    """Every gap with its interval, its verdict and what the verdict rests on."""
    fields = (
        Field("name", t("Event")),
        Field("days", t("Days")),
        Field("share", t("of expected"), "share"),
        Field("low", t("from"), "share"),
        Field("high", t("to"), "share"),
        Field("missing", t("visits missing"), "count"),
        Field("verdict", t("Verdict")),
        Field("proof", t("rests on")),
    )
    return shown_table(
        _frame(found.faults.found), fields, caption=t("Gaps of events"),
        note=t(
            "At most about 1 in {n} of these is chance: tests over all events, devices and days "
            "are corrected together.", n=100,
        ),
    )  # fmt: skip


def rows_table(found: Tracking) -> ShownTable:
    """What is wrong with single rows."""
    frame = found.rows.assign(name=[kind_name(k) for k in found.rows["kind"]])
    fields = (
        Field("name", t("What is wrong")),
        Field("rows", t("rows"), "count"),
        Field("of", t("of rows"), "count"),
        Field("share", t("share"), "share"),
    )
    return shown_table(
        frame, fields, caption=t("Rows at fault, {period}", period=str(found.period))
    )


def steps_table(found: Tracking) -> ShownTable:
    """Steps that nobody can leave out, and how many visits lack them."""
    frame = found.steps.assign(name=[event_name(e) for e in found.steps["event"]])
    fields = (
        Field("name", t("Step")),
        Field("visits", t("visits that got further"), "count"),
        Field("lacking", t("without the step"), "count"),
        Field("share", t("share"), "share"),
        Field("high", t("at most"), "share"),
    )
    return shown_table(
        frame, fields, caption=t("Missing steps, {period}", period=str(found.period))
    )

"""Where the funnel loses, drawn: all steps, devices side by side, and days that went wrong."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.language import count, per_cent, t
from opsbook.language import period as span
from opsbook.traffic.drop_off import DropOff, FaultCost
from opsbook.traffic.drop_off_table import faults_table
from opsbook.traffic.funnel_chart import plot_bars
from opsbook.traffic.step_words import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_devices", "plot_faults", "plot_steps"]


def plot_steps(found: DropOff) -> Chart:
    """All visits of the period, step by step."""
    rows = found.of()
    reached = [int(rows["before"].iloc[0]), *rows["reached"].tolist()]
    names = [named(n) for n in found.names]
    least = rows.loc[rows["rate"].idxmin()]
    step = int(least["step"])
    title = t(
        "{paid} of 1,000 visits pay; from “{before}” to “{after}” only {rate} go on",
        paid=count(1000 * reached[-1] / max(reached[0], 1)),
        before=names[step - 1],
        after=names[step],
        rate=per_cent(float(least["rate"]), 0),
    )
    days = span(found.period.start, found.period.end)
    return plot_bars(names, reached, title=title, subtitle=f"{t('visits')} · {days}",
                     source=found.shop)  # fmt: skip


def plot_devices(found: DropOff) -> Chart:
    """Share that goes on, per step and device, with interval and the past as a hollow mark."""
    groups = found.groups
    steps = found.steps[found.steps["group"] != ""]
    tones = dict(zip(groups, ("accent", "s2", "s3", "s4", "s5", "quiet"), strict=False))
    marks = dict(zip(groups, "osD^vP", strict=False))
    groups = [g for g in groups if g in marks]
    names = found.names

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        ink, muted = COLORS["ink"][0], COLORS["muted"][0]
        place = 0.0
        ticks, labels = [], []
        for n in range(1, len(names)):
            axes.text(0, place, f"{named(names[n - 1])} → {named(names[n])}", fontsize=9.5,
                      color=ink, va="center")  # fmt: skip
            for group in groups:
                place += 1
                row = steps[(steps["step"] == n) & (steps["group"] == group)]
                if row.empty or row["rate"].isna().all():
                    continue
                value, tone = row.iloc[0], COLORS[tones[group]][0]
                axes.plot([value["low"], value["high"]], [place] * 2, color=tone, lw=2)
                axes.plot(value["rate"], place, marks[group], color=tone, ms=6)
                if value["past_rate"] == value["past_rate"]:
                    axes.plot(value["past_rate"], place, marks[group], mfc="none", mec=tone,
                              ms=8)  # fmt: skip
                axes.annotate(per_cent(float(value["rate"])), (max(value["high"], value["rate"]),
                              place), (9, 0), textcoords="offset points", fontsize=8.5,
                              color=muted, va="center")  # fmt: skip
                ticks.append(place)
                labels.append(named(group))
            place += 1.35
        axes.set_yticks(ticks, labels)
        axes.set_ylim(place - 0.6, -0.8)
        axes.grid(axis="y", visible=False)
        top = float(steps["high"].max())
        axes.set_xlim(0, min(1.12, top * 1.15) if top == top else 1)
        parts = [0, 0.2, 0.4, 0.6, 0.8, 1.0]
        kept = [p for p in parts if p <= axes.get_xlim()[1]]
        axes.set_xticks(kept, ["0", *(per_cent(p, 0) for p in kept[1:])])
        axes.set_xlabel(t("of the step before"))

    best = steps[steps["peer_money"].notna()].sort_values("peer_money", ascending=False)
    if len(best):
        row = best.iloc[0]
        title = t(
            "On {device} {rate} go from “{before}” to “{after}”, on {peer} {better}",
            device=named(str(row["group"])),
            rate=per_cent(float(row["rate"]), 0),
            before=named(names[int(row["step"]) - 1]),
            after=named(str(row["name"])),
            peer=named(str(row["peer"])),
            better=per_cent(float(row["peer_rate"]), 0),
        )
    else:
        title = t("There are not two devices to compare")
    level = per_cent(found.level, 0)
    subtitle = t("share that goes on, with {level} interval", level=level)
    if found.past is not None:
        days = span(found.past.start, found.past.end)
        subtitle += "; " + t("hollow: {days}", days=days)
    rows = "; ".join(
        f"{named(r.name)}, {named(r.group)}: {per_cent(r.rate)}"
        for r in steps.itertuples()
        if r.rate == r.rate
    )
    return Chart(
        draw, title=title, subtitle=subtitle, alt=t("Share that goes on: {rows}", rows=rows),
        source=found.shop, height=1.2 + 0.24 * (len(names) - 1) * (len(groups) + 1.3),
        data=steps,
    )  # fmt: skip


def plot_faults(found: DropOff, *, most: int = 3) -> Chart:
    """The costliest faults: daily share on the device and on the others around these days."""
    faults = found.faults[:most]

    def draw(figure: "Figure", phone: bool) -> None:
        if not faults:
            axes = figure.subplots()
            axes.set_axis_off()
            axes.text(0.5, 0.5, t("No run of days stands out."), ha="center")
            return
        panels = figure.subplots(len(faults), 1, squeeze=False)[:, 0]
        for axes, cost in zip(panels, faults, strict=True):
            _panel(axes, found, cost, phone)

    if faults:
        fault = faults[0].fault
        title = t(
            "On {device} the step “{step}” fell short by {share}, {days}",
            device=named(fault.group),
            step=named(found.names[fault.step]),
            share=per_cent(1 - fault.reached / fault.expected, 0),
            days=span(fault.start, fault.end),
        )
        if len(faults) > 1:
            title = t("{n} faults of a step on one device; the costliest: {first}",
                      n=len(found.faults), first=title)  # fmt: skip
    else:
        title = t("No step failed on one device alone")
    parts = [
        f"{named(c.fault.group)}, {named(found.names[c.fault.step])}, "
        f"{span(c.fault.start, c.fault.end)}: {count(c.fault.reached)} / "
        f"{count(c.fault.expected)}"
        for c in faults
    ]
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "share that goes on, by day; grey: the other devices; band: days that fell short"
        ),
        alt=t("Faults, reached and expected: {rows}", rows="; ".join(parts) or "–"),
        source=found.shop,
        height=max(1.2, 2.0 * len(faults)),
        phone_height=max(1.2, 2.1 * len(faults)),
        data=faults_table(found).frame,
    )


def _panel(axes: "Axes", found: DropOff, cost: FaultCost, phone: bool) -> None:
    from matplotlib.dates import DayLocator, date2num

    fault = cost.fault
    near = timedelta(days=21)
    first, after = pd.Timestamp(fault.start - near), pd.Timestamp(fault.end + near)
    days = found.days[(found.days["date"] >= first) & (found.days["date"] < after)]
    days = days[days["group"] != ""]
    before, step = f"step_{fault.step - 1}", f"step_{fault.step}"
    mine = days[days["group"] == fault.group].set_index("date")
    rest = days[days["group"] != fault.group].groupby("date")[[before, step]].sum()
    neg, quiet, accent, ink = (COLORS[k][0] for k in ("neg", "quiet", "accent", "ink"))
    half = timedelta(hours=12)
    edges = date2num([pd.Timestamp(v) - half for v in (fault.start, fault.end)])
    axes.axvspan(edges[0], edges[1], color=neg, alpha=0.16, lw=0)
    rest, mine = rest[rest[before] >= 5], mine[mine[before] >= 5]
    axes.plot(rest.index, rest[step] / rest[before], color=quiet, lw=1.4)
    axes.plot(mine.index, mine[step] / mine[before], color=accent, lw=2)
    axes.set_ylim(bottom=0)
    axes.locator_params(axis="y", nbins=4)
    axes.yaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
    locator = DayLocator(interval=14 if phone else 7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(lambda v, _: _day(v))
    what = f"{named(fault.group)}: {named(found.names[fault.step])}"
    days_of = span(fault.start, fault.end)
    axes.set_title(f"{what} · {days_of}", loc="left", fontsize=9.5, color=ink)


def _day(value: float) -> str:
    from matplotlib.dates import num2date

    return f"{num2date(value):%m-%d}"

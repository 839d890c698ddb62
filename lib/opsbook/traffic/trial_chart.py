"""Experiments drawn and tabled: effects side by side, one test over time, what a test takes."""

from typing import TYPE_CHECKING

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.language import day, per_cent, t
from opsbook.traffic.decide import Decisions
from opsbook.traffic.sequential import Watch
from opsbook.traffic.trial_plan import TestPlan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

from opsbook.traffic.trial_tables import action_name

__all__ = ["plot_effects", "plot_plan", "plot_sequence"]

_MOST_DRAWN = 14


def _percent_axis(axes: "Axes", which: str) -> None:
    from matplotlib.ticker import FuncFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda v, _: per_cent(v, 0, sign=True)))


def plot_effects(found: Decisions) -> Chart:
    """Lift of every experiment with its interval, and what follows from it."""
    rows = found.frame[found.frame["reason"] != "factorial"].head(_MOST_DRAWN)
    rows = rows.iloc[::-1].reset_index(drop=True)
    tones = {k: COLORS[v][0] for k, v in
             {"scale": "pos", "hold": "s2", "stop": "neg"}.items()}  # fmt: skip
    ink, muted, line = (COLORS[k][0] for k in ("ink", "muted", "line"))
    marks = {"scale": "o", "hold": "s", "stop": "X"}

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=line, lw=1.4)
        right = float(rows["high"].max()) if rows["high"].notna().any() else 1.0
        for y, row in enumerate(rows.itertuples()):
            tone = tones[row.action]
            if row.lift == row.lift:
                axes.plot([row.low, row.high], [y, y], color=tone, lw=2, solid_capstyle="round")
                axes.plot(row.lift, y, marks[row.action], color=tone, ms=7)
                place = row.high
            else:
                axes.plot(0, y, "X", color=tone, ms=7)
                place = 0.0
            text = action_name(row.action)
            if row.lift != row.lift:
                text = t("stop: not read")
            axes.annotate(text, (place, y), (7, 0), textcoords="offset points", va="center",
                          fontsize=8, color=tone)  # fmt: skip
        axes.set_yticks(range(len(rows)), rows["exp_id"].astype(str), color=ink)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        low = min(float(rows["low"].min()) if rows["low"].notna().any() else -0.1, -0.02)
        axes.set_xlim(low - 0.05 * (right - low), right + (0.5 if phone else 0.28) * (right - low))
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=4 if phone else 7)
        _percent_axis(axes, "x")
        axes.set_xlabel(t("lift of conversion"), color=muted)

    return Chart(
        draw,
        title=found.headline(),
        subtitle=t("relative lift against the control, {level} interval").format(
            level=per_cent(found.level, 0)
        ),
        alt="; ".join(
            f"{r.exp_id}: {action_name(r.action)}"
            + (f" {per_cent(r.lift, sign=True)} ({per_cent(r.low)} – {per_cent(r.high)})"
               if r.lift == r.lift else "")
            for r in rows.iloc[::-1].itertuples()
        ),
        source=found.source,
        height=max(2.2, 1.0 + 0.34 * len(rows)),
        data=found.frame.drop(columns=["words"]),
    )  # fmt: skip


def plot_sequence(found: Watch) -> Chart:
    """The lift after each day, with the interval for daily looks around the usual one."""
    frame = found.frame
    accent, quiet, line, muted = (COLORS[k][0] for k in ("accent", "quiet", "line", "muted"))
    # The first days are so wide that nothing else could be seen.
    late = frame.iloc[len(frame) // 6 :]
    top = 1.15 * float(late[["high", "low"]].abs().max().max())

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        axes = figure.subplots()
        axes.axhline(0, color=line, lw=1.4)
        axes.fill_between(frame["day"], frame["low"], frame["high"], color=accent, alpha=0.16, lw=0)
        axes.plot(frame["day"], frame["fixed_low"], color=quiet, lw=1.2, ls=(0, (4, 3)))
        axes.plot(frame["day"], frame["fixed_high"], color=quiet, lw=1.2, ls=(0, (4, 3)))
        axes.plot(frame["day"], frame["lift"], color=accent, lw=2)
        # Nothing falls by more than all of it.
        axes.set_ylim(-min(top, 1.0), 1.3 * top)
        for y, text, tone in (
            (0.97, t("band: holds at every look"), accent),
            (0.89, t("dashed: holds at one look only"), muted),
        ):
            axes.text(0.99, y, text, transform=axes.transAxes, ha="right", va="top", fontsize=8,
                      color=tone)  # fmt: skip
        locator = AutoDateLocator(maxticks=4 if phone else 8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
        _percent_axis(axes, "y")
        axes.set_ylabel(t("lift of conversion"))

    if found.decided is not None:
        title = t(
            "{exp}: sure since {day}, even for who looks every day",
            exp=found.exp_id,
            day=day(found.decided.date()),
        )
    elif found.naive is not None:
        title = t(
            "{exp}: not sure, though the usual interval left zero on {day}",
            exp=found.exp_id,
            day=day(found.naive.date()),
        )
    else:
        title = t("{exp}: no difference shown on any day", exp=found.exp_id)
    return Chart(
        draw,
        title=title,
        subtitle=t("lift of {arm} so far, {level} intervals").format(
            arm=found.variant, level=per_cent(found.level, 0)
        ),
        alt=found.words(),
        source=found.source,
        height=3.4,
        phone_height=3.2,
        data=frame,
    )


def plot_plan(found: TestPlan) -> Chart:
    """The smallest lift that can be seen, by length of the test."""
    frame = found.weeks
    accent, muted, line, pos = (COLORS[k][0] for k in ("accent", "muted", "line", "pos"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        axes = figure.subplots()
        axes.axhline(found.lift, color=line, lw=1.4)
        axes.annotate(
            t("asked for: {lift}", lift=per_cent(found.lift)),
            (float(frame["weeks"].iloc[0]), found.lift), (0, 4), textcoords="offset points",
            fontsize=8, color=muted,
        )  # fmt: skip
        axes.plot(frame["weeks"], frame["lift"], color=accent, lw=2, marker="o", ms=5)
        if found.duration_weeks is not None:
            row = frame[frame["weeks"] == found.duration_weeks].iloc[0]
            axes.plot(row["weeks"], row["lift"], "o", color=pos, ms=10)
        axes.set_ylim(0, 1.08 * float(max(frame["lift"].max(), found.lift)))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6 if phone else 12, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: per_cent(v, 0)))
        axes.set_xlabel(t("whole weeks"))
        axes.set_ylabel(t("smallest lift seen"))

    return Chart(
        draw,
        title=found.headline(),
        subtitle=t("smallest relative lift of conversion by length of the test"),
        alt="; ".join(
            t("{weeks} weeks {lift}", weeks=int(r.weeks), lift=per_cent(r.lift))
            for r in frame.itertuples()
            if r.lift == r.lift
        ),
        source=found.source,
        height=3.2,
        data=frame,
    )

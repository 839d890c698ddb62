"""The drop drawn: which slices explain it, how unusual each is, and when it began."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.chart.waterfall import draw_waterfall
from opsbook.language import count, day, money, per_cent, t
from opsbook.traffic.change_point import ChangePoint
from opsbook.traffic.drill import Drill

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["drill_table", "plot_change_point", "plot_drill"]

_GAP = 4
"""Days without a comparable one from which the line of the mean is parted."""


def plot_drill(found: Drill) -> Chart:
    """What was to be expected, what each slice took, what all share, and what was sold.

    Args:
        found: From ``drill``.
    """
    steps = [(s.name, s.part) for s in (*found.slices, *found.rises)]
    steps.append((t("all the rest in common"), found.shared))
    words = t(", ").join(f"{name} {money(v, sign=True)}" for name, v in steps)
    return Chart(
        lambda figure, phone: draw_waterfall(
            figure, (t("expected"), found.expected), steps, t("actual sales"), phone=phone
        ),
        title=_title(found),
        subtitle=t(
            "sales of {days} comparable days, {currency} · {now} against {before}",
            days=found.days,
            currency=found.currency,
            now=str(found.period),
            before=str(found.base),
        ),
        alt=t(
            "Waterfall: {expected} expected; {rows}; {sold} sold.",
            expected=money(found.expected, found.currency),
            rows=words,
            sold=money(found.gmv, found.currency),
        ),
        source=found.shop,
        height=0.9 + 0.38 * (len(steps) + 2),
        phone_height=1.0 + 0.5 * (len(steps) + 2),
        data=found.frame,
    )


def _title(found: Drill) -> str:
    change = per_cent(found.change / found.expected, sign=True) if found.expected else "–"
    if found.slices:
        top = found.slices[0]
        return t(
            "{slice} fell {fall} short, {amount} of sales",
            slice=top.name,
            fall=per_cent(1 - top.orders / top.expected, 0),
            amount=money(-top.part, found.currency),
        )
    if found.total_z < -2:
        return t("Sales are off by {change}, and no slice more than the others", change=change)
    return t("No slice of the shop fell by more than it usually varies")


def drill_table(found: Drill, *, most: int = 12) -> ShownTable:
    """The slices that fell most surprisingly, called or not."""
    frame = found.frame.head(max(most, 1)).copy()
    frame["against"] = frame["orders"] / frame["orders_expected"] - 1
    frame["verdict"] = [
        t("explains it")
        if r.called and r.z < 0
        else t("rose")
        if r.called
        else t("goes with it")
        if r.unusual
        else t("usual variation")
        for r in frame.itertuples()
    ]
    fields = (
        Field("slice", t("Slice")),
        Field("orders", t("orders"), "count"),
        Field("orders_expected", t("expected"), "count"),
        Field("against", t("against expected"), "growth"),
        Field("change", t("sales against expected, {currency}", currency=found.currency), "change"),
        Field("z", t("surprise (standard errors)"), "number"),
        Field("verdict", t("Verdict")),
    )
    note = t(
        "{n} slices were looked at. Expected: comparable days of the base. Surprise: against "
        "the rest of the shop and the slice's own weeks, corrected for the many looks. Slices "
        "of one dimension add up to the shop's change; those of different dimensions overlap. "
        "The bars above set a slice against what the rest of the shop did since, the column here "
        "against its own base: where the rest grew, a bar is longer.",
        n=count(len(found.frame)),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Slices by surprise, {period}", period=str(found.period)),
        note=note,
        most=most,
    )


def _change(before: float, after: float) -> str:
    return per_cent(after / before - 1, 0, sign=True) if before > 0 else "–"


def plot_change_point(point: ChangePoint) -> Chart:
    """Orders of the slice against what was to be expected, with the two levels.

    Args:
        point: From ``date_of_change``.
    """
    frame = point.frame
    days = pd.to_datetime(frame["day"])
    # Left-out days part the line: nobody measured what a straight stroke over them would say.
    stretch = (days.diff() > pd.Timedelta(days=_GAP)).cumsum()
    sums = frame.groupby(stretch)[["orders", "expected"]].rolling(7, min_periods=3).sum()
    sums = sums.reset_index(level=0, drop=True)
    smooth = sums["orders"] / sums["expected"].where(sums["expected"] > 0)

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        accent, neg, quiet, muted = (COLORS[k][0] for k in ("accent", "neg", "quiet", "muted"))
        axes.axvspan(
            pd.Timestamp(point.earliest), pd.Timestamp(point.latest) + pd.Timedelta(days=1),
            color=quiet, alpha=0.25, lw=0,
        )  # fmt: skip
        axes.plot(days, frame["ratio"], ".", color=quiet, ms=4)
        for _, part in smooth.groupby(stretch):
            axes.plot(days[part.index], part, color=accent, lw=2)
        cut = pd.Timestamp(point.day)
        axes.plot([days.iloc[0], cut], [point.before] * 2, color=muted, lw=1.6, ls="--")
        axes.plot([cut, days.iloc[-1]], [point.after] * 2, color=neg, lw=2.2, ls="--")
        axes.set_ylim(0, max(2.2, float(smooth.max()) * 1.2))
        axes.set_ylabel(t("sold / expected"))
        shown = pd.date_range(days.iloc[0], days.iloc[-1], periods=3 if phone else 5)
        axes.set_xticks(list(shown), [day(d.date()) for d in shown])

    if point.sure:
        title = t(
            "{slice}: orders {change} since {day}",
            slice=point.name,
            change=_change(point.before, point.after),
            day=day(point.day),
        )
    else:
        title = t("{slice}: no day on which the level clearly changed", slice=point.name)
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "orders against expected, 1: mean of these days; line: mean of seven days; dashed: "
            "level before and since; shaded: {level} interval of the date, {first} to {last}",
            level=per_cent(point.level, 0),
            first=day(point.earliest),
            last=day(point.latest),
        ),
        alt=t(
            "Level {before} before {day} and {after} after; chance of so sharp a change {p}",
            before=per_cent(point.before, 0),
            after=per_cent(point.after, 0),
            day=day(point.day),
            p=per_cent(point.p_value, 1),
        ),
        source=point.shop,
        height=3.2,
        data=frame,
    )

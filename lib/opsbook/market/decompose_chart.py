"""How a split change is shown: a waterfall from one period to the other."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import money, per_cent, t
from opsbook.market.compare import DIMENSIONS
from opsbook.market.growth_chart import tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from opsbook.market.decompose import Decomposition

__all__ = ["drivers_table", "plot_waterfall"]

_MOST = 7


def plot_waterfall(result: "Decomposition") -> Chart:
    """Sales before, what each driver (or group) added or took, sales now.

    Args:
        result: From ``decompose_gmv``; by group it shows the groups, else the factors.
    """
    steps = _steps(result)
    bars = _bars(result, steps)
    rows = [f"{row.label} {money(row.effect, sign=True)}" for row in steps.itertuples()]
    alt = t(
        "Waterfall: {before} before; {rows}; {now} now.",
        before=money(result.before, result.currency),
        rows=t(", ").join(rows),
        now=money(result.now, result.currency),
    )
    cut = _cut(bars)
    if result.by is None:
        exact = t("change in sales split exactly between its drivers (LMDI)")
    else:
        exact = t("change in sales by group; bars add up to the change")
    parts = [exact, result.currency, t("{now} against {before}", now=str(result.period),
                                       before=str(result.base))]  # fmt: skip
    return Chart(
        lambda figure, phone: (_down if phone else _across)(figure, bars, cut),
        title=_title(result, steps),
        subtitle=" · ".join(parts),
        alt=alt,
        source=result.source,
        height=3.6,
        phone_height=0.9 + 0.42 * len(bars),
        data=result.frame if result.by is None else result.groups,
    )


def drivers_table(result: "Decomposition", *, most: int = 12) -> ShownTable:
    """What each driver added to each group, in money; every row adds up to its change.

    Args:
        result: From ``decompose_gmv`` with groups.
        most: Groups shown, the largest changes first.
    """
    effects = result.frame.pivot(index="group", columns="factor", values="effect")
    order = list(dict.fromkeys(result.frame["factor"]))
    labels = result.frame.drop_duplicates("factor").set_index("factor")["label"]
    frame = result.groups.merge(effects[order].reset_index(), on="group")
    frame = frame.sort_values("change", key=abs, ascending=False)
    fields = [
        Field("group", t(DIMENSIONS[result.by]) if result.by else t("group")),
        Field("before", t("before, {currency}", currency=result.currency), "money"),
        *(Field(name, str(labels[name]), "change") for name in order),
        Field("change", t("change"), "change"),
    ]
    note = t("Rows add up: the drivers of a group sum to its change, the groups to the total.")
    rest = len(frame) - most
    if rest > 0:
        note += " " + t("{n} smaller ones not shown", n=rest)
    caption = t("What drove each change, {currency}", currency=result.currency)
    return shown_table(frame, fields, caption=caption, note=note, most=most)


def _steps(result: "Decomposition") -> pd.DataFrame:
    """Label and effect of every bar between the two totals."""
    if result.by is None:
        return result.effects()[["label", "effect"]]
    groups = result.groups.rename(columns={"group": "label", "change": "effect"})
    groups = groups[["label", "effect"]]
    # One spare bar: a single remaining group is better named than called the others.
    most = len(groups) if len(groups) <= _MOST + 1 else _MOST
    shown, rest = groups.head(most), groups.iloc[most:]
    shown = shown.sort_values("effect", ascending=False)
    if rest.empty:
        return shown.reset_index(drop=True)
    other = {"label": t("{n} others", n=len(rest)), "effect": float(rest["effect"].sum())}
    return pd.concat([shown, pd.DataFrame([other])], ignore_index=True)


def _bars(result: "Decomposition", steps: pd.DataFrame) -> pd.DataFrame:
    level = result.before
    first = t("last year") if result.base == result.period.last_year() else t("before")
    rows = [(first, 0.0, level, money(level), "quiet")]
    for step in steps.itertuples():
        after = level + step.effect
        kind = "pos" if step.effect >= 0 else "neg"
        low, high = min(level, after), max(level, after)
        # Cents beside thousands are noise.
        shown = round(step.effect) if abs(result.before) >= 1000 else step.effect
        rows.append((step.label, low, high, money(shown, sign=True), kind))
        level = after
    rows.append((t("now"), 0.0, result.now, money(result.now), "accent"))
    bars = pd.DataFrame(rows, columns=["label", "low", "high", "text", "color"])
    ends = [result.before, *(result.before + steps["effect"].cumsum())]
    bars["end"] = [*ends, result.now]
    return bars


def _cut(bars: pd.DataFrame) -> float:
    """Where the axis starts: above zero when the steps would be too small to see."""
    inner = bars.iloc[1:-1]
    lowest = min(
        float(bars["high"].iloc[0]), float(bars["high"].iloc[-1]), float(inner["low"].min())
    )
    highest = float(bars["high"].max())
    if lowest <= 0 or highest - lowest > 0.35 * highest:
        return 0.0
    start = lowest - 0.35 * (highest - lowest)
    step = 10.0 ** len(str(int(max(highest - lowest, 1)))) / 20
    return max(0.0, start // step * step)


def _across(figure: "Figure", bars: pd.DataFrame, cut: float) -> None:
    axes = figure.subplots()
    ink = COLORS["ink"][0]
    room = (float(bars["high"].max()) - cut) * 0.02
    for x, bar in enumerate(bars.itertuples()):
        bottom = max(bar.low, cut)
        axes.bar(x, bar.high - bottom, bottom=bottom, color=COLORS[bar.color][0], width=0.66)
        axes.text(x, bar.high + room, bar.text, ha="center", va="bottom", fontsize=9, color=ink)
        if x + 1 < len(bars):
            axes.plot([x + 0.33, x + 0.67], [bar.end] * 2, color=COLORS["muted"][0], lw=0.8)
    axes.set_xticks(
        range(len(bars)),
        [_wrapped(b, 84 // len(bars)) for b in bars["label"]],
        color=ink,
        fontsize=9,
    )
    axes.set_ylim(cut, float(bars["high"].max()) + 5 * room)
    axes.yaxis.set_major_formatter(lambda v, _: tick(v))
    axes.locator_params(axis="y", nbins=4)
    axes.grid(axis="x", visible=False)
    if cut:
        axes.set_ylabel(t("axis cut at {value}", value=tick(cut)))


def _down(figure: "Figure", bars: pd.DataFrame, cut: float) -> None:
    """The same from top to bottom, for a narrow screen."""
    axes = figure.subplots()
    ink = COLORS["ink"][0]
    reach = float(bars["high"].max()) - cut
    for y, bar in enumerate(bars.itertuples()):
        left = max(bar.low, cut)
        axes.barh(y, bar.high - left, left=left, color=COLORS[bar.color][0], height=0.62)
        axes.text(bar.high + reach * 0.02, y, bar.text, va="center", fontsize=9, color=ink)
        if y + 1 < len(bars):
            axes.plot([bar.end] * 2, [y + 0.31, y + 0.69], color=COLORS["muted"][0], lw=0.8)
    axes.set_yticks(range(len(bars)), [_wrapped(b) for b in bars["label"]], color=ink, fontsize=9)
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_xlim(cut, cut + reach * 1.36)
    axes.set_xticks([])
    axes.grid(visible=False)
    _note_cut(axes, cut)


def _note_cut(axes: "Axes", cut: float) -> None:
    if cut:
        axes.set_xlabel(t("axis cut at {value}", value=tick(cut)), fontsize=8)


def _wrapped(label: str, width: int = 13) -> str:
    from textwrap import fill

    if any(ord(c) > 0x2E80 for c in label):
        if len(label) > 7 and "（" in label:
            return label.replace("（", "\n（", 1)
        return "\n".join(label[i : i + 7] for i in range(0, len(label), 7))
    return fill(label, width, break_long_words=False)


def _title(result: "Decomposition", steps: pd.DataFrame) -> str:
    ranked = steps.sort_values("effect", key=abs, ascending=False)
    if ranked.empty or not result.before:
        return t("There is no change to split")
    first = ranked.iloc[0]
    grew = result.change >= 0
    values = {
        "driver": first["label"],
        "effect": money(float(first["effect"]), sign=True),
        "change": per_cent(abs(result.change) / result.before),
    }
    against = ranked[(ranked["effect"] >= 0) != (first["effect"] >= 0)]
    if len(against) and abs(float(against["effect"].iloc[0])) >= 0.3 * abs(float(first["effect"])):
        values |= {
            "other": against["label"].iloc[0],
            "opposed": money(float(against["effect"].iloc[0]), sign=True),
        }
        text = (
            t("Sales are up {change}: {driver} {effect} against {other} {opposed}")
            if grew
            else t("Sales are down {change}: {driver} {effect} against {other} {opposed}")
        )
    elif (first["effect"] >= 0) != grew:
        text = (
            t("Sales are up {change} although {driver} took {effect}")
            if grew
            else t("Sales are down {change} although {driver} added {effect}")
        )
    elif abs(float(first["effect"])) >= 0.95 * abs(result.change):
        text = (
            t("All of the {change} more in sales came from {driver} ({effect})")
            if grew
            else t("All of the {change} less in sales came from {driver} ({effect})")
        )
    elif abs(float(first["effect"])) < 0.5 * abs(result.change):
        text = (
            t("Sales are up {change}, the largest part from {driver} ({effect})")
            if grew
            else t("Sales are down {change}, the largest part from {driver} ({effect})")
        )
    else:
        text = (
            t("Sales are up {change}, most of it from {driver} ({effect})")
            if grew
            else t("Sales are down {change}, most of it from {driver} ({effect})")
        )
    return text.format(**values)

"""How retention is shown: the triangle, the curve with its band, channels side by side."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.lifecycle.cohorts import Cohorts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "channel_table",
    "plot_channels",
    "plot_curve",
    "plot_triangle",
    "plot_value",
    "windows_table",
]

_DESK, _PHONE = (13, 12), (12, 6)
"""Cohorts and ages that a triangle holds so that its figures can be read."""


def plot_triangle(result: Cohorts) -> Chart:
    """The retention triangle: months of first purchase down, months since across.

    Args:
        result: From ``cohorts``.
    """
    frame = result.triangle[result.triangle["age"] > 0]
    over = frame.dropna(subset=["rate"])
    first = over[over["age"] == 1]
    if first.empty:
        title = t("No month after the first is over yet")
        alt = title
    else:
        share = first["active"].sum() / first["customers"].sum()
        title = t(
            "{share} of new customers buy again in the month after their first",
            share=per_cent(share),
        )
        alt = t(
            "Triangle of retention by month of first purchase. Month 1: {low} to {high}. Months "
            "that are not over are blank.",
            low=per_cent(first["rate"].min()),
            high=per_cent(first["rate"].max()),
        )
    rows = min(_DESK[0], result.triangle["month"].nunique())
    small = min(_PHONE[0], rows)
    return Chart(
        lambda figure, phone: _triangle(figure, result.triangle, phone),
        title=title,
        subtitle=t("customers of a month who buy in a later calendar month, % · blank: not over"),
        alt=alt,
        source=result.new.source,
        height=0.8 + 0.29 * rows,
        phone_height=0.8 + 0.29 * small,
        data=result.triangle,
    )


def _triangle(figure: "Figure", frame: pd.DataFrame, phone: bool) -> None:
    rows, ages = _PHONE if phone else _DESK
    months = sorted(frame["month"].unique())[-rows:]
    shown = frame[frame["month"].isin(months) & frame["age"].between(1, ages)]
    axes = figure.subplots()
    accent, ink, muted = (COLORS[k][0] for k in ("accent", "ink", "muted"))
    place = {month: y for y, month in enumerate(months)}
    top = float(shown["rate"].max()) if shown["rate"].notna().any() else 1.0
    for row in shown.dropna(subset=["rate"]).itertuples():
        y = place[row.month]
        # Half as strong at most, so that ink stays legible on it in light and dark.
        strength = 0.06 + 0.44 * (row.rate / top if top else 0)
        axes.barh(y, 1, left=row.age - 0.5, height=0.94, color=accent, alpha=strength, lw=0)
        axes.text(
            row.age, y, count(row.rate * 100), ha="center", va="center", fontsize=9, color=ink
        )
    sizes = frame.drop_duplicates("month").set_index("month")["customers"]
    names = [f"{pd.Timestamp(m):%Y-%m}  ({count(sizes[m])})" for m in months]
    axes.set_yticks(range(len(months)), names, fontsize=8.5, color=ink)
    axes.set_ylim(len(months) - 0.5, -0.5)
    most = int(min(ages, max(1, frame["age"].max())))
    axes.set_xlim(0.5, most + 0.5)
    axes.set_xticks(range(1, most + 1))
    axes.xaxis.tick_top()
    axes.set_xlabel(t("months after the month of the first purchase"), color=muted)
    axes.xaxis.set_label_position("top")
    axes.grid(visible=False)
    axes.spines[["top", "bottom"]].set_visible(False)


def plot_curve(result: Cohorts) -> Chart:
    """Share back by day since the first purchase: the shop with its band, channels behind.

    Args:
        result: From ``cohorts``.
    """
    curve = result.curve
    whole = curve[curve["group"] == ""]
    marks = [result.rate(int(d)) for d in sorted(result.windows["days"].unique())]
    known = [m for m in marks if m is not None]
    said = t(", ").join(
        t("{rate} within {days} days", rate=per_cent(m["rate"]), days=int(m["days"])) for m in known
    )
    best, worst = _ends(result)
    return Chart(
        lambda figure, phone: _curve(figure, curve, whole, known, (best, worst), phone),
        title=t("Back for a second purchase: {rates}", rates=said),
        subtitle=t(
            "share of new customers who bought again, by days since the first purchase, with "
            "{level} band",
            level=per_cent(result.level, 0),
        ),
        alt=t("Curve of customers back by day: {rates}.", rates=said),
        source=result.new.source,
        height=3.4,
        phone_height=3.2,
        data=curve,
    )


def _ends(result: Cohorts) -> tuple[str, str]:
    if result.compared.empty:
        return "", ""
    return str(result.compared["channel"].iloc[0]), str(result.compared["channel"].iloc[-1])


def _curve(
    figure: "Figure",
    curve: pd.DataFrame,
    whole: pd.DataFrame,
    marks: list[pd.Series],
    ends: tuple[str, str],
    phone: bool,
) -> None:
    axes = figure.subplots()
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))
    for name, part in curve[curve["group"] != ""].groupby("group"):
        large = part[part["observed"] >= 100]
        axes.plot(large["day"], large["rate"], color=quiet, lw=0.8, alpha=0.6)
        if name in ends and not large.empty and not phone:
            low = name == ends[1]
            axes.annotate(
                str(name), (large["day"].iloc[-1], large["rate"].iloc[-1]), (4, -6 if low else 4),
                textcoords="offset points", fontsize=8, color=COLORS["muted"][0],
                ha="left", va="center",
            )  # fmt: skip
    axes.fill_between(whole["day"], whole["low"], whole["high"], color=accent, alpha=0.25, lw=0)
    axes.plot(whole["day"], whole["rate"], color=accent, lw=2.2)
    for mark in marks:
        if mark["days"] > whole["day"].max():
            continue
        axes.plot(mark["days"], mark["rate"], "o", color=accent, ms=6)
        axes.annotate(
            per_cent(mark["rate"]), (mark["days"], mark["rate"]), (-6, 10),
            textcoords="offset points", fontsize=9, color=ink, ha="right",
        )  # fmt: skip
    axes.set_xlim(0, float(whole["day"].max()) * (1.02 if phone else 1.16))
    axes.set_ylim(0, None)
    axes.set_xticks(
        [d for d in (0, 7, 30, 60, 90, 120, 150, 180, 270, 360) if d <= axes.get_xlim()[1]]
    )
    if phone:
        axes.set_xticks([d for d in (0, 30, 90, 180, 360) if d <= axes.get_xlim()[1]])
    axes.yaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
    axes.locator_params(axis="y", nbins=5)
    axes.grid(axis="x", visible=False)
    axes.set_xlabel(t("days since the first purchase"))


def plot_channels(result: Cohorts, *, again: bool = True) -> Chart:
    """Retention by channel as points with intervals, the others' mean as a line.

    Args:
        result: From ``cohorts``.
        again: Show the third purchase of those who made a second, which tells loyalty best;
            else the second purchase.
    """
    frame = result.again if again else result.compared
    days = _days(result)
    told = frame[frame["is_real"]] if not frame.empty else frame
    if told.empty:
        title = t("Channels do not differ by more than chance")
    else:
        up = told.loc[told["gap"] > 0, "channel"].tolist()
        down = told.loc[told["gap"] < 0, "channel"].tolist()
        parts = []
        if up:
            parts.append(t("{names} keep more", names=t(", ").join(up)))
        if down:
            parts.append(t("{names} keep fewer", names=t(", ").join(down)))
        title = t("; ").join(parts)
    what = (
        t("back within {days} days of the second purchase, of those who made one", days=days)
        if again
        else t("back within {days} days of the first purchase", days=days)
    )
    rows = [
        f"{r.channel} {per_cent(r.rate)} [{per_cent(r.low)}, {per_cent(r.high)}]"
        for r in frame.itertuples()
    ]
    return Chart(
        lambda figure, phone: _channels(figure, frame, phone),
        title=title,
        subtitle=what + " · " + t("bars: interval · filled: real after correction for many tests"),
        alt=t("Retention by channel: {rows}.", rows="; ".join(rows) or t("nothing to compare")),
        source=result.new.source,
        height=0.9 + 0.32 * max(1, len(frame)),
        phone_height=0.9 + 0.42 * max(1, len(frame)),
        data=frame,
    )


def _days(result: Cohorts) -> int:
    seen = result.windows[(result.windows["kind"] == "all") & result.windows["rate"].notna()]
    return int(seen["days"].max())


def _channels(figure: "Figure", frame: pd.DataFrame, phone: bool) -> None:
    axes = figure.subplots()
    ink, muted = COLORS["ink"][0], COLORS["muted"][0]
    if frame.empty:
        axes.axis("off")
        return
    mean = float(frame["back"].sum() / frame["observed"].sum())
    axes.axvline(mean, color=muted, lw=1, ls=(0, (4, 3)))
    names = []
    for y, row in enumerate(frame.itertuples()):
        color = COLORS["quiet" if not row.is_real else "pos" if row.gap > 0 else "neg"][0]
        axes.plot([row.low, row.high], [y, y], color=color, lw=2, alpha=0.7)
        axes.plot(
            row.rate, y, "o", color=color, ms=7, mfc=color if row.is_real else "none", mew=1.6
        )
        label = f"{per_cent(row.rate)} ({count(row.observed)})"
        if phone:
            names.append(f"{row.channel}\n{label}")
            continue
        names.append(str(row.channel))
        axes.text(row.high, y, f"  {label}", va="center", fontsize=9, color=ink)
    axes.set_yticks(range(len(frame)), names, fontsize=8.5 if phone else 9, color=ink)
    axes.set_ylim(len(frame) - 0.4, -0.6)
    low, high = float(frame["low"].min()), float(frame["high"].max())
    room = high - low
    axes.set_xlim(max(0.0, low - 0.05 * room), high + room * (0.05 if phone else 0.3))
    axes.xaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
    axes.locator_params(axis="x", nbins=5, steps=[1, 2, 5, 10])
    axes.grid(axis="y", visible=False)


def plot_value(frame: pd.DataFrame, *, currency: str, source: str, money: str = "margin") -> Chart:
    """Cumulative value per new customer by age, channels as lines.

    Args:
        frame: ``ValueToDate.frame`` by channel.
        currency: ISO code.
        source: Line below the chart.
        money: Column to draw: ``margin`` or ``revenue``.
    """
    shown = frame[(frame["customers"] >= 30) & frame[money].notna()]
    last = shown.sort_values("month").groupby("group").tail(1).sort_values(money)
    name = t("margin") if money == "margin" else t("net sales")
    rows = [f"{r.group} {count(getattr(r, money))}" for r in last[::-1].itertuples()]
    title = (
        t("{best} customers bring most, {worst} least", best=last["group"].iloc[-1],
          worst=last["group"].iloc[0])
        if len(last) > 1
        else t("What a new customer has brought so far")
    )  # fmt: skip
    return Chart(
        lambda figure, phone: _value(figure, shown, last, money, phone),
        title=title,
        subtitle=t("cumulative {name} per new customer, {currency}, by age in periods of 30 days",
                   name=name, currency=currency),
        alt=t("Cumulative {name} per customer by channel: {rows}.", name=name,
              rows=t(", ").join(rows)),
        source=source,
        height=3.6,
        phone_height=3.6,
        data=frame,
    )  # fmt: skip


def _value(
    figure: "Figure", shown: pd.DataFrame, last: pd.DataFrame, money: str, phone: bool
) -> None:
    axes = figure.subplots()
    if last.empty:
        axes.axis("off")
        return
    ends = {str(last["group"].iloc[-1]): "pos", str(last["group"].iloc[0]): "neg"}
    for name, part in shown.groupby("group"):
        color = COLORS[ends.get(str(name), "quiet")][0]
        strong = str(name) in ends
        axes.plot(part["month"], part[money], color=color, lw=2.2 if strong else 0.9)
        if strong:
            axes.fill_between(
                part["month"], part[f"{money}_low"], part[f"{money}_high"], color=color,
                alpha=0.16, lw=0,
            )  # fmt: skip
            x, y = part["month"].iloc[-1], part[money].iloc[-1]
            side = 1 if ends[str(name)] == "pos" else -1
            axes.annotate(
                f"{name} {count(y)}", (x, y), (-2, 14 * side), textcoords="offset points",
                ha="right", fontsize=9, color=color, va="center",
            )  # fmt: skip
    axes.set_ylim(0, None)
    axes.set_xlim(1, float(shown["month"].max()) + 0.2)
    axes.locator_params(axis="x", nbins=6 if phone else 12, integer=True)
    axes.grid(axis="x", visible=False)
    axes.set_xlabel(t("months since the first purchase"))


def windows_table(result: Cohorts, *, kind: str = "channel") -> ShownTable:
    """Share back within 7, 30 and 90 days with intervals.

    Args:
        result: From ``cohorts``.
        kind: ``channel`` (and the shop) or ``month``, the latest twelve.
    """
    rows = result.windows[result.windows["kind"].isin(["all", kind])]
    wide = rows.assign(shown=[
        "–" if r.rate != r.rate else f"{per_cent(r.rate)} [{per_cent(r.low)}, {per_cent(r.high)}]"
        for r in rows.itertuples()
    ])  # fmt: skip
    table = wide.pivot_table(
        index=["kind", "group", "customers"], columns="days", values="shown", aggfunc="first"
    ).reset_index()
    table.columns = [f"d{c}" if isinstance(c, int | np.integer) else c for c in table.columns]
    whole, rest = table[table["kind"] == "all"], table[table["kind"] != "all"]
    rest = (
        rest.sort_values("group", ascending=False)
        if kind == "month"
        else rest.sort_values("customers", ascending=False)
    )
    shown = pd.concat([whole, rest])
    head = t("channel") if kind == "channel" else t("first bought in")
    fields = [Field("group", head), Field("customers", t("new customers"), "count")]
    fields += [
        Field(f"d{d}", t("back within {days} days", days=int(d)))
        for d in sorted(result.windows["days"].unique())
    ]
    return shown_table(
        shown, fields, caption=t("Back for a second purchase, with intervals"),
        note=t("A dash stands where the days are not over for all of a month's customers."),
        most=13,
    )  # fmt: skip


def channel_table(result: Cohorts) -> ShownTable:
    """The comparison of channels on the third purchase, with corrected p-values."""
    frame = result.again if not result.again.empty else result.compared
    fields = (
        Field("channel", t("channel")),
        Field("observed", t("customers"), "count"),
        Field("rate", t("share back"), "share"),
        Field("gap", t("gap to the others"), "points"),
        Field("gap_low", t("from"), "points"),
        Field("gap_high", t("to"), "points"),
        Field("p_holm", t("p, corrected"), "number"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Channels against the others, month by month"),
        note=t(
            "Gap: Mantel-Haenszel over months, so that a channel's season does not count; p "
            "after Holm's correction for the number of channels."
        ),
    )

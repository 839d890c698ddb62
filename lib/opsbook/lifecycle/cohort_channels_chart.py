"""How channels compare: who comes back, and what a new customer of each has brought."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.blocks import Missing
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.language import count, per_cent, t
from opsbook.language import money as in_money
from opsbook.lifecycle.cohorts import Cohorts
from opsbook.lifecycle.customer_value import ValueToDate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_brought", "plot_channels"]


def plot_channels(result: Cohorts, *, again: bool = True) -> Chart | Missing:
    """Retention by channel as points with intervals, the others' mean as a line.

    Args:
        result: From ``cohorts``.
        again: Show the third purchase of those who made a second, which tells loyalty best;
            else the second purchase.
    """
    frame = result.again if again else result.compared
    if frame.empty:
        return Missing(t("No two channels have enough new customers to be compared."))
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
        alt=t("Retention by channel: {rows}.", rows="; ".join(rows)),
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


def plot_brought(value: ValueToDate, *, source: str) -> Chart:
    """Cumulative value per new customer by age, channels as lines.

    Args:
        value: ``value_to_date`` by channel.
        source: Line below the chart.
    """
    frame, money, currency = value.frame, value.money, value.currency
    shown = frame[(frame["customers"] >= 30) & frame[money].notna()]
    # Compared at the oldest age that every channel has reached.
    ages = shown.groupby("group")["month"].max()
    last = shown[shown["month"] == ages.min()].sort_values(money)
    name = t("margin") if money == "margin" else t("net sales")
    rows = [f"{r.group} {count(getattr(r, money))}" for r in last[::-1].itertuples()]
    title = t("What a new customer has brought so far")
    if len(last) > 1:
        title = t(
            "After {days} days a customer from {best} has brought {high}, one from {worst} {low}",
            days=30 * int(ages.min()),
            best=last["group"].iloc[-1],
            high=in_money(last[money].iloc[-1], currency),
            worst=last["group"].iloc[0],
            low=in_money(last[money].iloc[0], currency),
        )
    return Chart(
        lambda figure, phone: _brought(figure, shown, last, money, phone),
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


def _brought(
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

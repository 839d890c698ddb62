"""How acquisition is shown: cost against return by channel, and the way to payback."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS, SEQUENCE
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.lifecycle.acquisition import Acquisition
from opsbook.lifecycle.dormant import Dormancy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["acquisition_table", "dormant_table", "plot_dormant", "plot_payback"]


def plot_payback(result: Acquisition, *, most: int = 5) -> Chart:
    """Cumulative value over cost by age: a channel has paid back where it crosses one.

    Args:
        result: From ``acquisition``.
        most: Channels shown, by cost.
    """
    dear = result.costly.head(most)
    curve = result.curve[result.curve["channel"].isin(dear["channel"])]
    unpaid = dear.loc[dear["payback"].isna(), "channel"].tolist()
    rows = [_payback_words(r) for r in dear.itertuples()]
    if dear.empty:
        title = t("No channel has a cost per customer that can be stated")
    elif unpaid:
        title = t(
            "{names} have not paid back within the {n} months observed",
            names=t(", ").join(unpaid),
            n=int(dear["months"].max()),
        )
    else:
        title = t(
            "Every paid channel pays back, the slowest in month {n}", n=int(dear["payback"].max())
        )
    what = t("margin") if result.value.money == "margin" else t("net sales")
    return Chart(
        lambda figure, phone: _payback(figure, curve, dear["channel"].tolist(), phone),
        title=title,
        subtitle=t(
            "cumulative {what} per new customer over its cost, by age in months of 30 days · 100 % "
            "is payback · band: interval",
            what=what,
        ),
        alt=t("Payback curves: {rows}.", rows="; ".join(rows)),
        source=result.source,
        height=3.8,
        phone_height=4.0,
        data=result.curve,
    )


def _payback_words(row) -> str:  # type: ignore[no-untyped-def]
    if row.payback != row.payback:
        return t(
            "{channel} not yet, {share} recovered",
            channel=row.channel,
            share=per_cent(row.ratio, 0),
        )
    return t("{channel} month {n}", channel=row.channel, n=int(row.payback))


def _payback(figure: "Figure", curve: pd.DataFrame, order: list[str], phone: bool) -> None:
    axes = figure.subplots()
    if curve.empty:
        axes.axis("off")
        return
    ink = COLORS["ink"][0]
    axes.axhline(1, color=ink, lw=1)
    ends = []
    for name, color in zip(order, SEQUENCE, strict=False):
        part = curve[curve["channel"] == name]
        if part.empty:
            continue
        axes.fill_between(
            part["month"], part["share_low"], part["share_high"], color=color, alpha=0.1, lw=0
        )
        axes.plot(part["month"], part["share"], color=color, lw=2)
        ends.append((float(part["share"].iloc[-1]), name, color, float(part["month"].iloc[-1])))
    low, high = float(curve["share_low"].min()), float(curve["share_high"].max())
    axes.set_ylim(max(0.0, low - 0.05), high * 1.05)
    step = (axes.get_ylim()[1] - axes.get_ylim()[0]) * (0.075 if phone else 0.07)
    at = float("-inf")
    for share, name, color, month in sorted(ends):
        # Names may not cover each other: each at least a line above the last.
        at = max(share, at + step)
        text = f" {name}" if not phone else f" {name[:14]}"
        axes.text(month, at, text, color=color, va="center", fontsize=8 if phone else 9)
    months = float(curve["month"].max())
    axes.set_xlim(1, months * (1.55 if phone else 1.22))
    axes.set_xticks([m for m in (1, 3, 6, 9, 12, 18, 24, 30, 36) if m <= months])
    axes.yaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
    axes.locator_params(axis="y", nbins=6)
    axes.grid(axis="x", visible=False)
    axes.set_xlabel(t("months since the first purchase"))


def acquisition_table(result: Acquisition) -> ShownTable:
    """Cost, return and payback by channel, with the paid and the blended total."""
    totals = result.totals.copy()
    totals["channel"] = totals["channel"].map(
        {"paid": t("paid channels"), "all": t("all (blended)")}
    )
    frame = pd.concat([result.frame, totals], ignore_index=True)
    frame["cac_range"] = [
        _range(a, b) for a, b in zip(frame["cac_low"], frame["cac_high"], strict=True)
    ]
    frame["payback_words"] = [_months(r) for r in frame.itertuples()]
    fields = [
        Field("channel", t("channel of the customer")),
        Field("customers", t("new customers"), "count"),
        Field("cost", t("cost ({currency})", currency=result.currency), "short"),
        Field("cac", t("cost per new customer ({currency})", currency=result.currency), "money"),
        Field("cac_range", t("interval")),
        Field("value", t("brought so far ({currency})", currency=result.currency), "money"),
        Field("ratio", t("brought / cost"), "number"),
        Field("payback_words", t("paid back in month")),
    ]
    if result.frame["model_value"].notna().any():
        fields.append(Field("model_ratio", t("by model / cost"), "number"))
    age = result.frame["months"].max()
    note = t(
        "Brought so far: cumulative over the first {n} months of 30 days, observed. A dash: not "
        "known, or no cost.",
        n=int(age) if age == age else 0,
    )
    caption = t("What new customers cost and bring, {period}", period=str(result.period))
    return shown_table(frame, fields, caption=caption, note=note, most=16)


def _range(low: float, high: float) -> str:
    return "–" if low != low or high <= 0 else f"{count(low, 1)} – {count(high, 1)}"


def _months(row) -> str:  # type: ignore[no-untyped-def]
    if not row.cac > 0 or row.months != row.months:
        return "–"
    if row.payback != row.payback:
        return t("not within {n}", n=int(row.months))
    text = count(row.payback)
    if row.payback_low == row.payback_high == row.payback:
        return text
    late = count(row.payback_high) if row.payback_high == row.payback_high else t(
        "after {n}", n=int(row.months))  # fmt: skip
    return f"{text} ({count(row.payback_low)} – {late})"


def plot_dormant(result: Dormancy) -> Chart:
    """Dormant share at month ends, on both bases.

    Args:
        result: From ``dormant_share``.
    """
    frame = result.trend
    return Chart(
        lambda figure, phone: _dormant(figure, frame, phone),
        title=result.headline(),
        subtitle=t(
            "customers silent for more than {days} days: of all who ever bought, and of those who "
            "bought in the last 365 days",
            days=result.clock_days,
        ),
        alt=t(
            "Dormant share at month ends, now {ever} of all and {year} of the last year's.",
            ever=per_cent(frame["rate"].iloc[-1]),
            year=per_cent(frame["rate_year"].iloc[-1]),
        ),
        source=result.source,
        height=3.0,
        phone_height=3.0,
        data=frame,
    )


def _dormant(figure: "Figure", frame: pd.DataFrame, phone: bool) -> None:
    axes = figure.subplots()
    lines = [(t("ever"), "rate", "accent"), (t("last 365 days"), "rate_year", "s2")]
    if frame["rate"].equals(frame["rate_year"]):
        # In its first year a shop has one line, and two names on it could not be read.
        lines = [(t("ever, and last 365 days"), "rate", "accent")]
    for name, column, color in lines:
        ink = COLORS[color][0]
        axes.plot(frame["at"], frame[column], color=ink, lw=2.2, marker="o", ms=4)
        axes.annotate(
            f"{name} {per_cent(frame[column].iloc[-1])}",
            (frame["at"].iloc[-1], frame[column].iloc[-1]), (0, 11),
            textcoords="offset points", ha="right", fontsize=9, color=ink,
        )  # fmt: skip
    axes.set_ylim(0, min(1.05, float(frame[["rate", "rate_year"]].max().max()) * 1.2 + 0.02))
    axes.yaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
    axes.locator_params(axis="y", nbins=5)
    axes.grid(axis="x", visible=False)
    step = max(1, len(frame) // (3 if phone else 6))
    shown = frame["at"].iloc[::step]
    axes.set_xticks(shown, shown.dt.strftime("%Y-%m"))


def dormant_table(result: Dormancy) -> ShownTable:
    """The last day by every common clock and base."""
    names = {
        "ever": t("all who ever bought"),
        "year": t("who bought in the last 365 days"),
        "registered": t("all registered"),
    }
    frame = result.definitions.assign(name=result.definitions["base"].map(names))
    frame["clock"] = [t("more than {days} days", days=int(d)) for d in frame["clock_days"]]
    fields = (
        Field("clock", t("silent for")),
        Field("name", t("of")),
        Field("customers", t("customers"), "count"),
        Field("dormant", t("dormant"), "count"),
        Field("rate", t("share"), "share"),
    )
    return shown_table(frame, fields, caption=t("One shop, many dormant shares"), most=14)

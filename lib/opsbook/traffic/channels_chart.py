"""Channels drawn and tabled: conversion, cost and return side by side."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.traffic.channels import Channels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["channel_table", "plot_channels", "return_table", "value_table", "verdict_name"]

_MOST = 12


def verdict_name(verdict: str) -> str:
    """The verdict in words."""
    return {
        "keep": t("keep, and test"),
        "watch": t("watch"),
        "cut": t("cut"),
        "unpaid": t("no spend"),
        "thin": t("too few orders"),
    }[verdict]


def plot_channels(result: Channels) -> Chart:
    """Buyers per visitor of each channel with bounds, as far as visits are known.

    Args:
        result: From ``channels``.
    """
    frame = result.frame.dropna(subset=["buyers_per_visitor"])
    frame = frame[frame["visitors"] >= 30].head(_MOST)
    frame = frame.sort_values("buyers_per_visitor", kind="stable").reset_index(drop=True)
    if frame.empty:
        title = t("Conversion by channel is not known: no visit names its channel")
    elif len(frame) == 1:
        title = t(
            "{channel} turns {rate} of visitors into buyers",
            channel=frame["channel"].iloc[0],
            rate=per_cent(frame["buyers_per_visitor"].iloc[0]),
        )
    else:
        best, worst = frame.iloc[-1], frame.iloc[0]
        title = t(
            "{best} turns {high} of visitors into buyers, {worst} {low}",
            best=best["channel"],
            high=per_cent(best["buyers_per_visitor"]),
            worst=worst["channel"],
            low=per_cent(worst["buyers_per_visitor"]),
        )
    rows = [f"{r.channel} {per_cent(r.buyers_per_visitor)}" for r in frame.iloc[::-1].itertuples()]
    return Chart(
        lambda figure, phone: _rates(figure, frame, phone),
        title=title,
        subtitle=t(
            "buyers per visitor of the channel, with {level} interval · {period}",
            level=per_cent(result.level, 0),
            period=str(result.period),
        ),
        alt=t("Buyers per visitor: {rows}.", rows=t("; ").join(rows)),
        source=result.shop,
        height=max(2.2, 0.9 + 0.32 * len(frame)),
        data=result.frame,
    )


def _rates(figure: "Figure", frame: pd.DataFrame, phone: bool) -> None:
    axes = figure.subplots()
    if frame.empty:
        axes.axis("off")
        return
    accent, ink = (COLORS[k][0] for k in ("accent", "ink"))
    for y, row in enumerate(frame.itertuples()):
        axes.plot([row.cvr_low, row.cvr_high], [y, y], color=accent, lw=2, solid_capstyle="round")
        axes.plot(row.buyers_per_visitor, y, "o", color=accent, ms=7)
    axes.set_yticks(range(len(frame)), frame["channel"].tolist(), color=ink)
    axes.set_ylim(-0.6, len(frame) - 0.4)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(lambda v, _: per_cent(v, 0 if v * 100 == round(v * 100) else 1))
    axes.locator_params(axis="x", nbins=4 if phone else 8)
    axes.grid(axis="y", visible=False)


def channel_table(result: Channels) -> ShownTable:
    """Visits, conversion by its three definitions, and order value."""
    frame = result.frame
    currency = result.currency
    fields = [Field("channel", t("channel"))]
    if result.visits:
        fields += [
            Field("visits", t("Visits"), "count"),
            Field("visitors", t("Visitors"), "count"),
        ]
    fields.append(Field("orders", t("Orders"), "count"))
    if result.visits:
        fields += [
            Field("orders_per_visit", t("orders / visits"), "share"),
            Field("orders_per_visitor", t("orders / visitors"), "share"),
            Field("buyers_per_visitor", t("buyers / visitors"), "share"),
        ]
    if frame["aov"].notna().any():
        fields.append(Field("aov", t("AOV, {currency}", currency=currency), "money"))
    caption = t("Channels, {period}", period=str(result.period))
    return shown_table(frame, fields, caption=caption, most=14)


def value_table(result: Channels) -> ShownTable:
    """What a new customer of each channel brings with the first order, in 30 and in 90 days."""
    frame = result.frame.sort_values("value_90", ascending=False, kind="stable")
    for days in (30, 90):
        frame[f"bounds_{days}"] = [
            "–" if low != low else f"{count(low)} – {count(high)}"
            for low, high in zip(
                frame[f"value_{days}_low"], frame[f"value_{days}_high"], strict=True
            )
        ]
    currency = result.currency
    fields = (
        Field("channel", t("channel")),
        Field("new_customers", t("new customers"), "count"),
        Field("first_margin", t("first order, {currency}", currency=currency), "money"),
        Field("value_30", t("30 days, {currency}", currency=currency), "money"),
        Field("bounds_30", t("interval")),
        Field("value_90", t("90 days, {currency}", currency=currency), "money"),
        Field("bounds_90", t("interval, 90 days")),
        Field("followed_90", t("watched 90 days"), "count"),
    )
    worth = {"margin": t("margin"), "sales": t("sales"), "orders": t("Orders")}[result.worth]
    note = t(
        "{worth} per new customer, the first order included. Only customers who could be watched "
        "that long are counted, of the last 15 months.",
        worth=worth[:1].upper() + worth[1:],
    )
    caption = t("What a new customer brings, by channel")
    return shown_table(frame, fields, caption=caption, note=note, most=14)


def return_table(result: Channels) -> ShownTable:
    """Paid channels: cost of a customer, ROAS and ROI kept apart, and the verdict."""
    frame = result.paid.sort_values("spend", ascending=False, kind="stable").copy()
    frame["roas_words"] = [_ratio(r, "roas") for r in frame.itertuples()]
    frame["roi_words"] = [_share(r, "roi") for r in frame.itertuples()]
    frame["verdict_words"] = [verdict_name(v) for v in frame["verdict"]]
    currency = result.currency
    fields = [
        Field("channel", t("channel")),
        Field("spend", t("spent, {currency}", currency=currency), "short"),
        Field("cac", t("cost per new customer ({currency})", currency=currency), "money"),
        Field("roas_words", t("ROAS: sales / cost")),
    ]
    if result.worth == "margin":
        fields += [
            Field("roi_words", t("ROI: (margin − cost) / cost")),
            Field("break_even", t("must be caused to pay"), "share"),
        ]
    fields += [
        Field("payback_90", t("90-day value / CAC"), "number"),
        Field("verdict_words", t("Verdict")),
    ]
    note = t(
        "Orders by the last channel before them. A channel pays only if the advertising caused "
        "the stated share of them; that takes a test."
    )
    caption = t("What paid channels cost and return, {period}", period=str(result.period))
    return shown_table(frame, fields, caption=caption, note=note, most=14)


def _ratio(row: Any, name: str) -> str:
    value, low, high = (getattr(row, f"{name}{end}") for end in ("", "_low", "_high"))
    if value != value:
        return "–"
    return f"{count(value, 1)} ({count(low, 1)} – {count(high, 1)})"


def _share(row: Any, name: str) -> str:
    value, low, high = (getattr(row, f"{name}{end}") for end in ("", "_low", "_high"))
    if value != value:
        return "–"
    # The sign of per cent once: three times it took three lines of a narrow column.
    return f"{per_cent(value, 0, sign=True)} ({count(100 * low, 0)} – {count(100 * high, 0)})"

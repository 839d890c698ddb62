"""Demand that met an empty shelf, drawn by month and listed by SKU."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.common.censored import HiddenDemand
from opsbook.errors import CannotTell
from opsbook.language import N_, count, language, money, per_cent, period, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["hidden_headline", "hidden_months", "hidden_table", "last_year", "plot_hidden"]

_STATES = (
    ("empty", N_("no stock all day")),
    ("ran_out", N_("ran out during the day")),
    ("partly", N_("only a small warehouse had stock")),
)


def _require_stock(found: HiddenDemand) -> None:
    if not found.panel.has_stock:
        raise CannotTell(
            N_(
                "the shop records no stock by day (inventory_daily), so nobody can tell which "
                "sales an empty shelf cost; demand is taken to be sales"
            )
        )


def last_year(found: HiddenDemand) -> HiddenDemand:
    """The last 365 days, or all of a shorter panel."""
    start: date = max(found.panel.dates[0].date(), found.panel.end - timedelta(days=365))
    return found.since(start)


def hidden_months(found: HiddenDemand) -> pd.DataFrame:
    """Hidden and wanted pieces by calendar month.

    Returns:
        One row per month: ``month`` (its first day), ``wanted``, ``empty, ran_out, partly``
        (hidden pieces by kind of day), ``hidden_share``.
    """
    month = found.panel.dates.to_numpy().astype("datetime64[M]")
    names, at = np.unique(month, return_inverse=True)
    frame = pd.DataFrame({"month": pd.to_datetime(names)})
    frame["wanted"] = np.bincount(at, found.demand.sum(axis=0, dtype=np.float64))
    hidden = found.demand - found.panel.sold
    for code, (name, _) in enumerate(_STATES, start=1):
        daily = np.where(found.state == code, hidden, 0).sum(axis=0, dtype=np.float64)
        frame[name] = np.bincount(at, daily)
    total = frame[[name for name, _ in _STATES]].sum(axis=1)
    frame["hidden_share"] = total / np.maximum(frame["wanted"], 1e-9)
    return frame


def hidden_headline(found: HiddenDemand) -> str:
    """The answer in one sentence: share of demand, and margin if costs are known."""
    if found.hidden_share <= 0:
        return t("No demand met an empty shelf")
    share = per_cent(found.hidden_share)
    if found.skus["lost_margin"].notna().any():
        return t(
            "{share} of demand met an empty shelf and cost {amount} of margin",
            share=share,
            amount=money(found.lost_margin, found.panel.currency),
        )
    return t("{share} of demand met an empty shelf", share=share)


def plot_hidden(found: HiddenDemand) -> Chart:
    """Share of demand that stock-outs hid, by month and kind of day.

    Args:
        found: From ``hidden_demand``; the title speaks of its last 365 days.

    Raises:
        CannotTell: The shop records no stock.
    """
    _require_stock(found)
    frame = hidden_months(found)
    year = last_year(found)
    tones = [COLORS[k][0] for k in ("neg", "s2", "quiet")]
    hatches = ("", "///", "\\\\\\")

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        x, base = np.arange(len(frame)), np.zeros(len(frame))
        for (name, label), tone, hatch in zip(_STATES, tones, hatches, strict=True):
            part = (frame[name] / np.maximum(frame["wanted"], 1e-9)).to_numpy()
            axes.bar(
                x, part, bottom=base, color=tone, width=0.78, label=t(label), hatch=hatch,
                edgecolor=COLORS["paper"][0], linewidth=0.4,
            )  # fmt: skip
            base += part
        step = max(1, -(-len(frame) // (5 if phone else 12)))
        shown = x[::step]
        form = "%Y-%m" if language() == "zh" or phone else "%b %Y"
        axes.set_xticks(shown, [frame["month"][k].strftime(form) for k in shown])
        axes.tick_params(axis="x", labelrotation=35 if not phone else 45)
        axes.yaxis.set_major_formatter(lambda v, _: per_cent(v, 0 if base.max() > 0.04 else 1))
        axes.set_ylim(0, max(float(base.max()) * 1.35, 0.005))
        axes.set_ylabel(t("share of demand"))
        axes.grid(axis="x", visible=False)
        axes.legend(
            loc="upper center", ncols=1 if phone else 3, fontsize=8, handlelength=1.4,
            facecolor=COLORS["paper"][0], edgecolor="none", framealpha=1,
        )  # fmt: skip

    worst = frame.loc[frame["hidden_share"].idxmax()]
    days = period(year.panel.dates[0].date(), year.panel.end)
    return Chart(
        draw,
        title=hidden_headline(year),
        subtitle=t("hidden share of demand by month, %; title: {days}", days=days),
        alt=t(
            "Hidden share of demand by month, between {low} and {high}; highest in {month}",
            low=per_cent(float(frame["hidden_share"].min())),
            high=per_cent(float(worst["hidden_share"])),
            month=worst["month"].strftime("%Y-%m"),
        ),
        source=found.panel.shop,
        height=3.4,
        phone_height=3.8,
        data=frame,
    )


def hidden_table(found: HiddenDemand, *, most: int = 10) -> ShownTable:
    """SKUs whose stock-outs cost most in the last 365 days, with what was left out and why.

    Raises:
        CannotTell: The shop records no stock.
    """
    _require_stock(found)
    year = last_year(found)
    frame = year.skus[year.skus["hidden"] > 0].copy()
    frame = frame.sort_values(
        ["lost_margin", "hidden", "sku"], ascending=[False, False, True], na_position="last"
    )
    total = len(year.skus)
    unpriced = int(frame["margin"].isna().sum())
    loss = int((frame["margin"] < 0).sum())
    parts = [t("{n} of {all} SKUs had hidden demand.", n=count(len(frame)), all=count(total))]
    if unpriced:
        parts.append(
            t("{n} have no unit cost or price and are in no sum of money.", n=count(unpriced))
        )
    if loss:
        parts.append(t("{n} sell below cost: missing them saved money.", n=count(loss)))
    if year.dark > 0.0005:
        parts.append(
            t(
                "{share} of pieces were sold without a stock record and count as demand.",
                share=per_cent(year.dark),
            )
        )
    silent = int((year.skus["days"] == 0).sum())
    if silent:
        parts.append(t("{n} SKUs were not on sale or have no stock record.", n=count(silent)))
    currency = found.panel.currency
    fields = (
        Field("sku", "SKU"),
        Field("category", t("Category")),
        Field("sold", t("sold, pieces"), "count"),
        Field("hidden", t("hidden, pieces"), "count"),
        Field("hidden_share", t("of its demand"), "share"),
        Field("empty_days", t("days without stock"), "count"),
        Field("short_days", t("days that ran short"), "count"),
        Field("lost_margin", t("margin lost, {currency}").format(currency=currency), "money"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Where empty shelves cost most, {days}").format(
            days=period(year.panel.dates[0].date(), year.panel.end)
        ),
        note=" ".join(parts),
        most=most,
    )

"""What is coming, how good the forecast was, and where demand meets too little stock."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, day, per_cent, period, t
from opsbook.supply.backtest import ALL
from opsbook.supply.coherent import Coherent
from opsbook.supply.forecast import Forecast
from opsbook.supply.forecast_methods import YARDSTICK, method_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "class_name",
    "demand_ahead_table",
    "forecast_table",
    "level_table",
    "plot_accuracy",
    "plot_forecast",
]

_DRAWN = 200
"""Pieces sold in the test that a class needs to be drawn."""
_BEFORE = 56
"""Days of history shown before the forecast."""


def class_name(label: str) -> str:
    """What a report calls a class of demand."""
    return {
        ALL: t("all"),
        "smooth": t("smooth"),
        "erratic": t("erratic"),
        "intermittent": t("intermittent"),
        "lumpy": t("lumpy"),
        "too_short": t("too short a history"),
        "none": t("no sale yet"),
    }.get(label, label)


def plot_forecast(found: Forecast, levels: Coherent) -> Chart:
    """The shop's pieces by day: what was, what is expected, and how sure that is."""
    panel, dates = found.panel, found.dates
    sold = panel.sold.sum(axis=0)[-_BEFORE:]
    before = panel.dates[-_BEFORE:]
    mean, bands = levels.shop, levels.bands["shop"]
    usual = float(sold[-len(dates) :].mean())
    ratio = float(mean.mean()) / usual if usual > 0 else np.nan
    peak = int(mean.argmax())
    accent, ink, muted = (COLORS[k][0] for k in ("accent", "ink", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        axes = figure.subplots()
        axes.fill_between(dates, bands[:, 0], bands[:, -1], color=accent, alpha=0.16, lw=0)
        axes.fill_between(dates, bands[:, 2], bands[:, 4], color=accent, alpha=0.32, lw=0)
        axes.plot(before, sold, color=ink, lw=1.4)
        axes.plot(dates, mean, color=accent, lw=2.2)
        axes.axvline(dates[0], color=muted, lw=1, ls=(0, (4, 3)))
        axes.annotate(
            count(float(mean[peak])), (dates[peak], mean[peak]), (0, 5), ha="center",
            textcoords="offset points", fontsize=9, color=accent,
        )  # fmt: skip
        axes.set_ylim(0, max(float(bands[:, -1].max()), float(sold.max())) * 1.08)
        axes.set_ylabel(t("pieces a day"))
        locator = AutoDateLocator(maxticks=4 if phone else 8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))

    if np.isfinite(ratio):
        title = t(
            "{n} pieces are expected in {days} days, {ratio} times the last {days}",
            n=count(float(mean.sum())),
            days=len(dates),
            ratio=count(ratio, 1),
        )
    else:
        total = count(float(mean.sum()))
        title = t("{n} pieces are expected in {days} days", n=total, days=len(dates))
    frame = pd.DataFrame({"date": dates, "expected": mean, "lift": found.lift})
    for k, level in enumerate(found.levels):
        frame[f"q{round(level * 100):02d}"] = bands[:, k]
    span = period(dates[0].date(), (dates[-1] + pd.Timedelta(days=1)).date())
    return Chart(
        draw,
        title=title,
        subtitle=t("pieces a day, {span}; bands hold 50 % and 90 % of days", span=span),
        alt=t(
            "Sales of the last {before} days and the forecast: {mean} pieces a day on average, "
            "most on {day} with {peak} ({low} – {high})",
            before=len(sold),
            mean=count(float(mean.mean())),
            day=day(dates[peak].date()),
            peak=count(float(mean[peak])),
            low=count(float(bands[peak, 0])),
            high=count(float(bands[peak, -1])),
        ),
        source=found.shop,
        height=3.4,
        data=frame,
    )


def plot_accuracy(found: Forecast) -> Chart:
    """Error of the forecast beside that of seasonal naive, class by class."""
    # A class that sold next to nothing has no error worth a picture; the table has it.
    frame = found.table[(found.table["pieces"] >= _DRAWN) | (found.table["label"] == ALL)]
    frame = frame.iloc[::-1].reset_index(drop=True)
    accent, second, line, ink = (COLORS[k][0] for k in ("accent", "s2", "line", "ink"))
    shown = frame[["wape", "naive_wape"]].to_numpy(float).max()

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        for y, row in enumerate(frame.itertuples()):
            axes.plot([row.wape, row.naive_wape], [y, y], color=line, lw=3, zorder=1)
            axes.plot(row.naive_wape, y, "s", color=second, ms=7)
            axes.plot(row.wape, y, "o", color=accent, ms=8)
            axes.annotate(
                per_cent(float(row.wape), 0), (row.wape, y), (0, 8), ha="center",
                textcoords="offset points", fontsize=8, color=accent,
            )  # fmt: skip
        names = [f"{class_name(r.label)} ({count(r.skus)})" for r in frame.itertuples()]
        axes.set_yticks(range(len(frame)), names, color=ink)
        # Room above the first class for the two names, which would stand on its marks.
        axes.set_ylim(-0.6, len(frame) + 0.5)
        axes.set_xlim(0, shown * 1.08)
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=4 if phone else 7)
        axes.xaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
        axes.set_xlabel(t("error, share of pieces sold"))
        for height, text, tone in (
            (0.97, t("● forecast"), accent),
            (0.89, t("■ seasonal naive"), second),
        ):
            axes.text(
                0.99, height, text, color=tone, ha="right", va="top", fontsize=9,
                transform=axes.transAxes,
            )  # fmt: skip

    whole = found.table.iloc[0]
    if found.chosen[ALL] == YARDSTICK:
        title = t("No method beats last week's sales: they are the forecast")
    else:
        title = t(
            "The forecast errs by {own}, last week's sales by {naive}",
            own=per_cent(float(whole["wape"]), 0),
            naive=per_cent(float(whole["naive_wape"]), 0),
        )
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "WAPE of sums over {window} days, {tested} days that chose nothing; SKUs in brackets",
            window=found.tested.window,
            tested=int(whole["days"]),
        ),
        alt=t("Errors by class: {rows}").format(
            rows="; ".join(
                t(
                    "{name} {own} against {naive}",
                    name=class_name(r.label),
                    own=per_cent(float(r.wape), 0),
                    naive=per_cent(float(r.naive_wape), 0),
                )
                for r in found.table.itertuples()
            )
        ),
        source=found.shop,
        height=max(2.4, 1.1 + 0.38 * len(frame)),
        data=found.table,
    )


def forecast_table(found: Forecast) -> ShownTable:
    """The test by class: the method used beside seasonal naive."""
    frame = found.table.assign(
        label=[class_name(v) for v in found.table["label"]],
        method=[method_name(v) for v in found.table["method"]],
    )
    frame.loc[0, "method"] = t("each class its own")
    fields = (
        Field("label", t("Demand")),
        Field("skus", t("SKUs"), "count"),
        Field("pieces", t("pieces sold"), "count"),
        Field("method", t("Method used")),
        Field("wape", t("WAPE, {days} days", days=found.tested.window), "share"),
        Field("naive_wape", t("of seasonal naive"), "share"),
        Field("gain", t("pinball loss saved"), "share"),
        Field("calibrated", t("inside the 90 % interval"), "share"),
        Field("bias", t("bias"), "growth"),
        Field("mase", "MASE", "number"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("How good the forecast was on {days} days", days=int(frame["days"].iloc[0])),
        note=t(
            "A class of under 20 SKUs or 200 pieces takes the method of all; one whose best "
            "method does not beat seasonal naive on the test takes seasonal naive. Days with an "
            "empty shelf count as far as it was filled."
        ),
    )


def demand_ahead_table(found: Forecast, *, most: int = 12) -> ShownTable:
    """What is coming by SKU, beside the stock, the shortest first."""
    frame = ahead_of_stock(found)
    fields = (
        Field("sku", "SKU"),
        Field("category", t("Category")),
        Field("days_7", t("pieces, 7 days"), "count"),
        Field("days_28", t("pieces, 28 days"), "count"),
        Field("q95", t("28 days at most (95 %)"), "count"),
        Field("stock", t("free stock now"), "count"),
        Field("short", t("short in 28 days"), "count"),
        Field("margin", t("margin at stake, {currency}", currency=found.currency), "money"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Demand ahead against stock"),
        note=t("Deliveries on the way are not counted. SKUs without a stock record are left out."),
        most=most,
    )


def ahead_of_stock(found: Forecast) -> pd.DataFrame:
    """Expected pieces against free stock, SKU by SKU, most margin at stake first."""
    four, one = found.over(28), found.over(7)
    panel = found.panel
    stock = panel.stock[:, -1].astype(float)
    price = panel.price[:, -1].astype(float)
    cost = panel.skus["unit_cost"].to_numpy(float, na_value=np.nan)
    frame = pd.DataFrame(
        {
            "sku": found.skus["sku"],
            "category": found.skus["category"],
            "method": found.skus["method"],
            "days_7": one["mean"],
            "days_28": four["mean"],
            "q95": four["q95"],
            "stock": stock,
            "unit_margin": price - cost,
            "unit_cost": cost,
        }
    )
    frame = frame[frame["stock"].notna() & (frame["method"] != "none")]
    frame["short"] = np.maximum(frame["days_28"] - np.maximum(frame["stock"], 0), 0.0)
    frame["margin"] = frame["short"] * np.maximum(frame["unit_margin"], 0.0)
    keys = ["margin", "short", "sku"]
    return frame.sort_values(keys, ascending=[False, False, True]).reset_index(drop=True)


def level_table(levels: Coherent, *, most: int = 24) -> ShownTable:
    """The shop, its categories and warehouses: they add up."""
    kinds = {"shop": t("shop"), "category": t("category"), "warehouse": t("warehouse")}
    frame = levels.totals.assign(
        kind=[kinds[v] for v in levels.totals["level"]],
        name=[n or t("all") for n in levels.totals["name"]],
    )
    fields = (
        Field("name", t("What")),
        Field("kind", t("Level")),
        Field("days_7", t("pieces, 7 days"), "count"),
        Field("days_14", t("pieces, 14 days"), "count"),
        Field("days_28", t("pieces, 28 days"), "count"),
        Field("low", t("28 days, from"), "count"),
        Field("high", t("28 days, to"), "count"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Forecast by category and warehouse"),
        note=t("Sums of the same products; interval 90 %."),
        most=most,
    )

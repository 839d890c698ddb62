"""The budget today and split better, as bars and as a table."""

from typing import TYPE_CHECKING

import numpy as np

from opsbook.campaign.budget_words import (
    channel_name,
    reallocation_headline,
    reallocation_words,
)
from opsbook.campaign.reallocation import Reallocation
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import money, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_reallocation", "reallocation_table"]


def plot_reallocation(plan: Reallocation) -> Chart:
    """Money a day by channel, today and in the better split."""
    rows = plan.frame.iloc[::-1].reset_index(drop=True)
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        at = np.arange(len(rows))
        axes.barh(at + 0.19, rows["spend"], height=0.34, color=quiet)
        axes.barh(at - 0.19, rows["budget"], height=0.34, color=accent)
        reach = float(max(rows["spend"].max(), rows["budget"].max()))
        for y, row in enumerate(rows.itertuples()):
            axes.text(row.budget + 0.015 * reach, y - 0.19, per_cent(row.change, 0, sign=True),
                      va="center", fontsize=9, color=ink)  # fmt: skip
        axes.set_yticks(at, [channel_name(c) for c in rows["channel"]], color=ink)
        axes.set_xlim(0, reach * (1.22 if phone else 1.12))
        axes.grid(axis="y", visible=False)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: money(v)))
        axes.locator_params(axis="x", nbins=4 if phone else 8)
        axes.set_xlabel(t("{currency} a day").format(currency=plan.currency))

    return Chart(
        draw,
        title=reallocation_headline(plan),
        subtitle=t("upper bar: today; lower bar: better split of {budget} a day").format(
            budget=money(plan.budget, plan.currency)
        ),
        alt=reallocation_words(plan),
        source=plan.shop,
        height=max(2.0, 1.0 + 0.52 * len(rows)),
        data=plan.frame,
    )


def reallocation_table(plan: Reallocation) -> ShownTable:
    """Every channel's money today and in the better split, and the orders that move."""
    frame = plan.frame.assign(
        name=[channel_name(c) for c in plan.frame["channel"]],
        may=[t("may grow") if r == "may grow" else t("may only give") for r in plan.frame["role"]],
        bound=[t("yes") if b else t("no") for b in plan.frame["at_bound"]],
    )
    fields = (
        Field("name", t("Channel")),
        Field("spend", t("today, {currency} a day").format(currency=plan.currency), "money"),
        Field("budget", t("better split, {currency} a day").format(currency=plan.currency),
              "money"),
        Field("change", t("change"), "growth"),
        Field("orders", t("orders a day more"), "number"),
        Field("orders_low", t("from"), "number"),
        Field("orders_high", t("to"), "number"),
        Field("may", t("rule")),
        Field("bound", t("held by a limit")),
    )  # fmt: skip
    return shown_table(frame, fields, caption=t("The budget, split better"))

"""Marginal returns with their intervals, response curves, and what can be told of each."""

from typing import TYPE_CHECKING

import numpy as np

from opsbook.campaign.budget_words import (
    channel_name,
    next_word,
    response_headline,
    response_words,
    verdict_word,
    worth_word,
)
from opsbook.campaign.response import Responses
from opsbook.campaign.response_read import SCALES
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.errors import CannotTell
from opsbook.language import N_, count, per_cent, t

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "plot_curves",
    "plot_marginal",
    "response_table",
    "verdict_table",
]

_PANELS = 6


def plot_marginal(found: Responses) -> Chart:
    """What the last unit of money on each channel brought, against what it cost.

    Raises:
        CannotTell: An order's worth is not known.
    """
    if not found.worth > 0:
        raise CannotTell(N_("what an order is worth is not known, so no return can be drawn"))
    rows = found.frame[found.frame["spend"] > 0].iloc[::-1].reset_index(drop=True)
    accent, quiet, ink, muted = (COLORS[k][0] for k in ("accent", "quiet", "ink", "muted"))
    unit = found.currency or t("unit of money")
    label = t("{worth} added by the last {unit}").format(
        worth=worth_word(found.has_margin), unit=unit
    )

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=quiet, lw=1)
        if found.has_margin:
            axes.axvline(1, color=muted, lw=1.2, ls="--")
        for y, row in enumerate(rows.itertuples()):
            told = row.verdict != "unknown"
            axes.plot([row.marginal_low, row.marginal_high], [y, y], lw=2.6,
                      color=accent if told else quiet, solid_capstyle="round")  # fmt: skip
            axes.plot(row.marginal, y, "o", ms=8, color=accent if told else quiet,
                      mfc=accent if told else "none")  # fmt: skip
        names = [channel_name(c) for c in rows["channel"]]
        axes.set_yticks(range(len(rows)), names, color=ink)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=4 if phone else 8)
        axes.set_xlabel(label)

    subtitle = t("{level} intervals; hollow and grey: not proven to add orders").format(
        level=per_cent(found.level, 0)
    )
    if found.has_margin:
        subtitle += t("; dashed: what it cost")
    return Chart(
        draw,
        title=response_headline(found),
        subtitle=subtitle,
        alt=t("; ").join(
            t(
                "{channel} {value} [{low}, {high}]",
                channel=channel_name(r.channel),
                value=count(r.marginal, 2),
                low=count(r.marginal_low, 2),
                high=count(r.marginal_high, 2),
            )
            for r in found.frame.itertuples()
            if r.spend > 0
        ),
        source=found.shop,
        height=max(1.9, 1.1 + 0.42 * len(rows)),
        data=found.frame,
    )


def plot_curves(found: Responses) -> Chart:
    """Each channel's response curve with its band; today's spend is marked."""
    frame = found.frame[found.frame["spend"] > 0].head(_PANELS).reset_index()
    names = found.frame["channel"].tolist()
    ends = [(1 - found.level) / 2, 0.5, (1 + found.level) / 2]
    scales = np.array(SCALES)
    bands = {c: np.quantile(found.added[:, names.index(c)], ends, axis=0) for c in frame["channel"]}
    accent, quiet, ink, muted = (COLORS[k][0] for k in ("accent", "quiet", "ink", "muted"))
    most = max(float(b[2].max()) for b in bands.values())
    least = min(0.0, max(min(float(b[0].min()) for b in bands.values()), -0.6 * most))

    def panel(axes: "Axes", row: "object") -> None:
        low, middle, high = bands[row.channel]  # type: ignore[attr-defined]
        spend = float(row.spend)  # type: ignore[attr-defined]
        told = row.verdict != "unknown"  # type: ignore[attr-defined]
        tone = accent if told else quiet
        seen = scales <= max(found.highest[names.index(row.channel)], 1.0)  # type: ignore[attr-defined]
        axes.axhline(0, color=quiet, lw=0.8)
        axes.fill_between(scales * spend, low, high, color=tone, alpha=0.22, lw=0)
        axes.plot((scales * spend)[seen], middle[seen], color=tone, lw=2)
        axes.plot((scales * spend)[~seen], middle[~seen], color=tone, lw=2, ls=":")
        axes.plot(spend, middle[SCALES.index(1.0)], "o", color=ink, ms=6)
        title = f"{channel_name(row.channel)}\n{verdict_word(row.verdict)}"  # type: ignore[attr-defined]
        axes.set_title(title, fontsize=9, loc="left", color=ink if told else muted)
        axes.locator_params(axis="x", nbins=4)
        axes.locator_params(axis="y", nbins=4)
        axes.set_ylim(least * 1.05, most * 1.05)

    def draw(figure: "Figure", phone: bool) -> None:
        wide = min(2 if phone else 3, len(frame))
        high = -(-len(frame) // wide)
        grid = figure.subplots(high, wide, squeeze=False, sharey=True).ravel()
        for axes, row in zip(grid, frame.itertuples(), strict=False):
            panel(axes, row)
        for axes in grid[len(frame) :]:
            axes.set_visible(False)
        figure.supxlabel(t("{currency} a day").format(currency=found.currency or t("money")),
                         fontsize=9, color=muted)  # fmt: skip
        figure.supylabel(t("orders a day added"), fontsize=9, color=muted)

    told = len(found.told)
    return Chart(
        draw,
        title=t("Proven to add orders: {told} of {n} channels", told=told, n=len(names)),
        subtitle=t("dot: today; band: {level}; dotted: more than any week saw").format(
            level=per_cent(found.level, 0)
        ),
        alt=response_words(found),
        source=found.shop,
        height=1.0 + 1.75 * -(-len(frame) // 3),
        phone_height=1.0 + 1.6 * -(-len(frame) // 2),
        data=found.frame,
    )


def response_table(found: Responses) -> ShownTable:
    """Every channel: spend, orders added, average and marginal return."""
    frame = found.frame.assign(name=[channel_name(c) for c in found.frame["channel"]])
    fields = [
        Field("name", t("Channel")),
        Field("spend", t("{currency} a day").format(currency=found.currency), "money"),
        Field("credited", t("orders a day by last click"), "number"),
        Field("orders", t("orders a day added"), "number"),
        Field("orders_low", t("from"), "number"),
        Field("orders_high", t("to"), "number"),
    ]
    if found.worth > 0:
        fields += [
            Field("average", t("average return"), "number"),
            Field("marginal", t("return of the last unit"), "number"),
            Field("marginal_low", t("from"), "number"),
            Field("marginal_high", t("to"), "number"),
        ]
    return shown_table(
        frame,
        fields,
        caption=t("What each channel adds, {period}").format(period=str(found.window)),
        note=t(
            "Return: {worth} of added orders per unit of money; 1 is what it cost.",
            worth=worth_word(found.has_margin),
        ),
    )


def verdict_table(found: Responses) -> ShownTable:
    """What can be told of each channel, and what in its spend would tell it."""
    frame = found.frame.assign(
        name=[channel_name(c) for c in found.frame["channel"]],
        told=[verdict_word(v) for v in found.frame["verdict"]],
        says=[next_word(v) for v in found.frame["next"]],
    )
    fields = (
        Field("name", t("Channel")),
        Field("told", t("what is told")),
        Field("says", t("the next unit")),
        Field("effect_sure", t("chance that it adds orders"), "share"),
        Field("variation", t("spread of weekly spend"), "share"),
        Field("dark_weeks", t("weeks switched off"), "count"),
        Field("half_life", t("half-life, days"), "number"),
        Field("half_life_low", t("from"), "number"),
        Field("half_life_high", t("to"), "number"),
    )
    return shown_table(
        frame,
        fields,
        caption=t("What can be told of each channel"),
        note=t(
            "Spread: standard deviation over mean. Half-life: days after which half of the "
            "carry-over is gone."
        ),
    )

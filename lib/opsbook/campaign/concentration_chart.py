"""How concentrated the advertising budget is, and how that has moved."""

from typing import TYPE_CHECKING

import numpy as np

from opsbook.campaign.budget_words import channel_name
from opsbook.campaign.concentration import SpendConcentration
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS, SEQUENCE
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "concentration_table",
    "concentration_words",
    "plot_concentration",
]

_DRAWN = 5
_DEPENDS, _SPREAD = 0.5, 0.35


def concentration_words(held: SpendConcentration) -> str:
    """Top share, HHI, and how both have moved."""
    text = t(
        "{channel} takes {share} of the advertising budget; HHI {hhi}, as concentrated as {alike} "
        "channels of equal size ({period}).",
        channel=held.largest,
        share=per_cent(held.top, 0),
        hhi=count(held.hhi),
        alike=count(held.alike, 1),
        period=str(held.window),
    )
    row = held.frame.iloc[0]
    if row["credited_share"] == row["credited_share"]:
        text += " " + t(
            "Last click credits it with {share} of all orders.",
            share=per_cent(float(row["credited_share"]), 0),
        )
    if len(held.course) >= 13:
        before = held.course.iloc[-13]
        text += " " + t(
            "48 weeks earlier the largest channel took {share} and HHI was {hhi}.",
            share=per_cent(float(before["top"]), 0),
            hhi=count(float(before["hhi"])),
        )
    return text


def _headline(held: SpendConcentration) -> str:
    share = per_cent(held.top, 0)
    if held.top >= _DEPENDS:
        return t("{share} of the budget hangs on {channel}", share=share, channel=held.largest)
    if held.top <= _SPREAD:
        return t("The budget is spread: the largest channel takes {share}", share=share)
    return t("{channel} takes {share} of the budget", share=share, channel=held.largest)


def plot_concentration(held: SpendConcentration) -> Chart:
    """Share of the budget by channel, four weeks at a time."""
    wide = held.history.pivot_table(index="start", columns="channel", values="share").fillna(0.0)
    order = wide.iloc[-2:].mean().sort_values(ascending=False, kind="stable").index
    keep = list(order[:_DRAWN])
    shares = wide[keep].copy()
    if len(order) > _DRAWN:
        shares["…"] = wide[order[_DRAWN:]].sum(axis=1)
    muted, ink = COLORS["muted"][0], COLORS["ink"][0]
    tones = dict(zip(shares.columns, SEQUENCE, strict=False))

    def draw(figure: "Figure", phone: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes = figure.subplots()
        middle = np.arange(len(shares))
        foot = np.zeros(len(shares))
        for name in shares.columns:
            axes.bar(middle, shares[name], bottom=foot, width=0.88, color=tones[name])
            foot = foot + shares[name].to_numpy()
        height = 0.0
        for name in shares.columns:
            last = float(shares[name].iloc[-1])
            if last > 0.03:
                axes.annotate(
                    channel_name(str(name)), (1.01, height + last / 2),
                    xycoords=("axes fraction", "data"), va="center", fontsize=8, color=ink,
                    annotation_clip=False,
                )  # fmt: skip
            height += last
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: per_cent(v, 0)))
        step = max(-(-len(shares) // (3 if phone else 7)), 1)
        axes.set_xticks(middle[::step], [f"{d:%Y-%m}" for d in shares.index[::step]])
        axes.tick_params(axis="x", colors=muted)
        axes.grid(axis="x", visible=False)

    return Chart(
        draw,
        title=_headline(held),
        subtitle=t("share of advertising cost, four weeks a bar"),
        alt=concentration_words(held),
        source=held.shop,
        height=3.2,
        phone_height=3.0,
        data=held.history,
    )


def concentration_table(held: SpendConcentration) -> ShownTable:
    """Every channel's spend and what last click credits it with."""
    frame = held.frame.assign(
        name=[channel_name(c) for c in held.frame["channel"]],
        ratio=held.frame["credited_share"] / held.frame["share"],
    )
    fields = (
        Field("name", t("Channel")),
        Field("spend", t("spend, {currency}").format(currency=held.currency), "money"),
        Field("share", t("share of spend"), "share"),
        Field("credited", t("orders by last click"), "count"),
        Field("credited_share", t("share of orders"), "share"),
    )
    return shown_table(
        frame, fields, caption=t("Advertising by channel, {period}").format(period=str(held.window))
    )

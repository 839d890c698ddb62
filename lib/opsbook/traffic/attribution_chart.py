"""Attribution drawn and tabled: every channel under every model, and the budget of each."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.traffic.attribution import Attribution, model_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["attribution_table", "budget_table", "plot_attribution"]

_LOOK = {
    "last": ("o", "accent"),
    "first": ("^", "s2"),
    "linear": ("|", "muted"),
    "markov": ("D", "s3"),
    "shapley": ("s", "s4"),
}
"""Marker and colour of the models drawn; the table holds all of them."""
_MOST = 12


def plot_attribution(result: Attribution) -> Chart:
    """Share of all orders that each channel is credited with, model beside model.

    Args:
        result: From ``attribution``.
    """
    names = list(result.wide.index[:_MOST])
    models = [m for m in result.models if m in _LOOK]
    frame = result.frame
    lead = result.spread.iloc[0]
    if len(result.wide) == 1:
        title = t("One channel only: every model credits it with every order")
    else:
        title = t(
            "{channel}: {low} to {high} of orders, depending on the model",
            channel=lead["channel"],
            low=per_cent(lead["low"], 0),
            high=per_cent(lead["high"], 0),
        )
    return Chart(
        lambda figure, phone: _dots(figure, result, names, models, phone),
        title=title,
        subtitle=t(
            "share of {n} orders with a known path · line: from the lowest model to the highest "
            "· no model says what a channel caused",
            n=count(result.journeys.paths.total),
        ),
        alt=t("Credit by channel: {rows}.").format(
            rows=t("; ").join(_row_words(frame[frame["channel"] == name]) for name in names)
        ),
        source=result.journeys.shop,
        height=1.3 + 0.36 * len(names),
        phone_height=1.6 + 0.36 * len(names),
        data=frame,
    )


def _row_words(rows: pd.DataFrame) -> str:
    said = t(", ").join(
        f"{model_name(r.model)} {per_cent(r.share)}" for r in rows.itertuples() if r.model in _LOOK
    )
    return f"{rows['channel'].iloc[0]} {said}"


def _dots(
    figure: "Figure", result: Attribution, names: list[str], models: list[str], phone: bool
) -> None:
    from matplotlib.lines import Line2D

    axes = figure.subplots()
    line, ink, neg = (COLORS[k][0] for k in ("line", "ink", "neg"))
    shares = result.frame.pivot(index="channel", columns="model", values="share")
    for y, name in enumerate(reversed(names)):
        row = shares.loc[name]
        axes.plot([row.min(), row.max()], [y, y], color=line, lw=5, solid_capstyle="round")
        for model in models:
            mark, tone = _LOOK[model]
            axes.plot(row[model], y, mark, color=COLORS[tone][0], ms=7, mew=1.6)
        if name in result.tested:
            known = result.tested[name][0] / result.journeys.paths.total
            axes.plot(known, y, "*", color=neg, ms=11)
    axes.set_yticks(range(len(names)), names[::-1], color=ink)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
    axes.locator_params(axis="x", nbins=4 if phone else 8)
    axes.grid(axis="y", visible=False)
    keys = [
        Line2D([], [], ls="", marker=_LOOK[m][0], color=COLORS[_LOOK[m][1]][0], ms=7, mew=1.6,
               label=model_name(m)) for m in models
    ]  # fmt: skip
    if any(name in result.tested for name in names):
        keys.append(Line2D([], [], ls="", marker="*", color=neg, ms=11,
                           label=t("caused, by experiment")))  # fmt: skip
    figure.legend(
        handles=keys, loc="outside upper left", ncols=2 if phone else len(keys), fontsize=9,
        handletextpad=0.1, columnspacing=1.0,
    )  # fmt: skip


def attribution_table(result: Attribution) -> ShownTable:
    """Orders credited to each channel by every model; each column adds up to all orders."""
    frame = result.wide.reset_index()
    fields = [Field("channel", t("channel"))]
    fields += [Field(m, model_name(m), "count") for m in result.models]
    frame["effect"] = frame["channel"].map(result.effects).astype(float)
    fields.append(Field("effect", t("orders lost without it, by the chain"), "share"))
    if result.tested:
        frame["tested"] = frame["channel"].map({k: v[0] for k, v in result.tested.items()})
        fields.append(Field("tested", t("caused, by experiment"), "count"))
    note = t(
        "Each model's column adds up to {n} orders with a known path. Credit is shared out, not "
        "measured: only a test with a group left out shows what a channel caused.",
        n=count(result.journeys.paths.total),
    )
    caption = t("Orders credited to each channel, {period}", period=str(result.journeys.period))
    return shown_table(frame, fields, caption=caption, note=note, most=14)


def budget_table(result: Attribution) -> ShownTable:
    """The budget as each model would share it out, and what would move."""
    rows = result.budget
    names = [m for m in ("last", "first", "linear", "markov", "shapley") if m in set(rows["model"])]
    frame = rows.drop_duplicates("channel")[["channel", "spend"]]
    wide = rows.pivot(index="channel", columns="model", values="budget")
    frame = frame.merge(wide[names].reset_index(), on="channel")
    currency = result.journeys.currency
    fields = [
        Field("channel", t("channel")),
        Field("spend", t("spent, {currency}", currency=currency), "short"),
        *(Field(m, model_name(m), "short") for m in names),
    ]
    return shown_table(
        frame,
        fields,
        caption=t("The same budget shared out by credited value, {currency}", currency=currency),
        note=t(
            "A thought experiment: it moves the whole spend and takes the next yuan to work like "
            "the last. Move a tenth, with a region or week left out, and measure."
        ),
        most=14,
    )

"""How opportunity is shown: bars with the range of ranks, and a table of criteria."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from opsbook.market.opportunity import Opportunity

__all__ = ["opportunity_table", "plot_opportunity"]


def plot_opportunity(result: "Opportunity", *, most: int = 10) -> Chart:
    """Score by category as bars, with the range of ranks under other weights.

    Args:
        result: From ``opportunity``.
        most: Categories shown.
    """
    shown = result.frame.head(most)
    best = shown.iloc[0]
    if best["rank_high"] == 1:
        text = t("{name} is the best bet, whatever the weights")
    elif best["rank_high"] <= 3:
        text = t("{name} leads and stays among the first three under most other weights")
    else:
        text = t("{name} leads, but other weights would put others first")
    title = text.format(name=best["group"])
    rows = [f"{r.group} {count(r.score, 2)}" for r in shown.itertuples()]
    return Chart(
        lambda figure, phone: _draw(figure, shown, phone),
        title=title,
        subtitle=t(
            "opportunity score, 0 to 1, and rank (range over 90 % of other weights) · {period}",
            period=str(result.categories.comparison.period),
        ),
        alt=t("Bars of opportunity score: {rows}.", rows=t(", ").join(rows)),
        source=result.categories.comparison.source,
        height=0.9 + 0.3 * len(shown),
        phone_height=0.9 + 0.34 * len(shown),
        data=result.frame,
    )


def _draw(figure: "Figure", shown: pd.DataFrame, phone: bool) -> None:
    axes = figure.subplots()
    ink = COLORS["ink"][0]
    for y, row in enumerate(shown.itertuples()):
        color = COLORS["accent" if row.rank_high <= 3 else "quiet"][0]
        axes.barh(y, row.score, color=color, height=0.62)
        text = f"{row.rank} ({row.rank_low}–{row.rank_high})"
        axes.text(row.score + 0.012, y, text, va="center", fontsize=9, color=ink)
    most = 14 if phone else 26
    names = [g if len(g) <= most else g[: most - 1] + "…" for g in shown["group"]]
    axes.set_yticks(range(len(shown)), names, color=ink, fontsize=9)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(0, 1.25 if phone else 1.1)
    axes.set_xticks([0, 0.5, 1])
    axes.grid(axis="y", visible=False)


def opportunity_table(result: "Opportunity", *, most: int = 12) -> ShownTable:
    """Score, rank range and every criterion behind it.

    Args:
        result: From ``opportunity``.
        most: Rows shown.
    """
    from opsbook.market.opportunity import CRITERIA

    kinds = {"growth": "growth", "repurchase": "share", "headroom": "share",
             "steadiness": "share", "margin": "share"}  # fmt: skip
    frame = result.frame.copy()
    # People read a swing, not its negative.
    frame["swing"] = -frame["steadiness"]
    fields = [Field("group", t("category")), Field("rank", t("rank"), "count"),
              Field("score", t("score"), "number")]  # fmt: skip
    for name in result.weights:
        if name == "steadiness":
            fields.append(Field("swing", t("weekly swing"), "share"))
        elif name == "headroom":
            fields.append(Field("penetration", t("penetration"), "share"))
        else:
            fields.append(Field(name, t(CRITERIA[name]), kinds[name]))
    return shown_table(
        frame,
        fields,
        caption=t("Opportunity by category"),
        note=result.words(),
        most=most,
    )

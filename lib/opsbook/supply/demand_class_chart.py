"""The map of demand: how often and how unevenly each product sells, and what that calls for."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.common.demand import DemandPanel
from opsbook.errors import CannotTell
from opsbook.language import N_, count, per_cent, t
from opsbook.supply.demand_class import ADI_CUT, CV2_CUT, class_counts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["class_name", "class_table", "plot_classes"]

_NAMES = {
    "smooth": N_("smooth"),
    "erratic": N_("erratic"),
    "intermittent": N_("intermittent"),
    "lumpy": N_("lumpy"),
    "too_short": N_("too short"),
    "none": N_("no sale"),
}
_MEANING = {
    "smooth": N_("sells nearly every time, in even amounts"),
    "erratic": N_("sells nearly every time, in uneven amounts"),
    "intermittent": N_("sells now and then, in even amounts"),
    "lumpy": N_("sells now and then, in uneven amounts"),
    "too_short": N_("too few sales or days to tell"),
    "none": N_("nothing sold in the period"),
}
_TONES = {"smooth": "pos", "erratic": "s2", "intermittent": "accent", "lumpy": "s3"}
_MARKS = {"smooth": "o", "erratic": "^", "intermittent": "s", "lumpy": "D"}
_MOST_POINTS = 3000
_SIZES = 6


def class_name(kind: str) -> str:
    """A demand class in the language in force."""
    return t(_NAMES[kind])


def _step(step_days: int) -> str:
    return {1: t("days"), 7: t("weeks")}.get(step_days, t("steps of {n} days", n=step_days))


def plot_classes(found: pd.DataFrame, panel: DemandPanel, *, step_days: int = 1) -> Chart:
    """Every SKU by the steps between its sales and how uneven they are.

    Args:
        found: From ``demand_class.classes``.
        panel: What it was computed from.
        step_days: The step it was computed with.

    Raises:
        CannotTell: No SKU sold often enough to be placed.
    """
    placed = found[found["class"].isin(list(_TONES))]
    if placed.empty:
        raise CannotTell(N_("no SKU sold often enough to be given a demand class"))
    counts = class_counts(found).set_index("class")
    shown = placed.nlargest(_MOST_POINTS, "pieces")
    # A few sizes instead of one per SKU: marks of one size are drawn once and referred to.
    part = shown["pieces"] / float(shown["pieces"].max())
    sizes = 6 + 90 * np.ceil(part * _SIZES) / _SIZES
    ink, line = COLORS["ink"][0], COLORS["muted"][0]
    right = max(float(shown["adi"].quantile(0.995)) * 1.3, 4.0)
    top = max(float(shown["cv2"].quantile(0.995)) * 1.15, 1.0)

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        for kind, tone in _TONES.items():
            for size, rows in shown[shown["class"] == kind].groupby(sizes):
                axes.scatter(
                    np.minimum(rows["adi"], right),
                    np.minimum(rows["cv2"], top),
                    s=size * (0.6 if phone else 1),
                    color=COLORS[tone][0],
                    marker=_MARKS[kind],
                    alpha=0.65,
                    linewidths=0,
                )
        axes.set_xscale("log")
        axes.set_xlim(0.8, right * 1.05)
        axes.set_ylim(-0.13 * top, top * 1.16)
        axes.axvline(ADI_CUT, color=line, lw=1, ls=(0, (4, 3)))
        axes.axhline(CV2_CUT, color=line, lw=1, ls=(0, (4, 3)))
        ticks = [v for v in (1, 2, 4, 7, 14, 30, 60, 120, 240) if v <= right]
        axes.set_xticks(ticks, [str(v) for v in ticks])
        axes.minorticks_off()
        for kind, x, y, ha, va in (
            ("erratic", 0.01, 0.985, "left", "top"),
            ("lumpy", 0.99, 0.985, "right", "top"),
            ("smooth", 0.01, 0.015, "left", "bottom"),
            ("intermittent", 0.99, 0.015, "right", "bottom"),
        ):
            text = f"{class_name(kind)}: {count(counts.loc[kind, 'skus'])}"
            # The paper behind a label covers the dashed line it may stand on.
            box = {"facecolor": COLORS["paper"][0], "edgecolor": "none", "pad": 1.5}
            axes.text(
                x, y, text, transform=axes.transAxes, ha=ha, va=va, fontsize=9, color=ink, bbox=box
            )
        axes.set_xlabel(t("{steps} per one with a sale (ADI), log scale", steps=_step(step_days)))
        axes.set_ylabel(t("unevenness of the amounts (CV²)"))

    rare = counts.loc[["intermittent", "lumpy"]].sum()
    return Chart(
        draw,
        title=t(
            "{n} of {all} SKUs sell only now and then; they bring {share} of the pieces",
            n=count(rare["skus"]),
            all=count(len(found)),
            share=per_cent(float(rare["piece_share"]), 0),
        ),
        subtitle=t(
            "one mark per SKU, counted in {steps}, larger with more pieces; dashed: cuts at "
            "{adi} and {cv2}",
            steps=_step(step_days),
            adi=count(ADI_CUT, 2),
            cv2=count(CV2_CUT, 2),
        ),
        alt=t("Demand classes: {rows}").format(
            rows="; ".join(
                f"{class_name(str(k))} {count(v)} SKU" for k, v in counts["skus"].items()
            )
        ),
        source=panel.shop,
        height=3.8,
        phone_height=3.6,
        data=placed,
    )


def class_table(found: pd.DataFrame, panel: DemandPanel) -> ShownTable:
    """Every class with what it means; the SKUs that could not be placed stand in it too."""
    frame = class_counts(found)
    frame = frame.assign(
        name=[class_name(k) for k in frame["class"]],
        meaning=[t(_MEANING[k]) for k in frame["class"]],
    )
    fields = (
        Field("name", t("Demand class")),
        Field("skus", "SKU", "count"),
        Field("pieces", t("pieces"), "count"),
        Field("piece_share", t("of pieces"), "share"),
        Field("meaning", t("what it means")),
    )
    parts = []
    for row in panel.left_out.itertuples():
        reason = t(row.reason, weeks=row.weeks)
        parts.append(
            t(
                "Left out: {n} SKUs with {pieces} pieces, {reason}.",
                n=count(row.skus),
                pieces=count(row.pieces),
                reason=reason,
            )
        )
    return shown_table(frame, fields, caption=t("SKUs by demand class"), note=" ".join(parts))

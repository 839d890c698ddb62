"""How the supplier scorecard is shown: scores with their doubt, metrics with their formulas."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, day, per_cent, t
from opsbook.supply.score_metrics import GRADES, METRICS, origin_words
from opsbook.supply.scorecard import Scorecard

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["metric_name", "metrics_table", "plot_scorecard", "points_table", "score_words",
           "scorecard_table"]  # fmt: skip

_NAMES = {m.key: m.name for m in METRICS}


def metric_name(key: str) -> str:
    """What people call a metric."""
    name = _NAMES[key]
    return t(name)


def _grade_words(row: "pd.Series[str]") -> str:
    if row["grade"]:
        return str(row["grade"])
    return t("{low} or {high}", low=row["grade_high"], high=row["grade_low"])


def score_words(card: Scorecard) -> str:
    """What the card rests on and what it lacks."""
    sure = int((card.suppliers["grade"] != "").sum())
    text = t(
        "{n} suppliers, {days} days to {end}. {sure} have one grade; for the others the "
        "interval spans two.",
        n=len(card.suppliers),
        days=card.days,
        end=day(card.end),
        sure=sure,
    )
    if card.absent:
        names = ", ".join(metric_name(k) for k in card.absent)
        text += " " + t("No data for: {names}; their weight went to the others.", names=names)
    if (card.suppliers["missing"] != "").any() and not card.absent:
        text += " " + t(
            "Where a supplier lacks a metric, its weight goes to the supplier's others."
        )
    if card.unscored:
        text += " " + t(
            "Not scored, for want of a received delivery: {names}.",
            names=", ".join(card.unscored[:10]),
        )
    for supplier, first in card.since.items():
        text += " " + t(
            "{supplier} is judged on deliveries since {day}, when it changed.",
            supplier=supplier,
            day=day(first),
        )
    return text


def plot_scorecard(card: Scorecard) -> Chart:
    """Scores with intervals, best first, the unshrunk score beside; grade limits as lines.

    Args:
        card: From ``scorecard``.
    """
    frame = card.suppliers.head(40).iloc[::-1].reset_index(drop=True)
    accent, quiet, line, neg = (COLORS[k][0] for k in ("accent", "quiet", "line", "neg"))
    worst = card.suppliers.iloc[-1]
    best = card.suppliers.iloc[0]

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        for name, least in GRADES:
            if least:
                axes.axvline(least, color=line, lw=1.2)
            axes.annotate(name, (max(least, float(frame["low"].min()) - 4), len(frame) - 0.4),
                          (3, 0), textcoords="offset points", fontsize=9,
                          color=COLORS["muted"][0])  # fmt: skip
        for y, row in enumerate(frame.itertuples()):
            tone = neg if row.grade == "D" else accent
            axes.plot([row.low, row.high], [y, y], color=tone, lw=2.4)
            axes.plot(row.score, y, "s" if row.grade == "D" else "o", color=tone, ms=6)
            axes.plot(row.raw_score, y, "o", mfc="none", mec=quiet, ms=8)
        axes.set_yticks(range(len(frame)), frame["supplier_id"], fontsize=8 if phone else 9)
        axes.set_ylim(-0.7, len(frame) + 0.4)
        axes.set_xlim(float(frame["low"].min()) - 4, min(100.0, float(frame["high"].max()) + 3))
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(t("points"))

    if worst["rank_low"] == len(card.suppliers):
        title = t("{worst} is last beyond doubt", worst=worst["supplier_id"])
    else:
        title = t(
            "{best} leads with {points} points; places overlap widely below",
            best=best["supplier_id"],
            points=count(best["score"]),
        )
    return Chart(
        draw,
        title=title,
        subtitle=t(
            "score out of 100 with {level} interval; ring: without shrinkage; letters: grades",
            level=per_cent(card.level, 0),
        ),
        alt=t("Scores: {rows}").format(
            rows="; ".join(
                f"{r.supplier_id} {count(r.score, 1)} ({count(r.low, 1)} – {count(r.high, 1)})"
                for r in card.suppliers.head(40).itertuples()
            )
        ),
        source=card.shop,
        height=1.1 + 0.2 * len(frame),
        data=card.suppliers,
    )


def scorecard_table(card: Scorecard, *, most: int = 30) -> ShownTable:
    """Scores, ranks with their interval, grades."""
    frame = card.suppliers.copy()
    frame["graded"] = [_grade_words(row) for _, row in frame.iterrows()]
    frame["places"] = [
        f"{low} – {high}" if low != high else str(low)
        for low, high in zip(frame["rank_low"], frame["rank_high"], strict=True)
    ]
    fields = (
        Field("supplier_id", t("supplier")),
        Field("deliveries", t("deliveries"), "count"),
        Field("score", t("score"), "number"),
        Field("low", t("from"), "number"),
        Field("high", t("to"), "number"),
        Field("raw_score", t("without shrinkage"), "number"),
        Field("rank", t("place"), "count"),
        Field("places", t("place, interval")),
        Field("graded", t("grade")),
    )
    return shown_table(
        frame, fields, caption=t("Supplier scorecard"), note=score_words(card), most=most
    )


def metrics_table(card: Scorecard) -> ShownTable:
    """The twelve metrics: who named them, formula, weight, marks, and the shop's middle."""
    middle = card.metrics.groupby("metric")["value"].median()
    rows = []
    for metric in METRICS:
        name, formula, unit = metric.name, metric.formula, metric.unit
        rows.append(
            {
                "name": t(name),
                "origin": origin_words(metric),
                "formula": t(formula),
                "unit": t(unit),
                "table": metric.table,
                "weight": card.weights[metric.key],
                "poor": metric.poor,
                "good": metric.good,
                "middle": float(middle.get(metric.key, np.nan)),
            }
        )
    fields = (
        Field("name", t("metric")),
        Field("origin", t("named by")),
        Field("formula", t("formula")),
        Field("unit", t("unit")),
        Field("weight", t("weight"), "share"),
        Field("poor", t("0 points at"), "number"),
        Field("good", t("100 points at"), "number"),
        Field("middle", t("median supplier"), "number"),
        Field("table", t("table")),
    )
    return shown_table(
        pd.DataFrame(rows),
        fields,
        caption=t("The twelve metrics"),
        note=t(
            "The source speaks of twelve and names three. Marks, weights, grades and the names "
            "called our choice are assumptions; weights are a parameter."
        ),
    )


def points_table(card: Scorecard, *, most: int = 30) -> ShownTable:
    """Points of every supplier on every metric."""
    wide = card.metrics.pivot(index="supplier_id", columns="metric", values="points")
    keys = [m.key for m in METRICS if m.key in wide.columns]
    frame = card.suppliers[["supplier_id", "score"]].merge(wide[keys].reset_index())
    fields = [Field("supplier_id", t("supplier")), Field("score", t("score"), "number")]
    fields += [Field(k, metric_name(k), "count") for k in keys]
    return shown_table(frame, fields, caption=t("Points by metric, 0 to 100"), most=most)

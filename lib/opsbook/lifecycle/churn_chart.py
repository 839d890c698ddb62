"""Whether the churn score is honest, what it finds, and what drives it, drawn and tabled."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, period, t
from opsbook.lifecycle.churn import Churn
from opsbook.lifecycle.churn_reasons import driver_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "churn_list_table",
    "churn_table",
    "clock_words",
    "plot_calibration",
    "plot_drivers",
    "plot_lift",
]


def clock_words(found: Churn) -> str:
    """What counts as gone: ``no order for 90 days``."""
    days = found.clock.days
    return {
        "order": t("no order for {days} days", days=days),
        "login": t("no visit for {days} days", days=days),
        "interaction": t("no interaction for {days} days", days=days),
    }[found.clock.signal]


def _tested(found: Churn) -> str:
    return period(found.tested, found.tested + timedelta(days=found.clock.days))


def _unit(axes: "Axes", top: float = 1.0) -> None:
    """Shares on both axes, alike; where few leave, only as far as there is anything."""
    marks = [0, 0.25, 0.5, 0.75, 1]
    if top < 1:
        step = next(s for s in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if top / s <= 5.5)
        marks = [step * i for i in range(int(top / step) + 1)]
    names = ["0", *(per_cent(v, 1 if top < 0.05 else 0) for v in marks[1:])]
    axes.set_xticks(marks, names)
    axes.set_yticks(marks, names)
    axes.set_xlim(0, 1.02 * top)
    axes.set_ylim(0, 1.02 * top)


def plot_calibration(found: Churn) -> Chart:
    """Said against happened: points on the line are honest probabilities."""
    frame = found.calibration
    accent, muted, line = (COLORS[k][0] for k in ("accent", "muted", "line"))
    off = float(((frame["said"] - frame["happened"]).abs() * frame["customers"]).sum())
    off /= float(frame["customers"].sum())
    far = float(frame[["said", "high"]].max().max())

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=line, lw=1.2)
        axes.vlines(frame["said"], frame["low"], frame["high"], color=accent, lw=1.6)
        axes.plot(frame["said"], frame["happened"], "o", color=accent, ms=6)
        top = 1.0 if far > 0.5 else max(far * 1.15, 0.02)
        axes.annotate(
            t("said = happened"), (0.18 * top, 0.18 * top), (6, -8), textcoords="offset points",
            fontsize=8, color=muted, va="top",
        )  # fmt: skip
        _unit(axes, top)
        axes.set_xlabel(t("chance of leaving that was said"))
        axes.set_ylabel(t("left in fact"))

    return Chart(
        draw,
        title=t("Said and happened differ by {off} on average", off=per_cent(off)),
        subtitle=f"{clock_words(found)} · {_tested(found)}",
        alt=t("Calibration: {rows}").format(
            rows="; ".join(
                t(
                    "said {said}, happened {happened}",
                    said=per_cent(r.said, 0),
                    happened=per_cent(r.happened, 0),
                )
                for r in frame.itertuples()
            )
        ),
        source=found.shop,
        height=3.6,
        phone_height=3.2,
        data=frame,
    )


def plot_lift(found: Churn) -> Chart:
    """Share of leavers found among the riskiest, by model and by silence alone."""
    frame = found.lift
    accent, second, line, muted = (COLORS[k][0] for k in ("accent", "s2", "line", "muted"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=line, lw=1.2)
        axes.plot([0, found.rate, 1], [0, 1, 1], color=muted, lw=1, ls=(0, (4, 3)))
        axes.plot(frame["contacted"], frame["recency"], color=second, lw=1.8, ls="--")
        axes.plot(frame["contacted"], frame["found"], color=accent, lw=2.2)
        for y, text, tone in (
            (0.26, t("model"), accent),
            (0.16, t("silence alone"), second),
            (0.06, t("dashed grey: all leavers known"), muted),
        ):
            axes.text(0.98, y, text, color=tone, ha="right", fontsize=9)
        _unit(axes)
        axes.set_xlabel(t("share of customers, riskiest first"))
        axes.set_ylabel(t("share of leavers found"))

    if found.better:
        title = t(
            "The riskiest tenth leaves {lift} times as often as the average customer",
            lift=count(found.test.lift, 2),
        )
    else:
        title = t("The model finds leavers no better than silence alone")
    tenth = frame.iloc[(frame["contacted"] - 0.1).abs().argmin()]
    return Chart(
        draw,
        title=title,
        subtitle=t("share of leavers found") + f" · {_tested(found)}",
        alt=t(
            "Among the riskiest 10 % the model finds {model} of leavers, silence alone {base}",
            model=per_cent(float(tenth["found"])),
            base=per_cent(float(tenth["recency"])),
        ),
        source=found.shop,
        height=3.6,
        phone_height=3.2,
        data=frame,
    )


def plot_drivers(found: Churn) -> Chart:
    """What the score rests on: AUC lost when a driver is shuffled, with interval."""
    frame = found.drivers.iloc[::-1].reset_index(drop=True)
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=COLORS["line"][0], lw=1.2)
        for y, row in enumerate(frame.itertuples()):
            tone = accent if row.low > 0 else quiet
            axes.plot([row.low, row.high], [y, y], color=tone, lw=2, solid_capstyle="round")
            axes.plot(row.loss, y, "o", color=tone, ms=7)
        axes.set_yticks(range(len(frame)), [driver_name(d) for d in frame["driver"]], color=ink)
        axes.set_ylim(-0.6, len(frame) - 0.4)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(t("AUC lost when shuffled"))
        axes.locator_params(axis="x", nbins=4 if phone else 7)

    sure = found.drivers[found.drivers["low"] > 0]
    if len(sure):
        title = t("{name} tells most about who leaves").format(
            name=_capital(driver_name(str(sure["driver"].iloc[0])))
        )
    else:
        title = t("No single driver tells who leaves")
    return Chart(
        draw,
        title=title,
        subtitle=t("loss of AUC with {level} interval; grey: may be none").format(
            level=per_cent(found.level, 0)
        ),
        alt=t("Drivers: {rows}").format(
            rows="; ".join(
                f"{driver_name(r.driver)} {count(r.loss, 3)} "
                f"({count(r.low, 3)} – {count(r.high, 3)})"
                for r in found.drivers.itertuples()
            )
        ),
        source=found.shop,
        height=max(2.4, 1.0 + 0.32 * len(frame)),
        data=found.drivers,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def churn_table(found: Churn) -> ShownTable:
    """The test in figures: the model beside silence alone."""
    rows = [
        {
            "score": name,
            "auc": s.auc.value,
            "low": s.auc.low,
            "high": s.auc.high,
            "brier": s.brier,
            "skill": s.skill,
            "lift": s.lift,
        }
        for name, s in (
            (t("logistic regression") if found.kind == "logistic" else t("boosted trees"),
             found.test),
            (t("silence alone"), found.recency),
        )
    ]  # fmt: skip
    fields = (
        Field("score", t("Score")),
        Field("auc", "AUC", "number"),
        Field("low", t("from"), "number"),
        Field("high", t("to"), "number"),
        Field("brier", t("Brier score"), "number"),
        Field("skill", t("saved against a constant"), "share"),
        Field("lift", t("lift of the top tenth"), "number"),
    )
    return shown_table(
        pd.DataFrame(rows), fields, caption=t("How well leavers were told, {days}").format(
            days=_tested(found)
        ),
    )  # fmt: skip


def churn_list_table(found: Churn, *, most: int = 12) -> ShownTable:
    """The first rows of the warning list."""
    tiers = {"high": t("high"), "watch": t("watch"), "low": t("low")}
    frame = found.customers
    shown = frame.assign(tier=[tiers[v] for v in frame["tier"]])
    fields = (
        Field("customer_id", t("Customer")),
        Field("chance", t("chance of leaving"), "share"),
        Field("tier", t("risk")),
        Field("value", t("worth if he stays, {currency}").format(currency=found.currency), "money"),
        Field("at_risk", t("at risk, {currency}").format(currency=found.currency), "money"),
        Field("reason", t("Reason")),
    )
    return shown_table(
        shown,
        fields,
        caption=t("Most value at risk"),
        note=t("{shown} of {n} customers are shown.").format(
            shown=min(most, len(frame)), n=count(len(frame))
        ),
        most=most,
    )

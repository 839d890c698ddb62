"""How retention is shown: the triangle of months, and the curve by day with its band."""

from typing import TYPE_CHECKING

import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.language import count, per_cent, t
from opsbook.lifecycle.cohorts import Cohorts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_curve", "plot_triangle"]

_DESK, _PHONE = (13, 12), (12, 6)
"""Cohorts and ages that a triangle holds so that its figures can be read."""


def plot_triangle(result: Cohorts) -> Chart:
    """The retention triangle: months of first purchase down, months since across.

    Args:
        result: From ``cohorts``.
    """
    frame = result.triangle[result.triangle["age"] > 0]
    over = frame.dropna(subset=["rate"])
    first = over[over["age"] == 1]
    if first.empty:
        title = t("No month after the first is over yet")
        alt = title
    else:
        share = first["active"].sum() / first["customers"].sum()
        title = t(
            "{share} of new customers buy again in the month after their first",
            share=per_cent(share),
        )
        alt = t(
            "Triangle of retention by month of first purchase. Month 1: {low} to {high}. Months "
            "that are not over are blank.",
            low=per_cent(first["rate"].min()),
            high=per_cent(first["rate"].max()),
        )
    rows = min(_DESK[0], result.triangle["month"].nunique())
    small = min(_PHONE[0], rows)
    return Chart(
        lambda figure, phone: _triangle(figure, result.triangle, phone),
        title=title,
        subtitle=t("customers of a month who buy in a later calendar month, % · blank: not over"),
        alt=alt,
        source=result.new.source,
        height=0.8 + 0.29 * rows,
        phone_height=0.8 + 0.29 * small,
        data=result.triangle,
    )


def _triangle(figure: "Figure", frame: pd.DataFrame, phone: bool) -> None:
    rows, ages = _PHONE if phone else _DESK
    months = sorted(frame["month"].unique())[-rows:]
    shown = frame[frame["month"].isin(months) & frame["age"].between(1, ages)]
    axes = figure.subplots()
    accent, ink, muted = (COLORS[k][0] for k in ("accent", "ink", "muted"))
    place = {month: y for y, month in enumerate(months)}
    top = float(shown["rate"].max()) if shown["rate"].notna().any() else 1.0
    for row in shown.dropna(subset=["rate"]).itertuples():
        y = place[row.month]
        # Half as strong at most, so that ink stays legible on it in light and dark.
        strength = 0.06 + 0.44 * (row.rate / top if top else 0)
        axes.barh(y, 1, left=row.age - 0.5, height=0.94, color=accent, alpha=strength, lw=0)
        axes.text(
            row.age, y, count(row.rate * 100), ha="center", va="center", fontsize=9, color=ink
        )
    sizes = frame.drop_duplicates("month").set_index("month")["customers"]
    names = [f"{pd.Timestamp(m):%Y-%m}  ({count(sizes[m])})" for m in months]
    axes.set_yticks(range(len(months)), names, fontsize=8.5, color=ink)
    axes.set_ylim(len(months) - 0.5, -0.5)
    most = int(min(ages, max(1, frame["age"].max())))
    axes.set_xlim(0.5, most + 0.5)
    axes.set_xticks(range(1, most + 1))
    axes.xaxis.tick_top()
    axes.set_xlabel(t("months after the month of the first purchase"), color=muted)
    axes.xaxis.set_label_position("top")
    axes.grid(visible=False)
    axes.spines[["top", "bottom"]].set_visible(False)


def plot_curve(result: Cohorts) -> Chart:
    """Share back by day since the first purchase: the shop with its band, channels behind.

    Args:
        result: From ``cohorts``.
    """
    curve = result.curve
    whole = curve[curve["group"] == ""]
    marks = [result.rate(int(d)) for d in sorted(result.windows["days"].unique())]
    known = [m for m in marks if m is not None]
    said = t(", ").join(
        t("{rate} within {days} days", rate=per_cent(m["rate"]), days=int(m["days"])) for m in known
    )
    best, worst = _ends(result)
    return Chart(
        lambda figure, phone: _curve(figure, curve, whole, known, (best, worst), phone),
        title=t("Back for a second purchase: {rates}", rates=said),
        subtitle=t(
            "share of new customers who bought again, by days since the first purchase, with "
            "{level} band",
            level=per_cent(result.level, 0),
        ),
        alt=t("Curve of customers back by day: {rates}.", rates=said),
        source=result.new.source,
        height=3.4,
        phone_height=3.2,
        data=curve,
    )


def _ends(result: Cohorts) -> tuple[str, str]:
    if result.compared.empty:
        return "", ""
    return str(result.compared["channel"].iloc[0]), str(result.compared["channel"].iloc[-1])


def _curve(
    figure: "Figure",
    curve: pd.DataFrame,
    whole: pd.DataFrame,
    marks: list[pd.Series],
    ends: tuple[str, str],
    phone: bool,
) -> None:
    axes = figure.subplots()
    accent, quiet, ink = (COLORS[k][0] for k in ("accent", "quiet", "ink"))
    for name, part in curve[curve["group"] != ""].groupby("group"):
        large = part[part["observed"] >= 100]
        axes.plot(large["day"], large["rate"], color=quiet, lw=0.8, alpha=0.6)
        if name in ends and not large.empty and not phone:
            low = name == ends[1]
            axes.annotate(
                str(name), (large["day"].iloc[-1], large["rate"].iloc[-1]), (4, -6 if low else 4),
                textcoords="offset points", fontsize=8, color=COLORS["muted"][0],
                ha="left", va="center",
            )  # fmt: skip
    axes.fill_between(whole["day"], whole["low"], whole["high"], color=accent, alpha=0.25, lw=0)
    axes.plot(whole["day"], whole["rate"], color=accent, lw=2.2)
    for mark in marks:
        if mark["days"] > whole["day"].max():
            continue
        axes.plot(mark["days"], mark["rate"], "o", color=accent, ms=6)
        # Beside the axis there is room on the right only.
        early = mark["days"] < 0.08 * whole["day"].max()
        axes.annotate(
            per_cent(mark["rate"]), (mark["days"], mark["rate"]), (9, -9) if early else (-6, 10),
            textcoords="offset points", fontsize=9, color=ink, ha="left" if early else "right",
        )  # fmt: skip
    axes.set_xlim(0, float(whole["day"].max()) * (1.02 if phone else 1.16))
    axes.set_ylim(0, None)
    axes.set_xticks(
        [d for d in (0, 7, 30, 60, 90, 120, 150, 180, 270, 360) if d <= axes.get_xlim()[1]]
    )
    if phone:
        axes.set_xticks([d for d in (0, 30, 90, 180, 360) if d <= axes.get_xlim()[1]])
    axes.yaxis.set_major_formatter(lambda v, _: per_cent(v, 0))
    axes.locator_params(axis="y", nbins=5)
    axes.grid(axis="x", visible=False)
    axes.set_xlabel(t("days since the first purchase"))

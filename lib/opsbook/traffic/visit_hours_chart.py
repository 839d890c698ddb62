"""Hours and classes of traffic drawn: the week as a map, and each class against all visits."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import count, per_cent, t
from opsbook.traffic.visit_hours import VisitHours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["class_name", "class_table", "plot_hours", "visit_words"]


def class_name(name: str) -> str:
    """A class of traffic in words."""
    return {
        "search": t("search"),
        "category": t("category pages"),
        "paid": t("advertising"),
        "content": t("content"),
        "event": t("campaign pages"),
        "external": t("external links"),
    }.get(name, name)


def _days() -> list[str]:
    return [t("Mon"), t("Tue"), t("Wed"), t("Thu"), t("Fri"), t("Sat"), t("Sun")]


def plot_hours(result: VisitHours) -> Chart:
    """Visits by weekday and hour, stronger for more; rings mark the hours that convert best.

    Args:
        result: From ``visit_hours``.
    """
    grid = result.grid
    top = grid.loc[grid["visits"].idxmax()]
    evening = grid[grid["hour"].isin(range(19, 23))]["visits"].sum() / grid["visits"].sum()
    best = _best(grid)
    return Chart(
        lambda figure, phone: _map(figure, grid, best, phone),
        title=t("{share} of visits come between 19 and 23 h", share=per_cent(evening, 0)),
        subtitle=t(
            "visits by hour and weekday, stronger is more · dot: the tenth of hours with most "
            "orders per visit · {period}",
            period=str(result.period),
        ),
        alt=t(
            "Map of the week. Most visits: {day} {hour} h, {n}. Orders per visit from {low} to "
            "{high} by hour.",
            day=_days()[int(top["weekday"])],
            hour=int(top["hour"]),
            n=count(top["visits"]),
            low=per_cent(float(grid["rate"].min())),
            high=per_cent(float(grid["rate"].max())),
        ),
        source=result.shop,
        height=2.9,
        phone_height=2.6,
        data=grid,
    )


def _best(grid: pd.DataFrame) -> pd.DataFrame:
    """Hours with the best shrunk rate among those with enough visits to matter."""
    busy = grid[grid["visits"] >= grid["visits"].median()]
    if not busy["orders"].sum():
        return busy.head(0)
    return busy.nlargest(max(1, len(grid) // 10), "rate")


def _map(figure: "Figure", grid: pd.DataFrame, best: pd.DataFrame, phone: bool) -> None:
    from matplotlib.patches import Rectangle

    axes = figure.subplots()
    accent, ink = (COLORS[k][0] for k in ("accent", "ink"))
    most = max(float(grid["visits"].max()), 1.0)
    for row in grid.itertuples():
        axes.add_patch(
            Rectangle(
                (row.hour + 0.04, row.weekday + 0.05), 0.92, 0.9, color=accent, lw=0,
                alpha=0.03 + 0.72 * row.visits / most,
            )
        )  # fmt: skip
    axes.plot(best["hour"] + 0.5, best["weekday"] + 0.5, "o", color=ink, ms=3 if phone else 4)
    axes.set_xlim(0, 24)
    axes.set_ylim(7, 0)
    axes.set_yticks(np.arange(7) + 0.5, _days(), color=ink)
    marks = range(0, 24, 6 if phone else 3)
    axes.set_xticks([h + 0.5 for h in marks], [str(h) for h in marks])
    axes.set_xlabel(t("hour of the day"))
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def class_table(result: VisitHours) -> ShownTable:
    """Classes of traffic with their weekend and evening habits, against all visits."""
    frame = result.classes.copy()
    frame["name"] = [class_name(n) for n in frame["source_class"]]
    for measure in ("weekend", "evening"):
        frame[f"{measure}_words"] = [
            _against(a, b, differs)
            for a, b, differs in zip(
                frame[measure], frame[f"{measure}_all"], frame[f"{measure}_differs"], strict=True
            )
        ]
    fields = (
        Field("name", t("Class of traffic")),
        Field("visits", t("Visits"), "count"),
        Field("share", t("share"), "share"),
        Field("weekend", t("weekend day / weekday"), "number"),
        Field("weekend_words", t("against all visits")),
        Field("evening", t("19 to 23 h"), "share"),
        Field("evening_words", t("against all visits, evening")),
    )
    note = t(
        "Heavier or lighter only where {n} weeks agree beyond chance, corrected for the number of "
        "classes. Festivals and make-up workdays are not taken out.",
        n=result.whole_weeks,
    )
    caption = t("Where visits come from and when, {period}", period=str(result.period))
    return shown_table(frame, fields, caption=caption, note=note)


def _against(value: float, base: float, differs: bool) -> str:
    if not differs:
        return t("as all")
    return t("heavier") if value > base else t("lighter")


def visit_words(result: VisitHours) -> str:
    """Whether the taught habits hold here: search on weekdays, content in the evening."""
    classes = result.classes
    if classes.empty:
        return t("Visits do not say what class of traffic they are; only hours are shown.")
    rows = classes.set_index("source_class")
    said = []
    for name, measure, heavier, claim in (
        ("search", "weekend", False, t("search is a weekday's habit")),
        ("content", "evening", True, t("content belongs to the evening")),
        ("content", "weekend", True, t("content belongs to the weekend")),
    ):
        if name not in rows.index:
            continue
        row = rows.loc[name]
        if not row[f"{measure}_differs"]:
            verdict = t("not seen here beyond chance")
        elif (row[measure] > row[f"{measure}_all"]) == heavier:
            verdict = t("holds here")
        else:
            verdict = t("is the other way round here")
        said.append(t("{claim}: {verdict}", claim=claim, verdict=verdict))
    if not said:
        return t("Neither search nor content is among the classes, so the claims stay untested.")
    return t("Source claims (001), tested on {n} weeks: {rows}.",
             n=result.whole_weeks, rows=t("; ").join(said))  # fmt: skip

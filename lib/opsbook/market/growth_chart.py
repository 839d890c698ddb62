"""How sales over time are shown: a line with its events and last year's line."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.errors import CannotTell
from opsbook.language import N_, language, money, t
from opsbook.language import day as in_words
from opsbook.reference.calendar import event_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from opsbook.market.growth import Growth

__all__ = ["plot_trend", "tick"]

_MARKED = (
    "double_11", "spring_festival", "sale_618", "thanksgiving", "christmas", "national_day",
    "black_friday", "womens_day", "mid_autumn", "double_12", "sale_818", "independence_day",
    "easter", "qixi", "labour_day", "labor_day", "super_bowl",
)  # fmt: skip
"""Events worth a mark, the most important first; crowded ones give way to these."""
_WEEKS, _MONTHS = 53, 13


def plot_trend(sales: pd.DataFrame, growth: "Growth") -> Chart:
    """Sales by week or month, last year's line behind, events marked, partial points hollow.

    Args:
        sales: From ``sales_by`` with grain ``week`` or ``month``; the last year is drawn.
        growth: The period in question, for title, shading and events.

    Raises:
        CannotTell: The data know no amounts.
    """
    if growth.measure != "gmv":
        raise CannotTell(N_("Sales cannot be drawn: the shop has no order lines, so no amounts."))
    weekly = bool((sales["end"] - sales["start"]).max() <= pd.Timedelta(days=7))
    frame = _with_last_year(sales, weekly).tail(_WEEKS if weekly else _MONTHS)
    frame = frame.assign(mid=frame["start"] + (frame["end"] - frame["start"]) / 2)
    marks = _marks(frame, growth.calendar)
    accent, quiet, muted = (COLORS[k][0] for k in ("accent", "quiet", "muted"))
    has_year = bool(frame["last_year"].notna().sum() > 1)
    period = growth.period

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        axes.axvspan(_at(period.start), _at(period.end), color=accent, alpha=0.08, lw=0)
        top = float(np.nanmax(frame[["gmv", "last_year"]].to_numpy(float))) or 1.0
        axes.set_ylim(0, top * 1.16)
        if has_year:
            axes.plot(frame["mid"], frame["last_year"], color=quiet, lw=1.6)
        whole = frame[~frame["partial"]]
        axes.plot(whole["mid"], whole["gmv"], color=accent, lw=2.2)
        for row in frame[frame["partial"]].itertuples():
            axes.plot(row.mid, row.gmv, "o", mfc="none", mec=accent, ms=6, mew=1.4)
        _mark_events(axes, marks, top, frame, phone)
        _name_lines(axes, frame, whole, has_year, phone)
        _time_axis(axes, frame, phone)
        axes.yaxis.set_major_formatter(lambda v, _: tick(v))
        axes.yaxis.set_major_locator(_few(4))
        axes.grid(axis="x", visible=False)
        axes.spines["bottom"].set_color(muted)

    unit = t("sales per week") if weekly else t("sales per month")
    parts = [unit, growth.currency, t("shaded: {period}", period=str(period))]
    if frame["partial"].any():
        parts.append(t("hollow: incomplete"))
    return Chart(
        draw,
        title=growth.headline(),
        subtitle=" · ".join(parts),
        alt=_trend_alt(frame, weekly, growth.currency),
        source=growth.source,
        height=3.4,
        phone_height=2.9,
        data=frame.drop(columns="mid"),
    )


def _with_last_year(sales: pd.DataFrame, weekly: bool) -> pd.DataFrame:
    """Each whole row beside the row a year (52 weeks) earlier."""
    back = sales.loc[~sales["partial"], ["start", "gmv"]].rename(columns={"gmv": "last_year"})
    ahead = pd.Timedelta(weeks=52) if weekly else pd.DateOffset(years=1)
    return sales.merge(back.assign(start=back["start"] + ahead), on="start", how="left")


def _marks(frame: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """Own days of well-known events within the time drawn, most important first."""
    inside = (calendar["date"] >= frame["start"].min()) & (calendar["date"] < frame["end"].max())
    own = calendar[inside & calendar["nth"].eq(0) & calendar["event"].isin(_MARKED)]
    own = own.drop_duplicates(["event", "date"])
    return own.assign(rank=own["event"].map(_MARKED.index)).sort_values("rank")


def _mark_events(
    axes: "Axes", marks: pd.DataFrame, top: float, frame: pd.DataFrame, phone: bool
) -> None:
    span = (frame["end"].max() - frame["start"].min()).days
    letter = 0.022 if phone else 0.0095
    first = frame["start"].min()
    placed: list[tuple[float, float]] = []
    for row in marks.itertuples():
        name = event_name(row)
        at = (row.date - first).days / span
        width = sum(letter * (1 if ord(c) < 256 else 1.9) for c in name)
        left = min(max(at - width / 2, 0.0), 1 - width)
        if any(left < other + wide and other < left + width for other, wide in placed):
            continue
        placed.append((left, width + letter))
        axes.plot([row.date, row.date], [0, top * 1.05], color=COLORS["line"][0], lw=1.2, zorder=0)
        middle = first + pd.Timedelta(days=(left + width / 2) * span)
        axes.text(
            middle, top * 1.07, name, ha="center", va="bottom", fontsize=8,
            color=COLORS["muted"][0],
        )  # fmt: skip


def _name_lines(
    axes: "Axes", frame: pd.DataFrame, whole: pd.DataFrame, has_year: bool, phone: bool
) -> None:
    """Name each line at its right end, kept apart."""
    if whole.empty or not has_year:
        return
    now = float(whole["gmv"].iloc[-1])
    known = frame.dropna(subset="last_year")
    then = float(known["last_year"].iloc[-1])
    least = axes.get_ylim()[1] * (0.09 if phone else 0.075)
    middle, gap = (now + then) / 2, max(abs(now - then), least)
    high = 1 if now >= then else -1
    for value, name, color in (
        (middle + high * gap / 2, t("this year"), "accent"),
        (middle - high * gap / 2, t("last year"), "muted"),
    ):
        axes.annotate(
            name, (max(whole["mid"].iloc[-1], known["mid"].iloc[-1]), value), (5, 0),
            textcoords="offset points", va="center", fontsize=9, color=COLORS[color][0],
            annotation_clip=False,
        )  # fmt: skip
    # Room for the names; the axis is in days.
    span = (frame["end"].max() - frame["start"].min()).days
    left = _at(frame["start"].min())
    axes.set_xlim(left, left + span * (1.2 if phone else 1.1))


def _time_axis(axes: "Axes", frame: pd.DataFrame, phone: bool) -> None:
    first, last = frame["start"].min(), frame["end"].max()
    months = pd.date_range(first, last, freq="MS", inclusive="left")
    step = max(1, -(-len(months) // (4 if phone else 7)))
    ticks = months[::step]
    names = [_month(m, i == 0 or m.year != ticks[i - 1].year) for i, m in enumerate(ticks)]
    axes.set_xticks(list(ticks), names)


def _month(when: pd.Timestamp, with_year: bool) -> str:
    if language() == "zh":
        return f"{when.year}年\n{when.month}月" if with_year else f"{when.month}月"
    return f"{when:%b\n%Y}" if with_year else f"{when:%b}"


def _few(n: int) -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(n)


def tick(value: float) -> str:
    """An amount at an axis, without an empty decimal."""
    return money(value).replace(".0 ", " ")


def _at(when: Any) -> float:
    from matplotlib.dates import date2num

    return float(date2num(when))


def _trend_alt(frame: pd.DataFrame, weekly: bool, currency: str) -> str:
    whole = frame[~frame["partial"]]
    if whole.empty:
        return t("Line of sales; no interval of it is complete.")
    best, worst = whole.loc[whole["gmv"].idxmax()], whole.loc[whole["gmv"].idxmin()]
    text = (
        t("Line of weekly sales from {first} to {last}: highest {high} in the week of {best}, "
          "lowest {low} in the week of {worst}.")
        if weekly
        else t("Line of monthly sales from {first} to {last}: highest {high} in the month of "
               "{best}, lowest {low} in the month of {worst}.")
    )  # fmt: skip
    return text.format(
        first=in_words(frame["start"].min().date()),
        last=in_words((frame["end"].max() - pd.Timedelta(days=1)).date()),
        high=money(best["gmv"], currency),
        low=money(worst["gmv"], currency),
        best=in_words(best["start"].date()),
        worst=in_words(worst["start"].date()),
    )

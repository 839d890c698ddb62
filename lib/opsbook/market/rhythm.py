"""When customers buy within the week, for staffing, flash sales and messages."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.language import language, money, per_cent, t
from opsbook.shop.metrics import order_totals
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["NEEDS", "Rhythm", "plot_rhythm", "rhythm"]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id",)}
_EVEN = 1.15 / 7
"""Share of the best weekday below which a week counts as even."""


@dataclass(frozen=True)
class Rhythm:
    """When customers buy within the week.

    Args:
        frame: One row per ``weekday`` (0 Monday) and ``hour``: ``gmv`` and ``orders`` of an
            average day of that weekday.
        period: The days averaged.
        has_hours: False where the data know no time of day.
        currency: ISO code.
        source: Name of the shop for a figure's source line.
    """

    frame: pd.DataFrame
    period: Period
    has_hours: bool
    currency: str
    source: str


@shared
def rhythm(shop: Shop, period: Period | None = None) -> Rhythm:
    """Sales of an average week by weekday and hour.

    Args:
        shop: The shop.
        period: Days to average; all of the data unless given.
    """
    shop.require(NEEDS)
    span = period or data_days(shop)
    orders = in_days(order_totals(shop), span.start, span.end)
    sums = orders.group_by(
        weekday=orders.day.day_of_week.index(), hour=orders.order_ts.hour()
    ).aggregate(gmv=orders.amount.sum(), orders=orders.count())
    every = pd.MultiIndex.from_product([range(7), range(24)], names=["weekday", "hour"])
    frame = sums.execute().set_index(["weekday", "hour"]).reindex(every).fillna(0.0)
    days = pd.date_range(span.start, span.end, inclusive="left").day_of_week.value_counts()
    per = frame.index.get_level_values("weekday").map(days)
    frame = frame.div(per.to_numpy(float), axis=0)
    has_hours = bool((frame["orders"].groupby("hour").sum() > 0).sum() > 1)
    return Rhythm(frame.reset_index(), span, has_hours, shop.currency, shop.title)


def plot_rhythm(rhythm: "Rhythm") -> Chart:
    """Sales of an average week: weekday by hour, or by weekday where no hours are known.

    Args:
        rhythm: From ``market.growth.rhythm``.
    """
    table = rhythm.frame.pivot(index="weekday", columns="hour", values="gmv")
    names = _weekdays("wide")
    per_day, per_hour = table.sum(axis=1), table.sum(axis=0)
    total = float(table.to_numpy().sum()) or 1.0
    best_day = int(per_day.idxmax())
    unit = t("sales of an average week, {currency}", currency=rhythm.currency)
    if not rhythm.has_hours:
        title = t(
            "{day} sells most: {share} of the week",
            day=names[best_day],
            share=per_cent(float(per_day.max()) / total, 0),
        )
        alt = t(", ").join(f"{n} {money(v)}" for n, v in zip(names, per_day, strict=True))
        return Chart(
            lambda figure, phone: _bars(figure, per_day, phone),
            title=title,
            subtitle=" · ".join([unit, str(rhythm.period), t("time of day is not in the data")]),
            alt=alt,
            source=rhythm.source,
            height=2.4,
            data=rhythm.frame,
        )
    three = per_hour.rolling(3).sum()
    until = int(three.idxmax()) + 1
    even = float(per_day.max()) / total < _EVEN
    text = (
        t("Weekdays hardly differ; {first}–{last} h brings {hour_share} of sales")
        if even
        else t("{day} and {first}–{last} h sell most: {day_share} and {hour_share} of sales")
    )
    title = text.format(
        day=names[best_day],
        first=until - 3,
        last=until,
        day_share=per_cent(float(per_day.max()) / total, 0),
        hour_share=per_cent(float(three.max()) / total, 0),
    )
    peak = table.stack().idxmax()
    alt = t(
        "Heat map of weekday and hour. Most sales on {day} from {hour} h; by weekday {rows}.",
        day=names[peak[0]],
        hour=peak[1],
        rows=t(", ").join(
            f"{n} {per_cent(v / total, 0)}" for n, v in zip(names, per_day, strict=True)
        ),
    )
    return Chart(
        lambda figure, phone: _heat(figure, table, phone),
        title=title,
        subtitle=" · ".join(
            [unit, str(rhythm.period), t("the darker, the more; right: the whole day")]
        ),
        alt=alt,
        source=rhythm.source,
        height=2.9,
        phone_height=2.5,
        data=rhythm.frame,
    )


def _weekdays(width: str) -> list[str]:
    from babel.dates import get_day_names

    names = get_day_names("wide" if width == "wide" else "abbreviated", locale=language())
    return [str(names[i]) for i in range(7)]


def _heat(figure: "Figure", table: pd.DataFrame, phone: bool) -> None:
    from matplotlib.patches import Rectangle

    axes = figure.subplots()
    accent, ink = COLORS["accent"][0], COLORS["ink"][0]
    # One colour in steps of opacity: it stays readable when the page turns dark.
    most = float(table.to_numpy().max()) or 1.0
    for (weekday, hour), value in table.stack().items():
        share = round(max(float(value), 0.0) / most, 2)
        if share:
            axes.add_patch(
                Rectangle((hour + 0.03, weekday + 0.05), 0.94, 0.9, color=accent, alpha=share, lw=0)
            )
    for weekday, value in table.sum(axis=1).items():
        axes.text(24.4, weekday + 0.5, money(value), va="center", fontsize=8, color=ink)
    axes.set_xlim(0, 29 if phone else 26.5)
    axes.set_ylim(7, 0)
    axes.set_yticks(np.arange(7) + 0.5, _weekdays("short"), color=ink)
    hours = [0, 6, 12, 18, 24] if phone else list(range(0, 25, 3))
    axes.set_xticks(hours, [str(h) for h in hours])
    axes.set_xlabel(t("hour of the day"))
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def _bars(figure: "Figure", per_day: pd.Series, phone: bool) -> None:
    axes = figure.subplots()
    best = per_day.idxmax()
    colors = [COLORS["accent" if d == best else "quiet"][0] for d in per_day.index]
    axes.bar(range(7), per_day.to_numpy(), color=colors, width=0.7)
    for x, value in enumerate(per_day):
        axes.text(x, value, money(value), ha="center", va="bottom", fontsize=8)
    axes.set_xticks(range(7), _weekdays("short"), fontsize=8 if phone else 10)
    axes.set_yticks([])
    axes.grid(visible=False)

"""The retail year as a picture, in words, and the next piece of work it asks for."""

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from opsbook.campaign.season_calendar import SeasonCalendar, days_off_note, lead_plan
from opsbook.campaign.season_calendar_tables import event_names
from opsbook.chart.chart import Chart
from opsbook.chart.style import COLORS
from opsbook.finding import Finding
from opsbook.language import count, day, t

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "calendar_findings",
    "calendar_words",
    "plot_calendar",
]

_COLOR = {"retail": "accent", "festival": "s3", "statutory": "s2"}


def plot_calendar(calendar: SeasonCalendar) -> Chart:
    """Every event of the year as a bar, its peak strong, warm-up and tail light."""
    rows = calendar.events.iloc[::-1].reset_index(drop=True)
    names = event_names(rows)
    ink, muted = COLORS["ink"][0], COLORS["muted"][0]
    start = pd.Timestamp(calendar.year, 1, 1)

    def draw(figure: "Figure", phone: bool) -> None:
        axes = figure.subplots()
        for y, row in enumerate(rows.itertuples()):
            color = COLORS[_COLOR[row.kind]][0]
            for first, last, strength in (
                (row.first, row.last, 0.35),
                (row.peak_first, row.peak_last, 1.0),
            ):
                left, width = (first - start).days, (last - first).days + 1
                axes.barh(y, width, left=left, height=0.62, color=color, alpha=strength, lw=0)
        months = [(date(calendar.year, m, 1) - start.date()).days for m in range(1, 13)]
        axes.set_xticks(months, [str(m) for m in range(1, 13)], ha="left")
        axes.set_yticks(range(len(rows)), names, color=ink, fontsize=8)
        axes.set_xlim(-14, 368)
        axes.set_ylim(-0.6, len(rows) + 1.2)
        axes.grid(axis="y", visible=False)
        words = t("strong: peak; light: warm-up and tail")
        axes.text(1.0, 1.0, words, transform=axes.transAxes, ha="right", va="top", fontsize=8,
                  color=muted)  # fmt: skip
        axes.set_xlabel(t("month of {year}").format(year=calendar.year))

    height = 1.1 + 0.24 * len(rows)
    return Chart(
        draw,
        title=_title(calendar),
        subtitle=t("blue: shopping events; purple: feasts; orange: days off · {place}").format(
            place=_place(calendar)
        ),
        alt=calendar_words(calendar),
        source=t("computed: lunar calendar, public holidays; windows by convention"),
        height=height,
        phone_height=height + 0.3,
        data=calendar.events,
    )


def _place(calendar: SeasonCalendar) -> str:
    if calendar.country == "XB":
        return t("cross-border")
    return t("China") if calendar.country == "CN" else calendar.country


def _title(calendar: SeasonCalendar) -> str:
    big = calendar.sales[calendar.sales["size"] != "small"]
    if big.empty:
        return t("{year} has {n} special days", year=calendar.year, n=len(calendar.days))
    first = big.iloc[0]
    name = event_names(big)[0]
    return t(
        "{year}: {n} large sales; the first, {name}, peaks on {day}",
        year=calendar.year,
        n=len(big),
        name=name,
        day=day(first["peak_first"].date()),
    )


def calendar_words(calendar: SeasonCalendar) -> str:
    """How many events the year has, when it is busiest, and what is not announced yet."""
    sales = calendar.sales
    big = sales[sales["size"] != "small"]
    listed = [
        t("{name} {first}", name=n, first=day(d.date()))
        for n, d in zip(event_names(big), big["peak_first"], strict=True)
    ]
    parts = [
        t(
            "{year} holds {n} shopping events, {large} of them large: {names}.",
            year=calendar.year,
            n=len(sales),
            large=len(big),
            names=t(", ").join(listed) or "–",
        )
    ]
    if calendar.country == "CN":
        if calendar.announced:
            days = t(", ").join(day(d) for d in calendar.makeup)
            parts.append(t("Days off are announced; make-up workdays: {days}.", days=days or "–"))
        else:
            parts.append(days_off_note(calendar))
    elif not calendar.events["announced"].all():
        parts.append(t("Feasts set by the moon may move by a day."))
    return " ".join(parts)


def calendar_findings(calendar: SeasonCalendar, today: date) -> list[Finding]:
    """At most one: the next piece of work of a large event falls due within four weeks.

    Args:
        calendar: From ``season_calendar``.
        today: The day the report speaks from.
    """
    rows = lead_plan(calendar)
    soon = rows[[0 <= (d - today).days <= 28 for d in rows["date"]]]
    before = soon[soon["days"] < 0]
    if before.empty:
        return []
    row = before.iloc[0]
    name = event_names(before)[0]
    what = t(str(row["what"]))
    return [
        Finding(
            id="F01",
            statement=t("{name}: due by {day}", name=name, day=day(row["date"])),
            evidence=t(
                "{what}; {n} days before the peak, {more} more pieces of work within four weeks",
                what=what,
                n=count(-int(row["days"])),
                more=len(before) - 1,
            ),
            reference=t("lead times of this playbook"),
            money=None,
            money_basis=t("a date has no price; what missing it costs depends on the step"),
            action=what,
            owner=t(str(row["owner"])),
            due=str(row["date"]),
            confidence="medium",
            chapter="campaign/F01-calendar",
        )
    ]

"""The retail year: when each event warms up, peaks and ends, and when its work must begin."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_, t
from opsbook.reference.calendar import announced, events
from opsbook.reference.events import RULES

__all__ = [
    "STEPS",
    "SeasonCalendar",
    "Step",
    "days_off_note",
    "lead_plan",
    "season_calendar",
]

Size = Literal["mega", "large", "small"]
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_SIZES: dict[str, Size] = {
    **dict.fromkeys(("sale_618", "double_11", "black_friday"), "mega"),
    **dict.fromkeys(("new_year_goods", "womens_day", "sale_818", "double_12"), "large"),
    **dict.fromkeys(("christmas", "midsummer_deals", "sale_99", "back_to_school"), "large"),
}
_GOODS = {
    "new_year_goods": N_("family: food, gifts"),
    "womens_day": N_("beauty, apparel"),
    "sale_618": N_("all goods; appliances and digital first"),
    "sale_818": N_("summer, back to school"),
    "back_to_school": N_("stationery, digital, apparel"),
    "double_11": N_("all goods; the peak of the year"),
    "double_12": N_("gifts, New Year"),
    "christmas": N_("gifts, New Year"),
}


@dataclass(frozen=True)
class Step:
    """One piece of work that an event needs, and how long before its peak.

    Args:
        id: Stable name.
        name: What is done, marked with ``N_``.
        owner: Role that does it, marked with ``N_``.
        days: Days from the first day of the peak (negative: before) for a ``mega``, a
            ``large`` and a ``small`` event; after the end where ``after`` says so.
        after: Whether days count from the day after the event.
    """

    id: str
    name: str
    owner: str
    days: tuple[int, int, int]
    after: bool = False


STEPS = (
    Step("goals", N_("Set goals, budget and owners; read last year's lessons"),
         N_("Campaign manager"), (-60, -42, -21)),
    Step("slots", N_("Apply for platform slots and resources"), N_("Campaign manager"),
         (-45, -30, -14)),
    Step("stock", N_("Order the stock of the event's forecast"), N_("Inventory planner"),
         (-40, -28, -14)),
    Step("creators", N_("Brief creators and reviewers"), N_("Content manager"), (-30, -30, -10)),
    Step("pages", N_("Pages, prices and coupons ready and checked"), N_("Merchandising"),
         (-14, -10, -5)),
    Step("load", N_("Load test and service roster"), N_("Technology"), (-10, -7, -3)),
    Step("freeze", N_("Freeze prices and pages; last stock check"), N_("Campaign manager"),
         (-3, -2, -1)),
    Step("review", N_("Post-mortem: file lessons and actions"), N_("Campaign manager"),
         (7, 5, 3), after=True),
    Step("returns", N_("Close the books: returns are in"), N_("Finance"), (30, 30, 30),
         after=True),
    Step("newcomers", N_("What became of the new customers"), N_("CRM"), (90, 90, 90),
         after=True),
)  # fmt: skip
"""Lead times are this playbook's convention; only the month for creators is a source claim
(F04, 003 ch12). Change them to the shop's own purchase cycle."""
_PLACE = {"mega": 0, "large": 1, "small": 2}


@dataclass(frozen=True)
class SeasonCalendar:
    """One retail year.

    Args:
        year: The year.
        country: ISO code, or ``XB`` for a shop that sells to several markets.
        events: One row per event whose own day is in the year, by first day: ``event,
            name_en, name_zh, kind`` (retail, festival, statutory), ``size`` (mega, large,
            small), ``first, peak_first, peak_last, last`` (dates), ``days, announced,
            goods`` (what it suits, English key; empty if the source names nothing).
        days: Every special day of the year, from ``reference.calendar.events``.
        makeup: Make-up workdays, in order.
        announced: Whether the year's days off and make-up workdays are known.
        off: Statutory days off of the year and of the months around it.
        worked: Make-up workdays of the year and of the months around it.
    """

    year: int
    country: str
    events: pd.DataFrame
    days: pd.DataFrame
    makeup: tuple[date, ...]
    announced: bool
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    @property
    def sales(self) -> pd.DataFrame:
        """Shopping events only, without days off and feasts."""
        return self.events[self.events["kind"] == "retail"]

    def workday(self, day: date, *, after: bool = False) -> date:
        """The day itself unless it is a statutory day off; else the nearest working day.

        Args:
            day: A day of the year or of the months around it.
            after: Whether to look for the next working day instead of the last one.
        """
        if day not in self.off:
            return day
        one = timedelta(days=1 if after else -1)
        while day in self.off or (day.weekday() >= 5 and day not in self.worked):
            day += one
        return day


def season_calendar(year: int, *, country: str = "CN") -> SeasonCalendar:
    """The shopping events, feasts and days off of a year.

    Args:
        year: 2000 to 2099.
        country: ``CN``, ``US``, ``XB`` for cross-border, or another ISO code.

    Raises:
        ParameterError: The year is out of range, or the country is not known.

    Source:
        F01: 001 促销活动策划总论 (events and the goods they suit); dates from
        ``opsbook.reference.calendar``.
    """
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ParameterError(
            N_("year is {value}; use {least} to {most}"),
            value=year,
            least=_FIRST_YEAR,
            most=_LAST_YEAR,
        )
    code = country.strip().upper()
    if code not in RULES and not _has_holidays(code):
        raise ParameterError(
            N_("country {value} is not known; use CN, US, XB (cross-border) or another ISO code"),
            value=country or '""',
        )
    # Wide enough for the first work of January and for the last look back at December.
    before, beyond = timedelta(days=92), timedelta(days=122)
    around = events(date(year, 1, 1) - before, date(year + 1, 1, 1) + beyond, country=code)
    rows = _events(around, year)
    inside = around[around["date"].dt.year == year].reset_index(drop=True)
    makeup = tuple(d.date() for d in inside.loc[inside["kind"] == "workday", "date"])
    sure = announced(year) if code == "CN" else True
    off, worked = (
        frozenset(d.date() for d in around.loc[around["kind"] == kind, "date"])
        for kind in ("statutory", "workday")
    )
    return SeasonCalendar(year, code, rows, inside, makeup, sure, off - worked, worked)


def days_off_note(calendar: SeasonCalendar) -> str:
    """What is not known yet of a year's days off; empty where all of it is."""
    if calendar.announced:
        return ""
    return t(
        "Days off of {year} are not announced yet: statutory days are sure, bridging "
        "days and make-up workdays come with the notice in the autumn before.",
        year=calendar.year,
    )


def _has_holidays(code: str) -> bool:
    import holidays

    return code in holidays.list_supported_countries()


def _events(around: pd.DataFrame, year: int) -> pd.DataFrame:
    """One row per run of days of an event that peaks in the year."""
    days = around[around["kind"] != "workday"].sort_values(["event", "date"])
    # Two years' runs of one event lie months apart; inside a run no day is missing for long.
    gap = days.groupby("event")["date"].diff().dt.days.fillna(99) > 30
    peak = days["phase"] == "peak"
    runs = days.assign(run=gap.cumsum(), peak_date=days["date"].where(peak))
    table = runs.groupby(["event", "run"]).agg(
        name_en=("name_en", "first"),
        name_zh=("name_zh", "first"),
        kind=("kind", _main_kind),
        first=("date", "min"),
        peak_first=("peak_date", "min"),
        peak_last=("peak_date", "max"),
        last=("date", "max"),
        announced=("announced", "all"),
    )
    table = table.reset_index().drop(columns="run")
    table = table[table["peak_first"].dt.year == year]
    table["size"] = [_size(e, k) for e, k in zip(table["event"], table["kind"], strict=True)]
    table["days"] = (table["last"] - table["first"]).dt.days + 1
    table["goods"] = table["event"].map(_GOODS).fillna("")
    return table.sort_values(["first", "event"], ignore_index=True)


def _main_kind(kinds: pd.Series) -> str:
    order = ("statutory", "retail", "festival")
    return next(kind for kind in order if (kinds == kind).any())


def _size(event: str, kind: str) -> Size:
    if event == "christmas" and kind == "retail":
        return "small"
    return _SIZES.get(event, "small")


def lead_plan(
    calendar: SeasonCalendar, *, sizes: tuple[Size, ...] = ("mega", "large")
) -> pd.DataFrame:
    """What has to be begun when, for every event of some sizes.

    Args:
        calendar: From ``season_calendar``.
        sizes: Sizes of events to plan for.

    Returns:
        One row per event and step, by date: ``date, event, name_en, name_zh, size, step,
        what, owner`` (English keys), ``days`` (from the peak's first day, or from the day
        after the event), ``planned`` (the date as counted) and ``moved`` (whether it was a
        statutory day off: work before the event then falls on the last working day before
        it, work after the event on the first one after it, since returns must be in).
    """
    rows = []
    for row in calendar.events.itertuples():
        if row.size not in sizes or row.kind == "statutory":
            continue
        for step in STEPS:
            days = step.days[_PLACE[row.size]]
            start = row.last if step.after else row.peak_first
            planned = (start + pd.Timedelta(days=days)).date()
            when = calendar.workday(planned, after=step.after)
            rows.append(
                (when, row.event, row.name_en, row.name_zh, row.size, step.id, step.name,
                 step.owner, days + (when - planned).days, planned, when != planned)
            )  # fmt: skip
    columns = ["date", "event", "name_en", "name_zh", "size", "step", "what", "owner", "days",
               "planned", "moved"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values(["date", "event", "step"], kind="stable", ignore_index=True)

"""Write a retail year as an ``.ics`` file: events, lead times, days off and routine slots."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from opsbook.campaign.ics import Entry, ics_text
from opsbook.campaign.season_calendar import (
    SeasonCalendar,
    days_off_note,
    lead_plan,
    season_calendar,
)
from opsbook.campaign.slots import MEMBER_BENEFITS, routine_slots
from opsbook.errors import RunError
from opsbook.language import N_, language, t

__all__ = ["calendar_entries", "calendar_file"]

_ONE = timedelta(days=1)
_PHASES = (("first", "peak_first", N_("warm-up")), ("peak_last", "last", N_("tail")))


def calendar_file(
    year: int,
    out: str | Path = "",
    *,
    country: str = "CN",
    slots: bool = True,
    stamp: datetime | None = None,
) -> Path:
    """Write the calendar of a year in the language in force.

    Args:
        year: 2000 to 2099.
        out: File to write; ``retail-YEAR.ics`` in the working folder unless given. It
            appears whole or not at all.
        country: ``CN``, ``US``, ``XB`` (cross-border) or another ISO code.
        slots: Whether the routine slots go in.
        stamp: When it was made; now unless given.

    Returns:
        The file.

    Raises:
        ParameterError: The year or the country is not known.
        RunError: The file cannot be written.
    """
    calendar = season_calendar(year, country=country)
    path = Path(out) if str(out) else Path(f"retail-{year}.ics")
    title = t("Retail year {year}", year=year)
    text = ics_text(
        calendar_entries(calendar, slots=slots), name=title, stamp=stamp or datetime.now(UTC)
    )
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(text.encode("utf-8"))
        beside.replace(path)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise RunError(
            N_("{folder} cannot be written: {fault}"),
            folder=path.parent,
            fault=fault.strerror or type(fault).__name__,
        ) from None
    return path


def calendar_entries(calendar: SeasonCalendar, *, slots: bool = True) -> list[Entry]:
    """What the file holds, by day: each event, its work, make-up workdays, routine slots.

    Args:
        calendar: From ``season_calendar``.
        slots: Whether the routine slots go in.
    """
    found = [*_events(calendar), *_work(calendar)]
    for day in calendar.makeup:
        key = f"makeup-{day:%Y%m%d}"
        found.append(Entry(key, day, day, t("Make-up workday"), "", t("workday")))
    if slots:
        found += _slots(calendar)
    return sorted(found, key=lambda e: (e.start, e.key))


def _name(row: object) -> str:
    return str(getattr(row, "name_zh" if language() == "zh" else "name_en"))


def _events(calendar: SeasonCalendar) -> list[Entry]:
    found = []
    open_text = days_off_note(calendar)
    moon = t("Set by sighting the moon: the day may move by one.")
    for row in calendar.events.itertuples():
        note = ""
        if not row.announced:
            note = open_text if row.kind == "statutory" else moon
        goods = t(row.goods) if row.goods else ""
        if goods:
            suits = t("Suits (source claim, F01): {goods}.", goods=goods)
            note = f"{suits} {note}".strip()
        group = t("day off") if row.kind == "statutory" else t("event")
        key = f"{calendar.country}-{calendar.year}-{row.event}"
        peak = (row.peak_first.date(), row.peak_last.date())
        found.append(Entry(key, *peak, _name(row), note, group, 0, row.size != "small"))
        for start, end, phase in _PHASES:
            first, last = getattr(row, start).date(), getattr(row, end).date()
            if first >= last:
                continue
            # A warm-up ends the day before the peak, a tail begins the day after.
            days = (first, last - _ONE) if start == "first" else (first + _ONE, last)
            words = t("{name}: {phase}", name=_name(row), phase=t(phase))
            # People work in the warm-up of a feast: only its own days are days off.
            found.append(Entry(f"{key}-{start}", *days, words, "", t("event")))
    return found


def _work(calendar: SeasonCalendar) -> list[Entry]:
    rows = lead_plan(calendar)
    found = []
    for row in rows.itertuples():
        what, owner = t(row.what), t(row.owner)
        words = t("{name}: {what}", name=_name(row), what=what)
        key = f"{calendar.country}-{calendar.year}-{row.event}-{row.step}"
        text = t("Owner: {owner}", owner=owner)
        if row.moved:
            moved = t("Moved from {day}, a day off.", day=str(row.planned))
            text = f"{text}\n{moved}"
        told = t("Due tomorrow. Owner: {owner}", owner=owner)
        group = t("lead time")
        found.append(Entry(key, row.date, row.date, words, text, group, 1, reminder=told))
    return found


def _slots(calendar: SeasonCalendar) -> list[Entry]:
    names = {r.event: _name(r) for r in calendar.events.itertuples()}
    gifts = t("; ").join(_benefit(tier, what) for tier, what in MEMBER_BENEFITS)
    found = []
    for row in routine_slots(calendar).itertuples():
        text = gifts if row.kind == "member_day" else ""
        if row.inside:
            inside = t("Inside {event}: give its place to the event.", event=names[row.inside])
            text = f"{text} {inside}".strip()
        words = t(row.what)
        if row.kind == "theme":
            words = t("Theme of the month: {theme}", theme=words)
        key = f"slot-{row.kind}-{row.start:%Y%m%d}"
        notice = 1 if row.kind != "theme" else 0
        told = t("Runs tomorrow: announce it today.") if notice else ""
        group = t("routine")
        found.append(Entry(key, row.start, row.end, words, text, group, notice, reminder=told))
    return found


def _benefit(tier: str, what: str) -> str:
    name, gift = t(tier), t(what)
    return t("{name}: {value}", name=name, value=gift)

"""The retail year as tables: events, lead times, the routine of a month."""

from datetime import date

import pandas as pd

from opsbook.campaign.season_calendar import SeasonCalendar, lead_plan
from opsbook.campaign.slots import routine_slots
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import N_, language, t

__all__ = ["calendar_table", "event_names", "lead_table", "slot_table"]

_KINDS = {
    "retail": N_("shopping event"),
    "festival": N_("feast"),
    "statutory": N_("days off"),
}
_SLOTS = {
    "theme": N_("theme of the month"),
    "flash": N_("flash sale"),
    "member_day": N_("member day"),
}


def event_names(frame: pd.DataFrame) -> list[str]:
    """Names of a frame's events in the language in force."""
    return frame["name_zh" if language() == "zh" else "name_en"].astype(str).tolist()


def calendar_table(calendar: SeasonCalendar) -> ShownTable:
    """Every event with its phases, what it suits, and whether its days are sure."""
    rows = calendar.events
    frame = pd.DataFrame(
        {
            "name": event_names(rows),
            "kind": [t(_KINDS[k]) for k in rows["kind"]],
            "first": [str(d.date()) for d in rows["first"]],
            "peak": [
                _span(a.date(), b.date())
                for a, b in zip(rows["peak_first"], rows["peak_last"], strict=True)
            ],
            "last": [str(d.date()) for d in rows["last"]],
            "goods": [t(g) if g else "–" for g in rows["goods"]],
            "sure": [
                _sure(kind, bool(known))
                for kind, known in zip(rows["kind"], rows["announced"], strict=True)
            ],
        }
    )
    fields = (
        Field("name", t("Event")),
        Field("kind", t("kind")),
        Field("first", t("begins")),
        Field("peak", t("peak")),
        Field("last", t("ends")),
        Field("goods", t("suits (source claim)")),
        Field("sure", t("days sure?")),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Retail year {year}", year=calendar.year),
        note=t("Windows are conventions: platforms fix theirs each year. Suits: 001, F01."),
        most=30,
    )


def _sure(kind: str, known: bool) -> str:
    if not known:
        return t("not announced")
    # Platforms fix the windows of their sales each year; a feast has its day.
    return t("convention") if kind == "retail" else t("yes")


def _span(first: date, last: date) -> str:
    return f"{first:%m-%d}" if first == last else f"{first:%m-%d} – {last:%m-%d}"


def lead_table(
    calendar: SeasonCalendar, today: date | None = None, *, most: int = 14
) -> ShownTable:
    """What has to be begun next, for the large events of the year.

    Args:
        calendar: From ``season_calendar``.
        today: Only what falls on or after this day; everything unless given.
        most: Rows at most.
    """
    rows = lead_plan(calendar)
    if today is not None:
        rows = rows[rows["date"] >= today].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "date": [str(d) for d in rows["date"]],
            "event": event_names(rows),
            "what": [t(w) for w in rows["what"]],
            "owner": [t(o) for o in rows["owner"]],
            "days": [
                _distance(int(r.days), r.planned if r.moved else None) for r in rows.itertuples()
            ],
        }
    )
    fields = (
        Field("date", t("due by")),
        Field("event", t("Event")),
        Field("what", t("what")),
        Field("owner", t("owner")),
        Field("days", t("days")),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Lead times of the large events, {year}", year=calendar.year),
        note=t(
            "Lead times are a convention of this playbook: put your own purchase cycle in. "
            "Only the month for creators is a source claim (003 ch12)."
        ),
        most=most,
    )


def _distance(days: int, planned: date | None) -> str:
    counted = _from_peak(days)
    if planned is None:
        return counted
    return t("{counted}; moved from {day}, a day off", counted=counted, day=str(planned))


def _from_peak(days: int) -> str:
    if days < 0:
        return t("{n} before the peak", n=-days)
    return t("{n} after the end", n=days)


def slot_table(calendar: SeasonCalendar, month: int) -> ShownTable:
    """The routine of one month: theme, flash sales, member day, and when each is announced.

    Args:
        calendar: From ``season_calendar``.
        month: 1 to 12.
    """
    rows = routine_slots(calendar, month)
    names = dict(zip(calendar.events["event"], event_names(calendar.events), strict=True))
    frame = pd.DataFrame(
        {
            "start": [str(d) for d in rows["start"]],
            "kind": [t(_SLOTS[k]) for k in rows["kind"]],
            "what": [t(w) for w in rows["what"]],
            "notice": [str(d) for d in rows["notice"]],
            "inside": [names.get(e, "–") for e in rows["inside"]],
        }
    )
    fields = (
        Field("start", t("Day")),
        Field("kind", t("slot")),
        Field("what", t("what")),
        Field("notice", t("announced on")),
        Field("inside", t("inside an event")),
    )
    return shown_table(
        frame,
        fields,
        caption=t("Routine of month {month}, {year}", month=month, year=calendar.year),
        note=t(
            "Source claims (003 ch12): flash sales Tuesday and Thursday, announced 24 hours "
            "before; member day on the 8th: silver a draw, gold an extra discount, black its "
            "own service. Inside a large event the slot gives way."
        ),
        most=16,
    )

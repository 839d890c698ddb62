"""Single rows that cannot be right: repeated, without a visit, at an impossible time."""

from datetime import date, datetime, time, timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop
from opsbook.traffic.visit_marks import EARLY_S, EVENTS, LATE_S, visits_once

__all__ = ["ROW_FAULTS", "fault_rows", "row_faults"]

ROW_FAULTS = (
    "repeated_event", "repeated_visit", "orphan_event", "early_event", "late_event", "unknown_type",
)  # fmt: skip
"""Kinds of ``fault_rows``; ``row_faults`` also counts visits without events and unread rows."""


_LATEST = timedelta(days=30)
"""An event that comes later than this has no visit any more: it counts as one without."""
_DAWN = date(2000, 1, 1)


def _placed(shop: Shop, period: Period) -> Frame:
    """Events of the period, by their own time or by their visit's: with the gap in seconds."""
    sessions = shop.sessions.select("session_id", "start_ts")
    sessions = _from(sessions, "start_ts", period.start - _LATEST)
    visits = sessions.group_by(visit=sessions.session_id).aggregate(began=sessions.start_ts.min())
    events = _from(shop.events, "event_ts", period.start - timedelta(days=1))
    events = events.select("event_id", "session_id", "event_ts", "type")
    joined = events.left_join(visits, events.session_id == visits.visit)
    first, after = (
        ibis.literal(d.isoformat()).cast("timestamp") for d in (period.start, period.end)
    )
    own = (joined.event_ts >= first) & (joined.event_ts < after)
    theirs = ((joined.began >= first) & (joined.began < after)).fill_null(False)
    kept = joined.filter(own | theirs)
    gap = kept.event_ts.epoch_seconds() - kept.began.epoch_seconds()
    known = kept.type.isin([e for e in EVENTS if e != "product_view"]).fill_null(False)
    return kept.select("event_id", "session_id", "event_ts", "began", gap_s=gap, known=known)


def _from(frame: Frame, column: str, first: date) -> Frame:
    """Rows from a day on, and those whose clock stood at its beginning: they can be of any day."""
    start, dawn = (ibis.literal(datetime.combine(d, time())) for d in (first, _DAWN))
    return frame.filter((frame[column] >= start) | (frame[column] < dawn))


def row_faults(shop: Shop, period: Period, silent: int = 0) -> pd.DataFrame:
    """Count what is wrong with single rows.

    Args:
        shop: Needs ``sessions`` and ``events``.
        period: Events and visits of these days.
        silent: Visits of the period without any event, from ``visit_marks.day_marks``.

    Returns:
        One row per kind, in a fixed order: ``kind``, ``rows`` (more than there should be, or
        at fault), ``of`` (rows of the table looked at) and ``share``. ``silent_visit`` is a
        visit without any event; ``unread`` counts events of all days whose required
        columns are empty or unreadable, which no method sees.
    """
    placed = _placed(shop, period)
    found = (
        placed.aggregate(
            rows=placed.count(),
            ids=placed.event_id.nunique(),
            orphans=placed.began.isnull().sum(),
            early=(placed.gap_s < -EARLY_S).sum(),
            late=(placed.gap_s > LATE_S).sum(),
            unknown=(~placed.known).sum(),
        )
        .execute()
        .fillna(0)
        .iloc[0]
    )
    visits = visits_once(shop, period)
    once = int(visits.count().execute())
    every = int(_visit_rows(shop, period).count().execute())
    events = int(found["rows"])
    entry = shop.entries["events"]
    typed, used = int(entry.typed.count().execute()), int(entry.used.count().execute())
    rows = [
        ("repeated_event", events - int(found["ids"]), events),
        ("repeated_visit", every - once, every),
        ("orphan_event", int(found["orphans"]), events),
        ("early_event", int(found["early"]), events),
        ("late_event", int(found["late"]), events),
        ("unknown_type", int(found["unknown"]), events),
        ("silent_visit", silent, once),
        ("unread", typed - used, typed),
    ]
    frame = pd.DataFrame(rows, columns=["kind", "rows", "of"])
    return frame.assign(share=frame["rows"] / frame["of"].clip(lower=1))


def _visit_rows(shop: Shop, period: Period) -> Frame:
    return in_days(shop.sessions, period.start, period.end, "start_ts")


def fault_rows(shop: Shop, period: Period, kind: str) -> Frame:
    """The rows behind a count of ``row_faults``, to be handed to those who send them.

    Args:
        shop: As in ``row_faults``.
        period: As in ``row_faults``.
        kind: One of ``ROW_FAULTS``.

    Returns:
        Of repeated ones one row per id with ``times``, of which one is right; else one row
        per event with ``session_id, event_ts`` and ``gap_s`` (seconds after its visit began).

    Raises:
        ParameterError: The kind is not known.
    """
    if kind not in ROW_FAULTS:
        raise ParameterError(
            N_('{name} "{value}" is not known; use {known}'),
            name="kind",
            value=kind,
            known=", ".join(ROW_FAULTS),
        )
    if kind == "repeated_visit":
        visits = _visit_rows(shop, period)
        times = visits.group_by("session_id").aggregate(times=visits.count())
        return times.filter(times.times > 1)
    placed = _placed(shop, period)
    if kind == "repeated_event":
        times = placed.group_by("event_id").aggregate(times=placed.count())
        return times.filter(times.times > 1)
    wanted = {
        "orphan_event": placed.began.isnull(),
        "early_event": placed.gap_s < -EARLY_S,
        "late_event": placed.gap_s > LATE_S,
        "unknown_type": ~placed.known,
    }[kind]
    return placed.filter(wanted).select("event_id", "session_id", "event_ts", "gap_s")

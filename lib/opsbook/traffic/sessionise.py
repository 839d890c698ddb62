"""Visits made of events, where the data has none or one does not trust them: a pause ends one."""

from datetime import timedelta

import ibis
from ibis import Table as Frame

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["GAP", "sessionise", "visits_of"]

GAP = timedelta(minutes=30)
"""A longer pause than this begins a new visit; the convention of web analytics."""


def sessionise(
    events: Frame,
    *,
    unit: str = "visitor_id",
    ts: str = "event_ts",
    key: str = "event_id",
    gap: timedelta = GAP,
) -> Frame:
    """Number the visits of each visitor, in the engine.

    A pause of exactly ``gap`` is still the same visit, one second more is not. Midnight does
    not end a visit, nor does another channel. Clocks are read to the second.

    Args:
        events: One row per event.
        unit: Column that names the visitor; events without one are left out.
        ts: Column with the time; events without one are left out.
        key: Unique column that orders events of the same time.
        gap: Longest pause within a visit, a second to a day.

    Returns:
        The events with ``visit_no`` (from 1 for each visitor) and ``place`` (from 1 in the
        visit).

    Raises:
        ParameterError: ``gap`` is out of bounds, or a column is missing.
    """
    known = _numbered(events, unit, ts, key, gap)
    within = ibis.window(
        group_by=[unit, "visit_no"], order_by=[ibis.asc(known[ts]), ibis.asc(known[key])]
    )
    known = known.mutate(place=ibis.row_number().over(within) + 1)
    return known.drop("second_")


def visits_of(
    events: Frame, *, unit: str = "visitor_id", ts: str = "event_ts", key: str = "event_id",
    gap: timedelta = GAP,
) -> Frame:  # fmt: skip
    """One row per visit.

    Returns:
        ``unit, visit_no, start_ts, end_ts, events`` and ``dwell_s`` (first event to last, 0
        for a single one: what came after the last event nobody saw).
    """
    # Events of one second are one visit in whatever order: no key is needed to count.
    known = _numbered(events, unit, ts, None, gap)
    sums = known.group_by(unit, "visit_no").aggregate(
        start_ts=known[ts].min(), end_ts=known[ts].max(), events=known.count()
    )
    return sums.mutate(
        dwell_s=sums.end_ts.truncate("s").epoch_seconds()
        - sums.start_ts.truncate("s").epoch_seconds()
    )


def _numbered(events: Frame, unit: str, ts: str, key: str | None, gap: timedelta) -> Frame:
    """The events that have a visitor and a time, with the number of their visit."""
    seconds = int(gap.total_seconds())
    if not 1 <= seconds <= 24 * 3600:
        raise ParameterError(
            N_("gap {value} is out of bounds; use a second to a day"), value=str(gap)
        )
    gone = [name for name in (unit, ts, key) if name and name not in events.columns]
    if gone:
        raise ParameterError(
            N_("column {names} is missing; there are {known}"),
            names=", ".join(gone),
            known=", ".join(events.columns),
        )
    known = events.filter(events[unit].notnull(), events[ts].notnull())
    known = known.mutate(second_=known[ts].truncate("s").epoch_seconds().cast("int64"))
    if key is None:
        known = known.select(unit, ts, "second_")
    order = [known.second_] if key is None else [known[ts], known[key]]
    before = known.second_.lag().over(ibis.window(group_by=unit, order_by=order))
    begins = (before.isnull() | (known.second_ - before > seconds)).cast("int64")
    known = known.mutate(begins_=begins)
    order = [known.second_] if key is None else [known[ts], known[key]]
    running = ibis.window(group_by=unit, order_by=order, preceding=None, following=0)
    return known.mutate(visit_no=known.begins_.sum().over(running)).drop("begins_")

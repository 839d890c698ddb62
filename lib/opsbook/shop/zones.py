"""Time zones: a plain timestamp moved from the zone it was recorded in to the shop's."""

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import ibis
from ibis import Value

__all__ = ["local_time"]

_START, _END = datetime(2000, 1, 1), datetime(2038, 1, 1)
"""Years whose changes are known; before and after, the nearest offset holds."""
_STEP = timedelta(minutes=15)


def local_time(value: Value, recorded: str, wanted: str) -> Value:
    """A plain timestamp moved from one time zone to another, daylight saving included.

    Built from the zones' published offsets as a chain of comparisons, because engines
    (and Ibis) do not agree on time zone functions.

    Args:
        value: Timestamp without a zone; keep it a plain column, it is named in each branch.
        recorded: IANA name of the zone it was recorded in. An hour that the clocks repeat in
            autumn is read as its first pass.
        wanted: IANA name of the zone to show it in.
    """
    steps = _offsets(recorded, wanted)
    last = value + ibis.interval(seconds=steps[-1][1])
    if len(steps) == 1:
        return last
    branches = [
        (value < ibis.literal(until), value + ibis.interval(seconds=seconds))
        for until, seconds in steps[:-1]
    ]
    return ibis.cases(*branches, else_=last)


@cache
def _offsets(recorded: str, wanted: str) -> tuple[tuple[datetime, int], ...]:
    """(valid until, seconds to add), in recorded time."""
    home, there = ZoneInfo(recorded), ZoneInfo(wanted)

    def shift(when: datetime) -> int:
        aware = when.replace(tzinfo=home)
        return round((aware.astimezone(there).replace(tzinfo=None) - when).total_seconds())

    def clocks(when: datetime) -> tuple[timedelta | None, timedelta | None]:
        aware = when.replace(tzinfo=home)
        return aware.utcoffset(), aware.astimezone(there).utcoffset()

    steps: list[tuple[datetime, int]] = []
    when, current = _START, shift(_START)
    while when < _END:
        ahead = when + timedelta(days=1)
        # Two zones may change on one day, hours apart: the day is walked when either does.
        if clocks(ahead) != clocks(when):
            while when < ahead:
                if shift(when) != current:
                    steps.append((when, current))
                    current = shift(when)
                when += _STEP
        when = ahead
    return (*steps, (_END, current))

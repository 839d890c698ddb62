"""Events with what a funnel asks of them: who, when, and columns from three tables."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

import ibis
from ibis import Table as Frame
from ibis.expr.types import IntegerValue

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop
from opsbook.traffic.steps import Within

__all__ = ["events_with", "midnight", "second_of", "unit_of"]


def unit_of(within: Within) -> str:
    """Column that names who passes the funnel."""
    return "session_id" if within == "session" else "visitor_id"


def events_with(shop: Shop, columns: Iterable[str], unit: str) -> Frame:
    """Events with only the columns asked for, from sessions and customers too.

    Args:
        shop: Needs ``events``; ``sessions`` as far as the columns or the unit stand there.
        columns: Names of columns of ``events``, ``sessions`` or ``customers``; the first
            table that has a name gives it.
        unit: ``session_id`` or ``visitor_id``.

    Returns:
        One row per event: ``unit, event_ts`` and the columns.

    Raises:
        CannotTell: A table is missing.
        ParameterError: No table has a column of that name.
    """
    shop.require({"events": ("session_id", "event_ts", "type")})
    wanted = set(columns)
    events = shop.events
    own = wanted & set(events.columns)
    rest = wanted - own
    if not rest and unit == "session_id":
        return events.select("event_ts", *sorted(own - {"event_ts"}), unit=events.session_id)
    shop.require({"sessions": ("session_id", unit)})
    visits = shop.sessions
    of_visit = rest & set(visits.columns)
    of_customer = rest - of_visit
    seen = {name: visits[name] for name in sorted(of_visit)}
    side = visits.select(visit=visits.session_id, unit=visits[unit], **seen)
    if of_customer:
        people = shop.customers if shop.has("customers") else None
        unknown = of_customer - set(people.columns if people is not None else ())
        if people is None or unknown:
            raise ParameterError(
                N_("column {names} is in none of events, sessions, customers; there are {known}"),
                names=", ".join(sorted(unknown)),
                known=", ".join(dict.fromkeys((*events.columns, *visits.columns))),
            )
        names = sorted(of_customer)
        known = people.select(*names, person=people.customer_id)
        side = visits.select(
            visit=visits.session_id, unit=visits[unit], person=visits.customer_id, **seen
        )
        side = side.left_join(known, side.person == known.person).select(
            "visit", "unit", *sorted(of_visit), *names
        )
    left = events.select("session_id", "event_ts", *sorted(own - {"event_ts", "session_id"}))
    joined = left.join(side, left.session_id == side.visit)
    return joined.select("unit", "event_ts", *sorted((own | rest) - {"event_ts"}))


def second_of(moment: ibis.Value) -> IntegerValue:
    """Full seconds since 1970, alike on every engine."""
    second: IntegerValue = moment.truncate("s").epoch_seconds().cast("int64")
    return second


def midnight(period: Period, later: timedelta = timedelta()) -> tuple[datetime, datetime]:
    """First moment of a period, and the first after its last day and ``later``."""
    return (
        datetime.combine(period.start, time.min),
        datetime.combine(period.end, time.min) + later,
    )

"""Whose messages are they: those of the event, and the others that its customers got.

Messages name their journey. Where one names the event, those are meant. Where none does, a
message of the event's days counts as the event's only if its journey ran on no other day: a
win-back that runs all year is no campaign mailing because a sale was on.
"""

from dataclasses import dataclass

import ibis
from ibis import Table as Frame

from opsbook.campaign.event import Event, all_events
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["HELD_OUT", "NOT_REACHED", "Messages", "messages_of", "reached"]

HELD_OUT = "held_out"
"""Outcome of a contact: chosen for it, and left out by lot."""
NOT_REACHED = (HELD_OUT, "failed")
"""Outcomes of contacts that reached nobody."""
_MOST_NAMES = 3


@dataclass(frozen=True)
class Messages:
    """Contacts with named customers, sorted into the event's own and others.

    Args:
        own: The event's, every column of ``contacts``.
        others: All others, on other days too.
        by_journey: Whether the own ones name the event.
    """

    own: Frame
    others: Frame
    by_journey: bool


def messages_of(shop: Shop, event: Event, window: Period) -> Messages:
    """Sort the contacts of a shop for one event.

    Args:
        shop: Needs ``contacts``.
        event: The event.
        window: Days counted.

    Raises:
        CannotTell: No message names the event, and those of its days belong to journeys that
            ran on other days too.
    """
    rows = shop.contacts
    rows = rows.filter(rows.customer_id.notnull())
    name = rows.journey.cast("string")
    if event.targeted:
        mine = name.isin([event.id, event.name]).fill_null(False)
        return Messages(rows.filter(mine), rows.filter(~mine), True)
    if "contact_ts" not in rows.columns:
        return Messages(rows, rows.filter(ibis.literal(False)), False)
    first, last = event.days.start, min(event.end, window.end)
    at = rows.contact_ts.date()
    inside = (at >= ibis.literal(first)) & (at < ibis.literal(last))
    counted = rows.group_by(journey=name).aggregate(
        inside=inside.fill_null(False).cast("int64").sum(),
        all=rows.customer_id.count(),
    )
    found = counted.execute()
    found = found[(found["inside"] > 0) & found["journey"].notna()]
    alone = found.loc[found["inside"] == found["all"], "journey"].tolist()
    mine = (inside & (name.isnull() | name.isin(alone or [""]))).fill_null(False)
    own = rows.filter(mine)
    if len(found) > len(alone) and not own.limit(1).execute().shape[0]:
        found = found.sort_values(["inside", "journey"], ascending=[False, True])
        raise CannotTell(
            N_(
                "no message names {event}: those of its days belong to {journeys}, which run on "
                "other days too. Give the campaign's messages its number or name as their journey"
            ),
            event=event.name,
            journeys=", ".join(found["journey"].head(_MOST_NAMES)),
        )
    return Messages(own, rows.filter(~mine), False)


def reached(shop: Shop, messages: Messages, marks: Frame, window: Period) -> tuple[str, ...]:
    """The other journeys that reached most of the targeted on the same days, by name.

    Args:
        shop: The shop, for the names of its campaigns.
        messages: From ``messages_of``.
        marks: One row per customer addressed: ``customer_id, held``.
        window: Days counted.
    """
    rows = _on_days(messages.others, window)
    targeted = marks.filter(marks.held.fill_null(0) == 0).select("customer_id")
    rows = rows.join(targeted, "customer_id")
    counted = rows.group_by(journey=rows.journey.cast("string")).aggregate(
        customers=rows.customer_id.nunique()
    )
    found = counted.execute().dropna(subset="journey")
    found = found.sort_values(["customers", "journey"], ascending=[False, True])
    names = {e.id: e.name for e in all_events(shop)}
    return tuple(names.get(j, j) for j in found["journey"].head(_MOST_NAMES))


def _on_days(rows: Frame, window: Period) -> Frame:
    """Messages that reached somebody on some days."""
    if "contact_ts" not in rows.columns:
        return rows.filter(ibis.literal(False))
    at = rows.contact_ts.date()
    rows = rows.filter(at >= ibis.literal(window.start), at < ibis.literal(window.end))
    if "outcome" in rows.columns:
        rows = rows.filter(rows.outcome.notin(NOT_REACHED).fill_null(True))
    return rows

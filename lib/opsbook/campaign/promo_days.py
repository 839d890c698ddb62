"""Which days belong to a big campaign, which to a short one, and which are everyday days."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.campaign.event import all_events, stem_of
from opsbook.reference.events import known_event
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["LONG_DAYS", "promo_days"]

LONG_DAYS = 4
"""Days from which a campaign is more than part of an ordinary week."""
_NEAR = timedelta(days=30)


@shared
def promo_days(shop: Shop, start: date, end: date) -> pd.DataFrame:
    """Every day with its kind.

    Campaigns for chosen customers alone leave a day as it was. The shop's ``calendar`` adds
    runs of events whose campaign is not on record, as those before the data begin.

    Args:
        shop: Needs ``campaigns``.
        start: First day.
        end: Day after the last.

    Returns:
        One row per day: ``day, kind`` (``event``: of a campaign of four days or more;
        ``short``: of a shorter one; ``everyday``), ``phase`` (of an event: preheat, peak, tail),
        ``stem`` (of an event: the same in every year), ``nth`` (days from the first day of
        its peak).
    """
    size = (end - start).days
    kind = np.full(size, "everyday", dtype=object)
    phase, stem = np.full(size, "", dtype=object), np.full(size, "", dtype=object)
    nth = np.zeros(size, np.int64)

    def rows(first: date, after: date) -> slice:
        return slice(min(max((first - start).days, 0), size), max((after - start).days, 0))

    closed = _for_chosen(shop)
    open_to_all = [e for e in all_events(shop) if e.id not in closed]
    for e in open_to_all:
        if e.days.days < LONG_DAYS:
            kind[rows(e.days.start, e.end)] = "short"
    # An event that a short campaign falls into keeps its days; a peak outranks a tail.
    long = [e for e in open_to_all if e.days.days >= LONG_DAYS]
    runs = [
        (name, days.start, days.end, stem_of(e.name), e.start)
        for e in long for name, days in e.phases
    ]  # fmt: skip
    runs += _from_calendar(shop, {stem_of(e.name) for e in long}, [r[3:] for r in runs])
    order = {"tail": 0, "preheat": 1, "peak": 2}
    for name, first, after, called, anchor in sorted(runs, key=lambda r: (order[r[0]], r[1])):
        at = rows(first, after)
        kind[at], phase[at], stem[at] = "event", name, called
        nth[at] = np.arange(size)[at] - (anchor - start).days
    days = pd.date_range(start, end, inclusive="left")
    return pd.DataFrame({"day": days, "kind": kind, "phase": phase, "stem": stem, "nth": nth})


def _for_chosen(shop: Shop) -> set[str]:
    """Numbers of the campaigns for chosen customers alone.

    A sale open to all may have its mailing too: its orders then come mostly from customers
    whom the mailing left out.
    """
    named = {name: e.id for e in all_events(shop) if e.targeted for name in (e.name, e.id)}
    numbers = set(named.values())
    if not numbers or not shop.has("orders", "campaign_id", "customer_id"):
        return numbers
    sent = shop.contacts
    sent = sent.mutate(journey=sent.journey.cast("string"))
    sent = sent.filter(sent.journey.isin(list(named)), sent.customer_id.notnull())
    number = ibis.cases(*((sent.journey == name, n) for name, n in named.items()))
    sent = sent.select("customer_id", campaign_id=number).distinct().mutate(mailed=ibis.literal(1))
    orders = shop.orders.filter(shop.orders.customer_id.notnull())
    orders = orders.select("customer_id", campaign_id=orders.campaign_id.cast("string"))
    orders = orders.filter(orders.campaign_id.isin(sorted(numbers)))
    joined = orders.left_join(sent, ["customer_id", "campaign_id"])
    counted = joined.group_by("campaign_id").aggregate(
        orders=joined.count(), mailed=joined.mailed.fill_null(0).sum()
    )
    found = counted.execute()
    return numbers - set(found.loc[found["mailed"] < found["orders"] / 2, "campaign_id"])


def _from_calendar(
    shop: Shop, stems: set[str], known: list[tuple[str, date]]
) -> list[tuple[str, date, date, str, date]]:
    """Runs of the same events in the shop's calendar that no campaign stands for."""
    if not shop.has("calendar"):
        return []
    table = shop.calendar.execute()
    table["stem"] = [known_event(str(name)).casefold() for name in table["event"]]
    table["phase"] = table["phase"].fillna("peak") if "phase" in table else "peak"
    table = table[table["stem"].isin(stems)].assign(day=pd.to_datetime(table["date"]))
    found = []
    for called, days in table.sort_values("day").groupby("stem"):
        run = days["day"].diff().dt.days.gt(1).cumsum()
        for _, part in days.groupby(run):
            peak = part.loc[part["phase"] == "peak", "day"]
            anchor = (peak if len(peak) else part["day"]).min().date()
            if any(s == called and abs(anchor - a) <= _NEAR for s, a in known):
                continue
            found += [
                (str(r.phase), r.day.date(), r.day.date() + timedelta(days=1), str(called), anchor)
                for r in part.itertuples()
            ]
    return found

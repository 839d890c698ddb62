"""The pages and deeds of each visit in order, and what the engine counts of them."""

import ibis
from ibis import Table as Frame

from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop
from opsbook.traffic.visit_marks import visits_once

__all__ = ["DEEDS", "LEFT", "walk"]

DEEDS = ("search", "favourite", "cart", "checkout", "pay")
"""Events that are stations of a path by themselves; a view is the page that was seen."""
LEFT = "left"
"""The station after the last one."""


def walk(shop: Shop, period: Period) -> Frame:
    """Stations of visits that begin in the period, with the one before and after.

    A view is the station of its page (``view`` where no page is known), a deed that of its
    kind; impressions, clicks, shares and check-ins are none. Events that come twice count
    once. Those further than a day from their visit are left out: their clock is wrong.

    Returns:
        One row per station: ``visit, device, place`` (from 1), ``station, after`` (``LEFT``
        after the last), ``second`` (the station after next, for loops), ``stay_s`` (seconds
        until the next station, null after the last), ``first`` (1 where the visit is at this
        station for the first time) and ``buyer`` (1 where the visit paid).
    """
    from datetime import timedelta

    around = timedelta(days=1)
    events = in_days(shop.events, period.start - around, period.end + around, "event_ts")
    events = events.filter(events.type.isin(["view", *DEEDS]))
    page = events.page.cast("string") if "page" in events.columns else ibis.null("string")
    station = (events.type == "view").ifelse(page.fill_null("view"), events.type)
    events = events.select("event_id", "session_id", "event_ts", station=station)
    events = events.group_by("event_id").aggregate(
        session_id=events.session_id.min(),
        event_ts=events.event_ts.min(),
        station=events.station.min(),
    )
    visits = visits_once(shop, period)
    joined = events.join(visits, events.session_id == visits.visit)
    off = joined.event_ts.epoch_seconds() - joined.start_ts.epoch_seconds()
    joined = joined.filter(off >= -60, off <= 24 * 3600)
    joined = joined.select(
        "visit", "device", "event_id", "event_ts", "station",
        at=joined.event_ts.truncate("s").epoch_seconds().cast("int64"),
    )  # fmt: skip
    order = [ibis.asc(joined.event_ts), ibis.asc(joined.event_id)]
    along = ibis.window(group_by="visit", order_by=order)
    again = ibis.window(group_by=["visit", "station"], order_by=order)
    whole = ibis.window(group_by="visit")
    return joined.select(
        "visit",
        "device",
        "station",
        place=ibis.row_number().over(along) + 1,
        after=joined.station.lead().over(along).fill_null(LEFT),
        second=joined.station.lead(2).over(along),
        stay_s=joined.at.lead().over(along) - joined.at,
        first=(ibis.row_number().over(again) == 0).cast("int8"),
        buyer=(joined.station == "pay").cast("int8").max().over(whole),
    )

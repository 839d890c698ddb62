"""One row per visit with the kinds of events that it sent, and the same counted by day."""

from datetime import timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop

__all__ = ["EARLY_S", "EVENTS", "LATER", "LATE_S", "day_marks", "visit_marks", "visits_once"]

EVENTS = (
    "view", "product_view", "impression", "click", "search", "favourite",
    "cart", "checkout", "pay", "share", "login", "sign_in",
)  # fmt: skip
LATER = {"product_view": ("cart", "checkout"), "cart": ("checkout", "pay"), "checkout": ("pay",)}
"""Steps that nobody reaches without the event; they tell whether it was done or only not seen."""
EARLY_S = 60
"""An event may lie this many seconds before its visit; clocks differ a little."""
LATE_S = 24 * 3600
"""An event later than this after the visit began carries the time of arrival."""


def visits_once(shop: Shop, period: Period) -> Frame:
    """Visits that begin in the period, each once however often its row came.

    Returns:
        One row per visit: ``visit, start_ts, device`` (empty where unknown).
    """
    visits = in_days(shop.sessions, period.start, period.end, "start_ts")
    device = visits.device.cast("string") if "device" in visits.columns else ibis.literal("")
    visits = visits.select("session_id", "start_ts", device=device.fill_null(""))
    return visits.group_by(visit=visits.session_id).aggregate(
        start_ts=visits.start_ts.min(), device=visits.device.min()
    )


def visit_marks(shop: Shop, period: Period) -> Frame:
    """Visits of the period with one mark per kind of event.

    Only events of the period and a day on either side are read: whatever lies further from
    its visit is counted among the clocks that disagree, not here.

    Returns:
        One row per visit: ``visit, start_ts, device``, a column of 0 or 1 per event of
        ``EVENTS``, and ``silent`` (1 where it sent none at all).
    """
    around = timedelta(days=1)
    events = in_days(shop.events, period.start - around, period.end + around, "event_ts")
    kinds = {name: _is(events, name) for name in EVENTS}
    sent = events.group_by(sender=events.session_id).aggregate(
        **{name: kind.cast("int8").max() for name, kind in kinds.items()}
    )
    visits = visits_once(shop, period)
    joined = visits.left_join(sent, visits.visit == sent.sender)
    return joined.select(
        "visit",
        "start_ts",
        "device",
        **{n: joined[n].fill_null(0) for n in EVENTS},
        silent=joined.sender.isnull().cast("int8"),
    )


def _is(events: Frame, name: str) -> ibis.expr.types.BooleanValue:
    if name != "product_view":
        found = events.type == name
    elif "sku" in events.columns:
        found = (events.type == "view") & events.sku.notnull()
    else:
        found = ibis.literal(False)
    return found.fill_null(False)


def day_marks(marks: Frame) -> pd.DataFrame:
    """Visits by day and device, and how many sent each event.

    Args:
        marks: From ``visit_marks``.

    Returns:
        One row per date and device: ``date, device, visits``, a column per event, ``silent``,
        and for each event of ``LATER`` the visits that got further: ``EVENT_later`` and, of these,
        without the event: ``EVENT_lacking``.
    """
    sums = {name: marks[name].cast("int64").sum() for name in (*EVENTS, "silent")}
    for name, steps in LATER.items():
        later = marks[steps[0]] == 1
        for step in steps[1:]:
            later = later | (marks[step] == 1)
        sums[f"{name}_later"] = later.cast("int64").sum()
        sums[f"{name}_lacking"] = (later & (marks[name] == 0)).cast("int64").sum()
    frame: pd.DataFrame = (
        marks.group_by(date=marks.start_ts.date(), device=marks.device)
        .aggregate(visits=marks.count(), **sums)
        .execute()
    )
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.sort_values(["date", "device"], ignore_index=True)

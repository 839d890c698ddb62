"""What is special about each day, past and coming: festivals, campaigns, days worked instead.

A festival of the lunar year moves, a shop's own sale lasts as long as the shop says. So a day
is known by its event and its distance from the event's own day, which is what repeats from
year to year.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.reference.calendar import country_of, events, shop_events
from opsbook.reference.events import known_event
from opsbook.shop.shop import Shop

__all__ = ["DayPlan", "day_plan"]

_WORKED_AS = 2
"""A weekend day that is worked sells like a Wednesday."""
_LONG = 10
"""Days of a campaign above which its days are told apart by phase only."""
_ALWAYS = 0.35
"""Share of days above which a kind of campaign is no special day."""
_FAR = 29
"""Days to an event beyond which its distance tells nothing."""


@dataclass(frozen=True)
class DayPlan:
    """The calendar and the promotion plan of a span of days.

    Args:
        dates: The days.
        weekday: 0 Monday to 6 Sunday; a weekend day worked instead counts as a Wednesday.
        days: One row per special day and event: ``at`` (position in ``dates``), ``event``,
            ``nth`` (days from the event's own day), ``phase``, ``kind``, ``category`` (the one
            category it is for, empty for all).
        ahead: Days to the next retail peak, 29 if none is near.
        behind: Days since the last retail peak, 29 if none is near.
    """

    dates: pd.DatetimeIndex
    weekday: NDArray[np.int64]
    days: pd.DataFrame
    ahead: NDArray[np.int64]
    behind: NDArray[np.int64]


def day_plan(shop: Shop, start: date, end: date, categories: tuple[str, ...] = ()) -> DayPlan:
    """Every special day from ``start`` to the day before ``end``, as far as it is planned.

    Festivals come from the shop's own calendar as far as that reaches, beyond it from its
    country's with the length that the shop's own had the last time; campaigns from the table
    ``campaigns``.

    Args:
        shop: ``calendar`` and ``campaigns`` are used where they are there.
        start: First day.
        end: Day after the last.
        categories: Names that mark a campaign as one category's (``Beauty days``).
    """
    dates = pd.date_range(start, end, inclusive="left")
    festivals = _festivals(shop, start, end)
    found = [festivals, _campaigns(shop, categories, festivals)]
    days = pd.concat([f for f in found if len(f)] or found[:1], ignore_index=True)
    days["at"] = (days["date"] - dates[0]).dt.days
    days = days[(days["at"] >= 0) & (days["at"] < len(dates))]
    worked = days["kind"] == "workday"
    weekday = dates.day_of_week.to_numpy().astype(np.int64)
    weekday[days.loc[worked, "at"].to_numpy(np.int64)] = _WORKED_AS
    days = days[~worked].drop_duplicates(["at", "event", "category"]).reset_index(drop=True)
    # A shop that always runs campaigns has no ordinary day to tell their effect from.
    share = days.groupby(["event", "category"])["at"].transform("size") / len(dates)
    days = days[(days["kind"] != "campaign") | (share < _ALWAYS)].reset_index(drop=True)
    peaks = days.loc[(days["phase"] == "peak") & (days["kind"] == "retail"), "at"]
    ahead, behind = _distances(np.unique(peaks.to_numpy(np.int64)), len(dates))
    columns = ["at", "event", "nth", "phase", "kind", "category"]
    return DayPlan(dates, weekday, days[columns], ahead, behind)


def _festivals(shop: Shop, start: date, end: date) -> pd.DataFrame:
    """Special days of the country and the shop; a calendar that ends is carried on."""
    own = pd.Series(dtype="datetime64[ns]")
    if shop.has("calendar"):
        own = pd.to_datetime(shop.calendar.date.execute())
    if own.empty or own.max() >= pd.Timestamp(end) - pd.Timedelta(days=1):
        return shop_events(shop, start, end).assign(category="")
    last = own.max().date() + timedelta(days=1)
    wide = shop_events(shop, min(own.min().date(), start), end).assign(category="")
    frame = wide[(wide["date"] >= pd.Timestamp(start))]
    margin = timedelta(days=61)
    known = events(last - margin, end + margin, country=country_of(shop.settings))
    mine = wide[(wide["kind"] == "retail") & (wide["date"] < pd.Timestamp(last))]
    added = []
    for event, past in mine.groupby("event"):
        shape = past.drop_duplicates("nth", keep="last").set_index("nth")
        for anchor in known.loc[(known["event"] == event) & (known["nth"] == 0), "date"]:
            when = anchor + pd.to_timedelta(shape.index, unit="D")
            added.append(
                pd.DataFrame(
                    {
                        "date": when,
                        "event": event,
                        "nth": shape.index,
                        "phase": shape["phase"].to_numpy(),
                        "kind": "retail",
                        "category": "",
                    }
                )
            )
    if not added:
        return frame
    later = pd.concat(added)
    later = later[later["date"] >= pd.Timestamp(last)]
    # Events that the shop never had in its calendar are not its own.
    return pd.concat([frame, later]).drop_duplicates(["date", "event"])


def _campaigns(shop: Shop, categories: tuple[str, ...], festivals: pd.DataFrame) -> pd.DataFrame:
    """Days of the campaigns; one that is a festival's sale only fills its missing days."""
    if not shop.has("campaigns", "campaign_id", "start_date", "end_date"):
        return festivals.head(0)
    known = set(festivals["event"])
    anchors = _anchors(shop, festivals)
    rows = []
    for row in shop.campaigns.execute().to_dict("records"):
        name, kind = str(row.get("name") or ""), str(row.get("type") or "campaign")
        event = known_event(name)
        start, end = pd.Timestamp(row["start_date"]), pd.Timestamp(row["end_date"])
        if pd.isna(start) or pd.isna(end) or (end - start).days > 92:
            continue
        warm, tail = pd.to_datetime([row.get("preheat_start_date"), row.get("tail_start_date")])
        first = start if pd.isna(warm) else min(warm, start)
        category = next((c for c in categories if c and name.startswith(c)), "")
        for when in pd.date_range(first, end):
            phase = "peak"
            if when < start:
                phase = "preheat"
            elif not pd.isna(tail) and when >= tail:
                phase = "tail"
            if event in known and not category:
                near = anchors.get(event)
                if near is None:
                    continue
                gaps = (when - near).days
                nth = int(gaps[np.abs(gaps).argmin()])
                rows.append((when, event, nth, phase, "retail", ""))
            else:
                nth = int((when - start).days) if (end - first).days < _LONG else 0
                rows.append((when, f"campaign: {kind}", nth, phase, "campaign", category))
    frame = pd.DataFrame(rows, columns=["date", "event", "nth", "phase", "kind", "category"])
    there = festivals.set_index(["date", "event"]).index
    return frame[~frame.set_index(["date", "event"]).index.isin(there)]


def _anchors(shop: Shop, festivals: pd.DataFrame) -> dict[str, pd.DatetimeIndex]:
    """Own days of each festival in and around the span."""
    if festivals.empty:
        return {}
    first, last = festivals["date"].min(), festivals["date"].max()
    margin = pd.Timedelta(days=92)
    known = events(
        (first - margin).date(), (last + margin).date(), country=country_of(shop.settings)
    )
    own = known[known["nth"] == 0]
    return {str(e): pd.DatetimeIndex(g["date"]) for e, g in own.groupby("event")}


def _distances(peaks: NDArray[np.int64], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    day = np.arange(n)
    if not len(peaks):
        return np.full(n, _FAR), np.full(n, _FAR)
    after = np.searchsorted(peaks, day)
    ahead = np.where(after < len(peaks), peaks[np.minimum(after, len(peaks) - 1)] - day, _FAR)
    before = np.searchsorted(peaks, day, side="right") - 1
    behind = np.where(before >= 0, day - peaks[np.maximum(before, 0)], _FAR)
    return np.clip(ahead, 0, _FAR), np.clip(behind, 0, _FAR)

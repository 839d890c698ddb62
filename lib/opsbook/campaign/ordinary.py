"""Which days are ordinary, and what else moved the level of the others.

A baseline learns from days that are neither the event's nor another great sale's. Festivals and
small campaigns stay in: their usual effect is learnt from their other dates, so that a member
day inside the event is not counted as the event's doing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.event import Event, all_events, stem_of
from opsbook.campaign.structural import Design
from opsbook.reference.calendar import shop_events
from opsbook.reference.events import known_event
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["AFTER_DAYS", "BEFORE_DAYS", "Ordinary", "design_for", "ordinary_days"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
BEFORE_DAYS, AFTER_DAYS = 7, 14
"""Days around an event in which customers may wait for it, or have bought already."""
_LONG_DAYS = 8
"""A campaign of this many days is a great sale, and its days teach nothing about others."""
_LEAST_SHARE = 0.35
_EVENT_SPREAD, _SMALL_SPREAD = 0.3, 0.2


@dataclass(frozen=True)
class Ordinary:
    """The calendar of a baseline.

    Args:
        days: Every day of the data.
        keep: Days to learn from.
        window: The event's days with those before and after it, inside the data.
        columns: Marks of festivals and small campaigns by name, one element per day; zero
            where they are the event itself.
        shared_with: Other great sales and festivals on the event's days.
        left_out_days: Days of other great sales that are not learnt from.
    """

    days: pd.DatetimeIndex
    keep: Mask
    window: Mask
    columns: dict[str, Floats]
    shared_with: tuple[str, ...]
    left_out_days: int


def ordinary_days(shop: Shop, event: Event, days: pd.DatetimeIndex) -> Ordinary:
    """Sort the days of the data for one event.

    Args:
        shop: Its ``campaigns`` and calendar.
        event: The event.
        days: Every day of the data.
    """
    others = [e for e in all_events(shop) if e.id != event.id]
    wide = Period(
        event.days.start - timedelta(days=BEFORE_DAYS), event.end + timedelta(days=AFTER_DAYS)
    )
    great = [e for e in others if _great(e)]
    marks, same = _calendar(shop, event, days)
    apart = {e.id: _inside(days, e.days.start, e.end) for e in great}
    window = _window(days, wide, event, [(e, apart[e.id]) for e in great], marks)
    keep, columns, shared_with = ~window, dict[str, Floats](), list[str]()
    touching = window & _inside(days, event.days.start, event.end)
    for key, mask in marks.items():
        # On the event's own days a festival is worth what it was worth in other years.
        if (mask & touching).any():
            columns[key] = mask.astype(float)
            shared_with.append(key.split(":")[0])
    pools = [same, *(apart[e.id] for e in great)] + [
        mask for key, mask in marks.items() if key not in columns and _is_sale(key, marks)
    ]
    dropped = np.any(pools, axis=0) & keep
    if (keep & ~dropped).sum() >= _LEAST_SHARE * len(days):
        keep = keep & ~dropped
    else:
        # Campaigns stand on nearly every day: each gets an effect of its own instead.
        dropped = same & keep
        keep = keep & ~dropped
        columns |= {f"campaign {e.id}": apart[e.id].astype(float) for e in great}
    for key, mask in marks.items():
        if key not in columns and (mask & keep).any():
            columns[key] = mask.astype(float)
    columns |= _small(days, event, [e for e in others if not _great(e)])
    shared_with += [e.name for e in great if (apart[e.id] & touching).any()]
    columns = {k: v for k, v in columns.items() if v.any()}
    return Ordinary(
        days, keep, window, columns, tuple(dict.fromkeys(shared_with)), int(dropped.sum())
    )


def design_for(ordinary: Ordinary, own: Sequence[Floats] = ()) -> Design:
    """Columns of the baseline: trend, weekday, season, festivals, small campaigns.

    Args:
        ordinary: From ``ordinary_days``.
        own: Further columns, one element per day, such as a category's own days.
    """
    days = ordinary.days
    n = len(days)
    years = (np.arange(n) - (n - 1) / 2) / 365.25
    names, columns, spread = ["level", "trend"], [np.ones(n), years], [2.0, 0.4]
    weekday = days.day_of_week.to_numpy()
    for d in range(6):
        names.append(f"weekday {d}")
        columns.append((weekday == d).astype(float) - (weekday == 6))
        spread.append(0.3)
    angle = 2 * np.pi * days.day_of_year.to_numpy() / 365.25
    # A single year cannot tell a season from a drift: one slow wave, and little of it.
    for k in (1, 2) if n >= 540 else (1,) if n >= 330 else ():
        for wave in (np.cos, np.sin):
            names.append(f"season {k}")
            columns.append(wave(k * angle))
            spread.append(0.25 / k)
    for key, values in ordinary.columns.items():
        names.append(key)
        columns.append(values)
        spread.append(_SMALL_SPREAD if key.startswith("small ") else _EVENT_SPREAD)
    for values in own:
        names.append("own")
        columns.append(values)
        spread.append(_SMALL_SPREAD)
    return Design(tuple(names), np.column_stack(columns), np.array(spread))


def _great(event: Event) -> bool:
    plain = event.type.casefold()
    return "mega" in plain or "大促" in plain or event.days.days >= _LONG_DAYS


def _inside(days: pd.DatetimeIndex, start: date, end: date) -> Mask:
    return np.asarray((days >= pd.Timestamp(start)) & (days < pd.Timestamp(end)))


def _window(
    days: pd.DatetimeIndex,
    wide: Period,
    event: Event,
    great: list[tuple[Event, Mask]],
    marks: dict[str, Mask],
) -> Mask:
    """The event with its surroundings, as far as no other great sale takes them."""
    window = _inside(days, wide.start, wide.end)
    core = _inside(days, event.days.start, event.end)
    sales = [mask for key, mask in marks.items() if _is_sale(key, marks)]
    for mask in [m for _, m in great] + sales:
        window &= core | ~mask
    # What lies beyond the other sale is no longer this event's surroundings.
    inside = np.flatnonzero(window)
    for k in range(1, len(inside)):
        if inside[k] - inside[k - 1] > 1:
            gap = inside[k]
            if not core[gap:].any():
                window[gap:] = False
            elif not core[:gap].any():
                window[:gap] = False
    return window


def _calendar(shop: Shop, event: Event, days: pd.DatetimeIndex) -> tuple[dict[str, Mask], Mask]:
    """Marks of the calendar by event and phase, and the days of the same event in other years."""
    first, last = days[0].date(), days[-1].date() + timedelta(days=1)
    table = shop_events(shop, first, last)
    own = stem_of(event.name)
    found: dict[str, Mask] = {}
    same = np.zeros(len(days), bool)
    core = _inside(days, event.days.start, event.end)
    for (name, phase), rows in table.groupby(["event", "phase"], sort=True):
        mask = np.asarray(days.isin(rows["date"]))
        if known_event(str(name)).casefold() == own:
            same |= mask & ~core
        elif mask.any():
            found[f"{name}:{phase}"] = mask
    return found, same


def _is_sale(key: str, marks: dict[str, Mask]) -> bool:
    """Whether it is a sale or feast with phases, whose days differ too much to share a mark."""
    name = key.split(":")[0]
    return sum(other.split(":")[0] == name for other in marks) > 1


def _small(days: pd.DatetimeIndex, event: Event, small: list[Event]) -> dict[str, Floats]:
    """Marks of short campaigns, one per kind."""
    found: dict[str, Floats] = {}
    for other in small:
        key = f"small {other.type or stem_of(other.name)}"
        mark = found.setdefault(key, np.zeros(len(days)))
        mark[_inside(days, other.days.start, other.end)] = 1.0
    core = _inside(days, event.days.start, event.end)
    if f"small {event.type}" in found:
        # Two of a kind on one day are one campaign here: nothing of it is ordinary.
        found[f"small {event.type}"][core] = 0.0
    return found

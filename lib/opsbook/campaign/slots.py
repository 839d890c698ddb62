"""The routine between events: a theme a month, flash sales, the member day."""

from calendar import monthrange
from datetime import date, timedelta

import pandas as pd

from opsbook.campaign.season_calendar import SeasonCalendar
from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["MEMBER_BENEFITS", "THEMES", "routine_slots"]

THEMES = {
    1: N_("New Year goods and gifts"),
    2: N_("Back to work and fresh start"),
    3: N_("Spring launch"),
    4: N_("Spring outings"),
    5: N_("Gifts for mothers and May days out"),
    6: N_("Mid-year stock-up"),
    7: N_("Summer and cooling"),
    8: N_("Back to school"),
    9: N_("Autumn launch and moon festival"),
    10: N_("Golden week and autumn home"),
    11: N_("Year peak"),
    12: N_("Winter warmth and year-end gifts"),
}
"""March and August are source claims (F05, 003 ch12); the other months are this playbook's."""
MEMBER_BENEFITS = (
    (N_("silver"), N_("draw")),
    (N_("gold"), N_("extra discount")),
    (N_("black"), N_("own service")),
)
"""What each tier gets on the member day (F05, 003 ch12)."""
_FLASH_DAYS = (1, 3)
_MEMBER_DAY = 8


def routine_slots(calendar: SeasonCalendar, month: int | None = None) -> pd.DataFrame:
    """The routine of a month or a year: when each slot runs and when it is announced.

    Args:
        calendar: From ``season_calendar``; slots inside the peak of a mega or large event
            are marked, because the event takes their traffic.
        month: 1 to 12; the whole year unless given.

    Returns:
        One row per slot, by day: ``start, end`` (last day), ``kind`` (theme, flash,
        member_day), ``notice`` (date on which it is announced: 24 hours before), ``what``
        (English key), ``inside`` (event whose peak it falls into, empty otherwise).

    Raises:
        ParameterError: The month is none.

    Source:
        F05: 003 ch12 日常营销活动排期表: monthly theme; flash sales on Tuesday and Thursday
        with notice 24 hours before; member day on the 8th.
    """
    if month is not None and not 1 <= month <= 12:
        raise ParameterError(N_("month is {value}; use 1 to 12"), value=month)
    rows = []
    for m in [month] if month else range(1, 13):
        last = monthrange(calendar.year, m)[1]
        first = date(calendar.year, m, 1)
        rows.append((first, date(calendar.year, m, last), "theme", THEMES[m]))
        for d in range(1, last + 1):
            day = date(calendar.year, m, d)
            if day.weekday() in _FLASH_DAYS:
                rows.append((day, day, "flash", N_("Flash sale")))
            if d == _MEMBER_DAY:
                rows.append((day, day, "member_day", N_("Member day")))
    frame = pd.DataFrame(rows, columns=["start", "end", "kind", "what"])
    frame["notice"] = [
        start - timedelta(days=1 if kind != "theme" else 7)
        for start, kind in zip(frame["start"], frame["kind"], strict=True)
    ]
    frame["inside"] = [
        _inside(calendar, start) if kind != "theme" else ""
        for start, kind in zip(frame["start"], frame["kind"], strict=True)
    ]
    order = {"theme": 0, "member_day": 1, "flash": 2}
    frame["order"] = frame["kind"].map(order)
    frame = frame.sort_values(["start", "order"], kind="stable", ignore_index=True)
    return frame[["start", "end", "kind", "notice", "what", "inside"]]


def _inside(calendar: SeasonCalendar, day: date) -> str:
    when = pd.Timestamp(day)
    big = calendar.sales[calendar.sales["size"] != "small"]
    hit = big[(big["peak_first"] <= when) & (when <= big["peak_last"])]
    return "" if hit.empty else str(hit["event"].iloc[0])

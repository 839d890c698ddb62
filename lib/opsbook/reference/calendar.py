"""Days that are not like other days: holidays, festivals and shopping events, by country.

Which dates a Chinese year has is computed, never typed in: statutory holidays and
make-up workdays with the package ``holidays``, lunar festivals with ``lunar_python``.
How long a shopping event lasts is convention; the windows stand in ``RULES`` below, and a
shop with a ``calendar`` table of its own replaces them.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import pandas as pd

from opsbook.language import N_, speaking, t
from opsbook.reference.events import RULES, Rule, known_event, lunar_day, qingming
from opsbook.shop.settings import Settings
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["announced", "country_of", "event_name", "events", "name_of", "shop_events"]

_COLUMNS = ["date", "event", "name_en", "name_zh", "phase", "nth", "kind", "announced"]
_CHINESE_HOLIDAYS: tuple[tuple[str, str, Any], ...] = (
    ("new_year", N_("New Year's Day"), lambda year: date(year, 1, 1)),
    ("spring_festival", N_("Spring Festival"), lambda year: lunar_day(year, 1, 1)),
    ("qingming", N_("Qingming"), qingming),
    ("labour_day", N_("Labour Day"), lambda year: date(year, 5, 1)),
    ("dragon_boat", N_("Dragon Boat Festival"), lambda year: lunar_day(year, 5, 5)),
    ("national_day", N_("National Day"), lambda year: date(year, 10, 1)),
    ("mid_autumn", N_("Mid-Autumn Festival"), lambda year: lunar_day(year, 8, 15)),
)
_MAKEUP = ("makeup_workday", N_("Make-up workday"))


def country_of(settings: Settings) -> str:
    """ISO code of the country whose calendar the shop lives by, from its time zone.

    A zone that names no country (``UTC``) falls back on the currency, then on none.
    """
    from babel.core import get_global

    country = get_global("zone_territories").get(settings.timezone, "")
    if country and country != "001":
        return str(country)
    return {"CNY": "CN", "USD": "US", "GBP": "GB"}.get(settings.currency, "")


def announced(year: int) -> bool:
    """Whether China's holiday arrangement of that year is in the installed ``holidays``.

    The State Council announces it in the autumn before. Until then the statutory days are
    known, but neither the bridging days off nor the make-up workdays.
    """
    return any(when.year == year for when in _china(year).weekend_workdays)


def events(start: date, end: date, *, country: str = "CN") -> pd.DataFrame:
    """Every special day from ``start`` to the day before ``end``.

    Args:
        start: First day.
        end: Day after the last.
        country: ISO code. ``CN`` and ``US`` have their shopping events; ``XB`` is the year of
            a shop that sells to several markets; any other has its public holidays as far as
            the package ``holidays`` knows it, Black Friday and Christmas.

    Returns:
        One row per day and event, by date: ``date``, ``event`` (id), ``name_en``,
        ``name_zh``, ``phase`` (preheat, peak, tail), ``nth`` (days from the event's own
        day, 0 on the day itself), ``kind`` (statutory, festival, retail, workday) and
        ``announced`` (False where days off may still be added by the government, or the day
        hangs on sighting the moon).

    Source:
        State Council holiday notices through ``holidays``; lunisolar calendar GB/T 33661
        through ``lunar_python``. Event windows: entry F01, dates by convention.
    """
    rows: list[tuple[Any, ...]] = []
    for year in range(start.year - 1, end.year + 2):
        if country == "CN":
            rows += _chinese_year(year)
        elif country != "US":
            rows += _public_holidays(year, country)
        for rule in RULES.get(country, RULES[""]):
            rows += _rule_days(rule, year)
    frame = pd.DataFrame(rows, columns=["date", "event", "name_en", *_COLUMNS[4:]])
    with speaking("zh"):
        frame["name_zh"] = [t(name) for name in frame["name_en"]]
    frame["date"] = pd.to_datetime(frame["date"])
    inside = (frame["date"] >= pd.Timestamp(start)) & (frame["date"] < pd.Timestamp(end))
    frame = frame.loc[inside, _COLUMNS].sort_values(["date", "event"], kind="stable")
    # A day off before a festival is a day off first, and part of its warm-up second.
    return frame.drop_duplicates(["date", "event"], keep="first").reset_index(drop=True)


@shared
def shop_events(shop: Shop, start: date, end: date) -> pd.DataFrame:
    """The shop's special days: its country's, its own ``calendar`` instead of retail events.

    Returns:
        As ``events``; days of the shop's own table have kind ``retail``. Their ``nth`` counts
        from the event's own day where that is known, else from the first peak day of the run
        of days they belong to.
    """
    country = country_of(shop.settings)
    if not shop.has("calendar"):
        return events(start, end, country=country)
    own = shop.calendar.execute()
    if own.empty:
        return events(start, end, country=country)
    margin = timedelta(days=61)
    known = events(start - margin, end + margin, country=country)
    own = own.assign(date=pd.to_datetime(own["date"]), event=[known_event(e) for e in own["event"]])
    own["phase"] = own["phase"].fillna("peak") if "phase" in own else "peak"
    own = own.drop_duplicates(["date", "event"]).sort_values(["event", "date"])
    gap = own.groupby("event")["date"].diff().dt.days.ne(1)
    run = gap.cumsum()
    peak = own["date"].where(own["phase"] == "peak").groupby(run).transform("min")
    anchor = peak.fillna(own["date"].groupby(run).transform("min"))
    # Anchored on the festival itself where the package knows it: its length may change.
    first = known[known["nth"] == 0].drop_duplicates(["event", "date"])
    anchors = {event: list(dates) for event, dates in first.groupby("event")["date"]}
    own["nth"] = [
        _nearest(when, anchors.get(event, ()), at)
        for when, event, at in zip(own["date"], own["event"], anchor, strict=True)
    ]
    names = known.drop_duplicates("event").set_index("event")
    for column in ("name_en", "name_zh"):
        own[column] = own["event"].map(names[column]).fillna(own["event"])
    own = own.assign(kind="retail", announced=True)
    own = own[(own["date"] >= pd.Timestamp(start)) & (own["date"] < pd.Timestamp(end))]
    by_law = known["kind"].isin(["statutory", "workday"])
    kept = known[by_law | (known["kind"].eq("festival") & ~known["event"].isin(own["event"]))]
    both = pd.concat([kept, own[_COLUMNS]]).drop_duplicates(["date", "event"])
    both = both[(both["date"] >= pd.Timestamp(start)) & (both["date"] < pd.Timestamp(end))]
    return both.sort_values(["date", "event"], kind="stable").reset_index(drop=True)


def _nearest(when: pd.Timestamp, anchors: Sequence[pd.Timestamp], otherwise: pd.Timestamp) -> int:
    """Days since the nearest own day of the event, within two months."""
    near = min(((when - anchor).days for anchor in anchors), key=abs, default=61)
    return near if abs(near) <= 60 else int((when - otherwise).days)


def event_name(row: Any) -> str:
    """An event's name in the language in force."""
    from opsbook.language import language

    return str(row.name_zh if language() == "zh" else row.name_en)


def name_of(event: str) -> str:
    """The name of an event id in the language in force; the id's words where it is not known."""
    rules = [rule for market in RULES.values() for rule in market]
    names = {rule.event: rule.name for rule in rules}
    names |= {holiday: name for holiday, name, _ in _CHINESE_HOLIDAYS}
    return t(names[event]) if event in names else event.replace("_", " ")


@cache
def _china(year: int) -> Any:
    """Public holidays of a year and its neighbours, so that a run of days off may cross it."""
    import holidays

    return holidays.country_holidays("CN", years=(year - 1, year, year + 1), language="en_US")


def _day_off(when: date, year: int) -> bool:
    china = _china(year)
    return when in china or (when.weekday() >= 5 and when not in china.weekend_workdays)


def _chinese_year(year: int) -> Iterator[tuple[Any, ...]]:
    """Statutory holidays with the days off around them, and the days worked instead."""
    sure = announced(year)
    one = timedelta(days=1)
    national = date(year, 10, 1)
    for event, name, anchor_of in _CHINESE_HOLIDAYS:
        anchor = anchor_of(year)
        first = last = anchor
        while _day_off(first - one, year):
            first -= one
        while _day_off(last + one, year):
            last += one
        if event == "mid_autumn" and first <= national <= last:
            # One long holiday: its other days are National Day's.
            first = last = anchor
        for k in range((last - first).days + 1):
            when = first + k * one
            yield when, event, name, "peak", (when - anchor).days, "statutory", sure
    for when in _china(year).weekend_workdays:
        if when.year == year:
            yield when, *_MAKEUP, "peak", 0, "workday", True


def _rule_days(rule: Rule, year: int) -> Iterator[tuple[Any, ...]]:
    anchor = rule.anchor(year)
    if anchor is None:
        return
    for nth in range(rule.first, rule.last + 1):
        phase = "preheat" if nth < rule.peak[0] else "tail" if nth > rule.peak[1] else "peak"
        yield anchor + timedelta(days=nth), rule.event, rule.name, phase, nth, rule.kind, rule.sure


def _public_holidays(year: int, country: str) -> Iterator[tuple[Any, ...]]:
    import holidays

    if country not in holidays.list_supported_countries():
        return
    for when, name in holidays.country_holidays(country, years=year).items():
        event = "holiday_" + "_".join(str(name).lower().split())
        yield when, event, str(name), "peak", 0, "statutory", True

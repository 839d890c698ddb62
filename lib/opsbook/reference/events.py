"""When shopping events and festivals fall, one rule per event and country."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import Literal

from opsbook.language import N_

__all__ = ["CROSS_BORDER", "GOODS_DAYS", "RULES", "Rule", "known_event", "lunar_day", "qingming"]

CROSS_BORDER = "XB"
"""Code under which the year of a shop that sells abroad stands: no country's, several markets'
shopping days (an ISO code that is left to users and names no country)."""

GOODS_DAYS = 21
"""Length of the New Year goods festival, in days before Spring Festival's eve (F01 says
January and February; platforms choose the days each year)."""


@dataclass(frozen=True)
class Rule:
    """An event by year.

    Args:
        event: Its id.
        name: Its name, marked with ``N_``.
        kind: ``festival`` or ``retail``.
        anchor: The event's own day in a year; None where it is not known for that year.
        first: First day, counted from the anchor.
        last: Last day, counted from the anchor.
        peak: First and last day of the peak, counted from the anchor.
        sure: False where the day is set by sighting the moon and may move by one.
    """

    event: str
    name: str
    kind: Literal["festival", "retail"]
    anchor: Callable[[int], date | None]
    first: int = 0
    last: int = 0
    peak: tuple[int, int] = (0, 0)
    sure: bool = True


@cache
def lunar_day(year: int, month: int, day: int) -> date:
    """Gregorian date of a day of the Chinese calendar (never in a leap month)."""
    from lunar_python import Lunar

    solar = Lunar.fromYmd(year, month, day).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


@cache
def qingming(year: int) -> date:
    """Day of the solar term Qingming, 4 to 6 April."""
    from lunar_python import Solar

    solar = Solar.fromYmd(year, 4, 1).getLunar().getJieQiTable()["清明"]
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return partial(_date, month, day)


def _date(month: int, day: int, year: int) -> date:
    return date(year, month, day)


def _lunar(month: int, day: int) -> Callable[[int], date]:
    return partial(_lunar_date, month, day)


def _lunar_date(month: int, day: int, year: int) -> date:
    return lunar_day(year, month, day)


def _nth_weekday(month: int, weekday: int, nth: int) -> Callable[[int], date]:
    """The nth (1 first, -1 last) weekday (0 Monday) of a month."""
    return partial(_weekday_date, month, weekday, nth)


def _weekday_date(month: int, weekday: int, nth: int, year: int) -> date:
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _after_thanksgiving(days: int, year: int) -> date:
    return _weekday_date(11, 3, 4, year) + timedelta(days=days)


def _easter(year: int) -> date:
    # Anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, ch. 8).
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _super_bowl(year: int) -> date:
    """First Sunday of February; the second since the season has 17 games (from 2022)."""
    return _weekday_date(2, 6, 2 if year >= 2022 else 1, year)


_BLACK_FRIDAY = Rule(
    "black_friday", N_("Black Friday"), "retail", partial(_after_thanksgiving, 1), 0, 2
)
_CHINA = (
    Rule(
        "new_year_goods",
        N_("New Year goods festival"),
        "retail",
        _lunar(1, 1),
        -GOODS_DAYS - 1,
        -2,
        (-GOODS_DAYS - 1, -2),
    ),
    # The eve counts in every year, whether the government made it a day off or not.
    Rule("spring_festival", N_("Spring Festival"), "festival", _lunar(1, 1), -1, -1, (-1, 0)),
    Rule("lantern", N_("Lantern Festival"), "festival", _lunar(1, 15)),
    Rule("valentines", N_("Valentine's Day"), "retail", _fixed(2, 14), -6),
    Rule("womens_day", N_("3.8 Women's Day sale"), "retail", _fixed(3, 8), -7),
    Rule("may_20", N_("520 gift day"), "retail", _fixed(5, 20), -6),
    Rule("dragon_boat", N_("Dragon Boat Festival"), "festival", _lunar(5, 5), -7, -1),
    # 618 runs from 1 to 20 June, its peak from the 16th to the 18th.
    Rule("sale_618", N_("618 sale"), "retail", _fixed(6, 18), -17, 2, (-2, 0)),
    Rule("qixi", N_("Qixi"), "festival", _lunar(7, 7), -6),
    Rule("sale_818", N_("818 sale"), "retail", _fixed(8, 18), -2),
    Rule("mid_autumn", N_("Mid-Autumn Festival"), "festival", _lunar(8, 15), -14, -1),
    # Double 11 starts earlier every few years (11 November in 2009, 20 October from 2020,
    # mid October in 2024). The window here is 20 October to 11 November; its peaks are
    # the opening days and the last two.
    Rule("double_11", N_("Double 11"), "retail", _fixed(11, 11), -22, 0, (-1, 0)),
    Rule("double_12", N_("Double 12"), "retail", _fixed(12, 12), -2),
    Rule("christmas", N_("Christmas"), "retail", _fixed(12, 25), -1),
)
_UNITED_STATES = (
    Rule("new_year", N_("New Year's Day"), "festival", _fixed(1, 1)),
    Rule("super_bowl", N_("Super Bowl"), "retail", _super_bowl, -3),
    Rule("valentines", N_("Valentine's Day"), "retail", _fixed(2, 14), -6),
    Rule("easter", N_("Easter"), "festival", _easter, -7),
    Rule("mothers_day", N_("Mother's Day"), "retail", _nth_weekday(5, 6, 2), -6),
    Rule("memorial_day", N_("Memorial Day"), "festival", _nth_weekday(5, 0, -1), -2),
    Rule("fathers_day", N_("Father's Day"), "retail", _nth_weekday(6, 6, 3), -6),
    Rule("independence_day", N_("Independence Day"), "festival", _fixed(7, 4), -3),
    Rule("labor_day", N_("Labor Day"), "festival", _nth_weekday(9, 0, 1), -2),
    Rule("halloween", N_("Halloween"), "retail", _fixed(10, 31), -6),
    Rule("thanksgiving", N_("Thanksgiving week"), "festival", _nth_weekday(11, 3, 4), -6),
    _BLACK_FRIDAY,
    Rule("cyber_monday", N_("Cyber Monday"), "retail", partial(_after_thanksgiving, 4)),
    Rule("christmas", N_("Christmas"), "festival", _fixed(12, 25), -14, 1),
    Rule("new_years_eve", N_("New Year's Eve"), "festival", _fixed(12, 31), -2),
)


def _kept_in(country: str, words: tuple[str, ...], year: int) -> date | None:
    """First day of a holiday that a country keeps by a calendar of its own."""
    import holidays

    kept = holidays.country_holidays(country, years=year, language="en_US")
    days = [when for when, name in kept.items() if any(word in name for word in words)]
    return min((day for day in days if day.year == year), default=None)


_INDIA_KNOWN = range(2001, 2036)
"""Years whose Hindu feasts the package ``holidays`` lists for India; it warns beyond them."""


def _diwali(year: int) -> date | None:
    """India's day, the main day of the largest market; Singapore's where India's is not known."""
    found = _kept_in("IN", ("Diwali",), year) if year in _INDIA_KNOWN else None
    return found or _kept_in("SG", ("Deepavali", "Diwali"), year)


_MANY_MARKETS = (
    # Suppliers close for weeks: what is not shipped before waits until after.
    Rule("factories_closed", N_("Suppliers closed for Spring Festival"), "festival", _lunar(1, 1),
         -10, 12, (-3, 7)),
    Rule("valentines", N_("Valentine's Day"), "retail", _fixed(2, 14), -13),
    Rule("march_28", N_("3.28 marketplace anniversary"), "retail", _fixed(3, 28), -5, 2, (0, 2)),
    Rule("ramadan_end", N_("Eid al-Fitr"), "festival",
         partial(_kept_in, "SG", ("Hari Raya Puasa", "Eid al-Fitr")), -28, 1, (-7, 1), False),
    Rule("easter", N_("Easter"), "festival", _easter, -14),
    Rule("mothers_day", N_("Mother's Day"), "retail", _nth_weekday(5, 6, 2), -14),
    Rule("fathers_day", N_("Father's Day"), "retail", _nth_weekday(6, 6, 3), -14),
    Rule("midsummer_deals", N_("Midsummer member deals"), "retail", _nth_weekday(7, 1, 2),
         -14, 3, (0, 1)),
    Rule("back_to_school", N_("Back to school"), "retail", _fixed(8, 15), -30, 15, (-14, 7)),
    Rule("sale_99", N_("9.9 sale"), "retail", _fixed(9, 9), -7, 1),
    Rule("sale_1010", N_("10.10 sale"), "retail", _fixed(10, 10), -7, 1),
    Rule("halloween", N_("Halloween"), "retail", _fixed(10, 31), -14),
    Rule("diwali", N_("Diwali"), "festival", _diwali, -21, 1, (-3, 0), False),
    Rule("double_11", N_("Double 11"), "retail", _fixed(11, 11), -10, 1),
    Rule("black_friday", N_("Black Friday"), "retail", partial(_after_thanksgiving, 1), -11, 2,
         (-1, 2)),
    Rule("cyber_monday", N_("Cyber Monday"), "retail", partial(_after_thanksgiving, 4), 0, 5),
    Rule("double_12", N_("Double 12"), "retail", _fixed(12, 12), -4, 1),
    Rule("christmas", N_("Christmas"), "festival", _fixed(12, 25), -24, 1, (-10, -3)),
    Rule("boxing_day", N_("Boxing Day"), "retail", _fixed(12, 26), 0, 5),
)  # fmt: skip
RULES: dict[str, tuple[Rule, ...]] = {
    "CN": _CHINA,
    "US": _UNITED_STATES,
    CROSS_BORDER: _MANY_MARKETS,
    "": (_BLACK_FRIDAY, Rule("christmas", N_("Christmas"), "festival", _fixed(12, 25), -14, 1)),
}
"""Rules by country; the empty name serves every other country."""

_ALIASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("new_year_goods", ("new year goods", "年货")),
    ("spring_festival", ("spring festival", "chinese new year", "春节")),
    ("womens_day", ("3.8", "women", "queen", "女王", "女神", "妇女")),
    ("sale_618", ("618",)),
    ("sale_818", ("818",)),
    ("double_11", ("double 11", "double eleven", "singles", "11.11", "双11", "双十一")),
    ("double_12", ("double 12", "12.12", "双12", "双十二")),
    ("qixi", ("qixi", "七夕")),
    ("mid_autumn", ("mid-autumn", "中秋")),
    ("dragon_boat", ("dragon boat", "端午")),
    ("national_day", ("national day", "国庆")),
    ("labour_day", ("labour day", "五一")),
    ("black_friday", ("black friday", "黑色星期五")),
    ("thanksgiving", ("thanksgiving", "感恩节")),
    ("christmas", ("christmas", "圣诞")),
    ("valentines", ("valentine", "情人节")),
)


def known_event(name: str) -> str:
    """The id of an event that a shop calls by its usual name; else the name itself."""
    plain = name.strip().lower().replace("_", " ")
    for event, words in _ALIASES:
        if plain == event.replace("_", " ") or any(word in plain for word in words):
            return event
    return name

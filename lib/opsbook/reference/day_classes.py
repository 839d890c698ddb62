"""Which days of two periods may be compared: each put into its class, the rest named."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from opsbook.language import N_, language, t
from opsbook.shop.periods import Period

__all__ = ["DayClasses", "LeftOut", "day_classes"]

_REASONS = {
    "one_side": N_("only in one of the two periods"),
    "part": N_("in both periods, but these days of it only in one"),
    "weekday": N_("ordinary days of a weekday that the other period does not have"),
    "no_data": N_("outside the data"),
}
_UNKNOWN = N_("days without data")
_FIRST = {"statutory": 0, "retail": 1, "festival": 2, "workday": 3}


@dataclass(frozen=True)
class LeftOut:
    """Days that have no counterpart in the other period.

    Args:
        names: Event or weekday, in English and in Chinese.
        days_now: How many of them in the period.
        days_base: How many in the one it is compared with.
        why: Message that says why they are left out, marked with ``N_``.
    """

    names: tuple[str, str]
    days_now: int
    days_base: int
    why: str

    @property
    def name(self) -> str:
        """Event or weekday, in the language in force."""
        english, chinese = self.names
        name = chinese if language() == "zh" else english
        return t(name)

    @property
    def reason(self) -> str:
        """Why they are left out, in words."""
        return t(self.why)


@dataclass(frozen=True)
class DayClasses:
    """Every day of two periods with its class; made once, used for many series.

    Args:
        days: ``day, now, observed, stratum, week`` and the name of its event, if any: ``event``
            in English, ``name_zh``.
        used: Which rows have a counterpart.
        codes: Class of the used rows, 0 to number of classes - 1.
        left_out: The other rows, by name.
    """

    days: pd.DataFrame
    used: np.ndarray
    codes: np.ndarray
    left_out: tuple[LeftOut, ...]


def day_classes(
    period: Period, base: Period, span: Period, calendar: pd.DataFrame | None = None
) -> DayClasses:
    """Put every day of both periods into its class: day of an event, or weekday.

    Args:
        period: The period in question.
        base: What it is compared with.
        span: Days the data covers.
        calendar: Special days, as from ``reference.calendar.events``.
    """
    parts = []
    for p, now in ((period, True), (base, False)):
        days = pd.DataFrame({"day": pd.date_range(p.start, p.end, inclusive="left"), "now": now})
        parts.append(days.assign(week=np.arange(len(days)) // 7))
    days = pd.concat(parts, ignore_index=True)
    first, after = pd.Timestamp(span.start), pd.Timestamp(span.end)
    days["observed"] = (days["day"] >= first) & (days["day"] < after)
    days["stratum"] = "weekday " + days["day"].dt.day_of_week.astype(str)
    days["event"] = days["name_zh"] = None
    if calendar is not None and len(calendar):
        named = _by_day(calendar)
        days = days.drop(columns=["event", "name_zh"]).join(named, on="day")
        days["stratum"] = days.pop("key").fillna(days["stratum"])
    sides = days[days["observed"]].groupby("stratum")["now"].nunique()
    used = days["observed"] & days["stratum"].isin(sides.index[sides == 2])
    codes, _ = pd.factorize(days.loc[used, "stratum"], sort=True)
    return DayClasses(days, used.to_numpy(), codes, _left_out(days, used))


def _by_day(calendar: pd.DataFrame) -> pd.DataFrame:
    """Per day the key of all its events, and the name of the one that counts most."""
    special = calendar.assign(
        key=calendar["event"] + ":" + calendar["nth"].astype(str),
        rank=calendar["kind"].map(_FIRST) + 4 * (calendar["phase"] != "peak"),
    )
    keys = special.sort_values("key").groupby("date")["key"].agg("+".join)
    names = special.sort_values("rank", kind="stable").groupby("date")[["name_en", "name_zh"]]
    return names.first().rename(columns={"name_en": "event"}).assign(key=keys)


def _left_out(days: pd.DataFrame, used: pd.Series) -> tuple[LeftOut, ...]:
    gone = days[~used].copy()
    if gone.empty:
        return ()
    special = gone["event"].notna()
    sides = days[days["event"].notna()].groupby("event")["now"].nunique()
    gone["reason"] = np.where(special, "one_side", "weekday")
    gone.loc[special & gone["event"].isin(sides.index[sides == 2]), "reason"] = "part"
    gone.loc[~gone["observed"], "reason"] = "no_data"
    for column, lang in (("event", "en"), ("name_zh", "zh")):
        weekdays = pd.Series([_weekday(d.date(), lang) for d in gone["day"]], index=gone.index)
        gone[column] = gone[column].where(special, weekdays)
        gone.loc[~gone["observed"], column] = _UNKNOWN
    found = []
    for (name, reason), rows in gone.groupby(["event", "reason"], sort=False):
        now = int(rows["now"].sum())
        names = (str(name), str(rows["name_zh"].iloc[0]))
        found.append(LeftOut(names, now, len(rows) - now, _REASONS[str(reason)]))
    return tuple(found)


def _weekday(when: date, lang: str) -> str:
    from babel.dates import format_date

    return str(format_date(when, "EEEE", locale=lang))

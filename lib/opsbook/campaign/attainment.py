"""Did the event reach its goal: against plan, the days before, and the same event last year.

A campaign that sold more than last year has not grown if it ran a week longer, and one that
is half over has not missed its goal. So days are laid on their counterparts: the first day
of the peak on the first day of the peak. What has none is left out and named.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np
import pandas as pd

from opsbook.campaign.attainment_days import aligned_days, day_sheet, event_days
from opsbook.campaign.attainment_goals import credited_to, goal_rows, spent_on
from opsbook.campaign.attainment_growth import Growth, paired_growth
from opsbook.campaign.event import Event, event_of
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.reference.calendar import shop_events
from opsbook.reference.like_for_like import LikeForLike, like_for_like
from opsbook.shop.metrics import key_figures
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Attainment", "Growth", "attainment", "paired_growth"]

Scope = Literal["shop", "credited"]
_USUAL_DAYS = 56
_LEAST_USUAL = 14


@dataclass(frozen=True)
class Attainment:
    """An event against its goal, the days before it and the year before.

    Args:
        event: The event.
        days: From ``aligned_days``; without last year only this year's columns.
        goals: Rows ``goal_of`` (gmv, new_customers, budget) as far as set: ``goal, now``
            (so far), ``attained`` (fraction), ``due`` (fraction of the whole that last year
            had been reached by the same day), ``projected`` (whole event, if it goes on as
            last year).
        phases: One row per phase: ``phase, days, known`` (days inside the data), ``gmv,
            orders, per_day, multiple`` (of the shop's usual day), ``then_per_day, growth,
            conversion, goal`` (part of the goal by last year's course), ``attained``.
        growth: Of days that both years have.
        ordinary: Growth of the shop in the twelve weeks before the event, like days with
            like days; None where the data do not reach back.
        usual: GMV of a usual day of the same weekdays in the eight weeks before, money; not
            a number under two weeks of them.
        spent: Advertising booked to the event, else all of its days; None where there is none.
        booked: Whether that advertising is booked to the event.
        scope: What is held against the goal: sales of the whole ``shop``, or only orders
            ``credited`` to the event, where the goal is too small to be one for the shop.
        base: The event a year before, None if there was none inside the data.
        currency: ISO code.
        shop: Name of the shop.
        margin: Margin over sales of the event; not a number without costs.
        level: Confidence of the intervals.
    """

    event: Event
    days: pd.DataFrame
    goals: pd.DataFrame
    phases: pd.DataFrame
    growth: Growth
    ordinary: LikeForLike | None
    usual: float
    spent: float | None
    booked: bool
    scope: Scope
    base: Event | None
    currency: str
    shop: str
    margin: float
    level: float

    @property
    def gmv(self) -> float:
        """GMV of all days of the event inside the data."""
        return float(self.days["gmv"].sum())

    def goal(self, name: str) -> "pd.Series | None":
        """The row of a goal, None if it was not set."""
        rows = self.goals[self.goals["goal_of"] == name]
        return None if rows.empty else rows.iloc[0]


@shared
def attainment(shop: Shop, event: Event, *, level: float = 0.95) -> Attainment:
    """Measure an event against its goal, the days before and the same event last year.

    GMV and new customers count toward the goal from the first day of the peak to the last
    day; the warm-up gathers demand and is shown as a phase of its own.

    Args:
        shop: Needs ``orders`` and ``order_lines``.
        event: From ``event_of``.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: No day of the event lies inside the data, or lines are missing.

    Source:
        E02, E07: 001 活动复盘 (absolute and relative comparison); phases 预热-爆发-尾声.
    """
    if event.observed is None:
        raise CannotTell(
            N_("{name} has no day inside the data yet: there is nothing to hold against its goal"),
            name=event.name,
        )
    now = event_days(shop, event)
    base = _base(shop, event)
    days = aligned_days(now, event_days(shop, base)) if base is not None else _alone(now)
    growth = paired_growth(days, level=level)
    usual, sheet = _usual(shop, event)
    spent, booked = spent_on(shop, event, event.observed)
    scope: Scope = "shop"
    credited: dict[str, float] = {}
    # A goal below half of what as many usual days bring cannot be one for the whole shop.
    if event.goal_gmv is not None and event.goal_gmv < 0.5 * usual * (event.end - event.start).days:
        credited = credited_to(shop, event, event.until)
        scope = "credited" if credited else "shop"
    goals = goal_rows(event, days, spent, credited)
    return Attainment(
        event,
        days,
        goals,
        _phases(event, days, sheet, scope),
        growth,
        _ordinary(shop, event, level),
        usual,
        spent,
        booked,
        scope,
        base,
        shop.currency,
        shop.title,
        _margin(shop, event.observed),
        level,
    )


def _base(shop: Shop, event: Event) -> Event | None:
    if event.last_year is None:
        return None
    base = event_of(shop, event.last_year)
    return base if base.observed is not None else None


def _alone(now: pd.DataFrame) -> pd.DataFrame:
    return now.assign(step=np.arange(1, len(now) + 1), both=False)


def _usual(shop: Shop, event: Event) -> tuple[float, pd.Series]:
    """GMV of a usual day, and by weekday: eight weeks before without special days."""
    span = data_days(shop)
    start = max(event.days.start - timedelta(days=_USUAL_DAYS), span.start)
    after = min(event.days.start, span.end)
    if (after - start).days < _LEAST_USUAL:
        return float("nan"), pd.Series(dtype=float)
    sheet = day_sheet(shop, start, after).set_index("day")["gmv"]
    marked = shop_events(shop, start, after)
    special = marked[marked["kind"] != "workday"]["date"]
    calm = sheet[~sheet.index.isin(special)]
    if len(calm) < _LEAST_USUAL:
        return float("nan"), pd.Series(dtype=float)
    by_weekday = calm.groupby(calm.index.day_of_week).mean()
    return float(calm.mean()), by_weekday


def _ordinary(shop: Shop, event: Event, level: float) -> LikeForLike | None:
    span = data_days(shop)
    period = Period(event.days.start - timedelta(weeks=12), event.days.start)
    base = period.last_year()
    if base.start < span.start or period.end > span.end:
        return None
    daily = day_sheet(shop, base.start, period.end)[["day", "gmv"]]
    calendar = shop_events(shop, base.start, period.end)
    return like_for_like(daily, period, base, calendar=calendar, span=span, level=level)


def _margin(shop: Shop, days: Period) -> float:
    return key_figures(shop, days).get("gross_margin", float("nan"))


def _phases(event: Event, days: pd.DataFrame, usual: pd.Series, scope: Scope) -> pd.DataFrame:
    has_base = "gmv_then" in days
    counted = days[days["phase"] != "preheat"]
    whole = float(counted["gmv_then"].sum()) if has_base else float("nan")
    rows = []
    for name, span in event.phases:
        part = days[(days["phase"] == name) & days["inside"].eq(True)]
        pairs = days[(days["phase"] == name) & days["both"]]
        then = days[days["phase"] == name]
        gmv, visitors = float(part["gmv"].sum()), float(part["visitors"].sum(min_count=1))
        expected = part["day"].dt.day_of_week.map(usual).sum(min_count=1) if len(usual) else np.nan
        goal = float("nan")
        if event.goal_gmv is not None and name != "preheat" and whole > 0 and scope == "shop":
            goal = event.goal_gmv * float(then["gmv_then"].sum()) / whole
        paired = float(pairs["gmv_then"].sum()) if has_base else 0.0
        rows.append(
            {
                "phase": name,
                "days": span.days,
                "known": len(part),
                "gmv": gmv,
                "orders": float(part["orders"].sum()),
                "per_day": gmv / len(part) if len(part) else float("nan"),
                "multiple": gmv / expected if expected > 0 else float("nan"),
                "then_per_day": paired / len(pairs) if len(pairs) else float("nan"),
                "growth": float(pairs["gmv"].sum()) / paired - 1 if paired > 0 else float("nan"),
                "conversion": float(part["orders"].sum()) / visitors
                if visitors > 0
                else float("nan"),
                "goal": goal,
                "attained": gmv / goal if goal > 0 and len(part) == span.days else float("nan"),
            }
        )
    return pd.DataFrame(rows)

"""The event under study: its phases, its goal, and whether it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd

from opsbook.campaign.event_rows import (
    campaign_rows,
    days_of_row,
    stem_of,
    touching,
    years_before,
)
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period, data_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Event", "all_events", "event_of", "next_run", "stem_of"]

NEEDS = {"campaigns": ("campaign_id", "start_date", "end_date")}
_ONE = timedelta(days=1)
_SHOWN = 12


@dataclass(frozen=True)
class Event:
    """One campaign with its phases.

    Args:
        id: Campaign number.
        name: What it is called; the number where it has no name.
        type: Kind of campaign, as the shop calls it; may be empty.
        start: First day of the peak.
        end: Day after the last day, tail included.
        preheat: Warm-up, None if there is none.
        peak: From the first day of the peak to the tail.
        tail: After the peak, None if there is none.
        days: Warm-up to the last day.
        goal_gmv: GMV aimed at, money; None if there is no goal.
        goal_new_customers: New customers aimed at; None if there is no goal.
        budget: Money set aside; None if unknown.
        rule: Discount offered, as ``300-40;500-80``; may be empty.
        last_year: Number of the same event a year before, None if there was none.
        overlaps: Numbers of campaigns that share at least one day with this one.
        since: First day of the event inside the data.
        until: Day after the last day of the event inside the data.
        targeted: Whether customers were contacted (or held out) for it.
        known: Day after the last day that counts as known.
    """

    id: str
    name: str
    type: str
    start: date
    end: date
    preheat: Period | None
    peak: Period
    tail: Period | None
    days: Period
    goal_gmv: float | None
    goal_new_customers: float | None
    budget: float | None
    rule: str
    last_year: str | None
    overlaps: tuple[str, ...]
    since: date
    until: date
    targeted: bool
    known: date

    @property
    def state(self) -> Literal["finished", "running", "future"]:
        """Where the event stands on the last day of the data."""
        if self.until >= self.end:
            return "finished"
        return "future" if self.until <= self.days.start else "running"

    @property
    def observed(self) -> Period | None:
        """Its days inside the data; None when there is not one."""
        return Period(self.since, self.until) if self.until > self.since else None

    @property
    def phases(self) -> tuple[tuple[str, Period], ...]:
        """The phases that it has, in order: ``preheat``, ``peak``, ``tail``."""
        parts = (("preheat", self.preheat), ("peak", self.peak), ("tail", self.tail))
        return tuple((name, days) for name, days in parts if days is not None)


@shared
def all_events(shop: Shop, end: date | None = None) -> tuple[Event, ...]:
    """Every campaign of the shop, by first day of the peak.

    Args:
        shop: The shop.
        end: Last day that counts as known; the last day of the data unless given.

    Raises:
        CannotTell: There is no table of campaigns, or it has no usable row.
    """
    shop.require(NEEDS)
    rows = campaign_rows(shop)
    if rows.empty:
        raise CannotTell(
            N_('{source} has no campaign with a first and a last day in the table "campaigns"'),
            source=shop.source,
        )
    span = data_days(shop)
    after = min(span.end, end + _ONE) if end is not None else span.end
    seen = Period(span.start, after)
    reached = _contacted(shop)
    numbers = rows["campaign_id"].tolist()
    beside = touching([days_of_row(row) for row in rows.itertuples()])
    before = years_before(rows)
    events = []
    for k, row in enumerate(rows.itertuples()):
        targeted = bool(reached & {str(row.campaign_id), str(row.name)})
        overlaps = tuple(numbers[i] for i in beside[k])
        events.append(_event(row, before[k], overlaps, seen, targeted))
    return tuple(events)


def event_of(shop: Shop, campaign: str | int | None = None, end: str | date | None = None) -> Event:
    """The campaign of that number or name, or the one a report is about by default.

    A name without its year ("618") means the latest such event that is over. Without
    ``campaign`` it is the latest finished mega-sale, else the latest finished campaign,
    else the latest that runs, else the next.

    Args:
        shop: The shop.
        campaign: Number or name.
        end: Last day that counts as known, ISO date; the last day of the data unless given.

    Raises:
        ParameterError: No campaign is called that, or ``end`` is no date.
        CannotTell: The shop has no campaigns.
    """
    events = all_events(shop, _day(end))
    if campaign is None or not str(campaign).strip():
        big = [e for e in events if _is_mega(e.type)]
        return _latest([e for e in big if e.state == "finished"] or events)
    asked = str(campaign).strip()
    for same in (
        [e for e in events if e.id == asked],
        [e for e in events if e.name.casefold() == asked.casefold()],
        [e for e in events if e.id.casefold() == asked.casefold()],
        [e for e in events if stem_of(e.name) == stem_of(asked)],
    ):
        if same:
            return _latest(same)
    raise ParameterError(
        N_('campaign "{value}" is not in the table "campaigns"; it has {found}'),
        value=asked,
        found=_listed(events),
    )


def next_run(shop: Shop, event: Event) -> date:
    """First day of the event's next run: as planned, else the same weekday a year later."""
    planned = [e.days.start for e in all_events(shop) if e.last_year == event.id]
    return min(planned, default=event.days.start + timedelta(weeks=52))


def _event(
    row: Any, last_year: str | None, overlaps: tuple[str, ...], span: Period, targeted: bool
) -> Event:
    days = days_of_row(row)
    start, end = row.start_date.date(), days.end
    cut = None if pd.isna(row.tail_start_date) else row.tail_start_date.date()
    if cut is not None and not start < cut < end:
        cut = None
    since = min(max(days.start, span.start), end)
    return Event(
        id=row.campaign_id,
        name=row.name,
        type=row.type,
        start=start,
        end=end,
        preheat=Period(days.start, start) if days.start < start else None,
        peak=Period(start, cut or end),
        tail=Period(cut, end) if cut else None,
        days=days,
        goal_gmv=_positive(row.goal_gmv),
        goal_new_customers=_positive(row.goal_new_customers),
        budget=_positive(row.budget),
        rule=row.discount_rule.strip(),
        last_year=last_year,
        overlaps=overlaps,
        since=since,
        until=max(min(end, span.end), days.start),
        targeted=targeted,
        known=span.end,
    )


def _positive(value: float) -> float | None:
    return float(value) if value > 0 else None


def _contacted(shop: Shop) -> set[str]:
    if not shop.has("contacts", "journey"):
        return set()
    return set(shop.contacts.select("journey").distinct().execute()["journey"].dropna().astype(str))


def _is_mega(kind: str) -> bool:
    plain = kind.casefold()
    return "mega" in plain or "大促" in plain


def _latest(events: Sequence[Event]) -> Event:
    """The last that is over, else the last that runs, else the next."""
    for state in ("finished", "running"):
        some = [e for e in events if e.state == state]
        if some:
            return max(some, key=lambda e: (e.end, e.start))
    return min(events, key=lambda e: e.start)


def _day(end: str | date | None) -> date | None:
    if not isinstance(end, str):
        return end
    try:
        return date.fromisoformat(end) if end else None
    except ValueError:
        raise ParameterError(N_('end "{value}" is not a date; use YYYY-MM-DD'), value=end) from None


def _listed(events: tuple[Event, ...]) -> str:
    names = [f"{e.id} ({e.name})" if e.name != e.id else e.id for e in reversed(events)]
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")

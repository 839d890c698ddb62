"""Periods: whole weeks, what they are compared with, and which of them are incomplete."""

from dataclasses import dataclass
from datetime import date, timedelta

from opsbook.errors import DataError, ParameterError
from opsbook.language import N_, period
from opsbook.shop.sales import paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Period", "data_days", "days_reported", "last_year_or_before", "latest_period"]

_FEW_DAYS = 14
"""Days of data from which there is a whole week for certain."""


@dataclass(frozen=True, order=True)
class Period:
    """Days from ``start`` to the day before ``end``."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ParameterError(
                N_("a period must end after it starts; got {start} to {end}"),
                start=self.start,
                end=self.end,
            )

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days

    def before(self) -> "Period":
        """The period of the same length that ends where this one starts."""
        return Period(self.start - (self.end - self.start), self.start)

    def last_year(self) -> "Period":
        """The same weekdays 52 weeks earlier."""
        back = timedelta(weeks=52)
        return Period(self.start - back, self.end - back)

    def inside(self, other: "Period") -> bool:
        """Whether every day of this period lies in the other."""
        return other.start <= self.start and self.end <= other.end

    def __str__(self) -> str:
        return period(self.start, self.end)


@shared
def data_days(shop: Shop) -> Period:
    """First to last day with a paid order.

    Raises:
        DataError: There is no paid order at all.
    """
    orders = paid_orders(shop)
    first, last = (
        orders.aggregate(first=orders.day.min(), last=orders.day.max()).execute().iloc[0].tolist()
    )
    if first is None or first != first:
        raise DataError(
            N_("{source} has no paid order; without one there is nothing to report"),
            source=shop.source,
        )
    return Period(_day(first), _day(last) + timedelta(days=1))


def last_year_or_before(shop: Shop, period: Period) -> Period:
    """The same weekdays of last year where the data hold them, else the period before.

    Whether the data hold all of the period before is for the caller to ask.

    Raises:
        DataError: There is no paid order at all.
    """
    year_ago = period.last_year()
    # More than a year would overlap with its own last year.
    apart = year_ago.end <= period.start
    return year_ago if apart and year_ago.inside(data_days(shop)) else period.before()


def _day(value: object) -> date:
    return value.date() if hasattr(value, "date") else value  # type: ignore[return-value]


def latest_period(shop: Shop, *, weeks: int = 12, end: str | date = "") -> Period:
    """The last whole weeks of the data, or the whole weeks up to a day.

    Args:
        shop: The shop.
        weeks: How many weeks, 1 to 104.
        end: Last day to include, ISO date; the last day of the data unless given. The
            period ends with the last week that is complete by then.

    Raises:
        ParameterError: ``end`` is no date or lies outside the data; too many weeks.
    """
    span = data_days(shop)
    try:
        last = date.fromisoformat(end) if isinstance(end, str) and end else end or None
    except ValueError:
        raise ParameterError(N_('end "{value}" is not a date; use YYYY-MM-DD'), value=end) from None
    after = (last + timedelta(days=1)) if isinstance(last, date) else span.end
    if not span.start < after <= span.end:
        raise ParameterError(
            N_("end {value} lies outside the data, which runs from {start} to {last}"),
            value=str(last),
            start=span.start,
            last=span.end - timedelta(days=1),
        )
    first_weekday = 6 if shop.settings.week_start == "sunday" else 0
    stop = after - timedelta(days=(after.weekday() - first_weekday) % 7)
    chosen = Period(stop - timedelta(weeks=weeks), stop)
    if chosen.start < span.start:
        whole = max(0, (stop - span.start).days // 7)
        if not whole:
            raise ParameterError(
                N_(
                    "the data hold no whole week up to the end of the period: they run from "
                    "{start} to {last}; a report needs at least one"
                ),
                start=span.start,
                last=after - timedelta(days=1),
            )
        raise ParameterError(
            N_("weeks {value} is more than the data holds; at most {most} whole weeks are there"),
            value=weeks,
            most=whole,
        )
    return chosen


def days_reported(shop: Shop, *, weeks: int, end: str = "") -> Period:
    """The report's period: its last whole weeks, or all days of a very young shop.

    Args:
        shop: The shop.
        weeks: Length, 1 to 104 weeks.
        end: Last day to include; the data's last day unless given.

    Raises:
        ParameterError: ``weeks`` or ``end`` is out of range.
    """
    try:
        return latest_period(shop, weeks=weeks, end=end)
    except ParameterError:
        span = data_days(shop)
        if end or span.days >= _FEW_DAYS:
            raise
        # A shop of a few days still gets its page: each section says why it cannot tell.
        return span

"""Who is new: first purchases that are really first, and the channel that brought them.

Data begin on some day, and most customers who buy in its first weeks have bought before.
Counted as new they would make the first cohorts look loyal and acquisition look cheap.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, t
from opsbook.language import day as in_words
from opsbook.lifecycle.day_edges import NEEDS, data_span, first_days, guests_until
from opsbook.lifecycle.once import kept_customers
from opsbook.lifecycle.purchases import Guests
from opsbook.shop.periods import Period
from opsbook.shop.sales import paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Clock", "Newcomers", "newcomers", "retention_day"]

Clock = Literal["calendar", "24h"]
_SETTLE_DAYS = 90


@dataclass(frozen=True)
class Newcomers:
    """Customers whose first purchase lies in the data.

    Args:
        table: One row per new customer: ``customer_id, first_day``, ``channel`` (text, null
            where unknown), ``gap`` (days from the first purchase to the next one on another
            day; null without one), ``second_day`` and ``next_gap`` (calendar days from the
            second purchase to the third).
        span: First day of the data to the day after the last one counted.
        rule: How new customers were told: ``signup`` (registered within the data),
            ``settle`` (first seen later than ``settle_days`` after the data begin) or
            ``all`` (data too short for either: everyone counts).
        settle_days: Days for the second rule.
        clock: ``calendar`` (difference of dates) or ``24h`` (whole periods of 24 hours).
        customers: New customers.
        older: Customers left out because they bought before the data begin, or may have.
        guests: Orders that name no customer.
        has_channel: Whether channels are known.
        source: Name of the shop.
        currency: ISO code.
    """

    table: Frame
    span: Period
    rule: Literal["signup", "settle", "all"]
    settle_days: int
    clock: Clock
    customers: int
    older: int
    guests: Guests
    has_channel: bool
    source: str
    currency: str

    @cached_property
    def cells(self) -> pd.DataFrame:
        """New customers counted by day, channel and gap, in one query.

        Returns:
            One row per ``first_day, channel, gap`` with ``customers``, plus ``month`` (first
            day of the month) and ``follow`` (days observed after the first).
        """
        return self._counted(self.table.select("first_day", "channel", "gap"), self.clock)

    @cached_property
    def second_cells(self) -> pd.DataFrame:
        """The same from the second purchase to the third, for those who made a second.

        The columns are those of ``cells``; ``first_day`` is the day of the second purchase.
        Calendar days always.
        """
        table = self.table.filter(self.table.second_day.notnull())
        table = table.select(first_day=table.second_day, channel="channel", gap=table.next_gap)
        return self._counted(table, "calendar")

    def _counted(self, table: Frame, clock: Clock) -> pd.DataFrame:
        keys = ["first_day", "channel", "gap"]
        frame = table.group_by(keys).aggregate(customers=table.count())
        cells = frame.order_by(keys).execute()
        cells["first_day"] = pd.to_datetime(cells["first_day"])
        cells["channel"] = cells["channel"].astype(object).where(cells["channel"].notna(), None)
        cells["gap"] = cells["gap"].astype("float64")
        cells["month"] = cells["first_day"].dt.to_period("M").dt.to_timestamp()
        last = pd.Timestamp(self.span.end - timedelta(days=1))
        # By the hour, the 24 hours that begin on a customer's last day have not passed.
        cells["follow"] = (last - cells["first_day"]).dt.days - (clock == "24h")
        return cells

    def words(self) -> str:
        """Who counts as new, who does not, and by which clock, in two or three sentences."""
        start = in_words(self.span.start)
        rules = {
            "signup": t(
                "New is who registered on or after {start}, when the data begin, and bought; "
                "{older} older customers are not new and stay out.",
                start=start,
                older=count(self.older),
            ),
            "settle": t(
                "The data do not say who bought before {start}: customers first seen within "
                "{days} days of it may be old ones and stay out ({older}).",
                start=start,
                days=self.settle_days,
                older=count(self.older),
            ),
            "all": t(
                "The data are too short to tell old customers from new ones: everyone counts "
                "from the first purchase seen since {start}, so retention may look too high.",
                start=start,
            ),
        }
        clock = (
            t("Days are calendar days: bought on the 1st, back on the 2nd is day 1.")
            if self.clock == "calendar"
            else t("Days are full periods of 24 hours after the first order.")
        )
        parts = [rules[self.rule], clock, self.guests.words()]
        return " ".join(part for part in parts if part)


def retention_day(first: ibis.Value, later: ibis.Value, clock: Clock = "calendar") -> ibis.Value:
    """On which day of a customer's life an order falls.

    Args:
        first: Timestamp of the first order.
        later: Timestamp of the order in question.
        clock: ``calendar`` counts midnights between the two, ``24h`` full 24 hours.
    """
    if clock == "calendar":
        return later.date().delta(first.date(), unit="day")
    seconds = later.epoch_seconds() - first.epoch_seconds()
    return (seconds // 86_400).cast("int64")


@shared
def newcomers(
    shop: Shop,
    *,
    end: date | None = None,
    clock: Clock = "calendar",
    settle_days: int = _SETTLE_DAYS,
) -> Newcomers:
    """Find the customers whose first purchase lies in the data.

    Args:
        shop: Needs ``orders.customer_id``; uses ``customers.signup_date`` and ``channel``.
        end: Day after the last one to count; all of the data unless given.
        clock: ``calendar`` or ``24h``.
        settle_days: Where no registration date is known, customers first seen this soon
            after the data begin are taken for old ones; 0 or more.

    Raises:
        CannotTell: Customers are not named, or nobody is new.
        ParameterError: ``clock`` or ``settle_days`` has a wrong value.
    """
    if clock not in ("calendar", "24h"):
        raise ParameterError(N_('clock "{value}" is not known; use calendar or 24h'), value=clock)
    if settle_days < 0:
        raise ParameterError(
            N_("settle_days {value} is below 0; use the number of days, such as 90"),
            value=settle_days,
        )
    shop.require(NEEDS)
    data = data_span(shop)
    span = Period(data.start, min(end, data.end) if end is not None else data.end)
    first = _first_purchases(shop, span.end, clock)
    first = _with_customer(shop, first, span.end)
    settled = span.start + timedelta(days=settle_days)
    registered = shop.has("customers", "signup_date")
    short = span.days <= 2 * settle_days
    late_enough = ibis.literal(True) if short else first.first_day >= ibis.literal(settled)
    is_new = late_enough
    if registered:
        known = first.signup_date >= ibis.literal(span.start)
        is_new = ibis.ifelse(first.signup_date.notnull(), known, late_enough)
    name = f"first purchases {span.end} {clock} {settle_days}"
    whole = first.mutate(is_new=is_new)
    first = kept_customers(shop, name, lambda: whole)
    row = first.aggregate(all=first.count(), new=first.is_new.cast("int64").sum()).execute()
    everyone, new = (int(row[name].fillna(0).iloc[0]) for name in ("all", "new"))
    if not new:
        raise CannotTell(
            N_(
                "nobody bought for the first time between {start} and {last}, as far as can be told"
            ),
            start=span.start,
            last=span.end - timedelta(days=1),
        )
    table = first.filter(first.is_new).select(
        "customer_id", "first_day", "channel", "gap", "second_day", "next_gap"
    )
    rule: Literal["signup", "settle", "all"]
    rule = "signup" if registered else "all" if short else "settle"
    return Newcomers(
        table,
        span,
        rule,
        settle_days,
        clock,
        new,
        everyone - new,
        guests_until(shop, span.end),
        _knows_channel(shop),
        shop.title,
        shop.currency,
    )


def _knows_channel(shop: Shop) -> bool:
    return shop.has("customers", "channel") or shop.has("orders", "channel")


def _first_purchases(shop: Shop, end: date, clock: Clock) -> Frame:
    """Per customer: first and second day and the gaps to the second and third purchase."""
    ends = first_days(shop, end)
    gap = ends.second_day.delta(ends.first_day, unit="day")
    next_gap = ends.third_day.delta(ends.second_day, unit="day")
    ends = ends.select("customer_id", "first_day", "second_day", gap=gap, next_gap=next_gap)
    if clock == "calendar":
        return ends
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull(), orders.day < ibis.literal(end))
    everyone = ibis.window(group_by="customer_id")
    orders = orders.mutate(first_ts=orders.order_ts.min().over(everyone))
    orders = orders.mutate(age=retention_day(orders.first_ts, orders.order_ts, "24h"))
    gaps = orders.group_by("customer_id").aggregate(gap=orders.age.min(where=orders.age > 0))
    return ends.drop("gap").inner_join(gaps, "customer_id")


def _with_customer(shop: Shop, first: Frame, end: date) -> Frame:
    """Registration date and channel: the customer's own, else that of the first order."""
    wanted = [c for c in ("signup_date", "channel") if shop.has("customers", c)]
    if wanted:
        known = shop.customers.select("customer_id", *wanted)
        first = first.left_join(known, "customer_id").drop("customer_id_right")
    if "channel" in wanted:
        return first
    if not shop.has("orders", "channel"):
        return first.mutate(channel=ibis.null("string"))
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull(), orders.day < ibis.literal(end))
    joined = orders.select("customer_id", "day", "channel").inner_join(
        first.select("customer_id", "first_day"), "customer_id"
    )
    # Of two channels on the first day the first by name: engines must agree.
    there = joined.filter(joined.day == joined.first_day)
    named = there.group_by("customer_id").aggregate(channel=there.channel.min())
    return first.left_join(named, "customer_id").drop("customer_id_right")

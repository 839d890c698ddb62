"""Dormant share: how much of the customer base has gone quiet, by a stated base and clock."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import pandas as pd

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, per_cent, t
from opsbook.language import day as in_words
from opsbook.lifecycle.day_edges import NEEDS, buying_days, data_span, guests_until
from opsbook.lifecycle.latest import Latest
from opsbook.lifecycle.purchases import Guests
from opsbook.reference.figures import figure
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["CLOCKS", "NEEDS", "Dormancy", "dormant_share"]

CLOCKS = (30, 90, 180, 365)
"""Days of silence that shops use; the source's is three months."""
_YEAR = 365


@dataclass(frozen=True)
class Dormancy(Latest):
    """Customers without a purchase for longer than the clock.

    Args:
        trend: One row per month end, by day: ``at, base`` (customers who had bought by
            then), ``dormant, rate, low, high`` and, of those who bought in the 365 days up
            to the day, ``base_year, dormant_year, rate_year``.
        definitions: Last day by clock and base: ``clock_days, base`` (ever, year,
            registered), ``customers, dormant, rate``.
        clock_days: Days of silence after which a customer is dormant.
        at: The last day.
        level: Confidence of the intervals.
        guests: Orders that name no customer.
        source: Name of the shop.
    """

    trend: pd.DataFrame
    definitions: pd.DataFrame
    clock_days: int
    at: date
    level: float
    guests: Guests
    source: str

    def headline(self) -> str:
        """The share with its base and clock."""
        return t(
            "{rate} of the customers who ever bought have not done so for more than {days} days",
            rate=per_cent(self.now["rate"]),
            days=self.clock_days,
        )

    def words(self) -> str:
        """Base, clock, what another base would say, and the published claim."""
        now = self.now
        text = t(
            "{day}: {n} of {all} customers. Of those who bought within the last year it is "
            "{year}. The first figure can only grow with the age of the shop, since nobody "
            "leaves its base; compare shops and months by the second. {claim}, base not stated.",
            day=in_words(self.at),
            n=count(now["dormant"]),
            all=count(now["base"]),
            year=per_cent(now["rate_year"]),
            claim=figure("dormant_failure").words(),
        )
        return " ".join(part for part in (text, self.guests.words()) if part)


@shared
def dormant_share(
    shop: Shop,
    *,
    end: date | None = None,
    clock_days: int = 90,
    months: int = 12,
    level: float = 0.95,
) -> Dormancy:
    """Count customers who have gone quiet, now and at the ends of the last months.

    Args:
        shop: Needs ``orders.customer_id``; uses ``customers.signup_date``.
        end: Day after the last one to count; all of the data unless given.
        clock_days: Days of silence after which a customer is dormant, 7 to 730.
        months: Month ends to show, 1 to 36.
        level: Confidence of the intervals.

    Raises:
        CannotTell: Customers are not named, or the data are shorter than the clock.
        ParameterError: A parameter is out of range.
    """
    if not 7 <= clock_days <= 730:
        raise ParameterError(
            N_("clock_days {value} is out of range; use 7 to 730"), value=clock_days
        )
    shop.require(NEEDS)
    data = data_span(shop)
    after = min(end, data.end) if end is not None else data.end
    last = after - timedelta(days=1)
    if (after - data.start).days <= clock_days:
        raise CannotTell(
            N_("the data hold {have} days: nobody can have been silent for more than {days} yet"),
            have=(after - data.start).days,
            days=clock_days,
        )
    ends = [d.date() for d in pd.date_range(end=pd.Timestamp(last), periods=months, freq="ME")]
    # Before the clock has run once, nobody can be dormant.
    ends = [d for d in ends if (d - data.start).days > clock_days and d != last] + [last]
    days = buying_days(shop, after)
    per = days.group_by("customer_id").aggregate(
        first=days.day.min(),
        **{f"last{i}": days.day.max(where=days.day <= ibis.literal(d)) for i, d in enumerate(ends)},
    )
    sums: dict[str, ibis.Value] = {}
    for i, day in enumerate(ends):
        seen = per[f"last{i}"]
        quiet = seen < ibis.literal(day - timedelta(days=clock_days))
        lately = seen > ibis.literal(day - timedelta(days=_YEAR))
        sums |= {
            f"base{i}": seen.count(),
            f"dormant{i}": quiet.cast("int64").sum(),
            f"base_year{i}": lately.cast("int64").sum(),
            f"dormant_year{i}": (quiet & lately).cast("int64").sum(),
        }
    final = per[f"last{len(ends) - 1}"]
    for clock in CLOCKS:
        quiet = final < ibis.literal(last - timedelta(days=clock))
        sums[f"ever_{clock}"] = quiet.cast("int64").sum()
        lately = final > ibis.literal(last - timedelta(days=_YEAR))
        sums[f"year_{clock}"] = (quiet & lately).cast("int64").sum()
    row = per.aggregate(**sums).execute().fillna(0).iloc[0]
    trend = pd.DataFrame(
        [
            {"at": pd.Timestamp(day)}
            | {name: int(row[f"{name}{i}"]) for name in (
                "base", "dormant", "base_year", "dormant_year")}
            for i, day in enumerate(ends)
        ]
    )  # fmt: skip
    if not trend["base"].iloc[-1]:
        raise CannotTell(N_("no named customer had bought by {at}"), at=last)
    trend["rate"] = trend["dormant"] / trend["base"].where(trend["base"] > 0)
    trend["low"], trend["high"] = wilson(trend["dormant"], trend["base"], level)
    trend["rate_year"] = trend["dormant_year"] / trend["base_year"].where(trend["base_year"] > 0)
    return Dormancy(
        trend,
        _definitions(shop, row, trend, last),
        clock_days,
        last,
        level,
        guests_until(shop, after),
        shop.title,
    )


def _definitions(shop: Shop, row: pd.Series, trend: pd.DataFrame, last: date) -> pd.DataFrame:
    """Every clock on every base, on the last day."""
    now = trend.iloc[-1]
    bases = {"ever": now["base"], "year": now["base_year"]}
    rows = [
        {"clock_days": clock, "base": base, "customers": int(size),
         "dormant": int(row[f"{base}_{clock}"])}
        for clock in CLOCKS
        for base, size in bases.items()
        # Who bought within a year cannot have been silent for longer.
        if not (base == "year" and clock >= _YEAR)
    ]  # fmt: skip
    if shop.has("customers", "signup_date"):
        joined = shop.customers.filter(shop.customers.signup_date <= ibis.literal(last))
        registered = int(joined.count().execute())
        # Members whose orders are not in the data bought before it begins, or never.
        silent = registered - (int(now["base"]) - pd.Series({c: row[f"ever_{c}"] for c in CLOCKS}))
        rows += [
            {"clock_days": clock, "base": "registered", "customers": registered,
             "dormant": int(silent[clock])}
            for clock in CLOCKS
            if registered >= now["base"]
        ]  # fmt: skip
    frame = pd.DataFrame(rows)
    frame["rate"] = frame["dormant"] / frame["customers"].where(frame["customers"] > 0)
    return frame

"""Repeat purchase rate: who buys again, with its window and its denominator said.

The same shop can report 5 % or 50 %: the figure depends on how long is waited and on who is
counted. The source's figure is the buyers of 30 days who bought twice within them.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.common.shares import two_shares, wilson
from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, per_cent, points, t
from opsbook.lifecycle.day_edges import NEEDS, data_span, guests_until
from opsbook.lifecycle.latest import Latest
from opsbook.lifecycle.purchases import Guests
from opsbook.reference.figures import figure
from opsbook.shop.periods import Period
from opsbook.shop.sales import paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["LEAST_BUYERS", "NEEDS", "RepeatRate", "repeat_rate"]

_YEAR = 364
"""Days back to the same weekdays of a year ago: 52 whole weeks. Twelve windows of 30 days would
be 360, which moves a festival on a fixed date four days towards the window's edge or over it."""
LEAST_BUYERS = 30
"""Below this many buyers in a window no change is claimed."""


@dataclass(frozen=True)
class RepeatRate(Latest):
    """Repeat purchases in windows of equal length, one after the other.

    Args:
        trend: One row per window, oldest first: ``start, end`` (day after the last),
            ``buyers, repeaters`` (two or more orders), ``repeaters_days`` (orders on two or
            more days), ``returning`` (bought before the window began), ``orders`` and
            ``repeat_orders`` (all but each buyer's first in the window); ``rate`` =
            repeaters / buyers with ``low, high``; ``rate_days, rate_returning,
            rate_orders``.
        year_ago: The latest window 364 days earlier, on the same weekdays: ``start, end,
            buyers, repeaters, rate``; None where the data do not hold all of it.
        days: Length of a window.
        level: Confidence of the intervals.
        guests: Orders that name no customer.
        source: Name of the shop.
    """

    trend: pd.DataFrame
    year_ago: pd.Series | None
    days: int
    level: float
    guests: Guests
    source: str

    @property
    def earlier(self) -> pd.Series | None:
        """The window a year before, else the one before; None without one."""
        if self.year_ago is not None:
            return self.year_ago
        return self.trend.iloc[-2] if len(self.trend) > 1 else None

    @property
    def p_value(self) -> float:
        """That the rate is what it was in ``earlier``; not a number where that is unknown."""
        then = self.earlier
        if then is None or min(then["buyers"], self.now["buyers"]) < LEAST_BUYERS:
            return float("nan")
        return two_shares(
            (self.now["repeaters"], then["repeaters"]), (self.now["buyers"], then["buyers"])
        )

    def headline(self) -> str:
        """The rate with window and denominator, and whether it changed."""
        now = self.now
        text = t(
            "{rate} of buyers ordered twice or more within {days} days",
            rate=per_cent(now["rate"]),
            days=self.days,
        )
        then, p = self.earlier, self.p_value
        if then is None or p != p:
            return text
        if p >= 1 - self.level:
            return text + t(", as before within chance")
        return text + t(", {change} on {start}", change=points(now["rate"] - then["rate"]),
                        start=str(Period(then["start"].date(), then["end"].date())))  # fmt: skip

    def definitions(self) -> pd.DataFrame:
        """The latest window by every common definition.

        Returns:
            One row each: ``definition, hits, base, rate, low, high``.
        """
        now = self.now
        rows = [
            (t("buyers with 2 orders or more / buyers (source, 001)"), "repeaters", "buyers"),
            (t("buyers who ordered on 2 days or more / buyers"), "repeaters_days", "buyers"),
            (t("orders after a buyer's first in the window / orders"), "repeat_orders", "orders"),
            (t("buyers who had bought before the window / buyers"), "returning", "buyers"),
        ]
        frame = pd.DataFrame(
            [{"definition": text, "hits": now[a], "base": now[b]} for text, a, b in rows]
        )
        frame["rate"] = frame["hits"] / frame["base"]
        frame["low"], frame["high"] = wilson(frame["hits"], frame["base"], self.level)
        # Orders of one buyer depend on each other: the interval would be too narrow.
        frame.loc[2, ["low", "high"]] = float("nan")
        return frame

    def words(self) -> str:
        """Window, denominator, interval and the published claim."""
        now = self.now
        period = Period(now["start"].date(), now["end"].date())
        text = t(
            "{period}: {hits} of {base} buyers, interval {low} to {high}; {claim}. Two further "
            "figures of the sources, 35 % and 45 %, name no window and cannot be compared.",
            period=str(period),
            hits=count(now["repeaters"]),
            base=count(now["buyers"]),
            low=per_cent(now["low"]),
            high=per_cent(now["high"]),
            claim=figure("repeat_30d").words(),
        )
        return " ".join(part for part in (text, self.guests.words()) if part)


@shared
def repeat_rate(
    shop: Shop, *, days: int = 30, end: date | None = None, level: float = 0.95
) -> RepeatRate:
    """Count buyers and repeat buyers in windows that end with the data.

    Args:
        shop: Needs ``orders.customer_id``.
        days: Length of a window, 7 to 365 days.
        end: Day after the last one to count; all of the data unless given.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: Customers are not named, or the data hold no whole window with a buyer.
        ParameterError: ``days`` or ``level`` is out of range.
    """
    if not 7 <= days <= 365:
        raise ParameterError(N_("days {value} is out of range; use 7 to 365"), value=days)
    shop.require(NEEDS)
    data = data_span(shop)
    span = Period(data.start, min(end, data.end) if end is not None else data.end)
    whole = span.days // days
    if not whole:
        raise CannotTell(
            N_("the data hold {have} days; a repeat purchase rate of {days} days needs as many"),
            have=span.days,
            days=days,
        )
    orders = paid_orders(shop)
    named = orders.filter(orders.customer_id.notnull(), orders.day < ibis.literal(span.end))
    back = ibis.literal(span.end - timedelta(days=1)).delta(named.day, unit="day")
    named = named.mutate(window=(back // days).cast("int64"))
    per = named.group_by("customer_id", "window").aggregate(
        orders=named.count(), first=named.day.min(), last=named.day.max()
    )
    # The earliest window of a customer is the one he was first seen in.
    per = per.mutate(oldest=per.window.max().over(ibis.window(group_by="customer_id")))
    sums = per.group_by("window").aggregate(
        buyers=per.count(),
        repeaters=(per.orders >= 2).cast("int64").sum(),
        repeaters_days=(per["first"] < per["last"]).cast("int64").sum(),
        returning=(per.oldest > per.window).cast("int64").sum(),
        orders=per.orders.sum(),
    )
    frame = sums.execute().set_index("window").reindex(range(whole)).fillna(0).astype("int64")
    if not frame["buyers"].iloc[0]:
        raise CannotTell(
            N_("no named customer bought in the last {days} days of the data"), days=days
        )
    ends = [pd.Timestamp(span.end) - pd.Timedelta(days=days * i) for i in range(whole)]
    frame = frame.assign(end=ends, start=[e - pd.Timedelta(days=days) for e in ends])
    frame["repeat_orders"] = frame["orders"] - frame["buyers"]
    base = frame["buyers"].where(frame["buyers"] > 0)
    frame["rate"] = frame["repeaters"] / base
    frame["low"], frame["high"] = wilson(frame["repeaters"], frame["buyers"], level)
    frame["rate_days"] = frame["repeaters_days"] / base
    frame["rate_returning"] = frame["returning"] / base
    frame["rate_orders"] = frame["repeat_orders"] / frame["orders"].where(base.notna())
    trend = frame.sort_values("start").reset_index(drop=True)
    before = _year_ago(named, span, days)
    return RepeatRate(trend, before, days, level, guests_until(shop, span.end), shop.title)


def _year_ago(named: Frame, span: Period, days: int) -> pd.Series | None:
    """Buyers and repeat buyers of the last window's weekdays of a year ago."""
    end = span.end - timedelta(days=_YEAR)
    start = end - timedelta(days=days)
    if start < span.start or days > _YEAR:
        return None
    inside = named.filter(named.day >= ibis.literal(start), named.day < ibis.literal(end))
    per = inside.group_by("customer_id").aggregate(orders=inside.count())
    sums = per.aggregate(buyers=per.count(), repeaters=(per.orders >= 2).cast("int64").sum())
    row = sums.execute().fillna(0).astype("int64").iloc[0]
    if not row["buyers"]:
        return None
    rate = row["repeaters"] / row["buyers"]
    return pd.Series(
        {"start": pd.Timestamp(start), "end": pd.Timestamp(end), **row, "rate": rate}, dtype=object
    )

"""Sales over time: what grew, against what, and whether it is more than fluctuation."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import ibis
import pandas as pd

from opsbook.language import count, money, per_cent, t
from opsbook.language import day as in_words
from opsbook.market.compare import LEAST_ORDERS
from opsbook.market.growth_chart import plot_trend
from opsbook.market.headlines import HEADLINES
from opsbook.reference.calendar import shop_events
from opsbook.reference.like_for_like import LikeForLike, like_for_like
from opsbook.shop.metrics import key_figures, order_totals
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = [
    "NEEDS",
    "Grain",
    "Growth",
    "daily_sales",
    "growth",
    "plot_trend",
    "sales_by",
]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id",)}
Grain = Literal["month", "week", "weekday", "hour"]
_SILENT_DAYS = 14


@dataclass(frozen=True)
class Growth:
    """A period against the one before and against last year.

    Args:
        period: The period in question.
        previous: The period of equal length before; None where the data begin later.
        last_year: The same weekdays 52 weeks earlier; None where the data begin later.
        now: Key figures of the period, metric id to value.
        before: Key figures of ``previous``; empty without it.
        year_ago: Key figures of ``last_year``; empty without it.
        vs_previous: Growth against ``previous`` on like days.
        vs_last_year: Growth against ``last_year`` on like days.
        calendar: Special days of all three periods and between.
        currency: ISO code.
        source: Name of the shop for a figure's source line.
        silent: More than two weeks on end without a sale in the period or its base, in a
            shop that sells on most days: data may be missing.
    """

    period: Period
    previous: Period | None
    last_year: Period | None
    now: dict[str, float]
    before: dict[str, float]
    year_ago: dict[str, float]
    vs_previous: LikeForLike | None
    vs_last_year: LikeForLike | None
    calendar: pd.DataFrame
    currency: str
    source: str
    silent: Period | None = None

    @property
    def lead(self) -> tuple[LikeForLike | None, Period | None, bool]:
        """The comparison that says most, its base, and whether that is last year.

        Last year where the data hold it, since the season is the same; else the period
        before.
        """
        if self.vs_last_year is not None and self.vs_last_year.growth is not None:
            return self.vs_last_year, self.last_year, True
        return self.vs_previous, self.previous, False

    @property
    def measure(self) -> str:
        """What grew: ``gmv``, or ``orders`` where the data know no amounts."""
        return "gmv" if "gmv" in self.now else "orders"

    @property
    def judged(self) -> bool:
        """Whether the data can tell growth: no hole, no negative sales, enough orders."""
        year = self.lead[2]
        orders = [f.get("orders", 0.0) for f in (self.now, self.year_ago if year else self.before)]
        return self.silent is None and self.now.get("gmv", 0.0) >= 0 and min(orders) >= LEAST_ORDERS

    def headline(self) -> str:
        """What happened to sales, in one sentence, saying no more than the data do."""
        lead, base, is_year = self.lead
        texts = HEADLINES[self.measure]
        if self.measure == "gmv" and self.now["gmv"] < 0:
            text = texts["negative"]
            return t(text, figure=money(self.now["gmv"], self.currency))
        if self.silent is not None:
            last = self.silent.end - timedelta(days=1)
            text = texts["silent"]
            return t(text, start=in_words(self.silent.start), end=in_words(last))
        if lead is None or lead.growth is None or base is None:
            figure = self.now.get(self.measure, 0.0)
            shown = money(figure, self.currency) if self.measure == "gmv" else count(figure)
            text = texts["alone"]
            return t(text, figure=shown)
        if not self.judged:
            earlier = self.year_ago if is_year else self.before
            text = texts["few"]
            return t(text, now=count(self.now["orders"]), before=count(earlier["orders"]))
        since = "year" if is_year else "before"
        if lead.low is None or not lead.is_real:
            text = texts[("unsure_" if lead.low is None else "steady_") + since]
            return t(text, growth=per_cent(lead.growth, sign=True))
        text = texts[("up_" if lead.growth > 0 else "down_") + since]
        return t(text, size=per_cent(abs(lead.growth)))

    def words(self) -> str:
        """Raw and like-for-like growth with interval and the days left out."""
        parts = []
        for lfl, raw, like in (
            (
                self.vs_previous,
                t("Against the period before: {raw} as it stands"),
                t("{growth} on like days ({interval}). {days}"),
            ),
            (
                self.vs_last_year,
                t("Against last year: {raw} as it stands"),
                t("{growth} on like days ({interval}). {days}"),
            ),
        ):
            if lfl is None or lfl.raw is None:
                continue
            first = raw.format(raw=per_cent(lfl.raw, sign=True))
            if lfl.growth is None:
                parts.append(first + t("; no day can be compared."))
                continue
            parts.append(
                first
                + t(", ")
                + like.format(
                    growth=per_cent(lfl.growth, sign=True),
                    interval=lfl.interval(),
                    days=lfl.words(),
                )
            )
        if self.last_year is None:
            parts.append(
                t("The data hold no earlier year, so season and growth cannot be told apart.")
            )
        return " ".join(parts)


@shared
def daily_sales(shop: Shop, start: Period | None = None) -> pd.DataFrame:
    """Sales by day.

    Returns:
        One row per day with an order: ``day``, ``gmv``, ``orders``, by day.
    """
    orders = order_totals(shop)
    if start is not None:
        orders = in_days(orders, start.start, start.end)
    by_day = orders.group_by("day").aggregate(gmv=orders.amount.sum(), orders=orders.count())
    frame = by_day.order_by("day").execute()
    return frame.assign(day=pd.to_datetime(frame["day"]), gmv=frame["gmv"].fillna(0.0))


@shared
def sales_by(shop: Shop, grain: Grain = "month", *, period: Period | None = None) -> pd.DataFrame:
    """Sales by month, week, weekday or hour.

    Args:
        shop: The shop.
        grain: ``month`` and ``week`` (as the shop's week begins) give totals; ``weekday``
            and ``hour`` give an average day.
        period: Days to include; all of the data unless given.

    Returns:
        ``month`` and ``week``: one row each, by time, ``start`` and ``end`` (day after the
        last), ``gmv, orders, buyers``, ``days`` inside the data and ``partial`` (some of its
        days lie outside the data or the period: never compare it).
        ``weekday`` (0 Monday) and ``hour``: one row each, ``gmv`` and ``orders`` per day,
        ``days`` averaged.
    """
    span = period or data_days(shop)
    orders = in_days(order_totals(shop), span.start, span.end)
    if grain in ("weekday", "hour"):
        return _per_day(orders, span, grain)
    sunday = shop.settings.week_start == "sunday"
    if grain == "month":
        key = orders.day.truncate("M")
    elif sunday:
        one = ibis.interval(days=1)
        key = ((orders.day + one).truncate("W") - one).cast("date")
    else:
        key = orders.day.truncate("W")
    sums = (
        orders.group_by(start=key.cast("date"))
        .aggregate(gmv=orders.amount.sum(), orders=orders.count(), buyers=orders.buyer.nunique())
        .order_by("start")
        .execute()
    )
    sums["start"] = pd.to_datetime(sums["start"])
    first, after = pd.Timestamp(span.start), pd.Timestamp(span.end)
    if grain == "month":
        every = pd.date_range(first.replace(day=1), after, freq="MS", inclusive="left")
        ends = every + pd.offsets.MonthBegin(1)
    else:
        back = (span.start.weekday() - (6 if sunday else 0)) % 7
        every = pd.date_range(first - timedelta(days=back), after, freq="7D", inclusive="left")
        ends = every + timedelta(days=7)
    frame = pd.DataFrame({"start": every, "end": ends}).merge(sums, on="start", how="left")
    frame[["gmv", "orders", "buyers"]] = frame[["gmv", "orders", "buyers"]].fillna(0)
    inside = frame["end"].clip(upper=after) - frame["start"].clip(lower=first)
    frame["days"] = inside.dt.days
    frame["partial"] = (frame["start"] < first) | (frame["end"] > after)
    return frame


def _per_day(orders: ibis.Table, span: Period, grain: str) -> pd.DataFrame:
    key = orders.order_ts.hour() if grain == "hour" else orders.day.day_of_week.index()
    sums = orders.group_by(**{grain: key}).aggregate(gmv=orders.amount.sum(), orders=orders.count())
    every = pd.RangeIndex(24 if grain == "hour" else 7, name=grain)
    frame = sums.execute().set_index(grain).reindex(every).fillna(0.0)
    days = pd.date_range(span.start, span.end, inclusive="left")
    if grain == "hour":
        frame["days"] = len(days)
    else:
        frame["days"] = days.day_of_week.value_counts().reindex(every, fill_value=0)
    for name in ("gmv", "orders"):
        frame[name] = frame[name] / frame["days"].where(frame["days"] > 0)
    return frame.reset_index()


@shared
def growth(shop: Shop, period: Period, *, level: float = 0.95) -> Growth:
    """Compare a period with the one before and with last year, on like days.

    Args:
        shop: The shop.
        period: The period in question, best whole weeks.
        level: Confidence of the intervals, 0.5 to 0.999.

    Returns:
        Growth of sales; of orders where the shop has no order lines, so no amounts.
    """
    span = data_days(shop)
    previous = period.before() if period.before().inside(span) else None
    last_year = period.last_year() if period.last_year().inside(span) else None
    daily = daily_sales(shop)
    start = min(p.start for p in (period, previous, last_year, span) if p is not None)
    calendar = shop_events(shop, start, max(span.end, period.end))
    now = key_figures(shop, period)
    measure = "gmv" if "gmv" in now else "orders"
    against = [
        like_for_like(daily, period, base, calendar=calendar, span=span, level=level, value=measure)
        if base
        else None
        for base in (previous, last_year)
    ]
    return Growth(
        period,
        previous,
        last_year,
        now,
        key_figures(shop, previous) if previous else {},
        key_figures(shop, last_year) if last_year else {},
        against[0],
        against[1],
        calendar,
        shop.currency,
        shop.title,
        silent_days(daily, span, [p for p in (period, last_year or previous) if p], measure),
    )


def silent_days(
    daily: pd.DataFrame, span: Period, periods: list[Period], value: str = "gmv"
) -> Period | None:
    """The longest run of more than two weeks without a sale, in a shop that sells daily.

    Args:
        daily: From ``daily_sales``.
        span: First to last day of the data.
        periods: Where to look.
        value: ``gmv`` or ``orders``.

    Returns:
        None without such a run, and where fewer than 80 % of the other days have sales:
        there a pause is nothing unusual.
    """
    days = pd.date_range(span.start, span.end, inclusive="left")
    sold = daily.set_index("day")[value].reindex(days).fillna(0.0).ne(0)
    longest: Period | None = None
    for period in periods:
        inside = sold[(days >= pd.Timestamp(period.start)) & (days < pd.Timestamp(period.end))]
        quiet = inside.index[~inside]
        for _, run in quiet.groupby(inside.cumsum()[~inside]).items():
            if len(run) > max(_SILENT_DAYS, longest.days if longest else 0):
                longest = Period(run[0].date(), run[-1].date() + timedelta(days=1))
    if longest is None or sold.sum() < 0.8 * (len(sold) - longest.days):
        return None
    return longest

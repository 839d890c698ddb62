"""Day by day: orders, what was spent on each channel, and all else that moves orders.

What a response curve is fitted to. Festivals raise orders and spend alike; unless they are
held fixed, advertising gets credit for the festival.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.reference.calendar import shop_events
from opsbook.shop.metrics import order_totals
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "OTHER", "MediaDays", "media_days"]

NEEDS = {"orders": ("order_id", "order_ts"), "ad_spend": ("date", "channel", "cost")}
OTHER = "…"
"""Name of the small channels put together."""
_LEAST_DAYS, _MOST_DAYS = 182, 1_096
_MOST_CHANNELS = 8
_KNOT_DAYS = 56
"""One bend of the slow level every eight weeks: season and trend, but no single week."""
_DEARER = 1.3
"""Times by which a click must have become dearer for spend to be counted in today's clicks."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MediaDays:
    """Daily series of a shop with advertising.

    Args:
        days: The days, without gaps.
        orders: Paid orders by day.
        spend: Money by channel (row, largest first) and day.
        delivered: The same in today's click prices: what the money bought.
        channels: Names of the rows.
        held: Columns of what is held fixed: slow level, weekday, days of events, campaigns,
            discount.
        held_names: What kinds of columns these are.
        credited: Share of orders credited to each channel by last click; 0 where unknown.
        worth: Mean money per order of the last year: margin, else sales; 0 where unknown.
        has_margin: Whether it is margin.
        dearer: Channels whose click price moved so much that delivery is counted.
    """

    days: pd.DatetimeIndex
    orders: Floats
    spend: Floats
    delivered: Floats
    channels: tuple[str, ...]
    held: Floats
    held_names: tuple[str, ...]
    credited: Floats
    worth: float
    has_margin: bool
    dearer: tuple[str, ...]


@shared
def media_days(shop: Shop, end: date | None = None) -> MediaDays:
    """Collect the series a response curve needs.

    Args:
        shop: Needs ``orders`` and ``ad_spend`` by day and channel.
        end: Day after the last one to use; the end of the data unless given.

    Raises:
        CannotTell: No advertising is on record, or less than half a year of it.
    """
    shop.require(NEEDS)
    spent = _spend(shop)
    if spent.empty:
        raise CannotTell(N_("no advertising cost is on record: there is no response to learn"))
    known = data_days(shop)
    last = min(known.end, end or known.end)
    # Spend may be kept for less time than orders; days before it are not days without ads.
    first = max(known.start, spent.index.min().date(), last - timedelta(days=_MOST_DAYS))
    last = min(last, spent.index.max().date() + timedelta(days=28))
    if (last - first).days < _LEAST_DAYS:
        raise CannotTell(
            N_("{days} days of advertising are on record; a response curve needs {least}"),
            days=max((last - first).days, 0),
            least=_LEAST_DAYS,
        )
    days = pd.date_range(first, last - timedelta(days=1), freq="D")
    money, clicks = (
        spent[kind].reindex(days).fillna(0.0) for kind in ("cost", "clicks")
    )  # fmt: skip
    money = money.loc[:, money.sum() > 0]
    if money.empty:
        raise CannotTell(N_("no advertising cost is on record: there is no response to learn"))
    money = money[money.sum().sort_values(ascending=False, kind="stable").index]
    clicks = clicks[money.columns]
    if money.shape[1] > _MOST_CHANNELS:
        keep, rest = money.columns[: _MOST_CHANNELS - 1], money.columns[_MOST_CHANNELS - 1 :]
        money, clicks = (
            frame[keep].assign(**{OTHER: frame[rest].sum(axis=1)}) for frame in (money, clicks)
        )
    sold, worth, has_margin, credit = _sold(shop, Period(first, last), days)
    held, names = _held(shop, days, sold)
    spend = money.to_numpy(np.float64).T
    price = [_price(m, c) for m, c in zip(spend, clicks.to_numpy(np.float64).T, strict=True)]
    return MediaDays(
        days,
        sold["orders"].to_numpy(np.float64),
        spend,
        spend / np.array(price),
        tuple(str(c) for c in money.columns),
        held,
        names,
        np.array([float(credit.get(c, 0.0)) for c in money.columns]),
        worth,
        has_margin,
        tuple(str(c) for c, p in zip(money.columns, price, strict=True) if np.ptp(p) > 0),
    )


def _spend(shop: Shop) -> pd.DataFrame:
    """Money and clicks by day; columns (cost or clicks, channel)."""
    rows = shop.ad_spend
    has_clicks = "clicks" in rows.columns
    rows = rows.filter(rows.cost.notnull(), rows.channel.notnull())
    sums = rows.group_by("date", "channel").aggregate(
        cost=rows.cost.sum(),
        clicks=(rows.clicks if has_clicks else rows.cost).sum(),
    )
    frame = sums.execute()
    frame["date"] = pd.to_datetime(frame["date"])
    if not has_clicks:
        frame["clicks"] = 0.0
    frame[["cost", "clicks"]] = frame[["cost", "clicks"]].astype(np.float64)
    wide: pd.DataFrame = frame.pivot_table(
        index="date", columns="channel", values=["cost", "clicks"], aggfunc="sum", fill_value=0.0
    )
    return wide


def _sold(
    shop: Shop, period: Period, days: pd.DatetimeIndex
) -> tuple[pd.DataFrame, float, bool, pd.Series]:
    """Orders and sums by day, worth of an order, and the share of orders credited by channel."""
    orders = in_days(order_totals(shop), period.start, period.end)
    by = ["day"] + (["channel"] if "channel" in orders.columns else [])
    found = (
        orders.group_by(*by)
        .aggregate(
            orders=orders.count(),
            amount=orders.amount.sum(),
            listed=orders.list_amount.sum(),
            cost=orders.cost.sum(),
            costed=orders.costed_amount.sum(),
        )
        .execute()
    )
    found["day"] = pd.to_datetime(found["day"])
    numbers = ["orders", "amount", "listed", "cost", "costed"]
    found[numbers] = found[numbers].astype(np.float64)
    daily = found.groupby("day")[numbers].sum().reindex(days).fillna(0.0)
    credit = pd.Series(dtype=np.float64)
    if "channel" in found:
        credit = found.groupby("channel")["orders"].sum() / max(float(found["orders"].sum()), 1.0)
    year = daily.tail(365)
    n, amount, costed = (float(year[k].sum()) for k in ("orders", "amount", "costed"))
    has_margin = shop.has("order_lines", "unit_cost") and costed > 0
    worth = amount / n if n else 0.0
    if has_margin:
        worth *= 1 - float(year["cost"].sum()) / costed
    return daily, worth, has_margin, credit


def _held(shop: Shop, days: pd.DatetimeIndex, sold: pd.DataFrame) -> tuple[Floats, tuple[str, ...]]:
    n = len(days)
    at = np.arange(n, dtype=np.float64)
    bends = max(round(n / _KNOT_DAYS), 2)
    # Cosines are smooth at any length and take no knots; the first of them is the level.
    columns = [np.cos(np.pi * k * (at + 0.5) / n) for k in range(bends + 1)]
    columns += [np.asarray(days.day_of_week == k, np.float64) for k in range(1, 7)]
    names = ["level", "weekday"]
    special = _event_columns(shop, days)
    if special:
        columns += special
        names.append("event")
    if shop.has("campaigns", "type", "start_date", "end_date"):
        columns += _campaign_columns(shop, days)
        names.append("campaign")
    if (sold["listed"] > sold["amount"]).any():
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = np.log(sold["listed"].to_numpy() / sold["amount"].to_numpy())
        depth = np.where(np.isfinite(depth), depth, np.nan)
        columns.append(np.nan_to_num(depth - np.nanmean(depth)))
        names.append("discount")
    return np.column_stack(columns), tuple(names)


def _event_columns(shop: Shop, days: pd.DatetimeIndex) -> list[Floats]:
    """Each day of an event has a level of its own, shared by the years; each year one more."""
    end = days[-1].date() + timedelta(days=1)
    found = shop_events(shop, days[0].date(), end)
    columns: list[Floats] = []
    for _, rows in found.groupby("event", sort=True):
        rows = rows.sort_values("date")
        place = days.get_indexer(pd.DatetimeIndex(rows["date"]))
        run = rows["date"].diff().dt.days.gt(60).cumsum().to_numpy()
        groups = [rows["nth"].to_numpy() == nth for nth in sorted(set(rows["nth"]))]
        groups += [run == k for k in range(1, int(run.max()) + 1)]
        for inside in groups:
            column = np.zeros(len(days))
            column[place[inside]] = 1.0
            columns.append(column)
    return columns


def _campaign_columns(shop: Shop, days: pd.DatetimeIndex) -> list[Floats]:
    rows = shop.campaigns.select("type", "start_date", "end_date").execute().dropna()
    columns = []
    for _, some in rows.groupby("type", sort=True):
        column = np.zeros(len(days))
        for start, last in zip(some["start_date"], some["end_date"], strict=True):
            column[(days >= pd.Timestamp(start)) & (days <= pd.Timestamp(last))] = 1.0
        if column.any():
            columns.append(column)
    return columns


def _price(money: Floats, clicks: Floats) -> Floats:
    """Price of a click against that of the last eight weeks; 1 where it hardly moved."""
    frame = pd.DataFrame({"money": money, "clicks": clicks})
    # Four weeks together: a festival's rush on clicks is no lasting change of price.
    sums = frame.rolling(28, min_periods=7, center=True).sum()
    price = (sums["money"] / sums["clicks"].where(sums["clicks"] > 0)).ffill().bfill()
    if price.isna().any() or (price <= 0).any():
        return np.ones(len(money))
    low, high = price.quantile(0.05), price.quantile(0.95)
    if high / low < _DEARER:
        return np.ones(len(money))
    return np.asarray(price / price.tail(56).median(), np.float64)

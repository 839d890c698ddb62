"""What each product sold in each week and at what price, counted in the engine.

The price of a week is what shoppers saw: pieces-weighted mean paid price, leaving out orders
with a coupon or an order discount where the shop records them, since those are personal.
"""

from datetime import date, timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days, paid_orders, sales_lines
from opsbook.shop.shop import Shop

__all__ = ["DAYS", "product_weeks", "whole_weeks"]

DAYS = {"day": 1, "week": 7}


def whole_weeks(shop: Shop, period: Period | None = None) -> Period:
    """The whole weeks inside a period, or inside all the data.

    Raises:
        CannotTell: There is not one whole week.
    """
    span = period or data_days(shop)
    first_weekday = 6 if shop.settings.week_start == "sunday" else 0
    start = span.start + timedelta(days=(first_weekday - span.start.weekday()) % 7)
    weeks = (span.end - start).days // 7
    if weeks < 1:
        raise CannotTell(N_("{start} to {end} holds no whole week"), start=span.start, end=span.end)
    return Period(start, start + timedelta(weeks=weeks))


def product_weeks(
    shop: Shop,
    period: Period,
    *,
    grain: str = "week",
    by: str = "category",
    min_rate: float = 0.5,
    min_weeks: int = 12,
    promotions: Frame | None = None,
) -> pd.DataFrame:
    """Product-weeks with a sale, of products bought often enough to be read.

    Selecting products by purchases in total is harmless: given its product effect a count
    model is about when purchases fall, not about how many there are. The first and the last
    week seen are left out, since the product may not have been on sale all through them.

    Args:
        shop: Needs order lines with ``qty``.
        period: Whole weeks.
        grain: ``week`` or ``day``; "week" below stands for either.
        by: Column of the lines that names the group, ``category`` or ``brand``, or ``all``.
        min_rate: Purchases per week from first to last sale that a product needs.
        min_weeks: Weeks with a sale that it needs.
        promotions: Optional ``sku, date`` and 0-1 columns ``display``, ``feature``.

    Returns:
        One row per product and week: ``group, sku, week`` (number from the period's start),
        ``purchases, units, amount, log_price, noise`` (variance of log_price that stems from
        customers paying different prices in one week), ``exposure`` (part of the week in
        stock; 1 without stock data) and the promotion columns; by sku and week.
    """
    lines = in_days(_lines(shop, by), period.start, period.end)
    lines = lines.mutate(
        week=_number(lines.day, period.start, DAYS[grain]), log=(lines.amount / lines.qty).ln()
    )
    seen = lines.posted
    cells = lines.group_by("group", "sku", "week").aggregate(
        purchases=lines.count(),
        units=lines.qty.sum(),
        amount=lines.amount.sum(),
        posted_amount=lines.amount.sum(where=seen),
        posted_units=lines.qty.sum(where=seen),
        lines_read=lines.count(where=seen),
        logs=lines.log.sum(where=seen),
        squares=(lines.log * lines.log).sum(where=seen),
    )
    # Window sums read the lines once; a join of the cells with their own totals reads them twice.
    whole = ibis.window(group_by="sku")
    cells = cells.mutate(
        weeks=cells.count().over(whole),
        first=cells.week.min().over(whole),
        last=cells.week.max().over(whole),
        bought=cells.purchases.sum().over(whole),
    )
    kept = cells.filter(
        cells.weeks >= min_weeks + 2,
        cells.bought / (cells.last - cells.first + 1) >= min_rate,
        cells.week > cells.first,
        cells.week < cells.last,
    ).drop("weeks", "first", "last", "bought")
    frame = kept.order_by("sku", "week").execute()
    frame = _priced(frame)
    frame = _with_stock(shop, frame, period, DAYS[grain])
    if promotions is not None:
        frame = _with_promotions(promotions, frame, period, DAYS[grain])
    return frame


def _lines(shop: Shop, by: str) -> Frame:
    lines = sales_lines(shop)
    lines = lines.filter(lines.qty > 0, lines.amount > 0)
    group = ibis.literal("all") if by == "all" else lines[by]
    lines = lines.mutate(group=group).filter(lambda t: t.group.notnull())
    orders = paid_orders(shop)
    personal = []
    if "coupon_id" in orders.columns:
        personal.append(orders.coupon_id.notnull())
    if "discount" in orders.columns:
        personal.append(orders.discount.fill_null(0) > 0)
    if not personal:
        return lines.mutate(posted=ibis.literal(True))
    marks = orders.select("order_id", posted=~ibis.or_(*personal))
    return lines.join(marks, "order_id")


def _priced(frame: pd.DataFrame) -> pd.DataFrame:
    """Log price and its noise; weeks in which every order had a coupon are left out."""
    import numpy as np

    frame = frame[frame["lines_read"] > 0].copy()
    count = frame["lines_read"].to_numpy(float)
    frame["log_price"] = np.log((frame["posted_amount"] / frame["posted_units"]).to_numpy(float))
    within = (frame["squares"] - frame["logs"] ** 2 / count).clip(lower=0)
    # The spread among customers is pooled per product: one line alone shows none.
    pooled = pd.DataFrame({"sku": frame["sku"], "within": within, "free": count - 1})
    sums = pooled.groupby("sku", observed=True)[["within", "free"]].transform("sum")
    frame["noise"] = sums["within"] / sums["free"].clip(lower=1) / count
    columns = ["group", "sku", "week", "purchases", "units", "amount", "log_price", "noise"]
    return frame[columns].reset_index(drop=True)


def _with_stock(shop: Shop, frame: pd.DataFrame, period: Period, days: int) -> pd.DataFrame:
    """Part of each week in stock: a day that ends at zero counts half if something sold."""
    if not shop.has("inventory_daily", "date", "sku", "on_hand"):
        return frame.assign(exposure=1.0)
    stock = in_days(shop.inventory_daily, period.start, period.end, "date")
    ends = stock.group_by("sku", "date").aggregate(left=stock.on_hand.sum())
    empty = ends.filter(ends.left <= 0)
    lines = in_days(sales_lines(shop), period.start, period.end)
    sold = lines.filter(lines.qty > 0).select("sku", date=lines.day).distinct().mutate(half=0.5)
    empty = empty.left_join(sold, ["sku", "date"]).drop("sku_right", "date_right")
    week = _number(empty.date, period.start, days)
    lost = (
        empty.mutate(week=week)
        .group_by("sku", "week")
        .aggregate(lost=(1.0 - empty.half.fill_null(0.0)).sum() / days)
        .execute()
    )
    frame = frame.merge(lost, on=["sku", "week"], how="left")
    frame["exposure"] = (1 - frame.pop("lost").fillna(0.0)).clip(lower=0.5 / days)
    return frame


def _with_promotions(
    promotions: Frame, frame: pd.DataFrame, period: Period, days: int
) -> pd.DataFrame:
    flags = [c for c in ("display", "feature") if c in promotions.columns]
    if not flags or not {"sku", "date"} <= set(promotions.columns):
        raise ParameterError(N_("promotions need the columns sku, date and display or feature"))
    inside = in_days(promotions, period.start, period.end, "date")
    shares = (
        inside.mutate(week=_number(inside.date, period.start, days))
        .group_by("sku", "week")
        .aggregate(**{c: inside[c].cast("float64").mean() for c in flags})
        .execute()
    )
    frame = frame.merge(shares, on=["sku", "week"], how="left")
    return frame.fillna(dict.fromkeys(flags, 0.0))


def _number(day: ibis.Value, start: date, days: int) -> ibis.Value:
    return (day.delta(ibis.literal(start), unit="day") // days).cast("int64")

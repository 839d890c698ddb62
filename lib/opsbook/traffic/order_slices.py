"""Sales by day and slice: channel, device, region, category, new and old customers at once."""

from datetime import timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_, t
from opsbook.shop.metrics import buyer_of
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days, paid_orders, sales_lines
from opsbook.shop.shop import Shop

__all__ = [
    "NEEDS",
    "SLICES",
    "dimension_name",
    "lookback",
    "order_slices",
    "slice_name",
    "sliced_orders",
]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id", "sku")}
SLICES: dict[str, str] = {
    "channel": N_("channel"),
    "device": N_("device"),
    "region": N_("region"),
    "category": N_("category"),
    "customers": N_("new or old customers"),
}
"""Dimension to what a report calls it."""
_UNKNOWN, _OTHERS = "(unknown)", "(others)"
_MOST = 12
"""Values of a dimension kept apart, the best selling ones; the rest stands together."""
_LINK = timedelta(days=1)
_LOOKBACK, _LEAST_LOOKBACK = 182, 28


def dimension_name(dimension: str) -> str:
    """What a report calls a dimension."""
    return t(SLICES[dimension])


def slice_name(value: str) -> str:
    """A value as people read it: device, customers and the two collective ones translated."""
    known = {
        "new": t("New customers"),
        "old": t("Old customers"),
        "mobile": t("mobile"),
        "tablet": t("tablet"),
        "desktop": t("desktop"),
        _UNKNOWN: t("unknown"),
        _OTHERS: t("all others"),
    }
    return known.get(value, value)


def sliced_orders(shop: Shop, days: Period) -> Frame:
    """Paid orders of some days, each with the slices it belongs to.

    An order belongs to the device of its customer's last visit in the day before it. A
    customer is new who has not ordered for half a year (``lookback``).

    Args:
        shop: The shop.
        days: Days of the orders.

    Returns:
        One row per order: ``order_id, day, buyer`` and as far as the shop knows them
        ``channel, device, region, customers`` (text, never null).
    """
    every = paid_orders(shop)
    every = every.mutate(buyer=buyer_of(every))
    orders = in_days(every, days.start, days.end)
    unknown = ibis.literal(_UNKNOWN)
    columns = {
        name: orders[name].fill_null(unknown)
        for name in ("channel", "region")
        if name in orders.columns
    }
    named = "customer_id" in orders.columns
    kept = ["customer_id"] if named else []
    table = orders.select("order_id", "order_ts", "day", "buyer", *kept, **columns)
    if not named:
        return table
    back = lookback(shop, days)
    if back:
        table = table.left_join(_ages(every, days, back), "order_id").drop("order_id_right")
        age = table.customers.fill_null("new")
        table = table.mutate(customers=ibis.ifelse(table.customer_id.isnull(), unknown, age))
    if shop.has("sessions", "customer_id", "device"):
        table = table.left_join(_devices(shop, table, days), "order_id").drop("order_id_right")
        table = table.mutate(device=table.device.fill_null(unknown))
    return table.drop("customer_id")


def lookback(shop: Shop, days: Period) -> int:
    """Days without an order after which a customer counts as new, the same for every order.

    Were it the first order in the data, everybody would be new at their beginning and the
    share of new customers would fall by itself.

    Args:
        shop: The shop.
        days: Days whose orders are told apart.

    Returns:
        182, or what the data hold before ``days``; 0 where that is under four weeks.
    """
    known = (days.start - data_days(shop).start).days
    return 0 if known < _LEAST_LOOKBACK else min(known, _LOOKBACK)


def _ages(every: Frame, days: Period, back: int) -> Frame:
    """Orders of customers who had ordered shortly before: ``old``."""
    seen = in_days(every, days.start - timedelta(days=back), days.end)
    seen = seen.select("order_id", "order_ts", "day", "buyer")
    window = ibis.window(group_by="buyer", order_by=["order_ts", "order_id"])
    seen = seen.mutate(last_ts=seen.order_ts.lag().over(window))
    seen = in_days(seen, days.start, days.end)
    recent = seen.last_ts > seen.order_ts - ibis.interval(days=back)
    age = ibis.ifelse(recent.fill_null(False), "old", "new")
    return seen.select("order_id", customers=age)


def _devices(shop: Shop, orders: Frame, days: Period) -> Frame:
    """Device of the customer's last visit before each order."""
    visits = in_days(shop.sessions, days.start - _LINK, days.end, "start_ts")
    visits = visits.filter(visits.customer_id.notnull(), visits.device.notnull())
    visits = visits.select("customer_id", "start_ts", seen_on=visits.device)
    asked = orders.select("order_id", "order_ts", "customer_id")
    both = asked.join(visits, "customer_id")
    both = both.filter(
        both.start_ts <= both.order_ts, both.start_ts > both.order_ts - ibis.interval(days=1)
    )
    return both.group_by("order_id").aggregate(device=both.seen_on.argmax(both.start_ts))


def order_slices(shop: Shop, days: Period) -> pd.DataFrame:
    """Sales and orders of each day by every combination of slices.

    An order with goods of several categories is shared among them by what was charged, so
    orders as well as money add up over any dimension.

    Args:
        shop: The shop.
        days: Days to add up.

    Returns:
        One row per ``day`` (timestamp) and combination of slices: the dimensions that take
        at least two values, ``gmv`` (money), ``orders`` (shared ones in fractions) and
        ``gmv_squares, order_squares`` (sums of squares, for the noise). Beyond the 12
        best-selling values of a dimension the rest is ``(others)``.

    Raises:
        CannotTell: No order falls on these days, or nothing tells them apart.
    """
    shop.require(NEEDS)
    lines = in_days(sales_lines(shop), days.start, days.end)
    unknown = ibis.literal(_UNKNOWN)
    goods = lines.group_by("order_id", category=lines.category.fill_null(unknown)).aggregate(
        gmv=lines.amount.sum()
    )
    whole = goods.group_by("order_id").aggregate(total=goods.gmv.sum(), kinds=goods.count())
    shared = goods.join(whole, "order_id")
    positive = (shared.gmv >= 0) & (shared.total > 0)
    part = ibis.ifelse(positive, shared.gmv / shared.total.nullif(0), 1.0 / shared.kinds)
    shared = shared.mutate(part=part.clip(lower=0.0, upper=1.0))
    sold = shared.join(sliced_orders(shop, days), "order_id")
    names = [name for name in SLICES if name in sold.columns]
    # Asked once per dimension for its best-selling values, and once for the table.
    sold = shop.kept(
        f"traffic slices {days.start} {days.end}",
        sold.select("day", *names, "gmv", "part"),
        rows=lines,
    )
    sold = sold.mutate(**{name: _kept(sold, name) for name in names})
    frame: pd.DataFrame = (
        sold.group_by("day", *names)
        .aggregate(
            gmv=sold.gmv.sum(),
            orders=sold.part.sum(),
            gmv_squares=(sold.gmv * sold.gmv).sum(),
            order_squares=(sold.part * sold.part).sum(),
        )
        .execute()
    )
    telling = [name for name in names if frame[name].nunique() > 1]
    if frame.empty or not telling:
        raise CannotTell(
            N_("{period}: no orders, or no channel, device, region, category or customer that "
               "would tell them apart"),
            period=str(days),
        )  # fmt: skip
    frame = frame.drop(columns=[name for name in names if name not in telling])
    frame["day"] = pd.to_datetime(frame["day"])
    return frame.sort_values(["day", *telling], kind="stable", ignore_index=True)


def _kept(sold: Frame, name: str) -> ibis.Value:
    """The dimension with its small values put together."""
    if name in ("device", "customers"):
        return sold[name]
    sums = sold.group_by(name).aggregate(n=sold.gmv.sum())
    best = sums.order_by(sums.n.desc(), sums[name]).limit(_MOST + 1).execute()[name].tolist()
    if len(best) <= _MOST:
        return sold[name]
    return ibis.ifelse(sold[name].isin(best[:_MOST]), sold[name], _OTHERS)

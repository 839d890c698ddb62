"""Sales and costs of the event's days beside those of ordinary days, summed in the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.campaign.event import Event
from opsbook.campaign.money_rates import MoneyRates
from opsbook.campaign.offer_days import inside, offer_days
from opsbook.campaign.promo_days import promo_days
from opsbook.common.discount_rules import steps_of
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import line_amounts, paid_orders
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Days", "days_of", "platform_rates", "sales_sums"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("campaign_id", "start_date", "end_date"),
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku"),
}
_BACK, _FURTHER, _LEAST_DAYS = 84, 364, 14


@dataclass(frozen=True)
class Days:
    """The days that are compared.

    Args:
        event: Days of the event inside the data.
        usual: Ordinary days before it: outside every campaign of four days or more.
    """

    event: tuple[date, ...]
    usual: tuple[date, ...]

    @property
    def first(self) -> date:
        """First of all the days."""
        return min(self.event + self.usual)

    def side(self, day: ibis.Value) -> ibis.Value:
        """``event``, ``usual``, or null for a day that is neither."""
        return ibis.cases((inside(day, self.event), "event"), (inside(day, self.usual), "usual"))


def days_of(shop: Shop, event: Event, observed: Period) -> Days:
    """Days of the event, and the last 12 weeks of ordinary days before it.

    Where big campaigns leave fewer than two weeks of them, a year is looked through.

    Args:
        shop: The shop.
        event: The event.
        observed: Its days inside the data.
    """
    start = event.days.start
    back = max(data_days(shop).start, start - timedelta(days=_FURTHER))
    usual: tuple[date, ...] = ()
    if back < start:
        table = promo_days(shop, back, start)
        free = [d.date() for d in table.loc[table["kind"] != "event", "day"]]
        usual = tuple(d for d in free if d >= start - timedelta(days=_BACK))
        usual = usual if len(usual) >= _LEAST_DAYS else tuple(free)
    days = tuple(observed.start + timedelta(days=k) for k in range(observed.days))
    return Days(days, usual if len(usual) >= _LEAST_DAYS else ())


def sales_sums(shop: Shop, event: Event, days: Days) -> pd.DataFrame:
    """Sums by side, day and platform.

    Args:
        shop: The shop.
        event: The event, for its rule.
        days: From ``days_of``.

    Returns:
        One row per ``side, day`` and ``platform`` (empty where unknown): ``orders, gmv,
        list_value, threshold, coupon, other_off`` (order discounts by kind), ``freight_in,
        cost, costed`` (sales of lines with a cost), ``shipped`` (orders with a parcel's
        cost), ``freight_out, tagged`` (sales of orders that carry the event).
    """
    orders = _orders(shop, event, days)
    columns = ("gmv", "list_value", "threshold", "coupon", "other_off", "freight_in", "cost",
               "costed", "shipped", "freight_out", "tagged")  # fmt: skip
    found = (
        orders.group_by("side", "day", "platform")
        .aggregate(
            orders=orders.count(),
            **{name: orders[name].sum() for name in columns},
        )
        .execute()
    )
    return found.fillna(dict.fromkeys(columns, 0.0))


def _orders(shop: Shop, event: Event, days: Days) -> Frame:
    orders = paid_orders(shop)
    last = days.event[-1] + timedelta(days=1)
    orders = orders.filter(orders.day >= ibis.literal(days.first), orders.day < ibis.literal(last))
    orders = orders.mutate(side=days.side(orders.day))
    orders = orders.filter(orders.side.notnull())
    have = orders.columns

    def column(name: str, kind: str) -> ibis.Value:
        return orders[name] if name in have else ibis.null(kind)

    orders = orders.select(
        "order_id", "side", "day",
        platform=column("platform", "string").fill_null(""),
        discount=column("discount", "float64").fill_null(0.0),
        has_coupon=column("coupon_id", "string").notnull(),
        freight_in=column("freight", "float64").fill_null(0.0),
        mine=(column("campaign_id", "string") == ibis.literal(event.id)).fill_null(False),
        no_tag=ibis.literal("campaign_id" not in have),
    )  # fmt: skip
    lines = line_amounts(shop).semi_join(orders, "order_id")
    sums = lines.group_by("order_id").aggregate(
        gmv=lines.amount.sum(),
        list_value=lines.list_amount.sum(),
        cost=lines.cost.sum(),
        costed=ibis.ifelse(lines.cost.notnull(), lines.amount, 0.0).sum(),
    )
    orders = orders.left_join(sums, "order_id").drop("order_id_right")
    orders = _with_parcels(shop, orders)
    off = ibis.literal(0.0)
    # The last step that a basket reaches is the one that counts.
    basket = orders.gmv + orders.discount
    for at, less in steps_of(event.rule):
        off = ibis.ifelse(basket >= at, ibis.literal(less), off)
    given = inside(orders.day, offer_days(shop, event)) & (orders.mine | orders.no_tag)
    ruled = ibis.ifelse(given, ibis.least(off, orders.discount), 0.0)
    return orders.mutate(
        threshold=ruled,
        coupon=ibis.ifelse(orders.has_coupon, orders.discount - ruled, 0.0),
        other_off=ibis.ifelse(orders.has_coupon, 0.0, orders.discount - ruled),
        tagged=ibis.ifelse(orders.mine, orders.gmv, 0.0),
    )


def _with_parcels(shop: Shop, orders: Frame) -> Frame:
    if not shop.has("shipments", "order_id", "cost"):
        return orders.mutate(shipped=ibis.literal(0), freight_out=ibis.literal(0.0))
    parcels = shop.shipments.semi_join(orders, "order_id")
    paid = parcels.group_by("order_id").aggregate(freight_out=parcels.cost.sum())
    joined = orders.left_join(paid, "order_id").drop("order_id_right")
    return joined.mutate(shipped=joined.freight_out.notnull().cast("int64"))


def platform_rates(
    shop: Shop, platforms: Sequence[str], rates: MoneyRates
) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest commission of each platform; not a number where nobody says.

    Args:
        shop: The shop.
        platforms: Names, as in orders.
        rates: Its ``commission`` overrules the table.
    """
    if rates.commission is not None:
        flat = np.full(len(platforms), rates.commission)
        return flat, flat
    if not shop.has("platform_rules", "platform", "commission_low", "commission_high"):
        empty = np.full(len(platforms), np.nan)
        return empty, empty
    table = shop.platform_rules.select("platform", "commission_low", "commission_high").execute()
    table = table.drop_duplicates("platform").set_index("platform").reindex(list(platforms))
    return table["commission_low"].to_numpy(float), table["commission_high"].to_numpy(float)

"""Regions, stores, platforms and channels: who sells what, who grows, who delivers."""

from dataclasses import dataclass

import ibis
import pandas as pd

from opsbook.chart.chart import Chart
from opsbook.chart.table import Field, ShownTable, shown_table
from opsbook.language import N_, t
from opsbook.market.compare import DIMENSIONS, LEAST_ORDERS, Comparison, compare_groups, stated
from opsbook.market.compare_chart import plot_change
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = [
    "NEEDS",
    "Regions",
    "best_dimension",
    "delivery_profile",
    "plot_regions",
    "regions",
    "regions_table",
]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id", "sku")}
"""And one of ``orders.region, store_id, platform, channel``."""

_WAYS = ("region", "store_id", "platform", "channel")


@dataclass(frozen=True)
class Regions:
    """Regions (or stores, platforms, channels) compared, with their delivery.

    Args:
        comparison: Sales, growth, shares by group.
        delivery: One row per group, from ``delivery_profile``; None where the data have no
            shipments.
    """

    comparison: Comparison
    delivery: pd.DataFrame | None


def best_dimension(shop: Shop) -> str | None:
    """The first of region, store, platform, channel that tells orders apart; None if none."""
    orders = shop.orders
    there = [way for way in _WAYS if way in orders.columns]
    if not there:
        return None
    counts = orders.aggregate(**{way: orders[way].nunique() for way in there}).execute().iloc[0]
    return next((way for way in there if counts[way] > 1), None)


def regions(
    shop: Shop,
    period: Period,
    base: Period | None = None,
    *,
    by: str = "region",
    level: float = 0.95,
) -> Regions:
    """Compare regions, stores, platforms or channels.

    Args:
        shop: The shop.
        period: The period in question.
        base: What to compare with; unless given last year where the data hold it (the season
            is the same), else the period before.
        by: ``region, store_id, platform`` or ``channel``.
        level: Confidence of the intervals, 0.5 to 0.999.

    Raises:
        CannotTell: The orders do not know it, or the data begin too late.

    Source:
        A01: 000 §1 区域市场差异化特征.
    """
    comparison = compare_groups(shop, period, base, by=by, level=level)
    return Regions(comparison, delivery_profile(shop, period, by=by))


@shared
def delivery_profile(shop: Shop, period: Period, *, by: str = "region") -> pd.DataFrame | None:
    """How fast parcels arrive, by group of the order.

    Returns:
        One row per group, by parcels: ``group, parcels`` (delivered), ``days`` (mean from
        order to delivery), ``within_2_days`` and ``on_time`` (fractions; on time against the
        promise, not a number without one). None where the shop has no such data.
    """
    if not (shop.has("shipments", "order_id", "deliver_ts") and shop.has("orders", by)):
        return None
    parcels = shop.shipments
    orders = in_days(paid_orders(shop), period.start, period.end)
    both = parcels.filter(parcels.deliver_ts.notnull()).inner_join(
        orders.select("order_id", "order_ts", group=orders[by].cast("string")), "order_id"
    )
    hours = (both.deliver_ts.epoch_seconds() - both.order_ts.epoch_seconds()) / 3600.0
    on_time = ibis.null("float64")
    if "promised_ts" in parcels.columns:
        on_time = (both.deliver_ts <= both.promised_ts).cast("float64")
    both = both.mutate(hours=hours, on_time=on_time)
    found = (
        both.group_by("group")
        .aggregate(
            parcels=both.count(),
            days=both.hours.mean() / 24,
            within_2_days=(both.hours <= 48).cast("float64").mean(),
            on_time=both.on_time.mean(),
        )
        .order_by(ibis.desc("parcels"), "group")
        .execute()
    )
    if found.empty:
        return None
    return found.assign(group=stated(found["group"]))


def plot_regions(result: Regions) -> Chart:
    """Change in sales of every region as bars, with growth beside.

    Args:
        result: From ``regions``.
    """
    return plot_change(result.comparison)


def regions_table(result: Regions, *, most: int = 12) -> ShownTable:
    """Regions by sales, with growth only where 30 orders stand behind it.

    Args:
        result: From ``regions``.
        most: Rows shown.
    """
    comparison = result.comparison
    frame = comparison.frame
    fields = [
        Field("group", t(DIMENSIONS.get(comparison.by, comparison.by))),
        Field("gmv", t("sales, {currency}", currency=comparison.currency), "money"),
        Field("share", t("share"), "share"),
        Field("growth", t("growth"), "growth"),
        Field("like_for_like", t("like for like"), "growth"),
        Field("share_shift", t("share shift"), "points"),
        Field("buyers", t("buyers"), "count"),
        Field("aov", t("per order, {currency}", currency=comparison.currency), "money"),
    ]
    if result.delivery is not None:
        frame = frame.merge(result.delivery, on="group", how="left")
        fields.append(Field("days", t("days to delivery"), "number"))
    notes = [t("Growth is left out under {n} orders in either period.", n=LEAST_ORDERS)]
    if len(frame) > most:
        notes.append(t("{n} smaller ones are not shown.", n=len(frame) - most))
    return shown_table(
        frame,
        fields,
        caption=t("{what}, {period}", what=t(_PLURAL.get(comparison.by, comparison.by)),
                  period=str(comparison.period)),
        note=" ".join(notes),
        most=most,
    )  # fmt: skip


_PLURAL = {
    "region": N_("Regions"),
    "store_id": N_("Stores"),
    "platform": N_("Platforms"),
    "channel": N_("Channels"),
}

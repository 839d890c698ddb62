"""Orders and parcels counted by what became of them: what the figures of punctuality rest on."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop
from opsbook.supply.lead_curve import lead_moments, lead_quantile
from opsbook.supply.parcels import known_orders

__all__ = ["MOST_HOURS", "leg_hours", "order_counts", "parcel_counts"]

MOST_HOURS = 24 * 60
"""Hours that a leg is told apart by; longer ones count as that long."""


def order_counts(orders: Frame, period: Period, limits: tuple[float, float]) -> pd.DataFrame:
    """Orders by what became of them, in the period and before it.

    Args:
        orders: From ``known_orders``.
        period: The days; earlier orders are of the period before.
        limits: The two limits for dispatch, hours.

    Returns:
        One row per ``now`` (of the period), ``excuse, several`` (more than one parcel),
        ``ship_short, ship_long`` (``yes, no, open``) and ``promise``, with ``n`` orders.
    """

    def within(limit: float) -> ibis.Value:
        return ibis.cases(
            (orders.age < limit, "open"), (orders.dispatch <= limit, "yes"), else_="no"
        )

    shown = orders.mutate(
        now=orders.day >= ibis.literal(period.start),
        several=orders.parcels > 1,
        ship_short=within(limits[0]),
        ship_long=within(limits[1]),
    )
    keys = ["now", "excuse", "several", "ship_short", "ship_long", "promise"]
    return shown.group_by(*keys).aggregate(n=shown.count()).order_by(*keys).execute()


def parcel_counts(parcels: Frame, period: Period) -> pd.DataFrame:
    """Parcels by carrier, place and what became of them, in the period and before it.

    Args:
        parcels: From ``known_parcels``.
        period: The days; earlier parcels are of the period before.

    Returns:
        One row per ``now, week`` (of the period, from 0), ``carrier_id, warehouse_id, region,
        fault, state``, with ``n`` parcels and their ``promised_days`` together.
    """
    shown = parcels.mutate(
        now=parcels.day >= ibis.literal(period.start),
        week=(parcels.day.delta(ibis.literal(period.start), unit="day") / 7).floor().cast("int64"),
    )
    keys = ["now", "week", "carrier_id", "warehouse_id", "region", "fault", "state"]
    return (
        shown.group_by(*keys)
        .aggregate(n=shown.count(), promised_days=shown.promised_days.sum())
        .order_by(*keys)
        .execute()
    )


def leg_hours(shop: Shop, parcels: Frame, period: Period, known: date) -> pd.DataFrame:
    """How long each of the three legs takes, what is still open taken into account.

    Args:
        shop: The shop.
        parcels: From ``known_parcels``.
        period: Days of ordering.
        known: What happened from this day on is not known.

    Returns:
        ``hours`` of ``Timeliness``, from product-limit curves by whole hours.
    """
    orders = known_orders(shop, period.start, period.end, known)
    orders = orders.filter(orders.excuse == "none")
    sent = parcels.filter(parcels.fault == "none", parcels.day >= ibis.literal(period.start))
    legs = {
        "dispatch": (orders, orders.dispatch, orders.age),
        "road": (sent, sent.road, sent.waited),
        "door": (orders, orders.door, orders.age),
    }
    parts = []
    for leg, (frame, done, age) in legs.items():
        hour = ibis.least(ibis.coalesce(done, age), MOST_HOURS).floor().cast("int64")
        parts.append(frame.select(leg=ibis.literal(leg), hour=hour, done=done.notnull()))
    every = ibis.union(*parts)
    table = every.group_by("leg", "hour", "done").aggregate(n=every.count()).execute()
    rows = []
    for leg in legs:
        counts = table[table["leg"] == leg]
        seen, open_ = np.zeros((1, MOST_HOURS + 2)), np.zeros((1, MOST_HOURS + 2))
        for part, target in ((counts[counts["done"]], seen), (counts[~counts["done"]], open_)):
            target[0, part["hour"].clip(lower=0).to_numpy(int)] = part["n"]
        rows.append(
            {
                "leg": leg,
                "n": int(seen.sum()),
                "waiting": int(open_.sum()),
                # Counted by whole hours begun: half an hour on average is lost.
                "mean": float(lead_moments(seen, open_)[0][0]) + 0.5,
                "half": float(lead_quantile(seen, open_, 0.5)[0]) + 1,
                "nine": float(lead_quantile(seen, open_, 0.9)[0]) + 1,
            }
        )
    return pd.DataFrame(rows)

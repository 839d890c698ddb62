"""What customers bring in the days after their first order, by the channel that brought them.

Only customers who could be watched for the whole time are counted. Who came last week has no
value of ninety days yet, and counting him as small would punish the channel that grows.
"""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop
from opsbook.traffic.worth import order_worth

__all__ = ["first_orders", "value_after"]


def first_orders(shop: Shop) -> Frame:
    """First paid order of every customer in the data: ``customer_id, first_day, channel``.

    Of several orders on the first day the earliest counts, then the lowest number.
    """
    sold, _ = order_worth(shop)
    sold = sold.filter(sold.customer_id.notnull())
    by = ibis.window(group_by="customer_id", order_by=[sold.order_ts, sold.order_id])
    ranked = sold.mutate(place=ibis.row_number().over(by))
    first = ranked.filter(ranked.place == 0)
    return first.select("customer_id", "channel", "worth", first_day="day", first_order="order_id")


def value_after(
    shop: Shop, *, since: date, known_until: date, days: tuple[int, ...], level: float,
    newly: Period,
) -> pd.DataFrame:  # fmt: skip
    """Mean worth of all orders within so many days of the first one, that one included.

    Args:
        shop: Needs ``orders.customer_id`` and ``orders.channel``.
        since: First day of first orders.
        known_until: Day after the last one for which orders are known.
        days: Lengths of follow-up, days.
        level: Confidence of the intervals.
        newly: Days whose new customers are counted.

    Returns:
        One row per channel: ``channel``; ``new_customers`` of the days asked for and
        ``first_worth``, what their first orders brought (currency); and for each length
        ``value_30, value_30_low, value_30_high`` (currency per new customer) and
        ``followed_30`` (customers watched for the whole time).
    """
    from scipy.stats import t as student

    sold, _ = order_worth(shop)
    first = first_orders(shop)
    first = first.filter(first.first_day >= ibis.literal(min(since, newly.start)))
    later = sold.select("customer_id", "day", amount="worth")
    both = first.select("customer_id", "channel", "first_day", first_worth="worth").join(
        later, "customer_id"
    )
    age = (both.day.cast("timestamp").epoch_seconds()
           - both.first_day.cast("timestamp").epoch_seconds()) // 86_400  # fmt: skip
    each = both.mutate(age=age).group_by("customer_id", "channel", "first_day").aggregate(
        first_worth=both.first_worth.max(),
        **{f"v{d}": (lambda f, d=d: ibis.ifelse(f.age < d, f.amount, 0.0).sum()) for d in days}
    )  # fmt: skip
    came = each.first_day.between(
        ibis.literal(newly.start), ibis.literal(newly.end - timedelta(days=1))
    )
    sums: dict[str, ibis.Value] = {
        "new_customers": came.cast("int64").sum(),
        "first_worth": ibis.ifelse(came, each.first_worth, 0.0).sum(),
    }
    for d in days:
        watched = each.first_day.between(
            ibis.literal(since), ibis.literal(known_until - timedelta(days=d))
        )
        amount = ibis.ifelse(watched, each[f"v{d}"], 0.0)
        sums |= {f"n{d}": watched.cast("int64").sum(), f"s{d}": amount.sum(),
                 f"q{d}": (amount * amount).sum()}  # fmt: skip
    frame = each.group_by("channel").aggregate(**sums).execute()
    found = frame[["channel", "new_customers", "first_worth"]].copy()
    for d in days:
        n = frame[f"n{d}"].to_numpy(np.float64)
        mean = np.divide(frame[f"s{d}"], n, out=np.full(len(n), np.nan), where=n > 0)
        spread = np.maximum(frame[f"q{d}"].to_numpy(np.float64) - n * mean**2, 0.0)
        error = np.sqrt(spread / np.maximum(n - 1, 1) / np.maximum(n, 1))
        half = student.ppf((1 + level) / 2, np.maximum(n - 1, 1)) * error
        half = np.where(n >= 2, half, np.nan)
        found[f"value_{d}"], found[f"followed_{d}"] = mean, n
        found[f"value_{d}_low"], found[f"value_{d}_high"] = mean - half, mean + half
    return found

"""How many customers came back on each day: the pulse of repeat buying."""

from datetime import date

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.lifecycle.day_edges import buying_days
from opsbook.shop.periods import data_days
from opsbook.shop.shop import Shop

__all__ = ["HALF", "dead_days", "repeat_days"]

HALF = 0.5
"""Of a day, is left in the mean when its first purchase comes (see ``bg_nbd``)."""
_AROUND = 91
"""Days that a day's purchases are held against: a quarter, so that growth is no busyness."""


def repeat_days(
    shop: Shop, end: date, *, before: date | None = None, new_only: bool = False
) -> "pd.Series[float]":
    """Repeat purchases by day.

    Args:
        shop: The shop.
        end: Day after the last one to count.
        before: Count only customers who first bought before this day.
        new_only: Leave out customers who registered before the data begin.

    Returns:
        Number of repeat purchases, indexed by day; days without one are missing.

    Raises:
        CannotTell: There is none.
    """
    days = buying_days(shop, end)
    days = days.mutate(first=days.day.min().over(ibis.window(group_by="customer_id")))
    days = days.filter(days.day > days["first"])
    if before is not None:
        days = days.filter(days["first"] < ibis.literal(before))
    if new_only and shop.has("customers", "signup_date"):
        began = data_days(shop).start
        old = shop.customers.filter(shop.customers.signup_date < ibis.literal(began))
        days = days.anti_join(old, "customer_id")
    found = days.group_by("day").aggregate(repeats=days.count()).order_by("day").execute()
    if found.empty:
        raise CannotTell(N_("no customer came back before {end}"), end=end)
    return pd.Series(
        found["repeats"].to_numpy(np.float64), index=pd.to_datetime(found["day"]), name="repeats"
    )


def dead_days(repeats: "pd.Series[float]") -> float:
    """Average days after a purchase in which another one is not counted.

    Half a day if all days are alike. Purchases gather on busy days, and a day five times as
    busy hides as much as five others: the half is weighted by how busy the days of purchases
    are, against the quarter around them.

    Args:
        repeats: Repeat purchases by day (index: day).

    Returns:
        Half of the mean over purchases of their day's rate over the usual one, at least 0.5.

    Source:
        For counts n with mean m * w, E[n (n - 1)] = (m w)^2: the sum of n (n - 1) / m over that
        of n estimates the mean of w over purchases, free of what chance adds to n^2.
    """
    every = pd.date_range(repeats.index.min(), repeats.index.max())
    n = repeats.reindex(every).fillna(0.0)
    usual = n.rolling(_AROUND, center=True, min_periods=1).mean()
    busy = float((n * (n - 1) / usual.where(n > 0)).sum() / n.sum())
    return HALF * max(busy, 1.0)

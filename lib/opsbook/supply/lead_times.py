"""How many days suppliers take, how much that varies, and how often they come too late.

Orders still open count: they have taken at least as long as they are old (right-censored).
Leaving them out would make a supplier look good whose late goods have not come yet.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.deliveries import By, deliveries, deliveries_on, known_end, waits
from opsbook.supply.lead_drawn import drawn_in, own_leads, terms_on_file, with_idle
from opsbook.supply.shrinkage import check_level

__all__ = ["lead_times", "lead_times_on"]


@shared
def lead_times(
    shop: Shop,
    end: date | None = None,
    *,
    days: int = 365,
    by: By = "supplier",
    since: Mapping[str, date] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Lead times of every supplier, or of every product of every supplier.

    The mean and the standard deviation come from the product-limit estimate with open
    orders as right-censored; each is drawn toward what suppliers do on the whole, relative
    to the agreed days (empirical Bayes), products toward their supplier. The late share
    counts deliveries whose promised day is over, come or not.

    Args:
        shop: Needs ``purchase_orders``; ``promised_date`` or ``suppliers.lead_time_days``
            for late shares.
        end: Day after the last one known; after the last day of purchase orders unless given.
        days: Orders of how many days before ``end`` count, 28 to 3650.
        by: ``supplier`` or ``sku``.
        since: First order day that counts for single suppliers, such as that of a change.
        level: Confidence of the intervals, 0.5 to 0.999.

    Returns:
        One row per supplier (and ``sku``), by name. ``n`` deliveries received, ``open``,
        ``overdue`` (open past the promised day), ``negative`` and ``too_long`` (left out:
        came before they were ordered, or after more than 365 days); ``agreed_days``;
        ``mean_days, mean_low, mean_high``, ``sd_days, sd_low, sd_high`` (shrunk, with
        interval), ``raw_mean_days, raw_sd_days`` (the supplier's own cases alone),
        ``weight`` (share of the mean that rests on own cases); ``p50, p90, p95`` (whole
        days); ``due`` (deliveries whose promised day is over), ``late`` of them, ``late_share,
        late_low, late_high`` (shrunk), ``raw_late_share``. Suppliers without a delivery
        have ``n`` 0 and the shop's figures, or none where nobody has delivered.

    Raises:
        CannotTell: The shop lacks purchase orders, or none lies in the window.
        ParameterError: A parameter lies outside its bounds.

    Source:
        Kaplan and Meier (1958), Journal of the American Statistical Association 53, 457-481;
        variance: Greenwood (1926). Shrinkage as in ``shrinkage``.
    """
    check_level(level)
    if not 28 <= days <= 3650:
        raise ParameterError(N_("days {value} is out of range; use 28 to 3650"), value=days)
    end = end or known_end(shop)
    start = end - timedelta(days=days)
    counted = waits(deliveries(shop, end, start=start, by=by, since=since), by)
    if counted.empty:
        raise CannotTell(
            N_("no purchase order was placed from {start} to {end}"), start=start, end=end
        )
    if by == "sku":
        parents = lead_times(shop, end, days=days, since=since, level=level)
        return drawn_in(own_leads(counted, ["supplier_id", "sku"]), level, parents)
    frame = own_leads(counted, ["supplier_id"])
    return drawn_in(with_idle(terms_on_file(shop), frame), level, None)


@shared
def lead_times_on(
    shop: Shop, ends: Sequence[date], *, days: int = 365, level: float = 0.95
) -> list[pd.DataFrame | None]:
    """Lead times of every supplier as they were known on each of several mornings.

    Args:
        shop: As in ``lead_times``.
        ends: The mornings; each may stand there once.
        days: As there.
        level: As there.

    Returns:
        What ``lead_times`` gives for each; None for one before which nothing was ordered.
    """
    counted = waits(deliveries_on(shop, ends, days), mornings=True)
    then = pd.to_datetime(counted["today"]).dt.date
    terms = terms_on_file(shop)
    found: list[pd.DataFrame | None] = []
    for end in ends:
        mine = counted[then == end].drop(columns="today").reset_index(drop=True)
        frame = None
        if len(mine):
            frame = drawn_in(with_idle(terms, own_leads(mine, ["supplier_id"])), level, None)
        found.append(frame)
    return found

"""A simulated shop week by week: what a replay compares, read from the truth itself.

Sales, purchases and stock are counted as ``range_weeks`` counts them on a shop's tables; a
test holds the two together. What only the truth knows is added: orders turned away, and
customers who left for good.
"""

import numpy as np
import pandas as pd

from opsbook.demo.business import Business
from opsbook.demo.clock import DAY
from opsbook.demo.stock.purchases import bill

__all__ = ["COHORT", "QUIET_DAYS", "shop_weeks"]

QUIET_DAYS = 90
"""A customer who has not ordered for longer is quiet: the three months of case J20."""
COHORT = (42, 52)
"""Weeks in which the customers are won whose margin is followed for a year."""
_PRODUCTS = 1000
"""Products whose stock is looked at together."""


def shop_weeks(b: Business) -> pd.DataFrame:
    """Whole weeks from the first day of the period; what is left over at its end is dropped.

    Args:
        b: The simulated shop.

    Returns:
        One row per week: ``week`` (first day), ``orders`` (paid, not cancelled), ``sales,
        margin`` (CNY, before refunds), ``late`` (orders that arrive late), ``new`` (first
        orders), ``ads`` (CNY), ``paid`` (to suppliers, CNY), ``cogs`` (CNY), ``stock`` (at
        cost, last evening), ``skus`` (with stock), ``lost`` (orders turned away for want of
        capacity), ``leaving`` (customers who leave for good), ``quiet`` (share of all
        customers so far without an order for 90 days; empty in the first 90 days),
        ``cohort`` (margin per customer won in the weeks COHORT, added up to this many weeks
        of age; empty beyond a year).
    """
    weeks = b.clock.days // 7
    days = weeks * 7
    orders, lines = b.orders, b.lines
    day = orders.placed // DAY
    sold = orders.kept & (day < days)
    inside = sold[lines.order]
    of_line = day[lines.order][inside] // 7
    cost = (b.range_.unit_cost[lines.product] * lines.pieces)[inside]
    amount = lines.amount[inside]
    invoices, bought = bill(b), b.stock.purchases
    due = (bought.received < b.clock.days) & (invoices.paid < days)
    stock, skus = _stock(b, weeks)
    left = b.people.left_day

    def summed(at: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(at, weight, weeks)[:weeks]

    sales, cogs = summed(of_line, amount), summed(of_line, cost)
    return pd.DataFrame(
        {
            "week": b.clock.dates(np.arange(0, days, 7)),
            "orders": summed(day[sold] // 7),
            "sales": sales,
            "margin": sales - cogs,
            "late": summed(day[sold & orders.late] // 7),
            "new": summed(day[sold & orders.first] // 7),
            "ads": b.media.spend.sum(axis=0)[:days].reshape(weeks, 7).sum(axis=1),
            "paid": summed(invoices.paid[due] // 7, invoices.amount[due]),
            "cogs": cogs,
            "stock": stock,
            "skus": skus,
            "lost": b.losses.capacity[:days].reshape(weeks, 7).sum(axis=1),
            "leaving": summed(left[(left >= 0) & (left < days)] // 7),
            "quiet": _quiet(orders.customer[sold], day[sold], weeks),
            "cohort": _cohort(b, weeks),
        }
    )


def _stock(b: Business, weeks: int) -> tuple[np.ndarray, np.ndarray]:
    """Stock at cost and products with stock on the last evening of each week."""
    used = len(b.stock.supply.used)
    value, products = np.zeros(weeks), np.zeros(weeks)
    for low in range(0, len(b.range_), _PRODUCTS):
        high = min(low + _PRODUCTS, len(b.range_))
        on_hand, _ = b.stock.ledger.evenings(low * used, high * used, b.clock.days)
        pieces = on_hand[:, 6 : weeks * 7 : 7].reshape(high - low, used, weeks).sum(axis=1)
        value += b.range_.unit_cost[low:high] @ pieces
        products += (pieces > 0).sum(axis=0)
    return value, products


def _quiet(customer: np.ndarray, day: np.ndarray, weeks: int) -> np.ndarray:
    """Share of customers so far whose last order is longer ago than QUIET_DAYS, by week."""
    order = np.lexsort((day, customer))
    who, when = customer[order], day[order]
    last = np.append(who[1:] != who[:-1], True)
    again = np.append(when[1:], np.iinfo(np.int64).max)
    until = np.where(last, np.iinfo(np.int64).max, again)
    evening = np.arange(1, weeks + 1) * 7 - 1
    first = np.insert(who[1:] != who[:-1], 0, True)
    known = np.searchsorted(np.sort(when[first]), evening, side="right")
    # Quiet between the day an order is 90 days old and the day of the next one.
    began, ended = when + QUIET_DAYS, until
    gaps = ended > began
    quiet = np.searchsorted(np.sort(began[gaps]), evening, side="left") - np.searchsorted(
        np.sort(ended[gaps]), evening, side="right"
    )
    share = quiet / np.maximum(known, 1)
    return np.where(evening > QUIET_DAYS, share, np.nan)


def _cohort(b: Business, weeks: int) -> np.ndarray:
    """Margin per customer won in the weeks COHORT, added up by weeks since the first order."""
    orders, lines = b.orders, b.lines
    day = orders.placed // DAY
    margin = np.bincount(
        lines.order,
        lines.amount - b.range_.unit_cost[lines.product] * lines.pieces,
        len(orders),
    )
    fresh = orders.first & orders.kept & (day >= COHORT[0] * 7) & (day < COHORT[1] * 7)
    begun = np.full(len(b.people), -1)
    begun[orders.customer[fresh]] = day[fresh]
    mine = orders.kept & (begun[orders.customer] >= 0)
    age = (day - begun[orders.customer]) // 7
    followed = min(52, max(weeks - COHORT[1], 0))
    mine &= (age >= 0) & (age < followed)
    total = np.cumsum(np.bincount(age[mine], margin[mine], weeks)[:weeks], dtype=np.float64)
    total[followed:] = np.nan
    return np.asarray(total / max(int(fresh.sum()), 1), np.float64)

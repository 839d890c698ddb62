"""Lifecycle answers, right and wrong: retention, repeat rate, dormancy, score, cost."""

from datetime import timedelta

import ibis
import pandas as pd

from opsbook.lifecycle.acquisition_cost import costs_by_channel
from opsbook.lifecycle.cohorts import retention_windows
from opsbook.lifecycle.dormant import dormant_share
from opsbook.lifecycle.newcomers import newcomers
from opsbook.lifecycle.nps import Nps, answers, nps
from opsbook.lifecycle.repeat_rate import repeat_rate
from opsbook.shop.periods import data_days, latest_period
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shop import Shop
from opsbook.teach.class_days import figures, quarter
from opsbook.teach.once import once

__all__ = [
    "advertising_only", "after_thirty", "asleep_30", "cac", "dormant", "eight_counts",
    "ever_back", "mean_score", "ninety_given", "no_passives", "orders_of_repeaters", "per_buyer",
    "per_order", "per_signup", "promoters", "repeat", "repeat_30", "repeat_ever",
    "repeaters_of_all", "retention", "score", "unwatched", "year_given",
]  # fmt: skip


@once
def _cells(shop: Shop) -> pd.DataFrame:
    """New customers by first day and gap to the second purchase."""
    return newcomers(shop).cells


@once
def _costs(shop: Shop) -> pd.DataFrame:
    """What was spent on new customers, by channel."""
    return costs_by_channel(shop, newcomers(shop), quarter(shop))


def retention(shop: Shop, days: int = 30) -> float:
    """Share of observed new customers back within so many days."""
    found = retention_windows(_cells(shop), (days,))
    return float(found.loc[found["kind"] == "all", "rate"].iloc[0])


def unwatched(shop: Shop) -> float:
    """Everybody below the line, also those who cannot have been back for 30 days yet."""
    cells = _cells(shop)
    back = cells.loc[cells["gap"] <= 30, "customers"].sum()
    return float(back / cells["customers"].sum())


def ever_back(shop: Shop) -> float:
    """Share who ever bought again."""
    cells = _cells(shop)
    return float(cells.loc[cells["gap"].notna(), "customers"].sum() / cells["customers"].sum())


def after_thirty(shop: Shop) -> float:
    """Share who came back later than day 30."""
    cells = _cells(shop)
    seen = cells[cells["follow"] >= 30]
    return float(seen.loc[seen["gap"] > 30, "customers"].sum() / seen["customers"].sum())


def repeat(shop: Shop, column: str = "rate") -> float:
    """A rate of the last 90 days: by default buyers with two orders over buyers."""
    return float(repeat_rate(shop, days=90).now[column])


def repeat_30(shop: Shop) -> float:
    """The rate of 30 days."""
    return float(repeat_rate(shop, days=30).now["rate"])


def dormant(shop: Shop, column: str = "rate_year") -> float:
    """Silent for more than 90 days: by default of the buyers of a year."""
    return float(dormant_share(shop, clock_days=90).now[column])


def asleep_30(shop: Shop) -> float:
    """Silent for more than 30 days."""
    found = dormant_share(shop).definitions
    row = found[(found["clock_days"] == 30) & (found["base"] == "year")].iloc[0]
    return float(row["rate"])


@once
def _survey(shop: Shop) -> Nps:
    return nps(shop, latest_period(shop, weeks=52))


def score(shop: Shop) -> float:
    """Net promoter score of 52 weeks, in points."""
    return _survey(shop).score * 100


def promoters(shop: Shop) -> float:
    """The share of promoters alone."""
    found = _survey(shop)
    return found.promoters / found.answers * 100


def no_passives(shop: Shop) -> float:
    """Passives left out below the line."""
    found = _survey(shop)
    return (found.promoters - found.detractors) / (found.promoters + found.detractors) * 100


def mean_score(shop: Shop) -> float:
    """The mean answer times ten."""
    rows = answers(shop, latest_period(shop, weeks=52))
    return float(rows.score.mean().execute()) * 10


def eight_counts(shop: Shop) -> float:
    """An answer of 8 counted as that of a promoter."""
    rows = answers(shop, latest_period(shop, weeks=52))
    eights = int(rows.filter(rows.score == 8).count().execute())
    found = _survey(shop)
    return (found.promoters + eights - found.detractors) / found.answers * 100


def cac(shop: Shop, cost: str = "cost") -> float:
    """Advertising and rewards over new customers."""
    found = _costs(shop)
    return float(found[cost].sum() / found["customers"].sum())


def advertising_only(shop: Shop) -> float:
    """Rewards for referrals forgotten."""
    return cac(shop, "ad_cost")


def _spent(shop: Shop) -> float:
    return float(_costs(shop)["cost"].sum())


def per_buyer(shop: Shop) -> float:
    """All buyers below the line."""
    return _spent(shop) / figures(shop)["buyers"]


def per_order(shop: Shop) -> float:
    """All orders below the line."""
    return _spent(shop) / figures(shop)["orders"]


def per_signup(shop: Shop) -> float:
    """Registrations below the line."""
    days = quarter(shop)
    joined = in_days(shop.customers, days.start, days.end, "signup_date")
    return _spent(shop) / int(joined.count().execute())


def year_given(shop: Shop) -> dict[str, object]:
    """First and last day of 52 whole weeks."""
    days = latest_period(shop, weeks=52)
    last = days.end - timedelta(days=1)
    return {"first_day": days.start.isoformat(), "last_day": last.isoformat()}


def ninety_given(shop: Shop) -> dict[str, object]:
    """First and last of the last 90 days."""
    end = data_days(shop).end
    first, last = end - timedelta(days=90), end - timedelta(days=1)
    return {"first_day": first.isoformat(), "last_day": last.isoformat()}


@once
def _ordered(shop: Shop) -> pd.DataFrame:
    """Paid orders of each named customer: in the last 90 days, and ever."""
    start = data_days(shop).end - timedelta(days=90)
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull())
    return (
        orders.group_by("customer_id")
        .aggregate(recent=(orders.day >= ibis.literal(start)).sum(), ever=orders.count())
        .execute()
    )


def repeaters_of_all(shop: Shop) -> float:
    """Customers with two orders in the 90 days, over all who ever bought."""
    return float((_ordered(shop)["recent"] >= 2).mean())


def repeat_ever(shop: Shop) -> float:
    """Customers who ever ordered twice, over all who ever bought."""
    return float((_ordered(shop)["ever"] >= 2).mean())


def orders_of_repeaters(shop: Shop) -> float:
    """Orders of customers with two orders or more, over all orders of the 90 days."""
    recent = _ordered(shop)["recent"]
    return float(recent[recent >= 2].sum() / recent.sum())

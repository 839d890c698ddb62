"""The days and rows that the exercises of every room ask about."""

from datetime import timedelta
from typing import Any

from ibis import Table as Frame

from opsbook.shop.metrics import key_figures
from opsbook.shop.periods import Period, data_days, latest_period
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shop import Shop
from opsbook.teach.once import once

__all__ = [
    "PERIOD",
    "SALES",
    "figures",
    "figures_before",
    "figures_year_ago",
    "last_84_days",
    "lines_of",
    "quarter",
    "quarter_given",
]

SALES = {"orders": ("order_id", "order_ts", "status"), "order_lines": ("order_id", "sku", "qty")}
PERIOD = (
    "from opsbook.shop.periods import latest_period\n\nperiod = latest_period(shop, weeks=12)\n"
)
"""First lines of most solutions."""


@once
def quarter(shop: Shop) -> Period:
    """The last twelve whole weeks: what most exercises ask about."""
    return latest_period(shop, weeks=12)


@once
def figures(shop: Shop) -> dict[str, float]:
    """Key figures of those weeks, as the metric dictionary defines them."""
    return key_figures(shop, quarter(shop))


@once
def figures_year_ago(shop: Shop) -> dict[str, float]:
    """The same of the same weekdays 52 weeks earlier."""
    return key_figures(shop, quarter(shop).last_year())


@once
def figures_before(shop: Shop) -> dict[str, float]:
    """The same of the twelve weeks before."""
    return key_figures(shop, quarter(shop).before())


def quarter_given(shop: Shop) -> dict[str, Any]:
    """First and last day of those weeks, as a question shows them."""
    days = quarter(shop)
    return {
        "first_day": days.start.isoformat(),
        "last_day": (days.end - timedelta(days=1)).isoformat(),
    }


def last_84_days(shop: Shop) -> Period:
    """As many days up to the end of the data: the wrong way to take twelve weeks."""
    end = data_days(shop).end
    return Period(end - timedelta(weeks=12), end)


def lines_of(shop: Shop, days: Period) -> Frame:
    """Lines of paid orders of some days, with amounts."""
    return in_days(sales_lines(shop), days.start, days.end)

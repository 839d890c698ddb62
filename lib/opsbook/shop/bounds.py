"""What the values of a row say of each other: upper bounds, what comes first, what is more.

The contract says what a column means; these are the bounds that follow from the meanings
and that a program can count.
"""

from dataclasses import dataclass
from datetime import datetime

import ibis
from ibis import Value

from opsbook.shop.contract import Column, Table

__all__ = ["AT_MOST", "EARLIEST", "MORE", "SEQUENCE", "Pair", "may_lie_ahead", "plausible"]

EARLIEST = datetime(2000, 1, 1)
"""Times before it are what programs write for no time: 1970, 1900."""

AT_MOST = {
    ("reviews", "stars"): 5,
    ("products", "rating"): 5,
    ("tickets", "csat"): 5,
    ("nps", "score"): 10,
    ("ad_spend", "hour"): 23,
    ("warehouses", "lat"): 90,
    ("warehouses", "lon"): 180,
    ("regions", "lat"): 90,
    ("regions", "lon"): 180,
}
"""Largest possible value of a column whose scale the contract states."""


@dataclass(frozen=True)
class Pair:
    """Two columns of a table of which the second cannot be less than the first."""

    table: str
    first: str
    second: str


SEQUENCE = tuple(
    Pair(*names)
    for names in (
        ("shipments", "ship_ts", "deliver_ts"),
        ("shipments", "deliver_ts", "install_ts"),
        ("returns", "request_ts", "approve_ts"),
        ("returns", "request_ts", "refund_ts"),
        ("purchase_orders", "order_date", "promised_date"),
        ("purchase_orders", "order_date", "received_date"),
        ("campaigns", "preheat_start_date", "start_date"),
        ("campaigns", "start_date", "tail_start_date"),
        ("campaigns", "start_date", "end_date"),
        ("group_buys", "open_ts", "close_ts"),
        ("reviews", "review_ts", "reply_ts"),
        ("tickets", "open_ts", "first_reply_ts"),
        ("tickets", "open_ts", "close_ts"),
        ("incidents", "open_ts", "respond_ts"),
        ("incidents", "open_ts", "close_ts"),
        ("requests", "open_ts", "respond_ts"),
        ("requests", "open_ts", "close_ts"),
    )
)
"""Times of which the first comes first. Orders and their payment are judged in ``probes``."""

MORE = tuple(
    Pair(*names)
    for names in (
        ("order_lines", "paid_price", "list_price"),
        ("ad_spend", "clicks", "impressions"),
        ("search_terms", "own_clicks", "clicks"),
        ("purchase_orders", "qty_ok", "received_qty"),
        ("platform_rules", "commission_low", "commission_high"),
        ("benchmarks", "low", "high"),
    )
)
"""Numbers of which the first is a part of the second."""

_PLANS = ("calendar", "capacity", "market_size", "team_kpis", "headcount", "campaigns")
"""Tables in which plans stand beside what happened."""
_PLANNED = ("promised_ts", "promised_date", "paid_until_date", "launch_date")


def may_lie_ahead(table: Table, column: Column) -> bool:
    """Whether a time may lie in the future: a promise, a plan, a date on the calendar."""
    return table.name in _PLANS or column.name in _PLANNED


def plausible(value: Value, now: datetime) -> Value:
    """Whether a time can be one: a time of 1970 or 2062 is one fault, not the cause of more.

    Args:
        value: A date or timestamp.
        now: What lies after it is in the future.
    """
    first, last = (EARLIEST, now) if value.type().is_timestamp() else (EARLIEST.date(), now.date())
    return (value >= ibis.literal(first)) & (value <= ibis.literal(last))

"""What was known about each active customer on a day: the evidence a churn model may use.

Every feature is computed from rows that lay before the cut-off and from columns whose value
was settled by then. The tier a customer holds now, the final outcome of a message or the
refund of a return still open are left out on purpose: they know the future.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.lifecycle.churn_clock import (
    ChurnClock,
    Signal,
    bought,
    signs_of_life,
    visit_days,
)
from opsbook.lifecycle.once import kept_rows
from opsbook.lifecycle.purchases import NEEDS
from opsbook.shop.sales import paid_orders, sales_lines
from opsbook.shop.shop import Shop

__all__ = ["DRIVERS", "ChurnClock", "Signal", "churn_frame", "features_at"]

DRIVERS: Mapping[str, tuple[str, ...]] = {
    "recency": ("recency", "recency_per_gap", "signal_silence"),
    "rhythm": ("days_bought", "rate", "mean_gap", "bought_90", "one_time"),
    "tenure": ("tenure",),
    "money": ("amount", "mean_amount", "last_amount", "discount"),
    "visits": ("visit_silence", "visits_30", "visits_90"),
    "returns": ("returns", "return_rate"),
    "delivery": ("late", "last_late"),
    "reviews": ("reviews", "bad_reviews"),
    "channel": ("channel",),
}
"""What belongs together: features of one driver are permuted and explained as one."""

_KEYS = ("cutoff", "customer_id")
_GAP = 90.0
"""Days of the gap that everybody is credited with."""
_SILENT = 400
"""Days shown for silence without end: no visit, no order on record."""


def features_at(shop: Shop, cutoffs: Sequence[date], clock: ChurnClock) -> Frame:
    """Features of every customer active at each cut-off, all cut-offs in one query.

    Active is who ordered before the cut-off and gave the clock's signal within its days
    before: the others have left already and belong to win-back.

    Args:
        shop: Needs ``orders.customer_id``; sessions, returns, shipments, reviews and
            customers are used where they are there.
        cutoffs: First days that are not known.
        clock: What counts as silence.

    Returns:
        One row per cut-off and customer: ``cutoff, customer_id``, ``signal_silence`` (days
        since the clock's last signal), the features of ``DRIVERS`` as far as the shop has
        their tables (days, money, counts, fractions; ``channel`` is text), ``amount_ever``
        and, where lines have a cost, ``margin_ever``.
    """
    frame = _orders(_aged(bought(shop), "day", cutoffs))
    signs = _aged(signs_of_life(shop, clock), "day", cutoffs)
    signs = signs.filter(signs.age <= clock.days)
    active = signs.group_by(_KEYS).aggregate(signal_silence=signs.age.min())
    frame = frame.inner_join(active, _KEYS)
    for part in (
        _discounts(shop, cutoffs),
        _visits(shop, cutoffs),
        _returns(shop, cutoffs),
        _delivery(shop, cutoffs),
        _reviews(shop, cutoffs),
    ):
        if part is not None:
            frame = frame.left_join(part, _KEYS).drop("cutoff_right", "customer_id_right")
    if shop.has("customers", "channel"):
        # The channel that brought a customer was settled at the start.
        channel = shop.customers.group_by("customer_id").aggregate(
            channel=shop.customers.channel.min()
        )
        frame = frame.left_join(channel, "customer_id").drop("customer_id_right")
    fill = {"visit_silence": float(_SILENT), "channel": "–"}
    zero = {c: 0.0 for group in DRIVERS.values() for c in group}
    frame = frame.mutate(
        **{c: frame[c].fill_null(v) for c, v in (zero | fill).items() if c in frame.columns}
    )
    if "returns" in frame.columns:
        frame = frame.mutate(return_rate=frame.returns / frame.days_bought)
    return frame


def _aged(rows: Frame, stamp: str, cutoffs: Sequence[date]) -> Frame:
    """Rows before each cut-off, with their age in days at it; nothing later gets through."""
    day = rows[stamp]
    rows = rows.mutate(happened=day.date() if day.type().is_timestamp() else day)
    rows = rows.cross_join(_days(cutoffs)).filter(lambda r: r.happened < r.cutoff)
    return rows.mutate(age=rows.cutoff.delta(rows.happened, unit="day").cast("float64"))


def _days(cutoffs: Sequence[date]) -> Frame:
    """The cut-offs as a table of literals: a read-only database takes no temporary table."""
    days = [ibis.literal(c).name("cutoff").as_table() for c in cutoffs]
    return days[0] if len(days) == 1 else ibis.union(*days)


def _orders(rows: Frame) -> Frame:
    """Recency, rhythm, tenure and money from purchase days."""
    last = ibis.window(group_by=_KEYS, order_by="age")
    per = rows.mutate(amount=rows.amount.fill_null(0.0), place=ibis.row_number().over(last))
    sums = {
        "recency": per.age.min(),
        "tenure": per.age.max(),
        "days_bought": per.count().cast("float64"),
        "bought_90": per.count(where=per.age <= 90).cast("float64"),
        "amount": per.amount.sum(where=per.age <= 365).fill_null(0.0),
        "amount_ever": per.amount.sum(),
        "last_amount": per.amount.max(where=per.place == 0),
    }
    if "margin" in per.columns:
        sums["margin_ever"] = per.margin.sum().cast("float64")
    frame = per.group_by(_KEYS).aggregate(**sums)
    # One more gap than seen, of ordinary length: a single order has no gap of its own.
    gap = (frame.tenure - frame.recency + _GAP) / frame.days_bought
    return frame.mutate(
        mean_gap=gap,
        recency_per_gap=frame.recency / gap,
        rate=(frame.days_bought - 1) / (frame.tenure + 30.0),
        one_time=(frame.days_bought == 1).cast("float64"),
        mean_amount=frame.amount_ever / frame.days_bought,
    )


def _discounts(shop: Shop, cutoffs: Sequence[date]) -> Frame | None:
    if not shop.has("order_lines", "list_price"):
        return None

    def days() -> Frame:
        lines = sales_lines(shop)
        lines = lines.filter(lines.customer_id.notnull(), lines.list_amount > 0)
        return lines.group_by("customer_id", "day").aggregate(
            paid=lines.amount.sum(), listed=lines.list_amount.sum()
        )

    rows = _aged(kept_rows(shop, "churn discounts", days, rows=shop.orders), "day", cutoffs)
    return rows.group_by(_KEYS).aggregate(discount=1 - rows.paid.sum() / rows.listed.sum())


def _visits(shop: Shop, cutoffs: Sequence[date]) -> Frame | None:
    if not shop.has("sessions", "customer_id", "start_ts"):
        return None
    rows = _aged(visit_days(shop), "day", cutoffs)
    return rows.group_by(_KEYS).aggregate(
        visit_silence=rows.age.min(),
        visits_30=rows.visits.sum(where=rows.age <= 30).cast("float64"),
        visits_90=rows.visits.sum(where=rows.age <= 90).cast("float64"),
    )


def _customer_of(shop: Shop, rows: Frame) -> Frame:
    """Rows of a table that names an order, with the customer who placed it."""
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull())
    return rows.inner_join(orders.select("order_id", "customer_id", ordered="day"), "order_id")


def _returns(shop: Shop, cutoffs: Sequence[date]) -> Frame | None:
    if not shop.has("returns", "order_id", "request_ts"):
        return None

    def asked() -> Frame:
        found = _customer_of(shop, shop.returns.select("order_id", "request_ts"))
        # A return dated before its order is an error that would let a later order through.
        return found.filter(found.request_ts.date() >= found.ordered)

    kept = kept_rows(shop, "churn returns", asked, rows=shop.returns)
    rows = _aged(kept, "request_ts", cutoffs)
    return rows.group_by(_KEYS).aggregate(returns=rows.order_id.nunique().cast("float64"))


def _delivery(shop: Shop, cutoffs: Sequence[date]) -> Frame | None:
    """Late parcels as far as their lateness was known: promised before the cut-off."""
    if not shop.has("shipments", "order_id", "deliver_ts", "promised_ts"):
        return None

    def sent() -> Frame:
        found = shop.shipments.select("order_id", "deliver_ts", "promised_ts")
        found = _customer_of(shop, found.filter(found.promised_ts.notnull()))
        found = found.filter(found.promised_ts.date() >= found.ordered)
        never = ibis.literal(datetime(9999, 1, 1))
        is_late = (ibis.coalesce(found.deliver_ts, never) > found.promised_ts).cast("float64")
        return found.select("customer_id", "promised_ts", is_late=is_late)

    kept = kept_rows(shop, "churn parcels", sent, rows=shop.shipments)
    rows = _aged(kept, "promised_ts", cutoffs)
    # Of two parcels promised for the same moment the late one is the one remembered.
    order = ibis.window(group_by=_KEYS, order_by=[ibis.desc("promised_ts"), ibis.desc("is_late")])
    rows = rows.mutate(place=ibis.row_number().over(order))
    return rows.group_by(_KEYS).aggregate(
        late=rows.is_late.sum(), last_late=rows.is_late.max(where=rows.place == 0)
    )


def _reviews(shop: Shop, cutoffs: Sequence[date]) -> Frame | None:
    """Reviews written so far; one or two stars are a warning."""
    if not shop.has("reviews", "customer_id", "review_ts", "stars"):
        return None
    named = shop.reviews
    rows = _aged(named.filter(named.customer_id.notnull()), "review_ts", cutoffs)
    return rows.group_by(_KEYS).aggregate(
        reviews=rows.count().cast("float64"),
        bad_reviews=rows.count(where=rows.stars <= 2).cast("float64"),
    )


def churn_frame(
    shop: Shop, cutoffs: Sequence[date], clock: ChurnClock, *, label: bool = True
) -> pd.DataFrame:
    """Features at cut-offs, with what happened afterwards where that is asked for.

    Args:
        shop: The shop.
        cutoffs: First days that are not known to the features.
        clock: What counts as silence.
        label: Whether to add ``churned``: no signal in the clock's days from the cut-off on.

    Returns:
        One row per cut-off and active customer, in this order.

    Raises:
        CannotTell: Orders name no customer.
    """
    shop.require(NEEDS)
    frame = features_at(shop, cutoffs, clock)
    if label:
        signs = signs_of_life(shop, clock)
        dated = signs.cross_join(_days(cutoffs))
        until = dated.cutoff + ibis.interval(days=clock.days)
        came = dated.filter(dated.day >= dated.cutoff, dated.day < until)
        came = came.select("customer_id", "cutoff").distinct()
        came = came.mutate(came=ibis.literal(1))
        frame = frame.left_join(came, _KEYS).drop("cutoff_right", "customer_id_right")
        frame = frame.mutate(churned=frame.came.isnull().cast("int64")).drop("came")
    found = frame.execute()
    found["cutoff"] = pd.to_datetime(found["cutoff"])
    return found.sort_values(list(_KEYS), ignore_index=True)

"""An event day by day, each day beside its counterpart of another event or year."""

from datetime import date

import numpy as np
import pandas as pd

from opsbook.campaign.event import Event
from opsbook.shop.metrics import buyer_of
from opsbook.shop.sales import line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "aligned_days", "day_sheet", "event_days", "phase_days"]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id",)}
_SALES = ("orders", "gmv", "list_gmv", "units")
_VISITS = {"visitors": "visitor_id", "sessions": "session_id"}
"""Figures of visits, with the column that each needs."""
_FIGURES = (*_SALES, "new_customers", *_VISITS)


def day_sheet(shop: Shop, start: date, end: date) -> pd.DataFrame:
    """What the shop sold on every day, new customers and visits included.

    Args:
        shop: Needs ``orders`` and ``order_lines``.
        start: First day.
        end: Day after the last one.

    Returns:
        One row per day, without gaps: ``day, orders, gmv, list_gmv, units, new_customers``
        (first paid order of a named customer; NaN where nobody is named), ``visitors,
        sessions`` (NaN where there are none on record).

    Raises:
        CannotTell: Orders or their lines are missing.
    """
    shop.require(NEEDS)
    days = pd.date_range(start, end, inclusive="left", name="day")
    sheet = _every_day(shop).reindex(days)
    known = [*_SALES, *(["new_customers"] if shop.has("orders", "customer_id") else [])]
    return sheet.fillna(dict.fromkeys(known, 0.0)).reset_index()


@shared
def _every_day(shop: Shop) -> pd.DataFrame:
    """Figures of all days at once, by day: an event asks for several spans of them."""
    orders = paid_orders(shop)
    lines = line_amounts(shop)
    lines = lines.select("order_id", "amount", "list_amount", "qty").join(
        orders.select("order_id", "day"), "order_id"
    )
    parts = {
        "orders": orders.group_by("day").aggregate(orders=orders.count()),
        "sales": lines.group_by("day").aggregate(
            gmv=lines.amount.sum(), list_gmv=lines.list_amount.sum(), units=lines.qty.sum()
        ),
    }
    if "customer_id" in orders.columns:
        named = orders.filter(orders.customer_id.notnull())
        people = named.select("day", buyer=buyer_of(named))
        first = people.group_by("buyer").aggregate(day=people.day.min())
        parts["first"] = first.group_by("day").aggregate(new_customers=first.count())
    counts = {name: column for name, column in _VISITS.items()
              if shop.has("sessions", column, "start_ts")}  # fmt: skip
    if counts:
        seen = shop.sessions
        seen = seen.select(*counts.values(), day=seen.start_ts.date())
        told = {"visitors": lambda f: f.visitor_id.nunique(), "sessions": lambda f: f.count()}
        parts["visits"] = seen.group_by("day").aggregate(**{name: told[name] for name in counts})
    found = [
        shop.kept(f"campaign days {name}", part, rows=shop.orders).execute()
        for name, part in parts.items()
    ]
    frames = [frame.assign(day=pd.to_datetime(frame["day"])).set_index("day") for frame in found]
    whole = pd.concat(frames, axis=1).reindex(columns=list(_FIGURES))
    return whole.loc[whole.index.notna()].astype(float).sort_index()


def phase_days(event: Event) -> pd.DataFrame:
    """The days of an event with their phase: ``day, phase, nth`` (from 0 in the phase)."""
    parts = []
    for name, days in event.phases:
        when = pd.date_range(days.start, days.end, inclusive="left")
        parts.append(pd.DataFrame({"day": when, "phase": name, "nth": np.arange(len(when))}))
    return pd.concat(parts, ignore_index=True)


def event_days(shop: Shop, event: Event) -> pd.DataFrame:
    """Figures of an event's days; days outside the data are not a number.

    Returns:
        As ``phase_days``, with ``inside`` (the data covers the day) and the columns of
        ``day_sheet``.
    """
    days = phase_days(event)
    days["inside"] = (days["day"] >= pd.Timestamp(event.since)) & (
        days["day"] < pd.Timestamp(event.until)
    )
    sheet = day_sheet(shop, event.days.start, event.days.end).set_index("day")
    for name in _FIGURES:
        days[name] = np.where(days["inside"], sheet[name].reindex(days["day"]).to_numpy(), np.nan)
    return days


def aligned_days(now: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    """Each day of an event beside the same day of the same phase of another one.

    A phase that was longer in one of the two keeps its surplus days alone: they are in the
    table, with the other side not a number, and in no comparison.

    Args:
        now: From ``event_days``.
        then: The same for the event it is compared with.

    Returns:
        One row per phase day, in order: ``phase, nth, step`` (day of the event from 1),
        the columns of ``now``, those of ``then`` with ``_then``, and ``both`` (the data
        covers both days).
    """
    other = then.rename(columns={c: f"{c}_then" for c in (*_FIGURES, "day", "inside")})
    both = now.merge(other, on=["phase", "nth"], how="outer")
    order = {"preheat": 0, "peak": 1, "tail": 2}
    both = both.sort_values("nth").sort_values(
        "phase", key=lambda s: s.map(order), kind="stable", ignore_index=True
    )
    both["step"] = np.arange(1, len(both) + 1)
    both["both"] = both["inside"].eq(True) & both["inside_then"].eq(True)
    return both

"""An event day by day, each day beside its counterpart of another event or year."""

from datetime import date

import numpy as np
import pandas as pd

from opsbook.campaign.event import Event
from opsbook.shop.metrics import buyer_of
from opsbook.shop.sales import in_days, line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "aligned_days", "day_sheet", "event_days", "phase_days"]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id",)}
_FIGURES = ("orders", "gmv", "list_gmv", "units", "new_customers", "visitors", "sessions")


@shared
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
    orders = in_days(paid_orders(shop), start, end).select("order_id", "day")
    counts = orders.group_by("day").aggregate(orders=orders.count()).execute()
    lines = line_amounts(shop)
    lines = lines.select("order_id", "amount", "list_amount", "qty").join(orders, "order_id")
    sums = lines.group_by("day").aggregate(
        gmv=lines.amount.sum(), list_gmv=lines.list_amount.sum(), units=lines.qty.sum()
    )
    days = pd.DataFrame({"day": pd.date_range(start, end, inclusive="left")}).set_index("day")
    for found in (counts, sums.execute()):
        found["day"] = pd.to_datetime(found["day"])
        days = days.join(found.set_index("day"))
    days = days.fillna(0.0).astype(float)
    days["new_customers"] = _first_orders(shop, days.index)
    for name, column in (("visitors", "visitor_id"), ("sessions", "session_id")):
        days[name] = _visits(shop, start, end, name, column, days.index)
    return days.reset_index()


def _first_orders(shop: Shop, days: pd.DatetimeIndex) -> np.ndarray:
    if not shop.has("orders", "customer_id"):
        return np.full(len(days), np.nan)
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull())
    people = orders.select("day", buyer=buyer_of(orders))
    first = people.group_by("buyer").aggregate(day=people.day.min())
    rows = first.group_by("day").aggregate(n=first.count()).execute()
    return _on(rows, "n", days, 0.0)


def _visits(
    shop: Shop, start: date, end: date, name: str, column: str, days: pd.DatetimeIndex
) -> np.ndarray:
    if not shop.has("sessions", column, "start_ts"):
        return np.full(len(days), np.nan)
    visits = in_days(shop.sessions, start, end, "start_ts")
    visits = visits.select(day=visits.start_ts.date(), who=visits[column])
    counted = visits.who.nunique() if name == "visitors" else visits.count()
    rows = visits.group_by("day").aggregate(n=counted).execute()
    return _on(rows, "n", days, np.nan)


def _on(rows: pd.DataFrame, column: str, days: pd.DatetimeIndex, empty: float) -> np.ndarray:
    known = pd.Series(rows[column].to_numpy(float), index=pd.to_datetime(rows["day"]))
    found: np.ndarray = known.reindex(days).fillna(empty).to_numpy()
    return found


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

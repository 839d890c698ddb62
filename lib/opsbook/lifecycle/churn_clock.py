"""When a customer counts as gone: which sign must fail to come, and for how long."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ibis import Table as Frame

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.lifecycle.once import kept_rows
from opsbook.lifecycle.purchases import purchase_days
from opsbook.shop.shop import Shop

__all__ = ["ChurnClock", "Signal", "bought", "signs_of_life", "visit_days"]

Signal = Literal["order", "login", "interaction"]


@dataclass(frozen=True)
class ChurnClock:
    """When a customer counts as gone: silent for this many days in this way.

    Args:
        signal: ``order`` (no paid order), ``login`` (no visit while logged in) or
            ``interaction`` (neither order, visit, review nor community event).
        days: Length of the silence, 7 to 365 days.

    Raises:
        ParameterError: The signal is not known, or days lie outside the bounds.
    """

    signal: Signal = "order"
    days: int = 90

    def __post_init__(self) -> None:
        if self.signal not in ("order", "login", "interaction"):
            raise ParameterError(
                N_('signal "{value}" is not known; use order, login or interaction'),
                value=self.signal,
            )
        if not 7 <= self.days <= 365:
            raise ParameterError(
                N_("silent_days {value} is out of bounds; use 7 to 365"), value=self.days
            )

    @property
    def span(self) -> timedelta:
        """The silence as a time span."""
        return timedelta(days=self.days)


def signs_of_life(shop: Shop, clock: ChurnClock) -> Frame:
    """Days on which a customer gave the clock's signal.

    Returns:
        One row per sign: ``customer_id, day``.

    Raises:
        CannotTell: The shop lacks the table that the clock listens to.
    """
    if clock.signal == "order":
        return bought(shop).select("customer_id", "day")
    if clock.signal == "login":
        shop.require({"sessions": ("customer_id", "start_ts")})
        return visit_days(shop).select("customer_id", "day")
    visits = shop.has("sessions", "customer_id", "start_ts")
    others = (
        visit_days(shop).select("customer_id", "day") if visits else None,
        _signs(shop, "reviews", "review_ts"),
        _signs(shop, "community_events", "event_ts"),
    )
    found = bought(shop).select("customer_id", "day")
    for signs in others:
        found = found if signs is None else found.union(signs)
    return found


def bought(shop: Shop) -> Frame:
    """Purchase days of named customers, as in ``purchases.purchase_days``."""
    # Asked at every cut-off; a customer's days are far fewer than order lines.
    return kept_rows(shop, "churn purchase days", lambda: purchase_days(shop), rows=shop.orders)


def visit_days(shop: Shop) -> Frame:
    """Days with a visit while logged in: ``customer_id, day, visits``."""

    def days() -> Frame:
        rows = shop.sessions
        rows = rows.filter(rows.customer_id.notnull()).mutate(day=rows.start_ts.date())
        return rows.group_by("customer_id", "day").aggregate(visits=rows.count())

    return kept_rows(shop, "churn visit days", days, rows=shop.sessions)


def _signs(shop: Shop, table: str, stamp: str) -> Frame | None:
    if not shop.has(table, "customer_id", stamp):
        return None
    rows = shop.table(table)
    rows = rows.filter(rows.customer_id.notnull())
    return rows.select("customer_id", day=rows[stamp].date())

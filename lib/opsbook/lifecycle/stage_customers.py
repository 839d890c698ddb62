"""The history and the stage of every customer on a day, as the engine works them out."""

from datetime import date, timedelta

import ibis
from ibis import Table as Frame

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.lifecycle.day_edges import NEEDS, data_span, last_days
from opsbook.lifecycle.once import once
from opsbook.lifecycle.own_clock import OwnClock, fit_own_clock
from opsbook.lifecycle.stage_rules import FixedDays, OwnRhythm, with_stage
from opsbook.shop.shop import Shop

__all__ = ["customer_stages", "own_clock"]


def own_clock(shop: Shop, end: date | None = None) -> OwnClock:
    """Fit the shop's distribution of rhythms to what was bought before a day.

    Args:
        shop: Needs ``orders.customer_id``.
        end: Day after the last one to use; all of the data unless given.

    Raises:
        CannotTell: Too few customers have bought twice; use ``FixedDays``.
    """
    last = end or data_span(shop).end
    return once(shop, f"own clock {last}", lambda: _own_clock(shop, last))


def _own_clock(shop: Shop, end: date) -> OwnClock:
    per = _histories(shop, end)
    # First purchases are known for customers who joined within the data; if they are many,
    # the chance to come back after the first is theirs.
    fresh = per.filter(~per.older)
    keys = ["repeats", "span_days", "silent_days"]
    for part in (fresh, per):
        cells = part.group_by(keys).aggregate(customers=part.count()).order_by(keys).execute()
        if cells.loc[cells["repeats"] > 0, "customers"].sum() >= 200:
            break
    return fit_own_clock(cells)


def _histories(shop: Shop, end: date) -> Frame:
    """Purchases, span and silence of every customer on the day before ``end``."""
    ends = last_days(shop, end)
    today = ibis.literal(end - timedelta(days=1))
    per = ends.select(
        "customer_id",
        "first_day",
        "last_day",
        "purchases",
        repeats=ends.purchases - 1,
        span_days=ends.last_day.delta(ends.first_day, unit="day"),
        silent_days=today.delta(ends.last_day, unit="day"),
        last_gap=ends.last_day.delta(ends.previous_day, unit="day"),
    )
    if not shop.has("customers", "signup_date"):
        return per.mutate(older=ibis.literal(False))
    known = shop.customers.select("customer_id", "signup_date")
    per = per.left_join(known, "customer_id").drop("customer_id_right")
    older = (per.signup_date < ibis.literal(data_span(shop).start)).fill_null(False)
    return per.mutate(older=older).drop("signup_date")


def customer_stages(
    shop: Shop, at: date, rule: OwnRhythm | FixedDays, clock: OwnClock | None = None
) -> Frame:
    """One row per customer with the stage on a day; see ``Stages.table``.

    Args:
        shop: Needs ``orders.customer_id``.
        at: The day; purchases on it count.
        rule: Where stages end.
        clock: The rhythm, for ``OwnRhythm``.

    Raises:
        CannotTell: The shop does not know its customers.
        ParameterError: The rule goes by own rhythm and no clock is given.
    """
    if isinstance(rule, OwnRhythm) and clock is None:
        raise ParameterError(N_("stages by own rhythm need a clock; fit one with own_clock"))
    shop.require(NEEDS)
    return with_stage(_histories(shop, at + timedelta(days=1)), rule, clock)

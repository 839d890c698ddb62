"""Contacts on record, what followed them, and customers who were not contacted that day."""

from datetime import date, timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.lifecycle.purchases import purchase_days
from opsbook.shop.sales import paid_orders
from opsbook.shop.shop import Shop

__all__ = ["contact_arms", "followed_contacts", "not_contacted", "purchase_spells"]

_CONTACT = ["customer_id", "contact_ts", "journey"]
"""What tells contacts apart; a row number would differ between two runs where times tie."""
_WAVES = 12
"""Contact days per journey that the naive comparison looks at, latest first."""
_BANDS = (0, 30, 60, 90, 120, 180, 365, 100_000)
"""Days of silence within which customers are called alike."""


def purchase_spells(shop: Shop, end: date) -> Frame:
    """Time between two purchases: customer, day, the next purchase day, spend until then."""
    days = purchase_days(shop, end)
    order = ibis.window(group_by="customer_id", order_by="day")
    sofar = ibis.window(group_by="customer_id", order_by="day", preceding=None, following=0)
    amount = days.amount.fill_null(0.0)
    spells = days.select(
        "customer_id",
        "day",
        following=days.day.lead().over(order),
        spent=amount.sum().over(sofar),
    )
    return shop.kept(f"purchase spells {end}", spells, rows=shop.orders)


def followed_contacts(shop: Shop, end: date, window: int) -> Frame:
    """Contacts whose window is over, with whether an order came within it."""
    contacts = shop.contacts
    contacts = contacts.filter(
        contacts.contact_ts.date() < ibis.literal(end - timedelta(days=window)),
        contacts.journey.notnull(),
    )
    cost = contacts.cost if "cost" in contacts.columns else ibis.null("float64")
    contacts = contacts.select(
        "customer_id",
        "contact_ts",
        "journey",
        wave=contacts.contact_ts.date(),
        held=contacts.outcome.fill_null("sent") == "held_out",
        cost=cost,
    )
    orders = paid_orders(shop)
    orders = orders.filter(orders.customer_id.notnull(), orders.day < ibis.literal(end))
    orders = orders.select("customer_id", "order_ts")
    joined = contacts.inner_join(orders, "customer_id")
    until = joined.contact_ts + ibis.interval(days=window)
    hits = joined.filter(joined.order_ts > joined.contact_ts, joined.order_ts < until)
    hits = hits.select(_CONTACT).distinct().mutate(hit=ibis.literal(1))
    marked = contacts.left_join(hits, _CONTACT).drop(*(f"{c}_right" for c in _CONTACT))
    return marked.mutate(came=marked.hit.fill_null(0)).drop("hit")


def contact_arms(marked: Frame, spells: Frame) -> pd.DataFrame:
    """Counts and balance per journey and arm."""
    joined = marked.inner_join(
        spells,
        [
            marked.customer_id == spells.customer_id,
            spells.day < marked.wave,
            spells.following.isnull() | (spells.following >= marked.wave),
        ],
    )
    before = joined.select(*_CONTACT, "spent", silence=joined.wave.delta(joined.day, unit="day"))
    before = before.distinct()
    known = marked.left_join(before, _CONTACT).drop(*(f"{c}_right" for c in _CONTACT))
    # Money is skew: a single wholesaler must not decide whether two arms are alike.
    known = known.mutate(spend=(known.spent.fill_null(0.0).clip(lower=0.0) + 1).ln())
    arms = known.group_by("journey", "held").aggregate(
        n=known.count(),
        came=known.came.sum(),
        cost=known.cost.mean(),
        silence=known.silence.median(),
        spent=known.spend.mean(),
        spread=known.spend.std(how="pop"),
    )
    return arms.execute()


def not_contacted(marked: Frame, spells: Frame, end: date, window: int) -> pd.DataFrame:
    """Contacted and everybody else on a journey's last contact days, by silence and spend.

    Returns:
        One row per journey, band of silence, fifth of spend and ``in_it`` (contacted):
        ``n, came``.
    """
    waves = marked.filter(~marked.held).select("journey", "wave").distinct()
    order = ibis.window(group_by="journey", order_by=ibis.desc("wave"))
    waves = waves.mutate(place=ibis.row_number().over(order))
    waves = waves.filter(waves.place < _WAVES).select("journey", "wave")
    due = waves.join(
        spells,
        [
            spells.day < waves.wave,
            # Orders of the contact's own day may have come before it: none of them counts.
            spells.following.isnull() | (spells.following > waves.wave),
        ],
    )
    due = due.mutate(
        silence=due.wave.delta(due.day, unit="day"),
        came=(due.following.notnull() & (due.following.delta(due.wave, unit="day") <= window)).cast(
            "int64"
        ),
    )
    arms = marked.group_by("journey", "wave", "customer_id").aggregate(
        taken=(~marked.held).cast("int64").max()
    )
    keys = ["journey", "wave", "customer_id"]
    due = due.left_join(arms, keys).drop(*(f"{k}_right" for k in keys))
    # Who was held out belongs to the holdout, not to everybody else.
    due = due.filter(due.taken.isnull() | (due.taken == 1))
    band = ibis.cases(
        *((due.silence <= high, i) for i, high in enumerate(_BANDS[1:])), else_=len(_BANDS)
    )
    fifth = (due.spent.percent_rank().over(ibis.window(group_by=["journey", "wave"],
             order_by="spent")) * 5).floor().clip(upper=4)  # fmt: skip
    due = due.mutate(band=band, fifth=fifth, in_it=due.taken.notnull())
    cells = due.group_by("journey", "band", "fifth", "in_it").aggregate(
        n=due.count(), came=due.came.sum()
    )
    return cells.execute()

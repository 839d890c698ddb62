"""What came in and what is still open: purchase orders as deliveries, impossible ones apart.

Lines of one purchase order that were promised for the same day and came on the same day are
one delivery: a lorry that is late once is not forty late products.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.shop import Shop

__all__ = ["LONGEST", "NEEDS", "By", "deliveries", "deliveries_on", "known_end", "waits"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "purchase_orders": ("po_id", "supplier_id", "sku", "order_date", "received_date", "qty"),
}
LONGEST = 365
"""Days from order to receipt beyond which a date is taken for a mistake."""
By = Literal["supplier", "sku"]


def known_end(shop: Shop) -> date:
    """Day after the last one that purchase orders speak of."""
    po = shop.purchase_orders
    last = po.aggregate(a=po.order_date.max(), b=po.received_date.max()).execute().iloc[0]
    days = [pd.Timestamp(v).date() for v in last.tolist() if not pd.isna(v)]
    return (max(days) if days else date(1970, 1, 1)) + timedelta(days=1)


def deliveries(
    shop: Shop,
    end: date,
    *,
    start: date | None = None,
    by: By = "supplier",
    since: Mapping[str, date] | None = None,
) -> Frame:
    """Deliveries as they were known on the morning of ``end``.

    Args:
        shop: Needs ``purchase_orders``.
        end: Day after the last one known; what came later is still open.
        start: First day of ordering; all unless given.
        by: ``sku`` keeps the products of a delivery apart.
        since: First day of ordering for single suppliers, where it is later.

    Returns:
        One row per delivery: ``supplier_id`` (and ``sku``), ``po_id, order_date``,
        ``lead`` (days, null while open), ``age`` (days since the order), ``agreed`` (days
        promised, null where nothing was), ``state`` (``received``, ``open``, ``negative``
        for goods that came before they were ordered, ``too_long`` beyond LONGEST),
        ``lines, qty, received_qty, qty_ok``, ``value`` (ordered, at the agreed price).

    Raises:
        CannotTell: The shop lacks a column.
        ParameterError: ``by`` is another word.
    """
    if by not in ("supplier", "sku"):
        raise ParameterError(N_('by "{value}" is not known; use supplier or sku'), value=by)
    shop.require(NEEDS)
    po = shop.purchase_orders
    po = po.filter(po.order_date < ibis.literal(end))
    if start is not None:
        po = po.filter(po.order_date >= ibis.literal(start))
    for supplier, first in (since or {}).items():
        po = po.filter((po.supplier_id != supplier) | (po.order_date >= ibis.literal(first)))
    return _known_then(shop, po, by, end)


def deliveries_on(shop: Shop, ends: Sequence[date], days: int) -> Frame:
    """Deliveries as they were known on each of several mornings, see ``deliveries``.

    Args:
        shop: As there.
        ends: The mornings.
        days: Orders of how many days before each count.

    Returns:
        As there, with the morning in ``today``.
    """
    shop.require(NEEDS)
    spans = [{"today": end, "first": end - timedelta(days=days)} for end in ends]
    mornings = ibis.memtable(spans, schema={"today": "date", "first": "date"})
    po = shop.purchase_orders
    po = po.inner_join(mornings, [po.order_date < mornings.today, po.order_date >= mornings.first])
    return _known_then(shop, po.drop("first"), "supplier", None)


def _known_then(shop: Shop, po: Frame, by: By, end: date | None) -> Frame:
    """Lines of purchase orders as deliveries known on a morning; each line's ``today`` if None."""
    have = po.columns

    def today(frame: Frame) -> ir.DateValue:
        return frame.today if end is None else ibis.literal(end)

    # What came in on a later day is not known yet.
    came = ibis.ifelse(po.received_date < today(po), po.received_date, ibis.null("date"))
    zero = ibis.null("float64")
    got = po.received_qty if "received_qty" in have else po.qty
    passed = po.qty_ok if "qty_ok" in have else zero
    po = po.mutate(
        came=came,
        due=po.promised_date if "promised_date" in have else ibis.null("date"),
        got=ibis.ifelse(came.notnull(), got, zero),
        passed=ibis.ifelse(came.notnull(), passed, zero),
        worth=po.qty * po.price if "price" in have else zero,
    )
    keys = ["supplier_id", "po_id", "order_date", "came", "due"]
    keys += [*(["sku"] if by == "sku" else []), *(["today"] if end is None else [])]
    per = po.group_by(*keys).aggregate(
        lines=po.count(),
        qty=po.qty.sum(),
        received_qty=po.got.sum(),
        qty_ok=po.passed.sum(),
        value=po.worth.sum(),
    )
    lead = per.came.delta(per.order_date, unit="day")
    per = per.mutate(lead=lead, age=(today(per).delta(per.order_date, unit="day") - 1))
    agreed = per.due.delta(per.order_date, unit="day")
    if shop.has("suppliers", "lead_time_days"):
        terms = shop.suppliers.select("supplier_id", terms_lead=shop.suppliers.lead_time_days)
        per = per.left_join(terms, "supplier_id").drop("supplier_id_right")
        agreed = ibis.coalesce(
            per.due.delta(per.order_date, unit="day"), per.terms_lead.round().cast("int64")
        )
    state = ibis.cases(
        (per["lead"] < 0, "negative"),
        (per["lead"] > LONGEST, "too_long"),
        (per["lead"].notnull(), "received"),
        (per.age > LONGEST, "too_long"),
        else_="open",
    )
    return per.mutate(agreed=agreed, state=state)


def waits(frame: Frame, by: By = "supplier", *, mornings: bool = False) -> pd.DataFrame:
    """Deliveries counted by how long they took or have been open.

    Args:
        frame: From ``deliveries``.
        by: As there.
        mornings: Whether they are counted for each morning, from ``deliveries_on``.

    Returns:
        One row per morning, supplier (and product), state, lead, agreed days and, for open ones,
        age: ``n`` deliveries, with ``due`` whether the promised day is over.
    """
    over = frame.age >= frame.agreed
    # A promised day that is over decides: in or late. Younger orders would tell of the quick only.
    shown = frame.mutate(
        due=over.fill_null(False),
        waited=ibis.ifelse(frame.state == "open", frame.age, ibis.null("int64")),
    )
    keys = [*(["today"] if mornings else []), "supplier_id", *(["sku"] if by == "sku" else [])]
    return (
        shown.group_by(*keys, "state", "lead", "waited", "agreed", "due")
        .aggregate(n=shown.count())
        .order_by(*keys, "state", "lead", "waited", "agreed", "due")
        .execute()
    )

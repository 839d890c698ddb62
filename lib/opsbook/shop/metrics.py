"""Key figures of a period, computed as the metric dictionary defines them."""

from collections.abc import Iterable
from datetime import timedelta

import ibis
from ibis import Table as Frame

from opsbook.shop.metric_names import METRICS, Metric
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = [
    "METRICS",
    "NEEDS",
    "Metric",
    "buyer_of",
    "definitions",
    "key_figures",
    "metric",
    "order_totals",
]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id",)}
"""Without order lines only orders and buyers can be counted."""

_SESSION_GAP = timedelta(days=3)
"""Sessions cover a period when none of its ends lacks them for longer than this."""


def metric(name: str) -> Metric:
    """The metric of that id.

    Raises:
        KeyError: The dictionary has none.
    """
    return METRICS[name]


def definitions(ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Label and definition of each metric in the language in force, in the order given."""
    return tuple(METRICS[name].text for name in ids)


def buyer_of(orders: Frame) -> ibis.Value:
    """Who bought: the customer, or the order itself where nobody is named."""
    guest = ibis.literal("guest:").concat(orders.order_id)
    return orders.customer_id.fill_null(guest) if "customer_id" in orders.columns else guest


def order_totals(shop: Shop) -> Frame:
    """Paid orders with what their lines add up to.

    Returns:
        One row per paid order: its columns, ``day``, ``buyer``, and from its lines
        ``amount`` (charged), ``list_amount``, ``promo_amount`` (charged below list),
        ``units`` (pieces), ``counted_amount`` (charged for lines with pieces), ``cost`` and
        ``costed_amount`` (charged for lines with a cost). Without order lines the amounts
        are null.
    """
    orders = paid_orders(shop)
    orders = orders.mutate(buyer=buyer_of(orders))
    names = ("amount", "list_amount", "promo_amount", "units", "counted_amount", "cost")
    if not shop.has("order_lines"):
        return orders.mutate(**{name: ibis.null("float64") for name in (*names, "costed_amount")})
    lines = line_amounts(shop)
    sums = lines.group_by("order_id").aggregate(
        amount=lines.amount.sum(),
        list_amount=lines.list_amount.sum(),
        # Half a cent: list price times pieces is rounded by whoever made the data.
        promo_amount=ibis.ifelse(lines.list_amount > lines.amount + 0.005, lines.amount, 0.0).sum(),
        units=lines.qty.sum(),
        counted_amount=ibis.ifelse(lines.qty.notnull(), lines.amount, 0.0).sum(),
        cost=lines.cost.sum(),
        costed_amount=ibis.ifelse(lines.cost.notnull(), lines.amount, 0.0).sum(),
    )
    return orders.left_join(sums, "order_id").drop("order_id_right")


@shared
def key_figures(shop: Shop, period: Period) -> dict[str, float]:
    """Every metric that the shop's data allows for one period.

    Returns:
        Metric id to value; a metric that cannot be computed is not in it. Money in the
        shop's currency, fractions 0 to 1.
    """
    orders = in_days(order_totals(shop), period.start, period.end)
    query = orders.aggregate(
        orders=orders.count(),
        buyers=orders.buyer.nunique(),
        gmv=orders.amount.sum(),
        list_gmv=orders.list_amount.sum(),
        promo=orders.promo_amount.sum(),
        units=orders.units.sum(),
        counted=orders.counted_amount.sum(),
        cost=orders.cost.sum(),
        costed=orders.costed_amount.sum(),
    )
    refunds = _refunds(shop, period)
    if refunds is not None:
        query = query.cross_join(refunds)
    if shop.has("sessions"):
        visits = in_days(shop.sessions, period.start, period.end, "start_ts")
        query = query.cross_join(
            visits.aggregate(
                sessions=visits.count(),
                visitors=visits.visitor_id.nunique(),
                first=visits.start_ts.min().date(),
                last=visits.start_ts.max().date(),
            )
        )
    row = query.execute().iloc[0]
    found = {name: float(row[name]) for name in ("orders", "buyers")}
    if shop.has("order_lines") and row["gmv"] == row["gmv"]:
        found |= {"gmv": float(row["gmv"]), "units": float(row["units"])}
        found["price_per_unit"] = _over(row["counted"], row["units"])
        if _has_list_price(shop):
            found["discount_depth"] = 1 - _over(row["gmv"], row["list_gmv"])
            found["promo_share"] = _over(row["promo"], row["gmv"])
        if shop.has("order_lines", "unit_cost"):
            found["gross_margin"] = 1 - _over(row["cost"], row["costed"])
        if refunds is not None:
            found["refunds"] = _number(row["refunds"])
            found["net_sales"] = found["gmv"] - found["refunds"]
    if shop.has("sessions") and row["sessions"] and _covered(row["first"], row["last"], period):
        found |= {name: float(row[name]) for name in ("sessions", "visitors")}
    return _rates(found)


def _rates(found: dict[str, float]) -> dict[str, float]:
    for name, above, below in (
        ("aov", "gmv", "orders"),
        ("orders_per_buyer", "orders", "buyers"),
        ("sales_per_buyer", "gmv", "buyers"),
        ("units_per_order", "units", "orders"),
        ("cvr", "buyers", "visitors"),
        ("order_cvr", "orders", "visitors"),
    ):
        if above in found and below in found:
            found[name] = _over(found[above], found[below])
    return {
        name: found[name] for name in METRICS if found.get(name, float("nan")) == found.get(name)
    }


def _refunds(shop: Shop, period: Period) -> Frame | None:
    if shop.has("returns", "refund_amount"):
        back = shop.returns
        when = back.request_ts
        if "refund_ts" in back.columns:
            when = ibis.coalesce(back.refund_ts, back.request_ts)
        back = in_days(back.mutate(when=when), period.start, period.end, "when")
        return back.aggregate(refunds=back.refund_amount.sum())
    if shop.has("orders", "status"):
        gone = in_days(order_totals(shop), period.start, period.end)
        gone = gone.filter(gone.status == "refunded")
        return gone.aggregate(refunds=gone.amount.sum())
    return None


def _has_list_price(shop: Shop) -> bool:
    return shop.has("order_lines", "list_amount") or shop.has("order_lines", "list_price")


def _covered(first: object, last: object, period: Period) -> bool:
    from pandas import Timestamp

    return bool(
        Timestamp(first) <= Timestamp(period.start + _SESSION_GAP)
        and Timestamp(last) >= Timestamp(period.end - _SESSION_GAP)
    )


def _number(value: float) -> float:
    return 0.0 if value != value or value is None else float(value)


def _over(above: float, below: float) -> float:
    """A ratio; not a number where there is nothing to divide by."""
    return float(above) / float(below) if below and below == below else float("nan")

"""Who bought when: one row per customer and day, and one history per customer.

Orders of one day are merged into one purchase, because two orders of an afternoon are one
decision to come back. Nothing is merged by week: models of repeat buying change their
answer when it is.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, per_cent, t
from opsbook.shop.metrics import order_totals
from opsbook.shop.periods import data_days
from opsbook.shop.sales import paid_orders
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Guests", "guests", "histories", "history_cells", "purchase_days"]

NEEDS = {"orders": ("order_id", "order_ts", "customer_id")}
"""Order lines are optional: without them purchases are counted and their money is unknown."""


def purchase_days(shop: Shop, end: date | None = None) -> Frame:
    """Purchases at their proper grain: customer and day.

    Args:
        shop: Needs ``orders.customer_id``.
        end: Day after the last one to count; all of the data unless given.

    Returns:
        One row per customer and day with a paid, not cancelled order: ``customer_id, day,
        orders`` (merged into this purchase), ``amount`` (charged, shop's currency; null
        where the shop has no order lines) and, where lines have a cost, ``margin``
        (amount less cost of goods, over the lines whose cost is known; null without).
        Orders without a customer are left out; ``guests`` counts them.

    Raises:
        CannotTell: The shop does not know its customers.
    """
    shop.require(NEEDS)
    orders = order_totals(shop)
    orders = orders.filter(orders.customer_id.notnull())
    if end is not None:
        orders = orders.filter(orders.day < ibis.literal(end))
    sums = {"orders": orders.count(), "amount": orders.amount.sum()}
    if shop.has("order_lines", "unit_cost"):
        sums["margin"] = (orders.costed_amount - orders.cost).sum()
    return orders.group_by("customer_id", "day").aggregate(**sums)


def histories(
    shop: Shop, end: date, *, since: date | None = None, unit_days: float = 7.0
) -> pd.DataFrame:
    """Buying history of every customer up to a day, in one query.

    Args:
        shop: Needs ``orders.customer_id``.
        end: Day after the last one observed.
        since: Keep customers whose first purchase in the data is on this day or later.
        unit_days: Length of the unit of time in days: 7 for weeks, 1 for days.

    Returns:
        One row per customer, by customer_id: ``customer_id, first_day, last_day``,
        ``frequency`` (repeat purchase days: days with a purchase after the first),
        ``recency`` (units from first to last purchase; 0 without a repeat), ``age`` (units
        from first purchase to the last day observed), ``monetary`` (mean amount of repeat
        purchase days; missing without one), ``orders`` (all of them), ``gmv`` (amount of
        all of them), ``from_start`` (whether the first purchase in the data is the
        customer's first: registered within the data; missing where the shop does not say)
        and, where lines have a cost, ``margin`` (money, all purchases).

    Raises:
        CannotTell: The shop does not know its customers, or none has bought by then.
        ParameterError: ``unit_days`` is not positive.
    """
    per = _per_customer(shop, end, since, unit_days)
    if _signs_up(shop):
        first = data_days(shop).start
        known = shop.customers.select("customer_id", "signup_date")
        joined = per.left_join(known, "customer_id").drop("customer_id_right")
        per = joined.mutate(from_start=joined.signup_date >= ibis.literal(first))
        per = per.drop("signup_date")
    else:
        per = per.mutate(from_start=ibis.null("boolean"))
    frame = per.order_by("customer_id").execute()
    if frame.empty:
        raise CannotTell(N_("no named customer has bought anything before {end}"), end=end)
    for name in ("first_day", "last_day"):
        frame[name] = pd.to_datetime(frame[name])
    for name in ("frequency", "orders"):
        frame[name] = frame[name].astype("int64")
    frame["recency"] = frame.pop("recency_days") / unit_days
    frame["age"] = frame.pop("age_days") / unit_days
    frame["monetary"] = frame["monetary"].astype("float64")
    kept = ["customer_id", "first_day", "last_day", "frequency", "recency", "age", "monetary"]
    kept += ["orders", "gmv", *(["margin"] if "margin" in frame else []), "from_start"]
    return frame[kept].reset_index(drop=True)


def history_cells(
    shop: Shop, end: date, *, since: date | None = None, unit_days: float = 7.0
) -> pd.DataFrame:
    """Customers counted by history: what a fit for millions of customers needs.

    Args:
        shop: Needs ``orders.customer_id``.
        end: Day after the last one observed.
        since: Keep customers whose first purchase in the data is on this day or later.
        unit_days: Length of the unit of time in days.

    Returns:
        One row per distinct ``frequency, recency, age`` (as in ``histories``) with
        ``customers``, their number, in that order.

    Raises:
        CannotTell: The shop does not know its customers, or none has bought by then.
        ParameterError: ``unit_days`` is not positive.
    """
    per = _per_customer(shop, end, since, unit_days)
    keys = ["frequency", "recency_days", "age_days"]
    cells = per.group_by(keys).aggregate(customers=per.count()).order_by(keys).execute()
    if cells.empty:
        raise CannotTell(N_("no named customer has bought anything before {end}"), end=end)
    return pd.DataFrame(
        {
            "frequency": cells["frequency"].astype("int64"),
            "recency": cells["recency_days"] / unit_days,
            "age": cells["age_days"] / unit_days,
            "customers": cells["customers"].astype("int64"),
        }
    )


def _per_customer(shop: Shop, end: date, since: date | None, unit_days: float) -> Frame:
    if not unit_days > 0:
        raise ParameterError(
            N_("unit_days {value} is no length of time; use 7 for weeks or 1 for days"),
            value=unit_days,
        )
    days = purchase_days(shop, end)
    # A window, not arg_min: PostgreSQL has none.
    days = days.mutate(first=days.day.min().over(ibis.window(group_by="customer_id")))
    sums = {
        "first_day": days.day.min(),
        "last_day": days.day.max(),
        "frequency": days.count() - 1,
        "monetary": days.amount.mean(where=days.day > days["first"]),
        "orders": days.orders.sum(),
        "gmv": days.amount.sum(),
    }
    if "margin" in days.columns:
        sums["margin"] = days.margin.sum()
    per = days.group_by("customer_id").aggregate(**sums)
    if since is not None:
        per = per.filter(per.first_day >= ibis.literal(since))
    final = ibis.literal(end - timedelta(days=1))
    return per.mutate(
        recency_days=per.last_day.delta(per.first_day, unit="day"),
        age_days=final.delta(per.first_day, unit="day"),
    )


def _signs_up(shop: Shop) -> bool:
    return shop.has("customers", "signup_date")


@dataclass(frozen=True)
class Guests:
    """Orders without a customer: no history can be told for them.

    Args:
        orders: Paid orders without a customer.
        all_orders: Paid orders.
        amount: What the former charged, currency; not a number without order lines.
    """

    orders: int
    all_orders: int
    amount: float

    @property
    def share(self) -> float:
        """Share of orders without a customer."""
        return self.orders / self.all_orders if self.all_orders else 0.0

    def words(self) -> str:
        """What is left out, in one sentence; empty if nothing is."""
        if not self.orders:
            return ""
        return t(
            "{n} orders ({share} of all) name no customer; they are not in these figures.",
            n=count(self.orders),
            share=per_cent(self.share),
        )


def guests(shop: Shop, end: date | None = None) -> Guests:
    """Count the orders that histories leave out.

    Args:
        shop: The shop.
        end: Day after the last one to count; all of the data unless given.
    """
    orders = order_totals(shop) if shop.has("order_lines") else paid_orders(shop)
    if end is not None:
        orders = orders.filter(orders.day < ibis.literal(end))
    nobody = orders.customer_id.isnull() if "customer_id" in orders.columns else ibis.literal(True)
    amount = orders.amount if "amount" in orders.columns else ibis.null("float64")
    row = (
        orders.aggregate(
            orders=nobody.cast("int64").sum(),
            all_orders=orders.count(),
            amount=ibis.ifelse(nobody, amount, ibis.null("float64")).sum(),
        )
        .execute()
        .fillna(0)
        .iloc[0]
    )
    return Guests(int(row["orders"]), int(row["all_orders"]), float(row["amount"]))

"""What an answer to the survey most likely speaks of: the customer's last order before it."""

from datetime import timedelta

import ibis
from ibis import Table as Frame

from opsbook.lifecycle.nps import answers
from opsbook.shop.periods import Period
from opsbook.shop.sales import paid_orders
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "WINDOW", "experience", "with_experience"]

NEEDS = {"nps": ("date", "score", "customer_id")}
WINDOW = timedelta(days=60)
"""How long before the answer the order may lie."""


def with_experience(shop: Shop, period: Period | None = None) -> Frame:
    """Answers with the order they most likely speak of: the customer's last one before.

    An order counts if it was placed in the 60 days up to the day of the answer.

    Returns:
        One row per answer of a customer, with ``order_id, order_day, orders_before`` (paid
        orders up to the answer) and, as far as the shop has them, ``channel, platform,
        region`` of the order, ``tier`` of the customer, ``late`` and ``returned`` (missing
        without an order).

    Raises:
        CannotTell: Answers have no customer.
    """
    shop.require(NEEDS | {"orders": ("order_id", "order_ts", "customer_id")})
    given = answers(shop, period).mutate(answer=ibis.row_number())
    # Its number is only good for one run.
    given = given.cache() if given.get_backend().name == "duckdb" else given
    given = given.filter(given.customer_id.notnull())
    orders = paid_orders(shop)
    kept = [c for c in ("channel", "platform", "region") if c in orders.columns]
    orders = orders.select("customer_id", "order_id", order_day="day", order_ts="order_ts",
                           **{c: orders[c] for c in kept})  # fmt: skip
    pairs = given.select("answer", "customer_id", "day").join(orders, "customer_id")
    pairs = pairs.filter(pairs.order_day <= pairs.day)
    by_answer = ibis.window(group_by="answer")
    latest = ibis.window(group_by="answer", order_by=[ibis.desc("order_ts"), "order_id"])
    pairs = pairs.mutate(orders_before=pairs.count().over(by_answer),
                         place=ibis.row_number().over(latest))  # fmt: skip
    recent = pairs.day.delta(pairs.order_day, unit="day") <= WINDOW.days
    last = pairs.filter(pairs.place == 0, recent)
    last = last.select("answer", "order_id", "order_day", "orders_before", *kept)
    joined = given.left_join(experience(shop, last), "answer")
    joined = joined.drop("answer_right")
    if shop.has("customers", "tier"):
        tiers = shop.customers.select("customer_id", "tier")
        joined = joined.left_join(tiers, "customer_id").drop("customer_id_right")
    return joined


def experience(shop: Shop, orders: Frame) -> Frame:
    """Orders with whether the parcel was late and whether something came back."""
    if shop.has("shipments", "order_id", "deliver_ts", "promised_ts"):
        s = shop.shipments
        late = s.group_by("order_id").aggregate(late=(s.deliver_ts > s.promised_ts).any())
        orders = orders.left_join(late, "order_id").drop("order_id_right")
    if shop.has("returns", "order_id"):
        back = shop.returns.select("order_id").distinct().mutate(back=True)
        joined = orders.left_join(back, "order_id").drop("order_id_right")
        orders = joined.mutate(returned=joined.back.fill_null(False)).drop("back")
    return orders

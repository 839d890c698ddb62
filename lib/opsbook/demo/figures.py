"""Figures of a shop that tell whether it looks like one: conversion, repeat, stock, service."""

from collections.abc import Callable

import ibis
from ibis import Table as Frame

from opsbook.shop.sales import paid_orders, sales_lines
from opsbook.shop.shop import Shop

__all__ = ["FIGURES", "measure"]

_PROMOTED = 0.905
"""Paid below this share of list price counts as a promotion: 10 % off, and rounding."""

Figure = tuple[tuple[str, ...], Callable[[Shop], dict[str, float]]]


def measure(shop: Shop) -> dict[str, float]:
    """All figures that the shop has the tables for.

    Returns:
        Figure id to value: fractions 0 to 1, money in the shop's currency, or the unit that
        the id ends with. ``cvr`` and ``return_rate`` come by category as well, as
        ``cvr: Food``.
    """
    found: dict[str, float] = {}
    for needs, figure in FIGURES:
        if all(shop.has(table) for table in needs):
            found |= figure(shop)
    return {name: value for name, value in found.items() if value == value}


def _one(frame: Frame, **values: ibis.Value) -> dict[str, float]:
    """Aggregates as numbers; what cannot be computed is not a number."""
    row = frame.aggregate(**values).execute().iloc[0]
    return {name: float("nan") if row[name] is None else float(row[name]) for name in values}


def _share(condition: ibis.Value) -> ibis.Value:
    return condition.cast("float64").mean()


def _hours(end: ibis.Value, begin: ibis.Value) -> ibis.Value:
    return (end.epoch_seconds() - begin.epoch_seconds()) / 3600.0


def _by_category(frame: Frame, name: str, value: ibis.Value) -> dict[str, float]:
    rows = frame.group_by("category").aggregate(value=value).order_by("category").execute()
    return {
        f"{name}: {category}": float(number)
        for category, number in zip(rows.category, rows.value, strict=True)
    }


def _sales(shop: Shop) -> dict[str, float]:
    lines = sales_lines(shop)
    orders = lines.group_by("order_id", "customer_id").aggregate(
        amount=lines.amount.sum(), pieces=lines.qty.sum(), day=lines.day.min()
    )
    per = _one(orders, aov=orders.amount.mean(), upt=orders.pieces.mean())
    promoted = lines.paid_price < _PROMOTED * lines.list_price
    per |= _one(
        lines,
        promo_share=ibis.ifelse(promoted, lines.amount, 0.0).sum() / lines.amount.sum(),
        gross_margin=1 - lines.cost.sum() / lines.amount.sum(),
    )
    daily = orders.group_by("day").aggregate(orders=orders.count())
    great = (daily.day.month() == 11) & (daily.day.day() == 11)
    peak = daily.aggregate(
        great=ibis.ifelse(great, daily.orders, None).mean(), usual=daily.orders.median()
    )
    per |= _one(peak, double_11_over_median_day=(peak.great / peak.usual).max())
    products = lines.group_by("sku").aggregate(amount=lines.amount.sum())
    rank = products.mutate(
        at=ibis.row_number().over(order_by=[products.amount.desc(), products.sku]),
        of=products.count().over(),
    )
    best = ibis.ifelse(rank["at"] < 0.2 * rank["of"], rank.amount, 0.0)
    return per | _one(rank, best_fifth_share=best.sum() / rank.amount.sum())


def _customers(shop: Shop) -> dict[str, float]:
    orders = paid_orders(shop)
    epoch = orders.day.epoch_days()
    first = int(_one(orders, first=epoch.min())["first"])
    numbered = orders.mutate(block=(epoch - first) // 30)
    by_block = numbered.group_by("block", "customer_id").aggregate(n=numbered.count())
    window = by_block.group_by("block").aggregate(
        rate=_share(by_block.n > 1), days=by_block.count()
    )
    found = _one(window, repeat_30d=window.rate.mean())
    turn = ibis.window(group_by="customer_id", order_by=["order_ts", "order_id"])
    following = orders.mutate(
        next=orders.order_ts.lead().over(turn), number=ibis.row_number().over(turn)
    )
    last = orders.order_ts.max().execute()
    known = following.filter(following.order_ts < ibis.literal(last) - ibis.interval(days=30))
    soon = (_hours(known.next, known.order_ts) < 30 * 24).fill_null(False)
    found |= _one(known, order_again_30d=_share(soon))
    found |= _one(following, new_buyer_share=_share(following.number == 0))
    buyers = orders.group_by("customer_id").aggregate(n=orders.count())
    return found | _one(buyers, second_order_share=_share(buyers.n > 1))


def _visits(shop: Shop) -> dict[str, float]:
    visits, orders = shop.sessions, paid_orders(shop)
    visitors = visits.group_by(month=visits.start_ts.truncate("M")).aggregate(
        visitors=visits.visitor_id.nunique()
    )
    buyers = orders.group_by(month=orders.order_ts.truncate("M")).aggregate(
        buyers=orders.customer_id.nunique()
    )
    months = visitors.join(buyers, "month")
    found = _one(months, cvr_mean=(months.buyers / months.visitors).mean())
    mobile = ibis.ifelse(visits.device == "mobile", visits.load_ms, None)
    return found | _one(visits, mobile_load_s=mobile.median() / 1000.0)


def _payments(shop: Shop) -> dict[str, float]:
    paid = shop.events.filter(shop.events.type == "pay").select("session_id")
    paid = paid.join(shop.sessions.select("session_id", "device"), "session_id")
    return _one(paid, mobile_share=_share(paid.device == "mobile"))


def _product_pages(shop: Shop) -> dict[str, float]:
    """Lines bought over visits that saw the product's page, added up over products."""
    views = shop.events.filter((shop.events.type == "view") & shop.events.sku.notnull())
    pairs = views.select("session_id", "sku").distinct()
    seen = pairs.group_by("sku").aggregate(visits=pairs.count())
    lines = sales_lines(shop)
    sold = lines.group_by("sku").aggregate(bought=lines.count())
    both = seen.left_join(sold, "sku").select("sku", "visits", "bought")
    both = both.join(shop.products.select("sku", "category"), "sku")
    sums = both.group_by("category").aggregate(
        bought=both.bought.fill_null(0).sum(), visits=both.visits.sum()
    )
    rows = sums.order_by("category").execute()
    found = {f"cvr: {row.category}": float(row.bought / row.visits) for row in rows.itertuples()}
    return {"cvr_product": float(rows.bought.sum() / rows.visits.sum())} | found


def _stock(shop: Shop) -> dict[str, float]:
    stock = shop.inventory_daily
    product = stock.group_by("date", "sku").aggregate(on_hand=stock.on_hand.sum())
    last = product.date.max().execute()
    recent = product.filter(product.date > ibis.literal(last) - ibis.interval(days=30))
    lines = sales_lines(shop)
    month = lines.filter(lines.day > ibis.literal(last) - ibis.interval(days=30))
    sold = month.group_by("sku").aggregate(pieces=month.qty.sum())
    held = recent.group_by("sku").aggregate(
        on_hand=recent.on_hand.mean(), last=recent.on_hand.argmax(recent.date)
    )
    held = held.filter(held.on_hand > 0).left_join(sold, "sku")
    held = held.select("sku", "on_hand", "last", pieces=held.pieces.fill_null(0))
    cover = held["last"] / (held.pieces / 30.0)
    found = _one(
        held,
        active_sku_rate=_share(held.pieces > 0),
        slow_mover_share=_share((held["last"] > 0) & ((held.pieces == 0) | (cover > 60))),
    )
    cost = product.join(shop.products.select("sku", "unit_cost"), "sku")
    value = _one(cost, value=(cost.on_hand * cost.unit_cost).sum() / cost.date.nunique())["value"]
    spent = _one(lines, cost=lines.cost.sum() / lines.day.nunique())["cost"]
    # Out of stock counts for products that sell: those with a sale in the month.
    selling = recent.semi_join(sold, "sku")
    return found | {
        "stock_days": value / spent,
        **_one(selling, stock_out_rate=_share(selling.on_hand <= 0)),
    }


def _returns(shop: Shop) -> dict[str, float]:
    returns = shop.returns
    back = returns.select("order_id", "sku").distinct().mutate(back=True)
    lines = sales_lines(shop).left_join(back, ["order_id", "sku"])
    rate = _share(lines.back.fill_null(False))
    found = _one(lines, return_rate=rate) | _by_category(lines, "return_rate", rate)
    hours = _hours(returns.refund_ts, returns.request_ts)
    return found | _one(returns, refund_hours=hours.mean())


def _parcels(shop: Shop) -> dict[str, float]:
    parcels = shop.shipments
    orders = shop.orders.select("order_id", "order_ts")
    joined = parcels.join(orders, "order_id")
    return _one(
        joined,
        dispatch_hours=_hours(joined.ship_ts, joined.order_ts).mean(),
        delivery_days=_hours(joined.deliver_ts, joined.order_ts).mean() / 24,
        late_share=_share(joined.deliver_ts > joined.promised_ts),
        breakage=_share(joined.breakage),
    )


def _purchasing(shop: Shop) -> dict[str, float]:
    bought = shop.purchase_orders
    days = bought.received_date.epoch_days() - bought.order_date.epoch_days()
    return _one(bought, purchase_days=days.cast("float64").mean())


def _service(shop: Shop) -> dict[str, float]:
    tickets = shop.tickets
    complaint = tickets.type == "complaint"
    content = (tickets.csat >= 4).cast("float64")
    return _one(
        tickets,
        complaint_csat=ibis.ifelse(complaint, content, None).mean(),
        csat=content.mean(),
        first_reply_hours=_hours(tickets.first_reply_ts, tickets.open_ts).mean(),
        solve_hours=_hours(tickets.close_ts, tickets.open_ts).mean(),
    )


def _voices(shop: Shop) -> dict[str, float]:
    reviews = shop.reviews
    bad = reviews.filter(reviews.stars <= 3)
    return _one(reviews, mean_stars=reviews.stars.mean()) | _one(
        bad, bad_review_reply_hours=_hours(bad.reply_ts, bad.review_ts).median()
    )


def _nps(shop: Shop) -> dict[str, float]:
    score = shop.nps.score
    return _one(shop.nps, nps=100 * (_share(score >= 9) - _share(score <= 6)))


def _marketing(shop: Shop) -> dict[str, float]:
    spend = shop.ad_spend
    return _one(spend, roi=spend.revenue.sum() / spend.cost.sum())


def _touches(shop: Shop) -> dict[str, float]:
    touches = shop.touchpoints.filter(shop.touchpoints.order_id.notnull())
    return _one(touches, touchpoints=touches.count() / touches.order_id.nunique())


FIGURES: tuple[Figure, ...] = (
    (("orders", "order_lines"), _sales),
    (("orders",), _customers),
    (("orders", "sessions"), _visits),
    (("sessions", "events"), _payments),
    (("orders", "order_lines", "products", "sessions", "events"), _product_pages),
    (("inventory_daily", "orders", "order_lines", "products"), _stock),
    (("orders", "order_lines", "returns"), _returns),
    (("orders", "shipments"), _parcels),
    (("purchase_orders",), _purchasing),
    (("tickets",), _service),
    (("reviews",), _voices),
    (("nps",), _nps),
    (("ad_spend",), _marketing),
    (("touchpoints",), _touches),
)
"""Tables that are needed, and what they give."""

"""The simulated shop in the contract's words: Arrow tables as they are written to disk."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, when, words
from opsbook.demo.clock import Clock, Times
from opsbook.demo.customers import AGE_BANDS, CITY_TIERS, GENDERS
from opsbook.demo.draw import Ints
from opsbook.demo.festivals import event_days
from opsbook.demo.orders import STATUSES
from opsbook.demo.returns import GRADES, REASONS, SCENARIOS

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["launch_dates", "shop_tables"]

_CHUNK = 1_000_000
"""Rows put into Arrow at a time."""


def shop_tables(b: "Business") -> Iterator[tuple[str, pa.Table]]:
    """Customers, orders, lines, products, calendar and returns, in pieces of many rows."""
    yield "customers", _customers(b)
    yield from (("orders", part) for part in _orders(b))
    yield from (("order_lines", part) for part in _order_lines(b))
    yield "products", _products(b)
    yield "calendar", _calendar(b.clock)
    yield "returns", _returns(b)


def launch_dates(clock: Clock, launch: Ints) -> Times:
    """Launch days; products are launched on Mondays, when prices change too."""
    return np.datetime64(clock.monday, "D") + launch * 7


def _named(kinds: Sequence[Any]) -> list[str]:
    return [kind.name for kind in kinds]


def _customers(b: "Business") -> pa.Table:
    from opsbook.demo.loyalty.customers import customer_columns

    people = b.people
    known = {
        "customer_id": numbered("C", np.arange(1, len(people) + 1), 7),
        "signup_date": pa.array(b.clock.dates(people.signup)),
        "channel": words(people.channel, _named(b.plan.channels)),
        "region": words(people.region, _named(b.plan.regions)),
        "city_tier": words(people.city, CITY_TIERS),
        "gender": words(people.gender, GENDERS),
        "age_band": words(people.age, AGE_BANDS),
    }
    return pa.table({**known, **customer_columns(b)})


def _orders(b: "Business") -> Iterator[pa.Table]:
    o = b.orders
    places = [w.name for w in b.supply.warehouses]
    campaigns = [c.id for c in b.campaigns]
    for low in range(0, len(o), _CHUNK):
        at = slice(low, low + _CHUNK)
        yield pa.table(
            {
                "order_id": numbered("O", np.arange(low + 1, low + 1 + len(o.placed[at])), 8),
                "customer_id": numbered("C", o.customer[at] + 1, 7),
                "platform": words(o.platform[at], _named(b.plan.platforms)),
                "channel": words(o.channel[at], _named(b.plan.channels)),
                "region": words(o.region[at], _named(b.plan.regions)),
                "campaign_id": words(o.campaign[at], campaigns),
                "order_ts": when(b.clock, o.placed[at]),
                "pay_ts": when(b.clock, o.paid[at]),
                "status": words(o.status[at], STATUSES),
                "discount": pa.array(o.discount[at]),
                "coupon_id": words(o.coupon[at], [c.coupon_id for c in b.plan.coupons]),
                "freight": pa.array(o.freight[at]),
                "warehouse_id": words(o.warehouse[at], places),
                "is_presale": pa.array(o.presale[at]),
                "deposit": pa.array(o.deposit[at], mask=~o.presale[at]),
            }
        )


def _order_lines(b: "Business") -> Iterator[pa.Table]:
    lines, range_ = b.lines, b.range_
    opens = np.flatnonzero(np.diff(lines.order, prepend=-1))
    line = np.arange(len(lines)) - np.repeat(opens, np.diff(opens, append=len(lines)))
    most = int(line.max(initial=0)) + 1
    skus = numbered("P", np.arange(1, len(range_) + 1), 5)
    for low in range(0, len(lines), _CHUNK):
        at = slice(low, low + _CHUNK)
        product = lines.product[at]
        sku = pa.DictionaryArray.from_arrays(product.astype(np.int32), skus)
        yield pa.table(
            {
                "order_id": numbered("O", lines.order[at] + 1, 8),
                "line_id": words(line[at], [str(n) for n in range(1, most + 1)]),
                "sku": sku,
                "qty": pa.array(lines.pieces[at].astype(np.int32)),
                "list_price": pa.array(range_.list_price[product]),
                "paid_price": pa.array(np.round(lines.price[at], 4)),
                "paid_amount": pa.array(lines.amount[at]),
                "unit_cost": pa.array(range_.unit_cost[product]),
            }
        )


def _products(b: "Business") -> pa.Table:
    from opsbook.demo.stock.pieces import shelf_life, volume

    range_ = b.range_
    kind = [b.plan.categories[c].name for c in range_.category]
    return pa.table(
        {
            "sku": numbered("P", np.arange(1, len(range_) + 1), 5),
            "category": words(range_.category, _named(b.plan.categories)),
            "brand": pa.array(range_.brand).dictionary_encode(),
            "launch_date": pa.array(launch_dates(b.clock, b.lives.launch)),
            "list_price": pa.array(range_.list_price),
            "unit_cost": pa.array(range_.unit_cost),
            "is_standard": pa.array(range_.standard),
            "is_eco": pa.array(range_.eco),
            "title": pa.array(range_.title),
            "image_count": pa.array(range_.images),
            "rating": pa.array(range_.rating),
            "pack_qty": pa.array(b.stock.planner.pack),
            "shelf_life_days": shelf_life(kind),
            "volume_l": pa.array(volume(b.seed, kind)),
        }
    )


def _calendar(clock: Clock) -> pa.Table:
    days, events, phases = zip(*event_days(clock.first, clock.last), strict=True)
    return pa.table({"date": pa.array(days), "event": events, "phase": phases})


def _returns(b: "Business") -> pa.Table:
    r = b.returns
    return pa.table(
        {
            "return_id": numbered("R", np.arange(1, len(r) + 1), 7),
            "order_id": numbered("O", r.order + 1, 8),
            "sku": numbered("P", b.lines.product[r.line] + 1, 5),
            "qty": pa.array(r.pieces),
            "reason": words(r.reason, REASONS),
            "scenario": words(r.scenario, SCENARIOS),
            "grade": words(r.grade, GRADES),
            "request_ts": when(b.clock, r.request),
            "approve_ts": when(b.clock, r.approve),
            "refund_ts": when(b.clock, r.refund),
            "refund_amount": pa.array(r.amount, mask=r.refund < 0),
            "freight": pa.array(r.freight),
        }
    )

"""The simulated shop in the contract's words: Arrow tables as they are written to disk."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.demo.clock import Clock, Times
from opsbook.demo.customers import AGE_BANDS, CITY_TIERS, GENDERS
from opsbook.demo.draw import Ints
from opsbook.demo.festivals import event_days
from opsbook.demo.orders import REFUNDED, STATUSES
from opsbook.demo.returns import GRADES, REASONS, SCENARIOS
from opsbook.demo.sessions import LANDINGS

if TYPE_CHECKING:
    from opsbook.demo.simulation import Business

__all__ = ["launch_dates", "numbered", "shop_tables"]


def shop_tables(b: "Business") -> dict[str, pa.Table]:
    """All tables of the contract that are simulated, by name."""
    return {
        "customers": _customers(b),
        "orders": _orders(b),
        "order_lines": _order_lines(b),
        "products": _products(b),
        "sessions": _sessions(b),
        "calendar": _calendar(b.clock),
        "returns": _returns(b),
    }


def numbered(prefix: str, numbers: Ints, digits: int) -> pa.Array:
    """Ids as text, ``C0000012``; empty where the number is negative."""
    text = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), digits, "0")
    ids = pc.binary_join_element_wise(prefix, text, "")
    return pc.if_else(pa.array(numbers >= 0), ids, pa.scalar(None, pa.string()))


def launch_dates(clock: Clock, launch: Ints) -> Times:
    """Launch days; products are launched on Mondays, when prices change too."""
    return np.datetime64(clock.monday, "D") + launch * 7


def _words(codes: Ints, words: Sequence[str]) -> pa.Array:
    index = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(index, pa.array(list(words)))


def _named(kinds: Sequence[Any]) -> list[str]:
    return [kind.name for kind in kinds]


def _when(clock: Clock, seconds: Ints) -> pa.Array:
    return pa.array(clock.times(seconds), mask=seconds < 0)


def _customers(b: "Business") -> pa.Table:
    people = b.people
    first = np.full(len(people), -1)
    # The channel of the first order brought the customer; who never bought came somehow.
    backwards = np.arange(len(b.orders))[::-1]
    first[b.orders.customer[backwards]] = b.orders.channel[backwards]
    first = np.where(first < 0, b.idle_channel, first)
    return pa.table(
        {
            "customer_id": numbered("C", np.arange(1, len(people) + 1), 7),
            "signup_date": pa.array(b.clock.dates(people.signup)),
            "channel": _words(first, _named(b.plan.channels)),
            "region": _words(people.region, _named(b.plan.regions)),
            "city_tier": _words(people.city, CITY_TIERS),
            "gender": _words(people.gender, GENDERS),
            "age_band": _words(people.age, AGE_BANDS),
        }
    )


def _orders(b: "Business") -> pa.Table:
    o = b.orders
    status = np.where(b.refunded & (STATUSES.index("completed") == o.status), REFUNDED, o.status)
    return pa.table(
        {
            "order_id": numbered("O", np.arange(1, len(o) + 1), 8),
            "customer_id": numbered("C", o.customer + 1, 7),
            "platform": _words(o.platform, _named(b.plan.platforms)),
            "channel": _words(o.channel, _named(b.plan.channels)),
            "region": _words(o.region, _named(b.plan.regions)),
            "order_ts": _when(b.clock, o.placed),
            "pay_ts": _when(b.clock, o.paid),
            "status": _words(status, STATUSES),
            "freight": pa.array(o.freight),
        }
    )


def _order_lines(b: "Business") -> pa.Table:
    baskets, range_ = b.baskets, b.range_
    number = np.empty(len(b.orders), dtype=np.int64)
    number[b.orders.basket] = np.arange(len(b.orders))
    order = number[baskets.order]
    by_order = np.argsort(order, kind="stable")
    order, product = order[by_order], baskets.product[by_order]
    opens = np.flatnonzero(np.diff(order, prepend=-1))
    line = np.arange(len(order)) - np.repeat(opens, np.diff(opens, append=len(order)))
    return pa.table(
        {
            "order_id": numbered("O", order + 1, 8),
            "line_id": pc.cast(pa.array(line + 1), pa.string()).dictionary_encode(),
            "sku": numbered("P", product + 1, 5).dictionary_encode(),
            "qty": pa.array(baskets.pieces[by_order]),
            "list_price": pa.array(range_.list_price[product]),
            "paid_price": pa.array(baskets.price[by_order]),
            "unit_cost": pa.array(range_.unit_cost[product]),
        }
    )


def _products(b: "Business") -> pa.Table:
    range_ = b.range_
    return pa.table(
        {
            "sku": numbered("P", np.arange(1, len(range_) + 1), 5),
            "category": _words(range_.category, _named(b.plan.categories)),
            "brand": pa.array(range_.brand).dictionary_encode(),
            "launch_date": pa.array(launch_dates(b.clock, b.lives.launch)),
            "list_price": pa.array(range_.list_price),
            "unit_cost": pa.array(range_.unit_cost),
            "is_standard": pa.array(range_.standard),
            "is_eco": pa.array(range_.eco),
            "title": pa.array(range_.title),
            "rating": pa.array(range_.rating),
        }
    )


def _sessions(b: "Business") -> pa.Table:
    s = b.sessions
    classes = [c.source_class for c in b.plan.channels]
    known = sorted(set(classes))
    class_of = np.array([known.index(c) for c in classes])
    # Numbers follow the first visit, so that they say nothing about who will buy.
    _, first, inverse = np.unique(s.visitor, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(1, len(first) + 1)
    return pa.table(
        {
            "session_id": numbered("S", np.arange(1, len(s) + 1), 9),
            "visitor_id": numbered("V", rank[inverse], 8),
            "customer_id": numbered("C", np.where(s.customer < 0, -1, s.customer + 1), 7),
            "start_ts": _when(b.clock, s.start),
            "source_class": _words(class_of[s.channel], known),
            "channel": _words(s.channel, _named(b.plan.channels)),
            "device": _words(s.device, _named(b.plan.devices)),
            "landing_page": _words(s.landing, LANDINGS),
            "dwell_s": pa.array(s.dwell.astype(np.int32)),
            "bounced": pa.array(s.bounced),
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
            "sku": numbered("P", b.baskets.product[r.line] + 1, 5),
            "qty": pa.array(r.pieces),
            "reason": _words(r.reason, REASONS),
            "scenario": _words(r.scenario, SCENARIOS),
            "grade": _words(r.grade, GRADES),
            "request_ts": _when(b.clock, r.request),
            "approve_ts": _when(b.clock, r.approve),
            "refund_ts": _when(b.clock, r.refund),
            "refund_amount": pa.array(r.amount, mask=r.refund < 0),
            "freight": pa.array(r.freight),
        }
    )

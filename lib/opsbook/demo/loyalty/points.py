"""The points programme from beginning to end, a block of customers at a time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, when, words
from opsbook.demo.clock import DAY, Clock
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.loyalty.earning import SOURCES, PointsPlan, activities, shopping, wishes
from opsbook.demo.loyalty.ledger import EARN, EXPIRE, TAKE_BACK, WISH, Entries, book, expiries
from opsbook.demo.loyalty.rewards import REWARDS, brought, reward_names, rewards_table
from opsbook.demo.loyalty.spend import order_cents, payments

if TYPE_CHECKING:
    from opsbook.demo.business import Business
    from opsbook.demo.write import Sink

__all__ = ["Deeds", "emit_points"]

_BLOCK = 50_000
"""Customers whose accounts are kept at a time; part of the seed's meaning."""
_KINDS = ("earn", "redeem", "expire")
_KIND = np.array([2, 0, 2, 1])
"""Word for each kind of entry: what refunds take back is lost, not redeemed."""


Deeds = tuple[Ints, Ints]
"""Customer and second of things that customers did."""


@dataclass
class _Totals:
    redeemed: Ints
    gmv: Floats
    by_kind: Ints
    ripe: int


def emit_points(b: "Business", sink: "Sink", shared: Deeds, reviewed: Deeds) -> dict[str, Any]:
    """Write points_ledger and rewards, and the balances as truth.

    Args:
        b: The shop.
        sink: Takes the tables.
        shared: Customer and second of the invitations sent, each of which earns points.
        reviewed: Customer and second of the reviews written, each of which earns points.

    Returns:
        Planted parameters and totals for the answer key.
    """
    plan = PointsPlan()
    cents = order_cents(b)
    paid = payments(b, cents)
    net, later = _before_arrival(b, cents)
    months, ends = _months(b.clock)
    rewards = len(REWARDS)
    totals = _Totals(np.zeros(rewards, np.int64), np.zeros(rewards), np.zeros(4, np.int64), 0)
    size = len(b.people)
    for low in range(0, size, _BLOCK):
        high = min(low + _BLOCK, size)
        who = np.array([low, high])
        rng = stream(b.seed, f"points {low // _BLOCK}")
        mine = (b.orders.customer >= low) & (b.orders.customer < high)
        some, back = np.flatnonzero(mine), later[mine[b.returns.order[later]]]
        deeds = [_of(deed, low, high) for deed in (shared, reviewed)]
        bought = shopping(b, plan, paid.of(low, high), cents, net, some, back)
        entries = Entries.joined([bought, activities(rng, b, plan, who, some, *deeds)])
        earned = entries.take(entries.kind == EARN)
        running_out = expiries(earned, months, ends, DAY)
        entries = Entries.joined([entries, wishes(rng, b, plan, who, some), running_out])
        entries = entries.sorted_by_account()
        moved = book(entries)
        _write(b, sink, entries, moved, who)
        _count(b, plan, totals, cents, entries, moved)
        totals.ripe += int(earned.points[months[earned.second // DAY] + 12 < len(ends)].sum())
    luck = stream(b.seed, "rewards").standard_normal(rewards)
    sink.table("rewards", rewards_table(totals.redeemed, totals.gmv, luck))
    return plan.facts() | _summary(totals)


def _of(deeds: Deeds, low: int, high: int) -> Deeds:
    mine = (deeds[0] >= low) & (deeds[0] < high)
    return deeds[0][mine], deeds[1][mine]


def _before_arrival(b: "Business", cents: Ints) -> tuple[Ints, Ints]:
    """Order amounts less refunds paid before arrival, and the refunds that came later."""
    r = b.returns
    paid_back = (r.refund >= 0) & (r.refund < b.clock.seconds)
    arrived = b.orders.delivered[r.order]
    early = np.flatnonzero(paid_back & (r.refund <= arrived))
    net = cents.copy()
    np.subtract.at(net, r.order[early], np.rint(r.amount[early] * 100).astype(np.int64))
    return net, np.flatnonzero(paid_back & (r.refund > arrived) & (arrived >= 0))


def _months(clock: Clock) -> tuple[Ints, Ints]:
    """Month of each day, and the second at which each month has ended within the period."""
    month = clock.dates(np.arange(clock.days)).astype("datetime64[M]").astype(np.int64)
    month = month - month[0]
    return month, np.flatnonzero(np.diff(month)).astype(np.int64) * DAY + DAY


def _write(b: "Business", sink: "Sink", entries: Entries, moved: Ints, who: Ints) -> None:
    low, size = int(who[0]), int(who[1] - who[0])
    kind, account = entries.kind, entries.customer - low
    sums = [np.bincount(account[kind == k], moved[kind == k], minlength=size) for k in range(4)]
    whole = [np.rint(s).astype(np.int64) for s in sums]
    balance = whole[EARN] - whole[WISH] - whole[EXPIRE] - whole[TAKE_BACK]
    with_points = np.flatnonzero(whole[EARN] > 0)
    sink.truth(
        "points_accounts",
        pa.table(
            {
                "customer_id": numbered("C", with_points + low + 1, 7),
                "earned": whole[EARN][with_points],
                "redeemed": whole[WISH][with_points],
                "expired": whole[EXPIRE][with_points],
                "taken_back": whole[TAKE_BACK][with_points],
                "balance": balance[with_points],
            }
        ),
    )
    rows = np.flatnonzero(moved > 0)
    rows = rows[np.argsort(entries.second[rows], kind="stable")]
    done, points = entries.take(rows), moved[rows]
    wish = done.kind == WISH
    sink.table(
        "points_ledger",
        pa.table(
            {
                "customer_id": numbered("C", done.customer + 1, 7),
                "book_ts": when(b.clock, done.second),
                "kind": words(_KIND[done.kind], _KINDS),
                "source": words(np.where(wish, -1, done.detail), SOURCES),
                "points": pa.array(points),
                "reward_id": words(np.where(wish, done.detail, -1), reward_names()),
            }
        ),
    )


def _count(
    b: "Business", plan: PointsPlan, totals: _Totals, cents: Ints, entries: Entries, moved: Ints
) -> None:
    done = entries.take((entries.kind == WISH) & (moved > 0))
    totals.redeemed += np.bincount(done.detail, minlength=len(REWARDS))
    totals.gmv += brought(b, cents, done.customer, done.second, done.detail, plan.brought_days)
    by_kind = np.bincount(entries.kind, moved, minlength=4)
    totals.by_kind += np.rint(by_kind).astype(np.int64)


def _summary(totals: _Totals) -> dict[str, float | int | list[int]]:
    earned, redeemed = int(totals.by_kind[EARN]), int(totals.by_kind[WISH])
    expired, taken = int(totals.by_kind[EXPIRE]), int(totals.by_kind[TAKE_BACK])
    return {
        "earned": earned,
        "redeemed": redeemed,
        "expired": expired,
        "taken_back": taken,
        "outstanding": earned - redeemed - expired - taken,
        "redemption_rate": redeemed / max(earned, 1),
        "breakage_of_ripe_points": expired / max(totals.ripe, 1),
        "redemptions": totals.redeemed.tolist(),
    }

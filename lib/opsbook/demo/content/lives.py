"""Live sessions minute by minute: who watches, what is on show, what is ordered.

Orders and GMV are those of the shop's own orders: of the channel "Live stream", placed in
that minute. Viewers are found backwards: expected orders of a session are drawn from what
they can have been given the orders, so that orders are Poisson about views x conversion.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, when
from opsbook.demo.clock import DAY
from opsbook.demo.content.creators import Creators
from opsbook.demo.content.schedule import LivePlan, LiveSchedule
from opsbook.demo.draw import Floats, Ints, choose, stream

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["CHANNEL", "Lives", "live_tables", "orders_in_lives"]

CHANNEL = "Live stream"


@dataclass(frozen=True)
class Lives:
    """What is latent in the sessions.

    Args:
        creator: Creator who hosts, -1 for the staff.
        expected: Expected orders.
        conversion: Orders per view.
    """

    creator: Ints
    expected: Floats
    conversion: Floats


def orders_in_lives(b: "Business", schedule: LiveSchedule) -> tuple[Ints, Ints, Ints]:
    """Orders placed by the live channel in sessions: their index, session and minute."""
    channel = [c.name for c in b.plan.channels].index(CHANNEL)
    order = np.flatnonzero(b.orders.channel == channel)
    placed = b.orders.placed[order]
    live = schedule.at(placed)
    order, placed, live = order[live >= 0], placed[live >= 0], live[live >= 0]
    return order, live, (placed - schedule.start[live]) // 60


def live_tables(
    b: "Business", plan: LivePlan, schedule: LiveSchedule, creators: Creators
) -> tuple[pa.Table, pa.Table]:
    """The table live_sessions of the contract, and one row per session as truth.

    Args:
        b: The shop.
        plan: Planted parameters.
        schedule: The sessions.
        creators: Who may host.
    """
    rng = stream(b.seed, "live sessions")
    order, live, minute = orders_in_lives(b, schedule)
    offset = np.concatenate([[0], np.cumsum(schedule.minutes)])
    total = int(offset[-1])
    row = offset[live] + minute
    orders = np.bincount(row, minlength=total)
    amount = _amounts(b, order)
    gmv = np.bincount(row, amount, minlength=total)
    lives = _hosts(rng, plan, creators, np.bincount(live, minlength=len(schedule)))
    session = np.repeat(np.arange(len(schedule)), schedule.minutes)
    within = np.arange(total) - offset[session]
    views, viewers = _audience(rng, plan, schedule, lives, orders, session, within)
    product = _on_show(rng, b, plan, schedule, order, row, session, within)
    ids = numbered("L", np.arange(1, len(schedule) + 1), 5)
    hosts = numbered("K", np.where(lives.creator < 0, -1, lives.creator + 1), 3)
    which = pa.array(session)
    table = pa.table(
        {
            "live_id": ids.take(which).dictionary_encode(),
            "creator_id": hosts.take(which).dictionary_encode(),
            "start_ts": when(b.clock, schedule.start[session]),
            "minute": pa.array(within),
            "sku": numbered("P", np.where(product < 0, -1, product + 1), 5).dictionary_encode(),
            "viewers": pa.array(viewers),
            "views": pa.array(views),
            "orders": pa.array(orders),
            "gmv": pa.array(np.round(gmv, 2)),
        }
    )
    truth = pa.table(
        {
            "live_id": ids,
            "creator_id": hosts,
            "minutes": schedule.minutes,
            "expected_orders": lives.expected,
            "conversion": lives.conversion,
        }
    )
    return table, truth


def _amounts(b: "Business", order: Ints) -> Floats:
    """GMV of orders, CNY."""
    low = np.searchsorted(b.lines.order, order)
    high = np.searchsorted(b.lines.order, order, side="right")
    total = np.concatenate([[0], np.cumsum(np.rint(b.lines.amount * 100).astype(np.int64))])
    return np.asarray((total[high] - total[low]) / 100.0, np.float64)


def _hosts(rng: np.random.Generator, plan: LivePlan, creators: Creators, orders: Ints) -> Lives:
    """Who hosts each session: creators with many fans are there when much is to be sold."""
    count = len(orders)
    mean = max(float(orders.mean()) if count else 0.0, 1e-3)
    rate = plan.evenness / mean + 1
    expected = rng.gamma(plan.evenness + orders) / rate
    reach = np.log(np.maximum(expected, 1e-6))
    guest = np.argsort(-(reach + rng.standard_normal(count)), kind="stable")
    guest = np.sort(guest[: round(plan.hosted * count)])
    drawn = choose(rng, 0.2 + creators.fit, len(guest))
    pull = 0.35 * np.log(creators.fans[drawn]) + rng.standard_normal(len(guest))
    wants = reach[guest] + rng.standard_normal(len(guest))
    creator = np.full(count, -1, dtype=np.int64)
    creator[guest[np.argsort(wants, kind="stable")]] = drawn[np.argsort(pull, kind="stable")]
    conversion = np.where(creator < 0, plan.staff_conversion, creators.conversion[creator])
    return Lives(creator, expected, conversion)


def _audience(
    rng: np.random.Generator,
    plan: LivePlan,
    schedule: LiveSchedule,
    lives: Lives,
    orders: Ints,
    session: Ints,
    within: Ints,
) -> tuple[Ints, Ints]:
    """Views that begin and people watching, minute by minute."""
    flow = np.zeros(len(session))
    for minutes in sorted(set(schedule.minutes.tolist())):
        rows = schedule.minutes[session] == minutes
        flow[rows] = plan.entering(minutes)[within[rows]]
    views = rng.poisson((lives.expected / lives.conversion)[session] * flow).astype(np.int64)
    viewers = np.zeros(len(session), dtype=np.int64)
    opens = np.concatenate([[0], np.cumsum(schedule.minutes)])[:-1]
    stay = np.exp(-1 / plan.dwell)
    before = np.zeros(len(schedule), dtype=np.int64)
    for minute in range(int(schedule.minutes.max(initial=0))):
        on = np.flatnonzero(schedule.minutes > minute)
        row = opens[on] + minute
        stayed = rng.binomial(before[on], stay)
        # Who orders is watching.
        views[row] += np.maximum(orders[row] - stayed - views[row], 0)
        before[on] = stayed + views[row]
        viewers[row] = before[on]
    return views, viewers


def _on_show(
    rng: np.random.Generator,
    b: "Business",
    plan: LivePlan,
    schedule: LiveSchedule,
    order: Ints,
    row: Ints,
    session: Ints,
    within: Ints,
) -> Ints:
    """Product on show: one that is ordered in these minutes, else a popular one on sale."""
    opens = within % plan.block == 0
    block = np.cumsum(opens) - 1
    product = np.full(int(opens.sum()), -1, dtype=np.int64)
    week = b.clock.week[schedule.start[session[opens]] // DAY]
    for w in np.unique(week):
        here = np.flatnonzero(week == w)
        weight = b.range_.popularity * (b.lives.level[:, w] > 0)
        if weight.sum() > 0:
            product[here] = choose(rng, weight, len(here))
    ordered = b.lines.product[np.searchsorted(b.lines.order, order)]
    product[block[row]] = ordered
    return product[block]

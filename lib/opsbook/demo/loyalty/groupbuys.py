"""Group buys: a customer opens a group, and if enough people join in time all get the price."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, when
from opsbook.demo.draw import Ints, choose, stream

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["GroupBuyPlan", "group_buys_table"]


@dataclass(frozen=True)
class GroupBuyPlan:
    """Planted parameters of group buys.

    Args:
        opened: Share of orders on Pinduoduo or by social share whose customer opens a group.
        targets: People needed.
        target_shares: Share of groups with each target.
        completion: Share of groups that are completed in time, by target.
        hours: Time until a group runs out, hours.
        discount: Group price is at least this fraction below list price.
    """

    opened: float = 0.20
    targets: tuple[int, ...] = (2, 3, 4, 5)
    target_shares: tuple[float, ...] = (0.35, 0.30, 0.15, 0.20)
    completion: tuple[float, ...] = (0.83, 0.74, 0.66, 0.57)
    hours: tuple[int, int] = (24, 48)
    discount: float = 0.20


def group_buys_table(b: "Business", plan: GroupBuyPlan) -> pa.Table:
    """The table group_buys of the contract; groups still open at the end have no close.

    Args:
        b: The shop.
        plan: Planted parameters.
    """
    rng, o = stream(b.seed, "group buys"), b.orders
    platform = np.array([p.name == "Pinduoduo" for p in b.plan.platforms])[o.platform]
    social = np.array([c.name == "Social share" for c in b.plan.channels])[o.channel]
    leads = o.kept & (platform | social) & (rng.random(len(o)) < plan.opened)
    order = np.flatnonzero(leads)
    count = len(order)
    kind = choose(rng, np.array(plan.target_shares), count)
    target = np.array(plan.targets)[kind]
    term = np.array(plan.hours)[rng.integers(0, 2, count)] * 3600
    done = rng.random(count) < np.array(plan.completion)[kind]
    took = np.where(done, (rng.beta(1.2, 2.2, count) * term).astype(np.int64) + 60, term)
    opened = o.placed[order]
    closed = opened + np.minimum(took, term)
    short = 1 + (rng.random(count) * (target - 1)).astype(np.int64)
    known = closed < b.clock.seconds
    joined = np.where(done & known, target, short)
    return pa.table(
        {
            "group_buy_id": numbered("T", np.arange(1, count + 1), 7),
            "leader_id": numbered("C", o.customer[order] + 1, 7),
            "target_people": pa.array(target),
            "joined_people": pa.array(joined),
            "open_ts": when(b.clock, opened),
            "close_ts": when(b.clock, np.where(known, closed, -1)),
            "price": pa.array(_prices(rng, b, plan, order)),
        }
    )


def _prices(rng: np.random.Generator, b: "Business", plan: GroupBuyPlan, order: Ints) -> pa.Array:
    """Price of the first product of the leader's order, at least the discount below list."""
    first = np.searchsorted(b.lines.order, order)
    listed = b.range_.list_price[b.lines.product[first]]
    price = listed * (1 - plan.discount) * rng.uniform(0.90, 1.0, len(order))
    return np.floor(price * 10) / 10

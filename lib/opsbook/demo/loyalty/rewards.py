"""What points can be redeemed for, and how well each reward is taken up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered
from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["REWARDS", "Reward", "brought", "reward_names", "rewards_table"]


@dataclass(frozen=True)
class Reward:
    """A reward of the points shop.

    Args:
        type: Kind of reward.
        points: Points it takes.
        cost: Cost of one redemption to the shop, CNY.
        wish: How often it is wanted, relative.
        take_up: Share of the pieces offered that is redeemed; below 0.05 it should go.
    """

    type: str
    points: int
    cost: float
    wish: float
    take_up: float


REWARDS: tuple[Reward, ...] = (
    Reward("coupon", 200, 2.0, 0.22, 0.64),
    Reward("coupon", 500, 5.0, 0.18, 0.52),
    Reward("coupon", 1000, 10.0, 0.14, 0.38),
    Reward("free shipping", 300, 3.5, 0.14, 0.47),
    Reward("product", 300, 4.2, 0.09, 0.33),
    Reward("product", 800, 9.5, 0.07, 0.24),
    Reward("product", 1200, 13.0, 0.05, 0.15),
    Reward("product", 2000, 24.0, 0.03, 0.030),
    Reward("service", 150, 1.2, 0.07, 0.28),
    Reward("service", 250, 6.0, 0.04, 0.12),
    Reward("lottery", 100, 0.8, 0.02, 0.035),
    Reward("donation", 100, 1.0, 0.01, 0.018),
)
"""The points shop; a point is worth about 0.01 CNY."""


def reward_names() -> list[str]:
    """Ids of the rewards."""
    return [f"RW{i:02d}" for i in range(1, len(REWARDS) + 1)]


def brought(
    b: "Business", cents: Ints, customer: Ints, second: Ints, reward: Ints, days: int
) -> Floats:
    """GMV that followed redemptions, CNY by reward.

    The first order that a customer places after a redemption counts if it comes within some
    days and is kept; an order that follows two redemptions counts for the later one.

    Args:
        b: The shop.
        cents: Amount of each order in cents.
        customer: Customer of each redemption.
        second: When it was redeemed.
        reward: Index of the reward.
        days: Days within which an order counts.
    """
    o = b.orders
    wanted = np.zeros(len(b.people), bool)
    wanted[customer] = True
    rows = np.flatnonzero(wanted[o.customer])
    key = o.customer[rows] * 2**31 + o.placed[rows]
    line = np.argsort(key, kind="stable")
    rows, key = rows[line], key[line]
    at = np.searchsorted(key, customer * 2**31 + second, side="right")
    there = at < len(rows)
    order = rows[np.minimum(at, len(rows) - 1)] if len(rows) else np.zeros_like(at)
    if not len(rows):
        return np.zeros(len(REWARDS))
    there &= (o.customer[order] == customer) & (o.placed[order] <= second + days * DAY)
    there &= o.kept[order]
    hit = np.flatnonzero(there)[np.argsort(second[there], kind="stable")][::-1]
    _, latest = np.unique(order[hit], return_index=True)
    hit = hit[latest]
    total = np.bincount(reward[hit], cents[order[hit]], minlength=len(REWARDS))
    return np.asarray(total / 100.0, np.float64)


def rewards_table(redeemed: Ints, gmv: Floats, luck: Floats) -> pa.Table:
    """The table rewards of the contract; the number offered was fixed by rule of thumb.

    Args:
        redeemed: Redemptions by reward.
        gmv: GMV that followed, CNY.
        luck: Standard normal error of the planner, by reward; 4 % of the pieces.
    """
    take_up = np.array([r.take_up for r in REWARDS])
    offered = np.maximum(np.ceil(redeemed / take_up * np.exp(0.04 * luck)), np.maximum(redeemed, 5))
    kinds: Sequence[str] = [r.type for r in REWARDS]
    return pa.table(
        {
            "reward_id": numbered("RW", np.arange(1, len(REWARDS) + 1), 2),
            "type": pa.array(list(kinds)),
            "cost": pa.array([r.cost for r in REWARDS]),
            "gmv": pa.array(np.round(gmv, 2)),
            "offered": pa.array(offered.astype(np.int64)),
        }
    )

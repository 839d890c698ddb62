"""What really caused each order, next to what is credited for it."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, stream

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["attribution", "draw_causes"]


def draw_causes(b: "Business") -> NDArray[np.int8]:
    """Cause of each order: 0 nothing paid, else 1 + row of the channel in the media arrays."""
    rng = stream(b.seed, "marketing causes")
    cause = np.zeros(len(b.orders), np.int8)
    luck = rng.random(len(b.orders))
    day = b.orders.placed // DAY
    for region in range(len(b.plan.regions)):
        here = np.flatnonzero(b.orders.region == region)
        edges = np.cumsum(b.media.causes(region), axis=0)
        for row in range(len(b.media.names)):
            cause[here] += luck[here] > edges[row, day[here]]
    return cause


def attribution(b: "Business", cause: NDArray[np.int8], credited: Floats) -> pa.Table:
    """One row per paid channel: what it causes against what it is credited for.

    Args:
        b: The shop.
        cause: Cause of each order.
        credited: Orders that the ad account claims, by channel and day.

    Returns:
        channel; spend (CNY); incremental_orders (expected); caused_orders (drawn);
        last_click_orders (of the shop's own system); account_orders (claimed by the ad account).
    """
    paid = len(b.media.names)
    expected = np.zeros(paid)
    for region in range(len(b.plan.regions)):
        expected += (b.media.causes(region)[1:] * b.expected[region]).sum(axis=1)
    last = np.bincount(b.orders.channel, minlength=len(b.plan.channels))
    return pa.table(
        {
            "channel": list(b.media.names),
            "spend": b.media.spend.sum(axis=1).round(2),
            "incremental_orders": expected,
            "caused_orders": np.bincount(cause, minlength=paid + 1)[1:],
            "last_click_orders": last[b.media.index],
            "account_orders": credited.sum(axis=1).astype(np.int64),
        }
    )

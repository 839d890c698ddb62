"""Pictures, videos and texts that customers hand in, and how often the shop reuses them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, when
from opsbook.demo.clock import DAY
from opsbook.demo.draw import stream

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["UgcPlan", "ugc_table"]


@dataclass(frozen=True)
class UgcPlan:
    """Planted parameters of what customers hand in.

    Args:
        share: Share of orders that have arrived after which something is handed in.
        quality: Beta parameters of the quality given at review.
        uses: Log of the expected uses of a piece of quality 0.
        by_quality: Log points of expected uses per point of quality.
        wait: Shape and mean days (gamma) between arrival and handing in.
    """

    share: float = 0.03
    quality: tuple[float, float] = (4.0, 2.2)
    uses: float = -2.2
    by_quality: float = 3.6
    wait: tuple[float, float] = (2.0, 9.0)


def ugc_table(b: "Business", plan: UgcPlan) -> pa.Table:
    """The table ugc of the contract, in order of time.

    Args:
        b: The shop.
        plan: Planted parameters.
    """
    rng, o = stream(b.seed, "ugc"), b.orders
    arrived = np.flatnonzero(o.kept & (o.delivered >= 0) & (o.delivered < b.clock.seconds))
    order = arrived[rng.random(len(arrived)) < plan.share]
    shape, mean = plan.wait
    wait = (rng.gamma(shape, mean / shape, len(order)) * DAY).astype(np.int64)
    second = o.delivered[order] + wait
    order, second = order[second < b.clock.seconds], second[second < b.clock.seconds]
    line = np.argsort(second, kind="stable")
    order, second = order[line], second[line]
    quality = rng.beta(*plan.quality, len(order)).round(2)
    product = b.lines.product[np.searchsorted(b.lines.order, order)]
    return pa.table(
        {
            "ugc_id": numbered("U", np.arange(1, len(order) + 1), 7),
            "customer_id": numbered("C", o.customer[order] + 1, 7),
            "submit_ts": when(b.clock, second),
            "sku": numbered("P", product + 1, 5),
            "quality": pa.array(quality),
            "uses": pa.array(rng.poisson(np.exp(plan.uses + plan.by_quality * quality))),
        }
    )

"""What a visit is like: channel, landing page, how far it gets, whether it bounces.

All combinations are listed once. Visits are then dealt out by counts, one draw for all
visits of a day, instead of one draw for every property of every visit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.draw import Floats, Ints
from opsbook.demo.plan import Plan
from opsbook.demo.visits.steps import DEPTHS, Funnel, Steps

__all__ = ["LANDINGS", "PRODUCT", "Outcomes", "landing_shares", "list_outcomes"]

LANDINGS = ("home", "search", "category", "product", "campaign", "live")
PRODUCT = LANDINGS.index("product")
_LANDING = {
    "search": (0.05, 0.55, 0.10, 0.30, 0.0, 0.0),
    "category": (0.15, 0.0, 0.65, 0.20, 0.0, 0.0),
    "paid": (0.10, 0.10, 0.10, 0.50, 0.20, 0.0),
    "content": (0.05, 0.0, 0.0, 0.40, 0.10, 0.45),
    "event": (0.10, 0.0, 0.05, 0.15, 0.70, 0.0),
    "external": (0.40, 0.0, 0.10, 0.40, 0.10, 0.0),
}


@dataclass(frozen=True)
class Outcomes:
    """All kinds of visits without an order, and how likely each is given channel and depth.

    Args:
        channel: Channel.
        depth: Index into DEPTHS.
        landing: Index into LANDINGS.
        bounced: Ended on its first page.
        chance: Chance given channel and depth.
    """

    channel: Ints
    depth: Ints
    landing: Ints
    bounced: NDArray[np.bool_]
    chance: Floats

    def shares(self, by_depth: Floats) -> Floats:
        """Chance of each kind of visit.

        Args:
            by_depth: Visits by channel and depth in the last two axes; any scale.

        Returns:
            The last two axes become one of all outcomes, which sums to 1.
        """
        weight = by_depth[..., self.channel, self.depth] * self.chance
        total = weight.sum(axis=-1, keepdims=True)
        return np.asarray(weight / np.where(total > 0, total, 1.0), np.float64)


def landing_shares(plan: Plan) -> Floats:
    """Share of landing pages: one row per channel, one column per page."""
    return np.array([_LANDING[c.source_class] for c in plan.channels])


def list_outcomes(plan: Plan, funnel: Funnel, steps: Steps) -> Outcomes:
    """All combinations that occur.

    Args:
        plan: Channels.
        funnel: Shares that bounce.
        steps: Share of visits that see a product, by which landing pages depend on depth.
    """
    share = landing_shares(plan)
    mean = steps.without.mean(axis=(0, 1))
    seen = 1.0 - mean[:, 0] / mean.sum(axis=1)
    rows = []
    for channel, pages in enumerate(share):
        # Who lands on a product has seen one: such visits are among those that got further.
        product = min(pages[PRODUCT] / max(seen[channel], 1e-9), 0.85)
        others = np.where(np.arange(len(pages)) == PRODUCT, 0.0, pages)
        others = others / others.sum()
        for depth in range(len(DEPTHS)):
            given = others.copy() if depth == 0 else others * (1.0 - product)
            given[PRODUCT] = 0.0 if depth == 0 else product
            for landing in np.flatnonzero(given):
                leaves = 0.0
                if depth == 0:
                    leaves = funnel.bounce[0]
                elif depth == 1 and landing == PRODUCT:
                    leaves = funnel.bounce[1]
                rows.append((channel, depth, landing, False, given[landing] * (1.0 - leaves)))
                if leaves:
                    rows.append((channel, depth, landing, True, given[landing] * leaves))
    channel_, depth_, landing_, bounced, chance = zip(*rows, strict=True)
    return Outcomes(
        *(np.array(channel_), np.array(depth_), np.array(landing_)),
        *(np.array(bounced, np.bool_), np.array(chance)),
    )

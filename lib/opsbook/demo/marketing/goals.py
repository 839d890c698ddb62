"""The table of campaigns: goals and budgets as they were set before each one began."""

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats
from opsbook.demo.festivals import festival_effect
from opsbook.demo.marketing.campaigns import Campaign

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["campaign_table", "campaign_truth", "goals"]

_LOOK_BACK = 56


def goals(b: "Business", value: Floats) -> tuple[Floats, Floats]:
    """Goal for GMV (CNY) and for new customers, by campaign.

    A goal is what the eight weeks before promise, season of the feast included, times the
    campaign's own factor; nothing that came later is in it. It is the goal of the whole event,
    also of one that runs on after the period.
    """
    days = b.clock.days
    day = b.orders.placed // DAY
    money = np.bincount(day, weights=value * b.orders.kept, minlength=days)
    fresh = np.bincount(day, weights=b.orders.first & b.orders.kept, minlength=days)
    gmv, new = np.zeros(len(b.campaigns)), np.zeros(len(b.campaigns))
    for at, c in enumerate(b.campaigns):
        before = slice(max(c.first - _LOOK_BACK, 0), c.first)
        if c.first < 7:
            before = slice(0, 7)
        share = 1.0 if c.category < 0 else b.plan.categories[c.category].share
        # Planned before the period is over: the days after it count as much as those in it.
        begin = b.clock.first + timedelta(days=c.start)
        feast = float(festival_effect(begin, c.end - c.start + 1).sum()) * c.effect
        calm = b.clock.festival[before].sum()
        gmv[at] = money[before].sum() / calm * feast * share * c.goal_factor
        new[at] = fresh[before].sum() / calm * feast * share * c.new_factor
    return gmv, new


def campaign_table(b: "Business", value: Floats) -> pa.Table:
    """One row per campaign; days after the period are in it, because they were planned."""
    gmv, new = goals(b, value)
    budget = np.array([c.budget_share for c in b.campaigns]) * gmv
    return pa.table(
        {
            "campaign_id": [c.id for c in b.campaigns],
            "name": [c.name for c in b.campaigns],
            "type": [c.type for c in b.campaigns],
            "start_date": _dates(b, [c.start for c in b.campaigns]),
            "end_date": _dates(b, [c.end for c in b.campaigns]),
            "preheat_start_date": _dates(b, [c.preheat for c in b.campaigns]),
            "tail_start_date": _dates(b, [c.tail for c in b.campaigns]),
            "goal_gmv": _round(gmv),
            "goal_new_customers": np.maximum(np.round(new), 1).astype(np.int64),
            "budget": _round(budget),
            "discount_rule": [c.rule or None for c in b.campaigns],
        }
    )


def campaign_truth(campaigns: tuple[Campaign, ...]) -> list[dict[str, object]]:
    """Planted effects of campaigns outside festivals."""
    return [
        {"campaign_id": c.id, "type": c.type, "effect": c.effect}
        for c in campaigns
        if c.type != "mega-sale"
    ]


def _dates(b: "Business", days: list[int]) -> pa.Array:
    day = np.array(days, np.int64)
    return pa.array(b.clock.dates(day), mask=day < 0)


def _round(amount: Floats) -> Floats:
    """As people set goals: two digits count."""
    step = 10.0 ** np.maximum(np.floor(np.log10(np.maximum(amount, 1.0))) - 1, 0)
    return np.asarray(np.maximum(np.round(amount / step), 1.0) * step, np.float64)

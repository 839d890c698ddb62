"""Visits of a few days for other parts of the shop, such as experiments on visitors."""

from typing import TYPE_CHECKING

import numpy as np

from opsbook.demo.draw import Floats
from opsbook.demo.visits.traffic import Traffic, plan_traffic
from opsbook.demo.visits.visits import Visits, draw_visits, join

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["visit_values", "visits_between"]


def visits_between(
    b: "Business", first_day: int, last_day: int, traffic: Traffic | None = None
) -> Visits:
    """The very visits that the table sessions holds for some days, made again.

    With ``b.events`` "sample" the table holds a part of them only.

    Args:
        b: The shop.
        first_day: First day, counted from the first of the period.
        last_day: Last day, included.
        traffic: As from ``plan_traffic``, which spares its making for repeated calls.

    Returns:
        Visits in order of time; ``visitor_ids`` turns their visitors into ids.
    """
    traffic = traffic or plan_traffic(b)
    low = int(np.searchsorted(traffic.edges, first_day, side="right")) - 1
    high = int(np.searchsorted(traffic.edges, last_day, side="right"))
    parts = []
    for chunk in range(max(low, 0), min(high, len(traffic.edges) - 1)):
        visits = draw_visits(b, traffic, chunk)
        parts.append(visits.where((visits.day >= first_day) & (visits.day <= last_day)))
    return join(parts)


def visit_values(b: "Business", visits: Visits) -> Floats:
    """Value of the order placed in each visit, CNY without freight; 0 where there is none."""
    value = np.bincount(b.lines.order, b.lines.amount, minlength=len(b.orders))
    return np.where(visits.order >= 0, value[np.maximum(visits.order, 0)], 0.0)

"""Crises of public opinion: when they came up, and how fast the shop responded."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from opsbook.demo.clock import DAY
from opsbook.demo.draw import Ints, stream
from opsbook.demo.service.experience import Experience
from opsbook.demo.service.reviews import Reviews

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["CLOCK", "Incidents", "crises"]

CLOCK = (1.0, 4.0, 24.0)
"""Hours within which to respond, to have a plan, and to close."""
_HOURS = (
    (2.6, 9.5, 58.0),
    (0.7, 3.2, 21.0),
    (0.9, 5.1, 23.0),
    (1.4, 3.8, 30.0),
    (0.5, 2.4, 16.5),
    (0.8, 3.6, 22.0),
)
"""What each took, hours to response, plan and close; in order of the causes below."""
_CAUSES = ("bad batch", "quality drop", "late parcels", "rumour", "rumour", "rumour")


@dataclass(frozen=True)
class Incidents:
    """Crises in order of time; seconds count from the first midnight.

    Args:
        cause: What it came from.
        open: Second it came up.
        respond: Second of the first response.
        plan: Second a plan stood.
        close: Second it was closed.
    """

    cause: list[str]
    open: Ints
    respond: Ints
    plan: Ints
    close: Ints

    def __len__(self) -> int:
        return len(self.cause)


def crises(b: "Business", lived: Experience, reviews: Reviews) -> Incidents:
    """Three to six crises, more in a longer period; the first follow from what happened."""
    rng = stream(b.seed, "incidents of opinion")
    count = int(np.clip(b.clock.days // 150 + 2, 3, len(_CAUSES)))
    accusing = np.sort(reviews.second[reviews.batch])
    worst = int(np.argmax(np.bincount(_late_days(b), minlength=b.clock.days)))
    begins = rng.uniform(0.05, 0.95, len(_CAUSES)) * b.clock.days
    noon = 10 * 3600 + rng.integers(0, 8 * 3600, len(_CAUSES))
    second = begins.astype(np.int64) * DAY + noon
    if len(accusing):
        # It takes a handful of voices until the press picks it up.
        second[0] = accusing[min(4, len(accusing) - 1)] + 5400
    second[1] = lived.goods.falling.start + 24 * DAY + noon[1]
    second[2] = worst * DAY + noon[2]
    second = np.minimum(second, b.clock.seconds - DAY)[:count]
    at = np.argsort(second, kind="stable")
    hours = (np.array(_HOURS)[:count] * 3600).astype(np.int64)
    steps = (second[:, None] + hours)[at]
    causes = [_CAUSES[i] for i in at.tolist()]
    return Incidents(causes, second[at], steps[:, 0], steps[:, 1], steps[:, 2])


def _late_days(b: "Business") -> Ints:
    late = b.orders.late & b.orders.kept & (b.orders.delivered >= 0)
    return np.minimum(b.orders.delivered[late] // DAY, b.clock.days - 1)

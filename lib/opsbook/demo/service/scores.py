"""Shop scores as platforms show them: moving averages beside the mean of the industry."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import words
from opsbook.demo.clock import DAY
from opsbook.demo.draw import Floats, Ints, stream
from opsbook.demo.service.reviews import Reviews
from opsbook.demo.service.tickets import Tickets

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["DIMENSIONS", "SCALE", "shop_scores"]

DIMENSIONS = ("description", "service", "logistics")
SCALE = {"JD": 10.0, "Douyin": 100.0}
"""Best score of a platform; 5 on those not named."""
_WINDOW = 60
_INDUSTRY = (4.72, 4.66, 4.74)
"""Mean score of the industry out of 5, by dimension."""
_WEIGHT = 25.0
"""Answers that the industry's mean counts for while a platform has few of its own."""
_ON_TIME, _LATE = 4.86, 3.4
"""What customers give for logistics."""


def shop_scores(b: "Business", reviews: Reviews, tickets: Tickets) -> pa.Table:
    """Scores by day, platform and dimension.

    Args:
        b: The shop.
        reviews: Their stars make the description score.
        tickets: Stated satisfaction makes the service score.

    Returns:
        The table; one row per day, platform and dimension.
    """
    days, platforms = b.clock.days, len(b.plan.platforms)
    given = b.orders.platform[b.lines.order[reviews.line]]
    stated = np.flatnonzero(tickets.csat > 0)
    arrived = np.flatnonzero(
        b.orders.kept & (b.orders.delivered >= 0) & (b.orders.delivered < b.clock.seconds)
    )
    parcels = np.where(b.orders.late[arrived], _LATE, _ON_TIME).astype(np.float32)
    answers: tuple[tuple[Ints, NDArray[np.integer[Any]], NDArray[np.floating[Any]]], ...] = (
        (reviews.second // DAY, given, reviews.stars.astype(np.float64)),
        (
            tickets.close[stated] // DAY,
            tickets.platform[stated],
            tickets.csat[stated].astype(np.float64),
        ),
        (b.orders.delivered[arrived] // DAY, b.orders.platform[arrived], parcels),
    )
    industry = _industry(b)
    score = np.empty((days, platforms, len(DIMENSIONS)))
    for at, (day, platform, value) in enumerate(answers):
        score[:, :, at] = _trailing(day, platform, value, (days, platforms), _INDUSTRY[at])
    scale = np.array([SCALE.get(p.name, 5.0) for p in b.plan.platforms]) / 5.0
    day, platform, dimension = (
        index.ravel() for index in np.indices((days, platforms, len(DIMENSIONS)))
    )
    shown = np.rint(np.minimum(score.ravel(), 5.0) * 100) / 100 * scale[platform]
    beside = np.rint(industry[day, dimension] * 100) / 100 * scale[platform]
    table = pa.table(
        {
            "date": pa.array(b.clock.dates(day)),
            "platform": words(platform, [p.name for p in b.plan.platforms]),
            "dimension": words(dimension, DIMENSIONS),
            "score": pa.array(shown.round(2)),
            "industry_score": pa.array(beside.round(2)),
        }
    )
    return table


def _trailing(
    day: Ints,
    platform: NDArray[np.integer[Any]],
    value: NDArray[np.floating[Any]],
    shape: tuple[int, int],
    prior: float,
) -> Floats:
    """Mean of the last weeks by day and platform, drawn to the prior while data are few."""
    cell = (day * shape[1] + platform).astype(np.int32)
    size = shape[0] * shape[1]
    total = np.bincount(cell, value, minlength=size).reshape(shape).cumsum(axis=0)
    number = np.bincount(cell, minlength=size).reshape(shape).cumsum(axis=0).astype(np.float64)
    for sums in (total, number):
        sums[_WINDOW:] -= sums[:-_WINDOW].copy()
    return np.asarray((total + _WEIGHT * prior) / (number + _WEIGHT), np.float64)


def _industry(b: "Business") -> Floats:
    """The industry's mean out of 5, by day and dimension: slow, worse after a great sale."""
    rng = stream(b.seed, "industry scores")
    walk = np.cumsum(rng.normal(0.0, 0.0012, (b.clock.days, len(DIMENSIONS))), axis=0)
    kernel = np.exp(-np.arange(45) / 15.0)
    rush = np.convolve(np.maximum(b.clock.festival - 1.5, 0.0), kernel / kernel.sum())
    dip = np.array([0.05, 0.08, 0.15])
    return np.asarray(np.array(_INDUSTRY) + walk - rush[: b.clock.days, None] * dip, np.float64)

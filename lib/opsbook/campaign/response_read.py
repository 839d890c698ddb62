"""Read drawn response curves at today's spend: orders added, and what one per cent more adds."""

import numpy as np
from numpy.typing import NDArray

from opsbook.campaign.adstock import adstock
from opsbook.campaign.media_days import MediaDays
from opsbook.campaign.response_fit import Draws

__all__ = ["SCALES", "added_orders", "weekly_means"]

Floats = NDArray[np.float64]

SCALES = tuple(round(0.05 * k, 2) for k in range(31))
"""Multiples of today's spend at which curves are read: nothing to one and a half times."""


def added_orders(
    data: MediaDays, draws: Draws, pick: NDArray[np.int64], window_days: int
) -> tuple[Floats, Floats]:
    """Orders a day that each channel adds, at multiples of today's spend.

    Args:
        data: Daily series.
        draws: From ``fit_response``.
        pick: Which draws to read.
        window_days: Last days, which are "today".

    Returns:
        Orders a day by draw, channel and scale of ``SCALES``; and by draw and channel the
        orders a day that one per cent more spend adds, times a hundred. Either way the
        rhythm of the spend stays and only its size changes, for good.
    """
    scales = np.array(SCALES)
    size = len(data.channels)
    inside = slice(len(data.days) - window_days, None)
    lift = np.zeros((len(pick), size, window_days))
    stocks = np.zeros_like(lift)
    for c, money in enumerate(data.delivered):
        before = float(money[:28].mean())
        tried, at = np.unique(draws.decay[pick, c], return_inverse=True)
        rows = [adstock(money, float(d), keeps_unit=True, start=before)[inside] for d in tried]
        stocks[:, c] = np.stack(rows)[at]
    half, slope = draws.half[pick][:, :, None], draws.slope[pick][:, :, None]
    ratio = (draws.mean / draws.half[pick])[:, :, None] ** slope
    beta = draws.lift[pick][:, :, None] * (1 + ratio) / ratio
    power = (stocks / half) ** slope
    reached = power / (1 + power)
    lift = beta * reached
    base = draws.expected[inside] / np.maximum(1 + lift.sum(axis=1), 0.02)
    base = base[:, None, :]
    steep = (base * lift * slope * (1 - reached)).mean(axis=2)
    added = np.empty((len(pick), size, len(scales)))
    for k, scale in enumerate(scales):
        more = power * scale**slope
        added[:, :, k] = (base * beta * more / (1 + more)).mean(axis=2)
    return added, np.asarray(steep, np.float64)


def weekly_means(data: MediaDays) -> Floats:
    """Mean spend a day by channel and whole week, Monday to Sunday."""
    first = -data.days[0].weekday() % 7
    n = (len(data.days) - first) // 7
    weeks = data.spend[:, first : first + 7 * n].reshape(len(data.channels), n, 7)
    return np.asarray(weeks.mean(axis=2), np.float64)

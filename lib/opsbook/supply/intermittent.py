"""Forecasts of products that sell now and then: how much at a time, and how often.

Series are rows, time runs along the last axis, and all rows are smoothed at once. Every method
gives one rate per row: pieces per step, the same for all steps ahead.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["Intermittent", "croston", "sba", "tsb"]

Floats = NDArray[np.float64]


class Intermittent(NamedTuple):
    """What smoothing found, one figure per row.

    Args:
        rate: Pieces per step ahead; 0 for a row that never sold.
        size: Pieces at a time.
        interval: Steps between sales (Croston, SBA), or 1 over the chance of a sale (TSB).
    """

    rate: Floats
    size: Floats
    interval: Floats

    def forecast(self, horizon: int) -> Floats:
        """One row per series, one column per step ahead."""
        return np.repeat(np.asarray(self.rate)[..., None], horizon, axis=-1)


def croston(history: ArrayLike, *, alpha: float = 0.1, beta: float | None = None) -> Intermittent:
    """Croston's method: size and interval smoothed apart, only when there is a sale.

    The first sale sets size and interval (steps up to and with it). The rate is size over
    interval; it stays what it was however long nothing sells.

    Args:
        history: Pieces, one row per SKU, oldest first; NaN is no step at all.
        alpha: Weight of the newest size, 0-1.
        beta: Weight of the newest interval; as alpha unless given.

    Raises:
        ParameterError: A weight outside 0 to 1, or no step.

    Source:
        Croston (1972), Operational Research Quarterly 23, 289-303.
    """
    y, shape = _rows(history, alpha, beta)
    beta = alpha if beta is None else beta
    size = np.zeros(y.shape[1])
    interval = np.zeros(y.shape[1])
    since = np.zeros(y.shape[1])
    for row in y:
        since += np.isfinite(row)
        hit = row > 0
        first = hit & (interval == 0)
        size = np.where(first, row, np.where(hit, size + alpha * (row - size), size))
        moved = interval + beta * (since - interval)
        interval = np.where(first, since, np.where(hit, moved, interval))
        since = np.where(hit, 0.0, since)
    rate = np.where(interval > 0, size / np.maximum(interval, 1.0), 0.0)
    interval = np.where(interval > 0, interval, np.inf)
    return Intermittent(*(v.reshape(shape) for v in (rate, size, interval)))


def sba(history: ArrayLike, *, alpha: float = 0.1, beta: float | None = None) -> Intermittent:
    """Croston's rate less its bias: times 1 - beta / 2.

    Args and errors as ``croston``.

    Source:
        Syntetos and Boylan (2005), International Journal of Forecasting 21, 303-314.
    """
    found = croston(history, alpha=alpha, beta=beta)
    weight = alpha if beta is None else beta
    return found._replace(rate=found.rate * (1 - weight / 2))


def tsb(history: ArrayLike, *, alpha: float = 0.1, beta: float = 0.05) -> Intermittent:
    """Teunter, Syntetos and Babai: the chance of a sale is updated on every step.

    What has stopped selling fades away, which Croston's rate does not. The first sale sets
    size, and the chance as one over the steps up to it.

    Args:
        history: Pieces, one row per SKU, oldest first; NaN is no step at all.
        alpha: Weight of the newest size, 0-1.
        beta: Weight of the newest step in the chance of a sale, 0-1.

    Raises:
        ParameterError: A weight outside 0 to 1, or no step.

    Source:
        Teunter, Syntetos and Babai (2011), European Journal of Operational Research 214,
        606-615.
    """
    y, shape = _rows(history, alpha, beta)
    size = np.zeros(y.shape[1])
    chance = np.zeros(y.shape[1])
    steps = np.zeros(y.shape[1])
    started = np.zeros(y.shape[1], bool)
    for row in y:
        known = np.isfinite(row)
        steps += known
        hit = row > 0
        first = hit & ~started
        size = np.where(first, row, np.where(hit, size + alpha * (row - size), size))
        moved = np.where(known, chance + beta * (hit - chance), chance)
        chance = np.where(first, 1 / np.maximum(steps, 1.0), np.where(started, moved, chance))
        started |= hit
    interval = np.where(chance > 0, 1 / np.maximum(chance, 1e-300), np.inf)
    return Intermittent(*(v.reshape(shape) for v in (chance * size, size, interval)))


def _rows(history: ArrayLike, alpha: float, beta: float | None) -> tuple[Floats, tuple[int, ...]]:
    for name, value in (("alpha", alpha), ("beta", beta)):
        if value is not None and not 0 < value <= 1:
            raise ParameterError(
                N_("{name} lies above 0 and is at most 1; got {value}"), name=name, value=value
            )
    y = np.asarray(history, np.float64)
    if y.ndim not in (1, 2) or y.shape[-1] == 0:
        raise ParameterError(
            N_("history has the shape {shape}; it needs one row per SKU and at least one day"),
            shape=y.shape,
        )
    return np.ascontiguousarray(np.atleast_2d(y).T), y.shape[:-1]

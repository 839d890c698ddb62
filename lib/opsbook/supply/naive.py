"""Forecasts that cost nothing: what every better method has to beat.

History goes in with one row per SKU, oldest day first, NaN where nothing is known; out comes
one row per SKU and one column per day ahead.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["drift", "mean", "naive", "seasonal_naive"]

Floats = NDArray[np.float64]


def _rows(history: ArrayLike, horizon: int) -> Floats:
    y = np.asarray(history, np.float64)
    if horizon < 1:
        raise ParameterError(N_("horizon is {value}; forecast at least one step"), value=horizon)
    if not 1 <= y.ndim <= 2 or y.shape[-1] == 0:
        raise ParameterError(
            N_("history has the shape {shape}; it needs one row per SKU and at least one day"),
            shape=y.shape,
        )
    return y


def _flat(values: Floats, horizon: int) -> Floats:
    return np.repeat(np.asarray(values, np.float64)[..., None], horizon, axis=-1)


def _last(y: Floats, *, first: bool = False) -> tuple[Floats, NDArray[np.int64]]:
    """The last (or first) known value of each row and where it stands; NaN where none is."""
    known = np.isfinite(y)
    size = y.shape[-1]
    at = known.argmax(axis=-1) if first else size - 1 - known[..., ::-1].argmax(axis=-1)
    value = np.take_along_axis(y, np.asarray(at)[..., None], axis=-1)[..., 0]
    return value, np.asarray(at, np.int64)


def mean(history: ArrayLike, horizon: int, *, window: int | None = None) -> Floats:
    """Mean of the history, or of its last ``window`` steps."""
    y = _rows(history, horizon)
    y = y[..., -window:] if window else y
    known = np.isfinite(y)
    count = known.sum(axis=-1)
    total = np.where(known, y, 0.0).sum(axis=-1)
    return _flat(np.where(count > 0, total / np.maximum(count, 1), np.nan), horizon)


def naive(history: ArrayLike, horizon: int) -> Floats:
    """The last known value, for ever."""
    return _flat(_last(_rows(history, horizon))[0], horizon)


def seasonal_naive(history: ArrayLike, horizon: int, season: int = 7) -> Floats:
    """The value one season before; a season ago again where that is unknown.

    Raises:
        ParameterError: The history is shorter than a season.
    """
    y = _rows(history, horizon)
    if not 1 <= season <= y.shape[-1]:
        raise ParameterError(
            N_("a season of {season} steps needs as many in the history; it has {have}"),
            season=season,
            have=y.shape[-1],
        )
    whole = y.shape[-1] // season * season
    seasons = y[..., y.shape[-1] - whole :].reshape(*y.shape[:-1], -1, season)
    value, _ = _last(np.moveaxis(seasons, -2, -1))
    return np.asarray(np.take(value, np.arange(horizon) % season, axis=-1))


def drift(history: ArrayLike, horizon: int) -> Floats:
    """The last value moved on by the mean change from the first to the last."""
    y = _rows(history, horizon)
    last, at = _last(y)
    first, begin = _last(y, first=True)
    step = np.where(at > begin, (last - first) / np.maximum(at - begin, 1), 0.0)
    ahead = y.shape[-1] - 1 - at[..., None] + np.arange(1, horizon + 1)
    return np.asarray(last[..., None] + step[..., None] * ahead)

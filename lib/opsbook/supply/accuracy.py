"""How far a forecast was off, in measures that a planner can compare across products.

Every measure takes arrays of the same shape, ignores places where either side is NaN, and is
NaN where nothing is left to measure. With ``axis=-1`` each row (SKU) gets its own figure; with
``axis=None``, the default, all places count together.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = [
    "bias",
    "coverage",
    "mae",
    "mape",
    "mase",
    "pinball",
    "rmse",
    "scale",
    "wape",
]

Floats = NDArray[np.float64]
Axis = int | None


def _pair(actual: ArrayLike, forecast: ArrayLike) -> tuple[Floats, Floats]:
    a, f = np.asarray(actual, np.float64), np.asarray(forecast, np.float64)
    try:
        a, f = np.broadcast_arrays(a, f)
    except ValueError:
        raise ParameterError(
            N_("the forecast has the shape {forecast}, what happened the shape {actual}"),
            forecast=f.shape,
            actual=a.shape,
        ) from None
    known = np.isfinite(a) & np.isfinite(f)
    return np.where(known, a, np.nan), np.where(known, f, np.nan)


def _mean(values: Floats, axis: Axis) -> Floats:
    """Mean of what is known; NaN, without a warning, where nothing is."""
    known = np.isfinite(values)
    count = known.sum(axis=axis)
    total = np.where(known, values, 0.0).sum(axis=axis)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def _ratio(top: ArrayLike, bottom: ArrayLike) -> Floats:
    top, bottom = np.asarray(top, np.float64), np.asarray(bottom, np.float64)
    safe = np.where(bottom == 0, 1.0, bottom)
    return np.asarray(np.where(bottom == 0, np.nan, top / safe))


def mae(actual: ArrayLike, forecast: ArrayLike, *, axis: Axis = None) -> Floats:
    """Mean absolute error, in the unit of the series."""
    a, f = _pair(actual, forecast)
    return _mean(np.abs(f - a), axis)


def rmse(actual: ArrayLike, forecast: ArrayLike, *, axis: Axis = None) -> Floats:
    """Root of the mean squared error, in the unit of the series; big misses weigh more."""
    a, f = _pair(actual, forecast)
    return np.asarray(np.sqrt(_mean((f - a) ** 2, axis)))


def mape(actual: ArrayLike, forecast: ArrayLike, *, axis: Axis = None) -> Floats:
    """Mean absolute error as a share of what happened; infinite if that was ever zero.

    Of no use for products that do not sell every day: use ``wape`` or ``mase``.
    """
    a, f = _pair(actual, forecast)
    error, size = np.abs(f - a), np.abs(a)
    share = np.where(size > 0, error / np.where(size > 0, size, 1.0), np.inf)
    share = np.where(np.isnan(error), np.nan, np.where((size == 0) & (error == 0), 0.0, share))
    known = ~np.isnan(share)
    count = known.sum(axis=axis)
    total = np.where(known, share, 0.0).sum(axis=axis)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def wape(actual: ArrayLike, forecast: ArrayLike, *, axis: Axis = None) -> Floats:
    """Sum of absolute errors over sum of what happened, a fraction; NaN if nothing happened."""
    a, f = _pair(actual, forecast)
    return _ratio(np.nansum(np.abs(f - a), axis=axis), np.nansum(np.abs(a), axis=axis))


def bias(actual: ArrayLike, forecast: ArrayLike, *, axis: Axis = None) -> Floats:
    """Forecast less what happened over what happened, a fraction; above 0 is too much."""
    a, f = _pair(actual, forecast)
    return _ratio(np.nansum(f - a, axis=axis), np.nansum(np.abs(a), axis=axis))


def scale(history: ArrayLike, season: int = 1) -> Floats:
    """Mean absolute error of the seasonal naive forecast inside each row of the history.

    Args:
        history: One series, or one per row, oldest first; NaN where nothing is known.
        season: Steps in a season, at least 1.

    Returns:
        One figure per row; NaN where the history holds no season, and where it is so flat
        that the error is 0.

    Raises:
        ParameterError: The season is below 1.
    """
    if season < 1:
        raise ParameterError(N_("season is {value}; it needs at least one step"), value=season)
    y = np.asarray(history, np.float64)
    if y.shape[-1] <= season:
        return np.asarray(np.full(y.shape[:-1], np.nan))
    found = _mean(np.abs(y[..., season:] - y[..., :-season]), -1)
    return np.asarray(np.where(found > 0, found, np.nan))


def mase(actual: ArrayLike, forecast: ArrayLike, scale: ArrayLike, *, axis: Axis = None) -> Floats:
    """Mean absolute error in units of the seasonal naive error of the history.

    Args:
        actual: What happened.
        forecast: What was said.
        scale: From ``scale``, one figure per row; rows without one are left out.
        axis: -1 for a figure per row; None for the mean over all places.

    Source:
        Hyndman and Koehler (2006), International Journal of Forecasting 22, 679-688.
    """
    a, f = _pair(actual, forecast)
    size = np.asarray(scale, np.float64)
    if size.ndim == a.ndim - 1 and a.ndim > 1:
        size = size[..., None]
    usable = np.isfinite(size) & (size > 0)
    return _mean(np.where(usable, np.abs(f - a) / np.where(usable, size, 1.0), np.nan), axis)


def pinball(actual: ArrayLike, forecast: ArrayLike, level: float, *, axis: Axis = None) -> Floats:
    """Mean pinball loss of the forecast of a quantile, in the unit of the series.

    Args:
        actual: What happened.
        forecast: The quantile that was said.
        level: Which quantile, between 0 and 1.
        axis: -1 for a figure per row; None for all places together.

    Raises:
        ParameterError: The level lies outside 0 to 1.

    Source:
        Koenker and Bassett (1978), Econometrica 46, 33-50.
    """
    if not 0 < level < 1:
        raise ParameterError(N_("a quantile lies between 0 and 1; got {value}"), value=level)
    a, f = _pair(actual, forecast)
    return _mean(np.maximum(level * (a - f), (level - 1) * (a - f)), axis)


def coverage(actual: ArrayLike, low: ArrayLike, high: ArrayLike, *, axis: Axis = None) -> Floats:
    """Share of what happened that lies inside the interval, its ends included."""
    a, below = _pair(actual, low)
    _, above = _pair(actual, high)
    known = np.isfinite(a) & np.isfinite(below) & np.isfinite(above)
    inside = np.where(known, ((a >= below) & (a <= above)).astype(np.float64), np.nan)
    return _mean(inside, axis)

"""Every way of forecasting that competes, from one origin, for all products at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from opsbook.language import t
from opsbook.supply.boosting import Booster
from opsbook.supply.features import History, Known
from opsbook.supply.intermittent import croston, sba, tsb
from opsbook.supply.naive import seasonal_naive
from opsbook.supply.smoothing import holt_winters, ses

__all__ = ["METHODS", "YARDSTICK", "forecasts_from", "method_name"]

Array = NDArray[np.float64]

YARDSTICK = "seasonal_naive"
"""What every method has to beat to be used."""
METHODS = (
    YARDSTICK,
    *("mean_28", "smoothing", "holt_winters", "croston", "sba", "tsb"),
    *("level_calendar", "boosting"),
)
"""The competitors, simplest first."""
_LOOK = 182
"""Days of history that the classic methods see."""
_ALPHAS = (0.02, 0.05, 0.1, 0.25)


def method_name(method: str) -> str:
    """What a report calls a method."""
    return {
        "seasonal_naive": t("seasonal naive"),
        "mean_28": t("mean of 28 days"),
        "smoothing": t("exponential smoothing"),
        "holt_winters": t("Holt-Winters, weekly"),
        "croston": "Croston",
        "sba": "SBA",
        "tsb": "TSB",
        "level_calendar": t("level x calendar"),
        "boosting": t("boosted trees"),
        "none": t("not on sale"),
    }[method]


def forecasts_from(
    past: History, known: Known, horizon: int, booster: Booster | None
) -> dict[str, Array]:
    """Expected pieces by every method, SKU x day ahead; a SKU not on sale gets none.

    Args:
        past: From ``history``.
        known: State at the origin, of all SKUs.
        horizon: Days ahead.
        booster: Fitted before the origin; without it boosting does not compete.
    """
    origin = known.origin
    seen, day = slice(max(0, origin - _LOOK), origin), slice(origin, origin + horizon)
    y = np.where(past.mass[:, seen] > 0, past.clean[:, seen], np.nan)
    alive = past.on_sale[:, origin - 1][:, None]
    # Classic methods know no festival and no weekday: they smooth what is left when these are
    # taken out, and get those of the days ahead put back. The yardstick stays plain.
    shape = (known.profile.factor / known.profile.season)[past.category]
    calm, raised = y / shape[:, seen], shape[:, day]
    ways: dict[str, Callable[[], Array]] = {
        YARDSTICK: lambda: seasonal_naive(y, horizon),
        "mean_28": lambda: raised * _flat(_mean(calm[:, -28:]), horizon),
        "smoothing": lambda: raised * _flat(_smoothed(calm), horizon),
        "holt_winters": lambda: (
            raised * holt_winters(calm, alphas=(0.03, 0.15), gammas=(0.05,)).forecast(horizon)
        ),
        "croston": lambda: raised * croston(calm).forecast(horizon),
        "sba": lambda: raised * sba(calm).forecast(horizon),
        "tsb": lambda: raised * tsb(calm).forecast(horizon),
        "level_calendar": lambda: known.level[:, None] * known.profile.factor[past.category, day],
    }
    if booster is not None:
        ways["boosting"] = lambda: booster.mean(past, known, horizon)
    return {
        name: np.where(alive, np.maximum(np.nan_to_num(way()), 0.0), 0.0)
        for name, way in ways.items()
    }


def _mean(y: Array) -> Array:
    known = np.isfinite(y)
    total = np.where(known, y, 0.0).sum(axis=1)
    return np.asarray(total / np.maximum(known.sum(axis=1), 1))


def _flat(level: Array, horizon: int) -> Array:
    return np.repeat(level[:, None], horizon, axis=1)


def _smoothed(y: Array) -> Array:
    """Simple smoothing with the best of a few weights for each row."""
    tried = [ses(y, alpha=a) for a in _ALPHAS]
    best = np.nan_to_num(np.stack([f.sse for f in tried]), nan=np.inf).argmin(axis=0)
    levels = np.stack([f.level for f in tried])
    return np.asarray(np.nan_to_num(np.take_along_axis(levels, best[None], axis=0)[0]))

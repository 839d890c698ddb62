"""How many times an ordinary day's demand a day brings: weekday, festival, campaign, season.

Fitted on category totals, because no single product sells enough on one festival to tell its
effect. Only days before an origin are used, so the same function serves the forecast and its
test on the past.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.supply.day_plan import DayPlan

__all__ = ["DayProfile", "ProfileFit", "day_profile", "profile_input"]

Array = NDArray[np.float64]

_WORTH = 20.0
"""Pieces of evidence that the mean of an event's phase counts for against a day's own."""
_MOST = 12.0
"""Largest lift of one event that is believed; 1 over it is the least."""
_CASES = 2.0
"""Events of a kind that a factor of 1 counts for, where a new one is guessed from them."""
_SEASON_WORTH = 200.0
"""Pieces in eight weeks that the shop's season counts for against a category's own."""
_REACH = 28
"""Days on either side over which the level is smoothed."""
_YEAR = 364
"""A year in whole weeks, so that weekdays meet."""
_SWEEPS = 4


@dataclass(frozen=True)
class ProfileFit:
    """What a profile is fitted from, the same for every origin.

    Args:
        totals: Pieces by category and day, category x day of history.
        at: Day of each special cell. ``category``: its row in ``totals``. ``key``: its event
            and distance. ``group``: of each key, its event and phase. ``pool``: of each group,
            phase and whether it is the event's own day.
        plan: Calendar of the history and the days to come.
    """

    totals: Array
    at: NDArray[np.int64]
    category: NDArray[np.int64]
    key: NDArray[np.int64]
    group: NDArray[np.int64]
    pool: NDArray[np.int64]
    plan: DayPlan


@dataclass(frozen=True)
class DayProfile:
    """Factors of days, seen from an origin.

    Args:
        factor: Demand of a day against an ordinary one, category x day (history and to come).
        lift: The part of it that is due to events and campaigns.
        season: The part due to the time of the year; all 1 under 13 months of history.
        seen: Whether each day's events have been seen before the origin; category x day.
        yearly: Whether the history was long enough for a season.
    """

    factor: Array
    lift: Array
    season: Array
    seen: NDArray[np.bool_]
    yearly: bool


def profile_input(totals: Array, categories: tuple[str, ...], plan: DayPlan) -> ProfileFit:
    """Number the special cells.

    Args:
        totals: Pieces by category and day of history, corrected for empty shelves.
        categories: Names of its rows.
        plan: Calendar that starts on the same day.
    """
    days = plan.days
    everyone = np.arange(len(categories))
    place = {c: np.array([i]) for i, c in enumerate(categories)}
    rows = [place.get(c, everyone if not c else everyone[:0]) for c in days["category"]]
    sizes = [len(r) for r in rows]
    category = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    wide = days.loc[days.index.repeat(sizes)].reset_index(drop=True)
    # A category's own day is one event, whichever category has it.
    name = wide["event"] + np.where(wide["category"] != "", "*", "")
    phase = wide["phase"].astype(str)
    own = np.where((wide["nth"] == 0) & (wide["kind"] == "retail"), "!", "")
    keys, labels = pd.factorize(name + "|" + wide["nth"].astype(str))
    groups, group_labels = pd.factorize(name + "|" + phase + own)
    pools, _ = pd.factorize(wide["kind"].astype(str) + phase + own)
    group = np.zeros(len(labels), np.int64)
    group[keys] = groups
    pool = np.zeros(len(group_labels), np.int64)
    pool[groups] = pools
    at = wide["at"].to_numpy(np.int64)
    return ProfileFit(totals, at, category.astype(np.int64), keys, group, pool, plan)


def day_profile(fit: ProfileFit, origin: int) -> DayProfile:
    """Factors as they could be known at the start of day ``origin``.

    Level, weekdays and events are fitted in turn until they agree: an event's lift is its
    pieces over what level, weekday and the other events of the day make one expect, drawn
    to the mean of its phase, and that to the mean of like phases.

    Args:
        fit: From ``profile_input``.
        origin: Days of history that are used.
    """
    plan, n, ahead = fit.plan, origin, len(fit.plan.dates)
    y = fit.totals[:, :n]
    past = fit.at < n
    at, row, key = fit.at[past], fit.category[past], fit.key[past]
    special = np.zeros(y.shape, bool)
    special[row, at] = True
    trust = np.where(special, 0.05, 1.0)
    week = np.ones((len(y), 7))
    lift = np.ones(y.shape)
    effect = np.ones(len(fit.group))
    level = y
    wd = plan.weekday[:n]
    for _ in range(_SWEEPS):
        shape = week[:, wd] * lift
        level = _smooth(y, shape, trust)
        week = _weekdays(y, level * lift, trust, wd)
        base = level * week[:, wd]
        effect = _effects(fit, y[row, at], (base * lift)[row, at] / effect[key], key)
        lift = np.ones(y.shape)
        np.multiply.at(lift, (row, at), effect[key])
    every = np.ones((len(y), ahead))
    np.multiply.at(every, (fit.category, fit.at), effect[fit.key])
    met = np.zeros(len(fit.group), bool)
    met[key] = True
    seen = np.ones((len(y), ahead), bool)
    np.logical_and.at(seen, (fit.category, fit.at), met[fit.key])
    season, yearly = _season(level, y, ahead)
    factor = week[:, plan.weekday[:ahead]] * every * season
    return DayProfile(factor, every, season, seen, yearly)


def _smooth(y: Array, shape: Array, trust: Array) -> Array:
    """Local level: pieces over expected shape in a triangle of weeks around each day."""
    reach = np.r_[np.arange(1, _REACH + 2), np.arange(_REACH, 0, -1)].astype(float)
    both = np.concatenate([y * trust, shape * trust])
    width = both.shape[1]
    size = 1 << int(np.ceil(np.log2(width + len(reach))))
    spread = np.fft.irfft(np.fft.rfft(both, size) * np.fft.rfft(reach, size), size)
    spread = spread[:, _REACH : _REACH + width]
    top, bottom = spread[: len(y)], spread[len(y) :]
    return np.asarray(np.maximum(top, 0) / np.maximum(bottom, 1e-6) + 1e-6)


def _weekdays(y: Array, base: Array, trust: Array, weekday: NDArray[np.int64]) -> Array:
    """Factor of each weekday by category, drawn to the shop's, of the last year."""
    last = slice(max(0, y.shape[1] - _YEAR), None)
    hot = np.eye(7)[weekday[last]]
    top, bottom = (y * trust)[:, last] @ hot, (base * trust)[:, last] @ hot
    shop = (top.sum(0) + _WORTH) / (bottom.sum(0) + _WORTH)
    own = (top + 10 * _WORTH * shop) / (bottom + 10 * _WORTH)
    return np.asarray(own / own.mean(axis=1, keepdims=True))


def _effects(fit: ProfileFit, got: Array, expected: Array, key: NDArray[np.int64]) -> Array:
    """Lift of every key, shrunk to its phase and that to phases of its kind."""
    keys, groups, pools = len(fit.group), len(fit.pool), int(fit.pool.max(initial=-1)) + 1
    top = np.bincount(key, got, keys)
    bottom = np.bincount(key, expected, keys)
    group_top = np.bincount(fit.group, top, groups)
    group_bottom = np.bincount(fit.group, bottom, groups)
    pool_top = np.bincount(fit.pool, group_top, pools)
    pool_bottom = np.bincount(fit.pool, group_bottom, pools)
    pool = (pool_top + _WORTH) / (pool_bottom + _WORTH)
    # Two feasts say little of a third: however many pieces, few events are few cases.
    cases = np.bincount(fit.pool, group_bottom > 0, pools)
    pool = pool ** (cases / (cases + _CASES))
    group = (group_top + _WORTH * pool[fit.pool]) / (group_bottom + _WORTH)
    return np.clip((top + _WORTH * group[fit.group]) / (bottom + _WORTH), 1 / _MOST, _MOST)


def _season(level: Array, y: Array, ahead: int) -> tuple[Array, bool]:
    """Last year's level on the same days against its mean, category drawn to shop."""
    season = np.ones((len(y), ahead))
    n = y.shape[1]
    if n < _YEAR + _REACH:
        return season, False
    day = np.arange(_YEAR, ahead)
    # A level near the origin has no days after it yet: beyond it the last one holds.
    before = np.minimum(day - _YEAR, n - _REACH)
    weight = y[:, : n - _REACH].mean(axis=1, keepdims=True) * 2 * _REACH
    total = level.sum(axis=0, keepdims=True)
    shop = total / total[:, : n - _REACH].mean()
    own = level / level[:, : n - _REACH].mean(axis=1, keepdims=True)
    index = (own * weight + shop * _SEASON_WORTH) / (weight + _SEASON_WORTH)
    season[:, _YEAR:] = index[:, before]
    season[:, :_YEAR] = season[:, _YEAR : _YEAR + 1]
    return season, True

"""Forecasts that follow a level and a weekly rhythm, giving old days less and less weight.

Series are rows; time runs along the last axis. All rows are fitted at once: the only loop in
Python runs over days. NaN marks days without knowledge; the state is carried over them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.seasonal_state import first_state, run

__all__ = ["HoltWinters", "Simple", "holt_winters", "ses"]

Floats = NDArray[np.float64]

_GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Simple:
    """Simple exponential smoothing of each row.

    Args:
        alpha: Weight of the newest value, 0-1.
        start: Level before the first value.
        level: Level after the last: the forecast of every later step.
        sse: Sum of squared one-step errors.
    """

    alpha: Floats
    start: Floats
    level: Floats
    sse: Floats

    def forecast(self, horizon: int) -> Floats:
        """One row per series, one column per step ahead."""
        return np.repeat(self.level[..., None], horizon, axis=-1)


def _time_first(history: ArrayLike, least: int) -> tuple[Floats, tuple[int, ...]]:
    y = np.asarray(history, np.float64)
    if y.ndim not in (1, 2) or y.shape[-1] < least:
        raise ParameterError(
            N_("history has the shape {shape}; it needs {least} steps or more in each row"),
            shape=y.shape,
            least=least,
        )
    return np.ascontiguousarray(np.atleast_2d(y).T), y.shape[:-1]


def ses(history: ArrayLike, *, alpha: ArrayLike | None = None, grid: int = 12) -> Simple:
    """Fit simple exponential smoothing to every row at once.

    For a given alpha the one-step errors are linear in the starting level, so the best start
    has a closed form; alpha alone is searched for, on a grid and then by golden section.

    Args:
        history: One series, or one per row, oldest first; at least 2 steps.
        alpha: Weight of the newest value, 0-1, one for all or one per row; the one with the
            least sum of squared errors unless given.
        grid: Alphas tried before the search narrows, at least 3.

    Raises:
        ParameterError: Too few steps, or alpha outside 0 to 1.

    Source:
        Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 2nd ed., 7.1.
    """
    y, shape = _time_first(history, 2)
    rows = y.shape[1]
    if alpha is not None:
        given = np.broadcast_to(np.asarray(alpha, np.float64), shape or (1,)).reshape(rows)
        if not ((given > 0) & (given <= 1)).all():
            raise ParameterError(
                N_("alpha lies above 0 and is at most 1; got {value}"), value=alpha
            )
        best = given.copy()
    else:
        best = _search(y, max(grid, 3))
    sse, start, level = _errors(y, best)
    return Simple(*(v.reshape(shape) for v in (best, start, level, sse)))


def _errors(y: Floats, alpha: Floats) -> tuple[Floats, Floats, Floats]:
    """Squared errors with the best start, that start, and the level it leads to."""
    rows = y.shape[1]
    own = np.zeros(rows)  # level as far as the values make it
    fade = np.ones(rows)  # what is left in it of the start
    aa, ab, bb = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    whole = not np.isnan(y).any()
    for row in y:
        error = row - own
        if whole:
            aa += error * error
            ab += error * fade
            bb += fade * fade
            own += alpha * error
            fade *= 1 - alpha
            continue
        known = np.isfinite(row)
        error = np.where(known, error, 0.0)
        aa += error * error
        ab += error * fade
        bb += np.where(known, fade * fade, 0.0)
        own += alpha * error
        fade = np.where(known, fade * (1 - alpha), fade)
    start = np.where(bb > 0, ab / np.maximum(bb, 1e-300), np.nan)
    sse = np.maximum(aa - np.nan_to_num(start) * ab, 0.0)
    return sse, start, own + fade * start


def _search(y: Floats, grid: int) -> Floats:
    rows = y.shape[1]
    # Denser towards 0, where demand series usually lie.
    tried = np.linspace(0.02, 1.0, grid) ** 2
    costs = np.stack([_errors(y, np.full(rows, a))[0] for a in tried])
    at = costs.argmin(axis=0)
    low = np.append(1e-4, tried)[at]
    high = np.append(tried, 0.9999)[np.minimum(at + 1, len(tried))]
    inner, outer = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    f_in, f_out = _errors(y, inner)[0], _errors(y, outer)[0]
    for _ in range(22):
        left = f_in < f_out
        low, high = np.where(left, low, inner), np.where(left, outer, high)
        fresh = np.where(left, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
        cost = _errors(y, fresh)[0]
        inner, outer = np.where(left, fresh, outer), np.where(left, inner, fresh)
        f_in, f_out = np.where(left, cost, f_out), np.where(left, f_in, cost)
    return np.asarray((low + high) / 2)


@dataclass(frozen=True)
class HoltWinters:
    """Level, optional damped trend and season of each row.

    Args:
        alpha: Weight of the newest value in the level.
        beta: Weight of the newest change in the trend; 0 without one.
        gamma: Weight of the newest value in the season.
        level: Level after the last step.
        trend: Change per step after the last.
        season: Season after the last step, one column per step ahead (added or multiplied).
        sse: Sum of squared one-step errors.
        kind: ``additive`` or ``multiplicative``.
        damping: Share of the trend left one step later.
    """

    alpha: Floats
    beta: Floats
    gamma: Floats
    level: Floats
    trend: Floats
    season: Floats
    sse: Floats
    kind: Literal["additive", "multiplicative"]
    damping: float

    def forecast(self, horizon: int) -> Floats:
        """One row per series, one column per step ahead; never below 0 if multiplicative."""
        steps = np.arange(1, horizon + 1)
        run = np.cumsum(self.damping**steps)
        base = self.level[..., None] + run * self.trend[..., None]
        season = np.take(self.season, (steps - 1) % self.season.shape[-1], axis=-1)
        if self.kind == "additive":
            return np.asarray(base + season)
        return np.asarray(np.maximum(base, 0.0) * season)


def holt_winters(
    history: ArrayLike,
    *,
    season: int = 7,
    kind: Literal["additive", "multiplicative"] = "additive",
    trend: bool = False,
    damping: float = 0.98,
    alphas: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2, 0.4),
    betas: tuple[float, ...] = (0.005, 0.02, 0.1),
    gammas: tuple[float, ...] = (0.01, 0.05, 0.15),
) -> HoltWinters:
    """Fit exponential smoothing with a season to every row at once.

    The weights are those of the grid with the least sum of squared one-step errors; the
    start is the mean and the mean season of the first four seasons.

    Args:
        history: One series, or one per row, oldest first; at least two seasons.
        season: Steps in a season, at least 2.
        kind: Season added to the level or multiplied with it.
        trend: Whether the level has a (damped) trend.
        damping: Share of the trend left one step later, 0-1; 1 does not damp.
        alphas: Weights tried for the level.
        betas: Weights tried for the trend.
        gammas: Weights tried for the season.

    Raises:
        ParameterError: Too few steps, or a season below 2.

    Source:
        Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 2nd ed., 7.3.
    """
    if season < 2:
        raise ParameterError(N_("season is {value}; it needs at least two steps"), value=season)
    y, shape = _time_first(history, 2 * season)
    begin = first_state(y, season, kind)
    phi = damping if trend else 1.0
    best: tuple[Floats, ...] | None = None
    for a in alphas:
        for b in betas if trend else (0.0,):
            for g in gammas:
                level, slope, seasons, sse = run(y, begin, a, b, g, phi, kind)
                weights = [np.full(len(sse), v) for v in (a, b, g)]
                mine = (*weights, level, slope, seasons, sse)
                best = mine if best is None else _better(best, mine)
    if best is None:
        raise ParameterError(N_("no weights to try: alphas, betas and gammas need one each"))
    alpha, beta, gamma, level, slope, seasons, sse = best
    # Columns of the season run on from the last step.
    ahead = np.roll(seasons, -(len(y) % season), axis=0).T
    return HoltWinters(
        alpha=alpha.reshape(shape),
        beta=beta.reshape(shape),
        gamma=gamma.reshape(shape),
        level=level.reshape(shape),
        trend=slope.reshape(shape),
        season=ahead.reshape(*shape, season),
        sse=sse.reshape(shape),
        kind=kind,
        damping=phi,
    )


def _better(best: tuple[Floats, ...], mine: tuple[Floats, ...]) -> tuple[Floats, ...]:
    wins = mine[-1] < best[-1]
    return tuple(np.where(wins, m, b) for m, b in zip(mine, best, strict=True))

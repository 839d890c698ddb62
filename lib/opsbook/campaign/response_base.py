"""Take level, season, weekday, events and price out, so that only advertising is left to explain.

Orders of a day are Poisson about a base times one plus the lifts of the channels. Around a
good fit that is a weighted linear model of log orders; what the base can explain in it is
taken out once, and a curve then costs one product of vectors.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.campaign.media_days import MediaDays

__all__ = ["Left", "left_to_explain"]

Floats = NDArray[np.float64]

_LEAST_WEEKLY = 0.002
"""Log points below which what whole weeks share is left out."""


@dataclass(frozen=True)
class Left:
    """What the base leaves.

    Args:
        z: Log orders by day, linearised at the fit.
        root: Root of each day's weight.
        taken: Directions of weighted days that the base takes out, as columns; shorter ones
            are taken out in part.
        expected: Orders expected by day.
        dispersion: Variance of orders over that of pure chance, at least 1.
        weekly: Standard deviation of what whole weeks share, log points.
    """

    z: Floats
    root: Floats
    taken: Floats
    expected: Floats
    dispersion: float
    weekly: float

    def of(self, columns: Floats) -> Floats:
        """Days by columns, weighted, without what the base explains."""
        weighted = columns * self.root[:, None]
        return np.asarray(weighted - self.taken @ (self.taken.T @ weighted), np.float64)

    def misfit(self, log_lifted: Floats) -> Floats:
        """Weighted squares left by each row of ``log(1 + lifts)``, rows by days."""
        return np.asarray((self.of((self.z - log_lifted).T) ** 2).sum(axis=0), np.float64)


def left_to_explain(data: MediaDays, media: Floats) -> Left:
    """Fit base and a first shape of advertising by Poisson regression, and keep what is left.

    Args:
        data: Daily series.
        media: First shapes of advertising, by row and day; only the point at which the model
            is linearised depends on them.

    Source:
        Iterated weighted least squares and Pearson dispersion: McCullagh, Nelder,
        Generalized Linear Models, 2nd ed., 1989, sections 2.5 and 4.5.
    """
    y = data.orders
    x = np.column_stack([data.held, media.T])
    around = np.convolve(np.pad(y, 3, mode="edge"), np.ones(7) / 7, mode="valid")
    mu = np.maximum((y + around) / 2, 0.5)
    for _ in range(15):
        weighted = x * mu[:, None]
        gram = x.T @ weighted
        # A whiff of ridge: two columns may say the same.
        gram[np.diag_indices_from(gram)] += 1e-9 * np.trace(gram)
        eta = x @ np.linalg.solve(gram, weighted.T @ (np.log(mu) + (y - mu) / mu))
        new = np.exp(np.clip(eta, -8.0, 20.0))
        done = float(np.abs(new - mu).max()) < 1e-4 * float(mu.max())
        mu = new
        if done:
            break
    q = _span(data.held * np.sqrt(mu)[:, None])
    chance = (y - mu) / np.sqrt(mu)
    # A day that has a column of its own says nothing about chance.
    freedom = max(len(y) - q.shape[1] - len(media), 1)
    dispersion = max(float((chance**2).sum()) / freedom, 1.0)
    week = _weeks(data)
    weekly = _weekly(week, chance, np.sqrt(mu), q, dispersion)
    root = np.sqrt(mu / dispersion)
    taken = _taken(q, week, root, weekly)
    return Left(np.log(mu) + (y - mu) / mu, root, taken, mu, dispersion, weekly)


def _span(x: Floats) -> Floats:
    """Orthonormal columns that span ``x``; columns that say the same count once."""
    sizes, turned = np.linalg.eigh(x.T @ x)
    keep = sizes > 1e-8 * sizes[-1]
    return np.asarray(x @ (turned[:, keep] / np.sqrt(sizes[keep])), np.float64)


def _weeks(data: MediaDays) -> NDArray[np.int64]:
    """Weeks from Monday on: prices and budgets are set by the week."""
    return np.asarray((np.arange(len(data.days)) + data.days[0].weekday()) // 7, np.int64)


def _weekly(
    week: NDArray[np.int64], chance: Floats, root: Floats, q: Floats, dispersion: float
) -> float:
    """Spread shared by the days of a week, from pairs of their residuals (moments)."""
    above = below = 0.0
    for k in range(int(week.max()) + 1):
        inside = np.flatnonzero(week == k)
        # The fit makes residuals of a week anticorrelated; that part is known and put back.
        hat = q[inside] @ q[inside].T
        pairs = np.outer(chance[inside], chance[inside]) + dispersion * hat
        both = np.outer(root[inside], root[inside])
        off = ~np.eye(len(inside), dtype=bool)
        above += float((pairs * both)[off].sum())
        below += float((both**2)[off].sum())
    return float(np.sqrt(max(above / below, 0.0))) if below else 0.0


def _taken(fixed: Floats, week: NDArray[np.int64], root: Floats, weekly: float) -> Floats:
    """What the base explains: fixed columns in full, weeks as far as chance lets them."""
    if weekly <= _LEAST_WEEKLY:
        return fixed
    ones = (week[:, None] == np.arange(int(week.max()) + 1)[None, :]) * root[:, None]
    ones = ones - fixed @ (fixed.T @ ones)
    sizes, turned = np.linalg.eigh(ones.T @ ones)
    # A random effect takes out this share of each of its directions.
    share = sizes / (sizes + 1 / weekly**2)
    keep = share > 0.01
    # Applied to both sides of a product, so that ``1 - share`` of it is left.
    columns = (
        ones @ (turned[:, keep] / np.sqrt(sizes[keep])) * np.sqrt(1 - np.sqrt(1 - share[keep]))
    )
    return np.asarray(np.column_stack([fixed, columns]), np.float64)

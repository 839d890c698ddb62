"""Evidence that a run of figures has got worse, valid however often one looks.

Each figure is ranked among all so far. While nothing changes every rank is equally likely,
so a bet on bad ranks wins nothing on average; wealth far above the stake is evidence.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Evidence", "change_evidence", "sequential_ranks"]

Floats = NDArray[np.float64]
_PRIOR = 100.0
"""Cases among which half the weight of the unknown start of the change lies."""
_WIDER = (1.5, 4.0)
"""How many times their own number the cases since the change are expected to reach down."""
_LEAK = 0.2
"""Part of the stake that is kept back in case a rank lies outside."""
_WARM = 3
"""First cases, whose ranks say nothing."""


@dataclass(frozen=True)
class Evidence:
    """Wealth of the bet, one element per case.

    Args:
        evidence: Wealth for a stake of 1; stays at 1 on average while nothing changes.
        start: The start of the change that has won most so far.
    """

    evidence: Floats
    start: NDArray[np.int64]


def sequential_ranks(scores: ArrayLike, *, among: ArrayLike | None = None) -> tuple[Floats, Floats]:
    """Share of the values so far that are worse, and share that are worse or equal.

    Args:
        scores: In the order of time, larger is worse; or a square, row t holding the scores
            of all values as judged at moment t.
        among: Mask of values to use; the others get no rank.

    Example:
        >>> worse, equal = sequential_ranks([3.0, 1.0, 5.0, 3.0])
        >>> [round(float(p), 3) for p in worse], [round(float(p), 3) for p in equal]
        ([0.0, 0.5, 0.0, 0.25], [1.0, 1.0, 0.333, 0.75])
    """
    z = np.asarray(scores, float)
    if z.ndim == 1:
        z = np.broadcast_to(z, (len(z), len(z)))
    n = len(z)
    use = np.ones(n, bool) if among is None else np.asarray(among, bool)
    seen = np.tril(np.ones((n, n), bool)) & use[None, :]
    own = np.diagonal(z)[:, None]
    count = np.maximum(seen.sum(axis=1), 1)
    worse = ((z > own) & seen).sum(axis=1) / count
    equal = ((z >= own) & seen).sum(axis=1) / count
    return np.where(use, worse, np.nan), np.where(use, equal, np.nan)


def change_evidence(low: Floats, high: Floats) -> Evidence:
    """Bet from every possible start of the change on, and average over starts.

    Three bets share the stake: one on small ranks in general, two on the cases since the
    start being among the worst of all. Ties win what they would win on average if broken
    by lot, which keeps the game fair with whole days.

    Args:
        low: Share of values that are worse, from ``sequential_ranks``.
        high: Share that are worse or equal; both missing where a case does not bet.

    Source:
        Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World (2022), chapter 8;
        mixture over starts: Shin, Ramdas and Rinaldo (2023), New England J. Stat. Data Sci.
    """
    n = len(low)
    bets = ~np.isnan(low) & (np.arange(n) >= _WARM)
    lo, hi = np.where(bets, low, 0.0), np.where(bets, high, 1.0)
    width = np.maximum(hi - lo, 1e-12)
    place = np.cumsum(bets)
    # Cases since each start (row) at each moment (column), this one included.
    since = np.maximum(place[None, :] - (place - bets)[:, None], 1)
    open_ = np.triu(np.ones((n, n), bool))
    wealth = np.zeros((n, n))
    general = np.log((_mixture(hi) - _mixture(lo)) / width)
    gains = [np.broadcast_to(general, (n, n))]
    for wider in _WIDER:
        bound = np.minimum(wider * since / np.maximum(place, 1)[None, :], 1.0)
        inside = np.minimum(hi[None, :] / bound, 1) - np.minimum(lo[None, :] / bound, 1)
        gains.append(np.log((1 - _LEAK) * inside / width[None, :] + _LEAK))
    for gain in gains:
        run = np.cumsum(np.where(open_ & bets[None, :], gain, 0.0), axis=1)
        wealth += np.exp(np.minimum(run, 600.0)) / len(gains)
    step = np.arange(1, n + 1)
    prior = _PRIOR / ((step + _PRIOR - 1) * (step + _PRIOR))
    staked = np.where(open_, wealth * prior[:, None], 0.0)
    evidence = staked.sum(axis=0) + 1 - np.cumsum(prior)
    return Evidence(evidence, np.argmax(staked, axis=0))


def _mixture(p: Floats) -> Floats:
    """Distribution function of the bet that mixes k p^(k-1) over k from 0 to 1."""
    inner = np.clip(p, 1e-300, 1 - 1e-12)
    return np.where(p <= 0, 0.0, np.where(p >= 1, 1.0, (inner - 1) / np.log(inner)))

"""How often the circuit-breaker's calls came true: the past half year, called week by week.

A planner knows things that sales do not show, and rescues some of what looks lost. So chances
are first brought in line with what happened on the older half of the weeks; the newer half,
which that has not seen, is the test.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand import DemandPanel
from opsbook.supply.breaker_walk import Arrivals, Race

__all__ = ["BINS", "Calls", "Line", "Tested", "calls_of", "checked_calls", "line_up"]

Floats = NDArray[np.float64]

BINS = (0.0, 0.02, 0.05, 0.2, 0.4, 1.0)
"""Bounds of the chances that are compared with what happened."""
_DRAWS = 400
_CASES = 20
"""Run-outs in the older half that it takes to bring chances in line."""


@dataclass(frozen=True)
class Line:
    """How chances are brought in line: ``log odds = shift + slope x log odds said``.

    Args:
        shift: 0 leaves them.
        slope: 1 leaves them.
    """

    shift: float = 0.0
    slope: float = 1.0

    def of(self, chance: Floats) -> Floats:
        """Chances in line; NaN stays NaN."""
        return np.asarray(1 / (1 + np.exp(-(self.shift + self.slope * _odds(chance)))), np.float64)


def _odds(chance: Floats) -> Floats:
    p = np.clip(chance, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(p / (1 - p)), np.float64)


def line_up(said: Floats, happened: NDArray[np.bool_]) -> Line:
    """Fit the line to what happened; left as it is where too little did.

    Args:
        said: Chances.
        happened: Whether it happened.

    Source:
        Platt (1999), with a weak pull to the line that leaves chances as they are.
    """
    if happened.sum() < _CASES or (~happened).sum() < _CASES:
        return Line()
    x = np.stack([np.ones(len(said)), _odds(said)], axis=1)
    start = np.array([0.0, 1.0])
    beta = start.copy()
    for _ in range(50):
        p = 1 / (1 + np.exp(-(x @ beta)))
        slope = x.T @ (happened - p) - (beta - start)
        curve = (x * (p * (1 - p))[:, None]).T @ x + np.eye(2)
        step = np.linalg.solve(curve, slope)
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            break
    # A lower chance said never becomes a higher one.
    return Line(float(beta[0]), max(float(beta[1]), 0.05))


@dataclass(frozen=True)
class Calls:
    """What was said on one day and what came of it, products with stock and demand only.

    Args:
        row: Product.
        chance: Said chance that stock runs out before the next receipt.
        ran_out: Whether an evening until then had no free piece.
    """

    row: NDArray[np.int64]
    chance: Floats
    ran_out: NDArray[np.bool_]


@dataclass(frozen=True)
class Tested:
    """The test of the calls.

    Args:
        table: One row per range of chances: ``low, high`` (chance), ``n`` (product-days),
            ``said`` (mean chance), ``ran_out`` (share), ``ran_low, ran_high`` (interval).
        calls: Times a product was called (chance at or above the watch level).
        said: Mean chance said of them.
        false_share: Of them, share that did not run out; with ``false_low, false_high``.
        false_low: Lower end of its interval.
        false_high: Upper end.
        missed_share: Of those that ran out, share that was not called.
        days: Days on which it was looked, in the test.
        level: Confidence of the intervals.
        line: How chances are brought in line, from all days.
    """

    table: pd.DataFrame
    calls: int
    said: float
    false_share: float
    false_low: float
    false_high: float
    missed_share: float
    days: int
    level: float
    line: Line


def calls_of(panel: DemandPanel, race: Race, coming: Arrivals, day: int) -> Calls | None:
    """Compare what is said on a day with the evenings until the receipt; none if too near now.

    Products whose receipt lies beyond the data are left out: nobody knows yet.
    """
    last = len(panel.dates) - 1
    came = np.nan_to_num(coming.came, nan=np.inf)
    use = np.isfinite(race.chance) & (race.stock > 0) & (day + came <= last)
    rows = np.flatnonzero(use)
    if not len(rows):
        return None
    span = np.asarray(panel.stock[rows, day + 1 : last + 1], np.float64)
    inside = np.arange(1, span.shape[1] + 1) < came[rows, None]
    # A day without a record is no evidence of an empty shelf.
    gone = np.asarray((inside & (span <= 0)).any(axis=1))
    return Calls(rows, race.chance[rows], gone)


def checked_calls(
    every: list[Calls], watch: float, size: int, *, level: float = 0.95, seed: int = 0
) -> Tested | None:
    """Put the calls of all days together; none if there were none.

    Args:
        every: One per day looked at, oldest first.
        watch: Chance from which a product is called.
        size: Number of products.
        level: Confidence of the intervals. Products are drawn as wholes: the weeks of one
            product are no independent cases.
        seed: Of the draws.
    """
    if not every:
        return None
    older, newer = every[: len(every) // 2], every[len(every) // 2 :]
    line = Line()
    if older:
        line = line_up(
            np.concatenate([c.chance for c in older]), np.concatenate([c.ran_out for c in older])
        )
    row = np.concatenate([c.row for c in newer])
    said = line.of(np.concatenate([c.chance for c in newer]))
    gone = np.concatenate([c.ran_out for c in newer])
    whole = line_up(
        np.concatenate([c.chance for c in every]), np.concatenate([c.ran_out for c in every])
    )
    place = np.clip(np.searchsorted(BINS, said, side="right") - 1, 0, len(BINS) - 2)
    called = said >= watch
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(size, np.full(size, 1 / size), _DRAWS).astype(np.float64)
    ends = [(1 - level) / 2, (1 + level) / 2]

    def share(where: NDArray[np.bool_], hit: NDArray[np.bool_]) -> tuple[float, float, float]:
        n = np.bincount(row[where], minlength=size)
        k = np.bincount(row[where & hit], minlength=size)
        total = weights @ n
        drawn = (weights @ k)[total > 0] / total[total > 0]
        if not len(drawn) or not n.sum():
            return float("nan"), float("nan"), float("nan")
        low, high = np.quantile(drawn, ends)
        return float(k.sum() / n.sum()), float(low), float(high)

    rows = []
    for k in range(len(BINS) - 1):
        mine = place == k
        value, low, high = share(mine, gone)
        rows.append(
            {
                "low": BINS[k],
                "high": BINS[k + 1],
                "n": int(mine.sum()),
                "said": float(said[mine].mean()) if mine.any() else float("nan"),
                "ran_out": value,
                "ran_low": low,
                "ran_high": high,
            }
        )
    false, false_low, false_high = share(called, ~gone)
    missed = float((gone & ~called).sum() / gone.sum()) if gone.any() else float("nan")
    return Tested(
        table=pd.DataFrame(rows),
        calls=int(called.sum()),
        said=float(said[called].mean()) if called.any() else float("nan"),
        false_share=false,
        false_low=false_low,
        false_high=false_high,
        missed_share=missed,
        days=len(newer),
        level=level,
        line=whole,
    )

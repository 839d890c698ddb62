"""What would have happened without it: a mix of untouched regions, and placebos to doubt it.

Written out here because the packages for it choose weights for predictors by a nested search,
which takes seconds a placebo; on outcomes alone the weights are one least-squares problem
with an exact solution, and all placebos of a country take a tenth of a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_

__all__ = ["SyntheticControl", "simplex_weights", "synthetic_control"]

Floats = NDArray[np.float64]
_MOST_PLACEBOS = 500


def simplex_weights(donors: Floats, target: Floats) -> Floats:
    """Weights, none negative and summing to 1, whose mix of donors is nearest to the target.

    Args:
        donors: One column per donor, one row per time.
        target: The series to be matched.

    Returns:
        One weight per donor.

    Source:
        Lawson, Hanson, Solving Least Squares Problems (1974), chapter 23: the sum is held by
        a row of great weight.

    Example:
        >>> simplex_weights(np.array([[1.0, 3.0], [2.0, 2.0]]), np.array([2.5, 2.0])).round(6)
        array([0.25, 0.75])
    """
    from scipy.optimize import nnls

    # Differences from the target: what a mix misses, whatever level all of them share.
    gap = donors - target[:, None]
    heavy = 1e4 * max(float(np.abs(gap).max()), 1e-12)
    found, _ = nnls(np.vstack([gap, np.full(donors.shape[1], heavy)]),
                    np.concatenate([np.zeros(len(target)), [heavy]]))  # fmt: skip
    total = found.sum()
    return np.asarray(found / total if total > 0 else np.full(len(found), 1 / len(found)))


@dataclass(frozen=True)
class SyntheticControl:
    """Treated units against the mix of others that matched them before.

    Args:
        frame: One row per time: ``time, actual, synthetic, gap`` (index, 1 is the mean
            before), ``after``.
        weights: Weight by donor, largest first.
        effect: Mean gap after the start, relative to the synthetic series.
        fit: Root mean squared gap before the start.
        placebos: One row per placebo: ``units, effect, fit, ratio`` (gap after over gap
            before), the true one not among them.
        ratio: The same ratio of the treated.
        p: Share of all assignments, the true one included, with a ratio at least as large.
    """

    frame: pd.DataFrame
    weights: pd.Series
    effect: float
    fit: float
    placebos: pd.DataFrame
    ratio: float
    p: float


def synthetic_control(
    panel: pd.DataFrame, treated: Sequence[str], start: object, *, seed: int = 1
) -> SyntheticControl:
    """Build the synthetic control and try it on every other set of as many units.

    Args:
        panel: Outcome by time (index, ascending) and unit (columns), such as weekly orders.
        treated: Units that were treated, summed into one.
        start: First time that is treated.
        seed: Which placebos are drawn where there are more than 500.

    Raises:
        CannotTell: Fewer than four times before, none after, or fewer than two donors.
        ParameterError: A treated unit is not in the panel.

    Source:
        Abadie, Diamond, Hainmueller (2010), Synthetic Control Methods for Comparative Case
        Studies, Journal of the American Statistical Association 105, 493-505.
    """
    missing = [u for u in treated if u not in panel.columns]
    if missing or not treated:
        raise ParameterError(
            N_("treated units {value} are not in the panel; it has {units}"),
            value=", ".join(missing) or "-",
            units=", ".join(map(str, panel.columns[:12])),
        )
    after = np.asarray(panel.index >= start)
    if (~after).sum() < 4 or not after.any() or len(panel.columns) - len(treated) < 2:
        raise CannotTell(
            N_("a synthetic control needs four times before, one after and two untouched units")
        )
    values, names = panel.to_numpy(float), [str(c) for c in panel.columns]
    if (values[~after].sum(axis=0) <= 0).any():
        raise CannotTell(N_("a synthetic control needs an outcome in every unit before the start"))
    chosen = tuple(sorted(names.index(str(u)) for u in treated))
    actual, mix, weights = _mixed(values, chosen, after)
    effect, fit, ratio = _summary(actual, mix, after)
    rows = []
    for other in _placebos(len(names), len(chosen), chosen, seed):
        placebo = _summary(*_mixed(values, other, after)[:2], after)
        label = ", ".join(names[i] for i in other)
        rows.append((label, *placebo))
    placebos = pd.DataFrame(rows, columns=["units", "effect", "fit", "ratio"])
    frame = pd.DataFrame(
        {"time": panel.index, "actual": actual, "synthetic": mix, "gap": actual - mix,
         "after": after}
    )  # fmt: skip
    others = [n for i, n in enumerate(names) if i not in chosen]
    p = (1 + float((placebos["ratio"] >= ratio - 1e-12).sum())) / (1 + len(placebos))
    by_name = pd.Series(weights, others).sort_values(ascending=False)
    return SyntheticControl(frame, by_name, effect, fit, placebos, ratio, p)


def _mixed(values: Floats, chosen: tuple[int, ...], after: NDArray[np.bool_]) -> tuple[
    Floats, Floats, Floats
]:  # fmt: skip
    """Index of the chosen units, of their synthetic twin, and its weights."""
    inside = np.isin(np.arange(values.shape[1]), chosen)
    own = values[:, inside].sum(axis=1)
    target = own / own[~after].mean()
    # Regions differ in size: as indices of their own past a mix of them can match any.
    donors = values[:, ~inside] / values[~after][:, ~inside].mean(axis=0)
    weights = simplex_weights(donors[~after], target[~after])
    return target, donors @ weights, weights


def _summary(actual: Floats, mix: Floats, after: NDArray[np.bool_]) -> tuple[float, float, float]:
    gap = actual - mix
    fit = float(np.sqrt((gap[~after] ** 2).mean()))
    later = float(np.sqrt((gap[after] ** 2).mean()))
    effect = float(gap[after].mean() / mix[after].mean())
    return effect, fit, later / max(fit, 1e-9)


def _placebos(units: int, size: int, chosen: tuple[int, ...], seed: int) -> list[tuple[int, ...]]:
    """Other sets of as many units: all of them, or as many as are worth trying."""
    if comb(units, size) <= _MOST_PLACEBOS + 1:
        return [c for c in combinations(range(units), size) if c != chosen]
    rng = np.random.default_rng(seed)
    found: set[tuple[int, ...]] = set()
    while len(found) < _MOST_PLACEBOS:
        one = tuple(sorted(rng.choice(units, size, replace=False).tolist()))
        if one != chosen:
            found.add(one)
    return sorted(found)

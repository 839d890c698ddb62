"""How many clusters the data themselves ask for, and whether they ask for any."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.lifecycle.one_thread import one_thread

__all__ = ["CLEAR", "DISTINCT", "STABLE", "Choice", "choose_k", "k_means", "nearest"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STABLE = 0.8
"""Least mean agreement (adjusted Rand) of clusters found in resamples: below it another
sample of the same customers would have given other clusters."""
DISTINCT = 0.5
"""Least mean silhouette: from 0.26 to 0.50 a structure is weak and may be an artefact."""
CLEAR = 2.0
"""Least gap over the gap of one cluster, in standard errors of the reference."""
_REPEATS = 12
_REFERENCES = 8
_SILHOUETTE_ROWS = 3_000


@dataclass(frozen=True)
class Choice:
    """The number of clusters and the figures behind it.

    Args:
        k: Clusters to use; the best of those tried even where none is worth the name.
        tried: One row per k from 1: ``k, inertia`` (mean squared distance to the centre),
            ``silhouette`` (-1 to 1), ``stability`` (mean adjusted Rand of resamples),
            ``gap, gap_error`` (logs), ``over_one`` (gap less that of one cluster, in
            standard errors).
        stable: Whether k's clusters come back in resamples.
        distinct: Whether they stand apart by silhouette.
        structured: Whether they are tighter than the same k in data without structure.
    """

    k: int
    tried: pd.DataFrame
    stable: bool
    distinct: bool
    structured: bool

    @property
    def real(self) -> bool:
        """Whether there are clusters worth the name: all three tests passed."""
        return self.stable and self.distinct and self.structured


def k_means(points: Floats, k: int, seed: int, starts: int = 4) -> tuple[Floats, Ints, float]:
    """Centres, labels and mean squared distance of the best of several starts."""
    from sklearn.cluster import KMeans

    with one_thread():
        model = KMeans(n_clusters=k, n_init=starts, random_state=seed, max_iter=100).fit(points)
    return model.cluster_centers_, model.labels_.astype(np.int64), model.inertia_ / len(points)


def choose_k(points: Floats, ks: Sequence[int], rng: np.random.Generator) -> Choice:
    """Try each k on a sample: stability, silhouette, and the gap to data without structure.

    Of those that pass all three tests the k with the best silhouette is taken; where none
    does, the best silhouette of the stable ones; where none is stable, the most stable.

    Args:
        points: Transformed features, one row per customer of the sample.
        ks: Numbers of clusters to try, from 2.
        rng: Source of chance.

    Source:
        Stability by bootstrap: Hennig (2007), Computational Statistics & Data Analysis 52,
        258-271. Silhouette and its 0.5: Kaufman & Rousseeuw (1990), Finding Groups in
        Data, ch. 2. Gap: Tibshirani, Walther & Hastie (2001), JRSS B 63, 411-423, with the
        reference drawn over the box of principal components.
    """
    from sklearn.metrics import pairwise_distances, silhouette_score

    seed = int(rng.integers(2**31))
    shown = min(len(points), _SILHOUETTE_ROWS)
    some = rng.choice(len(points), shown, replace=False)
    # The distances are the same for every k and cost more than all else about silhouettes.
    apart = pairwise_distances(points[some])
    np.fill_diagonal(apart, 0.0)
    rows = []
    for k in [1, *ks]:
        _, labels, inertia = k_means(points, k, seed)
        row = {"k": k, "inertia": inertia, "silhouette": np.nan, "stability": np.nan}
        if k > 1:
            row["silhouette"] = float(silhouette_score(apart, labels[some], metric="precomputed"))
            row["stability"] = _stability(points, labels, k, seed, rng)
        rows.append(row)
    tried = pd.DataFrame(rows)
    tried["gap"], tried["gap_error"] = _gap(points, tried, seed, rng)
    error = np.hypot(tried["gap_error"], tried["gap_error"].iloc[0])
    tried["over_one"] = (tried["gap"] - tried["gap"].iloc[0]) / np.maximum(error, 1e-12)
    return _best(tried)


def _best(tried: pd.DataFrame) -> Choice:
    some = tried[tried["k"] > 1]
    stable = some[some["stability"] >= STABLE]
    real = stable[(stable["silhouette"] >= DISTINCT) & (stable["over_one"] >= CLEAR)]
    pool = real if len(real) else stable
    at = pool["silhouette"].idxmax() if len(pool) else some["stability"].idxmax()
    row = some.loc[at]
    return Choice(
        k=int(row["k"]),
        tried=tried,
        stable=bool(row["stability"] >= STABLE),
        distinct=bool(row["silhouette"] >= DISTINCT),
        structured=bool(row["over_one"] >= CLEAR),
    )


def nearest(points: Floats, centres: Floats) -> Ints:
    """Number of the nearest centre; in slices, so that a million customers fit."""
    found = np.empty(len(points), np.int64)
    norms = (centres**2).sum(axis=1)
    for start in range(0, len(points), 100_000):
        part = points[start : start + 100_000]
        found[start : start + len(part)] = (norms - 2 * part @ centres.T).argmin(axis=1)
    return found


def _stability(points: Floats, labels: Ints, k: int, seed: int, rng: np.random.Generator) -> float:
    from sklearn.metrics import adjusted_rand_score

    scores = []
    for repeat in range(_REPEATS):
        drawn = points[rng.integers(len(points), size=len(points))]
        centres, _, _ = k_means(drawn, k, seed + repeat + 1, starts=2)
        scores.append(adjusted_rand_score(labels, nearest(points, centres)))
    return float(np.mean(scores))


def _gap(
    points: Floats, tried: pd.DataFrame, seed: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Log tightness of uniform data in the same box, less that of the customers."""
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    turned = (points - middle) @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    logs = np.empty((_REFERENCES, len(tried)))
    for number in range(_REFERENCES):
        drawn = rng.uniform(low, high, size=points.shape)
        for place, k in enumerate(tried["k"]):
            logs[number, place] = np.log(k_means(drawn, int(k), seed + number, starts=2)[2])
    own = np.log(np.maximum(tried["inertia"].to_numpy(float), 1e-12))
    error = logs.std(axis=0) * np.sqrt(1 + 1 / _REFERENCES)
    return logs.mean(axis=0) - own, error

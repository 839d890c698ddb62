"""One model for all products: boosted trees that correct what level and calendar expect.

Trees cannot say more than they have seen, so they do not forecast pieces but the ratio of
pieces to what the product's level and the day's factor expect, with that expectation as the
weight: a Poisson regression with exposure. What one product cannot tell, for it sells twice a
month, thousands of products tell together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opsbook.supply.bins import in_steps, step_edges
from opsbook.supply.features import FEATURES, History, Known, known_at, rows_for

__all__ = ["Booster", "fit_booster", "training_rows"]

Array = NDArray[np.float64]

_FIRST = 63
"""Days of history before the first origin that is learned from."""
_STRIDE = 7
_ROWS = (4_000, 50_000, 200_000)
"""Rows to learn from: the least, those of a shop of 600 to 2,500 SKUs, the most."""
_LEAST_ROWS = 2_000
_STEPS = 63
"""Steps that trees cut an input into at most."""
_NAMED = "category"
"""The input whose numbers are names."""


@dataclass(frozen=True)
class Booster:
    """A fitted model.

    Args:
        model: scikit-learn's ``HistGradientBoostingRegressor``.
        rows: Rows it learned from.
        edges: Steps of the inputs, as in ``in_steps``.
    """

    model: Any
    rows: int
    edges: tuple[Array | None, ...]

    def mean(self, past: History, known: Known, horizon: int) -> Array:
        """Expected pieces, SKU x day ahead.

        Args:
            past: From ``history``.
            known: State at the origin, of all SKUs.
            horizon: Days ahead.
        """
        n = len(known.level)
        sku = np.repeat(np.arange(n), horizon)
        step = np.tile(np.arange(horizon), n)
        x, expected = rows_for(past, known, sku, step, sku)
        return np.asarray(
            (self.model.predict(in_steps(x, self.edges)) * expected).reshape(n, horizon)
        )


def training_rows(
    past: History, until: int, horizon: int, rng: np.random.Generator, *, most: int = _ROWS[1]
) -> tuple[NDArray[np.float32], Array, Array]:
    """Pairs of an origin and a later day, both before ``until``.

    Args:
        past: From ``history``.
        until: Days of history that may be used, as inputs or as outcome.
        horizon: Days ahead at most.
        rng: Draws the pairs.
        most: Pairs at most.

    Returns:
        Inputs, pieces sold, and the expectation by level and calendar times the share of the
        day that could be seen.
    """
    origins = np.arange(until - 7, _FIRST, -_STRIDE)
    if not len(origins):
        empty = np.zeros(0)
        return np.zeros((0, len(FEATURES)), np.float32), empty, empty
    each = max(most // len(origins), 1)
    found: list[tuple[NDArray[np.float32], Array, Array]] = []
    for origin in origins:
        alive = np.flatnonzero(past.on_sale[:, origin - 1])
        if not len(alive):
            continue
        some = rng.permutation(alive)[: max(each // 4, 1)]
        state = known_at(past, int(origin), skus=some)
        span = min(horizon, until - int(origin))
        times = min(max(each // len(some), 1), span)
        sku = np.repeat(np.arange(len(some)), times)
        step = rng.integers(0, span, len(sku))
        x, expected = rows_for(past, state, sku, step, some[sku])
        at = origin + step
        mass = past.mass[some[sku], at]
        seen = mass > 0.2
        found.append((x[seen], past.sold[some[sku], at][seen], (expected * mass)[seen]))
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))  # type: ignore


def fit_booster(
    past: History, until: int, horizon: int, *, seed: int = 0, most: int | None = None
) -> Booster | None:
    """Fit on what was known before day ``until``; None where that is too little.

    Args:
        past: From ``history``.
        until: Days of history that may be used.
        horizon: Days ahead at most.
        seed: Of the draw of rows and of the trees.
        most: Rows to learn from at most; by the number of SKUs unless given.

    Source:
        Friedman 2001, Annals of Statistics 29, 1189-1232; histogram trees after Ke et al. 2017
        (LightGBM), as in scikit-learn.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    rng = np.random.default_rng(seed)
    skus = len(past.sold)
    most = most or int(np.clip(min(80 * skus, max(_ROWS[1], 20 * skus)), _ROWS[0], _ROWS[2]))
    x, y, expected = training_rows(past, until, horizon, rng, most=most)
    if len(y) < _LEAST_ROWS or y.sum() < 200:
        return None
    model = HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=0.15,
        max_iter=50,
        max_leaf_nodes=8,
        min_samples_leaf=max(20, min(200, len(y) // 250)),
        l2_regularization=5.0,
        max_bins=_STEPS,
        categorical_features=[FEATURES.index(_NAMED)],
        early_stopping=False,
        random_state=seed,
    )
    weight = np.maximum(expected, 1e-6)
    edges = tuple(
        None if name == _NAMED or np.isnan(column).any() else step_edges(column, weight, _STEPS)
        for name, column in zip(FEATURES, x.T, strict=True)
    )
    model.fit(in_steps(x, edges), y / weight, sample_weight=weight)
    return Booster(model, len(y), edges)

"""Steps of the model's inputs against those that scikit-learn finds itself."""

import numpy as np
import pytest

from opsbook.supply.bins import in_steps, step_edges

ROWS, MOST = 3000, 31


def made(seed):
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [
            rng.gamma(0.5, 2, ROWS),
            rng.poisson(1.5, ROWS),  # fewer values than steps
            np.round(rng.normal(size=ROWS), 1),  # ties across steps
            np.zeros(ROWS),  # one value
            rng.integers(0, 5, ROWS),  # names
        ]
    ).astype(np.float32)
    weight = rng.gamma(0.3, 1, ROWS) + 1e-6
    y = rng.poisson(np.exp(0.3 * x[:, 2] + 0.1 * x[:, 1])) / weight
    return x, y, weight


def fitted(x, y, weight):
    ensemble = pytest.importorskip("sklearn.ensemble")
    model = ensemble.HistGradientBoostingRegressor(
        loss="poisson", max_iter=20, max_leaf_nodes=8, max_bins=MOST, categorical_features=[4],
        early_stopping=False, random_state=0,
    )  # fmt: skip
    return model.fit(x, y, sample_weight=weight)


@pytest.mark.parametrize("seed", range(3))
def test_trees_on_steps_say_what_trees_on_values_say(seed) -> None:
    x, y, weight = made(seed)
    edges = [step_edges(x[:, k], weight, MOST) for k in range(4)] + [None]
    other = made(seed + 100)[0]
    plain, stepped = fitted(x, y, weight), fitted(in_steps(x, edges), y, weight)
    assert np.ptp(plain.predict(other)) > 0.1
    for seen in (x, other):
        assert (stepped.predict(in_steps(seen, edges)) == plain.predict(seen)).all()


def test_few_values_are_a_step_each_and_their_bounds_lie_between() -> None:
    edges = step_edges(np.array([3, 1, 1, 8], np.float32), np.ones(4), 10)
    assert edges.tolist() == [2.0, 5.5]
    x = np.array([[0], [2], [2.5], [9]], np.float32)
    # A value at a bound belongs below it.
    assert in_steps(x, [edges])[:, 0].tolist() == [0, 0, 1, 2]


def test_heavy_rows_draw_the_steps_to_themselves() -> None:
    values = np.arange(100, dtype=np.float32)
    weight = np.where(values < 10, 10.0, 0.1)
    # 100 of 109 lie on the first ten values: four steps of 27.25 end with 2, 5, 8.
    assert step_edges(values, weight, 4).tolist() == [2.0, 5.0, 8.0]

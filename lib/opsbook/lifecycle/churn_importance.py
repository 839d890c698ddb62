"""What a churn model leans on: how much worse it ranks when one driver is shuffled."""

import numpy as np
import pandas as pd

from opsbook.lifecycle.churn_model import ChurnModel, Floats

__all__ = ["driver_importance"]

_SHUFFLES = 6
"""Times that each driver is shuffled; predictions cost most, and each serves several draws."""


def driver_importance(
    model: ChurnModel,
    frame: pd.DataFrame,
    rng: np.random.Generator,
    *,
    rounds: int = 60,
    most: int = 3_000,
    level: float = 0.95,
) -> pd.DataFrame:
    """How much AUC is lost when one driver is shuffled among customers.

    The features of a driver are shuffled together: alone, each would hide behind the
    others. Each round draws customers anew from one of a few shuffles, so that the interval
    holds both the luck of the shuffle and that of the sample.

    Args:
        model: The fitted model.
        frame: A window the model has not seen, with ``churned``.
        rng: Source of randomness.
        rounds: Draws.
        most: Customers drawn per round at most.
        level: Confidence of the interval.

    Returns:
        One row per driver, most important first: ``driver, loss, low, high`` (of AUC).

    Source:
        Breiman (2001), Random Forests, Machine Learning 45, 5-32.
    """
    if len(frame) > 3 * most:
        frame = frame.iloc[rng.choice(len(frame), 3 * most, replace=False)]
    y = frame["churned"].to_numpy(np.int64)
    columns, rows = model.columns(), model.matrix(frame)
    whole = model.log_odds_of(rows)
    size, losses = min(most, len(frame)), []
    for shuffle in range(min(_SHUFFLES, rounds)):
        scores = np.column_stack([whole, *_shuffled(model, rows, whole, columns, rng)])
        for _ in range(shuffle, rounds, _SHUFFLES):
            drawn = rng.integers(0, len(frame), size)
            if 0 < y[drawn].sum() < size:
                areas = _areas(y[drawn], scores[drawn])
                losses.append(areas[0] - areas[1:])
    names = ["driver", "loss", "low", "high"]
    if not losses or not columns:
        return pd.DataFrame(columns=names)
    lost, tail = np.array(losses), (1 - level) / 2
    low, high = np.quantile(lost, [tail, 1 - tail], axis=0)
    found = pd.DataFrame(
        dict(zip(names, (list(columns), lost.mean(axis=0), low, high), strict=True))
    )
    return found.sort_values("loss", ascending=False, ignore_index=True)


def _shuffled(
    model: ChurnModel,
    rows: Floats,
    whole: Floats,
    columns: dict[str, list[int]],
    rng: np.random.Generator,
) -> list[Floats]:
    """Log odds with one driver after the other taken from another customer."""
    order, found = rng.permutation(len(rows)), []
    for at in columns.values():
        mixed = rows.copy()
        mixed[:, at] = rows[order][:, at]
        # A channel of which only one is told apart has no column: nothing to shuffle.
        found.append(model.log_odds_of(mixed) if at else whole)
    return found


def _areas(y: "np.ndarray[tuple[int], np.dtype[np.int64]]", scores: Floats) -> Floats:
    """AUC of several scores on the same customers, ties counting half."""
    from scipy.stats import rankdata

    ranks = rankdata(scores, axis=0)[y == 1].sum(axis=0)
    gone = int(y.sum())
    return np.asarray((ranks / gone - (gone + 1) / 2) / (len(y) - gone))

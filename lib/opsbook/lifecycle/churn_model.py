"""A churn model: what it learned from past windows, and what each driver adds to a chance.

There are two kinds: a logistic regression on logarithms, which a person can read, and
boosted trees, which find bends and interactions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.lifecycle.churn_features import DRIVERS
from opsbook.lifecycle.one_thread import one_thread

__all__ = ["ChurnModel", "Floats", "Kind", "fit_model"]

Floats = NDArray[np.float64]
Kind = Literal["logistic", "trees"]

_MOST_ROWS = 200_000
"""Customers that a model learns from; more add time and no accuracy."""
_LARGE = 50_000
"""Customers from which a fit is worth several threads."""
_RARE = 50
"""Channels with fewer customers than this are one."""


@dataclass(frozen=True)
class ChurnModel:
    """A fitted and calibrated model.

    Args:
        kind: ``logistic`` or ``trees``.
        numbers: Names of numeric features, in order.
        channels: Channels told apart; others count as the first, ``–``.
        usual: Value of each feature of the usual customer (median, most common channel).
        estimator: What predicts.
        slope: Slope of the calibration line on the log odds.
        intercept: Its intercept.
    """

    kind: Kind
    numbers: tuple[str, ...]
    channels: tuple[str, ...]
    usual: Mapping[str, Any]
    estimator: Any
    slope: float = 1.0
    intercept: float = 0.0

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Log odds of churn, calibrated."""
        return self.log_odds_of(self.matrix(frame))

    def log_odds_of(self, matrix: Floats) -> Floats:
        """The same from rows that ``matrix`` made of a feature table."""
        return self.intercept + self.slope * self.raw(matrix)

    def raw(self, matrix: Floats) -> Floats:
        """Log odds before calibration."""
        with one_thread(len(matrix) < _LARGE):
            return _logit(self.estimator.predict_proba(matrix)[:, 1])

    def chance(self, frame: pd.DataFrame) -> Floats:
        """Probability of churn, one per row of a feature table."""
        return np.asarray(1 / (1 + np.exp(-self.log_odds(frame))))

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What each driver adds to a customer's log odds against the usual customer.

        A driver's features are set to the usual customer's values, together, and the log
        odds are taken again; the difference is the driver's part. Works alike for both
        kinds of model; with interactions the parts need not add up to the whole.

        Args:
            frame: Features, one row per customer.

        Returns:
            One row per customer, one column per driver, in log odds.
        """
        rows, usual = self.matrix(frame), self.matrix(pd.DataFrame([dict(self.usual)]))
        base = self.log_odds_of(rows)
        parts = {}
        for driver, columns in self.columns().items():
            mixed = rows.copy()
            mixed[:, columns] = usual[:, columns]
            parts[driver] = base - self.log_odds_of(mixed) if columns else np.zeros(len(rows))
        return pd.DataFrame(parts, index=frame.index)

    def columns(self) -> dict[str, list[int]]:
        """Columns of ``matrix`` that belong to each driver."""
        place = {name: [i] for i, name in enumerate(self.numbers)}
        place["channel"] = list(range(len(self.numbers), len(self.numbers) + self._told_apart))
        return {d: [i for n in names for i in place[n]] for d, names in self.drivers().items()}

    def drivers(self) -> dict[str, list[str]]:
        """The drivers whose features the model has; a feature of the analyst's own is one."""
        have = {*self.numbers, "channel"} if self.channels else set(self.numbers)
        found = {d: [n for n in names if n in have] for d, names in DRIVERS.items()}
        known = {n for names in DRIVERS.values() for n in names}
        found |= {n: [n] for n in self.numbers if n not in known}
        return {d: names for d, names in found.items() if names}

    @property
    def _told_apart(self) -> int:
        return max(0, len(self.channels) - 1)

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """What the estimator reads: one row per row of a feature table."""
        numbers = frame[list(self.numbers)].to_numpy(np.float64)
        # Counts, days and money are skew; their logarithm is what odds are linear in.
        parts = [np.sign(numbers) * np.log1p(np.abs(numbers))]
        if self._told_apart:
            channel = frame["channel"].to_numpy()
            parts.append(np.column_stack([channel == c for c in self.channels[1:]]))
        return np.hstack(parts).astype(np.float64)


def _logit(chance: Floats) -> Floats:
    p = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p / (1 - p)))


def fit_model(kind: Kind, frame: pd.DataFrame, *, seed: int = 0) -> ChurnModel:
    """Fit one kind of model, not yet calibrated.

    Args:
        kind: ``logistic`` or ``trees``.
        frame: Features of past windows with ``churned``.
        seed: Of the sample that is taken of a very large table.
    """
    if len(frame) > _MOST_ROWS:
        frame = frame.sample(_MOST_ROWS, random_state=seed)
    skip = {"customer_id", "churned", "channel", "amount_ever", "margin_ever", "cutoff"}
    numbers = tuple(c for c in frame.columns if c not in skip)
    channels: tuple[str, ...] = ()
    usual: dict[str, Any] = {n: float(frame[n].median()) for n in numbers}
    if "channel" in frame:
        counts = frame["channel"].value_counts()
        common = sorted(counts.index[counts >= _RARE])
        channels = ("–", *(c for c in common if c != "–"))
        usual["channel"] = counts.index[0]
    model = ChurnModel(kind, numbers, channels, usual, _estimator(kind, len(frame), seed))
    with one_thread(len(frame) < _LARGE):
        model.estimator.fit(model.matrix(frame), frame["churned"].to_numpy())
    return model


def _estimator(kind: Kind, rows: int, seed: int) -> Any:
    if kind == "logistic":
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=1000))
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_depth=4,
        learning_rate=0.06,
        max_iter=120,
        min_samples_leaf=max(20, min(60, rows // 50)),
        l2_regularization=5.0,
        early_stopping=False,
        random_state=seed,
    )

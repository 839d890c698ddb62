"""A churn model that is trained on the past, calibrated on what came next, and explained.

Two models compete: a logistic regression on logarithms, which a person can read, and
boosted trees, which find bends and interactions. The later window decides. Probabilities
are then corrected on that window (Platt's line), because trees and changing times make
them too sure of themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.lifecycle.churn_features import DRIVERS
from opsbook.lifecycle.churn_measure import auc

__all__ = ["ChurnModel", "Kind", "choose_model", "driver_importance", "fit_model", "suspects"]

Floats = NDArray[np.float64]
Kind = Literal["logistic", "trees"]

_MOST_ROWS = 200_000
"""Customers that a model learns from; more add time and no accuracy."""
_RARE = 50
"""Channels with fewer customers than this are one."""
_TOO_GOOD = 0.99
"""AUC of a single feature that no honest feature reaches."""


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
        return self.intercept + self.slope * self.raw(frame)

    def raw(self, frame: pd.DataFrame) -> Floats:
        """Log odds before calibration."""
        matrix = self._matrix(frame)
        with _threads(len(frame)):
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
        base = self.log_odds(frame)
        parts = {}
        for driver, names in self.drivers().items():
            usual = {n: self.usual[n] for n in names}
            parts[driver] = base - self.log_odds(frame.assign(**usual))
        return pd.DataFrame(parts, index=frame.index)

    def drivers(self) -> dict[str, list[str]]:
        """The drivers whose features the model has; a feature of the analyst's own is one."""
        have = {*self.numbers, "channel"} if self.channels else set(self.numbers)
        found = {d: [n for n in names if n in have] for d, names in DRIVERS.items()}
        known = {n for names in DRIVERS.values() for n in names}
        found |= {n: [n] for n in self.numbers if n not in known}
        return {d: names for d, names in found.items() if names}

    def _matrix(self, frame: pd.DataFrame) -> Floats:
        numbers = frame[list(self.numbers)].to_numpy(np.float64)
        # Counts, days and money are skew; their logarithm is what odds are linear in.
        parts = [np.sign(numbers) * np.log1p(np.abs(numbers))]
        if len(self.channels) > 1:
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
    with _threads(len(frame)):
        model.estimator.fit(model._matrix(frame), frame["churned"].to_numpy())
    return model


def _threads(rows: int) -> Any:
    """One thread for small tables: handing out the work would take longer than doing it."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return threadpool_limits(limits=1 if rows < 50_000 else None)


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


def _calibrated(model: ChurnModel, frame: pd.DataFrame) -> ChurnModel:
    """Platt's line on the log odds: two numbers, which a thousand customers can carry."""
    from sklearn.linear_model import LogisticRegression

    raw = model.raw(frame)
    line = LogisticRegression(C=1e6).fit(raw[:, None], frame["churned"].to_numpy())
    slope = float(line.coef_[0, 0])
    if slope <= 0:
        # A score that points the wrong way is replaced by the base rate, not turned round.
        rate = float(np.clip(frame["churned"].mean(), 1e-6, 1 - 1e-6))
        return ChurnModel(**_fields(model) | {"slope": 0.0, "intercept": np.log(rate / (1 - rate))})
    return ChurnModel(**_fields(model) | {"slope": slope, "intercept": float(line.intercept_[0])})


def _fields(model: ChurnModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in model.__dataclass_fields__}


def choose_model(
    past: pd.DataFrame, middle: pd.DataFrame, *, kinds: Sequence[Kind] = ("logistic", "trees")
) -> tuple[ChurnModel, dict[Kind, float]]:
    """Fit each kind on the past; keep the one with the lower log loss on the middle window.

    Args:
        past: Features and ``churned`` of the training windows.
        middle: The same of the window after them.
        kinds: Models that compete.

    Returns:
        The winner, calibrated on the middle window, and each kind's AUC there.
    """
    found, loss, area = {}, {}, {}
    y = middle["churned"].to_numpy(np.float64)
    for kind in kinds:
        found[kind] = _calibrated(fit_model(kind, past), middle)
        p = np.clip(found[kind].chance(middle), 1e-9, 1 - 1e-9)
        loss[kind] = float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())
        area[kind] = auc(y, p).value
    best = min(kinds, key=lambda k: loss[k])
    return found[best], area


def suspects(frame: pd.DataFrame) -> list[str]:
    """Features that alone tell churners apart too well to be known beforehand.

    Args:
        frame: Features with ``churned``; both outcomes must occur.
    """
    y = frame["churned"].to_numpy()
    if not 0 < y.mean() < 1 or min(y.sum(), len(y) - y.sum()) < 10:
        return []
    found = []
    for name in frame.select_dtypes("number").columns:
        if name != "churned":
            area = auc(y, frame[name].fillna(0.0).to_numpy(np.float64)).value
            if max(area, 1 - area) >= _TOO_GOOD:
                found.append(str(name))
    return found


def driver_importance(
    model: ChurnModel,
    frame: pd.DataFrame,
    rng: np.random.Generator,
    *,
    rounds: int = 30,
    most: int = 3_000,
    level: float = 0.95,
) -> pd.DataFrame:
    """How much AUC is lost when one driver is shuffled among customers.

    The features of a driver are shuffled together: alone, each would hide behind the
    others. Each round draws customers anew, so that the interval holds both the luck of
    the shuffle and that of the sample.

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
    losses: dict[str, list[float]] = {d: [] for d in model.drivers()}
    for _ in range(rounds):
        rows = frame.iloc[rng.integers(0, len(frame), min(most, len(frame)))].reset_index(drop=True)
        y = rows["churned"].to_numpy()
        if not 0 < y.sum() < len(y):
            continue
        whole = auc(y, model.log_odds(rows)).value
        order = rng.permutation(len(rows))
        for driver, names in model.drivers().items():
            mixed = rows.assign(**{n: rows[n].to_numpy()[order] for n in names})
            losses[driver].append(whole - auc(y, model.log_odds(mixed)).value)
    tail = (1 - level) / 2
    found = pd.DataFrame(
        [
            {
                "driver": driver,
                "loss": float(np.mean(values)),
                "low": float(np.quantile(values, tail)),
                "high": float(np.quantile(values, 1 - tail)),
            }
            for driver, values in losses.items()
            if values
        ],
        columns=["driver", "loss", "low", "high"],
    )
    return found.sort_values("loss", ascending=False, ignore_index=True)

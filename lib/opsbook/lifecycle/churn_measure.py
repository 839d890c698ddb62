"""How good a churn score is: order, honesty of the probabilities, and use of the top decile."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell
from opsbook.language import N_

__all__ = ["Auc", "Score", "auc", "auc_gain", "calibration_bins", "lift_curve", "score"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Auc:
    """Chance that a customer who churned was ranked above one who stayed, with interval.

    Args:
        value: 0.5 for a coin, 1 for a perfect order.
        low: Lower end of the interval.
        high: Upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Score:
    """A score measured on one window.

    Args:
        auc: Area under the ROC curve.
        brier: Mean squared error of the probabilities; 0 is perfect.
        skill: Share of the Brier score of a constant forecast that is saved; 0 is no skill.
        lift: Churn rate among the tenth with the highest scores over that of all.
        lift_low: Lower end of its interval.
        lift_high: Upper end.
    """

    auc: Auc
    brier: float
    skill: float
    lift: float
    lift_low: float
    lift_high: float


def auc(churned: ArrayLike, chance: ArrayLike, *, level: float = 0.95) -> Auc:
    """Area under the ROC curve with DeLong's interval.

    Args:
        churned: 1 for churned, 0 for stayed.
        chance: Score, higher for more likely churn; ties count half.
        level: Confidence, 0 to 1.

    Raises:
        CannotTell: Nobody churned, or everybody did.

    Source:
        DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44, 837-845; by midranks, Sun and Xu
        (2014), IEEE Signal Processing Letters 21, 1389-1393. Interval on the logit scale.
    """
    from scipy.stats import norm

    y = np.asarray(churned, np.int64)
    value, gone, stayed = _placements(y, np.asarray(chance, np.float64))
    error = float(np.sqrt(_variance(gone) + _variance(stayed)))
    if not 0 < value < 1 or error == 0:
        return Auc(value, value, value)
    middle = np.log(value / (1 - value))
    half = float(norm.ppf(0.5 + level / 2)) * error / (value * (1 - value))
    low, high = 1 / (1 + np.exp(-(middle + np.array([-half, half]))))
    return Auc(value, float(low), float(high))


def auc_gain(churned: ArrayLike, chance: ArrayLike, base: ArrayLike, *, level: float = 0.95) -> Auc:
    """AUC of one score minus that of another on the same customers, with interval.

    Args:
        churned: 1 for churned, 0 for stayed.
        chance: The score in question.
        base: The score it is compared with.
        level: Confidence, 0 to 1.

    Raises:
        CannotTell: Nobody churned, or everybody did.

    Source:
        DeLong et al. (1988), as in ``auc``; the scores are correlated, so the pairs count.
    """
    from scipy.stats import norm

    y = np.asarray(churned, np.int64)
    one, gone_1, stayed_1 = _placements(y, np.asarray(chance, np.float64))
    two, gone_2, stayed_2 = _placements(y, np.asarray(base, np.float64))
    error = float(np.sqrt(_variance(gone_1 - gone_2) + _variance(stayed_1 - stayed_2)))
    half = float(norm.ppf(0.5 + level / 2)) * error
    return Auc(one - two, one - two - half, one - two + half)


def _placements(y: NDArray[np.int64], chance: Floats) -> tuple[float, Floats, Floats]:
    """AUC, and for each customer the share of the other kind that is ranked the right way."""
    from scipy.stats import rankdata

    gone, stayed = chance[y == 1], chance[y == 0]
    if not len(gone) or not len(stayed):
        raise CannotTell(
            N_("in the window that tests the model everybody or nobody churned: nothing to learn")
        )
    both = rankdata(np.concatenate([gone, stayed]))
    above = (both[: len(gone)] - rankdata(gone)) / len(stayed)
    below = 1 - (both[len(gone) :] - rankdata(stayed)) / len(gone)
    return float(above.mean()), above, below


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else 0.0


def score(churned: ArrayLike, chance: ArrayLike, *, level: float = 0.95) -> Score:
    """All measures of one score on one window.

    Args:
        churned: 1 for churned, 0 for stayed.
        chance: Probability of churn.
        level: Confidence, 0 to 1.

    Raises:
        CannotTell: Nobody churned, or everybody did.
    """
    y, p = np.asarray(churned, np.float64), np.asarray(chance, np.float64)
    brier, rate = float(((p - y) ** 2).mean()), float(y.mean())
    area = auc(y, p, level=level)
    # Ties at the edge of the decile share its places, so that no order of rows matters.
    n = max(1, round(len(y) / 10))
    edge = np.sort(p)[::-1][n - 1]
    above, at = p > edge, p == edge
    hits = y[above].sum() + y[at].mean() * (n - above.sum())
    low, high = wilson(hits, n, level=level)
    return Score(
        auc=area,
        brier=brier,
        skill=1 - brier / (rate * (1 - rate)),
        lift=float(hits / n / rate),
        lift_low=float(low / rate),
        lift_high=float(high / rate),
    )


def calibration_bins(
    churned: ArrayLike, chance: ArrayLike, *, bins: int = 10, level: float = 0.95
) -> pd.DataFrame:
    """Said against happened: customers in groups of equal size by probability.

    Args:
        churned: 1 for churned, 0 for stayed.
        chance: Probability of churn.
        bins: Groups at most; equal probabilities stay together.
        level: Confidence, 0 to 1.

    Returns:
        One row per group, lowest first: ``customers, said`` (mean probability), ``happened``
        (share that churned), ``low, high`` (Wilson's interval of it).
    """
    frame = pd.DataFrame({"said": np.asarray(chance, float), "happened": np.asarray(churned)})
    edges = np.unique(np.quantile(frame["said"], np.linspace(0, 1, bins + 1)))
    frame["bin"] = np.searchsorted(edges[1:-1], frame["said"], side="left")
    groups = frame.groupby("bin").agg(
        customers=("said", "size"), said=("said", "mean"), happened=("happened", "mean")
    )
    low, high = wilson(groups["happened"] * groups["customers"], groups["customers"], level=level)
    return groups.assign(low=low, high=high).reset_index(drop=True)


def lift_curve(churned: ArrayLike, chance: ArrayLike, *, steps: int = 50) -> pd.DataFrame:
    """Share of all churners found among the highest scores.

    Args:
        churned: 1 for churned, 0 for stayed.
        chance: Score, higher for more likely churn.
        steps: Points of the curve.

    Returns:
        One row per point: ``contacted`` (share of customers, riskiest first) and ``found``
        (share of churners among them), both from 0 to 1.
    """
    y, p = np.asarray(churned, np.float64), np.asarray(chance, np.float64)
    frame = pd.DataFrame({"p": p, "y": y})
    # Everybody with the same score has the same expected place.
    mean = frame.groupby("p")["y"].transform("mean").to_numpy()
    order = np.argsort(-p, kind="stable")
    found = np.r_[0.0, np.cumsum(mean[order]) / y.sum()]
    share = np.linspace(0, 1, steps + 1)
    at = share * len(y)
    return pd.DataFrame({"contacted": share, "found": np.interp(at, np.arange(len(y) + 1), found)})

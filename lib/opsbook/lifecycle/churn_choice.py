"""Which churn model is used: fitted on the past, corrected and chosen on what came next.

The later window decides between the kinds. Probabilities are corrected on it too (Platt's
line), because trees and changing times make them too sure of themselves.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from opsbook.lifecycle.churn_measure import auc
from opsbook.lifecycle.churn_model import ChurnModel, Kind, fit_model
from opsbook.shop.shared import shared

__all__ = ["choose_model", "suspects"]

_TOO_GOOD = 0.99
"""AUC of a single feature that no honest feature reaches."""


def _calibrated(model: ChurnModel, frame: pd.DataFrame) -> ChurnModel:
    """Platt's line on the log odds: two numbers, which a thousand customers can carry."""
    from sklearn.linear_model import LogisticRegression

    raw = model.raw(model.matrix(frame))
    line = LogisticRegression(C=1e6).fit(raw[:, None], frame["churned"].to_numpy())
    slope = float(line.coef_[0, 0])
    if slope <= 0:
        # A score that points the wrong way is replaced by the base rate, not turned round.
        rate = float(np.clip(frame["churned"].mean(), 1e-6, 1 - 1e-6))
        return replace(model, slope=0.0, intercept=float(np.log(rate / (1 - rate))))
    return replace(model, slope=slope, intercept=float(line.intercept_[0]))


@shared
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

"""Which comparison of targeted customers passes its checks, and what can be said then."""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.propensity import Weighted, doubly_robust, weigh

__all__ = [
    "Verdict",
    "earlier_windows",
    "middle",
    "overlap",
    "passed",
    "plain_gap",
    "to_believe",
    "verdict_of",
    "widened",
]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
OF_WINDOW = ("spend", "log_spend", "orders")
"""What is known of each window; the number of the window follows."""
Verdict = Literal[
    "adds",
    "takes",
    "adds together",
    "takes together",
    "no effect",
    "moving apart",
    "not comparable",
]
_LEAST_EFFECTIVE, _MOST_BEYOND, _MOST_UNLIKE = 30.0, 0.2, 0.25
_ALARM = 0.02
"""Chance that a sound comparison is turned down by all of its earlier windows together."""
_SUSPECT = 0.2
"""The same where something is odd already and only a clean past clears it. Tests of the past at
the usual 5 % let most drifts through that matter (Roth 2022, AER: Insights 4, 305-322)."""
_TRUST = 2.0
"""Earlier windows that the formula's own error is worth."""


def plain_gap(value: Floats, chosen: Mask) -> tuple[float, float]:
    """Difference of means, chosen minus others, and its standard error."""
    a, b = value[chosen], value[~chosen]
    error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    return float(a.mean() - b.mean()), float(error)


def earlier_windows(spend: Floats, features: pd.DataFrame, chosen: Mask) -> pd.DataFrame:
    """Both comparisons on windows before the event, from what was known before each."""
    rows = []
    windows = spend.shape[1] - 1
    for k in range(1, windows):
        change = spend[:, k] - spend[:, k + 1]
        rows.append(("did", -k, *plain_gap(change, chosen)))
        # With a single window behind it the check would be blinder than what it checks.
        if windows - k < 2 and k > 1:
            continue
        later = {f"{what}{j}" for what in OF_WINDOW for j in range(1, k + 1)}
        known = [c for c in features if not c.startswith("days_") and c not in later]
        rows.append(
            ("weighted", -k, *doubly_robust(change, chosen, weigh(features[known], chosen)))
        )
    if windows > 3:
        # A slow drift shows over the whole past before it shows from one window to the next.
        rows.append(("drift", -windows, *plain_gap(spend[:, 2] - spend[:, windows], chosen)))
    if windows > 2:
        # Who is chosen for a quarter's purchases was rising for as long, a little at a time.
        rows.append(("build-up", -1, *plain_gap(spend[:, 1] - spend[:, windows], chosen)))
    found = pd.DataFrame(rows, columns=["method", "window", "estimate", "error"])
    found["z"] = found["estimate"] / found["error"].where(found["error"] > 0)
    return found


def _telling(placebos: pd.DataFrame, method: str) -> Floats:
    """Standard errors by which a method is off in windows that can be held against it.

    Who is chosen for what he bought just before stands out in the last window by construction.
    That undoes the plain change, which counts from it; weighting by that window deals with it,
    so only earlier windows are held against the weights.
    """
    names = [method, "drift", "build-up"] if method == "did" else [method]
    rows = placebos[placebos["method"].isin(names)]
    earlier = rows[rows["window"] <= -2]
    if method == "weighted" and len(earlier):
        rows = earlier
    return np.asarray(rows["z"].dropna(), float)


def passed(placebos: pd.DataFrame, method: str) -> bool:
    """Whether a comparison shows nothing where nothing was sent.

    Args:
        placebos: From ``earlier_windows``.
        method: ``did`` or ``weighted``.
    """
    if _alarm(_telling(placebos, method)):
        return False
    if method == "did":
        return True
    # Weights stand out in the last window: chosen for just that, or growing for long? Only if
    # the gap stood still before it is the first story the likely one.
    rows = placebos[placebos["window"] == -1].set_index("method")
    last = rows.loc[rows.index == "weighted", "z"].to_numpy(float)
    if not _alarm(last, _SUSPECT):
        return True
    past = placebos[placebos["method"].isin(["did", "drift"]) & (placebos["window"] <= -2)]
    return not _alarm(past["z"].dropna().to_numpy(float), _SUSPECT)


def _alarm(z: Floats, chance: float = _ALARM) -> bool:
    """Whether some window stands out; several windows are several chances of a false alarm."""
    from scipy.stats import norm

    return bool(len(z)) and float(np.abs(z).max()) > float(norm.isf(chance / 2 / len(z)))


def widened(placebos: pd.DataFrame) -> float:
    """Factor on the weighted comparison's error that earlier windows ask for, at least 1."""
    z = _telling(placebos, "weighted")
    square = (float((z**2).sum()) + _TRUST) / (len(z) + _TRUST)
    return float(np.sqrt(max(square, 1.0)))


def overlap(weighted: Weighted) -> bool:
    """Whether there are enough others alike to weigh."""
    unlike = float(weighted.balance["after"].abs().max())
    return (
        weighted.beyond <= _MOST_BEYOND
        and weighted.effective >= _LEAST_EFFECTIVE
        and unlike <= _MOST_UNLIKE
    )


def to_believe(estimates: pd.DataFrame) -> tuple[str, float, float]:
    """Method to believe and its interval; of two that pass, the range.

    Differences in differences and weighting by past purchases bracket the truth: one is right
    if the groups differ by habit, the other if they were chosen for the past itself.

    Source:
        Angrist, Pischke (2009), Mostly Harmless Econometrics, section 5.4; Ding, Li (2019),
        Political Analysis 27, 605-615; Daw, Hatfield (2018), Health Services Research 53,
        4138-4156 on matching and regression to the mean.
    """
    rows = estimates.set_index("method")
    if "holdout" in rows.index and rows.loc["holdout", "passed"]:
        return "holdout", float(rows.loc["holdout", "low"]), float(rows.loc["holdout", "high"])
    passed = [m for m in ("did", "weighted") if rows.loc[m, "passed"]]
    if not passed:
        return "", float("nan"), float("nan")
    low, high = float(rows.loc[passed, "low"].min()), float(rows.loc[passed, "high"].max())
    return ("both" if len(passed) == 2 else passed[0]), low, high


def middle(estimates: pd.DataFrame, believed: str) -> float:
    """Estimate of the method to believe; of two, halfway between."""
    if not believed:
        return float("nan")
    names = ["did", "weighted"] if believed == "both" else [believed]
    return float(estimates.set_index("method").loc[names, "estimate"].mean())


def verdict_of(
    believed: str, low: float, high: float, weighted: Weighted, *, together: bool = False
) -> Verdict:
    """What can be said of the interval to believe.

    Args:
        believed: From ``to_believe``, as are the ends of the interval.
        low: Lower end.
        high: Upper end.
        weighted: From ``weigh``.
        together: Whether other messages reached the targeted more often than their like.
    """
    if not believed:
        return "moving apart" if overlap(weighted) else "not comparable"
    if low <= 0 <= high:
        return "no effect"
    if together:
        return "adds together" if low > 0 else "takes together"
    return "adds" if low > 0 else "takes"

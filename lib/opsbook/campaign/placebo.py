"""Dates on which nothing happened: how far is the baseline off there?

The event's window is laid on other dates. What the method is off on them it may be off on the
event, so intervals are widened where these errors are larger than the model says.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.ordinary import Ordinary
from opsbook.campaign.structural import Design, Fitted, left_out

__all__ = ["no_dates", "placebo_dates", "widened"]

Floats = NDArray[np.float64]
_TRIED = ["start", "days", "actual", "baseline", "error", "z"]
_MOST_PLACEBOS = 40
_ORDINARY_SHARE = 0.5
_TRUST = 10.0
"""Placebo dates that the model's own error is worth: fewer dates change it little."""


def no_dates() -> pd.DataFrame:
    """The table of placebo dates without one."""
    return pd.DataFrame(columns=_TRIED)


def placebo_dates(
    y: Floats, ordinary: Ordinary, design: Design, length: int, known: Fitted | None = None
) -> pd.DataFrame:
    """The event's window laid on other dates, where only ordinary days are compared.

    Args:
        y: The series, one element per day.
        ordinary: From ``ordinary_days``.
        design: From ``design_for``.
        length: Days of the window.
        known: ``fitted`` of the series' ordinary days, where it is at hand.

    Returns:
        One row per date, 40 at most: ``start, days, actual, baseline, error`` (relative),
        ``z``.
    """
    keep = ordinary.keep
    step = max(3, (len(y) - length) // 120)
    blocks = []
    for start in range(7, len(y) - length - 7, step):
        days = np.arange(start, start + length)
        inside = days[keep[days]]
        # A window that reaches into the event's own surroundings is not apart from it.
        if ordinary.window[days].any() or len(inside) < _ORDINARY_SHARE * length:
            continue
        blocks.append(inside)
    if len(blocks) > _MOST_PLACEBOS:
        chosen = np.linspace(0, len(blocks) - 1, _MOST_PLACEBOS).round().astype(int)
        blocks = [blocks[i] for i in chosen]
    if not blocks:
        return no_dates()
    actual, told, error = left_out(y, design, keep, blocks, known)
    return pd.DataFrame(
        {
            "start": [ordinary.days[b[0]] for b in blocks],
            "days": [len(b) for b in blocks],
            "actual": actual,
            "baseline": told,
            "error": actual / told - 1,
            "z": (actual - told) / error,
        }
    )


def widened(tried: pd.DataFrame, ordinary: int, length: int) -> float:
    """How much larger errors are on placebo dates than the model says; never smaller.

    Overlapping windows are not so many dates: only as many count as fit side by side.

    Args:
        tried: From ``placebo_dates``.
        ordinary: Ordinary days of the series.
        length: Days of the window.
    """
    if not len(tried):
        return 1.0
    apart = min(len(tried), max(1.0, ordinary / length))
    square = (apart * float((tried["z"] ** 2).mean()) + _TRUST) / (apart + _TRUST)
    return float(np.sqrt(max(square, 1.0)))

"""The made weeks of two drills: days with one that is wrong, steps with one that broke."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.shop.shop import Shop
from opsbook.teach.draws import drawn

__all__ = ["DEVICES", "STEPS", "funnels", "series"]

_WEEKS = 10
DEVICES = ("mobile", "desktop", "tablet")
STEPS = ("view", "cart", "checkout", "pay")
_RATES = (0.62, 0.19, 0.55, 0.82)
"""Share of those at the step before that reach the step; visits come first."""


def series(shop: Shop) -> tuple[pd.DataFrame, date]:
    """Ten weeks of orders a day with one bad day, and that day.

    The weekend is weak, so the bad day (a working day) is neither the lowest nor the one with
    the largest step down: only against its own weekday does it stand out.
    """
    rng = drawn(shop, "K08-anomaly")
    first = date(2026, 3, 2) + timedelta(weeks=int(rng.integers(0, 12)))
    level = float(rng.uniform(400, 900))
    week = np.array([1.0, 1.01, 1.02, 1.03, 1.05, 0.58, 0.52]) * rng.uniform(0.985, 1.015, 7)
    days = np.arange(_WEEKS * 7)
    mean = level * week[days % 7] * (1 + 0.0006 * days)
    bad = int(rng.integers(3, _WEEKS - 2)) * 7 + int(rng.integers(1, 4))
    mean[bad] *= float(rng.uniform(0.72, 0.76))
    orders = np.round(mean * rng.normal(1, 0.018, len(days))).astype(int)
    dates = [first + timedelta(days=int(i)) for i in days]
    return pd.DataFrame({"date": dates, "orders": orders}), dates[bad]


def funnels(shop: Shop) -> tuple[pd.DataFrame, str, str]:
    """A week and what was expected of it, by device and step; device and step that broke."""
    rng = drawn(shop, "K08-fault")
    broken = DEVICES[int(rng.integers(1, 3))]
    place = int(rng.integers(0, 3))
    visits = {"mobile": 52_000, "desktop": 9_000, "tablet": 5_000}
    rows = []
    for device in DEVICES:
        usual = now = visits[device] * float(rng.uniform(0.9, 1.1))
        # Fewer visits on mobile are the season: no step of theirs is worse than it was.
        now *= 0.84 if device == "mobile" else float(rng.uniform(0.97, 1.03))
        rows.append((device, "visit", round(usual), round(now)))
        for i, (step, rate) in enumerate(zip(STEPS, _RATES, strict=True)):
            usual *= rate
            now *= rate * float(rng.normal(1, 0.008))
            if device == broken and i == place:
                now *= 0.58
            rows.append((device, step, round(usual), round(now)))
    frame = pd.DataFrame(rows, columns=["device", "step", "expected", "counted"])
    return frame, broken, STEPS[place]

"""How long deliveries take when some are still open: the product-limit curve and its moments."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["lead_moments", "lead_quantile"]

Floats = NDArray[np.float64]


def _survival(seen: Floats, gone: Floats) -> tuple[Floats, Floats, Floats]:
    """Chance to take longer than each number of days, with hazard and number at risk."""
    left = np.cumsum((seen + gone)[:, ::-1], axis=1)[:, ::-1]
    hazard = np.divide(seen, left, out=np.zeros_like(seen), where=left > 0)
    alive = np.cumprod(1 - hazard, axis=1)
    # Beyond the oldest case nothing is known: what is left is taken to come then (Efron).
    alive[left - seen - gone <= 0] = 0.0
    return alive, hazard, left


def lead_moments(seen: Floats, gone: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean and standard deviation of right-censored whole-day lead times.

    Args:
        seen: Deliveries by supplier (row) and days taken (column, from 0).
        gone: Open orders by supplier and days waited so far.

    Returns:
        Mean, standard deviation, and the sampling variance of each; not a number for a
        supplier that has delivered nothing.

    Example:
        >>> seen = np.array([[0.0, 1, 1, 0, 0]]); gone = np.array([[0.0, 0, 0, 1, 0]])
        >>> [round(float(v[0]), 3) for v in lead_moments(seen, gone)[:2]]
        [2.0, 0.816]
    """
    alive, hazard, left = _survival(seen, gone)
    day = np.arange(seen.shape[1], dtype=float)
    some = seen.sum(axis=1) > 0
    mean = alive.sum(axis=1)
    square = (alive * (2 * day + 1)).sum(axis=1)
    sd = np.sqrt(np.maximum(square - mean**2, 0.0))
    # How both react to a hazard: what lies beyond that day shrinks with it.
    beyond = np.cumsum(alive[:, ::-1], axis=1)[:, ::-1]
    beyond_square = np.cumsum((alive * (2 * day + 1))[:, ::-1], axis=1)[:, ::-1]
    noise = np.divide(hazard, (1 - hazard) * left, out=np.zeros_like(hazard),
                      where=(left > 0) & (hazard < 1))  # fmt: skip
    mean_variance = (beyond**2 * noise).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (beyond_square - 2 * mean[:, None] * beyond) / (2 * sd[:, None])
        sd_variance = np.where(sd > 0, (slope**2 * noise).sum(axis=1), np.nan)
    none = np.where(some, 1.0, np.nan)
    return mean * none, sd * none, mean_variance * none, sd_variance * none


def lead_quantile(seen: Floats, gone: Floats, share: float) -> Floats:
    """Days within which this share of deliveries has come.

    Args:
        seen: As in ``lead_moments``.
        gone: As there.
        share: Share of deliveries, 0 to 1.
    """
    alive, _, _ = _survival(seen, gone)
    days = np.argmax(alive <= 1 - share + 1e-12, axis=1).astype(float)
    return np.where(seen.sum(axis=1) > 0, days, np.nan)

"""Where advertising makes a large part of all orders, walk the curves without approximation.

The fast fit treats lifts as small additions. A shop that lives from one channel is not like
that: there the same likelihood is walked through as it is, on continuous shapes.
"""

import numpy as np
from numpy.typing import NDArray

from opsbook.campaign.adstock import adstock
from opsbook.campaign.media_days import MediaDays
from opsbook.campaign.response_base import Left

__all__ = ["LARGE", "walk"]

Floats = NDArray[np.float64]

LARGE = 1.4
"""Orders over base from which lifts are no small additions."""
_CHAINS, _WARM, _KEEP = 8, 250, 300
_LOW = np.array([np.log(0.25), 0.6, 0.0])
_HIGH = np.array([np.log(4.0), 2.4, 0.9])
"""Bounds of log half saturation over mean spend, slope, and decay."""
_STEP = np.array([0.35, 0.25, 0.12])
_FREEDOM = 3.0


def walk(
    rng: np.random.Generator,
    left: Left,
    data: MediaDays,
    mean: Floats,
    spread: Floats,
    start: tuple[Floats, Floats],
) -> tuple[Floats, Floats]:
    """Metropolis, one channel at a time, several chains side by side.

    Args:
        rng: Source of chance.
        left: What the base leaves.
        data: Daily series.
        mean: Mean spend by channel.
        spread: Scale of the lifts before any data, by channel.
        start: Draws to begin from: lifts by draw and channel, and shapes by draw, channel
            and kind (log half saturation over mean, slope, decay).

    Returns:
        Lifts and shapes as in ``start``, drawn without approximation.
    """
    size = len(mean)
    pick = rng.choice(len(start[0]), _CHAINS, replace=False)
    lift, shape = start[0][pick].copy(), start[1][pick].copy()
    parts = np.stack(
        [lift[:, [c]] * _curves(data.delivered[c], mean[c], shape[:, c]) for c in range(size)]
    )
    now = _score(left, parts.sum(axis=0), lift, spread)
    width = np.maximum(start[0].std(axis=0), 0.02)
    tempo = np.ones(size)
    lifts, shapes = [], []
    for turn in range(_WARM + _KEEP):
        for c in range(size):
            # Shape and size of a curve make up for each other: small steps and large ones.
            k = tempo[c] * rng.choice([0.2, 1.0, 2.0])
            new_lift, new_shape = lift.copy(), shape.copy()
            new_lift[:, c] += k * width[c] * rng.normal(size=_CHAINS)
            new_lift[:, c] *= np.exp(0.3 * k * rng.normal(size=_CHAINS) * (turn % 2))
            jacobian = np.log(np.maximum(np.abs(new_lift[:, c] / lift[:, c]), 1e-9)) * (turn % 2)
            new_shape[:, c] += k * _STEP * rng.normal(size=(_CHAINS, 3))
            fine = ((new_shape[:, c] > _LOW) & (new_shape[:, c] < _HIGH)).all(axis=1)
            safe = np.clip(new_shape[:, c], _LOW, _HIGH)
            part = new_lift[:, [c]] * _curves(data.delivered[c], mean[c], safe)
            total = parts.sum(axis=0) - parts[c] + part
            fine &= total.min(axis=1) > -0.9
            then = _score(left, total, new_lift, spread)
            take = fine & (np.log(rng.random(_CHAINS)) < then - now + jacobian)
            lift[take, c], shape[take, c] = new_lift[take, c], new_shape[take, c]
            parts[c][take], now[take] = part[take], then[take]
            if turn < _WARM:
                tempo[c] = np.clip(tempo[c] * np.exp(0.2 * (take.mean() - 0.25)), 0.02, 3.0)
        if turn >= _WARM:
            lifts.append(lift.copy())
            shapes.append(shape.copy())
    return np.concatenate(lifts), np.concatenate(shapes)


def _score(left: Left, total: Floats, lift: Floats, spread: Floats) -> Floats:
    far = (lift / spread) ** 2
    prior = -0.5 * (_FREEDOM + 1) * np.log1p(far / _FREEDOM).sum(axis=1)
    misfit = left.misfit(np.log(np.maximum(1 + total, 0.05)))
    return np.asarray(prior - 0.5 * misfit, np.float64)


def _curves(money: Floats, mean: float, shape: Floats) -> Floats:
    """Hill curves of adstock, 1 at the mean spend; by chain and day."""
    before = float(money[:28].mean())
    stock = np.stack([adstock(money, float(d), keeps_unit=True, start=before) for d in shape[:, 2]])
    logs = np.log(np.maximum(stock / mean, 1e-3))
    u, slope = shape[:, [0]], shape[:, [1]]
    at_mean = 1 / (1 + np.exp(slope * u))
    return np.asarray(1 / (1 + np.exp(slope * (u - logs))) / at_mean, np.float64)

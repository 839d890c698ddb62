"""How far customer value may be off: from parameters not known exactly, and by chance."""

import numpy as np
import pandas as pd

from opsbook.lifecycle.bg_nbd import Floats
from opsbook.lifecycle.customer_base import CustomerBase, Group
from opsbook.lifecycle.fit import Fit
from opsbook.lifecycle.gamma_gamma import Spend

__all__ = ["chance_variance", "delta_variance", "drawn_spread", "spend_variance"]

_DRAWS = 100
_CELLS = 3_000
"""Cells from which the draws for the total use a coarser grid of times."""


def delta_variance(group: Group, horizon: float, expected: Floats) -> Floats:
    """Variance of log expected purchases, cell by cell, by the delta method."""
    fit: Fit = group.fit
    slopes = []
    for i in range(4):
        step = np.zeros(4)
        step[i] = 1e-3
        up, down = (
            group.moments(horizon, fit.at(logs))[0] for logs in (fit.logs + step, fit.logs - step)
        )
        slopes.append((up - down) / (2e-3 * expected))
    slope = np.array(slopes)
    return np.asarray(np.maximum(np.einsum("ic,ij,jc->c", slope, fit.covariance, slope), 0.0))


def spend_variance(spend: Spend, x: np.ndarray, monetary: Floats) -> Floats:
    """Variance of log expected spend from the parameters' uncertainty, by the delta method."""
    known = (x > 0) & (np.nan_to_num(monetary) > 0)
    n = np.where(known, x, 0)
    total = n * np.where(known, np.nan_to_num(monetary), 0.0)
    below = spend.p * n + spend.q - 1
    slope = np.array(
        [1 - spend.p * n / below, -spend.q / below, spend.v / (spend.v + total)], np.float64
    )
    return np.asarray(np.einsum("ic,ij,jc->c", slope, spend.covariance, slope))


def chance_variance(spend: Spend, x: np.ndarray, each: Floats, ahead: pd.DataFrame) -> Floats:
    """Variance of what a customer will spend: of purchases, of amounts, of the usual amount."""
    shape = spend.p * x + spend.q
    # Below 2 the variance between customers does not exist; 2.05 keeps a wide, finite one.
    square = each**2 * (shape - 1) / np.maximum(shape - 2, 0.05)
    mean, variance = ahead["purchases"].to_numpy(), ahead["variance"].to_numpy()
    return np.asarray(mean * square / spend.p + (variance + mean**2) * square - (mean * each) ** 2)


def drawn_spread(base: CustomerBase, spend: Spend, days: int, rng: np.random.Generator) -> float:
    """Relative standard deviation of the total over draws of all parameters."""
    horizon = base.horizon(days)
    totals = np.zeros(_DRAWS)
    spends = spend.draws(rng, _DRAWS)
    for group in base.groups:
        cells = _sums(base, group)
        f, r, a = (cells[c].to_numpy() for c in ("frequency", "recency", "age"))
        f = f.astype(np.int64)
        known, unknown, sums = (cells[c].to_numpy() for c in ("known", "unknown", "sums"))
        for i, (drawn, money_) in enumerate(zip(group.fit.draws(rng, _DRAWS), spends, strict=True)):
            amount = money_.p * (known * money_.v + f * sums) / (money_.p * f + money_.q - 1)
            totals[i] += drawn.expected(f, r, a, horizon)[0] @ (amount + unknown * money_.mean)
    mean = float(totals.mean())
    return float(totals.std(ddof=1) / mean) if mean > 0 else 0.0


def _sums(base: CustomerBase, group: Group) -> pd.DataFrame:
    """Cells with what their customers spent; a total is linear in it, whatever the draw."""
    monetary = np.nan_to_num(base.histories["monetary"].to_numpy(np.float64)[group.rows])
    known = (monetary > 0).astype(np.float64)
    size = len(group.cells)
    cells = group.cells.assign(
        known=np.bincount(group.cell, known, size),
        unknown=np.bincount(group.cell, 1 - known, size),
        sums=np.bincount(group.cell, monetary * known, size),
    )
    if size <= _CELLS:
        return cells
    step = float(cells["age"].max()) / 60
    keys = [cells["frequency"], *((cells[c] / step).round() for c in ("recency", "age"))]
    weighted = cells.assign(
        **{c: cells[c] * cells["customers"] for c in ("frequency", "recency", "age")}
    )
    found = weighted.groupby(keys).sum()
    for name in ("frequency", "recency", "age"):
        found[name] = found[name] / found["customers"]
    return found.reset_index(drop=True)

"""Weighted least squares with product and week effects on a panel, and without each product.

A panel is a matrix with a row per product (or product and half-year) and a column per week;
weight 0 means that the cell is missing. Products are averaged out, which leaves one small
system with a row per week: exact, and fast where dummies or iterations would not be.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "NotSettled", "flat", "leave_one_out", "solve"]

Floats = NDArray[np.float64]
_RIDGE = 1e-9
"""Added to the week system, which is singular: one week is the base. Moves nothing seen."""


class NotSettled(Exception):
    """The likelihood has no maximum that these data can show."""


def _system(weight: Floats) -> Floats:
    """What is left of the week effects once product effects are taken out."""
    rest: Floats = np.diag(weight.sum(0)) - weight.T @ (weight / weight.sum(1, keepdims=True))
    return rest


def _firm(system: Floats) -> Floats:
    size = len(system)
    firm: Floats = system + _RIDGE * (np.trace(system) / size) * np.eye(size)
    return firm


def flat(values: Floats, weight: Floats) -> Floats:
    """The values less their product and week effects, exactly, under the weights."""
    total = weight.sum(1, keepdims=True)
    values = values - (weight * values).sum(1, keepdims=True) / total
    values = values - np.linalg.solve(_firm(_system(weight)), (weight * values).sum(0))
    rest: Floats = values - (weight * values).sum(1, keepdims=True) / total
    return rest


def solve(x: Floats, z: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares with both effects: coefficients and what they leave.

    Raises:
        NotSettled: The effects explain a regressor, or regressors explain one another.
    """
    flat_x, flat_z = np.array([flat(v, weight) for v in x]), flat(z, weight)
    bread = np.einsum("kit,lit,it->kl", flat_x, flat_x, weight)
    moves = np.sqrt(np.diag(bread) / weight.sum())
    if not np.isfinite(bread).all() or (moves < 1e-5).any() or np.linalg.cond(bread) > 1e10:
        raise NotSettled
    beta = np.linalg.solve(bread, np.einsum("kit,it,it->k", flat_x, flat_z, weight))
    left: Floats = flat_z - np.einsum("k,kit->it", beta, flat_x)
    return beta, left


def leave_one_out(x: Floats, z: Floats, weight: Floats, product: NDArray[np.int64]) -> Floats:
    """Coefficients without each product in turn, week effects fitted anew.

    Everything needed are sums over products, so leaving one out is a subtraction and a
    solve of one small system.

    Args:
        x: Regressors, shape (regressors, rows, weeks).
        z: What they explain.
        weight: Weights; 0 where missing.
        product: Product of each row, in blocks, counted from 0.

    Returns:
        One row per product, one column per regressor.

    Raises:
        NotSettled: Without one product a regressor no longer moves.
    """
    total = weight.sum(1, keepdims=True)
    parts = np.concatenate([x, z[None]])
    parts = parts - ((weight * parts).sum(2) / total[:, 0])[:, :, None]
    by_week = weight * parts
    cross = np.einsum("kit,lit->ikl", by_week, parts)
    weeks, all_cross, system = by_week.sum(1), cross.sum(0), _system(weight)
    found = []
    for rows in np.split(np.arange(len(z)), np.flatnonzero(np.diff(product)) + 1):
        u = weeks - by_week[:, rows].sum(1)
        less = _firm(system - _system(weight[rows]))
        full = all_cross - cross[rows].sum(0) - u @ np.linalg.solve(less, u.T)
        try:
            found.append(np.linalg.solve(full[:-1, :-1], full[:-1, -1]))
        except np.linalg.LinAlgError:
            raise NotSettled from None  # one product alone moves a regressor
    return np.array(found)

"""Like compared with like: who was chosen by what, and weights that make others resemble them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell
from opsbook.language import N_

__all__ = ["Weighted", "doubly_robust", "standardised", "weigh"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
MOST_LIKELY = 0.97
"""Chance to be chosen above which there is hardly anybody alike who was not."""
_RIDGE = 1e-3


@dataclass(frozen=True)
class Weighted:
    """Chances to be chosen, and weights of those who were not.

    Args:
        chance: Chance by customer, given what was known before.
        use: Customers with comparable ones on the other side.
        weight: Weight by customer: 1 for the chosen, odds of the chance for the others.
        balance: One row per feature: ``feature, targeted, others`` (means), ``before, after``
            (standardised differences without and with weights).
        effective: How many equally weighted others the weights are worth.
        beyond: Share of the chosen with nobody comparable.
        matrix: Features with an intercept, standardised.
    """

    chance: Floats
    use: Mask
    weight: Floats
    balance: pd.DataFrame
    effective: float
    beyond: float
    matrix: Floats


def weigh(features: pd.DataFrame, chosen: Mask) -> Weighted:
    """Estimate who would be chosen, and weigh the others by their odds.

    Args:
        features: One row per customer, what was known before; no missing values.
        chosen: Who was.

    Raises:
        CannotTell: Fewer than 30 on a side.

    Source:
        Rosenbaum, Rubin (1983), Biometrika 70, 41-55; odds weights for the effect on the
        chosen: Hirano, Imbens (2001); standardised differences: Austin (2009), Statistics in
        Medicine 28, 3083-3107.
    """
    if min(int(chosen.sum()), int((~chosen).sum())) < 30:
        raise CannotTell(
            N_("targeted {chosen} customers and {others} others: 30 are needed on each side"),
            chosen=int(chosen.sum()),
            others=int((~chosen).sum()),
        )
    values = features.to_numpy(float)
    spread = values.std(axis=0)
    moving = spread > 1e-12
    scaled = (values[:, moving] - values[:, moving].mean(axis=0)) / spread[moving]
    # A curve per feature: choice by spend is rarely a straight line in it.
    curved = np.minimum(scaled, 4.0) ** 2
    curved = (curved - curved.mean(axis=0)) / np.maximum(curved.std(axis=0), 1e-9)
    matrix = np.column_stack([np.ones(len(values)), scaled, curved])
    matrix = matrix[:, _apart(matrix)]
    chance = _logistic(matrix, chosen.astype(float))
    use = chance <= MOST_LIKELY
    beyond = float((~use & chosen).sum() / chosen.sum())
    weight = np.where(chosen, 1.0, chance / (1 - np.minimum(chance, 1 - 1e-9)))
    weight = np.where(use, weight, 0.0)
    other = weight[~chosen]
    effective = float(other.sum() ** 2 / max((other**2).sum(), 1e-12))
    rows = [
        (
            name,
            float(v[chosen].mean()),
            float(v[~chosen].mean()),
            standardised(v, chosen, np.ones(len(v))),
            standardised(v, chosen, weight),
        )
        for name, v in ((str(c), features[c].to_numpy(float)) for c in features.columns)
    ]
    balance = pd.DataFrame(rows, columns=["feature", "targeted", "others", "before", "after"])
    return Weighted(chance, use, weight, balance, effective, beyond, matrix)


def standardised(value: Floats, chosen: Mask, weight: Floats) -> float:
    """Difference of means in units of the spread of both groups unweighted.

    Example:
        >>> v = np.array([1.0, 3.0, 0.0, 2.0])
        >>> standardised(v, np.array([True, True, False, False]), np.ones(4))
        1.0
    """
    spread = float(np.sqrt((value[chosen].var() + value[~chosen].var()) / 2))
    if spread < 1e-12 or weight[chosen].sum() <= 0 or weight[~chosen].sum() <= 0:
        return 0.0
    means = [float(np.average(value[side], weights=weight[side])) for side in (chosen, ~chosen)]
    return (means[0] - means[1]) / spread


def doubly_robust(
    change: Floats, chosen: Mask, weighted: Weighted, *, few: bool = False
) -> tuple[float, float]:
    """Change of the chosen beyond that of comparable others, right if either model is.

    Args:
        change: Outcome during minus before, by customer.
        chosen: Who was targeted.
        weighted: From ``weigh``.
        few: Whether the others are few for the line drawn through them: each is then taken to
            be as far off as if it had not been fitted.

    Returns:
        Effect on the chosen and its standard error, customers being independent.

    Source:
        Sant'Anna, Zhao (2020), Doubly robust difference-in-differences estimators, Journal of
        Econometrics 219, 101-122: the panel estimator and its influence function. ``few``:
        MacKinnon, White (1985), Journal of Econometrics 29, 305-325 (HC3).
    """
    use = weighted.use
    y, x = change[use], weighted.matrix[use]
    d, p = chosen[use].astype(float), np.minimum(weighted.chance[use], MOST_LIKELY)
    n, w1 = len(y), chosen[use].astype(float)
    w0 = p * (1 - d) / (1 - p)
    ridge = _RIDGE / n * np.eye(x.shape[1])
    inverse = np.linalg.inv((x * (1 - d)[:, None]).T @ x / n + ridge)
    rest = y - x @ (inverse @ (x.T @ ((1 - d) * y) / n))
    m1, m0 = w1.mean(), w0.mean()
    treated, others = float((w1 * rest).mean() / m1), float((w0 * rest).mean() / m0)
    apart = rest
    if few:
        hat = np.einsum("ij,jk,ik->i", x, inverse, x) / n * (1 - d)
        apart = rest / np.maximum(1 - hat, 0.1)
    by_outcome = ((1 - d) * apart)[:, None] * x @ inverse
    hessian = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x / n + ridge)
    by_chance = (d - p)[:, None] * x @ hessian
    first = w1 * (rest - treated) - by_outcome @ (w1[:, None] * x).mean(axis=0)
    second = w0 * (apart - others)
    second = second + by_chance @ ((w0 * (rest - others))[:, None] * x).mean(axis=0)
    second = second - by_outcome @ (w0[:, None] * x).mean(axis=0)
    influence = first / m1 - second / m0
    return treated - others, float(influence.std() / np.sqrt(n))


def _apart(matrix: Floats) -> list[int]:
    """Columns that are not mixes of those before them."""
    kept: list[int] = []
    basis = np.empty((len(matrix), 0))
    for k in range(matrix.shape[1]):
        column = matrix[:, k]
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > 1e-4 * max(float(np.linalg.norm(column)), 1e-12):
            kept.append(k)
            basis = np.column_stack([basis, rest / size])
    return kept


def _logistic(x: Floats, y: Floats, steps: int = 40) -> Floats:
    """Chances by Newton's method with a little ridge, so that perfect separation ends too."""
    beta = np.zeros(x.shape[1])
    share = float(y.mean())
    beta[0] = np.log(share / (1 - share))
    ridge = np.full(x.shape[1], 0.3)
    ridge[0] = 1e-6
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (y - p) - ridge * beta
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        step *= min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-12))
        beta = beta + step
        if float(np.abs(step).max()) < 1e-7:
            break
    found: Floats = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
    return found

"""Finding a maximum of likelihood from several starts, and making sure that it is one."""

from collections.abc import Callable

import numpy as np

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.lifecycle.bg_nbd import Floats
from opsbook.lifecycle.one_thread import one_thread

__all__ = ["FLAT", "HIGH", "LOW", "maximise"]

LOW, HIGH = -9.0, 11.0
"""Bounds of log parameters; one that ends there has no finite estimate."""
FLAT = 1e-8
"""Slope per customer below which a maximum is reached."""


def maximise(
    cost: Callable[[Floats], tuple[float, Floats]],
    starts: list[Floats],
    *,
    names: tuple[str, ...],
    search: bool = True,
) -> tuple[Floats, Floats, float, int, tuple[str, ...]]:
    """Minimise a cost from several starting points and check that it is a minimum.

    Args:
        cost: Value and gradient per observation at given log parameters.
        starts: Where to begin.
        names: Names of the parameters, for messages.
        search: Whether the starts are far from the minimum; False to polish only.

    Returns:
        Log parameters, inverse of the Hessian (zero rows for parameters at a bound),
        largest derivative left, how many starts agree, names of parameters at a bound.

    Raises:
        CannotTell: No start converged.
    """
    from scipy.optimize import minimize

    bounds = [(LOW, HIGH)] * len(names)
    options = {"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9}
    values, points = [], starts
    if search:
        with one_thread():
            runs = [
                minimize(cost, s, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
                for s in starts
            ]
        finite = [run for run in runs if np.isfinite(run.fun)]
        if not finite:
            raise CannotTell(N_("the model's likelihood cannot be computed on these histories"))
        finite.sort(key=lambda run: float(run.fun))
        values, points = [float(run.fun) for run in finite], [run.x for run in finite]
    logs = np.asarray(points[0], np.float64)
    inside = (logs > LOW + 0.05) & (logs < HIGH - 0.05)
    # Newton's steps: L-BFGS stops at six digits, and the Hessian is needed anyway.
    for _ in range(8):
        value, gradient = cost(logs)
        if not inside.any() or np.abs(gradient[inside]).max() < FLAT:
            break
        curve = _hessian(cost, logs)[np.ix_(inside, inside)]
        if np.linalg.eigvalsh(curve).min() <= 0:
            break
        step = np.zeros(len(logs))
        step[inside] = np.linalg.solve(curve, gradient[inside])
        trial = np.clip(logs - step, LOW, HIGH)
        if not cost(trial)[0] <= value:
            break
        logs = trial
    value, gradient = cost(logs)
    slope = float(np.abs(gradient[inside]).max()) if inside.any() else 0.0
    curve = _hessian(cost, logs)[np.ix_(inside, inside)]
    if slope > 1e-5 or (inside.any() and np.linalg.eigvalsh(curve).min() <= 1e-12):
        raise CannotTell(
            N_(
                "the model of repeat buying did not converge on these histories "
                "(slope {slope}); more customers or a longer time may help"
            ),
            slope=f"{slope:.1e}",
        )
    inverse = np.zeros((len(names), len(names)))
    inverse[np.ix_(inside, inside)] = np.linalg.inv(curve)
    agreeing = sum(abs(v - value) < 1e-6 for v in values) if search else 1
    edge = tuple(n for n, free in zip(names, inside, strict=True) if not free)
    return logs, inverse, slope, agreeing, edge


def _hessian(cost: Callable[[Floats], tuple[float, Floats]], logs: Floats) -> Floats:
    """Second derivatives by central differences of the exact gradient."""
    step = 1e-4
    rows = [
        (cost(logs + step * unit)[1] - cost(logs - step * unit)[1]) / (2 * step)
        for unit in np.eye(len(logs))
    ]
    hessian = np.array(rows)
    return np.asarray((hessian + hessian.T) / 2)

"""Fitting a model of repeat buying by maximum likelihood, and how sure the result is."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, t
from opsbook.lifecycle.bg_nbd import Floats, Ints, Kind, Parameters, at_risk
from opsbook.lifecycle.bg_nbd_likelihood import Cells, log_likelihood
from opsbook.lifecycle.maximum import FLAT, HIGH, LOW, maximise

__all__ = ["Fit", "cells_of", "fit_purchases"]

_STARTS = ((0.3, 0.3, 0.8, 2.5), (1.0, 1.0, 0.3, 3.0), (0.1, 0.1, 1.5, 1.5), (3.0, 1.0, 0.1, 5.0))
"""r, alpha as a share of the mean age, a, b."""
_NAMES = ("r", "alpha", "a", "b")
_MANY = 20_000
"""Cells from which starting points are tried on a coarser grid first."""


@dataclass(frozen=True)
class Fit:
    """Parameters of a customer base with their uncertainty.

    Args:
        parameters: The estimates.
        covariance: Covariance of the logarithms of r, alpha, a, b (inverse of the negative
            Hessian); zero for a parameter at the edge.
        log_likelihood: At the maximum.
        customers: Customers fitted.
        repeaters: Those with a repeat purchase.
        purchases: Repeat purchases.
        slope: Largest derivative left at the maximum, per customer: 0 when converged.
        agreeing: How many starting points of those tried led to this maximum.
        starts: Starting points tried.
        edge: Names of parameters that ran to a bound: their distribution has no spread or
            no finite estimate, and no interval.
        other: Log-likelihood of the other kind of model on the same data; None if not tried.
    """

    parameters: Parameters
    covariance: Floats
    log_likelihood: float
    customers: int
    repeaters: int
    purchases: int
    slope: float
    agreeing: int
    starts: int
    edge: tuple[str, ...] = ()
    other: float | None = None

    @property
    def logs(self) -> Floats:
        """Logarithms of r, alpha, a, b."""
        p = self.parameters
        return np.log(np.array([p.r, p.alpha, p.a, p.b]))

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval of ``r``, ``alpha``, ``a`` or ``b`` (normal on the log scale).

        Raises:
            ParameterError: Another name.
        """
        from scipy.stats import norm

        if name not in _NAMES:
            raise ParameterError(N_('"{value}" is no parameter; use r, alpha, a or b'), value=name)
        i = _NAMES.index(name)
        half = float(norm.ppf(0.5 + level / 2)) * float(np.sqrt(self.covariance[i, i]))
        return float(np.exp(self.logs[i] - half)), float(np.exp(self.logs[i] + half))

    def draws(self, rng: np.random.Generator, size: int) -> list[Parameters]:
        """Parameters as they might also be: normal draws on the log scale."""
        drawn = rng.multivariate_normal(self.logs, self.covariance, size, method="eigh")
        # A far draw of a nearly flat direction must not overflow what is computed from it. It
        # is drawn back as a whole: one parameter alone would leave the ridge.
        steps = drawn - self.logs
        room = np.where(steps > 0, HIGH - self.logs, self.logs - LOW)
        share = np.min(room / np.maximum(np.abs(steps), 1e-12), axis=1).clip(0.0, 1.0)
        return [self.at(row) for row in self.logs + share[:, None] * steps]

    def at(self, logs: Floats) -> Parameters:
        """Other parameters of the same model, from logarithms of r, alpha, a, b."""
        return Parameters.of_logs(self.parameters.kind, logs, self.parameters.dead_time)

    def words(self) -> str:
        """Model, parameters and how well they are known, in one or two sentences."""
        p = self.parameters
        text = t(
            "{model} on {n} customers, {repeaters} of them repeaters: "
            "r {r}, alpha {alpha}, a {a}, b {b}",
            model=p.kind,
            n=count(self.customers),
            repeaters=count(self.repeaters),
            r=count(p.r, 3),
            alpha=count(p.alpha, 2),
            a=count(p.a, 3),
            b=count(p.b, 2),
        )
        if self.edge:
            text += t(
                "; {names} ran to the edge of what is plausible: the data hardly show how "
                "customers differ there",
                names=", ".join(self.edge),
            )
        return text + "."


def cells_of(histories: pd.DataFrame) -> pd.DataFrame:
    """Count customers with equal histories.

    Args:
        histories: One row per customer with ``frequency, recency, age``.

    Returns:
        One row per distinct history with ``customers``, in order.
    """
    keys = ["frequency", "recency", "age"]
    return histories.groupby(keys).size().rename("customers").reset_index()


def fit_purchases(
    cells: pd.DataFrame, model: Kind | Literal["best"] = "BG/NBD", *, dead_time: float = 0.0
) -> Fit:
    """Fit a model of repeat buying by maximum likelihood.

    Args:
        cells: ``frequency, recency, age`` (one unit of time) and ``customers``; from
            ``history_cells`` or ``cells_of``.
        model: ``BG/NBD``, ``MBG/NBD``, or ``best``: the likelier of the two, which have the
            same number of parameters.
        dead_time: Units of time after a purchase in which another one would not be counted:
            half a day where purchases of a day are merged. 0 takes them for moments, as
            published fits do.

    Raises:
        CannotTell: Fewer than two customers, no repeat buyer, no time between purchases,
            or no maximum was found.
        ParameterError: Another model, or columns that contradict each other.
    """
    if model not in ("BG/NBD", "MBG/NBD", "best"):
        raise ParameterError(
            N_('model "{value}" is not known; use BG/NBD, MBG/NBD or best'), value=model
        )
    _check(cells)
    if model != "best":
        return _fit(cells, model, dead_time)
    kinds: tuple[Kind, Kind] = ("BG/NBD", "MBG/NBD")
    both = sorted((_fit(cells, k, dead_time) for k in kinds), key=lambda f: -f.log_likelihood)
    best = both[0]
    return Fit(**{**best.__dict__, "other": both[1].log_likelihood})


def _check(cells: pd.DataFrame) -> None:
    customers = int(cells["customers"].sum())
    if customers < 2:
        raise CannotTell(N_("one customer tells nothing about how customers differ"))
    wrong = (cells["recency"] > cells["age"] + 1e-9) | (cells["frequency"] < 0)
    if wrong.any() or (cells["recency"] < 0).any():
        raise ParameterError(
            N_(
                "histories contradict themselves: recency must lie between 0 and age, and "
                "frequency must not be negative; {n} rows do not"
            ),
            n=int(wrong.sum()) or int((cells["recency"] < 0).sum()),
        )
    if not (cells["frequency"] > 0).any():
        raise CannotTell(
            N_("none of {n} customers has bought on a second day, so repeat buying is unknown"),
            n=count(customers),
        )
    if not (cells["age"] > 0).any():
        raise CannotTell(N_("all purchases fall on one day; repeat buying needs time to show"))


def _fit(cells: pd.DataFrame, kind: Kind, dead_time: float) -> Fit:
    frequency = cells["frequency"].to_numpy(np.int64)
    recency, age, weight = (cells[c].to_numpy(np.float64) for c in ("recency", "age", "customers"))
    customers = weight.sum()
    recency, age = at_risk(frequency, recency, age, dead_time)
    # In units of the mean age every base looks alike to the search.
    unit = float(weight @ age / customers)

    scaled = Cells.of(frequency, recency / unit, age / unit, weight)

    def cost(logs: Floats) -> tuple[float, Floats]:
        value, slope = log_likelihood(kind, logs, scaled)
        return -value / customers, -slope / customers

    starts = [np.log(np.array(s)) for s in _STARTS]
    if len(cells) <= _MANY:
        logs, hessian, slope, agreeing, edge = maximise(cost, starts, names=_NAMES)
    else:
        # Every start on a coarse grid of times, then on the true times from there.
        rough = Cells.of(*_coarse(frequency, recency / unit, age / unit, weight))

        def rough_cost(logs: Floats) -> tuple[float, Floats]:
            value, slope = log_likelihood(kind, logs, rough)
            return -value / customers, -slope / customers

        found, near, _, agreeing, _ = maximise(rough_cost, starts, names=_NAMES)
        for _ in range(6):
            slopes = cost(found)[1]
            if np.abs(slopes).max() < FLAT:
                break
            found = np.clip(found - near @ slopes, LOW, HIGH)
        logs, hessian, slope, _, edge = maximise(cost, [found], names=_NAMES, search=False)
    shift = np.array([0.0, np.log(unit), 0.0, 0.0])
    # The density of times carries the unit; without this the value depends on the scaling.
    value, _ = log_likelihood(kind, logs + shift, Cells.of(frequency, recency, age, weight))
    return Fit(
        Parameters.of_logs(kind, logs + shift, dead_time),
        hessian / customers,
        value,
        int(customers),
        int(weight[frequency > 0].sum()),
        int(weight @ frequency),
        slope,
        int(agreeing),
        len(_STARTS),
        edge,
    )


def _coarse(
    frequency: Ints, recency: Floats, age: Floats, weight: Floats
) -> tuple[Ints, Floats, Floats, Floats]:
    """Histories merged on a grid of 50 steps of age."""
    step = float(age.max()) / 50
    keys = np.column_stack([frequency, np.round(recency / step), np.round(age / step)])
    code = (keys.astype(np.int64) * np.array([1_000_000, 1_000, 1])).sum(axis=1)
    _, where, cell = np.unique(code, return_index=True, return_inverse=True)
    size = np.asarray(np.bincount(cell, weight), np.float64)
    merged = [np.asarray(np.bincount(cell, weight * v) / size) for v in (recency, age)]
    return frequency[where], merged[0], merged[1], size

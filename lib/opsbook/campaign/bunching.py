"""Baskets that stop short of a discount step or are topped up to reach it: how many, how far."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from opsbook.campaign.threshold_baskets import Baskets, classes, nice_below
from opsbook.common.discount_rules import steps_of
from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["ASSUMED", "REACH", "Response", "RuleFit", "assumed_response", "topping_up"]

Floats = NDArray[np.float64]

REACH = 0.20
"""How far below a step a basket is in reach, as in ``traffic.threshold_gap``."""
ASSUMED = 0.20
"""Share topped up where no rule ever ran; the interval is half of it to half as much again."""
_LEAST_ORDERS = 300
_CLASSES = 14.0
"""Classes up to the median basket: few enough for counts, many enough to see a step."""


@dataclass(frozen=True)
class RuleFit:
    """Baskets under one rule, in classes.

    Args:
        rule: The rule.
        edges: Lower ends of the classes, money.
        seen: Orders by class.
        without: Orders by class that would be there if nobody topped up.
        fitted: Orders by class that the model expects.
    """

    rule: str
    edges: Floats
    seen: Floats
    without: Floats
    fitted: Floats


@dataclass(frozen=True)
class Response:
    """How customers answer a step.

    Args:
        share: Share of the baskets in reach that are topped up.
        low: Lower end of its interval.
        high: Upper end.
        over: Money by which a topped-up basket passes the step.
        reach: How far below a step a basket is in reach, fraction.
        draws: Sampled ``share`` and ``over``, one row each.
        fits: One per rule; empty where nothing was estimated.
        orders: Orders under a rule behind it.
        basis: ``estimated`` or ``assumed``.
        level: Confidence of the interval.
    """

    share: float
    low: float
    high: float
    over: float
    reach: float
    draws: Floats
    fits: tuple[RuleFit, ...]
    orders: int
    basis: Literal["estimated", "assumed"]
    level: float


def assumed_response(
    share: float = ASSUMED, *, over: float, reach: float = REACH, level: float = 0.95, seed: int = 0
) -> Response:
    """A response that nobody measured, with a wide interval.

    Args:
        share: Share topped up, 0 to 0.9.
        over: Money by which a basket passes the step.
        reach: Fraction of a step below it.
        level: Confidence shown.
        seed: Of the draws.

    Raises:
        ParameterError: The share is out of range.
    """
    if not 0 <= share <= 0.9:
        raise ParameterError(
            N_("{name} {value} is out of range; use {low} to {high}"),
            name="top_up", value=share, low=0, high=0.9,
        )  # fmt: skip
    low, high = 0.5 * share, min(1.5 * share, 1.0)
    rng = np.random.default_rng(seed)
    draws = np.column_stack([rng.uniform(low, high, 400), np.full(400, over)])
    return Response(share, low, high, over, reach, draws, (), 0, "assumed", level)


def topping_up(
    found: Baskets, *, reach: float = REACH, level: float = 0.95, draws: int = 400, seed: int = 0
) -> Response | None:
    """Estimate the share of baskets in reach of a step that are topped up.

    Baskets without a rule show how sizes are spread by themselves; a smooth tilt lets the
    days of the sale have larger or smaller baskets throughout. What is missing just below
    the steps and too many just above is topping up: one share and one overshoot for all
    rules, by maximum likelihood of Poisson counts. The interval is from the information of
    the fit, widened for the counts without a rule, which are a sample too.

    Args:
        found: From ``rule_baskets``.
        reach: How far below a step a basket is in reach, fraction of it, 0.05 to 0.5.
        level: Confidence of the interval.
        draws: Samples, for what is computed from them.
        seed: Of the samples.

    Returns:
        None where fewer than 300 orders were placed under a rule.

    Raises:
        ParameterError: ``reach`` is out of range.

    Source:
        Bunching: Saez (2010), American Economic Journal: Economic Policy 2, 180-212; Chetty
        and others (2011), Quarterly Journal of Economics 126, 749-804. Here the counterfactual
        is the baskets without a rule and not a polynomial.
    """
    if not 0.05 <= reach <= 0.5:
        raise ParameterError(
            N_("{name} {value} is out of range; use {low} to {high}"),
            name="reach", value=reach, low=0.05, high=0.5,
        )  # fmt: skip
    parts = _parts(found, reach)
    total = int(sum(p.seen.sum() for p in parts))
    if total < _LEAST_ORDERS:
        return None
    best = _fit(parts)
    share, over = _read(best)
    drawn = _spread(parts, best, draws, np.random.default_rng(seed))
    tail = (1 - level) / 2
    low, high = (float(np.quantile(drawn[:, 0], q)) for q in (tail, 1 - tail))
    fits = []
    for k, p in enumerate(parts):
        without = _tilted(p.control, p.z, best[2 + 2 * k : 4 + 2 * k], p.seen.sum())
        fits.append(RuleFit(p.rule, p.edges, p.seen, without, _moved(without, p, share, over)))
    return Response(share, low, high, over, reach, drawn, tuple(fits), total, "estimated", level)


@dataclass(frozen=True)
class _Part:
    rule: str
    edges: Floats
    seen: Floats
    control: Floats
    z: Floats
    zone: NDArray[np.int64]
    steps: Floats


def _parts(found: Baskets, reach: float) -> list[_Part]:
    parts = []
    free = found.of("")
    count = free["n"].cumsum() / free["n"].sum()
    middle = float(free.index[int(np.searchsorted(count.to_numpy(), 0.5))]) * found.width
    wide = max(nice_below(max(middle, found.width) / _CLASSES), found.width)
    for rule in found.rules:
        steps = np.array([at for at, _ in steps_of(rule)])
        top = max(float(free.index[int(np.searchsorted(count.to_numpy(), 0.995))]) * found.width,
                  1.5 * float(steps[-1]))  # fmt: skip
        size = int(top / found.width) + 1
        # A class that straddles a step would hide it: the step is an edge, and no other is near.
        firm = np.concatenate([steps, (1 - reach) * steps])
        marks = np.arange(0, top, wide)
        marks = marks[np.abs(marks[:, None] - firm[None, :]).min(axis=1) >= 0.5 * wide]
        marks = np.concatenate([[0.0], marks, firm])
        at = np.unique(np.rint(marks / found.width).astype(np.int64))
        at = at[at < size]
        seen = np.add.reduceat(classes(found.of(rule), size), at)
        control = np.add.reduceat(classes(free, size), at)
        edges = np.asarray(at * found.width, np.float64)
        centre = np.log(np.maximum(edges + wide / 2, wide / 2))
        weight = control / control.sum()
        mean = float((weight * centre).sum())
        sd = float(np.sqrt((weight * (centre - mean) ** 2).sum()))
        parts.append(
            _Part(rule, edges, seen, control, (centre - mean) / max(sd, 1e-9),
                  _zone(edges, steps, reach), steps)
        )  # fmt: skip
    return parts


def _zone(edges: Floats, steps: Floats, reach: float) -> NDArray[np.int64]:
    """Number of the step in reach of each class, -1 for none."""
    following = np.searchsorted(steps, edges, side="right")
    at = steps[np.minimum(following, len(steps) - 1)]
    near = (following < len(steps)) & (edges >= (1 - reach) * at - 0.51)
    return np.where(near, following, -1)


def _tilted(control: Floats, z: Floats, tilt: Floats, total: float) -> Floats:
    rate = control * np.exp(np.clip(tilt[0] * z + tilt[1] * z**2, -20, 20))
    return np.asarray(rate * total / max(rate.sum(), 1e-12), np.float64)


def _moved(without: Floats, part: _Part, share: float, over: float) -> Floats:
    """Counts after topping up: taken from below the steps, laid exponentially beyond them."""
    out = np.where(part.zone >= 0, (1 - share) * without, without)
    for number, step in enumerate(part.steps):
        mass = share * float(without[part.zone == number].sum())
        beyond = np.where(part.edges >= step - 0.51, np.exp(-(part.edges - step) / over), 0.0)
        spread = beyond - np.append(beyond[1:], 0.0)
        out = out + mass * np.where(part.edges >= step - 0.51, spread, 0.0)
    return np.asarray(out, np.float64)


def _read(x: Floats) -> tuple[float, float]:
    return float(1 / (1 + np.exp(-x[0]))), float(np.exp(x[1]))


def _means(parts: list[_Part], x: Floats) -> Floats:
    """Expected counts of all rules, one after another."""
    share, over = _read(x)
    return np.concatenate(
        [
            _moved(
                _tilted(p.control + 0.1, p.z, x[2 + 2 * k : 4 + 2 * k], p.seen.sum()),
                p, share, over,
            )
            for k, p in enumerate(parts)
        ]
    )  # fmt: skip


def _fit(parts: list[_Part]) -> Floats:
    from scipy.optimize import minimize

    scale = float(np.median([p.steps[0] for p in parts]))
    start = np.zeros(2 + 2 * len(parts))
    start[:2] = np.log(0.25 / 0.75), np.log(0.1 * scale)
    seen = np.concatenate([p.seen for p in parts])

    def miss(x: Floats) -> float:
        mean = np.maximum(_means(parts, x), 1e-9)
        # Weak bounds on what cannot be seen: an overshoot of nothing, or of a whole basket.
        weak = 0.5 * (x[1] - np.log(0.1 * scale)) ** 2 + 0.5 * (x[0] / 3) ** 2
        return float((mean - seen * np.log(mean)).sum()) + weak

    found = minimize(miss, start, method="L-BFGS-B")
    return np.asarray(found.x, np.float64)


def _spread(parts: list[_Part], best: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Samples of share and overshoot around the fit."""
    middle = np.maximum(_means(parts, best), 1e-9)
    more = np.concatenate(
        [np.full(len(p.seen), p.seen.sum() / max(p.control.sum(), 1.0)) for p in parts]
    )
    slopes = []
    for k in range(len(best)):
        step = np.zeros(len(best))
        step[k] = 1e-4
        slopes.append((_means(parts, best + step) - _means(parts, best - step)) / 2e-4)
    jacobian = np.array(slopes)
    seen = np.concatenate([p.seen for p in parts])
    variance = middle * (1 + more)
    # Prices cluster, so neighbouring classes scatter more than counts of luck alone.
    told = middle > 3
    free = max(int(told.sum()) - len(best), 1)
    restless = float(((seen - middle)[told] ** 2 / variance[told]).sum()) / free
    weight = 1 / (variance * max(restless, 1.0))
    prior = np.zeros(len(best))
    prior[:2] = 1 / 9, 1.0
    # A tilt that hardly matters must not make the information singular.
    information = (jacobian * weight) @ jacobian.T + np.diag(prior + 1e-6)
    off = rng.multivariate_normal(0 * best, np.linalg.inv(information), size=draws // 2)
    # In pairs, so that the samples lie around the estimate.
    sample = best + np.concatenate([off, -off])
    return np.column_stack([1 / (1 + np.exp(-sample[:, 0])), np.exp(sample[:, 1])])

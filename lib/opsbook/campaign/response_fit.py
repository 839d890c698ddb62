"""Fit effect, carry-over and saturation of every channel at once, with what is not known.

Shapes are tried on a grid; given the shapes of all channels the lifts are a linear
regression that is solved and not searched. A Gibbs sampler walks through the shapes. Priors
are weak and no sign is forced on a lift: a channel may turn out to do nothing.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from opsbook.campaign.adstock import adstock
from opsbook.campaign.media_days import MediaDays
from opsbook.campaign.response_base import Left, left_to_explain
from opsbook.campaign.response_exact import LARGE, walk

__all__ = ["DECAYS", "HALVES", "SLOPES", "Draws", "fit_response", "lift_scale"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DECAYS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.87)
"""Shares still at work a day later that are tried: no carry-over to a half-life of 5 days."""
HALVES = (0.25, 0.4, 0.63, 1.0, 1.6, 2.5, 4.0)
"""Half saturation in multiples of the mean spend."""
SLOPES = (0.7, 1.1, 1.6, 2.3)
"""Slopes of the Hill curve, from an early bend to an S."""
_CHAINS, _WARM, _KEEP = 4, 50, 500
_FLOOR = 1e-3
"""Least adstock, as a share of the mean: a curve has no logarithm at nothing."""
_LEAST_SPREAD = 0.05
_SHARED = (1.0, 0.5)
"""Inverse gamma of the squared factor: its median is 0.85, and three times as much no rarity."""
_TAIL = 3.0
"""Degrees of freedom of each channel's own factor (Student's t): one may be unlike the rest."""


@dataclass(frozen=True)
class Draws:
    """Curves that agree with the data, drawn as often as they do.

    Args:
        lift: Lift of orders at the mean spend, fraction of the base, by draw and channel.
        half: Half saturation, money a day, by draw and channel.
        slope: Slope, by draw and channel.
        decay: Share of adstock left a day later, by draw and channel.
        mean: Mean spend a day by channel, at which ``lift`` holds.
        expected: Orders expected by day, all advertising as it was.
        dispersion: Variance of orders over that of pure chance, at least 1.
        weekly: Standard deviation of what whole weeks share, log points.
        mixed: Largest R-hat of the lifts over the chains; near 1 if they agree.
    """

    lift: Floats
    half: Floats
    slope: Floats
    decay: Floats
    mean: Floats
    expected: Floats
    dispersion: float
    weekly: float
    mixed: float


def lift_scale(credited: Floats) -> Floats:
    """Scale of the lifts before any data: what last click credits, at least a twentieth.

    Lifts are centred on nothing, with this scale times a factor that the data choose. The
    channels share it up to outliers: where most do little, one that seems to do much is doubted.

    Args:
        credited: Share of orders credited to each channel.
    """
    odds = credited / (1 - np.minimum(credited, 0.95))
    # Where most orders are credited, a small error of credit is a large one of the base.
    return np.asarray(np.maximum(odds * (1 + odds), _LEAST_SPREAD), np.float64)


def fit_response(data: MediaDays, *, seed: int = 1) -> Draws:
    """Draw response curves from their joint distribution given the data.

    Args:
        data: From ``media_days``.
        seed: Of the sampler; the same seed gives the same draws.

    Source:
        Jin, Wang, Sun, Chan, Koehler (2017), Bayesian Methods for Media Mix Modeling with
        Carryover and Shape Effects, Google.
    """
    rng = np.random.default_rng(seed)
    curves, mean = _curves(data)
    middle = len(curves[0]) // 2
    lifted = np.ones(len(data.days))
    left = left_to_explain(data, np.stack([c[middle] for c in curves]))
    spread = lift_scale(data.credited)
    for _ in range(3):
        # The working model is exact at the fit it is made at; so a quick fit comes first.
        shapes, lifts, _ = _gibbs(rng, left, curves, lifted, spread, chains=1, keep=150)
        before, lifted = lifted, np.maximum(_mean_lifted(curves, shapes, lifts), 0.2)
        left = left_to_explain(data, np.log(lifted)[None, :])
        if float(np.abs(lifted / before - 1).max()) < 0.1:
            break
    shapes, lifts, mixed = _gibbs(rng, left, curves, lifted, spread, chains=_CHAINS, keep=_KEEP)
    shapes, lifts = _exact(rng, left, curves, lifted, shapes, lifts)
    grid = np.array(list(product(DECAYS, HALVES, SLOPES)))
    drawn = np.stack([np.log(grid[shapes, 1]), grid[shapes, 2], grid[shapes, 0]], axis=2)
    if float(np.median(lifted)) > LARGE:
        lifts, drawn = walk(rng, left, data, mean, spread, (lifts, drawn))
    return Draws(
        lifts,
        np.exp(drawn[:, :, 0]) * mean,
        drawn[:, :, 1],
        drawn[:, :, 2],
        mean,
        left.expected,
        left.dispersion,
        left.weekly,
        mixed,
    )


def _curves(data: MediaDays) -> tuple[list[Floats], Floats]:
    """By channel every curve tried, 1 at the mean spend: shapes by days."""
    mean = np.maximum(data.delivered.mean(axis=1), 1e-9)
    every = []
    for money, level in zip(data.delivered, mean, strict=True):
        before = float(money[:28].mean())
        rows = []
        for decay in DECAYS:
            stock = adstock(money, decay, keeps_unit=True, start=before) / level
            logs = np.log(np.maximum(stock, _FLOOR))
            for half, slope in product(HALVES, SLOPES):
                at_mean = 1 / (1 + half**slope)
                rows.append(1 / (1 + np.exp(slope * (np.log(half) - logs))) / at_mean)
        every.append(np.stack(rows))
    return every, mean


def _gibbs(
    rng: np.random.Generator,
    left: Left,
    curves: list[Floats],
    lifted: Floats,
    spread: Floats,
    *,
    chains: int,
    keep: int,
) -> tuple[Ints, Floats, float]:
    """Shapes by draw and channel, each drawn given the others; lifts drawn with them."""
    size, shapes = len(curves), len(curves[0])
    # log(1 + lifts) about the fit: log(lifted) + (1 + lifts - lifted) / lifted.
    goal = left.of((left.z - np.log(lifted) + 1 - 1 / lifted)[:, None])[:, 0]
    columns = left.of(np.vstack(curves).T / lifted[:, None])
    gram, match = columns.T @ columns, columns.T @ goal
    own = np.diag(gram).reshape(size, shapes)
    kept = np.empty((chains, keep, size), np.int64)
    lifts = np.empty((chains, keep, size))
    starts = np.arange(size) * shapes
    for chain in range(chains):
        at = rng.integers(0, shapes, size)
        prior, own_factor = 1 / spread**2, np.ones(size)
        for turn in range(_WARM + keep):
            for c in range(size):
                rest = np.delete(np.arange(size), c)
                chosen = starts[rest] + at[rest]
                block = slice(starts[c], starts[c] + shapes)
                inner = gram[np.ix_(chosen, chosen)] + np.diag(prior[rest])
                cross = gram[chosen, block]
                solved = np.linalg.inv(inner) @ cross
                bare = own[c] + prior[c] - (cross * solved).sum(axis=0)
                pull = match[block] - solved.T @ match[chosen]
                score = 0.5 * pull**2 / bare - 0.5 * np.log(bare)
                # The highest score plus Gumbel noise is a draw in proportion to exp(score).
                at[c] = int(np.argmax(score + rng.gumbel(size=shapes)))
            chosen = starts + at
            inner = gram[np.ix_(chosen, chosen)] + np.diag(prior)
            root = np.linalg.cholesky(inner)
            lift = np.linalg.solve(inner, match[chosen])
            lift = lift + np.linalg.solve(root.T, rng.normal(size=size))
            far = (lift / spread) ** 2
            shared = rng.gamma(_SHARED[0] + size / 2) / (_SHARED[1] + 0.5 * float(far @ own_factor))
            own_factor = rng.gamma((_TAIL + 1) / 2, size=size) * 2 / (_TAIL + far * shared)
            prior = shared * own_factor / spread**2
            if turn >= _WARM:
                kept[chain, turn - _WARM], lifts[chain, turn - _WARM] = at, lift
    mixed = max(_r_hat(lifts[:, :, c]) for c in range(size)) if chains > 1 else np.inf
    return kept.reshape(-1, size), lifts.reshape(-1, size), mixed


def _mean_lifted(curves: list[Floats], shapes: Ints, lifts: Floats) -> Floats:
    total = np.ones(curves[0].shape[1])
    for c, curve in enumerate(curves):
        weight = np.bincount(shapes[:, c], weights=lifts[:, c], minlength=len(curve))
        total = total + weight @ curve / len(lifts)
    return np.asarray(total, np.float64)


def _exact(
    rng: np.random.Generator,
    left: Left,
    curves: list[Floats],
    lifted: Floats,
    shapes: Ints,
    lifts: Floats,
) -> tuple[Ints, Floats]:
    """Draws weighed by the model without its linearisation (sampling importance resampling)."""
    total = np.ones((len(lifts), len(lifted)))
    for c, curve in enumerate(curves):
        total += lifts[:, [c]] * curve[shapes[:, c]]
    fine = total.min(axis=1) > 0.02
    total = np.maximum(total, 0.02)
    near = np.log(lifted) + (total - lifted) / lifted
    score = -0.5 * (left.misfit(np.log(total)) - left.misfit(near))
    score = np.where(fine, score - score[fine].max() if fine.any() else 0.0, -np.inf)
    # A draw may count ten times at most: beyond it the weights are noise.
    weight = np.exp(np.clip(score, -50.0, 0.0)) * fine
    if not weight.sum() > 0:
        return shapes, lifts
    weight = np.minimum(weight, 10 * weight.mean())
    drawn = rng.choice(len(lifts), len(lifts), p=weight / weight.sum())
    return shapes[drawn], lifts[drawn]


def _r_hat(draws: Floats) -> float:
    """Between-chain spread over within-chain spread; chains by turns.

    Source:
        Gelman, Rubin (1992), Statistical Science 7, 457-472.
    """
    n = draws.shape[1]
    within = float(draws.var(axis=1, ddof=1).mean())
    between = float(draws.mean(axis=1).var(ddof=1))
    return float(np.sqrt((n - 1) / n + between / within)) if within > 0 else 1.0

"""Credit of channels for any table of paths: eight models, with bounds of chance."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_, t
from opsbook.traffic.markov import Chain, chain
from opsbook.traffic.paths_table import PathTable
from opsbook.traffic.rules import RULES, rule_weights

__all__ = ["MODELS", "attribute", "model_name"]

MODELS = ("last", "last_non_direct", "first", "linear", "position", "decay", "markov", "shapley")
"""Every model, in the order that they are shown."""
Floats = NDArray[np.float64]


def model_name(model: str) -> str:
    """The model in words."""
    return {
        "first": t("first touch"),
        "last": t("last touch"),
        "last_non_direct": t("last touch but direct"),
        "linear": t("linear"),
        "position": t("by position (40/20/40)"),
        "decay": t("time decay"),
        "markov": t("Markov chain"),
        "shapley": t("Shapley values"),
    }[model]


def attribute(
    paths: PathTable,
    *,
    models: Sequence[str] = MODELS,
    direct: Sequence[str] = (),
    decayed: Floats | None = None,
    order: int = 1,
    draws: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Credit of channels for any table of paths.

    Args:
        paths: Journeys by path.
        models: Which models; see ``MODELS``.
        direct: Names of the direct channels.
        decayed: Orders and value by channel under time decay, which takes the times of
            contacts; without it ``decay`` is left out.
        order: Memory of the Markov chain, 1 to 3.
        draws: Repetitions of the Poisson bootstrap over journeys, 0 for no bounds.
        level: Confidence of the bounds, 0.5 to 0.999.
        seed: Of the bootstrap.

    Returns:
        One row per channel and model: ``channel, model, orders, low, high, value, share``.

    Raises:
        ParameterError: A model is unknown or a parameter out of bounds.
    """
    _check(models, level, draws)
    walk = chain(paths, order=order)
    rng = np.random.default_rng(seed)
    drawn = [
        (rng.poisson(paths.conversions).astype(float), rng.poisson(paths.nulls).astype(float))
        for _ in range(draws)
    ]
    rows = []
    for model in models:
        if model == "decay" and decayed is None:
            continue
        weight = _weights(paths, model, direct)
        if model == "decay" and decayed is not None:
            orders, value = decayed
            # Times do not leave the engine: the relative chance of linear credit stands in.
            weight = rule_weights(paths, "linear")
        else:
            orders = _credit(paths, walk, weight, paths.conversions, paths.nulls)
            value = _valued(paths, orders, weight)
        again = np.array([_credit(paths, walk, weight, *d) for d in drawn])
        error = _error(again, orders, model == "decay")
        low, high = _bounds(orders, error, level)
        for i, name in enumerate(paths.channels):
            rows.append((name, model, orders[i], low[i], high[i], value[i]))
    frame = pd.DataFrame(rows, columns=["channel", "model", "orders", "low", "high", "value"])
    frame["share"] = frame["orders"] / paths.total if paths.total > 0 else 0.0
    lead = frame[frame["model"] == models[0]].sort_values(
        ["orders", "channel"], ascending=[False, True]
    )
    place = {name: i for i, name in enumerate(lead["channel"])}
    key = frame["channel"].map(place)
    return frame.iloc[np.argsort(key.to_numpy(), kind="stable")].reset_index(drop=True)


def _check(models: Sequence[str], level: float, draws: int) -> None:
    for model in models:
        if model not in MODELS:
            raise ParameterError(
                N_('model "{value}" is not known; use {valid}'),
                value=model,
                valid=", ".join(MODELS),
            )
    if not 0.5 <= level <= 0.999:
        raise ParameterError(N_("level {value} is out of bounds; use 0.5 to 0.999"), value=level)
    if not 0 <= draws <= 10_000:
        raise ParameterError(N_("draws {value} is out of bounds; use 0 to 10,000"), value=draws)


def _weights(paths: PathTable, model: str, direct: Sequence[str]) -> Floats | None:
    """Share of its journey's order that each touch gets; None where the chain decides."""
    if model in RULES:
        return rule_weights(paths, model, direct=direct)
    if model == "shapley":
        # The closed form: every channel of a journey the same, however often it was met.
        size = len(paths.channels)
        pair = paths.owner * size + paths.touches
        _, place, times = np.unique(pair, return_inverse=True, return_counts=True)
        members = np.bincount(np.unique(pair) // size, minlength=len(paths))
        return np.asarray(1.0 / times[place] / members[paths.owner])
    return None


def _credit(
    paths: PathTable, walk: Chain, weight: Floats | None, won: Floats, lost: Floats
) -> Floats:
    if weight is not None:
        return _summed(paths, weight * won[paths.owner])
    effect = walk.effects(walk.counts(won, lost))
    return effect / effect.sum() * won.sum() if effect.sum() > 0 else np.zeros(len(effect))


def _summed(paths: PathTable, of_touch: Floats) -> Floats:
    size = len(paths.channels)
    return np.asarray(np.bincount(paths.touches, weights=of_touch, minlength=size), np.float64)


def _valued(paths: PathTable, orders: Floats, weight: Floats | None) -> Floats:
    if weight is not None:
        return _summed(paths, weight * paths.value[paths.owner])
    # The chain speaks of orders; money follows them.
    return orders / max(orders.sum(), 1e-300) * paths.value.sum()


def _error(again: Floats, orders: Floats, relative: bool) -> Floats:
    if len(again) < 2:
        return np.full(len(orders), np.nan)
    error = again.std(axis=0, ddof=1)
    if relative:
        mean = again.mean(axis=0)
        error = np.where(mean > 0, error / np.where(mean > 0, mean, 1.0) * orders, 0.0)
    return np.asarray(error)


def _bounds(orders: Floats, error: Floats, level: float) -> tuple[Floats, Floats]:
    from scipy.stats import norm

    half = float(norm.ppf((1 + level) / 2)) * error
    return np.maximum(orders - half, 0.0), orders + half

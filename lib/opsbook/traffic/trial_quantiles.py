"""Does the ordinary basket change, or only the large one? Quantiles of two arms, bootstrapped."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shop import Shop
from opsbook.traffic.trial_data import control_of, trial_units

__all__ = ["trial_quantiles"]


_MOST_DRAWN = 200_000


def trial_quantiles(
    shop: Shop,
    exp_id: str,
    *,
    at: Sequence[float] = (0.5, 0.9),
    resamples: int = 2_000,
    seed: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare what buyers of two arms spend at a quantile, by bootstrap.

    A mean is moved by a few large baskets; a median tells about the ordinary one.

    Args:
        shop: Needs ``experiments`` with ``value`` and ``converted``.
        exp_id: The experiment.
        at: Quantiles, each between 0 and 1.
        resamples: Bootstrap samples, 200 to 20,000.
        seed: Seed of the bootstrap.
        level: Confidence.

    Returns:
        One row per treated arm and quantile: ``variant, quantile, control, treatment, lift,
        low, high``. Of arms with more than 200,000 buyers every k-th by unit is drawn.

    Raises:
        CannotTell: The experiment does not exist or has no buyers to compare.
        ParameterError: A parameter is out of range.
    """
    import tea_tasting as tt

    if not 200 <= resamples <= 20_000:
        raise ParameterError(
            N_("resamples {value} is out of range; use 200 to 20000"), value=resamples
        )
    if not at or not all(0 < q < 1 for q in at):
        raise ParameterError(
            N_("quantiles {value} must lie between 0 and 1"), value=", ".join(map(str, at))
        )
    units = trial_units(shop)
    bought = units.filter(
        units.exp_id == exp_id, units.arms == 1, units.converted == 1, units.has_value == 1
    )
    total = int(bought.count().execute())
    if total > 2 * _MOST_DRAWN:
        bought = bought.filter(bought.unit_id.hash() % (total // _MOST_DRAWN) == 0)
    frame = bought.select("unit_id", "variant", "value").order_by("unit_id").execute()
    sizes = frame["variant"].value_counts()
    kept = sizes[sizes >= 20]
    if len(kept) < 2:
        raise CannotTell(
            N_("{exp}: quantiles need two arms with at least 20 buyers each"), exp=exp_id
        )
    control = control_of(kept.index)
    metrics = {
        f"{q:g}": tt.Quantile(
            "value", q, n_resamples=resamples, rng=seed, confidence_level=level, batch=100
        )
        for q in at
    }
    rows = []
    for arm in sorted(str(v) for v in kept.index if v != control):
        pair = frame.loc[frame["variant"].isin([control, arm]), ["variant", "value"]]
        result: Any = tt.Experiment(metrics).analyze(pair, control=control)
        for q in at:
            r = result[f"{q:g}"]
            rows.append(
                {
                    "variant": arm,
                    "quantile": q,
                    "control": float(r.control),
                    "treatment": float(r.treatment),
                    "lift": float(r.rel_effect_size),
                    "low": float(r.rel_effect_size_ci_lower),
                    "high": float(r.rel_effect_size_ci_upper),
                }
            )
    return pd.DataFrame(rows)

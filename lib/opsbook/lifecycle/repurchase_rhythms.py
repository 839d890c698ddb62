"""The purchase rhythm of each category, and what it says about every customer's next date."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from opsbook.lifecycle.repurchase_fit import fit_renewal
from opsbook.lifecycle.repurchase_gaps import ALL
from opsbook.lifecycle.repurchase_model import Gaps, Renewal
from opsbook.shop.shared import shared

__all__ = ["predictions", "rhythm_models", "rhythms_frame"]

_FEW = 30
"""Gaps a category needs for a rhythm of its own."""


def gaps_of(frame: pd.DataFrame) -> Gaps:
    """Histories of ``gap_histories`` as the model reads them."""
    return Gaps(*(frame[c].to_numpy(np.float64) for c in ("n", "total", "logs", "silent")))


@shared
def rhythm_models(frame: pd.DataFrame) -> dict[str, Renewal]:
    """One model over everything, and one per category, drawn towards that of all categories."""
    every = frame["category"] == ALL
    models = {ALL: fit_renewal(gaps_of(frame[every]))}
    parts = frame[~every]
    if parts["n"].sum() < 10:
        return models
    pooled = fit_renewal(gaps_of(parts))
    for category, rows in parts.groupby("category"):
        own = rows["n"].sum() >= _FEW
        fitted = fit_renewal(gaps_of(rows), prior=pooled) if own else pooled
        models[str(category)] = fitted
    return models


def predictions(
    frame: pd.DataFrame,
    models: Mapping[str, Renewal],
    ahead: int,
    cover: float,
    within: float | None = None,
) -> pd.DataFrame:
    """Chance to be there, chance to buy, and days until the expected date and its interval."""
    parts = []
    for category, rows in frame.groupby("category"):
        model = models.get(str(category))
        if model is None:
            continue
        gaps = gaps_of(rows)
        tail = (1 - cover) / 2
        parts.append(
            rows.assign(
                coming=model.coming(gaps),
                chance=model.buys_within(gaps, ahead),
                usual=model.usual(gaps),
                wait=model.wait(gaps, 0.5, within=within),
                soonest=model.wait(gaps, tail, within=within),
                latest=model.wait(gaps, 1 - tail, within=within),
            )
        )
    return pd.concat(parts)


def rhythms_frame(frame: pd.DataFrame, models: Mapping[str, Renewal], cover: float) -> pd.DataFrame:
    """``Repurchase.rhythms``: what each model says about its category."""
    tail = (1 - cover) / 2
    sizes = frame.groupby("category").agg(customers=("n", "size"), gaps=("n", "sum"))
    rows = [
        {
            "category": category,
            "customers": int(sizes.loc[category, "customers"]),
            "gaps": int(sizes.loc[category, "gaps"]),
            "typical": model.typical(),
            "low": model.typical(tail),
            "high": model.typical(1 - tail),
            "regularity": model.k,
            "comes_back": model.comes_back(),
            "own": category == ALL or bool(sizes.loc[category, "gaps"] >= _FEW),
        }
        for category, model in models.items()
    ]
    return pd.DataFrame(rows).sort_values(["typical", "category"], ignore_index=True)

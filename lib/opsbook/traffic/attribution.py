"""What each channel is credited with under eight models, side by side, and what that moves.

No attribution model is causal. Each is a rule for sharing out orders that were made; whether
an order would have been made without the contact only an experiment can tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.budget_shift import budget_shift
from opsbook.traffic.credit_models import MODELS, attribute, model_name
from opsbook.traffic.journeys import Journeys
from opsbook.traffic.markov import chain

__all__ = ["MODELS", "Attribution", "Tested", "attribute", "attribution", "model_name"]

Tested = Mapping[str, tuple[float, float, float]]
"""Channel to the incremental orders an experiment found: estimate, lower and upper bound."""


@dataclass(frozen=True)
class Attribution:
    """Credit of channels by model.

    Args:
        frame: One row per channel and model: ``channel, model, orders, low, high`` (bounds
            of chance), ``value`` (currency), ``share`` (of all credited orders); channels
            by last-touch orders.
        effects: Removal effect of each channel in the chain, fraction of all orders.
        budget: One row per paid channel and model: ``channel, model, spend, budget`` (what
            the channel would get if the whole spend followed this model's value), ``shift``
            with ``shift_low, shift_high`` (budget under the model less under last touch).
            Empty without spend.
        journeys: What was credited.
        order: Memory of the Markov chain.
        memory: Largest difference in a channel's share between the chain of this order and
            the next, points as a fraction: how far the choice matters.
        tested: Incremental orders by channel, where an experiment measured them.
        level: Confidence of the bounds.
    """

    frame: pd.DataFrame
    effects: pd.Series
    budget: pd.DataFrame
    journeys: Journeys
    order: int
    memory: float
    level: float
    tested: Tested = field(default_factory=dict)

    @property
    def wide(self) -> pd.DataFrame:
        """One row per channel, one column of orders per model."""
        names = self.frame["channel"].unique()
        table = self.frame.pivot(index="channel", columns="model", values="orders")
        return table.loc[names, list(self.models)]

    @property
    def models(self) -> tuple[str, ...]:
        """Models computed, in the order shown."""
        return tuple(m for m in MODELS if m in set(self.frame["model"]))

    @property
    def spread(self) -> pd.DataFrame:
        """Channels whose share depends most on the model: ``channel, low, high``."""
        shares = self.frame.groupby("channel", sort=False)["share"].agg(low="min", high="max")
        order = (shares["high"] - shares["low"]).sort_values(ascending=False, kind="stable")
        return shares.loc[order.index].reset_index()


@shared
def attribution(
    shop: Shop,
    walked: Journeys,
    *,
    order: int = 1,
    models: Sequence[str] = MODELS,
    drop_direct: bool = False,
    tested: Tested | None = None,
    draws: int = 200,
    level: float = 0.95,
) -> Attribution:
    """Credit every channel under every model, and follow the budget.

    Args:
        shop: ``ad_spend`` gives the budget.
        walked: From ``journeys``.
        order: Memory of the Markov chain, 1 to 3.
        models: Which models, the first one to compare with; see ``MODELS``.
        drop_direct: Leave direct contacts out of all paths that have another one.
        tested: Incremental orders by channel from an experiment in the same period.
        draws: Repetitions behind the bounds.
        level: Confidence of the bounds.

    Raises:
        ParameterError: A parameter is out of bounds.
    """
    paths = walked.paths.without(walked.direct) if drop_direct else walked.paths
    shown = [m for m in models if m != "last_non_direct" or walked.direct]
    decayed = None if drop_direct else walked.decayed
    frame = attribute(
        paths, models=shown, direct=walked.direct, decayed=decayed, order=order, draws=draws,
        level=level,
    )  # fmt: skip
    walk = chain(paths, order=order)
    effects = walk.effects(walk.counts(paths.conversions, paths.nulls))
    memory = 0.0
    if order < 3:
        longer = chain(paths, order=order + 1)
        more = longer.effects(longer.counts(paths.conversions, paths.nulls))
        if effects.sum() > 0:
            memory = float(np.abs(more / more.sum() - effects / effects.sum()).max())
    budget = budget_shift(shop, walked.period, frame, shown[0])
    return Attribution(
        frame, pd.Series(effects, paths.channels), budget, walked, order, memory, level,
        dict(tested or {}),
    )  # fmt: skip

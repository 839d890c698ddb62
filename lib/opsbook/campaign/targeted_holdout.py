"""Sent against left out by lot: what only chance made different, and whether it was chance.

A lot that leaves out half of the small customers and a tenth of the big ones compares big
customers with small ones. Whether sent and left out were alike beforehand is therefore tested,
and where they were not, those left out are weighed like any other control.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.campaign.propensity import doubly_robust, weigh
from opsbook.campaign.targeted_checks import overlap, plain_gap
from opsbook.campaign.targeted_data import Panel

__all__ = ["UNEVEN", "Lot", "lot_chance", "lot_effect"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
UNEVEN = 0.02
"""Chance of an equally uneven lot below which it was not drawn alike from everybody."""
_LEAST = 30
_EACH = 10
"""Customers left out that one more column takes."""


@dataclass(frozen=True)
class Lot:
    """What a lot says.

    Args:
        estimate: Money per customer and day.
        error: Its standard error.
        sound: Whether those left out are like the sent, weighed or not.
        chance: Chance of a lot as uneven as this if all were drawn alike.
    """

    estimate: float
    error: float
    sound: bool
    chance: float


def lot_effect(panel: Panel) -> Lot | None:
    """Sent against left out by lot, earlier spend taken out.

    Args:
        panel: One row per customer.

    Returns:
        None where fewer than 30 were sent or left out.

    Source:
        Earlier spend: Deng, Xu, Kohavi, Walker (2013), CUPED, WSDM 123-132.
    """
    if min(int((panel.tested & m).sum()) for m in (panel.held, ~panel.held)) < _LEAST:
        return None
    sent = ~panel.held[panel.tested]
    spend = panel.spend[panel.tested, :2] / panel.window.days
    y, past = spend[:, 0], spend[:, 1]
    spread = float(past.var())
    slope = float(np.cov(past, y)[0, 1]) / spread if spread > 0 else 0.0
    rest = y - slope * past
    known = _few(panel.features[panel.tested], int(min(sent.sum(), (~sent).sum())) // _EACH)
    chance = lot_chance(known, sent)
    if chance >= UNEVEN:
        return Lot(*plain_gap(rest, sent), True, chance)
    weighted = weigh(known, sent)
    return Lot(*doubly_robust(rest, sent, weighted, few=True), overlap(weighted), chance)


def lot_chance(known: pd.DataFrame, sent: Mask) -> float:
    """Chance that a lot drawn alike from everybody is as uneven as this one.

    Args:
        known: What was known before, one row per customer drawn.
        sent: Who was sent; the others were left out.

    Source:
        Hansen, Bowers (2008), Covariate balance in simple, stratified and clustered
        comparative studies, Statistical Science 23, 219-236; Hotelling (1931).
    """
    from scipy.stats import f

    values = known.to_numpy(float)
    values = values[:, values.std(axis=0) > 1e-12]
    n, columns = values.shape
    if not columns:
        return 1.0
    gap = values[sent].mean(axis=0) - values[~sent].mean(axis=0)
    sides = [values[m] - values[m].mean(axis=0) for m in (sent, ~sent)]
    within = np.vstack(sides)
    pooled = np.atleast_2d(within.T @ within) / (n - 2)
    square = float(gap @ np.linalg.pinv(pooled, rcond=1e-8) @ gap)
    square *= float(sent.sum() * (~sent).sum()) / n
    free = int(np.linalg.matrix_rank(pooled, tol=1e-8 * float(np.trace(pooled))))
    return float(f.sf(square * (n - free - 1) / (free * (n - 2)), free, n - free - 1))


def _few(features: pd.DataFrame, most: int) -> pd.DataFrame:
    """The telling columns first, as many as those left out can carry."""
    first = [c for c in features if str(c).startswith("log_spend")]
    first += [c for c in ("orders_ever", "days_since_last", "messages_before") if c in features]
    first += [c for c in features if str(c).startswith(("region ", "orders")) and c not in first]
    moving = [c for c in first if features[c].std() > 0]
    return features[moving[: max(most, 1)]]

"""What became of repurchase dates that would have been told on an earlier day."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell
from opsbook.lifecycle.churn_measure import calibration_bins
from opsbook.lifecycle.repurchase_gaps import gap_histories, next_days
from opsbook.lifecycle.repurchase_rhythms import predictions, rhythm_models
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Held", "tested_earlier"]


@dataclass(frozen=True)
class Held:
    """What became of predictions made on an earlier day.

    Args:
        made: First day not known to the predictions.
        days: Length of the holdout, days.
        came: Customers (and categories) that bought again within it.
        inside: Those of them whose purchase fell into their interval.
        share: ``inside / came``.
        low: Lower end of the confidence interval of the share.
        high: Upper end.
        chances: ``calibration_bins`` of the chance to buy within the reminder's days.
    """

    made: date
    days: int
    came: int
    inside: int
    share: float
    low: float
    high: float
    chances: pd.DataFrame


@shared
def tested_earlier(
    shop: Shop, start: date, end: date, days: int, ahead: int, cover: float, level: float
) -> Held | None:
    """Predict as if it were an earlier day, and look at what came."""
    made = end - timedelta(days=days)
    if made - timedelta(days=days) < start:
        return None
    before = gap_histories(shop, made)
    try:
        models = rhythm_models(before)
    except CannotTell:
        return None
    told = predictions(before, models, min(ahead, days), cover, within=float(days))
    # Only who had a rhythm of his own is reminded, so only they are tested.
    told = told[told["n"] >= 1].copy()
    following = next_days(shop, made, end).execute()
    told = told.merge(following, on=["customer_id", "category"], how="left")
    waited = (pd.to_datetime(told["following"]) - pd.Timestamp(made)).dt.days
    came = waited.notna()
    if int(came.sum()) < 20:
        return None
    # A date is right to the day: both ends of the interval are whole days.
    inside = (waited >= np.floor(told["soonest"])) & (waited <= np.floor(told["latest"]))
    n, hits = int(came.sum()), int(inside[came].sum())
    low, high = wilson(hits, n, level=level)
    bought = (waited < min(ahead, days)).astype("int64")
    return Held(
        made=made,
        days=days,
        came=n,
        inside=hits,
        share=hits / n,
        low=float(low),
        high=float(high),
        chances=calibration_bins(bought, told["chance"], level=level),
    )

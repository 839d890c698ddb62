"""Where the advertising money would go if it followed a model's credit: a thought experiment.

It moves the whole spend and assumes that the next yuan works as the last one did. Neither is
so; the figures say how far models disagree, in money.
"""

import numpy as np
import pandas as pd

from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop

__all__ = ["budget_shift"]


def budget_shift(shop: Shop, period: Period, frame: pd.DataFrame, base: str) -> pd.DataFrame:
    """The spend as each model would have it: in proportion to credited value.

    Args:
        shop: Its ``ad_spend``.
        period: Days of spend.
        frame: ``attribute``'s: ``channel, model, orders, high, value``.
        base: Model that the others are compared with.

    Returns:
        One row per channel with spend and model: ``channel, model, spend, budget, shift,
        shift_low, shift_high``, currency; empty with less than two such channels.
    """
    columns = ["channel", "model", "spend", "budget", "shift", "shift_low", "shift_high"]
    none = pd.DataFrame(columns=columns)
    if not shop.has("ad_spend", "date", "channel", "cost"):
        return none
    paid = in_days(shop.ad_spend, period.start, period.end, "date")
    sums = paid.group_by("channel").aggregate(spend=paid.cost.sum()).execute()
    spend = sums[sums["spend"] > 0].set_index("channel")["spend"].astype(float)
    rows = frame[frame["channel"].isin(spend.index)].copy()
    if rows["channel"].nunique() < 2:
        return none
    rows["spend"] = rows["channel"].map(spend)
    # Only channels with both spend and journeys take part in the thought experiment.
    pot = float(rows.drop_duplicates("channel")["spend"].sum())
    if float(rows["value"].sum()) <= 0:
        rows["value"] = rows["orders"]
    whole = rows.groupby("model")["value"].transform("sum")
    rows["budget"] = np.where(whole > 0, rows["value"] / whole.where(whole > 0) * pot, np.nan)
    before = rows[rows["model"] == base].set_index("channel")
    rows["shift"] = rows["budget"] - rows["channel"].map(before["budget"])
    # Both sides rest on the same journeys; adding their errors is the cautious side.
    relative = ((rows["high"] - rows["orders"]) / rows["orders"].where(rows["orders"] > 0)).fillna(
        0.0
    )
    half = rows["budget"] * relative
    of_base = half[rows["model"] == base].set_axis(before.index)
    half = np.hypot(half, rows["channel"].map(of_base))
    rows["shift_low"], rows["shift_high"] = rows["shift"] - half, rows["shift"] + half
    return rows[columns].dropna(subset=["budget"]).reset_index(drop=True)

"""Do customers of one channel come back more often than those of the others?"""

import numpy as np
import pandas as pd

from opsbook.common.shares import wilson
from opsbook.lifecycle.proportions import holm, stratified_gap

__all__ = ["LEAST", "compare_channels"]

_COMPARED = [
    *("channel", "observed", "back", "rate", "others", "gap", "gap_low", "gap_high"),
    *("p_value", "low", "high", "p_holm", "is_real"),
]
LEAST = 100
"""Customers a channel needs to be compared and to stand in a title."""


def compare_channels(cells: pd.DataFrame, days: int = 90, *, level: float = 0.95) -> pd.DataFrame:
    """Each channel's N-day retention against the other channels', month by month.

    Args:
        cells: ``Newcomers.cells`` (second purchase) or ``second_cells`` (third).
        days: Window.
        level: Confidence of the intervals; a channel ``is_real`` at 1 - level after Holm.

    Returns:
        One row per channel with 100 customers or more, best first: ``channel, observed,
        back, rate, low, high`` (Wilson), ``others`` (rate of the others), ``gap`` with
        ``gap_low, gap_high`` (Mantel-Haenszel over cohort months), ``p_value, p_holm,
        is_real``. Empty with fewer than two such channels.
    """
    seen = cells[(cells["follow"] >= days) & cells["channel"].notna()]
    hits = seen["customers"].where(seen["gap"] <= days, 0)
    by = seen.assign(hits=hits).groupby(["channel", "month"])[["hits", "customers"]].sum()
    total = by.groupby("month").sum()
    rows = []
    for name, part in by.groupby("channel"):
        own = part.droplevel("channel")
        if own["customers"].sum() < LEAST:
            continue
        rest = total - own.reindex(total.index, fill_value=0)
        both = pd.concat([own, rest.reindex(own.index)], axis=1)
        both.columns = pd.Index(["hits", "cases", "other_hits", "other_cases"])
        gap = stratified_gap(both, level)
        observed, back = own["customers"].sum(), own["hits"].sum()
        others = rest["hits"].sum() / rest["customers"].sum() if rest["customers"].sum() else np.nan
        rows.append(
            {"channel": str(name), "observed": observed, "back": back, "rate": back / observed,
             "others": others, "gap": gap.gap, "gap_low": gap.low, "gap_high": gap.high,
             "p_value": gap.p_value}
        )  # fmt: skip
    if len(rows) < 2:
        return pd.DataFrame(columns=_COMPARED)
    frame = pd.DataFrame(rows)
    frame["low"], frame["high"] = wilson(frame["back"], frame["observed"], level)
    frame["p_holm"] = holm(frame["p_value"])
    frame["is_real"] = frame["p_holm"] < 1 - level
    order = frame.sort_values(["rate", "channel"], ascending=[False, True])
    return order.reset_index(drop=True)

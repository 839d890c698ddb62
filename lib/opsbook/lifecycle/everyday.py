"""Shops of everyday goods, such as grocers, whose customers models of leaving describe badly."""

import pandas as pd

from opsbook.language import count, t
from opsbook.lifecycle.bg_nbd import Kind

__all__ = ["everyday_words"]

_EVERYDAY = 12
"""Repeat purchases of half of the customers from which buying is a habit of the week."""


def everyday_words(frequency: "pd.Series[int]", kind: Kind) -> str:
    """Why a model of repeat buying scatters so on a shop of everyday goods.

    Args:
        frequency: Repeat purchase days of each customer.
        kind: The model.

    Returns:
        A few sentences; nothing where fewer than half of the customers buy out of habit.
    """
    usual = float(frequency.median())
    if not usual >= _EVERYDAY:
        return ""
    return t(
        "Half of the customers have bought again {n} times or more: a shop of everyday goods, "
        "such as a grocer. There people buy by the week and few leave, while {model} takes "
        "purchases to come by chance and every silence for a possible farewell: it fits such a "
        "panel badly. Go by the purchase rhythm and the churn model below.",
        n=count(usual),
        model=kind,
    )

"""Counts of pairs turned into the tables that are read: pairs and rules with their measures."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.shares import wilson
from opsbook.lifecycle.basket_measures import (
    benjamini_hochberg,
    chance_of_more,
    poisson_bounds,
    rule_measures,
)

__all__ = ["pair_table", "rules_of"]


def pair_table(
    names: NDArray[Any],
    orders: NDArray[np.float64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    seen: NDArray[np.float64],
    expected: NDArray[np.float64],
    baskets: int,
    tested: int,
    rate: float,
    level: float,
) -> pd.DataFrame:
    """One row per pair, the clearest first; columns as in ``BasketRules.pairs``.

    Args:
        names: Name of each item.
        orders: Baskets each is in.
        a: Row of one item of each pair.
        b: Row of the other.
        seen: Baskets with both.
        expected: The same by chance.
        baskets: All baskets.
        tested: Pairs that the correction counts.
        rate: Share of false finds accepted.
        level: Confidence of the intervals.
    """
    # The more bought item first, as people say it; names decide between equals.
    swap = (orders[a] < orders[b]) | ((orders[a] == orders[b]) & (names[a] > names[b]))
    a, b = np.where(swap, b, a), np.where(swap, a, b)
    measures = rule_measures(seen, orders[a], orders[b], baskets)
    low, high = poisson_bounds(seen, level)
    p_value = chance_of_more(seen, expected)
    q_value = benjamini_hochberg(p_value, tested)
    frame = pd.DataFrame(
        {
            "item": names[a],
            "other": names[b],
            "orders": seen.astype(np.int64),
            "item_orders": orders[a].astype(np.int64),
            "other_orders": orders[b].astype(np.int64),
            "support": measures["support"],
            "lift": measures["lift"],
            "leverage": measures["leverage"],
            "expected": expected,
            "like_lift": seen / expected,
            "low": low / expected,
            "high": high / expected,
            "p_value": p_value,
            "q_value": q_value,
            "is_real": q_value < rate,
        }
    )
    keys = ["p_value", "like_lift", "item", "other"]
    return frame.sort_values(keys, ascending=[True, False, True, True], ignore_index=True)


def rules_of(pairs: pd.DataFrame, baskets: int, level: float) -> pd.DataFrame:
    """Two rules per pair, one each way; columns as in ``BasketRules.rules``.

    Args:
        pairs: From ``pair_table``.
        baskets: All baskets.
        level: Confidence of the intervals.
    """
    parts = []
    for one, two in (("item", "other"), ("other", "item")):
        of_one, of_two = pairs[f"{one}_orders"], pairs[f"{two}_orders"]
        measures = rule_measures(pairs["orders"], of_one, of_two, baskets)
        low, high = wilson(pairs["orders"], of_one, level)
        part = pd.DataFrame(
            {
                "antecedent": pairs[one],
                "consequent": pairs[two],
                "orders": pairs["orders"],
                "antecedent_orders": of_one,
                "consequent_orders": of_two,
            }
        )
        part[list(measures)] = measures
        part.insert(part.columns.get_loc("confidence") + 1, "confidence_low", low)
        part.insert(part.columns.get_loc("confidence") + 2, "confidence_high", high)
        parts.append(part.assign(q_value=pairs["q_value"], is_real=pairs["is_real"]))
    frame = pd.concat(parts, ignore_index=True)
    keys = ["is_real", "confidence", "antecedent", "consequent"]
    return frame.sort_values(keys, ascending=[False, False, True, True], ignore_index=True)

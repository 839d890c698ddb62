"""Where a model of repeat buying goes wrong: its customers in groups, foreseen and actual."""

import numpy as np
import pandas as pd

__all__ = ["by_frequency", "by_prediction"]


def by_frequency(customers: pd.DataFrame, histogram: pd.DataFrame) -> pd.DataFrame:
    """Predicted and actual purchases per customer by repeat purchases before the split.

    Args:
        customers: ``Calibration.customers``.
        histogram: ``Calibration.histogram``.

    Returns:
        One row per group of ``histogram``: ``frequency`` (the group's least), ``most``
        (its largest), ``customers, predicted, actual`` (means), ``low, high`` (95 % of
        what chance allows around predicted).
    """
    lows = histogram["low"].to_numpy()
    place = np.searchsorted(lows, customers["frequency"].to_numpy(), side="right") - 1
    group = pd.Series(lows[place], index=customers.index)
    most = histogram.set_index("low")["high"]
    found = customers.groupby(group).agg(
        customers=("actual", "size"),
        predicted=("purchases", "mean"),
        actual=("actual", "mean"),
        variance=("variance", "mean"),
    )
    half = 1.96 * (found.pop("variance") / found["customers"]) ** 0.5
    found = found.assign(low=(found["predicted"] - half).clip(lower=0))
    found = found.assign(high=found["predicted"] + half).rename_axis("frequency")
    found.insert(0, "most", most.reindex(found.index))
    return found.reset_index()


def by_prediction(customers: pd.DataFrame) -> pd.DataFrame:
    """Customers in ten groups by predicted purchases, and how they scatter about it.

    Args:
        customers: ``Calibration.customers``.

    Returns:
        One row per group, fewest first: ``group`` (1 to 10), ``customers, predicted,
        actual`` (means), ``scatter`` (squared error over the variance foreseen; 1 is
        perfect).
    """
    order = customers["purchases"].rank(method="first").to_numpy() - 1
    group = (order * 10 // len(order)).astype(np.int64) + 1
    square = (customers["actual"] - customers["purchases"]) ** 2
    found = (
        customers.assign(square=square)
        .groupby(group)
        .agg(
            customers=("actual", "size"),
            predicted=("purchases", "mean"),
            actual=("actual", "mean"),
            square=("square", "sum"),
            variance=("variance", "sum"),
        )
    )
    found["scatter"] = found.pop("square") / found.pop("variance").clip(lower=1e-12)
    return found.rename_axis("group").reset_index()

"""What each slice found took from sales, and every slice looked at in one table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.traffic.drill_scan import Candidates, Pick, discoveries, log_ratio
from opsbook.traffic.order_slices import slice_name

__all__ = ["Slice", "name_of", "named", "parts_of", "slice_frame", "slice_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Slice:
    """One slice that explains part of a change.

    Args:
        where: Its conditions, dimension to value.
        part: What it took from sales (or added) beyond what all share, money.
        share: That over the change of the whole shop.
        orders: Orders in it, shared ones in fractions.
        expected: Orders that the base leads to expect.
        low: Lower end of the interval of ``orders / expected - 1``.
        high: Upper end.
        p_value: Chance of such a drop if the slice moved like the shop.
        z: Standard errors from what was expected.
    """

    where: tuple[tuple[str, str], ...]
    part: float
    share: float
    orders: float
    expected: float
    low: float
    high: float
    p_value: float
    z: float

    @property
    def name(self) -> str:
        """The conditions in words."""
        return name_of(self.where)


def name_of(where: tuple[tuple[str, str], ...]) -> str:
    """The conditions of a slice in words."""
    return " × ".join(slice_name(value) for _, value in where)


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of ``slice_frame`` with the names of its slices in the language in force."""
    names = [name_of(where) for where in frame["where"]]
    return frame.drop(columns="where").assign(slice=names)[["slice", *frame.columns[1:]]]


def parts_of(
    money: Floats, expected: Floats, every: Candidates, picks: list[Pick]
) -> tuple[float, list[float]]:
    """The shop's common movement and each pick's part, which add up to the change."""
    free = np.ones(len(money), bool)
    owners = []
    for pick in picks:
        owners.append(every.inside[pick.index] & free)
        free &= ~every.inside[pick.index]
    rest = float(expected[free].sum())
    common = float(money[free].sum()) / rest if rest > 0 else 1.0
    parts = [float((money[own] - common * expected[own]).sum()) for own in owners]
    return (common - 1) * float(expected.sum()) if free.any() else 0.0, parts


def slice_of(
    every: Candidates, pick: Pick, part: float, change: float, actual: Floats, orders: Floats,
    noise: Floats, level: float,
) -> Slice:  # fmt: skip
    """A slice found with its part of the change and the interval of its fall."""
    from scipy.stats import norm

    inside = every.inside[pick.index]
    sold, expected = float(actual[inside].sum()), float(orders[inside].sum())
    # Half an order more: a slice that sold nothing still has an interval.
    error = np.sqrt(noise[pick.index] / max(sold, 0.5)) * norm.ppf((1 + level) / 2)
    ratio = max(sold, 0.5) / expected
    low, high = (float(ratio * np.exp(side * error) - 1) for side in (-1, 1))
    if sold <= 0:
        low = -1.0
    share = part / change if change else 0.0
    return Slice(every.names[pick.index], part, share, sold, expected, low, high,
                 pick.p_value, pick.z)  # fmt: skip


def slice_frame(
    every: Candidates, actual: Floats, orders: Floats, money: Floats, gmv: Floats, noise: Floats,
    picks: list[Pick], false_share: float,
) -> pd.DataFrame:  # fmt: skip
    """Every slice looked at, most surprising fall first; surprise before any is taken out.

    A slice is told by its conditions, ``where``: its name has a language.
    """
    from scipy.stats import norm

    total = float(actual.sum())
    scaled = orders * (total / orders.sum()) if orders.sum() > 0 else orders
    ratio = log_ratio(every.inside @ actual, every.inside @ scaled, total) / noise
    z = -np.sign(ratio) * np.sqrt(2 * np.abs(ratio))
    p_value = 2 * norm.cdf(-np.abs(z))
    frame = pd.DataFrame(
        {
            "where": every.names,
            "dimension": ["+".join(d for d, _ in name) for name in every.names],
            "depth": every.depth,
            "orders": every.inside @ actual,
            "orders_expected": every.inside @ orders,
            "gmv": every.inside @ money,
            "gmv_expected": every.inside @ gmv,
        }
    )
    frame["change"] = frame["gmv"] - frame["gmv_expected"]
    frame["z"], frame["p_value"] = z, p_value
    frame["unusual"] = discoveries(p_value, false_share) if len(p_value) else False
    frame["called"] = False
    frame.loc[[p.index for p in picks], "called"] = True
    return frame.sort_values("z", kind="stable", ignore_index=True)

"""Do prices follow demand? Where the shop raises what sold well, elasticity cannot be read."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["FollowTest", "prices_follow_demand"]

_LEAST_PRODUCTS = 8


@dataclass(frozen=True)
class FollowTest:
    """Whether this week's price depends on last week's sales.

    Args:
        slope: Change of log price per unit of last week's log purchases.
        z: The slope over its standard error, clustered by product; not a number where
            there is too little to tell.
    """

    slope: float
    z: float


def prices_follow_demand(cells: pd.DataFrame) -> FollowTest:
    """Regress a product's log price on its own sales of the week before.

    The price of the week before is held constant, and what all products of the group share
    in a week is taken out, as is each product's mean. Prices that were set without a look
    at demand give a slope of zero.

    Args:
        cells: One row per product and week of one group: ``sku, week, log_price,
            purchases, exposure``.

    Source:
        A Granger test (Granger 1969, Econometrica 37) in a panel with product and week
        effects; standard errors clustered by product.
    """
    nothing = FollowTest(float("nan"), float("nan"))
    before = cells.assign(week=cells["week"] + 1)
    pairs = cells.merge(before, on=["sku", "week"], suffixes=("", "_before"))
    if pairs["sku"].nunique() < _LEAST_PRODUCTS:
        return nothing
    product = pd.factorize(pairs["sku"])[0]
    week = pd.factorize(pairs["week"])[0]
    sold = pairs["purchases_before"] / pairs["exposure_before"]
    columns = np.column_stack([pairs["log_price"], np.log(sold), pairs["log_price_before"]]).astype(
        float
    )
    price, sales, lagged = _within(columns, product, week).T
    slope = float((lagged @ sales) / max(lagged @ lagged, 1e-12))
    sales = sales - slope * lagged
    price = price - lagged * float((lagged @ price) / max(lagged @ lagged, 1e-12))
    spread = float(sales @ sales)
    if spread < 1e-9:
        return nothing
    beta = float(sales @ price) / spread
    scores = np.bincount(product, sales * (price - beta * sales))
    error = float(np.sqrt((scores**2).sum())) / spread
    return FollowTest(beta, beta / error) if error > 0 else nothing


def _within(
    columns: NDArray[np.float64], product: NDArray[np.intp], week: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Take out product and week means by turns until nothing is left of them."""
    for _ in range(200):
        moved = 0.0
        for group in (product, week):
            size = np.bincount(group)
            for at in range(columns.shape[1]):
                mean = np.bincount(group, columns[:, at]) / np.maximum(size, 1)
                columns[:, at] -= mean[group]
                moved = max(moved, float(np.abs(mean).max()))
        if moved < 1e-10:
            break
    return columns

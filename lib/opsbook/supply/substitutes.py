"""What to offer instead of a product that runs out: like it, at a near price, and to spare."""

import numpy as np
import pandas as pd

from opsbook.common.demand import DemandPanel
from opsbook.supply.breaker_walk import Race

__all__ = ["substitutes_of"]

_MOST = 3
_Z90 = 1.2816
"""Standard deviations that nine in ten normal outcomes stay below."""


def substitutes_of(
    panel: DemandPanel, now: Race, called: pd.Series, *, watch: float, near_price: float
) -> pd.DataFrame:
    """Up to three substitutes for each product called, nearest price first.

    A substitute is in the same category, on sale, not called itself, and has more free pieces
    than its own buyers will take with 90 % chance until its next receipt.

    Args:
        panel: Categories and shelf prices.
        now: Stock and demand until the receipts.
        called: Products to find substitutes for.
        watch: Chance of running out from which a product is no substitute.
        near_price: How far its price may differ, as a share.

    Returns:
        ``sku, substitute, price_ratio, free`` (pieces it can spare), in that order.
    """
    skus = panel.skus[["sku", "category"]].copy()
    shelf = np.asarray(panel.price[:, -1], np.float64)
    listed = panel.skus["list_price"].to_numpy(np.float64)
    skus["price"] = np.where(np.isfinite(shelf), shelf, listed)
    skus["free"] = np.floor(np.nan_to_num(now.stock) - now.mean - _Z90 * now.sd)
    fit = panel.on_sale[:, -1] & (np.nan_to_num(now.chance) < watch) & (skus["free"] >= 1)
    fit &= ~skus["sku"].isin(called)
    wanted = skus[skus["sku"].isin(called)].drop(columns="free")
    pairs = wanted.merge(skus[fit], on="category", suffixes=("", "_other"))
    pairs["price_ratio"] = pairs["price_other"] / pairs["price"]
    far = (np.log(pairs["price_ratio"])).abs()
    pairs = pairs.assign(far=far)[far <= np.log1p(near_price)]
    pairs = pairs.sort_values(["sku", "far", "sku_other"]).groupby("sku").head(_MOST)
    out = pairs.rename(columns={"sku_other": "substitute"})
    return out[["sku", "substitute", "price_ratio", "free"]].reset_index(drop=True)

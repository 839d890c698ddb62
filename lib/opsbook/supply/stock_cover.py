"""Days of cover by product: what runs out, what lies too long, ranked by money."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from opsbook.shop.shop import Shop
from opsbook.supply.stock_items import StockItems, in_range, stock_items

__all__ = ["STATES", "StockCover", "stock_cover"]

STATES = ("out", "short", "ok", "long", "unsold", "empty")
"""Sold and empty; under the low limit; between; over the high limit; stock and no sale;
neither stock nor sale."""


@dataclass(frozen=True)
class StockCover:
    """Cover of every product, by what it sold: no forecast is needed.

    Args:
        items: The stock and sales behind it.
        skus: One row per SKU, most money first: ``sku, category, state`` (in STATES), ``free,
            in_transit, rate`` (pieces per day with stock), ``cover`` (days; NaN without a
            sale), ``at_risk`` (margin missed until the next delivery could be here), ``excess``
            (cost of free stock beyond the high limit), ``holding`` (of the excess, a year),
            ``money`` (at risk or holding cost, what it is ranked by), ``value, is_new``.
        states: One row per state: ``state, skus, value, at_risk, excess``.
        low_days, high_days: The limits.
        lead_days: Days until a delivery ordered today is here.
        holding: Yearly cost of holding stock as a share of its cost.
        safety: Products under 7 days of cover, the line of another source (X04).
        new_days: Days on sale below which stock without a sale is not judged.
    """

    items: StockItems
    skus: pd.DataFrame
    states: pd.DataFrame
    low_days: float
    high_days: float
    lead_days: float
    holding: float
    safety: int
    new_days: int

    def number(self, *states: str) -> int:
        """Products in these states."""
        return int(self.skus["state"].isin(states).sum())

    @property
    def too_long(self) -> pd.Series:
        """Which rows of ``skus`` lie too long: free stock over the high limit, or without a sale.

        A product just launched has had no time to sell and is not judged; pieces that are
        promised to somebody do not lie.
        """
        state, free = self.skus["state"], self.skus["free"] > 0
        young = self.skus["is_new"] & (state == "unsold")
        return state.isin(("long", "unsold")) & free & ~young

    @property
    def at_risk(self) -> float:
        """Margin at risk until deliveries could be here."""
        return float(self.skus["at_risk"].sum())

    @property
    def excess(self) -> float:
        """Cost of stock beyond the high limit, products without a sale included."""
        return float(self.skus["excess"].sum())


def stock_cover(
    shop: Shop,
    end: date | None = None,
    *,
    low_days: float = 3.0,
    high_days: float = 60.0,
    lead_days: float = 7.0,
    holding: float = 0.25,
    days: int = 30,
    new_days: int = 30,
) -> StockCover:
    """Cover of free stock against two limits.

    Sales per day are counted over days with stock only. The margin at risk is that of the
    days between running out and the arrival of goods ordered today; goods already on the way
    count as stock for it.

    Args:
        shop: What ``stock_items`` needs.
        end: The morning; the one after the last record unless given.
        low_days: Cover below which a product is short.
        high_days: Cover above which it lies too long.
        lead_days: Days until a delivery ordered today is here.
        holding: Yearly cost of holding stock, share of its cost, 0 to 2 (assumed).
        days: Days of sales looked back.
        new_days: Days on sale below which stock without a sale is not judged.

    Raises:
        CannotTell: A table is missing, or there is no stock on record.
        ParameterError: A parameter is out of range.
    """
    in_range("low_days", low_days, 0, 365)
    in_range("high_days", high_days, low_days, 3650)
    in_range("lead_days", lead_days, 0, 365)
    in_range("holding", holding, 0, 2)
    items = stock_items(shop, end, days=days)
    frame = items.frame
    rate = frame["rate"]
    sells = rate > 0
    cover = (frame["free"] / rate.where(sells)).astype("float64")
    new = frame["since"].fillna(np.inf) < new_days
    state = np.select(
        [
            sells & (frame["free"] <= 0),
            cover < low_days,
            cover > high_days,
            sells,
            frame["on_hand"] > 0,
        ],
        ["out", "short", "long", "ok", "unsold"],
        "empty",
    )
    cost = frame["unit_cost"].fillna(0.0)
    margin = ((frame["sales"] - frame["cogs"]) / frame["pieces"].where(sells)).clip(lower=0)
    margin = margin.where(frame["unit_cost"].notna(), 0.0).fillna(0.0)
    soon = (frame["free"] + frame["in_transit"]) / rate.where(sells)
    low = np.isin(state, ("out", "short"))
    at_risk = np.where(low, (lead_days - soon).clip(lower=0).fillna(0.0) * rate * margin, 0.0)
    beyond = (frame["free"] - high_days * rate).clip(lower=0) * cost
    judged = np.isin(state, ("long", "unsold")) & ~(new & ~sells)
    excess = np.where(judged, beyond, 0.0)
    skus = frame[["sku", "category", "free", "in_transit", "rate", "value"]].assign(
        state=state,
        cover=cover,
        at_risk=at_risk,
        excess=excess,
        holding=excess * holding,
        money=np.maximum(at_risk, excess * holding),
        is_new=new,
    )
    grouped = skus.groupby("state")
    sums = {name: grouped[name].sum() for name in ("value", "at_risk", "excess")}
    states = pd.DataFrame({"skus": grouped.size(), **sums}).reindex(list(STATES), fill_value=0)
    return StockCover(
        items=items,
        skus=skus.sort_values(["money", "sku"], ascending=[False, True], ignore_index=True),
        states=states.rename_axis("state").reset_index(),
        low_days=low_days,
        high_days=high_days,
        lead_days=lead_days,
        holding=holding,
        safety=int((cover < 7).sum()),
        new_days=new_days,
    )

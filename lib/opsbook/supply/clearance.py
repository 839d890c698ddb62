"""Dead stock: how deep to cut its price, and what that recovers against holding on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.stock_items import StockItems, in_range, stock_items

__all__ = ["CURVE", "Clearance", "ClearanceTerms", "clearance", "lift", "recovered"]

Floats = NDArray[np.float64]
DEPTHS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
CURVE: Mapping[float, float] = {
    0.0: 1.0, 0.1: 1.3, 0.2: 1.8, 0.3: 2.6, 0.4: 3.8, 0.5: 5.5, 0.6: 7.5, 0.7: 10.0
}  # fmt: skip
"""Sell-through curve assumed where no elasticity is known: sales against those at full price."""


@dataclass(frozen=True)
class ClearanceTerms:
    """What the comparison assumes.

    Args:
        sale_days: Length of the sale.
        hold_days: How long the goods would be held otherwise.
        holding: Yearly cost of holding stock, share of its cost.
        salvage: What a piece brings in the end, share of its cost.
        deepest: Deepest cut that is allowed.
        sure: How far the response may lie off, as a share, for the range shown.
    """

    sale_days: int = 56
    hold_days: int = 365
    holding: float = 0.25
    salvage: float = 0.10
    deepest: float = 0.70
    sure: float = 0.35

    def __post_init__(self) -> None:
        in_range("sale_days", self.sale_days, 7, 365)
        in_range("hold_days", self.hold_days, self.sale_days, 3650)
        in_range("holding", self.holding, 0, 2)
        in_range("salvage", self.salvage, 0, 1)
        in_range("deepest", self.deepest, 0.1, 0.9)
        in_range("sure", self.sure, 0, 0.9)


@dataclass(frozen=True)
class Clearance:
    """The list and what it is worth.

    Args:
        items: The stock.
        skus: One row per dead SKU, most gain first: ``sku, category, pieces, value, cover``
            (days), ``quiet`` (days since the last sale), ``price`` (list), ``depth`` (0: keep),
            ``sold_share`` (in the sale), ``recovered, hold`` (money until ``hold_days``, net of
            holding cost), ``gain, gain_low, gain_high``.
        dead_days: Cover, or days without a sale, from which stock is dead.
        unpriced: Dead SKUs without cost or price, left out.
        young: SKUs without a sale that had less than ``dead_days`` of time, left out.
        terms: The assumptions.
        elasticity: Elasticity by category, the one of all under ""; empty where the curve is
            used.
    """

    items: StockItems
    skus: pd.DataFrame
    dead_days: int
    unpriced: int
    young: int
    terms: ClearanceTerms
    elasticity: Mapping[str, float]

    @property
    def cut(self) -> pd.DataFrame:
        """SKUs for which a cut beats holding on."""
        return self.skus[self.skus["depth"] > 0]

    @property
    def gain(self) -> tuple[float, float, float]:
        """What the cuts bring over holding on, and its range."""
        cut = self.cut
        return tuple(float(cut[c].sum()) for c in ("gain", "gain_low", "gain_high"))  # type: ignore[return-value]


def lift(depth: float, elasticity: float | None = None) -> float:
    """Sales at a cut against sales at full price.

    Args:
        depth: Cut as a fraction of the price.
        elasticity: Derivative of log sales by log price, below zero; the assumed curve
            without one.

    Example:
        >>> lift(0.5, -2.0), lift(0.5)
        (4.0, 5.5)
    """
    if elasticity is not None:
        return float((1 - depth) ** elasticity)
    return float(np.interp(depth, list(CURVE), list(CURVE.values())))


def recovered(
    pieces: Floats,
    rate: Floats,
    price: Floats,
    cost: Floats,
    factor: Floats,
    depth: float,
    terms: ClearanceTerms,
) -> tuple[Floats, Floats]:
    """Money until ``hold_days``: sale first, then full price again, then salvage.

    Args:
        pieces: On hand.
        rate: Pieces a day at full price.
        price: Full price.
        cost: Unit cost.
        factor: Sales in the sale against those at full price.
        depth: Cut in the sale; 0 is holding on.
        terms: The assumptions.

    Returns:
        Money net of holding cost, and share of pieces sold in the sale.
    """  # fmt: skip
    later = terms.hold_days - terms.sale_days
    first = np.minimum(pieces, rate * factor * terms.sale_days)
    second = np.minimum(pieces - first, rate * later)
    rest = pieces - first - second
    held = (pieces - first / 2) * terms.sale_days + (pieces - first - second / 2) * later
    money = first * price * (1 - depth) + second * price + rest * cost * terms.salvage
    return money - held * cost * terms.holding / 365, first / np.maximum(pieces, 1e-9)


@shared
def clearance(
    shop: Shop,
    end: date | None = None,
    *,
    dead_days: int = 180,
    window: int = 180,
    elasticity: float | Mapping[str, float] | None = None,
    terms: ClearanceTerms | None = None,
) -> Clearance:
    """Dead stock with the cut that brings most, or none.

    Sales per day at full price of a product that hardly sells are drawn toward its category's
    dead stock, as if it had half a piece more in ``window`` days: no sale in half a year does
    not mean none ever.

    Args:
        shop: What ``stock_items`` needs.
        end: The morning; the one after the last record unless given.
        dead_days: Cover, or days without a sale, from which stock is dead, 30 to 3650.
        window: Days of sales looked back for the pace.
        elasticity: One for all or one by category, below zero; the assumed curve where None.
        terms: The assumptions.

    Raises:
        CannotTell: A table is missing, or there is no stock on record.
        ParameterError: A parameter is out of range.
    """
    terms = terms or ClearanceTerms()
    in_range("dead_days", dead_days, 30, 3650)
    given = {} if elasticity is None else (
        dict(elasticity) if isinstance(elasticity, Mapping) else {"": float(elasticity)}
    )  # fmt: skip
    for value in given.values():
        in_range("elasticity", value, -20, -0.05)
    items = stock_items(shop, end, days=window)
    frame = items.frame[items.frame["free"] > 0]
    morning = pd.Timestamp(items.end)
    quiet = (morning - frame["last_sale"].fillna(frame["first_stock"])).dt.days.astype("float64")
    cover = frame["free"] / frame["rate"].where(frame["rate"] > 0)
    grown = frame["since"].fillna(np.inf) >= dead_days
    is_dead = (cover > dead_days) | (quiet >= dead_days) | frame["rate"].eq(0)
    dead = frame[is_dead & grown].assign(quiet=quiet, cover=cover)
    priced = dead["unit_cost"].notna() & (dead["list_price"] > 0)
    young = int((is_dead & ~grown).sum())
    unpriced = int((~priced).sum())
    dead = dead[priced].reset_index(drop=True)
    return Clearance(items, _cuts(dead, terms, given), dead_days, unpriced, young, terms, given)


def _cuts(dead: pd.DataFrame, terms: ClearanceTerms, given: Mapping[str, float]) -> pd.DataFrame:
    """The best cut of each product, searched over DEPTHS for all at once."""
    pieces, price, cost = (
        dead[c].to_numpy(np.float64) for c in ("free", "list_price", "unit_cost")
    )
    days = np.maximum(dead["stock_days"].to_numpy(np.float64), 1.0)
    rate = (dead["pieces"].to_numpy(np.float64) + 0.5) / days
    by = [given.get(c, given.get("")) for c in dead["category"]]
    # What customers paid of late already holds the usual discounts: a cut comes on top.
    paid = dead["sales"].to_numpy(np.float64) / np.maximum(dead["pieces"].to_numpy(np.float64), 1)
    price = np.where(dead["pieces"] > 0, np.minimum(paid, price), price)
    hold, _ = recovered(pieces, rate, price, cost, np.ones(len(dead)), 0.0, terms)
    best = {k: np.zeros(len(dead)) for k in ("gain", "depth", "sold_share", "low", "high")}
    for depth in (d for d in DEPTHS if d <= terms.deepest + 1e-9):
        factor = np.array([lift(depth, e) for e in by])
        money, share = recovered(pieces, rate, price, cost, factor, depth, terms)
        better = money - hold > best["gain"] + 1e-9
        # A stronger response may bring less: pieces go in the sale that would have fetched
        # the full price later.
        ends = [money] + [
            recovered(pieces, rate, price, cost, 1 + (factor - 1) * (1 + s), depth, terms)[0]
            for s in (-terms.sure, terms.sure)
        ]
        less, more = np.min(ends, axis=0), np.max(ends, axis=0)
        for name, found in (
            ("gain", money - hold), ("sold_share", share), ("low", less - hold),
            ("high", more - hold), ("depth", np.full(len(dead), depth)),
        ):  # fmt: skip
            best[name] = np.where(better, found, best[name])
    table = dead[["sku", "category", "value", "cover", "quiet"]].assign(
        pieces=pieces, price=price, depth=best["depth"], sold_share=best["sold_share"],
        recovered=hold + best["gain"], hold=hold, gain=best["gain"], gain_low=best["low"],
        gain_high=best["high"],
    )  # fmt: skip
    return table.sort_values(["gain", "sku"], ascending=[False, True], ignore_index=True)

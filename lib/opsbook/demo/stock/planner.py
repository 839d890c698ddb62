"""The shop's planner: what he believes will sell, and what he therefore orders.

He reviews every product once a week by a reorder point and an order-up-to level, and is
wrong in three ways: his forecast of a product drifts, he underrates festivals, and he
trusts the agreed lead time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.stock.agenda import Numbers
from opsbook.demo.stock.plan import SupplyPlan
from opsbook.demo.stock.suppliers import Suppliers

__all__ = ["Planner", "hire"]

_BLOCK = 4
"""Weeks for which the planner's error of a product stays the same."""
_PACKS = np.array([1, 2, 3, 4, 6, 12, 24, 48, 96])
_DEAD = 0.05
"""Pieces expected over lead time and cover below which nothing is ordered any more."""


@dataclass(frozen=True)
class Planner:
    """What the planner believes and the rules he follows.

    Args:
        supply: Rules.
        suppliers: Agreed lead times, smallest orders.
        share: Share of demand that prefers each warehouse.
        lumps: Variance of pieces wanted in a time against their mean, by product; 1 if all
            customers take one.
        pack: Pieces in a pack, by product.
        error: Factor on the true expectation, by product and block of four weeks.
        forgotten: Whether he does not look at a product during a block of four weeks.
        offset: Days from the Monday of the first week to the first day.
        rate: Pieces believed to sell in seven days, by product and week.
        until: The same from the first Monday to the beginning of each week.
    """

    supply: SupplyPlan
    suppliers: Suppliers
    share: Floats
    lumps: Floats
    pack: Ints
    error: Floats
    forgotten: NDArray[np.bool_]
    offset: int
    rate: Floats
    until: Floats

    def believed(self, product: Ints, day: Floats) -> Floats:
        """Pieces believed to sell from the first Monday to the beginning of a day."""
        at = np.minimum((day + self.offset) / 7, self.rate.shape[1] - 1e-6)
        week = at.astype(np.int64)
        begun = self.rate[product, week] * (at - week)
        return np.asarray(self.until[product, week] + begun, np.float64)

    def levels(self, product: Ints, day: int) -> tuple[Floats, Floats]:
        """Reorder point and order-up-to level: one row per product, one column per warehouse.

        A warehouse that would need next to nothing leaves the product to the home warehouse,
        the one that most customers prefer.
        """
        now = np.full(len(product), day + 1.0)
        lead = self.suppliers.lead[self.suppliers.of[product]].astype(np.float64)
        due = now + lead + self.supply.review_days
        sold_by_due = self.believed(product, due)
        after = self.believed(product, due + self.supply.cover_days) - sold_by_due
        need = (sold_by_due - self.believed(product, now))[:, None] * self.share
        cover = after[:, None] * self.share
        home = int(np.argmax(self.share))
        few = need + cover < self.supply.hold_from
        few[:, home] = False
        for amount in (need, cover):
            amount[:, home] += np.where(few, amount, 0.0).sum(axis=1)
            amount[few] = 0.0
        lumps = self.lumps[product][:, None]
        spread = np.sqrt(lumps * need + (self.supply.forecast_cv * need) ** 2)
        point = need + self.supply.service_factor * spread
        level = point + cover
        dead = (need + cover).sum(axis=1) < _DEAD
        point[dead] = level[dead] = -1.0
        level[few] = point[few] = -1.0
        return point, level

    def proposes(self, product: Ints, position: Numbers, least: Ints, day: int) -> Ints:
        """Pieces to order, in full packs and not below the supplier's smallest order.

        Args:
            product: Products under review.
            position: Stock free and on the way: rows as products, columns as warehouses.
            least: Pieces to buy of each product for the home warehouse in any case.
            day: Day of the review.
        """
        point, level = self.levels(product, day)
        missing = np.where(position <= point, np.maximum(level - position, 0.0), 0.0)
        home, pack = int(np.argmax(self.share)), self.pack[product][:, None]
        missing[:, home] = np.maximum(missing[:, home], least)
        missing[self.forgotten[product, (day + self.offset) // 7 // _BLOCK]] = 0.0
        qty = np.ceil(missing / pack - 1e-9).astype(np.int64) * pack
        weight = np.maximum(level, 0.0)
        weight[:, home] += 1e-6
        weight[self.forgotten[product, (day + self.offset) // 7 // _BLOCK]] = 0.0
        qty += self._top_up(self.suppliers.of[product], qty, weight)
        return np.asarray(-(-qty // pack) * pack, np.int64)

    def _top_up(self, supplier: Ints, qty: Ints, weight: Floats) -> Ints:
        """What an order lacks to the smallest one, spread over all the supplier delivers."""
        count = len(self.suppliers)
        total = np.bincount(supplier, weights=qty.sum(axis=1), minlength=count)
        lacks = np.where(total > 0, np.maximum(self.suppliers.moq - total, 0.0), 0.0)
        whole = np.bincount(supplier, weights=weight.sum(axis=1), minlength=count)
        part = weight * (lacks / np.maximum(whole, 1e-12))[supplier][:, None]
        # Whole pieces, where the running total of the supplier passes the next one.
        order = np.argsort(supplier, kind="stable")
        running = np.floor(np.cumsum(part[order]) + 1e-6)
        more = np.empty(part.shape, np.int64)
        more[order] = np.diff(running, prepend=0.0).reshape(part.shape)
        return more


def hire(
    rng: np.random.Generator,
    supply: SupplyPlan,
    clock: Clock,
    suppliers: Suppliers,
    forecast: Floats,
    share: Floats,
    lumps: Floats,
) -> Planner:
    """Give the planner his beliefs.

    Args:
        rng: Source of his errors.
        supply: How wrong he is.
        clock: The period.
        suppliers: The suppliers.
        forecast: True expectation by product and week; may go on after the period.
        share: Share of demand that prefers each warehouse.
        lumps: Variance of pieces wanted against their mean, by product.
    """
    seen = np.bincount(clock.week, minlength=forecast.shape[1]).astype(np.float64)
    seen[clock.weeks :] = 7.0
    rate = forecast * (7 / seen)
    ahead = int(suppliers.lead.max()) + supply.review_days + supply.cover_days
    missing = max(clock.weeks + int(ahead // 7) + 3 - rate.shape[1], 0)
    # Beyond what is forecast he goes on as in the last weeks.
    last = rate[:, -4:].mean(axis=1, keepdims=True)
    rate = np.hstack([rate, np.repeat(last, missing, axis=1)]).astype(np.float32)
    weeks = rate.shape[1]
    effect = np.ones(weeks)
    festival = np.bincount(clock.week, weights=clock.festival) / np.bincount(clock.week)
    effect[: clock.weeks] = np.maximum(festival, 1.0) ** -supply.festival_blindness
    error = _errors(rng, supply, len(rate), -(-weeks // _BLOCK))
    rate *= effect.astype(np.float32)
    for block in range(error.shape[1]):
        rate[:, block * _BLOCK : (block + 1) * _BLOCK] *= error[:, block : block + 1]
    until = np.zeros((len(rate), weeks + 1))
    np.cumsum(rate, axis=1, out=until[:, 1:], dtype=np.float64)
    daily = forecast[:, : clock.weeks].sum(axis=1) / clock.days
    pack = _PACKS[np.maximum(np.searchsorted(_PACKS, supply.pack_days * daily, "right") - 1, 0)]
    forgotten = rng.random(error.shape) < supply.neglect
    return Planner(
        *(supply, suppliers, share, lumps, pack.astype(np.int64), error, forgotten),
        *(clock.first.weekday(), rate, until),
    )


def _errors(rng: np.random.Generator, supply: SupplyPlan, products: int, blocks: int) -> Floats:
    """Factors with mean 1 whose logs forget a part of themselves from block to block."""
    keep, sd = supply.planner_memory, supply.planner_error
    drawn = rng.normal(0.0, sd, (products, blocks))
    for block in range(1, blocks):
        drawn[:, block] = keep * drawn[:, block - 1] + np.sqrt(1 - keep**2) * drawn[:, block]
    return np.exp(drawn - sd**2 / 2)

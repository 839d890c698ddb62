"""What the shop's systems know of its stock: evening by evening, with counts and delays.

The books are right: what a count finds elsewhere is put back the same day. Sales systems
show what is free to sell; when the stock reaches them hours late, they may sell what is gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from opsbook.demo.arrow import numbered, words
from opsbook.demo.draw import Ints, stream
from opsbook.demo.stock.agenda import Whole

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Evenings", "Lags", "Page", "evenings", "inventory", "sync_lags"]

_PRODUCTS = 1000
"""Products put into Arrow at a time."""
_OUTAGE = (1800, 14_400)
"""Seconds the stock is late on a day with an outage."""


@dataclass(frozen=True)
class Lags:
    """Longest delay of each warehouse and day, seconds, and whether it was an outage."""

    seconds: NDArray[np.int32]
    outage: NDArray[np.bool_]


@dataclass(frozen=True)
class Evenings:
    """Stock of a range of products: one row per product and warehouse, one column per day."""

    on_hand: Whole
    reserved: Whole
    in_transit: Whole
    damaged: Whole
    listed: NDArray[np.bool_]


@dataclass(frozen=True)
class Page:
    """Stock of some products, as it is and as it is written.

    Args:
        low: First product.
        stock: Their stock.
        table: Rows of ``inventory_daily``.
        miscounts: Cell, day and error of the counts that are wrong.
        oversold: Cell, day and pieces sold that were not there.
    """

    low: int
    stock: Evenings
    table: pa.Table
    miscounts: tuple[Ints, Ints, Whole]
    oversold: tuple[Ints, Ints, Whole]


def sync_lags(b: "Business") -> Lags:
    """Delays until the sales systems knew the stock: one row per warehouse."""
    rng = stream(b.seed, "stock sync")
    used = b.stock.supply.used
    shape = (len(used), b.clock.days)
    median = np.array([w.sync_lag for w in used])[:, None]
    outage = rng.random(shape) < b.stock.supply.outage_rate
    usual = np.maximum(median * rng.lognormal(0.0, 0.6, shape), 1.0)
    seconds = np.where(outage, rng.uniform(*_OUTAGE, shape), usual)
    return Lags(np.rint(seconds).astype(np.int32), outage)


def evenings(b: "Business", low: int, high: int) -> Evenings:
    """Stock of the products from low to high.

    A product is listed in a warehouse from its first piece there until it has retired and
    nothing is left or on the way.
    """
    stock, days, used = b.stock, b.clock.days, len(b.stock.supply.used)
    first, last = low * used, high * used
    on_hand, reserved = stock.ledger.evenings(first, last, days)
    bought = stock.purchases
    rows = np.flatnonzero((bought.product >= low) & (bought.product < high))
    cell = (bought.product[rows] - low) * used + bought.warehouse[rows]
    coming = np.zeros_like(on_hand)
    np.add.at(coming, (cell, bought.day[rows]), bought.qty[rows])
    came = bought.received[rows] < days
    np.add.at(coming, (cell[came], bought.received[rows][came]), -bought.qty[rows][came])
    in_transit = np.cumsum(coming, axis=1, dtype=np.int32)
    damaged = np.zeros_like(on_hand)
    own = np.flatnonzero((stock.damage.cell >= first) & (stock.damage.cell < last))
    damaged[stock.damage.cell[own] - first, stock.damage.day[own]] = stock.damage.pieces[own]
    listed = np.maximum.accumulate(on_hand > 0, axis=1)
    day = np.arange(days)
    gone = np.where(b.lives.retired < 0, b.clock.weeks + 1, b.lives.retired)[low:high]
    gone_day = np.repeat(gone * 7 - b.clock.first.weekday(), used)[:, None]
    empty = (on_hand == 0) & (reserved == 0) & (in_transit == 0) & (damaged == 0)
    # The evening on which the last piece went is still reported.
    emptied = empty & np.roll(empty, 1, axis=1)
    listed &= ~(emptied & (day > gone_day))
    return Evenings(on_hand, reserved, in_transit, damaged, listed)


def inventory(b: "Business", lags: Lags) -> Iterator[Page]:
    """Rows of ``inventory_daily`` by product, warehouse and day, some products at a time.

    Args:
        b: The shop.
        lags: How late its stock reached the sales systems.
    """
    rng = stream(b.seed, "stock counts")
    used = b.stock.supply.used
    accuracy = np.array([w.accuracy for w in used])
    for low in range(0, len(b.range_), _PRODUCTS):
        high = min(low + _PRODUCTS, len(b.range_))
        now = evenings(b, low, high)
        row, day = np.nonzero(now.listed)
        warehouse = row % len(used)
        on_hand = now.on_hand[row, day]
        counted = rng.random(len(row)) < 1 / b.stock.supply.count_days
        error = _errors(rng, on_hand, counted & (rng.random(len(row)) > accuracy[warehouse]))
        shown, over = _shown(b, rng, now, lags, low)
        sku = numbered("P", np.arange(low + 1, high + 1), 5)
        table = pa.table(
            {
                "date": pa.array(b.clock.dates(day)),
                "sku": pa.DictionaryArray.from_arrays(
                    pa.array((row // len(used)).astype(np.int32)), sku
                ),
                "warehouse_id": words(warehouse, [w.name for w in used]),
                "on_hand": pa.array(on_hand),
                "reserved": pa.array(now.reserved[row, day]),
                "in_transit": pa.array(now.in_transit[row, day]),
                "system_qty": pa.array(shown[row, day]),
                "counted_qty": pa.array(on_hand + error, mask=~counted),
                "damaged": pa.array(now.damaged[row, day]),
                "sync_lag_s": pa.array(lags.seconds[warehouse, day]),
            }
        )
        wrong = np.flatnonzero(error)
        base = low * len(used)
        yield Page(
            low=low,
            stock=now,
            table=table,
            miscounts=(base + row[wrong], day[wrong], error[wrong]),
            oversold=(base + over[0], over[1], -shown[over]),
        )


def _errors(rng: np.random.Generator, on_hand: Whole, wrong: NDArray[np.bool_]) -> Whole:
    """Pieces that a wrong count finds too many or too few; never fewer than none."""
    error = np.zeros(len(on_hand), np.int32)
    at = np.flatnonzero(wrong)
    size = rng.geometric(0.6, len(at))
    fewer = (rng.random(len(at)) < 0.6) & (on_hand[at] > 0)
    error[at] = np.where(fewer, -np.minimum(size, on_hand[at]), size)
    return error


def _shown(
    b: "Business", rng: np.random.Generator, now: Evenings, lags: Lags, low: int
) -> tuple[Whole, tuple[Any, ...]]:
    """What the sales systems show, and where they have sold what is not there."""
    used = len(lags.seconds)
    free = now.on_hand - now.reserved
    shown = free.copy()
    before = np.roll(free, 1, axis=1)
    before[:, 0] = free[:, 0]
    warehouse, day = np.nonzero(lags.outage)
    for w, d in zip(warehouse.tolist(), day.tolist(), strict=True):
        rows = np.arange(w, len(free), used)
        # The day's changes have not arrived yet for about half of the products.
        stale = rows[rng.random(len(rows)) < 0.5]
        shown[stale, d] = before[stale, d]
    lost = b.stock.lost
    own = (lost.product >= low) & (lost.product < low + len(free) // used)
    missed = np.flatnonzero(own & lags.outage[lost.warehouse, lost.day])
    cell = (lost.product[missed] - low) * used + lost.warehouse[missed]
    at = (cell, lost.day[missed])
    shown[at] = free[at]
    np.subtract.at(shown, at, lost.pieces[missed])
    return shown, np.nonzero((shown < 0) & now.listed)

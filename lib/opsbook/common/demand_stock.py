"""On which days a product lay free on a shelf, in which part of its usual warehouses.

``inventory_daily`` is the stock of the evening. A warehouse that has free pieces in the evening
had them all day; one that is empty in the evening had some if it had them the evening before
or shipped an order of that day.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame
from numpy.typing import NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.sales import in_days, paid_orders, sales_lines
from opsbook.shop.shop import Shop

__all__ = ["StockDays", "stock_days", "warehouse_shares"]

Floats = NDArray[np.float32]

_PRIOR = 5.0
"""Pieces of the shop's mix that a SKU's own is mixed with: a SKU sold once has no mix."""
_BITS = 60
"""Warehouses that fit into one whole number; the smallest beyond them count as one."""


_ROWS = 4_000_000
"""Rows of stock read at a time."""


@dataclass(frozen=True)
class StockDays:
    """Stock by SKU (rows) and day (columns).

    Args:
        free: Share of the usual warehouse mix with free stock at the start of the day or
            during it; NaN without a record.
        left: The same at the end of the day.
        pieces: Free pieces of all warehouses at the end of the day.
        coming: Whether a delivery was on the way in the evening.
    """

    free: Floats
    left: Floats
    pieces: Floats
    coming: NDArray[np.bool_]


def warehouse_shares(shop: Shop, skus: pd.Series, start: date, end: date) -> pd.DataFrame:
    """The usual warehouse mix of each SKU: share of its pieces that each warehouse ships.

    A SKU's own shipments are mixed with 5 pieces of the shop's mix, so that one that sold
    once is not taken to live in one warehouse only.

    Args:
        shop: Needs ``orders.warehouse_id``, or only ``inventory_daily`` (then equal shares).
        skus: SKUs wanted.
        start: First day.
        end: Day after the last.

    Returns:
        One row per SKU, one column per warehouse (largest first); rows sum to 1.

    Raises:
        ParameterError: Neither orders nor stock name a warehouse.
    """
    index = pd.Index(skus.to_numpy(object), name="sku")
    if shop.has("orders", "warehouse_id"):
        lines = in_days(sales_lines(shop), start, end)
        houses = paid_orders(shop).select("order_id", "warehouse_id")
        lines = lines.filter(lines.qty > 0).inner_join(houses, "order_id")
        lines = lines.filter(lines.warehouse_id.notnull())
        cells = lines.group_by("sku", "warehouse_id").aggregate(units=lines.qty.sum()).execute()
        if len(cells):
            table = cells.pivot_table(
                index="sku", columns="warehouse_id", values="units", aggfunc="sum", fill_value=0.0
            )
            total = table.sum().sort_values(ascending=False, kind="stable")
            table = table.reindex(index=index, columns=total.index, fill_value=0.0)
            mixed = table.astype("float64") + _PRIOR * (total / total.sum())
            return mixed.div(mixed.sum(axis=1), axis=0)
    if not shop.has("inventory_daily", "warehouse_id"):
        raise ParameterError(N_("neither orders nor inventory_daily name a warehouse"))
    names = sorted(shop.inventory_daily.warehouse_id.as_table().distinct().execute().iloc[:, 0])
    return pd.DataFrame(1 / len(names), index=index, columns=pd.Index(names, name="warehouse_id"))


def stock_days(shop: Shop, skus: pd.Series, start: date, end: date) -> StockDays | None:
    """Stock of each SKU and day, or None in a shop that records none.

    A day without a row is a day without a record, unless the table never has a row with
    nothing on hand: then rows stand only where stock is, and a gap between them is a stock-out.
    """
    if not shop.has("inventory_daily", "date", "sku", "on_hand"):
        return None
    shape = (len(skus), (end - start).days)
    stock = shop.inventory_daily
    if "warehouse_id" not in stock.columns:
        stock = stock.mutate(warehouse_id=ibis.literal("-"))
        shares = pd.DataFrame(1.0, index=pd.Index(skus.to_numpy(object)), columns=["-"])
    else:
        shares = warehouse_shares(shop, skus, start, end)
    shares = _fitting(shares)
    # One evening more than asked for: it is the morning of the first day.
    day_before = start - timedelta(days=1)
    evenings = _evenings(in_days(stock, day_before, end, "date"), skus, shares, day_before, shape)
    bits, listed, seen = evenings.bits, evenings.listed, evenings.seen
    if not evenings.zeros:
        first = np.where(seen.any(axis=1), seen.argmax(axis=1), seen.shape[1])
        seen = np.arange(seen.shape[1]) >= first[:, None]
        listed = np.bitwise_or.accumulate(listed, axis=1)
    shipped = _shipped(shop, skus, shares, start, end, shape)
    mix = shares.to_numpy(np.float32)
    own = listed[:, 1:] | shipped
    left = _share(bits[:, 1:], own, mix)
    free = _share(bits[:, 1:] | (bits[:, :-1] & own) | shipped, own, mix)
    there = seen[:, 1:]
    return StockDays(
        free=np.where(there, free, np.float32(np.nan)),
        left=np.where(there, left, np.float32(np.nan)),
        pieces=np.where(there, evenings.pieces[:, 1:], np.float32(np.nan)),
        coming=evenings.coming[:, 1:],
    )


def _fitting(shares: pd.DataFrame) -> pd.DataFrame:
    if shares.shape[1] <= _BITS:
        return shares
    kept = shares.iloc[:, :_BITS]
    return kept.div(kept.sum(axis=1), axis=0)


def _marks(skus: pd.Series) -> Frame:
    at = np.arange(len(skus), dtype=np.int32)
    return ibis.memtable(pd.DataFrame({"sku": skus.to_numpy(object), "at": at}))


def _houses(shares: pd.DataFrame) -> Frame:
    names = [str(c) for c in shares.columns]
    house = np.arange(len(names), dtype=np.int32)
    return ibis.memtable(pd.DataFrame({"warehouse_id": names, "house": house}))


@dataclass(frozen=True)
class _Evenings:
    """Evenings by SKU and day: warehouses with free stock and with a row, as bits of a number."""

    bits: NDArray[np.int64]
    listed: NDArray[np.int64]
    pieces: Floats
    coming: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    zeros: bool


def _evenings(
    stock: Frame, skus: pd.Series, shares: pd.DataFrame, start: date, shape: tuple[int, int]
) -> _Evenings:
    """Rows scattered into arrays: millions of groups would cost the engine more than that."""
    have = stock.columns
    reserved = stock.reserved.fill_null(0) if "reserved" in have else ibis.literal(0)
    coming = stock.in_transit.fill_null(0) > 0 if "in_transit" in have else ibis.literal(False)
    stock = stock.mutate(
        over=(stock.on_hand - reserved).fill_null(0).cast("float32"),
        nth=stock.date.delta(ibis.literal(start), unit="day").cast("int32"),
        coming=coming,
        zero=(stock.on_hand <= 0).fill_null(False),
    )
    stock = stock.inner_join(_marks(skus), "sku").left_join(_houses(shares), "warehouse_id")
    rows = stock.select(
        "at", "nth", "over", "coming", "zero", house=stock.house.fill_null(-1).cast("int32")
    )
    wide = (shape[0], shape[1] + 1)
    bits, listed = np.zeros(wide, np.int64), np.zeros(wide, np.int64)
    pieces, moving = np.zeros(wide, np.float32), np.zeros(wide, bool)
    seen, zeros = np.zeros(wide, bool), False
    # Some weeks at a time: a table of all rows would not fit beside the arrays.
    step = max(1, _ROWS // max(shape[0] * shares.shape[1], 1))
    for low in range(0, wide[1], step):
        part = rows.filter(rows.nth >= low, rows.nth < low + step).to_pyarrow()
        at, nth, over, on_way, zero, house = (part.column(k).to_numpy() for k in range(6))
        where = (at, nth)
        bit = np.where(house >= 0, np.int64(1) << np.maximum(house, 0).astype(np.int64), 0)
        np.bitwise_or.at(listed, where, bit)
        np.bitwise_or.at(bits, where, np.where(over > 0, bit, 0))
        np.add.at(pieces, where, np.maximum(over, 0))
        moving[at[on_way], nth[on_way]] = True
        seen[where] = True
        zeros = zeros or bool(zero.any())
    return _Evenings(bits, listed, pieces, moving, seen, zeros)


def _shipped(
    shop: Shop,
    skus: pd.Series,
    shares: pd.DataFrame,
    start: date,
    end: date,
    shape: tuple[int, int],
) -> NDArray[np.int64]:
    """Warehouses that ship an order of the day: they had the piece."""
    bits = np.zeros(shape, np.int64)
    if not shop.has("orders", "warehouse_id"):
        return bits
    lines = in_days(sales_lines(shop), start, end)
    places = paid_orders(shop).select("order_id", "warehouse_id")
    lines = lines.filter(lines.qty > 0).inner_join(places, "order_id")
    lines = lines.mutate(nth=lines.day.delta(ibis.literal(start), unit="day").cast("int32"))
    lines = lines.inner_join(_marks(skus), "sku").inner_join(_houses(shares), "warehouse_id")
    rows = lines.select("at", "nth", "house").to_pyarrow()
    at, nth, house = (rows.column(k).to_numpy() for k in range(3))
    np.bitwise_or.at(bits, (at, nth), np.int64(1) << house.astype(np.int64))
    return bits


def _share(bits: NDArray[np.int64], listed: NDArray[np.int64], mix: Floats) -> Floats:
    """Part of the mix whose bit is set, among the warehouses that list the SKU that day."""
    share = np.zeros(bits.shape, np.float32)
    whole = np.zeros(bits.shape, np.float32)
    for k in range(mix.shape[1]):
        share += ((bits >> k) & 1) * mix[:, [k]]
        whole += (((bits | listed) >> k) & 1) * mix[:, [k]]
    part = share / np.maximum(whole, 1e-9)
    # Shares that sum to 1 do so only nearly in floating point; all warehouses are 1.
    return np.where(part > 1 - 1e-5, np.float32(1), part)

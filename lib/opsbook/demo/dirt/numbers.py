"""Dirt in times and amounts: what cannot be, and what does not fit the row's other values."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.demo.dirt.stain import Book, Change, Mask, Stain, Where, filled, mask_of
from opsbook.shop.contract import Column, Table

__all__ = ["stains"]

_NO_FUTURE = ("promised_ts", "promised_date", "paid_until_date", "launch_date")
_PLANS = ("calendar", "capacity", "market_size", "team_kpis", "headcount", "campaigns")
_TOO_MUCH = {
    ("reviews", "stars"): 7,
    ("products", "rating"): 7.5,
    ("tickets", "csat"): 9,
    ("nps", "score"): 11,
    ("ad_spend", "hour"): 25,
}
_DAYS_IN_20_YEARS = 7305
_DAYS_TO_1970 = 20454
"""56 years: from 2026."""
_BACKWARDS = (
    ("shipments", "ship_ts", "deliver_ts"),
    ("returns", "request_ts", "approve_ts"),
    ("returns", "request_ts", "refund_ts"),
    ("purchase_orders", "order_date", "received_date"),
    ("reviews", "review_ts", "reply_ts"),
    ("tickets", "open_ts", "first_reply_ts"),
    ("tickets", "open_ts", "close_ts"),
    ("requests", "open_ts", "close_ts"),
)
_PART_OF = (
    ("ad_spend", "clicks", "impressions"),
    ("search_terms", "own_clicks", "clicks"),
    ("purchase_orders", "qty_ok", "received_qty"),
)


def stains(table: Table, book: Book) -> Iterator[Stain]:
    """Dirt in the times and numbers of a table."""
    for column in table.columns:
        if not book.has(table.name, column.name):
            continue
        if column.kind in ("timestamp", "date"):
            early = _at_zero if column.kind == "timestamp" and table.key else _by_1970
            yield Stain("year_1970", column.name, "too_early", early)
            if column.name not in _NO_FUTURE and table.name not in _PLANS:
                yield Stain("in_future", column.name, "in_future", _in_20_years)
        elif column.kind in ("money", "number", "integer", "fraction"):
            yield from _impossible(column, table)
    for name, first, second in _BACKWARDS:
        if name == table.name and book.has(name, first, second):
            yield Stain(
                *("backwards", second, "wrong_sequence", _days_before(first)),
                where=filled(first, second),
            )
    for name, part, whole in _PART_OF:
        if name == table.name and book.has(name, part, whole):
            yield Stain(
                *("part_above_whole", part, "above_whole", _more_than(whole)),
                where=_positive(part, whole),
            )


def _impossible(column: Column, table: Table) -> Iterator[Stain]:
    name = column.name
    if column.at_least is not None and (table.name, name) != ("order_lines", "qty"):
        kind = "negative" if column.at_least == 0 else "below_least"
        change = _negative if column.at_least == 0 else _constant(column.at_least - 1)
        yield Stain(kind, name, "below_least", change)
    if column.kind == "fraction":
        yield Stain("above_one", name, "above_one", _per_cent)
    if (most := _TOO_MUCH.get((table.name, name))) is not None:
        yield Stain("above_most", name, "above_most", _constant(most))
    if column.kind == "money" and name.endswith("price") and table.name != "order_lines":
        yield Stain("zero_price", name, "price_zero", _constant(0), where=_positive(name))


def _at_zero(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    """The epoch, as programs write it for no time."""
    return pa.array(np.zeros(len(values), "datetime64[s]")).cast(values.type)


def _by_1970(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    """As many years early as 1970 is; rows that differ by their time alone stay different."""
    return _moved(values, np.full(len(values), -_DAYS_TO_1970 * 86400))


def _in_20_years(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    return _moved(values, np.full(len(values), _DAYS_IN_20_YEARS * 86400))


def _moved(values: pa.Array, seconds: object) -> pa.Array:
    """Times moved by seconds, dates by the whole days in them."""
    moment = values.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
    later = moment + np.asarray(seconds).astype("timedelta64[s]")
    return pa.array(later.astype("datetime64[us]")).cast(values.type, safe=False)


def _days_before(first: str) -> Change:
    def change(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
        earlier = _moved(rows[first].combine_chunks(), -86400 * rng.integers(1, 6, len(values)))
        return earlier.cast(values.type)

    return change


def _more_than(whole: str) -> Change:
    def change(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
        return pc.add(rows[whole].combine_chunks(), 1).cast(values.type)

    return change


def _negative(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    number = values.to_numpy(zero_copy_only=False)
    return pa.array(np.where(number > 0, -number, -1)).cast(values.type)


def _constant(value: float) -> Change:
    def change(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
        return pa.array(np.full(len(values), value)).cast(values.type)

    return change


def _per_cent(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    """A share written as 35 instead of 0.35."""
    number = values.to_numpy(zero_copy_only=False)
    return pa.array(np.where(number > 0.011, number * 100, 50.0)).cast(values.type)


def _positive(*columns: str) -> Where:
    def where(chunk: pa.Table) -> Mask:
        mask = np.ones(len(chunk), dtype=bool)
        for name in columns:
            mask &= mask_of(pc.greater(chunk[name], 0))
        return mask

    return where

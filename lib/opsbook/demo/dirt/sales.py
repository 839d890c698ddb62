"""Dirt that contradicts what a shop sells: payments, lines, returns, parcels and visits."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opsbook.demo.dirt.stain import Also, Book, Change, Mask, Stain, Where, filled, mask_of, within
from opsbook.shop.contract import Table

__all__ = ["stains"]

_HOUR = 3600
_YEAR_DAYS = 365
_CLOCK_HOURS = 8
"""Hours between Greenwich and China: what a clock set to the wrong zone is off by."""


def stains(table: Table, book: Book) -> Iterator[Stain]:
    """Dirt that only the business of a table explains."""
    name = table.name
    if name == "orders" and book.has(name, "pay_ts"):
        yield from _orders(book)
    if name == "order_lines" and book.has(name, "qty", "paid_price"):
        yield from _lines(book)
    if name == "returns" and book.sent is not None:
        yield from _returns(book)
    for parcel, column in (("shipments", "ship_ts"), ("returns", "request_ts")):
        if name == parcel and book.has(name, column):
            yield Stain("year_before", column, "before_order", _shifted(-_YEAR_DAYS * 24, 0))
    if name == "events" and book.has("sessions"):
        yield Stain("late_event", "event_ts", "late_event", _shifted(25, 120), moved=True)
        yield Stain("clock_behind", "event_ts", "event_before_visit", _shifted(-12, 0))


def _orders(book: Book) -> Iterator[Stain]:
    if book.clock is not None:
        source, day = book.clock
        early = Also("paid_before_ordered", "pay_ts", when=_before_payment)
        yield Stain(
            *("clock_8h_ahead", "order_ts", "clock_ahead", _shifted(_CLOCK_HOURS, 0)),
            where=_that_day(source, day),
            said=f"platform {source}, {day}",
            issue_column="platform",
            also=(early,),
            whole=True,
        )
    yield Stain(
        *("paid_before_placed", "pay_ts", "paid_before_ordered", _paid_early),
        where=filled("order_ts", "pay_ts"),
    )
    if book.has("orders", "status"):
        yield Stain(
            *("paid_but_unpaid", "pay_ts", "unpaid_with_payment", _paid_late),
            where=_state("unpaid"),
        )
        yield Stain(
            *("payment_lost", "pay_ts", "paid_without_payment", _emptied),
            where=_state("paid", "shipped", "completed"),
        )


def _lines(book: Book) -> Iterator[Stain]:
    priced = filled("qty", "paid_price")
    amounts = [
        (amount, price)
        for amount, price in (("paid_amount", "paid_price"), ("list_amount", "list_price"))
        if book.has("order_lines", amount, price)
    ]
    yield Stain(
        *("zero_price", "paid_price", "price_zero", _times(0)),
        where=priced,
        more=_amounts("paid_price", amounts),
    )
    yield Stain(
        *("negative_qty", "qty", "negative_quantity", _times(-1)),
        where=priced,
        more=_amounts("qty", amounts),
    )
    if book.has("order_lines", "list_price"):
        yield Stain(
            *("paid_above_list", "paid_price", "above_whole", _a_fifth_above_list),
            where=filled("qty", "paid_price", "list_price"),
            more=_amounts("paid_price", amounts),
        )
    if book.has("order_lines", "paid_amount"):
        yield Stain(
            *("amount_off", "paid_amount", "does_not_tie", _one_more),
            where=filled("qty", "paid_price", "paid_amount"),
        )


def _amounts(
    changed: str, amounts: list[tuple[str, str]]
) -> Callable[[pa.Table, pa.Array], dict[str, pa.Array]]:
    """Amounts as the source would have computed them from the changed column."""

    def more(rows: pa.Table, new: pa.Array) -> dict[str, pa.Array]:
        found = {}
        for amount, price in amounts:
            if changed in ("qty", price):
                qty = new if changed == "qty" else rows["qty"].combine_chunks()
                each = new if changed == price else rows[price].combine_chunks()
                product = pc.round(pc.multiply(qty, each), 2)
                found[amount] = product.cast(rows.schema.field(amount).type)
        return found

    return more


def _returns(book: Book) -> Iterator[Stain]:
    assert book.sent is not None
    known = within("return_id", book.sent["return_id"].combine_chunks())
    if book.has("returns", "qty"):
        yield Stain(
            *("returned_too_much", "qty", "returned_too_much", _looked_up(book.sent, "bought")),
            where=known,
        )
    if book.has("returns", "refund_amount"):
        there = filled("refund_amount")
        yield Stain(
            *("refunded_too_much", "refund_amount", "refunded_too_much"),
            _looked_up(book.sent, "paid"),
            where=lambda chunk: known(chunk) & there(chunk),
        )


def _shifted(least_hours: int, most_hours: int) -> Change:
    """Times moved by some hours; by exactly the first where the second is 0."""

    def change(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
        seconds = np.full(len(values), least_hours * _HOUR)
        if most_hours:
            seconds = rng.integers(least_hours * _HOUR, most_hours * _HOUR, len(values))
        return _plus(values, seconds)

    return change


def _plus(values: pa.Array, seconds: np.ndarray) -> pa.Array:
    moment = values.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
    return pa.array(moment + seconds.astype("timedelta64[s]")).cast(values.type)


def _that_day(source: str, day: np.datetime64) -> Where:
    def where(chunk: pa.Table) -> Mask:
        date = chunk["order_ts"].cast(pa.date32(), safe=False)
        return mask_of(pc.and_(pc.equal(chunk["platform"], source), pc.equal(date, day.item())))

    return where


def _before_payment(rows: pa.Table, new: pa.Array) -> Mask:
    return mask_of(pc.less(rows["pay_ts"].combine_chunks(), new))


def _state(*states: str) -> Where:
    there = filled("order_ts")
    return lambda chunk: there(chunk) & within("status", pa.array(states))(chunk)


def _paid_early(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    return _plus(rows["order_ts"].combine_chunks(), -rng.integers(1, 600, len(rows)) * 60)


def _paid_late(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    return _plus(rows["order_ts"].combine_chunks(), rng.integers(10, 600, len(rows)))


def _emptied(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    return pa.nulls(len(values), values.type)


def _times(factor: int) -> Change:
    def change(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
        return pc.multiply(values, factor).cast(values.type)

    return change


def _a_fifth_above_list(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    return pc.round(pc.multiply(rows["list_price"].combine_chunks(), 1.2), 2)


def _one_more(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
    """An amount that includes one piece too many, as when a gift is charged."""
    return pc.add(values, pc.max_element_wise(rows["paid_price"].combine_chunks(), 1.0))


def _looked_up(known: pa.Table, column: str) -> Change:
    """One more than was bought or paid."""

    def change(values: pa.Array, rows: pa.Table, rng: np.random.Generator) -> pa.Array:
        at = pc.index_in(rows["return_id"].combine_chunks(), known["return_id"].combine_chunks())
        most = known[column].combine_chunks().take(at)
        return pc.round(pc.add(most, 1), 2).cast(values.type)

    return change

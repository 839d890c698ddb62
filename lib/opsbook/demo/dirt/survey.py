"""What has to be known of a clean shop before dirt can be planted without side effects."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from opsbook.demo.dirt.stain import Book
from opsbook.shop.contract import contract

__all__ = ["late_followers", "survey"]

_CLOCK_ORDERS = 4
_CLOCK_DAYS = 20
"""The clock goes wrong on one of the busiest days of one platform."""


def survey(files: Mapping[str, Sequence[Path]], rng: np.random.Generator) -> Book:
    """Look through the tables once, in the engine.

    Args:
        files: Tables that are there, each with its files.
        rng: Chooses the day on which a clock goes wrong.
    """
    book = Book({name: tuple(pq.read_schema(f[0]).names) for name, f in files.items()})
    with duckdb.connect() as engine:
        for name in files:
            _view(engine, name, files[name])
            gaps = [c.name for c in contract()[name].columns if c.name in book.columns[name]]
            asked = ", ".join(f'count(*) - count("{column}")' for column in gaps)
            counts = engine.sql(f"select {asked} from {name}").fetchall()[0]
            book.gaps |= {(name, c): n for c, n in zip(gaps, counts, strict=True)}
        book.shelter = _shelter(engine, book)
        back = book.has("returns", "return_id", "order_id", "sku", "qty", "refund_amount")
        if back and book.has("order_lines", "order_id", "sku", "qty", "paid_price"):
            book.sent = _sent(engine, book)
        if book.has("orders", "platform", "pay_ts"):
            book.clock = _clock(engine, rng)
    return book


def late_followers(
    files: Mapping[str, Sequence[Path]], orders: pa.Table, table: str, column: str
) -> pa.Table:
    """Rows of a table that now lie before their order, because its clock went wrong.

    Args:
        files: Tables that are there.
        orders: Soiled orders: ``order_id`` and ``order_ts`` as it stands now.
        table: Table of parcels or returns.
        column: Its time.

    Returns:
        The rows, with ``row``, their place in the table.
    """
    with duckdb.connect() as engine:
        engine.register("wrong", orders)
        _view(engine, table, files[table])
        return engine.sql(
            f"select t.* from (select *, row_number() over () - 1 as row from {table}) t "
            f"join wrong using (order_id) where t.{column} < wrong.order_ts order by row"
        ).to_arrow_table()


def _view(engine: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path]) -> None:
    listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    engine.sql(f"create view {name} as from read_parquet([{listed}])")


def _shelter(engine: duckdb.DuckDBPyConnection, book: Book) -> pa.Array:
    parts = ["select '' as order_id where false"]
    if book.has("returns", "order_id"):
        parts.append("select order_id from returns")
    if book.has("orders", "status"):
        parts.append("select order_id from orders where status in ('cancelled', 'refunded')")
    found = engine.sql(" union ".join(parts)).to_arrow_table()
    return found["order_id"].combine_chunks().cast(pa.string())


def _sent(engine: duckdb.DuckDBPyConnection, book: Book) -> pa.Table:
    """The only return of its order, with the pieces bought and the money paid for all."""
    freight = "max(freight)" if book.has("orders", "freight") else "0"
    amount = "qty * paid_price"
    if book.has("order_lines", "paid_amount"):
        amount = f"coalesce(paid_amount, {amount})"
    return engine.sql(
        f"""
        with single as (
            select order_id, any_value(return_id) as return_id, any_value(sku) as sku
            from returns group by order_id having count(*) = 1
        ), bought as (
            select order_id, sku, sum(qty) as bought from order_lines group by order_id, sku
        ), paid as (
            select order_id, sum({amount}) as paid from order_lines group by order_id
        ), carried as (
            select order_id, coalesce({freight}, 0) as freight from orders group by order_id
        )
        select return_id, bought::double as bought, (paid + freight)::double as paid
        from single join bought using (order_id, sku) join paid using (order_id)
        join carried using (order_id) order by return_id
        """
    ).to_arrow_table()


def _clock(
    engine: duckdb.DuckDBPyConnection, rng: np.random.Generator
) -> tuple[str, np.datetime64] | None:
    days = engine.sql(
        f"""
        select platform, pay_ts::date as day, count(*) as n from orders
        where pay_ts < order_ts + interval 2 hour
          and pay_ts::date = order_ts::date
          and pay_ts::date < (select max(order_ts)::date from orders)
        group by platform, day having n >= {_CLOCK_ORDERS}
        order by n desc, platform, day limit {_CLOCK_DAYS}
        """
    ).fetchall()
    if not days:
        return None
    platform, day, _ = days[int(rng.integers(0, len(days)))]
    return platform, np.datetime64(day, "D")

"""Cost of counting journeys and crediting channels, on made contacts.

    python tests/bench/bench_journeys.py [MILLION_CONTACTS] [FOLDER]

Makes contacts of customers with ten channels, three in ten journeys ending in an order, and
prints seconds and the peak of memory of the process; beside it SQL written by hand for DuckDB
that finds the same paths, without their value and without time decay.
For 100 million contacts: ``python tests/bench/bench_journeys.py 100 /tmp/journeys``.
"""

import resource
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time

import duckdb

import opsbook
from opsbook.traffic.attribution import attribution
from opsbook.traffic.journeys import journeys

_BY_HAND = """
WITH rows AS (
    SELECT customer_id AS who, epoch(touch_ts)::BIGINT AS sec, channel
    FROM '{0}/touchpoints.parquet'
    UNION ALL SELECT customer_id, epoch(order_ts)::BIGINT, NULL FROM '{0}/orders.parquet'
), ahead AS (
    SELECT who, sec, channel, min(CASE WHEN channel IS NULL THEN sec END) OVER (
        PARTITION BY who ORDER BY sec, channel IS NULL
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS buys, lag(channel) OVER past AS past_channel, lag(sec) OVER past AS past_sec
    FROM rows WINDOW past AS (PARTITION BY who ORDER BY sec, channel IS NULL, channel)
), kept AS (
    SELECT who, sec, channel, buys, coalesce(buys - sec <= 2592000, false) AS won, sum(
        CASE WHEN past_channel IS NOT NULL AND sec - past_sec > 2592000 THEN 1 ELSE 0 END
    ) OVER (PARTITION BY who ORDER BY sec, channel) AS part
    FROM ahead WHERE channel IS NOT NULL
    AND NOT coalesce(past_channel = channel AND sec - past_sec <= 1800, false)
), walks AS (
    SELECT won, list(channel ORDER BY sec, channel) AS path
    FROM kept GROUP BY who, buys, won, CASE WHEN won THEN 0 ELSE part END
)
SELECT path, won, count(*) FROM walks GROUP BY path, won
"""


def make(folder: Path, million: float) -> None:
    """Write orders and touchpoints of one year."""
    n = int(million * 1e6)
    people = max(n // 8, 1)
    engine = duckdb.connect()
    engine.execute("SELECT setseed(0.5)")
    moment = "TIMESTAMP '2025-01-01' + INTERVAL 1 SECOND * CAST(random() * 31536000 AS BIGINT)"
    folder.mkdir(parents=True, exist_ok=True)
    engine.execute(
        f"COPY (SELECT 'C' || CAST(random() * {people} AS BIGINT) AS customer_id, "
        f"{moment} AS touch_ts, 'channel ' || CAST(10 * random() * random() AS INT) AS channel "
        f"FROM range({n})) TO '{folder}/touchpoints.parquet'"
    )
    engine.execute(
        f"COPY (SELECT 'O' || range AS order_id, 'C' || CAST(random() * {people} AS BIGINT) "
        f"AS customer_id, {moment} AS order_ts FROM range({n // 10})) "
        f"TO '{folder}/orders.parquet'"
    )


@contextmanager
def _timed(what: str) -> Iterator[None]:
    """Print seconds on the clock and of all cores: on a busy machine only the latter compare."""
    start, busy = perf_counter(), process_time()
    yield
    spent, work = perf_counter() - start, process_time() - busy
    print(f"{what}: {spent:.1f} s, {work:.1f} s of all cores")


def main() -> None:
    """Print one line per step."""
    million = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())
    if not (folder / "touchpoints.parquet").exists():
        make(folder, million)
    with _timed("paths alone, in SQL by hand"):
        duckdb.connect().execute(_BY_HAND.format(folder)).fetchall()
    shop = opsbook.open_shop(folder)
    with _timed("journeys"):
        found = journeys(shop)
    print(f"{len(found.paths):,} paths of {found.paths.journeys:,.0f} journeys")
    for order in (1, 2, 3):
        with _timed(f"attribution, order {order}"):
            attribution(shop, found, order=order, draws=0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory: {peak:.2f} GB")


if __name__ == "__main__":
    main()

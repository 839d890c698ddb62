"""Returns and punctuality on many order lines against hand-written DuckDB SQL, in one run.

Run it from the project root: ``python tests/bench/bench_returns.py --lines 10000000``.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb

import opsbook
from opsbook.shop.periods import Period
from opsbook.supply.returns_rate import returns_rate
from opsbook.supply.timeliness import timeliness

YEAR = Period(date(2024, 1, 1), date(2024, 12, 30))
RETURNS = """
create or replace temp table asked as
select * from (
    select *, row_number() over (partition by order_id, sku order by request_ts, return_id) as place
    from read_parquet('{folder}/returns.parquet') where request_ts < timestamp '2024-12-30'
) where place = 1;
create or replace temp table sold as
select order_id, order_ts, order_ts::date as day from read_parquet('{folder}/orders.parquet')
where status not in ('unpaid', 'cancelled') and order_ts < timestamp '2024-12-30';
create or replace temp table back as
select a.*, s.day, s.amount, s.cost, date_diff('day', s.day, a.request_ts::date) as delay
from asked a join (
    select order_id, sku, min(day) as day, min(order_ts) as order_ts,
           sum(qty * paid_price) as amount, sum(qty * unit_cost) as cost
    from (select * from read_parquet('{folder}/order_lines.parquet')
          semi join asked using (order_id, sku))
    join sold using (order_id) group by all
) s using (order_id, sku) where a.request_ts >= s.order_ts
"""
ANSWERS = (
    """select day, count(*) from read_parquet('{folder}/order_lines.parquet')
       join sold using (order_id) group by all""",
    "select day, delay, count(*) from back group by all",
    """select sku, count(*), sum(1 - exp(-(date '2024-12-30' - day) / 7))
       from read_parquet('{folder}/order_lines.parquet') join sold using (order_id)
       where day >= date '2024-01-01' group by all""",
    """select reason, sku, count(*), sum(amount - cost) from back
       where day >= date '2024-01-01' group by all""",
    """select min(order_ts), max(order_ts) from read_parquet('{folder}/orders.parquet')
       where status not in ('unpaid', 'cancelled')""",
    """select o.order_id is null, count(*), count(distinct (r.order_id, r.sku))
       from read_parquet('{folder}/returns.parquet') r
       left join read_parquet('{folder}/orders.parquet') o using (order_id)
       left join (select distinct order_id, sku from read_parquet('{folder}/order_lines.parquet')
                  where order_id in (select order_id from read_parquet('{folder}/returns.parquet'))
                 ) l
            on l.order_id = r.order_id and l.sku = r.sku
       where r.request_ts >= timestamp '2024-01-01' group by all""",
)


def by_hand(folder: Path) -> int:
    """Returned lines of the year and the tables behind a report, in SQL."""
    engine = duckdb.connect()
    engine.execute(RETURNS.format(folder=folder))
    for answer in ANSWERS:
        engine.execute(answer.format(folder=folder)).fetchall()
    row = engine.execute("select count(*) from back where day >= date '2024-01-01'").fetchone()
    return int(row[0]) if row else 0


def build(folder: Path, lines: int) -> None:
    """Two years, 2.5 lines an order, one parcel each, one line in sixteen comes back."""
    orders = lines * 2 // 5
    db = duckdb.connect()
    db.execute("select setseed(0.5)")
    db.execute(
        f"""copy (select 'O' || i as order_id, 'C' || (i % 300000) as customer_id,
                 'R' || (i % 7) as region, 'W' || (i % 3) as warehouse_id,
                 timestamp '2023-01-01' + to_seconds((random() * 731 * 86400)::bigint) as order_ts,
                 case when random() < 0.05 then 'cancelled' else 'completed' end as status
               from range({orders}) t(i)) to '{folder}/orders.parquet'"""
    )
    db.execute(
        f"""copy (select 'O' || (i % {orders}) as order_id, i::varchar as line_id,
                 'P' || (random() * 40000)::int as sku, 1.0 as qty,
                 round(exp(3 + random() * 2), 2) as paid_price, 12.0 as unit_cost
               from range({lines}) t(i)) to '{folder}/order_lines.parquet'"""
    )
    db.execute(
        f"""copy (select 'R' || row_number() over () as return_id, order_id, sku,
                 'reason ' || (random() * 6)::int as reason,
                 order_ts + to_seconds((86400 * (2 + 14 * random()))::bigint) as request_ts
               from read_parquet('{folder}/order_lines.parquet') l
               join read_parquet('{folder}/orders.parquet') o using (order_id)
               where random() < 0.0625 and status = 'completed')
             to '{folder}/returns.parquet'"""
    )
    db.execute(
        f"""copy (select 'H' || i as shipment_id, order_id, 'K' || (i % 6) as carrier_id,
                 order_ts + to_seconds((3600 * 40 * random())::bigint) as ship_ts,
                 order_ts + to_seconds((3600 * (40 + 60 * random()))::bigint) as deliver_ts,
                 order_ts + to_seconds(3600 * 90) as promised_ts
               from (select *, row_number() over () as i
                     from read_parquet('{folder}/orders.parquet') where status = 'completed'))
             to '{folder}/shipments.parquet'"""
    )
    (folder / "shop.toml").write_text('name = "Bench"\ncurrency = "CNY"\ntimezone = "UTC"\n')


def seconds(work: Callable[[], object]) -> tuple[float, float, object]:
    """Wall clock and processor seconds of one call, and what it gave."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    given = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, used, given


def main() -> None:
    """Print both times and the memory used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000, help="order lines")
    parser.add_argument("--folder", default="", help="where the shop lies or is to be made")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folder = Path(asked.folder or room)
        if not (folder / "orders.parquet").exists():
            folder.mkdir(parents=True, exist_ok=True)
            build(folder, asked.lines)
        best: dict[str, tuple[float, float]] = {}
        for _ in range(asked.repeats):
            wall, used, want = seconds(lambda: by_hand(folder))
            best["SQL"] = min(best.get("SQL", (wall, used)), (wall, used))
            shop = opsbook.open_shop(folder)
            # Looking at a table for the first time is opening it, and is measured elsewhere.
            assert all(shop.table(name).columns for name in shop.tables)
            wall, used, found = seconds(lambda shop=shop: returns_rate(shop, YEAR))  # type: ignore[misc]
            best["returns_rate"] = min(best.get("returns_rate", (wall, used)), (wall, used))
            assert getattr(found, "asked", None) == want, (getattr(found, "asked", None), want)
            wall, used, _ = seconds(lambda shop=shop: timeliness(shop, YEAR))  # type: ignore[misc]
            best["timeliness"] = min(best.get("timeliness", (wall, used)), (wall, used))
        print(f"{asked.lines:,} lines, {want:,} returned in the year")
    for name, (wall, used) in best.items():
        print(f"{name}: {wall:.2f} s of wall, {used:.2f} s of processor")
    ours, sql = best["returns_rate"], best["SQL"]
    print(f"returns_rate over SQL: wall {ours[0] / sql[0]:.2f}, processor {ours[1] / sql[1]:.2f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()

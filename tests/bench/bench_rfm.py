"""RFM on 10 million order lines against the best hand-written DuckDB SQL, in one run.

Run it from the project root: ``python tests/bench/bench_rfm.py``.
"""

import argparse
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb

import opsbook
from opsbook.lifecycle.rfm import rfm

END = date(2025, 1, 1)
SQL = """
with bought as (
    select o.customer_id, o.order_ts::date as day, sum(l.qty * l.paid_price) as amount
    from read_parquet('{folder}/order_lines.parquet') l
    join read_parquet('{folder}/orders.parquet') o using (order_id)
    where o.status not in ('unpaid', 'cancelled') and o.customer_id is not null
      and o.order_ts < timestamp '2025-01-01'
    group by all
), per as (
    select customer_id, max(day) as last_day,
           count(*) filter (day >= date '2024-01-02') as f,
           sum(amount) filter (day >= date '2024-01-02') as m
    from bought group by customer_id
), ranked as (
    select *, least(5, 1 + floor(5 * percent_rank() over (order by last_day))) as r_score,
              least(5, 1 + floor(5 * percent_rank() over (order by f))) as f_score,
              least(5, 1 + floor(5 * percent_rank() over (order by m))) as m_score
    from per where f > 0
)
select r_score, (f_score + m_score) // 2 as standing, count(*) as customers, sum(m) as money
from ranked group by all
"""


def build(folder: Path, lines: int, customers: int) -> None:
    """A shop of two Parquet files: two years, 2.5 lines an order."""
    orders = lines * 2 // 5
    db = duckdb.connect()
    db.execute("select setseed(0.5)")
    db.execute(
        f"""copy (select 'O' || i as order_id,
                 'C' || floor({customers} * pow(random(), 1.6))::int as customer_id,
                 timestamp '2023-01-01' + to_seconds((random() * 731 * 86400)::bigint) as order_ts,
                 case when random() < 0.05 then 'cancelled' else 'completed' end as status
               from range({orders}) t(i)) to '{folder}/orders.parquet'"""
    )
    db.execute(
        f"""copy (select 'O' || (i % {orders}) as order_id, i::varchar as line_id,
                 'P' || (random() * 40000)::int as sku, 1.0 as qty,
                 round(exp(3 + random() * 2), 2) as paid_price
               from range({lines}) t(i)) to '{folder}/order_lines.parquet'"""
    )
    (folder / "shop.toml").write_text('name = "Bench"\ncurrency = "CNY"\ntimezone = "UTC"\n')


def main() -> None:
    """Print both times and the memory used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000, help="order lines")
    parser.add_argument("--customers", type=int, default=332_000, help="customers")
    parser.add_argument("--folder", default="", help="where the shop lies or is to be made")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folder = Path(asked.folder or room)
        if not (folder / "orders.parquet").exists():
            folder.mkdir(parents=True, exist_ok=True)
            build(folder, asked.lines, asked.customers)
        shop = opsbook.open_shop(folder)
        times: dict[str, list[float]] = {"sql": [], "rfm": []}
        for _ in range(5):
            start = time.perf_counter()
            duckdb.connect().execute(SQL.format(folder=folder)).fetchall()
            times["sql"].append(time.perf_counter() - start)
            start = time.perf_counter()
            found = rfm(shop, END)
            times["rfm"].append(time.perf_counter() - start)
        print(f"{len(found.customers):,} customers, {found.money:,.0f} CNY")
    best = {name: min(values) for name, values in times.items()}
    print(
        f"SQL {best['sql']:.2f} s, rfm {best['rfm']:.2f} s, {best['rfm'] / best['sql']:.2f} times"
    )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()

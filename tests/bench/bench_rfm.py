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
SCORED = """
create or replace temp table scored as
with bought as (
    select o.customer_id, o.order_ts::date as day,
           sum(case when o.status = 'refunded' then 0 else l.qty * l.paid_price end) as amount
    from read_parquet('{folder}/order_lines.parquet') l
    right join read_parquet('{folder}/orders.parquet') o using (order_id)
    where o.status not in ('unpaid', 'cancelled') and o.customer_id is not null
      and o.order_ts < timestamp '2025-01-01'
    group by all
), per as (
    select customer_id, max(day) as last_day,
           count(*) filter (day >= date '2024-01-02') as f,
           coalesce(sum(amount) filter (day >= date '2024-01-02'), 0) as m
    from bought group by customer_id
), ranked as (
    select *, least(5, 1 + floor(5 * percent_rank() over (order by last_day))) as r_score,
              least(5, 1 + floor(5 * percent_rank() over (order by f))) as f_score,
              least(5, 1 + floor(5 * percent_rank() over (order by m))) as m_score
    from per where f > 0
)
select customer_id, date '2024-12-31' - last_day as recency_days, f as frequency,
       m as monetary, r_score, f_score, m_score, (f_score + m_score) // 2 as standing
from ranked
"""
SEGMENTS = """
select r_score, standing, count(*) as customers, sum(monetary) as money,
       median(recency_days) as recency_days, avg(frequency) as frequency
from scored group by all
"""
LEFT_OUT = """
select min(order_ts)::date, count(*), count(*) filter (customer_id is null)
from read_parquet('{folder}/orders.parquet') where status not in ('unpaid', 'cancelled')
"""


def by_hand(folder: Path) -> tuple[int, float]:
    """Scored customers, segments and what is left out, as ``rfm`` gives them."""
    engine = duckdb.connect()
    engine.execute(SCORED.format(folder=folder))
    customers = engine.execute("select * from scored order by customer_id").df()
    segments = engine.execute(SEGMENTS).df()
    engine.execute(LEFT_OUT.format(folder=folder)).fetchall()
    return len(customers), float(segments["money"].sum())


def seconds() -> tuple[float, float]:
    """Wall clock, and processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


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
    parser.add_argument("--repeats", type=int, default=5, help="runs of each side")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        folder = Path(asked.folder or room)
        if not (folder / "orders.parquet").exists():
            folder.mkdir(parents=True, exist_ok=True)
            build(folder, asked.lines, asked.customers)
        start = seconds()
        shop = opsbook.open_shop(folder)
        assert shop.orders.columns
        assert shop.order_lines.columns
        looked = [b - a for a, b in zip(start, seconds(), strict=True)]
        best: dict[str, list[float]] = {}
        for _ in range(asked.repeats):
            start = seconds()
            want = by_hand(folder)
            mid = seconds()
            found = rfm(shop, END)
            end = seconds()
            for name, a, b in (("sql", start, mid), ("rfm", mid, end)):
                now = [b[0] - a[0], b[1] - a[1]]
                best[name] = [min(x) for x in zip(best.get(name, now), now, strict=True)]
        assert len(found.customers) == want[0]
        assert abs(found.money / want[1] - 1) < 1e-6, (found.money, want)
        print(f"{len(found.customers):,} customers, {found.money:,.0f} CNY")
    print(f"opening, once: {looked[0]:.2f} s, {looked[1]:.2f} s of processor")
    for i, what in enumerate(("wall", "processor")):
        sql, ours = best["sql"][i], best["rfm"][i]
        print(f"{what}: SQL {sql:.2f} s, rfm {ours:.2f} s, {ours / sql:.2f} times")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()

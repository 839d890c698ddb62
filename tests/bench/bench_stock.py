"""Stock health, ABC and a return rate against hand-written DuckDB SQL, in one run.

Run it from the project root: ``python tests/bench/bench_stock.py``. The answers of both sides
are compared before the times are.
"""

import argparse
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb
import ibis

import opsbook
from opsbook.shop.sales import sales_lines
from opsbook.shop.shop import Shop
from opsbook.supply.abc_xyz import abc_xyz
from opsbook.supply.stock_items import stock_items
from opsbook.supply.stock_value import stock_value

END = date(2025, 1, 1)
SKUS_PER_DAY = 731
LINES = """(select l.sku, l.qty, l.qty * l.paid_price as amount, l.qty * l.unit_cost as cost,
    l.list_price, o.order_ts::date as day
  from read_parquet('{f}/order_lines.parquet') l join read_parquet('{f}/orders.parquet') o
  using (order_id) where coalesce(o.status, 'paid') not in ('unpaid', 'cancelled') and l.qty > 0)"""
ITEMS_STOCK = """
select sku, min(date) filter (on_hand > 0), count(distinct date) filter (on_hand > 0
    and date >= date '2024-12-02'), sum(greatest(on_hand, 0)) filter (date = date '2024-12-31'),
  sum(greatest(greatest(on_hand, 0) - reserved, 0)) filter (date = date '2024-12-31'),
  sum(in_transit) filter (date = date '2024-12-31'),
  count(*) filter (on_hand < 0 and date = date '2024-12-31')
from read_parquet('{f}/inventory_daily.parquet') where date < date '2025-01-01' group by sku
"""
ITEMS_SALES = """
select sku, min(day), max(day), count(distinct day) filter (day >= date '2024-12-02'),
  sum(qty) filter (day >= date '2024-12-02'), sum(amount) filter (day >= date '2024-12-02'),
  sum(cost) filter (day >= date '2024-12-02'), sum(cost) / sum(qty), max(list_price)
from {lines} group by sku
"""
VALUE = """
select date, sum(greatest(on_hand, 0) * unit_cost) as value, sum(on_hand),
  count(distinct sku) filter (on_hand > 0)
from read_parquet('{f}/inventory_daily.parquet') i
  join read_parquet('{f}/products.parquet') p
  using (sku) where date >= date '2024-01-02' and date < date '2025-01-01' group by date
"""
WEEKLY = """
with sold as (select sku, date_diff('day', date '2024-07-03', day) // 7 as week, sum(qty) as u
    from {lines} where day >= date '2024-07-03' and day < date '2025-01-01' group by all),
  held as (select distinct sku, date_diff('day', date '2024-07-03', date) // 7 as week, 0 as u
    from read_parquet('{f}/inventory_daily.parquet')
    where date >= date '2024-07-03' and date < date '2025-01-01' and on_hand > 0)
select sku, count(distinct week), sum(u) as total, sum(u * u)
from (select * from sold union all select * from held) group by sku
"""
RETURNS = """
select date_trunc('month', day) as month, sum(qty) as sold, sum(back) as back
from (select l.order_id, l.sku, l.qty, o.order_ts::date as day
      from read_parquet('{f}/order_lines.parquet') l join read_parquet('{f}/orders.parquet') o
      using (order_id) where coalesce(o.status, 'paid') not in ('unpaid', 'cancelled'))
left join (select order_id, sku, sum(qty) as back from read_parquet('{f}/returns.parquet')
           group by all) using (order_id, sku)
group by month
"""


def by_hand(folder: Path) -> tuple[float, float, float]:
    """Stock value of the last day, pieces of the last 26 weeks, pieces returned."""
    db = duckdb.connect()
    lines = LINES.format(f=folder)
    said = {
        name: text.format(f=folder, lines=lines)
        for name, text in (
            ("stock", ITEMS_STOCK), ("sales", ITEMS_SALES), ("value", VALUE),
            ("sales_26", ITEMS_SALES.replace("2024-12-02", "2024-07-03")),
            ("stock_26", ITEMS_STOCK.replace("2024-12-02", "2024-07-03")),
            ("weekly", WEEKLY), ("returns", RETURNS),
        )
    }  # fmt: skip
    found = {name: db.execute(text).df() for name, text in said.items()}
    value = found["value"].sort_values("date")["value"].iloc[-1]
    return (
        float(value),
        float(found["weekly"]["total"].sum()),
        float(found["returns"]["back"].sum()),
    )


def returned_pieces(shop: Shop) -> float:
    """Return rate by month of purchase, as an aggregate of the engine."""
    lines = sales_lines(shop)
    back = shop.returns.group_by("order_id", "sku").aggregate(back=shop.returns.qty.sum())
    both = lines.left_join(back, ["order_id", "sku"])
    found = both.group_by(month=both.day.truncate("M")).aggregate(
        sold=both.qty.sum(), back=both.back.sum()
    )
    return float(found.execute()["back"].sum())


def by_room(folder: Path) -> tuple[float, float, float]:
    """The same through the room."""
    shop = opsbook.open_shop(folder)
    stock_items(shop, END)
    value = stock_value(shop, END, days=365).now
    found = abc_xyz(shop, END, weeks=26)
    pieces = (found.skus["weekly"] * found.skus["on_sale"]).sum()
    return value, float(pieces), returned_pieces(shop)


def build(folder: Path, lines: int, rows: int) -> None:
    """A shop from range tables: two years, products x days of stock, 2.5 lines an order."""
    skus, orders = max(rows // SKUS_PER_DAY, 10), lines * 2 // 5
    db = duckdb.connect()
    db.execute("select setseed(0.5)")
    tables = {
        "products": f"""select 'P' || i as sku, 'c' || i % 20 as category, 4.0 + i % 7 as unit_cost,
            date '2020-01-01' as launch_date, 20.0 as list_price from range({skus}) t(i)""",
        "orders": f"""select 'O' || i as order_id,
            timestamp '2023-01-01' + to_seconds((random() * 731 * 86400)::bigint) as order_ts,
            case when random() < 0.05 then 'cancelled' else 'completed' end as status
            from range({orders}) t(i)""",
        "order_lines": f"""select 'O' || (i * 2 // 5) as order_id, '' || i % 3 as line_id,
            'P' || floor({skus} * pow(random(), 2))::int as sku, (1 + i % 3)::double as qty,
            10.0 as paid_price, 20.0 as list_price, 4.0 as unit_cost from range({lines}) t(i)""",
        "returns": f"""select 'R' || row_number() over () as return_id, order_id, sku,
            1.0 as qty, timestamp '2024-06-01' as request_ts, 'size' as reason
            from read_parquet('{folder}/order_lines.parquet') where hash(order_id) % 20 = 0""",
        "inventory_daily": f"""select date '2023-01-01' + (i // {skus})::int as date,
            'P' || i % {skus} as sku, 'W' as warehouse_id,
            greatest(0, (hash(i) % 40)::int - 3)::double as on_hand, (i % 2)::double as reserved,
            0.0 as in_transit from range({skus * SKUS_PER_DAY}) t(i)""",
    }
    for name, query in tables.items():
        db.execute(f"copy ({query}) to '{folder}/{name}.parquet' (format parquet)")


def seconds() -> tuple[float, float]:
    """Wall clock, and processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def main() -> None:
    """Build, run both ways in turn, print times and memory."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--lines", type=int, default=10_000_000)
    ask.add_argument("--rows", type=int, default=50_000_000)
    ask.add_argument("--rounds", type=int, default=3)
    given = ask.parse_args()
    ibis.options.interactive = False
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        build(folder, given.lines, given.rows)
        print(f"{given.lines:,} order lines, {given.rows:,} rows of daily stock")
        spent: dict[str, list[tuple[float, float]]] = {"room": [], "hand": []}
        told = {}
        for _ in range(given.rounds):
            for name, run in (("room", by_room), ("hand", by_hand)):
                wall, processor = seconds()
                told[name] = run(folder)
                after = seconds()
                spent[name].append((after[0] - wall, after[1] - processor))
        for a, b in zip(told["room"], told["hand"], strict=True):
            assert abs(a - b) <= 1e-6 * max(abs(b), 1.0), (told["room"], told["hand"])
        best = {
            name: tuple(min(v[k] for v in runs) for k in (0, 1)) for name, runs in spent.items()
        }
        for name, (wall, processor) in best.items():
            print(f"{name}: {wall:.1f} s, {processor:.1f} s of processor")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"room over hand: {best['room'][0] / best['hand'][0]:.2f} by the clock, "
              f"{best['room'][1] / best['hand'][1]:.2f} by the processor")  # fmt: skip
        print(f"largest memory of both: {peak:.1f} GB")


if __name__ == "__main__":
    main()

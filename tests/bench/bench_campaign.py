"""A campaign post-mortem on many order lines and targeted customers, its engine parts against SQL.

Run it from the project root: ``python tests/bench/bench_campaign.py --lines 10000000``. Two
years, 2.5 lines an order, a campaign in the last month but one that went to ``--targeted``
customers. Every part runs in a process of its own, on the same Parquet files.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

SERIES = """
select day, category, sum(gmv) as gmv, sum(margin) as margin from (
    select o.order_ts::date as day, l.sku, sum(l.qty * l.paid_price) as gmv,
           sum(l.qty * (l.paid_price - l.unit_cost)) as margin
    from read_parquet('{folder}/order_lines.parquet') l
    join read_parquet('{folder}/orders.parquet') o using (order_id)
    where o.status not in ('unpaid', 'cancelled') group by all)
left join read_parquet('{folder}/products.parquet') using (sku) group by all;
select order_ts::date as day, count(*) from read_parquet('{folder}/orders.parquet')
where status not in ('unpaid', 'cancelled') group by all
"""
PANEL = """
with spent as (
    select customer_id, {windows} from (
        select o.order_id, o.customer_id, (date '2024-11-01' - o.order_ts::date + 19) // 20 as k,
               sum(l.qty * l.paid_price) as amount,
               sum(l.qty * (l.list_price - l.paid_price)) as off
        from read_parquet('{folder}/order_lines.parquet') l
        join (select * from read_parquet('{folder}/orders.parquet')
              where status not in ('unpaid', 'cancelled') and order_ts < '2024-11-21'
              and order_ts >= date '2024-11-01' - 80) o using (order_id) group by all)
    group by customer_id
), past as (
    select customer_id, count(*) as seen, max(order_ts::date) as recent,
           min(order_ts::date) as oldest
    from read_parquet('{folder}/orders.parquet')
    where status not in ('unpaid', 'cancelled') and order_ts < '2024-11-01' group by customer_id
), marks as (
    select customer_id, count(*) as sent, sum(cost) as cost
    from read_parquet('{folder}/contacts.parquet') where journey = 'K1' group by customer_id
)
select * from past full join marks using (customer_id) left join spent using (customer_id)
"""


def hand(part: str, folder: Path) -> int:
    """The same counting in SQL, all threads, DuckDB's memory held as the library's is."""
    engine = duckdb.connect()
    engine.execute(f"set memory_limit = '2GB'; set temp_directory = '{folder}/spill'")
    windows = ", ".join(
        f"sum(amount) filter (k = {k}) as spend{k}, count(*) filter (k = {k}) as orders{k}"
        for k in range(5)
    )
    windows += ", sum(off) filter (k = 0) as off0, sum(off) filter (k = 1) as off1"
    sql = {"series": SERIES, "panel": PANEL}[part].format(folder=folder, windows=windows)
    rows = 0
    for query in sql.split(";"):
        rows += len(engine.execute(query).df())
    return rows


def ours(part: str, shop: Any) -> int:
    """One part of the room, or all of it."""
    from opsbook.campaign.attainment import attainment
    from opsbook.campaign.baseline import event_lift
    from opsbook.campaign.cause_tree import cause_tree
    from opsbook.campaign.daily import daily_series
    from opsbook.campaign.event import event_of
    from opsbook.campaign.methods import methods_side_by_side
    from opsbook.campaign.money import campaign_money
    from opsbook.campaign.newcomers import newcomers
    from opsbook.campaign.spill import spill_over
    from opsbook.campaign.targeted import targeted_effect
    from opsbook.campaign.targeted_data import customer_panel
    from opsbook.campaign.threshold_design import threshold_design

    event = event_of(shop, "K1")
    begun = seconds()
    if part == "series":
        return len(daily_series(shop).by_category)
    if part == "panel":
        return len(customer_panel(shop, event).features)
    for name, work in {
        "attainment": attainment, "cause tree": cause_tree, "uplift": event_lift,
        "spill": spill_over, "newcomers": newcomers, "targeted": targeted_effect,
        "methods": methods_side_by_side, "money": campaign_money,
        "thresholds": threshold_design,
    }.items():  # fmt: skip
        work(shop, event)
        now = seconds()
        print(f"    {name}: {now[0] - begun[0]:.1f} s, {now[1] - begun[1]:.1f} s of processor")
        begun = now
    return 0


def build(folder: Path, lines: int, targeted: int) -> None:
    """Two years; whoever is targeted is drawn towards good customers."""
    orders, people = lines * 2 // 5, max(targeted * 2, 1000)
    db = duckdb.connect()
    db.execute("select setseed(0.5); set memory_limit = '3GB'")
    tables = {
        "products": """select 'P' || i as sku, 'category ' || i % 12 as category
            from range(5000) t(i)""",
        "orders": f"""select 'O' || i as order_id,
            'C' || floor({people} * pow(random(), 1.5))::int as customer_id,
            timestamp '2023-01-01' + to_seconds((random() * 731 * 86400)::bigint) as order_ts,
            case when random() < 0.05 then 'cancelled' else 'completed' end as status
            from range({orders}) t(i)""",
        "order_lines": f"""select 'O' || (i * 2 // 5) as order_id, i::varchar as line_id,
            'P' || floor(5000 * pow(random(), 2))::int as sku, 1.0 as qty, 5 + 60 * random()
            as paid_price, 70.0 as list_price, 4.0 as unit_cost from range({lines}) t(i)""",
        "contacts": f"""select 'C' || i as customer_id, timestamp '2024-11-01 09:00' as contact_ts,
            'sms' as channel, 'K1' as journey, 0.05 as cost, 'sent' as outcome
            from range({people}) t(i) where random() < 1.5 - i / {people} limit {targeted}""",
        "campaigns": """select 'K1' as campaign_id, 'November sale' as name, 'mega-sale' as type,
            date '2024-11-01' as start_date, date '2024-11-20' as end_date,
            5000000.0 as goal_gmv, '60-6;120-15' as discount_rule""",
    }
    for name, query in tables.items():
        db.execute(f"copy ({query}) to '{folder}/{name}.parquet' (format parquet)")
    (folder / "shop.toml").write_text('name = "Bench"\ncurrency = "CNY"\ntimezone = "UTC"\n')


def seconds() -> tuple[float, float]:
    """Wall clock, and processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def contend(part: str, who: str, folder: Path) -> None:
    """Run once; print seconds, without opening, and memory."""
    import opsbook.campaign.targeted_data

    if who == "ours":
        import opsbook

        before = seconds()
        shop = opsbook.open_shop(folder)
        assert all(shop.table(name).columns for name in shop.tables)
        opening = seconds()
        cost = (opening[0] - before[0], opening[1] - before[1])
        print(f"opening, once: {cost[0]:.1f} s, {cost[1]:.1f} s of processor")
    before = seconds()
    rows = ours(part, shop) if who == "ours" else hand(part, folder)
    wall, used = (b - a for a, b in zip(before, seconds(), strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{part}, {who}: {wall:.1f} s, {used:.1f} s of processor, {peak:.2f} GB, {rows:,} rows")


def main() -> None:
    """Build, then every part by both, then the whole room."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--lines", type=int, default=10_000_000)
    ask.add_argument("--targeted", type=int, default=300_000)
    ask.add_argument("--folder", default="", help="where the shop lies or is to be made")
    ask.add_argument("--contender", nargs=3, help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.contender:
        part, who, folder = given.contender
        contend(part, who, Path(folder))
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(given.folder or place)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "orders.parquet").exists():
            build(folder, given.lines, given.targeted)
        print(f"{given.lines:,} order lines, {given.targeted:,} targeted", flush=True)
        for part, who in (
            ("series", "hand"), ("series", "ours"), ("panel", "hand"), ("panel", "ours"),
            ("room", "ours"),
        ):  # fmt: skip
            command = [sys.executable, __file__, "--contender", part, who, str(folder)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()

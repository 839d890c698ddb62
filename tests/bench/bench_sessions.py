"""Visits made of events, and the channel table, against SQL by hand in the same run.

Run it from the project root: ``python tests/bench/bench_sessions.py --events 100000000``. 67
events and seven visits a visitor; one visit in ten ends in an order of two lines. Each
contender runs in a process of its own on the same Parquet files.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb

VISITS_BY_HAND = """
select count(*), sum(n), sum(dwell) from (
    select visitor_id, no, count(*) as n, max(ts) - min(ts) as dwell from (
        select visitor_id, ts, sum(begins) over (
            partition by visitor_id order by ts rows unbounded preceding) as no
        from (select visitor_id, ts, case when ts - lag(ts) over (
                  partition by visitor_id order by ts) <= 1800 then 0 else 1 end as begins
              from (select visitor_id, epoch(event_ts)::bigint as ts
                    from read_parquet('{folder}/raw/events.parquet'))))
    group by visitor_id, no)
"""
CHANNELS_BY_HAND = """
with worth as (
    select order_id, sum(paid_price * qty) as amount, sum((paid_price - unit_cost) * qty) as margin
    from read_parquet('{folder}/order_lines.parquet') group by order_id
), sold as materialized (
    select o.*, order_ts::date as day, amount, margin
    from read_parquet('{folder}/orders.parquet') o left join worth using (order_id)
    where status not in ('unpaid', 'cancelled')
), first as materialized (
    select customer_id, arg_min(channel, (order_ts, order_id)) as channel, min(day) as first_day,
           arg_min(margin, (order_ts, order_id)) as margin
    from sold where customer_id is not null group by customer_id
), later as (
    select f.channel, f.customer_id, f.first_day,
           sum(case when s.day - f.first_day < 30 then s.margin else 0 end) as v30,
           sum(case when s.day - f.first_day < 90 then s.margin else 0 end) as v90
    from first f join sold s using (customer_id) group by all
)
select * from (
    select channel, count(*) as orders, count(distinct customer_id) as buyers,
           sum(amount) as gmv, sum(margin) as margin, sum(amount * amount) as squares
    from sold where day >= date '2026-01-01' and day < date '2026-02-01' group by channel)
left join (
    select channel, count(*) as visits, count(distinct visitor_id) as visitors,
           sum(bounced::int) as bounces
    from read_parquet('{folder}/sessions.parquet')
    where start_ts >= '2026-01-01' and start_ts < '2026-02-01' group by channel) using (channel)
left join (
    select channel, count(*) as newly, sum(margin) as first_margin from first
    where first_day >= date '2026-01-01' group by channel) using (channel)
left join (
    select channel, sum(v30) as v30, sum(v30 * v30) as q30, sum(v90) as v90, sum(v90 * v90) as q90
    from later group by channel) using (channel)
order by channel
"""


def visits_ours(folder: Path) -> list[float]:
    """Visits, events and seconds through the library."""

    from opsbook.shop.embedded import embedded
    from opsbook.traffic.sessionise import visits_of

    engine = embedded()
    engine.raw_sql("set threads = 2")
    found = visits_of(engine.read_parquet(folder / "raw" / "events.parquet"))
    row = found.aggregate(a=found.count(), b=found.events.sum(), c=found.dwell_s.sum()).execute()
    return [float(v) for v in row.iloc[0]]


def channels_ours(folder: Path) -> list[float]:
    """Orders, buyers, sales, visits and visitors of all channels through the library."""
    import opsbook
    from opsbook.shop.periods import Period
    from opsbook.traffic.channels import channels

    begun = seconds()
    shop = opsbook.open_shop(str(folder))
    shop.sessions.get_backend().raw_sql("set threads = 2")
    opened = seconds()
    print(f"opening: {opened[0] - begun[0]:.1f} s, {opened[1] - begun[1]:.1f} s of processor")
    month = Period(date(2026, 1, 1), date(2026, 2, 1))
    channels(shop, month)
    first = seconds()
    print(
        f"first question: {first[0] - opened[0]:.1f} s, {first[1] - opened[1]:.1f} s of processor"
    )
    frame = channels(shop, month).frame
    again = seconds()
    print(f"on an open shop: {again[0] - first[0]:.1f} s, {again[1] - first[1]:.1f} s of processor")
    return [float(frame[c].sum()) for c in ("orders", "buyers", "gmv", "visits", "visitors")]


def by_hand(question: str, folder: Path) -> list[float]:
    """The same in SQL."""
    engine = duckdb.connect()
    engine.execute("set threads = 2; set memory_limit = '2GB'")
    engine.execute(f"set temp_directory = '{folder}/spill'")
    sql = {"visits": VISITS_BY_HAND, "channels": CHANNELS_BY_HAND}[question]
    frame = engine.execute(sql.format(folder=folder)).df()
    if question == "visits":
        return [float(v) for v in frame.iloc[0]]
    return [float(frame[c].sum()) for c in ("orders", "buyers", "gmv", "visits", "visitors")]


def build(folder: Path, events: int) -> None:
    """Events, visits, orders and their lines of one month."""
    visitors = max(1, events // 67)
    moment = "timestamp '2026-01-01' + to_seconds((random() * 30 * 86400)::bigint)"
    db = duckdb.connect()
    db.execute("select setseed(0.5); set threads = 2; set memory_limit = '3GB'")
    tables = {
        "events": f"""select 'E' || i as event_id, 'V' || hash(i) % {visitors} as visitor_id,
            {moment} as event_ts from range({events}) t(i)""",
        "sessions": f"""select 'S' || i as session_id, 'V' || (i // 7) as visitor_id,
            {moment} as start_ts, 'channel ' || hash(i) % 12 as channel, hash(i) % 5 = 0 as bounced
            from range({visitors * 7}) t(i)""",
        "orders": f"""select 'O' || i as order_id, 'C' || hash(i) % {visitors} as customer_id,
            {moment} as order_ts, 'channel ' || hash(i) % 12 as channel,
            case when hash(i) % 20 = 0 then 'cancelled' else 'completed' end as status
            from range({visitors * 7 // 10}) t(i)""",
        "order_lines": f"""select 'O' || (i // 2) as order_id, 'P' || i % 1000 as sku, 1 as qty,
            10.0 + i % 90 as paid_price, 5.0 as unit_cost
            from range({visitors * 7 // 10 * 2}) t(i)""",
    }
    for name, query in tables.items():
        place = folder / "raw" if name == "events" else folder
        place.mkdir(exist_ok=True)
        db.execute(f"copy ({query}) to '{place}/{name}.parquet' (format parquet)")


def seconds() -> tuple[float, float]:
    """Wall clock, and processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def contend(question: str, who: str, folder: Path) -> None:
    """Answer once, print seconds and memory."""
    ours = {"visits": visits_ours, "channels": channels_ours}[question]
    # Importing the library is not counting.
    import opsbook.traffic.channels
    import opsbook.traffic.sessionise  # noqa: F401

    before = seconds()
    found = ours(folder) if who == "ours" else by_hand(question, folder)
    after = seconds()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    wall, used = after[0] - before[0], after[1] - before[1]
    print(f"{question}, {who}: {wall:.1f} s, {used:.1f} s of processor, {peak:.2f} GB, {found}")


def main() -> None:
    """Build, let both answer both questions in turn."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--events", type=int, default=5_000_000)
    ask.add_argument("--only", nargs="*", default=["visits", "channels"])
    ask.add_argument("--contender", nargs=3, help=argparse.SUPPRESS)
    given = ask.parse_args()
    if given.contender:
        question, who, folder = given.contender
        contend(question, who, Path(folder))
        return
    with tempfile.TemporaryDirectory() as place:
        build(Path(place), given.events)
        print(f"{given.events:,} events")
        for question in given.only:
            for who in ("hand", "ours"):
                command = [sys.executable, __file__, "--contender", question, who, place]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    main()

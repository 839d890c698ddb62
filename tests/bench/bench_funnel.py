"""An ordered funnel of five steps over visitors: ours, SQL by hand, ClickHouse's windowFunnel.

Run it from the project root: ``python tests/bench/bench_funnel.py --events 5000000``. Each
contender runs in a process of its own on the same two Parquet files, two threads, and prints
its counts, which have to agree. ``uniform``: every type equally likely at any time, nothing
can be pruned. ``traffic``: three visitors in four only look.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb

TYPES = ("view", "click", "cart", "checkout", "pay")
WINDOW_S = 86_400
CHANCES = {"uniform": (0.2, 0.4, 0.6, 0.8), "traffic": (0.60, 0.85, 0.93, 0.97)}
IDLE = {"uniform": 0, "traffic": 75}
"""Visitors in a hundred that never do more than view."""
STEP = (
    "case type when 'view' then 1 when 'click' then 2 when 'cart' then 3 "
    "when 'checkout' then 4 else 5 end"
)
BASE = """e as {how} (
    select s.visitor_id as u, epoch(date_trunc('second', v.event_ts))::bigint as ts, {step} as k
    from read_parquet('{folder}/events.parquet') v
    join read_parquet('{folder}/sessions.parquet') s using (session_id)
    where v.type in ('view', 'click', 'cart', 'checkout', 'pay')
)"""


def windows(folder: Path) -> str:
    """Nested running maxima, the portable textbook way."""
    sql = "with " + BASE.format(how="", step=STEP, folder=folder)
    sql += ", w1 as (select *, case when k = 1 then ts end as st from e)"
    for k in range(2, 6):
        sql += (
            f", w{k} as (select u, ts, k, case when k = {k} then "
            f"(case when ts - p <= {WINDOW_S} then p end) else st end as st from (select *, "
            f"max(case when k = {k - 1} then st end) over (partition by u order by ts, k "
            f"rows unbounded preceding) as p from w{k - 1}))"
        )
    return sql + (
        " select d, count(*) from (select u, max(k) as d from w5 where st is not null group by u)"
        " group by d order by d"
    )


def asof(folder: Path) -> str:
    """As-of joins from step to step, the fastest way found by hand."""
    sql = "with " + BASE.format(how="materialized", step=STEP, folder=folder)
    sql += ", s1 as (select u, ts, ts as st from e where k = 1)"
    for k in range(2, 6):
        sql += (
            f", s{k} as (select r.u, r.ts, l.st from (select u, ts from e where k = {k}) r "
            f"asof join s{k - 1} l on r.u = l.u and r.ts >= l.ts where r.ts - l.st <= {WINDOW_S})"
        )
    every = " union all ".join(f"select u, {k} as d from s{k}" for k in range(1, 6))
    return sql + (
        f" select d, count(*) from (select u, max(d) as d from ({every}) group by u)"
        " group by d order by d"
    )


def clickhouse(folder: Path) -> str:
    """ClickHouse's own function, in process."""
    is_step = ", ".join(f"type = '{kind}'" for kind in TYPES)
    return (
        f"select d, count() from (select visitor_id, windowFunnel({WINDOW_S})"
        f"(toUInt64(toUnixTimestamp(event_ts)), {is_step}) as d "
        f"from file('{folder}/events.parquet', Parquet) as v "
        f"inner join file('{folder}/sessions.parquet', Parquet) as s "
        "on v.session_id = s.session_id group by visitor_id) where d > 0 group by d order by d "
        "settings max_threads = 2"
    )


def ours(folder: Path) -> list[tuple[int, int]]:
    """The library, counts only. Opening looks once at every text, and is printed apart."""
    import opsbook
    from opsbook.shop.periods import Period
    from opsbook.traffic.funnel import Funnel, Step, funnel_units

    shop = opsbook.open_shop(str(folder))
    shop.events.get_backend().raw_sql("set threads = 2; set memory_limit = '3GB'")
    spec = Funnel(
        tuple(Step(kind, type=kind) for kind in TYPES),
        timedelta(seconds=WINDOW_S),
        within="visitor",
    )
    assert shop.sessions.columns
    opened = seconds()
    units = funnel_units(shop, spec, Period(date(2026, 1, 1), date(2026, 2, 1)))
    frame = units.group_by("depth").aggregate(n=units.count()).order_by("depth").execute()
    print("opening and imports", *(f"{v:.1f}" for v in (opened[0] - BEGAN, opened[1])))
    return [tuple(map(int, row)) for row in frame.to_numpy()]


def contend(name: str, folder: Path) -> None:
    """Run one contender and print counts, seconds and memory."""
    if name == "ours":
        found: object = ours(folder)
    elif name == "clickhouse":
        import chdb

        rows = str(chdb.query(clickhouse(folder), "CSV")).split()
        found = [tuple(map(int, row.split(","))) for row in rows]
    else:
        engine = duckdb.connect()
        engine.execute("set threads = 2; set memory_limit = '3GB'")
        sql = {"asof": asof, "windows": windows}[name](folder)
        found = engine.execute(sql).fetchall()
    wall, used = seconds()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{name}: wall {wall - BEGAN:.1f} s, processor {used:.1f} s, {peak:.2f} GB, {found}")


def seconds() -> tuple[float, float]:
    """Wall clock, and processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def build(folder: Path, events: int, kind: str) -> None:
    """Two files: 67 events and seven visits a visitor, in one month."""
    visitors = max(1, events // 67)
    db = duckdb.connect()
    db.execute("select setseed(0.5); set threads = 2; set memory_limit = '3GB'")
    a, b, c, d = CHANCES[kind]
    idle = IDLE[kind]
    for half, rows in (("events", f"""
        select 'E' || i as event_id, 'S' || s as session_id,
               timestamp '2026-01-01' + to_seconds((random() * 30 * 86400)::bigint) as event_ts,
               case when r < {a} or hash(s // 7) % 100 < {idle} then 'view'
                    when r < {b} then 'click' when r < {c} then 'cart'
                    when r < {d} then 'checkout' else 'pay' end as type,
               'P' || (i % 1000) as sku
        from (select i, hash(i) % {visitors * 7} as s, random() as r from range({events}) t(i))"""),
        ("sessions", f"""
        select 'S' || i as session_id, 'V' || (i // 7) as visitor_id,
               timestamp '2026-01-01' as start_ts from range({visitors * 7}) t(i)"""),
        ("orders", "select 'O1' as order_id, timestamp '2026-01-15' as order_ts")):  # fmt: skip
        db.execute(f"copy ({rows}) to '{folder}/{half}.parquet' (format parquet)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--kind", choices=list(CHANCES), nargs="*", default=list(CHANCES))
    parser.add_argument("--only", nargs="*", default=["asof", "windows", "ours", "clickhouse"])
    parser.add_argument("--contender", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.contender:
        contend(chosen.contender[0], Path(chosen.contender[1]))
        return
    for kind in chosen.kind:
        with tempfile.TemporaryDirectory() as folder:
            build(Path(folder), chosen.events, kind)
            print(f"{kind}, {chosen.events:,} events", flush=True)
            for name in chosen.only:
                call = [sys.executable, __file__, "--contender", name, folder]
                subprocess.run(call, check=True)


BEGAN = time.perf_counter()
if __name__ == "__main__":
    main()

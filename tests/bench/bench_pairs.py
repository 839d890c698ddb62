"""Pair rules: planted pairs found again, and speed against hand-written DuckDB SQL.

Run from the project root: ``python tests/bench/bench_pairs.py --seeds 5`` (recovery) and
``python tests/bench/bench_pairs.py --lines 10000000`` (speed).

Recovery counts a planted pair as findable when its products sold enough for the plan to make
at least ten joint orders: a product that sold twice in two years cannot show what it pairs
with. Recall is printed for those and for all.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import duckdb
import pandas as pd

import opsbook
from opsbook.demo import simulate
from opsbook.lifecycle.baskets import BasketRules, basket_rules

FIRST_SEED = 1
FINDABLE = 10


def recovery(folder: Path) -> dict[str, float]:
    """Found, planted and findable pairs of one shop."""
    found = basket_rules(opsbook.open_shop(folder))
    planted = pd.read_parquet(folder / "truth" / "pairs.parquet")
    sold = found.baskets.items.set_index("name")["orders"]
    joint = planted["sku"].map(sold).fillna(0) * planted["chance"]
    pairs = [frozenset(p) for p in zip(planted["sku"], planted["drawn_sku"], strict=True)]
    real = {frozenset(p) for p in zip(found.real["item"], found.real["other"], strict=True)}
    hit = pd.Series([p in real for p in pairs])
    findable = (joint >= FINDABLE).to_numpy()
    return {
        "found": len(real),
        "right": int(hit.sum()),
        "planted": len(pairs),
        "findable": int(findable.sum()),
        "right_findable": int(hit[findable].sum()),
        "chance_alone": int((found.pairs["p_value"] < 0.05).sum()),
    }


def recover(seeds: int) -> None:
    """Print precision and recall by seed and over all."""
    rows = []
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        with tempfile.TemporaryDirectory() as room:
            simulate(Path(room), seed=seed, orders=40_000, events="none")
            rows.append(recovery(Path(room)))
        print(seed, rows[-1], flush=True)
    total = pd.DataFrame(rows).sum()
    print(
        f"precision {total['right'] / total['found']:.3f}, recall of findable pairs "
        f"{total['right_findable'] / total['findable']:.3f}, of all planted "
        f"{total['right'] / total['planted']:.3f}"
    )


def make_shop(folder: Path, lines: int) -> None:
    """Baskets of 1 to 30 lines, 20,000 products of very unequal popularity."""
    orders = int(lines / 2.58)
    engine = duckdb.connect()
    engine.execute("select setseed(0.42)")
    engine.execute("set threads = 1")  # the same shop on every machine
    engine.execute(f"""
        create table o as select 'O' || lpad(i::varchar, 9, '0') as order_id,
            timestamp '2024-01-01' + to_seconds((i * 63072000.0 / {orders})::bigint) as order_ts,
            case when random() < .05 then 'cancelled' else 'completed' end as status,
            least(1 + floor(-ln(random()) * 2.04)::int, 30) as k from range({orders}) r(i)""")
    engine.execute(f"copy (select * exclude k from o) to '{folder}/orders.parquet'")
    engine.execute(f"""
        copy (select order_id, (row_number() over ())::varchar as line_id,
              'P' || lpad(floor(20000 * power(random(), 3))::int::varchar, 5, '0') as sku,
              1 as qty, 45.0 as paid_price, 30.0 as unit_cost
              from (select order_id, unnest(range(k)) from o)) to '{folder}/order_lines.parquet'""")


PLAIN = """
    with l as (select distinct order_id, sku from '{d}/order_lines.parquet'
               where order_id in (select order_id from '{d}/orders.parquet'
                                  where status not in ('unpaid', 'cancelled'))),
    i as (select sku, count(*) n from l group by 1 having count(*) >= {item}),
    f as (select l.* from l join i using (sku)),
    p as (select a.sku a, b.sku b, count(*) n from f a join f b
          on a.order_id = b.order_id and a.sku < b.sku group by 1, 2 having count(*) >= {pair}),
    t as (select count(distinct order_id) n from l)
    select p.a, p.b, p.n, p.n / x.n c, p.n * t.n / (x.n * y.n) lift
    from p join i x on x.sku = p.a join i y on y.sku = p.b, t"""

NUMBERED = (
    """create or replace temp table i as select sku, (row_number() over ())::int item
       from (select distinct sku from '{d}/order_lines.parquet')""",
    """create or replace temp table t as select distinct basket, item
       from '{d}/order_lines.parquet' join i using (sku)
       join (select order_id, (row_number() over ())::int basket from '{d}/orders.parquet'
             where status not in ('unpaid', 'cancelled')) using (order_id)""",
    """create or replace temp table c as select item, count(*) n from t group by 1
       having count(*) >= {item}""",
    """create or replace temp table f as select basket, item from t
       where item in (select item from c)""",
    """with p as (select a.item a, b.item b, count(*) n from f a join f b
       on a.basket = b.basket and a.item < b.item group by 1, 2 having count(*) >= {pair}),
       o as (select count(distinct basket) n from t)
       select g.sku, h.sku, p.n, p.n / x.n c, p.n * o.n / (x.n * y.n) lift
       from p join c x on x.item = p.a join c y on y.item = p.b
       join i g on g.item = p.a join i h on h.item = p.b, o""",
)


EVIDENCE = (
    NUMBERED[0],
    """create or replace temp table d as select order_id, order_ts::date as day,
       (row_number() over ())::int basket from '{d}/orders.parquet'
       where status not in ('unpaid', 'cancelled')""",
    """create or replace temp table t as select distinct basket, item
       from '{d}/order_lines.parquet' join i using (sku) join d using (order_id)""",
    NUMBERED[2],
    """create or replace temp table s as select basket, day, k from d join
       (select basket, count(*) k from t group by 1) using (basket)""",
    """create or replace temp table f as select basket, item, day, k from t join s using (basket)
       where k >= 2 and item in (select item from c)""",
    """select item, date_trunc('{grain}', day) time, {size} size, sum(k - 1) met
       from f group by 1, 2, 3""",
    """select date_trunc('{grain}', day) time, {size} size, sum(k * (k - 1)) met
       from s where k >= 2 group by 1, 2""",
    NUMBERED[4].replace("count(distinct basket) n from t", "count(*) n from s"),
)
"""What the test against chance needs as well: neighbours of each item by time and size."""
SIZE = """case when k < 3 then 2 when k < 4 then 3 when k < 6 then 4 when k < 10 then 6
    when k < 20 then 10 when k < 40 then 20 else 40 end"""


HANDS = {"plain SQL": (PLAIN,), "numbered SQL": NUMBERED, "SQL with evidence": EVIDENCE}


def by_hand(folder: Path, found: BasketRules, statements: tuple[str, ...]) -> int:
    """Pairs found by SQL alone: on texts, on numbers, or with the evidence for a test."""
    engine = duckdb.connect()
    engine.execute("set threads = 2")
    item, pair, grain = found.least_item_orders, found.least_orders, found.grain
    for statement in statements:
        asked = statement.format(d=folder, item=item, pair=pair, grain=grain, size=SIZE)
        done = engine.execute(asked)
        if asked.startswith(("select", "with", "\n    with")):
            rows = len(done.df())
    return rows


def seconds() -> tuple[float, float]:
    """Wall clock, and processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def speed(folder: Path, repeats: int) -> None:
    """Print the best of several runs of each side, wall and processor."""
    opsbook.open_shop(folder).orders.count().execute()
    best: dict[str, list[float]] = {}
    for _ in range(repeats):
        shop = opsbook.open_shop(folder)
        shop.orders.get_backend().con.execute("set threads = 2")
        assert shop.order_lines.columns  # the first question to a table looks at its file
        now = [seconds()]
        found = basket_rules(shop)
        now.append(seconds())
        rows = {len(found.pairs)}
        for statements in HANDS.values():
            rows.add(by_hand(folder, found, statements))
            now.append(seconds())
        assert len(rows) == 1, rows
        for place, name in enumerate(("ours", *HANDS)):
            taken = [b - a for a, b in zip(now[place], now[place + 1], strict=True)]
            best[name] = [min(x) for x in zip(best.get(name, taken), taken, strict=True)]
    for name, (wall, used) in best.items():
        print(f"{name}: {wall:.2f} s, {used:.2f} s of processor")
    for i, what in enumerate(("wall", "processor")):
        for name in ("numbered SQL", "SQL with evidence"):
            print(f"ratio to {name}, {what}: {best['ours'][i] / best[name][i]:.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{len(found.pairs):,} pairs; largest memory of all: {peak:.2f} GB")


def main() -> None:
    """Recovery, speed, or both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=0, help="demo shops to simulate")
    parser.add_argument("--lines", type=int, default=0, help="order lines of the speed test")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side")
    asked = parser.parse_args()
    if asked.seeds:
        recover(asked.seeds)
    if asked.lines:
        with tempfile.TemporaryDirectory() as room:
            make_shop(Path(room), asked.lines)
            speed(Path(room), asked.repeats)


if __name__ == "__main__":
    main()

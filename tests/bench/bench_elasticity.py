"""How often planted elasticities lie inside their 95 % intervals, over many demo shops.

Run it from the project root: ``python tests/bench/bench_elasticity.py --seeds 40``.
"""

import argparse
import tempfile
import time
from math import sqrt
from pathlib import Path

import pandas as pd

import opsbook
from opsbook.demo import simulate
from opsbook.demo.plan import CATEGORIES

FIRST_SEED = 1000
"""Away from the seeds that tests and the default shop use."""


def estimates(folder: Path) -> pd.DataFrame:
    """What the method finds in one shop: category, elasticity, low, high."""
    from opsbook.market.elasticity import price_elasticity

    found = price_elasticity(opsbook.open_shop(folder))
    return found[["category", "elasticity", "low", "high"]]


def compare(seeds: int, orders: int, days: int) -> pd.DataFrame:
    """One row per seed and category, with the truth and whether the interval holds it."""
    truth = {c.name: c.elasticity for c in CATEGORIES}
    parts = []
    with tempfile.TemporaryDirectory() as room:
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            start = time.perf_counter()
            folder = simulate(Path(room) / "shop", orders=orders, days=days, seed=seed)
            made = time.perf_counter()
            found = estimates(folder)
            done = time.perf_counter()
            print(f"seed {seed}: simulated {made - start:.1f} s, estimated {done - made:.1f} s")
            parts.append(found.assign(seed=seed))
    result = pd.concat(parts, ignore_index=True)
    result = result[result["category"].isin(list(truth))]
    result["truth"] = result["category"].map(truth).astype(float)
    result["inside"] = result["truth"].between(result["low"], result["high"])
    return result


def main() -> None:
    """Print coverage by category and in all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40, help="shops to simulate")
    parser.add_argument("--orders", type=int, default=40_000, help="orders per shop")
    parser.add_argument("--days", type=int, default=730, help="days per shop")
    asked = parser.parse_args()
    result = compare(asked.seeds, asked.orders, asked.days)
    known = result.dropna(subset=["low", "high"])
    by_category = known.groupby("category").agg(
        truth=("truth", "first"),
        mean=("elasticity", "mean"),
        spread=("elasticity", "std"),
        half_width=("high", lambda high: ((high - known.loc[high.index, "low"]) / 2).mean()),
        coverage=("inside", "mean"),
        intervals=("inside", "size"),
    )
    print(by_category.round(3).to_string())
    share, count = known["inside"].mean(), len(known)
    error = 1.96 * sqrt(0.95 * 0.05 / count)
    print(f"\n{asked.seeds} shops, {count} intervals, {len(result) - len(known)} not identified")
    low, high = 0.95 - error, min(0.95 + error, 1)
    print(f"coverage {share:.1%}; honest 95 % intervals give {low:.1%} to {high:.1%}")


if __name__ == "__main__":
    main()

"""Time, memory and size of demo shops: the default, one million lines, ten million lines.

Run it from the project root: ``python tests/bench/bench_demo.py [ORDERS ...]``.
Each shop is built in a process of its own; memory is that of the process and its helpers.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

from opsbook.demo import simulate

SIZES = (40_000, 625_000, 6_250_000)


def build(orders: int, folder: str, results: "multiprocessing.Queue[tuple[float, ...]]") -> None:
    """Build one shop and report seconds and gigabytes."""
    start = time.perf_counter()
    simulate(folder, orders=orders)
    seconds = time.perf_counter() - start
    own, helpers = (
        resource.getrusage(who).ru_maxrss / 1e6
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    results.put((seconds, own, helpers))


def main() -> None:
    """Print one line per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("orders", nargs="*", type=int, default=SIZES)
    context = multiprocessing.get_context("spawn")
    for orders in parser.parse_args().orders:
        with tempfile.TemporaryDirectory() as room:
            folder = Path(room) / "shop"
            results: multiprocessing.Queue[tuple[float, ...]] = context.Queue()
            process = context.Process(target=build, args=(orders, str(folder), results))
            process.start()
            seconds, own, helpers = results.get()
            process.join()
            size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
        print(
            f"{orders:>10,} orders: {seconds:6.1f} s, {own:.2f} GB and {helpers:.2f} GB in the "
            f"largest helper, {size:,.0f} MB"
        )


if __name__ == "__main__":
    main()

"""Cost of the classic forecasting methods per SKU, on 730 days.

Prints seconds, and microseconds per SKU, for 100, 1,000 and 10,000 SKUs.
"""

from functools import partial
from time import perf_counter

import numpy as np

from opsbook.supply.intermittent import croston, sba, tsb
from opsbook.supply.naive import seasonal_naive
from opsbook.supply.smoothing import holt_winters, ses

METHODS = {
    "seasonal naive": lambda y: seasonal_naive(y, 28),
    "simple smoothing": ses,
    "holt-winters, additive": holt_winters,
    "holt-winters, multiplicative": partial(holt_winters, kind="multiplicative"),
    "croston": croston,
    "sba": sba,
    "tsb": tsb,
}


def main() -> None:
    """Print one row per method."""
    rng = np.random.default_rng(0)
    sizes = (100, 1_000, 10_000)
    made = {n: rng.poisson(rng.gamma(0.5, 1, (n, 1)), (n, 730)).astype(float) for n in sizes}
    print("method".ljust(30), *(f"{n:>10,} SKUs".rjust(22) for n in sizes))
    for name, method in METHODS.items():
        cells = []
        for n in sizes:
            start = perf_counter()
            method(made[n])
            spent = perf_counter() - start
            cells.append(f"{spent:8.2f} s {spent / n * 1e6:8.0f} us")
        print(name.ljust(30), *(c.rjust(22) for c in cells))


if __name__ == "__main__":
    main()

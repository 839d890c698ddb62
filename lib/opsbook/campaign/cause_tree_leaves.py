"""The factors of two windows and what each did to the gap, in whole cents."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from opsbook.campaign.cause_tree_windows import Window
from opsbook.common.lmdi import lmdi

__all__ = ["Factor", "factors_of", "leaf_rows", "whole_cents"]

Factor = tuple[str, str, float, float]
"""Leaf, branch, and the factor in the reference and in the event."""


def factors_of(
    now: Window, then: Window, measure: str
) -> tuple[list[Factor], tuple[tuple[str, str], ...]]:
    """Factors of the money that can be told in both windows, in the order of the tree.

    A factor that one window lacks is left inside the factor before it.
    """
    merged: list[tuple[str, str]] = []

    def both(name: str) -> bool:
        return all(getattr(w, name) == getattr(w, name) for w in (now, then))

    stock, visits, units = both("lost"), both("visitors"), both("units")
    listed = both("list_value") and units
    windows = (then, now)
    rows: list[Factor] = []

    def add(leaf: str, branch: str, values: Sequence[float]) -> None:
        rows.append((leaf, branch, values[0], values[1]))

    def per(above: str, below: str) -> list[float]:
        return [_over(getattr(w, above), getattr(w, below)) for w in windows]

    kept = [_over(w.placed, w.placed + w.lost) if stock else 1.0 for w in windows]
    wanted = [_over(w.orders, k) for w, k in zip(windows, kept, strict=True)]
    if visits:
        people = [w.visitors for w in windows]
        add("traffic", "demand", people)
        add("conversion", "demand", [_over(o, p) for o, p in zip(wanted, people, strict=True)])
    else:
        add("orders", "demand", wanted)
        merged += [("traffic", "orders"), ("conversion", "orders")]
    if units:
        add("basket", "basket", per("units", "orders"))
        if listed:
            add("list_price", "price", per("list_value", "units"))
            add("discount", "price", per("placed", "list_value"))
        else:
            add("price", "price", per("placed", "units"))
            merged += [("list_price", "price"), ("discount", "price")]
    else:
        add("order_value", "basket", per("placed", "orders"))
        merged += [("basket", "order_value"), ("price", "order_value")]
    if stock:
        add("stock_out", "losses", kept)
    else:
        merged.append(("stock_out", "conversion" if visits else "orders"))
    if now.cancels:
        add("cancelled", "losses", per("paid", "placed"))
    else:
        merged.append(("cancelled", "-"))
    if measure == "net":
        add("returned", "losses", [_over(w.net, w.paid) for w in windows])
    else:
        merged.append(("returned", "-"))
    return rows, tuple(merged)


def _over(above: float, below: float) -> float:
    return above / below if below else float("nan")


def leaf_rows(
    factors: Sequence[Factor],
    more: Sequence[tuple[str, str, float, float, float]],
    gap: float,
) -> pd.DataFrame:
    """Every leaf with its effect in whole cents; together they are the gap.

    Args:
        factors: From ``factors_of``.
        more: Leaves that are sums of money: leaf, branch, before, now, effect.
        gap: What the leaves add up to, money.
    """
    before = np.array([[f[2] for f in factors]])
    now = np.array([[f[3] for f in factors]])
    effects = lmdi(before, now)[0]
    rows = [(*f, float(e)) for f, e in zip(factors, effects, strict=True)]
    rows += list(more)
    frame = pd.DataFrame(rows, columns=["leaf", "branch", "before", "now", "effect"])
    frame["effect"] = whole_cents(frame["effect"].to_numpy(float), gap)
    return frame


def whole_cents(values: np.ndarray, total: float) -> np.ndarray:
    """Values in whole cents whose sum is the total in whole cents (largest remainders)."""
    exact = values * 100
    cents = np.floor(exact).astype(np.int64)
    left = round(total * 100) - int(cents.sum())
    order = np.argsort(-(exact - cents), kind="stable")
    step = 1 if left >= 0 else -1
    for k in range(abs(left)):
        cents[order[k % len(order)] if step > 0 else order[-1 - k % len(order)]] += step
    found: np.ndarray = cents / 100
    return found

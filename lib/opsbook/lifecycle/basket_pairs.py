"""Counting which items share a basket, without the baskets that can hold no pair."""

import ibis
import pandas as pd
from ibis import Table as Frame

from opsbook.lifecycle.basket_items import Baskets

__all__ = ["frequent_lines", "pair_counts"]

_MOST_PAIRS = 200_000


def frequent_lines(
    baskets: Baskets, least_item_orders: int, *, most_items: int = 100
) -> tuple[Frame, int]:
    """Lines that can form a pair: frequent items in baskets of at most ``most_items`` items.

    Args:
        baskets: From ``basket_items``.
        least_item_orders: Baskets an item must be in.
        most_items: Larger baskets are left out; they hold a pair for every two items.

    Returns:
        One row per basket and item, of baskets with two items or more: ``basket, item``, the
        basket's ``day`` and its number of items ``k``; and the number of baskets left out for
        their size.
    """
    items = baskets.items
    frequent = ibis.memtable(items.loc[items["orders"] >= least_item_orders, ["item"]])
    sizes = baskets.sizes
    fitting = sizes.filter(sizes.k >= 2, sizes.k <= most_items)
    lines = baskets.table.semi_join(frequent, "item").join(fitting, "basket")
    lines = lines.select("basket", "item", "day", "k")
    if lines.get_backend().name == "duckdb":
        # Asked twice: for the pairs, and for what chance would make of them.
        lines = lines.cache()
    return lines, int(sizes.filter(sizes.k > most_items).count().execute())


def pair_counts(lines: Frame, least: int) -> pd.DataFrame:
    """Baskets that each two items share, by a self-join in the engine.

    Args:
        lines: From ``frequent_lines``.
        least: Pairs in fewer baskets are not fetched.

    Returns:
        One row per pair: ``left, right`` (items), ``orders``; the most frequent 200,000.
    """
    left = lines.select("basket", left="item")
    right = lines.select("basket", right="item")
    joined = left.join(right, [left.basket == right.basket, left["left"] < right["right"]])
    counts = joined.group_by("left", "right").aggregate(orders=joined.count())
    counts = counts.filter(counts.orders >= least)
    # The most frequent ones, should a tiny threshold on a huge shop ask for millions.
    return counts.order_by(ibis.desc("orders"), "left", "right").limit(_MOST_PAIRS).execute()

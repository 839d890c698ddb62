"""Sets of three and more items that are bought together, when pairs do not say enough."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, count, t
from opsbook.lifecycle.basket_items import NEEDS, Baskets, Of, basket_items
from opsbook.lifecycle.basket_measures import rule_measures
from opsbook.shop.periods import Period
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Itemsets", "frequent_itemsets", "itemset_rules"]


@dataclass(frozen=True)
class Itemsets:
    """Sets of items found together in enough baskets.

    Args:
        frame: One row per set: ``items`` (frozenset of names), ``size, orders, support``;
            larger sets last, the most frequent first.
        baskets: What was counted.
        least_orders: Baskets a set had to be in.
        every: 1 where all baskets were read; 4 where every fourth was, and counts are four
            times what was seen.
    """

    frame: pd.DataFrame
    baskets: Baskets
    least_orders: int
    every: int

    def words(self) -> str:
        """How many sets there are and what was read."""
        larger = int((self.frame["size"] > 2).sum())
        text = t(
            "{n} sets are in at least {least} baskets, {larger} of them of three items or more.",
            n=count(len(self.frame)),
            least=count(self.least_orders),
            larger=count(larger),
        )
        if self.every > 1:
            text += " " + t(
                "One basket in {every} was read; counts are scaled.", every=count(self.every)
            )
        return text


def frequent_itemsets(
    shop: Shop,
    period: Period | None = None,
    *,
    of: Of = "sku",
    least_orders: int | None = None,
    least_support: float | None = None,
    most_size: int = 4,
    most_baskets: int = 200_000,
    baskets: Baskets | None = None,
) -> Itemsets:
    """Find sets of items by FP-growth, on as many baskets as fit in memory.

    Args:
        shop: Needs orders and order lines.
        period: Days to include; all of the data unless given.
        of: ``sku``, ``category`` or ``brand``.
        least_orders: Baskets a set must be in; unless given 10, or one in 10,000.
        least_support: The same as a share of all baskets, above 0 to 1; instead of the count.
        most_size: Largest set, 2 to 10 items.
        most_baskets: Baskets with two items or more that are read, 1,000 to 5 million; of more
            an even sample is.
        baskets: From ``basket_items``, to use again.

    Raises:
        ParameterError: A parameter out of range, or both thresholds.
        CannotTell: No lines, or nothing sold.

    Source:
        Han, Pei and Yin (2000), SIGMOD, 1-12 (FP-growth); the implementation is mlxtend's:
        Raschka (2018), Journal of Open Source Software 3, 638.
    """
    _check(least_orders, least_support, most_size, most_baskets)
    held = baskets or basket_items(shop, period, of=of)
    least = least_orders or max(10, held.orders // 10_000)
    if least_support is not None:
        # Half a basket off, so that .6 of five is three whatever floating point says.
        least = max(1, int(np.ceil(least_support * held.orders - 1e-9)))
    frequent = held.items[held.items["orders"] >= least]
    names = frequent["name"].astype(str)
    ones = pd.DataFrame(
        {"items": [frozenset([n]) for n in names], "size": 1, "orders": frequent["orders"]}
    )
    larger, every = _larger(held, frequent, least, most_size, most_baskets)
    frame = pd.concat([ones, larger], ignore_index=True)
    frame["support"] = frame["orders"] / held.orders
    frame["_"] = [tuple(sorted(s)) for s in frame["items"]]
    frame = frame.sort_values(["size", "orders", "_"], ascending=[True, False, True])
    return Itemsets(frame.drop(columns="_").reset_index(drop=True), held, least, every)


def _check(orders: int | None, support: float | None, size: int, baskets: int) -> None:
    if orders is not None and support is not None:
        raise ParameterError(
            N_("least_orders {orders} and least_support {support} say the same; give one"),
            orders=orders,
            support=support,
        )
    if orders is not None and orders < 1:
        raise ParameterError(
            N_("{value} baskets is too few to ask for; use 1 or more"), value=orders
        )
    if support is not None and not 0 < support <= 1:
        raise ParameterError(
            N_("least_support {value} is out of range; use a share above 0, up to 1"),
            value=support,
        )
    if not 2 <= size <= 10:
        raise ParameterError(N_("most_size {value} is out of range; use 2 to 10"), value=size)
    if not 1_000 <= baskets <= 5_000_000:
        raise ParameterError(
            N_("most_baskets {value} is out of range; use 1,000 to 5,000,000"), value=baskets
        )


def _larger(
    held: Baskets, frequent: pd.DataFrame, least: int, most_size: int, most_baskets: int
) -> tuple[pd.DataFrame, int]:
    """Sets of two and more, from baskets with two items or more."""
    from mlxtend.frequent_patterns import fpgrowth  # type: ignore[import-untyped]
    from scipy.sparse import csr_matrix

    nothing = pd.DataFrame({"items": [], "size": [], "orders": []}).astype({"size": int})
    pool = held.orders - held.single
    every = max(1, -(-pool // most_baskets))
    if not pool or frequent.empty:
        return nothing, 1
    sizes = held.sizes.filter(held.sizes.k >= 2)
    if every > 1:
        number = sizes.basket if sizes.basket.type().is_integer() else sizes.basket.hash().abs()
        sizes = sizes.filter(number % every == 0)
    table = held.table
    some = table.semi_join(ibis.memtable(frequent[["item"]]), "item").semi_join(sizes, "basket")
    rows = some.select("basket", "item").execute()
    basket, unique = pd.factorize(rows["basket"])
    code = pd.Series(np.arange(len(frequent)), index=frequent["item"].to_numpy())
    item = code.reindex(rows["item"]).to_numpy(np.int64)
    shape = (len(unique), len(frequent))
    matrix = csr_matrix((np.ones(len(rows), bool), (basket, item)), shape=shape)
    if not len(unique):
        return nothing, every
    wide = pd.DataFrame.sparse.from_spmatrix(matrix, columns=range(len(frequent)))
    # Just below the share of the least count, against rounding.
    share = max((least / every - 0.5) / len(unique), 1e-12)
    found = fpgrowth(wide, min_support=min(share, 1.0), max_len=most_size)
    found = found[found["itemsets"].map(len) > 1]
    if found.empty:
        return nothing, every
    names = frequent["name"].astype(str).to_numpy(object)
    sets = [frozenset(str(names[i]) for i in s) for s in found["itemsets"]]
    orders = np.rint(found["support"].to_numpy() * len(unique)).astype(np.int64) * every
    return pd.DataFrame({"items": sets, "size": [len(s) for s in sets], "orders": orders}), every


def itemset_rules(result: Itemsets, *, least_size: int = 3) -> pd.DataFrame:
    """Rules with one consequent from sets: what the last item follows from.

    Args:
        result: From ``frequent_itemsets``.
        least_size: Smallest set to take rules from, 2 or more.

    Returns:
        One row per set and consequent: ``antecedent`` (frozenset), ``consequent, orders`` and
        the measures of ``rule_measures``, and ``gain``: confidence over the best confidence
        that a smaller antecedent of the same set gives; at 1 or below the longer rule adds
        nothing. By gain.

    Raises:
        CannotTell: There is no set of that size.

    Source:
        Gain: improvement of Bayardo, Agrawal and Gunopulos (2000), Data Mining and Knowledge
        Discovery 4, 217-240.
    """
    orders = dict(zip(result.frame["items"], result.frame["orders"], strict=True))
    total = result.baskets.orders
    rows = []
    for items in result.frame.loc[result.frame["size"] >= least_size, "items"]:
        for name in sorted(items):
            rest = items - {name}
            shorter = [rest - {other} for other in sorted(rest)] if len(rest) > 1 else []
            base = [orders[s | {name}] / orders[s] for s in shorter]
            base.append(orders[frozenset([name])] / total)
            rows.append((rest, name, orders[items], orders[rest], orders[frozenset([name])],
                         max(base)))  # fmt: skip
    if not rows:
        raise CannotTell(
            N_("no set of {size} items is in at least {least} baskets"),
            size=least_size,
            least=result.least_orders,
        )
    rest, name, both, of_rest, of_name, best = (list(column) for column in zip(*rows, strict=True))
    frame = pd.DataFrame({"antecedent": rest, "consequent": name, "orders": both})
    measures = rule_measures(both, of_rest, of_name, total)
    frame[list(measures)] = measures
    frame["gain"] = frame["confidence"] / best
    return frame.sort_values(["gain", "orders"], ascending=False, kind="stable", ignore_index=True)

"""Slow movers by three definitions that share a name and mean different things (X05)."""

from dataclasses import dataclass

import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.supply.active_skus import ActiveSkus
from opsbook.supply.stock_cover import StockCover

__all__ = ["SlowMovers", "slow_movers"]


@dataclass(frozen=True)
class SlowMovers:
    """The three definitions side by side.

    Args:
        cover: Cover by product.
        active: Active SKUs.
        table: One row per definition: ``definition`` (``cover``, ``share``, ``active``),
            ``skus`` (called slow), ``of`` (judged), ``value`` (their stock at cost),
            ``figure`` (fraction), ``limit`` (fraction; NaN where the source gives none),
            ``kept`` (whether the limit is kept; None without one).
        skus: Every product with stock, most value first: ``sku, category, value, cover,
            by_cover, by_silence`` (slow by the first and by the third definition).
        both: Products slow by both.
    """

    cover: StockCover
    active: ActiveSkus
    table: pd.DataFrame
    skus: pd.DataFrame
    both: int


def slow_movers(
    cover: StockCover,
    active: ActiveSkus,
    *,
    share_goal: float = 0.05,
    active_goal: float = 0.70,
) -> SlowMovers:
    """Compare the definitions on the same morning.

    Args:
        cover: From ``stock_cover``: cover above its high limit is slow (001).
        active: From ``active_skus``: silent is slow (001: at least 70 % should be active).
        share_goal: Highest share of stock value that may be slow by cover (004).
        active_goal: Lowest active-SKU rate.

    Raises:
        ParameterError: The two do not speak of the same morning.
    """
    if cover.items.end != active.items.end:
        raise ParameterError(
            N_("cover is of {a} and active SKUs of {b}; use the same day"),
            a=cover.items.end,
            b=active.items.end,
        )
    rows = cover.skus.set_index("sku")
    slow = cover.too_long.set_axis(rows.index)
    state = active.skus.set_index("sku")["state"]
    silent = (state == "silent").reindex(rows.index, fill_value=False)
    held = rows["value"] > 0
    total = float(rows["value"].sum())
    slow_value = float(rows.loc[slow, "value"].sum())
    share = slow_value / total if total > 0 else 0.0
    stocked = int(((rows["free"] > 0) | held).sum())
    on_sale = active.count("active", "silent", "new")
    table = [
        ("cover", int(slow.sum()), stocked, slow_value,
         int(slow.sum()) / stocked if stocked else 0.0, float("nan"), None),
        ("share", int(slow.sum()), stocked, slow_value, share, share_goal, share <= share_goal),
        ("active", active.count("silent"), on_sale, active.silent_value, active.rate,
         active_goal, active.rate >= active_goal),
    ]  # fmt: skip
    columns = ["definition", "skus", "of", "value", "figure", "limit", "kept"]
    skus = rows[["category", "value", "cover"]].assign(by_cover=slow, by_silence=silent)
    skus = skus[held | slow | silent].sort_values("value", ascending=False).reset_index()
    return SlowMovers(
        cover, active, pd.DataFrame(table, columns=columns), skus, int((slow & silent).sum())
    )

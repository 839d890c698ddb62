"""Where and when a leaf of the cause tree sat: the category, channel and phase behind it."""

import numpy as np
import pandas as pd

from opsbook.campaign.attainment_words import phase_name
from opsbook.campaign.cause_tree import CauseTree
from opsbook.language import money, t

__all__ = ["worst_phase", "worst_place"]


def worst_place(tree: CauseTree, leaf: str, effect: float) -> str:
    """The slice that pushed a leaf the way it went most, in words; a dash if none is known.

    Traffic is told by channel, everything about goods by category: what the category's own
    change of the factor did, the other factors held at the mean of both windows.

    Args:
        tree: From ``cause_tree``.
        leaf: One of its leaves.
        effect: What the leaf did, money; its sign says which slice is looked for.
    """
    parts = _channels(tree) if leaf == "traffic" else _categories(tree, leaf)
    if parts is None or parts.empty:
        return "–"
    name = parts.idxmin() if effect < 0 else parts.idxmax()
    value = float(parts[name])
    if value == 0 or (value < 0) != (effect < 0):
        return t("in no one place")
    if leaf == "traffic":
        return t("{name}: {value} visits", name=name, value=f"{value:+,.0f}".replace("-", "−"))
    return t("{name}: {value}", name=name, value=money(value, tree.currency, sign=True))


def _channels(tree: CauseTree) -> "pd.Series | None":
    now, then = (w.by_channel.set_index("channel")["visits"] for w in (tree.now, tree.then))
    if now.empty or then.empty:
        return None
    found: pd.Series = now.sub(then, fill_value=0.0)
    return found


def _categories(tree: CauseTree, leaf: str) -> "pd.Series | None":
    now, then = (w.by_category.set_index("category") for w in (tree.now, tree.then))
    names = now.index.union(then.index)
    if len(names) < 2:
        return None
    one, two = now.reindex(names).fillna(0.0), then.reindex(names).fillna(0.0)

    def mean(column: str) -> pd.Series:
        both: pd.Series = (one[column] + two[column]) / 2
        return both

    def step(above: str, below: str) -> pd.Series:
        # A category that one window lacks has no ratio there: its factor stood still.
        late, early = (f[above] / f[below].replace(0.0, np.nan) for f in (one, two))
        moved: pd.Series = (late - early).fillna(0.0)
        return moved

    if leaf in ("conversion", "orders"):
        price = (mean("placed") / mean("orders").replace(0.0, np.nan)).fillna(0.0)
        return (one["orders"] - two["orders"]) * price
    if leaf == "basket":
        price = (mean("placed") / mean("units").replace(0.0, np.nan)).fillna(0.0)
        return step("units", "orders") * mean("orders") * price
    if leaf in ("price", "order_value"):
        return step("placed", "units") * mean("units")
    if leaf == "list_price":
        # Mix: what the category sold more or less than its share, at its distance in price.
        rate = float(mean("list_value").sum()) / max(float(mean("units").sum()), 1e-9)
        share = one["units"] / one["units"].sum() - two["units"] / two["units"].sum()
        level = (mean("list_value") / mean("units").replace(0.0, np.nan)).fillna(rate)
        mix = share * (level - rate) * float(mean("units").sum())
        return step("list_value", "units") * mean("units") + mix
    if leaf == "discount":
        return step("placed", "list_value") * mean("list_value")
    if leaf == "stock_out":
        found: pd.Series = two["lost"] - one["lost"]
        return found
    if leaf == "cancelled":
        return step("paid", "placed") * mean("placed")
    if leaf == "returned":
        return step("returned", "paid") * mean("paid") * -1
    return None


def worst_phase(tree: CauseTree, effect: float) -> str:
    """The phase whose sales moved most in the leaf's direction; a dash where none is paired.

    Args:
        tree: From ``cause_tree``.
        effect: What the leaf did, money.
    """
    if tree.phases.empty:
        return "–"
    rows = tree.phases.set_index("phase")["effect"]
    name = str(rows.idxmin() if effect < 0 else rows.idxmax())
    if (float(rows[name]) < 0) != (effect < 0):
        return t("in no one phase")
    return t(
        "{phase}: {value} of GMV",
        phase=phase_name(name),
        value=money(float(rows[name]), tree.currency, sign=True),
    )

"""Who leaves carts behind: groups against all others, small ones not taken at their word."""

import numpy as np
import pandas as pd

from opsbook.traffic.funnel import share_interval

__all__ = ["cart_profile"]

_TRAITS = ("device", "source_class", "known", "checkout", "basket")
_FEWEST = 30


def cart_profile(judged: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Abandoned share of groups of carts.

    Args:
        judged: One row per cart: ``paid, device, source_class, customer_id, checkout, value``.
        level: Confidence of the intervals, 0.5 to 0.999.

    Returns:
        One row per group of at least 30 carts with another beside it: ``trait`` (``device,
        source_class, known`` (a known customer), ``checkout`` (was reached), ``basket``
        (third of carts by value)), ``group, carts, abandoned, rate, low, high`` (Wilson),
        ``gap`` (rate less that of all other carts, fraction), ``p`` (corrected for being
        many, Benjamini-Hochberg), ``value`` (money in its abandoned carts); by trait, the
        highest rate first.
    """
    frame = judged.assign(
        known=np.where(judged["customer_id"].notna(), "yes", "no"),
        checkout=np.where(judged["checkout"], "yes", "no"),
        basket=_thirds(judged["value"]),
        left=~judged["paid"],
    )
    rows = []
    for trait in _TRAITS:
        sums = frame.groupby(trait, dropna=True).agg(
            carts=("left", "size"), abandoned=("left", "sum")
        )
        worth = frame[frame["left"]].groupby(trait)["value"].sum()
        sums = sums[sums["carts"] >= _FEWEST]
        if len(sums) < 2:
            continue
        for group, row in sums.sort_values("abandoned", ascending=False).iterrows():
            rows.append(_row(trait, str(group), row, frame, float(worth.get(group, 0.0)), level))
    names = ["trait", "group", "carts", "abandoned", "rate", "low", "high", "gap", "p", "value"]
    table = pd.DataFrame(rows, columns=names)
    if table.empty:
        return table
    from scipy.stats import false_discovery_control

    table["p"] = false_discovery_control(table["p"].fillna(1.0))
    place = {trait: n for n, trait in enumerate(_TRAITS)}
    table["place"] = table["trait"].map(place)
    table = table.sort_values(["place", "rate"], ascending=[True, False])
    return table.drop(columns="place").reset_index(drop=True)


def _thirds(value: pd.Series) -> "np.ndarray":
    """Thirds by value, carts of one value together; empty where all are worth the same."""
    if value.nunique() < 3:
        return np.full(len(value), None, dtype=object)
    place = value.rank(pct=True, method="average")
    return np.select([place <= 1 / 3, place <= 2 / 3], ["low", "middle"], "high")


def _row(
    trait: str, group: str, row: pd.Series, frame: pd.DataFrame, value: float, level: float
) -> dict[str, object]:
    from scipy.special import ndtr

    n, x = int(row["carts"]), int(row["abandoned"])
    m, y = len(frame) - n, int(frame["left"].sum()) - x
    low, high = share_interval(x, n, level)
    gap, p = float("nan"), float("nan")
    if m:
        gap, pooled = x / n - y / m, (x + y) / (n + m)
        error = (pooled * (1 - pooled) * (1 / n + 1 / m)) ** 0.5
        p = float(2 * ndtr(-abs(gap) / error)) if error > 0 else float("nan")
    return {"trait": trait, "group": group, "carts": n, "abandoned": x, "rate": x / n,
            "low": low, "high": high, "gap": gap, "p": p, "value": value}  # fmt: skip

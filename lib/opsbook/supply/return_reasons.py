"""Why goods come back, which few reasons make most of the cost, and whose they are to mend."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from opsbook.common.shares import wilson
from opsbook.supply.returns_rate import Returns

__all__ = ["CAUSES", "ReturnReasons", "cause_of", "return_reasons"]

CAUSES: Mapping[str, tuple[str, ...]] = {
    "transport": (
        "damage",
        "broken",
        "late",
        "delay",
        "破损",
        "损坏",
        "晚",
        "延迟",
        "超时",
        "物流",
    ),
    "warehouse": ("wrong item", "wrong product", "missing", "发错", "错发", "漏发", "少件"),
    "listing": ("size", "fit", "describ", "colour", "color", "尺码", "不符", "描述", "色差"),
    "quality": ("quality", "defect", "fault", "质量", "瑕疵", "故障", "做工"),
    "choice": ("want", "mind", "price", "不想", "不喜欢", "七天", "无理由", "拍错", "降价"),
}
"""Root cause and the words in a reason that point to it, first match counts."""


@dataclass(frozen=True)
class ReturnReasons:
    """Reasons in the order of their cost.

    Args:
        reasons: One row per reason: ``reason, cause`` (``transport, warehouse, listing,
            quality, choice``, ``unknown``), ``asked, share, low, high`` (of returns),
            ``cost, cost_share, running`` (cost share so far), ``vital`` (needed to reach
            80 % of cost), ``category`` (where it makes the largest part of returns beyond
            its share in the shop), ``sku`` (with most returns for it).
        causes: One row per cause: ``cause, asked, cost, cost_share``.
        asked: Returns behind them.
        unnamed: Returns without a reason; among the reasons they stand as empty.
        level: Confidence of the intervals.
        currency: ISO code.
        shop: Title of the shop.
    """

    reasons: pd.DataFrame
    causes: pd.DataFrame
    asked: int
    unnamed: int
    level: float
    currency: str
    shop: str


def cause_of(reason: str, owners: Mapping[str, str] | None = None) -> str:
    """The root cause a reason points to.

    Args:
        reason: As the customer gave it.
        owners: Causes by reason that go before the words, as the shop knows better.

    Example:
        >>> cause_of("damaged in transit"), cause_of("尺码不合适"), cause_of("other")
        ('transport', 'listing', 'unknown')
    """
    if owners and reason in owners:
        return owners[reason]
    plain = reason.lower()
    return next((c for c, words in CAUSES.items() if any(w in plain for w in words)), "unknown")


def return_reasons(found: Returns, *, owners: Mapping[str, str] | None = None) -> ReturnReasons:
    """Rank the reasons of a period's returns by what they cost.

    Args:
        found: From ``returns_rate``.
        owners: Causes by reason, where the words in it mislead.
    """
    back = found.back.assign(reason=found.back["reason"].fillna(""))
    table = back.groupby("reason")[["asked", "cost"]].sum().reset_index()
    table = table.sort_values(["cost", "asked", "reason"], ascending=[False, False, True])
    total, money = float(table["asked"].sum()), float(table["cost"].sum())
    low, high = wilson(table["asked"], np.full(len(table), total), found.level)
    running = table["cost"].cumsum() / (money or 1.0)
    table = table.assign(
        cause=[cause_of(r, owners) for r in table["reason"]],
        share=table["asked"] / (total or 1.0), low=low, high=high,
        cost_share=table["cost"] / (money or 1.0), running=running,
        vital=(running - table["cost"] / (money or 1.0)) < 0.8 - 1e-9,
        category=table["reason"].map(_stands_out(back)),
        sku=table["reason"].map(_most(back)),
    ).reset_index(drop=True)  # fmt: skip
    causes = table.groupby("cause")[["asked", "cost", "cost_share"]].sum()
    causes = causes.sort_values("cost", ascending=False).reset_index()
    return ReturnReasons(
        reasons=table,
        causes=causes,
        asked=int(total),
        unnamed=int(table.loc[table["reason"] == "", "asked"].sum()),
        level=found.level,
        currency=found.currency,
        shop=found.shop,
    )


def _stands_out(back: pd.DataFrame) -> dict[str, str]:
    """Category with most returns for a reason beyond what its returns would have."""
    counts = back.pivot_table(
        index="reason", columns="category", values="asked", aggfunc="sum", fill_value=0
    )
    if counts.empty:
        return {}
    expected = np.outer(counts.sum(axis=1), counts.sum()) / counts.to_numpy().sum()
    return (counts - expected).idxmax(axis=1).to_dict()


def _most(back: pd.DataFrame) -> dict[str, str]:
    sums = back.groupby(["reason", "sku"])["asked"].sum().reset_index()
    sums = sums.sort_values(["asked", "sku"], ascending=[False, True])
    return dict(sums.drop_duplicates("reason")[["reason", "sku"]].itertuples(index=False))

"""How next period's volume should be divided among suppliers, under limits.

Better suppliers get more, only where they have delivered that category before, no more than
they have shown they can deliver, never too much from one, and never too big a step at once.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.scorecard import Scorecard

__all__ = ["Quota", "quota"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quota:
    """A proposal of shares.

    Args:
        end: Day after the last one known.
        days: Days whose volume is divided.
        shares: One row per category and supplier that has delivered it: ``category,
            supplier_id, spend`` (of the days), ``share`` (now), ``proposed, change`` (points),
            ``score, why`` (``better``, ``worse``, ``capacity``, ``concentration``, ``step``,
            ``alone``, ``same`` where the scores do not differ enough).
        score_now: Mean score of the money spent, as it is divided now.
        score_then: The same as proposed.
        alone: Categories with one supplier, where nothing can be divided.
        unscored: Suppliers without a score; they keep their share.
        top_share: Largest share of a category one supplier may have.
        step: Largest change at once.
        currency: ISO code.
        shop: Title of the shop.
    """

    end: date
    days: int
    shares: pd.DataFrame
    score_now: float
    score_then: float
    alone: tuple[str, ...]
    unscored: tuple[str, ...]
    top_share: float
    step: float
    currency: str
    shop: str


@shared
def quota(
    shop: Shop,
    card: Scorecard,
    *,
    days: int = 365,
    top_share: float = 0.7,
    step: float = 0.15,
    headroom: float = 0.2,
    keep: float = 0.5,
) -> Quota:
    """Divide volume by a linear programme: the most score under the limits.

    Volume moves only where the scores differ beyond doubt: who gets it counts with the lower,
    who gives it with the upper end of half its interval. A supplier's capacity is its
    largest volume of 91 days so far plus ``headroom``, over all its categories.

    Args:
        shop: Needs ``purchase_orders`` with prices and ``products.category``.
        card: From ``scorecard``.
        days: Days whose volume is divided, 91 to 3650.
        top_share: Largest share of a category, 0.3 to 1; a supplier that has more comes
            down by ``step`` at most.
        step: Largest change of a share at once, 0.01 to 1.
        headroom: What a supplier can deliver beyond its best quarter, 0 to 2.
        keep: Part of its share that a supplier keeps whatever its score, so that no source is
            lost, 0 to 1.

    Raises:
        CannotTell: The shop lacks prices or categories, or bought nothing.
        ParameterError: A parameter lies outside its bounds.
    """
    _check(top_share=top_share, step=step, headroom=headroom, keep=keep)
    if not 91 <= days <= 3650:
        raise ParameterError(N_("days {value} is out of range; use 91 to 3650"), value=days)
    shop.require({"purchase_orders": ("supplier_id", "sku", "order_date", "qty", "price"),
                  "products": ("sku", "category")})  # fmt: skip
    spend, best = _bought(shop, card.end, days)
    if spend.empty:
        raise CannotTell(N_("nothing was bought in the last {days} days"), days=days)
    frame = spend.merge(card.suppliers[["supplier_id", "score", "low", "high"]], how="left")
    total = frame.groupby("category")["spend"].transform("sum")
    frame["share"] = frame["spend"] / total
    many = frame.groupby("category")["supplier_id"].transform("size")
    volume = frame.groupby("supplier_id")["spend"].sum()
    most = np.maximum(best.reindex(volume.index).fillna(0.0) * (days / 91) * (1 + headroom), volume)
    frame["proposed"] = _solve(frame, total.to_numpy(float), most, (top_share, step, keep))
    frame["change"] = frame["proposed"] - frame["share"]
    frame["why"] = _why(frame, total, most, many, top_share, step)
    fixed = frame["score"].isna()
    known = frame[~fixed]
    money = known["spend"].sum()
    then = (known["proposed"] * total[~fixed] * known["score"]).sum()
    held = (known["proposed"] * total[~fixed]).sum()
    lone = frame.loc[many == 1, "category"].astype(str)
    return Quota(
        end=card.end,
        days=days,
        shares=frame.drop(columns=["low", "high"]).sort_values(
            ["category", "proposed"], ascending=[True, False], ignore_index=True
        ),
        score_now=float((known["spend"] * known["score"]).sum() / money) if money else np.nan,
        score_then=float(then / held) if held else np.nan,
        alone=tuple(sorted(lone)),
        unscored=tuple(sorted(frame.loc[fixed, "supplier_id"].unique())),
        top_share=top_share,
        step=step,
        currency=card.currency,
        shop=card.shop,
    )


def _bought(shop: Shop, end: date, days: int) -> tuple[pd.DataFrame, pd.Series]:
    """Spend by category and supplier, and each supplier's best 91 days so far."""
    po = shop.purchase_orders
    po = po.filter(po.order_date < ibis.literal(end), po.price.notnull())
    po = po.mutate(worth=po.qty * po.price)
    now = in_days(po, end - timedelta(days=days), end, "order_date")
    goods = shop.products.select("sku", "category")
    both = now.join(goods, "sku")
    both = both.filter(both.category.notnull())
    spend = both.group_by("category", "supplier_id").aggregate(spend=both.worth.sum())
    quarter = (ibis.literal(end).delta(po.order_date, unit="day") - 1) // 91
    old = po.mutate(quarter=quarter)
    per = old.group_by("supplier_id", "quarter").aggregate(worth=old.worth.sum())
    best = per.group_by("supplier_id").aggregate(best=per.worth.max()).execute()
    found = spend.order_by("category", "supplier_id").execute()
    found = found[found["spend"] > 0].reset_index(drop=True)
    return found.astype({"spend": float}), best.set_index("supplier_id")["best"].astype(float)


def _check(**shares: float) -> None:
    least = {"top_share": 0.3, "step": 0.01}
    for name, value in shares.items():
        low, high = least.get(name, 0.0), 2.0 if name == "headroom" else 1.0
        if not low <= value <= high:
            raise ParameterError(
                N_("{name} {value} is out of range; use {low} to {high}"),
                name=name, value=value, low=low, high=high,
            )  # fmt: skip


def _solve(
    frame: pd.DataFrame, total: Floats, most: pd.Series, limits: tuple[float, float, float]
) -> Floats:
    """Shares by HiGHS; today's shares where the limits leave no choice."""
    from scipy.optimize import linprog

    top_share, step, keep = limits
    share = frame["share"].to_numpy(float)
    category = pd.factorize(frame["category"])[0]
    supplier, names = pd.factorize(frame["supplier_id"])
    alone = np.bincount(category)[category] == 1
    fixed = frame["score"].isna().to_numpy() | alone
    down = np.where(fixed, 0.0, np.minimum(step, share * (1 - keep)))
    up = np.where(fixed, 0.0, np.minimum(step, np.maximum(top_share - share, 0.0)))
    # Who has more than anyone should comes down, whatever its score.
    must = np.where(fixed, 0.0, np.minimum(np.maximum(share - top_share, 0.0), down))
    middle = frame["score"].fillna(0.0).to_numpy(float)
    taken = (middle + frame["high"].fillna(0.0).to_numpy(float)) / 2
    given = (middle + frame["low"].fillna(0.0).to_numpy(float)) / 2
    whole = (category[None, :] == np.arange(category.max() + 1)[:, None]).astype(float)
    room = (supplier[None, :] == np.arange(len(names))[:, None]) * total[None, :]
    scale = max(float(total.max()), 1e-12)
    left = most.reindex(names).to_numpy(float) * (1 + 1e-9) - room @ share
    for forced in (must, np.zeros_like(must)):
        found = linprog(
            np.concatenate([-given * total, taken * total]) / scale,
            A_ub=np.hstack([room, -room]) / scale,
            b_ub=left / scale,
            A_eq=np.hstack([whole, -whole]),
            b_eq=np.zeros(len(whole)),
            bounds=[(0.0, v) for v in up] + list(zip(forced, down, strict=True)),
            method="highs",
        )
        if found.status == 0:
            return np.asarray(share + found.x[: len(share)] - found.x[len(share) :])
    return share


def _why(frame: pd.DataFrame, total: pd.Series, most: pd.Series, many: pd.Series,
         top_share: float, step: float) -> list[str]:  # fmt: skip
    """What decided each share."""
    used = (frame["proposed"] * total).groupby(frame["supplier_id"]).sum()
    full = frame["supplier_id"].map(used >= most.reindex(used.index) * (1 - 1e-6))
    change = frame["change"]
    rules = [
        many == 1,
        change.abs() < 1e-6,
        (change < 0) & (frame["share"] > top_share),
        change.abs() > step - 1e-6,
        (change > 0) & (frame["proposed"] > top_share - 1e-6),
        (change > 0) & full,
        change > 0,
    ]
    words = ["alone", "same", "concentration", "step", "concentration", "capacity", "better"]
    return [str(w) for w in np.select(rules, words, "worse")]

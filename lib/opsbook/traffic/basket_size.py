"""What a basket is worth: value per order, pieces per order, and what is bought along with it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ibis import Value

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.metrics import order_totals
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.threshold_gap import Threshold, threshold_gaps

__all__ = ["NEEDS", "BasketSize", "Mean", "basket_size"]

NEEDS = {"orders": ("order_id", "order_ts"), "order_lines": ("order_id", "sku")}
_MOST_PAIRS = 400
_LEAST_ORDERS = 30
_MOST_CATEGORIES = 40
_PAIR = ["anchor", "added", "both", "orders", "rate", "low", "high", "usual", "lift", "p_value",
         "real"]  # fmt: skip


@dataclass(frozen=True)
class Mean:
    """A mean over orders with its interval.

    Args:
        value: The mean.
        low: Lower end.
        high: Upper end.
        before: The mean of the base; not a number without one.
        n: Orders.
    """

    value: float
    low: float
    high: float
    before: float
    n: int


@dataclass(frozen=True)
class BasketSize:
    """Baskets of a period.

    Args:
        aov: Value per order, money.
        upt: Pieces per order (units per transaction); None where nothing is counted.
        kinds: Categories per order.
        attach: One row per category: ``category, orders, along, rate, low, high`` (share of
            its orders with goods of another category too) and ``alone_aov, along_aov``.
        pairs: One row per ordered pair: ``anchor, added, orders, both, rate, low, high``
            (share of the anchor's orders that hold the added one), ``usual`` (what it
            would be if categories met by chance in baskets of these sizes), ``lift, p_value,
            real`` (after FDR).
        thresholds: Steps of discounts and the baskets just below them.
        margin_rate: Margin over sales, of lines with a cost; not a number without.
        single: Share of orders with one piece.
        period: Window in question.
        base: What ``before`` is; None where the data begin too late.
        currency: ISO code.
        shop: Name of the shop.
        level: Confidence of the intervals.
    """

    aov: Mean
    upt: Mean | None
    kinds: Mean
    attach: pd.DataFrame
    pairs: pd.DataFrame
    thresholds: tuple[Threshold, ...]
    margin_rate: float
    single: float
    period: Period
    base: Period | None
    currency: str
    shop: str
    level: float


@shared
def basket_size(shop: Shop, period: Period, *, level: float = 0.95) -> BasketSize:
    """Value and pieces per order, attach rates, and baskets just under a discount step.

    Args:
        shop: The shop.
        period: Window in question.
        level: Confidence of the intervals.

    Raises:
        CannotTell: No paid order with lines falls into the period.

    Source:
        D11: 000 §4 (客单价与连带率). Intervals: Student's t for means, Wilson (1927) for rates.
    """
    shop.require(NEEDS)
    before = period.before()
    base = before if before.inside(data_days(shop)) else None
    now = _sums(shop, period)
    then = _sums(shop, base) if base else None
    if not now["orders"]:
        raise CannotTell(N_("No order of {period} has lines."), period=str(period))
    counted = now["counted"] >= 0.999 * now["orders"]
    attach, pairs = _attached(shop, period, level)
    return BasketSize(
        aov=_mean("amount", now, then, level),
        upt=_mean("units", now, then, level) if counted else None,
        kinds=_mean("kinds", now, then, level),
        attach=attach,
        pairs=pairs,
        thresholds=threshold_gaps(shop, period, level=level),
        margin_rate=1 - now["cost"] / now["costed"] if now["costed"] > 0 else float("nan"),
        single=now["single"] / now["orders"] if counted else float("nan"),
        period=period,
        base=base,
        currency=shop.currency,
        shop=shop.title,
        level=level,
    )


def _sums(shop: Shop, days: Period) -> dict[str, float]:
    orders = in_days(order_totals(shop), days.start, days.end)
    lines = in_days(sales_lines(shop), days.start, days.end)
    kinds = lines.group_by("order_id").aggregate(
        kinds=lines.category.fill_null("").nunique().cast("float64")
    )
    orders = orders.filter(orders.amount.notnull()).join(kinds, "order_id")
    columns: dict[str, Value] = {}
    for name in ("amount", "units", "kinds"):
        value = orders[name].cast("float64")
        columns |= {name: value.sum(), f"{name}_squares": (value * value).sum()}
    found = orders.aggregate(
        orders=orders.count(),
        counted=orders.units.count(),
        single=(orders.units == 1).sum(),
        cost=orders.cost.sum(),
        costed=orders.costed_amount.sum(),
        **columns,
    ).execute()
    row = found.iloc[0].astype(float).fillna(0.0)
    return {str(k): float(v) for k, v in row.items()}


def _mean(name: str, now: dict[str, float], then: dict[str, float] | None, level: float) -> Mean:
    from scipy.stats import t as student

    n = int(now["orders"])
    mean = now[name] / n
    reach = float("nan")
    if n > 1:
        spread = max(now[f"{name}_squares"] - n * mean**2, 0.0) / (n - 1)
        reach = float(student.ppf((1 + level) / 2, n - 1)) * float(np.sqrt(spread / n))
    before = then[name] / then["orders"] if then and then["orders"] else float("nan")
    return Mean(mean, mean - reach, mean + reach, before, n)


def _attached(shop: Shop, days: Period, level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Attach rates of categories and of pairs of them."""
    lines = in_days(sales_lines(shop), days.start, days.end)
    lines = lines.filter(lines.category.notnull())
    goods = lines.group_by("order_id", "category").aggregate(gmv=lines.amount.sum())
    best = goods.group_by("category").aggregate(n=goods.count())
    best = best.order_by(best.n.desc(), best.category).limit(_MOST_CATEGORIES)
    per_order = goods.group_by("order_id").aggregate(kinds=goods.count(), value=goods.gmv.sum())
    kept = goods.semi_join(best, "category").join(per_order, "order_id")
    along = kept.kinds > 1
    table = (
        kept.group_by("category")
        .aggregate(
            orders=kept.count(),
            along=along.sum(),
            extra=(kept.kinds - 1).sum(),
            alone_aov=kept.value.mean(where=~along),
            along_aov=kept.value.mean(where=along),
        )
        .execute()
    )
    left = kept.select("order_id", anchor=kept.category)
    right = kept.select("order_id", added=kept.category)
    joined = left.join(right, "order_id").filter(lambda j: j.anchor != j.added)
    both = joined.group_by("anchor", "added").aggregate(both=joined.count()).execute()
    attach = table[table["orders"] >= _LEAST_ORDERS].drop(columns="extra")
    attach["rate"] = attach["along"] / attach["orders"]
    attach["low"], attach["high"] = wilson(attach["along"], attach["orders"], level)
    attach = attach.sort_values(["orders", "category"], ascending=[False, True], ignore_index=True)
    return attach, _pairs(both, table.set_index("category"), level)


def _pairs(both: pd.DataFrame, table: pd.DataFrame, level: float) -> pd.DataFrame:
    from scipy.stats import norm

    from opsbook.traffic.drill_scan import discoveries

    orders, total = table["orders"], float(table["orders"].sum())
    frame = both.assign(orders=both["anchor"].map(orders), other=both["added"].map(orders))
    frame = frame[frame["orders"] >= _LEAST_ORDERS].copy()
    if frame.empty:
        return pd.DataFrame(columns=_PAIR)
    frame["rate"] = frame["both"] / frame["orders"]
    frame["low"], frame["high"] = wilson(frame["both"], frame["orders"], level)
    # By chance a further category is drawn by how often each is bought. Comparing with the
    # orders without the anchor would be unfair: they must hold something else instead.
    extra = frame["anchor"].map(table["extra"]) / frame["orders"]
    frame["usual"] = (extra * frame["other"] / (total - frame["orders"])).astype(float)
    frame["usual"] = frame["usual"].clip(upper=1.0)
    frame["lift"] = (frame["rate"] / frame["usual"].where(frame["usual"] > 0)).astype(float)
    error = np.sqrt(frame["usual"] * (1 - frame["usual"]) / frame["orders"])
    z = ((frame["rate"] - frame["usual"]) / error.where(error > 0)).fillna(0.0)
    frame["p_value"] = 2 * norm.sf(np.abs(z.to_numpy(float)))
    frame["real"] = discoveries(frame["p_value"].to_numpy(float), 0.05)
    frame = frame.drop(columns="other")
    frame = frame.sort_values(["both", "rate"], ascending=False, kind="stable")
    return frame.head(_MOST_PAIRS).reset_index(drop=True)

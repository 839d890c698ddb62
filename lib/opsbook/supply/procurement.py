"""How long it takes from order to receipt for the products the shop lives on."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.deliveries import known_end
from opsbook.supply.lead_times import lead_times
from opsbook.supply.supplier_costs import CostRates, sku_money
from opsbook.supply.supplier_trend import since_changes

__all__ = ["Procurement", "procurement"]


@dataclass(frozen=True)
class Procurement:
    """Procurement cycle of the core products.

    Args:
        end: Day after the last one known.
        days: Days looked back.
        limit_days: The limit.
        skus: One row per core product with a purchase order, most sales first: ``sku,
            supplier_id, sales, n, open, mean_days, mean_low, mean_high, p90, agreed_days,
            within`` (whether the mean keeps the limit: ``yes``, ``no``, ``unsure``),
            ``extra_cost`` (yearly holding cost of goods on the way beyond the limit).
        suppliers: The same summed up by supplier: ``supplier_id, skus, over, sales,
            mean_days, agreed_days, p90, extra_cost``; longest first.
        mean_days: Mean cycle of core products, weighted by sales.
        core_share: Share of sales that makes a product core.
        core: Core products, with and without a purchase order.
        unordered: Core products without a purchase order in the days looked back.
        left_out: Deliveries with impossible lead times, left out.
        rates: The assumptions.
        currency: ISO code.
        shop: Title of the shop.
    """

    end: date
    days: int
    limit_days: float
    skus: pd.DataFrame
    suppliers: pd.DataFrame
    mean_days: float
    core_share: float
    core: int
    unordered: int
    left_out: int
    rates: CostRates
    currency: str
    shop: str

    @property
    def over(self) -> int:
        """Core products whose mean cycle exceeds the limit, beyond doubt."""
        return int((self.skus["within"] == "no").sum())


@shared
def procurement(
    shop: Shop,
    end: date | None = None,
    *,
    days: int = 365,
    limit_days: float = 7.0,
    core_share: float = 0.8,
    rates: CostRates | None = None,
    since: dict[str, date] | None = None,
    level: float = 0.95,
) -> Procurement:
    """Lead time by core product against a limit.

    Core are the products that make up the first ``core_share`` of sales. A product's mean
    is drawn toward its supplier's by how few deliveries it has.

    Args:
        shop: Needs ``purchase_orders``, ``orders``, ``order_lines``.
        end: Day after the last one known.
        days: Days looked back, 28 to 3650.
        limit_days: Longest cycle that is accepted, 0.5 to 365.
        core_share: Share of sales of core products, 0.05 to 1.
        rates: The assumptions.
        since: First order day that counts, by supplier; changes found by
            ``supplier_trend.deterioration`` unless given.
        level: Confidence of the intervals.

    Raises:
        CannotTell: No product that was sold has a purchase order.
        ParameterError: A parameter lies outside its bounds.
    """
    if not 0.5 <= limit_days <= 365:
        raise ParameterError(
            N_("limit_days {value} is out of range; use 0.5 to 365"), value=limit_days
        )
    if not 0.05 <= core_share <= 1:
        raise ParameterError(
            N_("core_share {value} is out of range; use 0.05 to 1"), value=core_share
        )
    rates = rates or CostRates()
    end = end or known_end(shop)
    if since is None:
        since = _changes(shop, end)
    each = sku_money(shop, end, days=days).sort_values("sales", ascending=False)
    each = each[each["sales"] > 0]
    if each.empty:
        raise CannotTell(
            N_("no product that was sold has a purchase order that names its supplier")
        )
    above = each["sales"].cumsum() - each["sales"]
    core = each[above < core_share * each["sales"].sum()]
    times = lead_times(shop, end, days=days, by="sku", since=since, level=level)
    left = lead_times(shop, end, days=days, level=level)[["negative", "too_long"]].sum().sum()
    both = core.merge(times, on=["sku", "supplier_id"], how="left")
    bought = both[both["n"].fillna(0) + both["open"].fillna(0) > 0].copy()
    bought["within"] = np.select(
        [bought["mean_high"] <= limit_days, bought["mean_low"] > limit_days], ["yes", "no"],
        "unsure",
    )  # fmt: skip
    beyond = np.maximum(bought["mean_days"] - limit_days, 0.0)
    bought["extra_cost"] = (
        beyond * bought["pieces_per_day"] * bought["unit_cost"].fillna(0.0) * rates.holding
    )
    keep = ["sku", "supplier_id", "sales", "n", "open", "mean_days", "mean_low", "mean_high",
            "p90", "agreed_days", "within", "extra_cost"]  # fmt: skip
    shown = bought[keep].astype({"n": int, "open": int}).reset_index(drop=True)
    mean = float(np.average(shown["mean_days"], weights=shown["sales"])) if len(shown) else np.nan
    return Procurement(
        end=end,
        days=days,
        limit_days=limit_days,
        skus=shown,
        suppliers=_by_supplier(shown),
        mean_days=mean,
        core_share=core_share,
        core=len(core),
        unordered=len(core) - len(shown),
        left_out=int(left),
        rates=rates,
        currency=shop.currency,
        shop=shop.title,
    )


def _changes(shop: Shop, end: date) -> dict[str, date]:
    from opsbook.supply.supplier_trend import deterioration

    try:
        return since_changes(deterioration(shop, end))
    except CannotTell:
        return {}


def _by_supplier(skus: pd.DataFrame) -> pd.DataFrame:
    """Core products summed up by supplier, longest cycle first."""
    work = skus.assign(weighed=skus["mean_days"] * skus["sales"], over=skus["within"] == "no")
    grouped = work.groupby("supplier_id")
    table = pd.DataFrame(
        {
            "skus": grouped.size(),
            "over": grouped["over"].sum().astype(int),
            "sales": grouped["sales"].sum(),
            "mean_days": grouped["weighed"].sum() / grouped["sales"].sum(),
            "agreed_days": grouped["agreed_days"].mean(),
            "p90": grouped["p90"].max(),
            "extra_cost": grouped["extra_cost"].sum(),
        }
    ).reset_index()
    return table.sort_values("mean_days", ascending=False, ignore_index=True)

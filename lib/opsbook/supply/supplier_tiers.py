"""Which tier and terms each supplier should have, and where nobody could step in.

The source's tiers: strategic (exclusive goods, own-brand manufacturing), core (goods bought
again and again, 60 days), ordinary (the long tail, 30 days). How they are told from data is
our reading of it.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.deliveries import known_end
from opsbook.supply.score_products import main_suppliers
from opsbook.supply.scorecard import Scorecard
from opsbook.supply.supplier_costs import CostRates, sku_money

__all__ = ["TERMS", "SupplierTiers", "supplier_tiers"]

TERMS = {"core": 60, "ordinary": 30}
"""Days of credit by tier that the source names; it names none for strategic suppliers."""
_STRATEGIC, _CORE = 0.5, 0.8
"""Cumulative share of sales that strategic and core suppliers lie within."""


@dataclass(frozen=True)
class SupplierTiers:
    """Tiers, terms and gaps.

    Args:
        end: Day after the last one known.
        days: Days looked back.
        rates: The assumptions.
        suppliers: One row per supplier, most sales first: ``supplier_id, skus, sales,
            share, margin, repeat`` (share of buyers of a product who bought it on a second
            day), ``sole_skus`` (products nobody else delivered), ``sole_categories``,
            ``backup`` (who can stand in, empty for nobody), ``at_risk`` (margin of the days
            until a new source delivers, of products without a stand-in), ``tier`` (now),
            ``proposed``, ``terms_days`` (now), ``terms_asked`` (the source's for the
            proposed tier), ``spend``, ``terms_worth`` (per year, of the days between),
            ``unrecorded`` (terms to put on file).
        categories: One row per category: ``category, suppliers, top_supplier, top_share,
            at_risk``.
        currency: ISO code.
        shop: Title of the shop.
    """

    end: date
    days: int
    rates: CostRates
    suppliers: pd.DataFrame
    categories: pd.DataFrame
    currency: str
    shop: str


@shared
def supplier_tiers(
    shop: Shop,
    end: date | None = None,
    *,
    days: int = 365,
    rates: CostRates | None = None,
    card: Scorecard | None = None,
) -> SupplierTiers:
    """Propose tiers from sales, repeat purchases and exclusiveness; name backup gaps.

    Strategic: within the suppliers that make half of sales, and the only source of 90 % of
    what is sold of it. Core: within those that make 80 % of sales, or a share of repeat
    buyers in the shop's upper half. Ordinary: the rest. Who is graded D is proposed for
    ordinary, whatever he sells.

    Args:
        shop: Needs ``purchase_orders``, ``orders`` and ``order_lines``.
        end: Day after the last one known.
        days: Days looked back.
        rates: The assumptions.
        card: From ``scorecard``, for the grades.

    Raises:
        CannotTell: No product that was sold has a known supplier.
    """
    rates = rates or CostRates()
    end = end or known_end(shop)
    each = sku_money(shop, end, days=days)
    if each.empty:
        raise CannotTell(
            N_("no product that was sold has a purchase order that names its supplier")
        )
    categories = _categories(shop, each)
    each["category"] = each["sku"].map(categories) if categories is not None else ""
    each["alone"] = each["suppliers"] <= 1
    grouped = each.groupby("supplier_id")
    table = pd.DataFrame(
        {
            "skus": grouped.size(),
            "sales": grouped["sales"].sum(),
            "margin": grouped["margin"].sum(),
            "per_day": grouped["per_day"].sum(),
            "sole_skus": grouped["alone"].sum().astype(int),
            "sole_sales": each[each["alone"]].groupby("supplier_id")["sales"].sum(),
        }
    ).fillna(0.0)
    table["share"] = table["sales"] / table["sales"].sum()
    table["repeat"] = _repeat(shop, end, days)
    table["sole_categories"] = _sole(each).reindex(table.index).fillna(0).astype(int)
    _terms(shop, table)
    sole_day = each[each["alone"]].groupby("supplier_id")["per_day"].sum()
    lone = sole_day.reindex(table.index).fillna(0.0).clip(lower=0)
    table["at_risk"] = np.where(table["backup"] == "", lone * rates.switch_days, 0.0)
    table["spend"] = _spend(shop, end, days).reindex(table.index).fillna(0.0)
    table = table.sort_values("sales", ascending=False)
    table["proposed"] = _proposed(table, card)
    table["terms_asked"] = table["proposed"].map(TERMS)
    asked = table["terms_asked"] - table["terms_days"]
    table["terms_worth"] = table["spend"] * 365 / days * asked / 365 * rates.capital
    shown = table.drop(columns=["per_day", "sole_sales"])
    return SupplierTiers(
        end, days, rates, shown.rename_axis("supplier_id").reset_index(),
        _category_gaps(each, rates), shop.currency, shop.title,
    )  # fmt: skip


def _categories(shop: Shop, each: pd.DataFrame) -> pd.Series | None:
    if not shop.has("products", "category"):
        return None
    known = shop.products.select("sku", "category").execute()
    return known.drop_duplicates("sku").set_index("sku")["category"]


def _repeat(shop: Shop, end: date, days: int) -> pd.Series:
    """Share of buyers of a supplier's products who bought the same one on a second day."""
    lines = in_days(sales_lines(shop), end - timedelta(days=days), end)
    if "customer_id" not in lines.columns:
        return pd.Series(dtype=float)
    lines = lines.filter(lines.customer_id.notnull())
    per = lines.group_by("sku", "customer_id").aggregate(days=lines.day.nunique())
    both = per.join(main_suppliers(shop, end, 730), "sku")
    sums = both.group_by("supplier_id").aggregate(
        n=both.count(), again=(both.days > 1).cast("int64").sum()
    ).execute()  # fmt: skip
    return sums.set_index("supplier_id")["again"] / sums.set_index("supplier_id")["n"]


def _sole(each: pd.DataFrame) -> pd.Series:
    """Categories that only one supplier delivers, by supplier."""
    known = each[each["category"].astype(bool) & each["category"].notna()]
    sources = known.groupby("category")["supplier_id"].nunique()
    alone = known[known["category"].map(sources) == 1].drop_duplicates("category")
    return alone.groupby("supplier_id").size()


def _terms(shop: Shop, table: pd.DataFrame) -> None:
    """What is on file, and what is not but should be."""
    table["tier"], table["terms_days"], table["backup"], table["unrecorded"] = "", np.nan, "", ""
    if not shop.has("suppliers"):
        return
    asked = ["moq", "lead_time_days", "accepts_returns", "promo_guarantee",
                         "terms_days", "rebate"]  # fmt: skip
    known = shop.suppliers.execute().set_index("supplier_id")
    for name in ("tier", "terms_days"):
        if name in known:
            table[name] = known[name].reindex(table.index)
    table["tier"] = table["tier"].fillna("")
    table["terms_days"] = pd.to_numeric(table["terms_days"]).astype(float)
    if "backup_of" in known:
        stands = known.reset_index().dropna(subset=["backup_of"])
        names = stands.groupby("backup_of")["supplier_id"].agg(lambda v: ", ".join(sorted(v)))
        table["backup"] = names.reindex(table.index).fillna("")
    gaps = pd.DataFrame(
        {c: known[c].isna() if c in known else True for c in asked}, index=known.index
    )
    listed = gaps.apply(lambda row: ", ".join(row.index[row.to_numpy(bool)]), axis=1)
    table["unrecorded"] = listed.reindex(table.index).fillna(", ".join(asked))


def _spend(shop: Shop, end: date, days: int) -> pd.Series:
    po = in_days(shop.purchase_orders, end - timedelta(days=days), end, "order_date")
    if "price" not in po.columns:
        return pd.Series(dtype=float)
    po = po.mutate(worth=po.qty * po.price)
    sums = po.group_by("supplier_id").aggregate(spend=po.worth.sum()).execute()
    return sums.set_index("supplier_id")["spend"].astype(float)


def _proposed(table: pd.DataFrame, card: Scorecard | None) -> pd.Series:
    """Tier by sales (table sorted by them), exclusiveness, repeat purchases and grade."""
    above = table["share"].cumsum() - table["share"]
    sole = table["sole_sales"] / table["sales"].where(table["sales"] > 0) >= 0.9
    often = table["repeat"] >= table["repeat"].median()
    tier = np.select(
        [(above < _STRATEGIC) & sole, (above < _CORE) | often], ["strategic", "core"], "ordinary"
    )
    found = pd.Series(tier, index=table.index)
    if card is not None:
        bad = card.suppliers.loc[card.suppliers["grade"] == "D", "supplier_id"]
        found[found.index.isin(bad)] = "ordinary"
    return found


def _category_gaps(each: pd.DataFrame, rates: CostRates) -> pd.DataFrame:
    """How much of each category hangs on one supplier."""
    known = each[each["category"].astype(bool) & each["category"].notna()]
    rows = []
    for category, part in known.groupby("category"):
        per = part.groupby("supplier_id")["sales"].sum().sort_values(ascending=False)
        lone = part.loc[part["alone"], "per_day"].clip(lower=0).sum()
        rows.append(
            {
                "category": category,
                "suppliers": len(per),
                "top_supplier": per.index[0],
                "top_share": per.iloc[0] / per.sum() if per.sum() > 0 else np.nan,
                "at_risk": lone * rates.switch_days if len(per) == 1 else 0.0,
            }
        )
    frame = pd.DataFrame(rows, columns=["category", "suppliers", "top_supplier", "top_share",
                                        "at_risk"])  # fmt: skip
    return frame.sort_values(["suppliers", "top_share"], ascending=[True, False],
                             ignore_index=True)  # fmt: skip

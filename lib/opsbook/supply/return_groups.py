"""Products, categories and suppliers by what comes back, few cases drawn toward the mean."""

from collections.abc import Mapping
from datetime import date

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.common.nowcast import DelayCurve
from opsbook.common.return_lines import with_category
from opsbook.common.shares import false_discovery
from opsbook.shop.periods import Period
from opsbook.shop.sales import in_days, paid_orders
from opsbook.shop.shop import Shop
from opsbook.supply.shrinkage import shrink_shares

__all__ = ["judged", "return_groups"]


def return_groups(
    shop: Shop, back: Frame, curve: DelayCurve, period: Period, known: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines, returns and cost by product; returned lines by reason, category and product.

    Args:
        shop: Needs ``orders`` and ``order_lines``.
        back: From ``line_costs``, of the period.
        curve: Delay from sale to request.
        period: Days of sale.
        known: Day from which on nothing is known.
    """
    days = pd.DataFrame({"day": pd.date_range(period.start, period.end, inclusive="left")})
    age = (pd.Timestamp(known) - days["day"]).dt.days.to_numpy() - 1
    days = days.assign(grown=curve.at(age), day=days["day"].dt.date)
    known_part = ibis.memtable(days).cast({"day": "date"})
    orders = in_days(paid_orders(shop), period.start, period.end).select("order_id", "day")
    orders = orders.join(known_part, "day").select("order_id", "grown")
    lines = shop.order_lines.select("order_id", "sku").join(orders, "order_id")
    per_sku = lines.group_by("sku").aggregate(lines=lines.count(), exposure=lines.grown.sum())
    sold = with_category(shop, per_sku).execute()
    keys = ["reason", "category", "sku"]
    table = (
        back.group_by(*keys)
        .aggregate(asked=back.count(), cost=back.total.sum())
        .order_by(*keys)
        .execute()
    )
    per = table.groupby("sku")[["asked", "cost"]].sum()
    sold = sold.join(per, on="sku").fillna({"asked": 0, "cost": 0.0})
    sold["supplier"] = sold["sku"].map(_suppliers(shop, known))
    return sold.sort_values("sku").reset_index(drop=True), table


def _suppliers(shop: Shop, known: date) -> dict[str, str]:
    """The supplier each product was last ordered from."""
    if not shop.has("purchase_orders", "sku", "supplier_id", "order_date"):
        return {}
    po = shop.purchase_orders
    po = po.filter(po.order_date < ibis.literal(known))
    # Two orders on one day: the later number, so that the answer is always the same.
    last = po.group_by("sku", "supplier_id").aggregate(day=po.order_date.max()).execute()
    last = last.sort_values(["sku", "day", "supplier_id"]).drop_duplicates("sku", keep="last")
    return dict(zip(last["sku"], last["supplier_id"], strict=True))


def judged(
    products: pd.DataFrame, industry: Mapping[str, float], points: float, level: float
) -> pd.DataFrame:
    """Rates of products, categories and suppliers, raw and drawn toward their mean.

    Args:
        products: First frame of ``return_groups``.
        industry: Mean by category to compare with; the shop's own without one.
        points: How far above the mean a group may lie, fraction.
        level: Confidence of the intervals; alerts are wrong in 1 - level of cases at most.
    """
    sums = products.groupby("category", dropna=True)[["asked", "exposure"]].sum()
    own = sums["asked"] / sums["exposure"].where(sums["exposure"] > 0)
    shop_mean = float(products["asked"].sum() / max(float(products["exposure"].sum()), 1e-9))
    mean = own.to_dict() | dict(industry)
    reference = products["category"].map(mean).fillna(shop_mean).astype(float)
    products = products.assign(expected=reference * products["exposure"])
    parts = [_rated(products.assign(name=products["sku"]), "product", points, level)]
    for by in ("category", "supplier"):
        known = products[products[by].notna()]
        if len(known):
            sums = known.groupby(by)[["lines", "asked", "exposure", "cost", "expected"]].sum()
            each = sums.rename_axis("name").reset_index()
            if by == "category":
                # Its own mean tells nothing about it: compared only with what is given.
                given = each["name"].map(dict(industry)).astype(float)
                each = each.assign(expected=given * each["exposure"])
            parts.append(_rated(each, by, points, level))
    return pd.concat(parts, ignore_index=True)


def _rated(frame: pd.DataFrame, by: str, points: float, level: float) -> pd.DataFrame:
    from scipy.stats import binom

    x, e = frame["asked"].to_numpy(float), frame["exposure"].to_numpy(float)
    e = np.maximum(e, x)
    middle = frame["expected"].to_numpy(float) / np.where(e > 0, e, np.nan)
    told = np.isfinite(middle)
    held = shrink_shares(x, e, level=level, toward=middle if told.all() else None)
    limit = np.clip(middle + points, 0, 1)
    # Rounded up: a case more makes an alert rarer, never more frequent.
    chance = np.where((e > 0) & told, binom.sf(x - 1, np.ceil(e - 1e-9), limit), np.nan)
    q = false_discovery(chance)
    rate = np.divide(x, e, out=np.full(x.shape, np.nan), where=e > 0)
    found = pd.DataFrame(
        {
            "by": by, "name": frame["name"].astype(str), "lines": frame["lines"].astype(int),
            "asked": x.astype(int), "raw": x / frame["lines"].to_numpy(float), "rate": rate,
            "shrunk": held.value, "low": held.low, "high": held.high, "limit": limit,
            "q_value": q, "alert": q < 1 - level, "cost": frame["cost"].astype(float),
        }
    )  # fmt: skip
    return found.sort_values("cost", ascending=False, kind="stable")

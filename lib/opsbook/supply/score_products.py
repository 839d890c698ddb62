"""Metrics of a supplier that its products tell: prices paid, goods that came back."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shop import Shop
from opsbook.supply.shrinkage import shrink_means, shrink_shares

__all__ = ["FAULT_WORDS", "defect_rows", "main_suppliers", "metric_rows", "price_rows"]

FAULT_WORDS = ("defect", "faulty", "quality", "质量", "瑕疵", "故障")
"""A reason for a return that holds one of these is the supplier's fault."""
_RETURN_DAYS = 30
"""Days a customer has before a line counts as kept."""


def metric_rows(metric: str, names: pd.Series, cases: object, raw: object, value: object,
          sd: object, own: object) -> pd.DataFrame:  # fmt: skip
    """Rows of the facts table for one metric."""
    return pd.DataFrame({"supplier_id": names.to_numpy(), "metric": metric, "cases": cases,
                         "raw": raw, "value": value, "sd": sd, "weight_own": own})  # fmt: skip


def price_rows(shop: Shop, end: date, level: float) -> pd.DataFrame:
    """Yearly growth of log price within products; two years, or what there is.

    Args:
        shop: Needs ``purchase_orders.price``.
        end: Day after the last one known.
        level: Confidence of the intervals.
    """
    po = in_days(shop.purchase_orders, end - timedelta(days=730), end, "order_date")
    po = po.filter(po.price > 0)
    year = ibis.literal(end).delta(po.order_date, unit="day") / -365.25
    po = po.mutate(u=year, y=po.price.ln())
    # Prices move by list: one price per product and quarter is one case.
    po = po.mutate(quarter=(po.u * 4).floor().cast("int64"))
    each = po.group_by("supplier_id", "sku", "quarter").aggregate(u=po.u.mean(), y=po.y.mean())
    e = each.group_by("supplier_id", "sku").aggregate(
        n=each.count(), u=each.u.sum(), y=each.y.sum(),
        uu=(each.u * each.u).sum(), uy=(each.u * each.y).sum(), yy=(each.y * each.y).sum(),
    ).execute()  # fmt: skip
    e = e[e["n"] > 1]
    e = e.assign(
        suu=e["uu"] - e["u"] ** 2 / e["n"],
        suy=e["uy"] - e["u"] * e["y"] / e["n"],
        syy=e["yy"] - e["y"] ** 2 / e["n"],
        free=e["n"] - 1,
    )
    s = e.groupby("supplier_id")[["suu", "suy", "syy", "free"]].sum().reset_index()
    s = s[s["suu"] > 0]
    slope = s["suy"] / s["suu"]
    rest = np.maximum(s["syy"] - slope * s["suy"], 0.0)
    variance = np.maximum(rest / np.maximum(s["free"] - 1, 1) / s["suu"], 1e-8)
    found = shrink_means(slope, variance, level=level)
    return metric_rows(
        "price", s["supplier_id"], s["free"], slope, found.value, found.sd, found.weight
    )


def main_suppliers(shop: Shop, end: date, days: int) -> Frame:
    """The supplier of each product: who delivered most pieces of it.

    Args:
        shop: Needs ``purchase_orders``.
        end: Day after the last one known.
        days: Days looked back.

    Returns:
        ``sku, supplier_id, suppliers`` (how many were ordered from).
    """
    po = in_days(shop.purchase_orders, end - timedelta(days=days), end, "order_date")
    each = po.group_by("sku", "supplier_id").aggregate(pieces=po.qty.sum())
    within = ibis.window(group_by="sku")
    best = ibis.row_number().over(
        ibis.window(group_by="sku", order_by=[ibis.desc("pieces"), ibis.asc("supplier_id")])
    )
    ranked = each.mutate(place=best, suppliers=each.count().over(within))
    return ranked.filter(ranked.place == 0).select("sku", "supplier_id", "suppliers")


def defect_rows(shop: Shop, end: date, start: date, level: float) -> pd.DataFrame:
    """Lines returned for a defect; sales younger than the return window are left out.

    Args:
        shop: Needs ``returns`` with reasons, ``order_lines`` and ``purchase_orders``.
        end: Day after the last one known.
        start: First day of sales.
        level: Confidence of the intervals.
    """
    lines = in_days(sales_lines(shop), start, end - timedelta(days=_RETURN_DAYS))
    sold = lines.group_by("order_id", "sku").aggregate(day=lines.day.min())
    back = shop.returns
    reason = back.reason.lower()
    fault = reason.contains(FAULT_WORDS[0])
    for word in FAULT_WORDS[1:]:
        fault = fault | reason.contains(word)
    back = back.filter(fault).select("order_id", "sku", asked=back.request_ts.date())
    back = back.group_by("order_id", "sku").aggregate(asked=back.asked.min())
    both = sold.left_join(back, ["order_id", "sku"])
    soon = (both.asked.delta(both.day, unit="day") <= _RETURN_DAYS).fill_null(False)
    both = both.select("sku", bad=soon.cast("int64"))
    both = both.join(main_suppliers(shop, end, 730), "sku")
    sums = both.group_by("supplier_id").aggregate(n=both.count(), bad=both.bad.sum()).execute()
    found = shrink_shares(sums["bad"], sums["n"], level=level)
    share = sums["bad"] / sums["n"]
    names = sums["supplier_id"]
    return metric_rows("defects", names, sums["n"], share, found.value, found.sd, found.weight)

"""What is known of each supplier for the twelve metrics: own figure, shrunk figure, doubt."""

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.shop.sales import in_days
from opsbook.shop.shop import Shop
from opsbook.supply.deliveries import deliveries
from opsbook.supply.lead_times import lead_times
from opsbook.supply.score_products import defect_rows, metric_rows, price_rows
from opsbook.supply.shrinkage import shrink_shares

__all__ = ["score_facts"]


def score_facts(
    shop: Shop, end: date, *, days: int, since: Mapping[str, date], level: float
) -> pd.DataFrame:
    """One row per supplier and metric that the data can tell.

    Args:
        shop: Needs ``purchase_orders``; what else there is adds metrics.
        end: Day after the last one known.
        days: Days looked back.
        since: First order day that counts, for suppliers that have changed.
        level: Confidence of the intervals.

    Returns:
        ``supplier_id, metric, cases, raw`` (own cases alone), ``value`` (shrunk), ``sd``,
        ``weight_own`` (share of the value that rests on own cases).
    """
    start = end - timedelta(days=days)
    times = lead_times(shop, end, days=days, since=since, level=level)
    names = times["supplier_id"]
    parts = [_times(times, level), _pieces(shop, end, start, since, times, level)]
    if shop.has("purchase_orders", "invoice_amount", "price", "qty_ok"):
        parts.append(_invoices(shop, end, start, level))
    if shop.has("purchase_orders", "price"):
        parts.append(price_rows(shop, end, level))
    if shop.has("suppliers"):
        parts.append(_recorded(shop, times))
    if shop.has("returns", "sku", "reason", "order_id") and shop.has("order_lines"):
        parts.append(defect_rows(shop, end, start, level))
    found = pd.concat(parts, ignore_index=True)
    return found[found["supplier_id"].isin(names)].reset_index(drop=True)


def _times(times: pd.DataFrame, level: float) -> pd.DataFrame:
    """On-time share, lead time and its unevenness."""
    names = times["supplier_id"]
    late = shrink_shares(times["late"], times["due"], level=level)
    from scipy.stats import norm

    z = 2 * float(norm.ppf((1 + level) / 2))
    mean, sd = times["mean_days"], times["sd_days"]
    mean_sd = (times["mean_high"] - times["mean_low"]) / z
    sd_sd = (times["sd_high"] - times["sd_low"]) / z
    parts = [
        metric_rows("delivery", names, times["n"], times["raw_mean_days"], mean, mean_sd,
              times["weight"]),
        metric_rows("evenness", names, times["n"], times["raw_sd_days"] / times["raw_mean_days"],
              sd / mean, sd_sd / mean, times["weight"]),
    ]  # fmt: skip
    if (times["due"] > 0).any():
        parts.append(metric_rows("on_time", names, times["due"], 1 - times["raw_late_share"],
                           1 - late.value, late.sd, late.weight))  # fmt: skip
    return pd.concat(parts)


def _pieces(shop: Shop, end: date, start: date, since: Mapping[str, date],
            times: pd.DataFrame, level: float) -> pd.DataFrame:  # fmt: skip
    """Pass rate and completeness, over pieces that come together in deliveries."""
    frame = deliveries(shop, end, start=start, since=since)
    frame = frame.filter(frame.state == "received")
    q, g, k = frame.qty, frame.received_qty, frame.qty_ok
    sums = (
        frame.group_by("supplier_id")
        .aggregate(
            n=frame.count(),
            qty=q.sum(),
            got=g.sum(),
            ok=k.sum(),
            gg=(g * g).sum(),
            gk=(g * k).sum(),
            kk=(k * k).sum(),
            qq=(q * q).sum(),
            qg=(q * g).sum(),
        )
        .execute()
    )
    s = times[["supplier_id"]].merge(sums, on="supplier_id", how="left").fillna(0.0)
    parts = []
    columns = [("completeness", "got", "qty", "gg", "qg", "qq")]
    if shop.has("purchase_orders", "qty_ok", "received_qty"):
        columns.append(("quality_pass", "ok", "got", "kk", "gk", "gg"))
    if not shop.has("purchase_orders", "received_qty"):
        columns = []
    for metric, hit, all_, xx, xn, nn in columns:
        hits, cases = np.minimum(s[hit], s[all_]), s[all_]
        design = _design(s[hit], cases, s[xx], s[xn], s[nn])
        found = shrink_shares(hits, cases, level=level, design=design)
        raw = hits / cases.where(cases > 0)
        parts.append(metric_rows(metric, s["supplier_id"], s["n"], raw, found.value, found.sd,
                           found.weight))  # fmt: skip
    return (
        pd.concat(parts) if parts else metric_rows("", times["supplier_id"], 0, 0, 0, 0, 0).head(0)
    )


def _design(x: pd.Series, n: pd.Series, xx: pd.Series, xn: pd.Series, nn: pd.Series) -> float:
    """How many pieces tell as much as one independent piece: pieces fail together."""
    some = n > 0
    if not some.any():
        return 1.0
    p = x[some] / n[some]
    spread = xx[some] - 2 * p * xn[some] + p**2 * nn[some]
    expected = (p * (1 - p) * n[some]).sum()
    return max(1.0, float(spread.sum() / expected)) if expected > 0 else 1.0


def _invoices(shop: Shop, end: date, start: date, level: float) -> pd.DataFrame:
    po = shop.purchase_orders
    po = in_days(po, start, end, "order_date")
    po = po.filter(po.received_date < ibis.literal(end), po.qty_ok.notnull())
    po = po.filter(po.invoice_amount.notnull(), po.price.notnull())
    due = po.price * po.qty_ok
    wrong = (po.invoice_amount - due).abs() > due * 0.01 + 0.01
    sums = po.group_by("supplier_id").aggregate(n=po.count(), wrong=wrong.sum()).execute()
    found = shrink_shares(sums["n"] - sums["wrong"], sums["n"], level=level)
    return metric_rows("invoices", sums["supplier_id"], sums["n"], 1 - sums["wrong"] / sums["n"],
                 found.value, found.sd, found.weight)  # fmt: skip


def _recorded(shop: Shop, times: pd.DataFrame) -> pd.DataFrame:
    """What is on file; nothing to shrink."""
    columns = {"emergency_response": "response_hours", "after_sales": "after_sales_score",
               "credit": "terms_days", "flexibility": "moq"}  # fmt: skip
    have = {m: c for m, c in columns.items() if shop.has("suppliers", c)}
    if not have:
        return metric_rows("", times["supplier_id"], 0, 0, 0, 0, 0).head(0)
    known = shop.suppliers.select("supplier_id", *have.values()).execute()
    usual = _usual_order(shop)
    parts = []
    for metric, column in have.items():
        value = pd.to_numeric(known[column]).astype(float)
        if metric == "flexibility":
            value = value / known["supplier_id"].map(usual)
        cases = value.notna().astype(int)
        parts.append(metric_rows(metric, known["supplier_id"], cases, value, value, 0.0, 1.0))
    return pd.concat(parts).dropna(subset=["value"])


def _usual_order(shop: Shop) -> dict[str, float]:
    po = shop.purchase_orders
    each = po.group_by("supplier_id", "po_id").aggregate(pieces=po.qty.sum())
    usual = each.group_by("supplier_id").aggregate(pieces=each.pieces.mean()).execute()
    return {str(k): float(v) for k, v in zip(usual["supplier_id"], usual["pieces"], strict=True)}

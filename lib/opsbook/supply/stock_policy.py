"""For every product: when to order, how much, how much of it is safety, and what that serves.

The proposal stands beside the course's seven-day line and beside what the shop holds today.
"""

from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import CannotTell, ParameterError
from opsbook.language import N_, t
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.economic_order import order_quantities
from opsbook.supply.forecast import Forecast
from opsbook.supply.product_worth import paid_price, sales_class
from opsbook.supply.replay_orders import ASSUMED_LEAD, suppliers_of
from opsbook.supply.review_levels import levels_for_fill
from opsbook.supply.source_rule import safety_line

__all__ = ["LEFT_OUT", "left_out_words", "policies"]

Floats = NDArray[np.float64]

LEFT_OUT = {
    "off_sale": N_("not on sale any more: no stock, sale or delivery for weeks"),
    "no_demand": N_("on sale, but no sale is expected"),
}
"""Why a product has no policy."""
_TODAY, _ORDERS = 91, 182
"""Days that today's stock and today's orders are averaged over."""


@shared
def policies(
    shop: Shop,
    forecast: Forecast | None,
    leads: pd.DataFrame | None,
    *,
    target: float | pd.Series = 0.97,
    review_days: int = 7,
    holding_rate: float = 0.25,
    order_cost: float = 10.0,
) -> pd.DataFrame:
    """Stock policy of every product, as of the first day of the forecast.

    Args:
        shop: ``purchase_orders`` name suppliers and what is on the way, where there are any.
        forecast: From ``forecast``; None where it could not be made.
        leads: From ``lead_times``, by supplier; without it lead times are assumed to be
            ``replay_orders.ASSUMED_LEAD``.
        target: Fill rate, 0.5 to 0.999: one for all, or one per product (by ``sku``), or one
            per class (by ``A``, ``B``, ``C``).
        review_days: Days between two looks at a product, 1 to 28.
        holding_rate: Yearly cost of keeping goods, as a share of their purchase price.
        order_cost: Money per order line.

    Returns:
        One row per product, most valuable demand first. ``sku, category, supplier_id`` (empty if
        no order names one), ``abc``; ``daily`` (pieces expected per day), ``lead_days,
        lead_sd``; ``protect_days`` (lead time and review), ``protect_mean, protect_sd`` (demand
        over them and its uncertainty, the lead time's included); ``reorder_point,
        order_quantity, up_to, safety_stock`` (pieces), ``fill_rate, cycle_service`` (expected;
        the second is the chance of no stock-out from the reorder point on), ``mean_stock``
        (pieces expected in the evening) and ``stock_value``; ``stock_now, on_way``, and
        ``order_now`` (what a review today would order); beside it ``source_line`` (seven days
        of the last month's mean sales), ``today_stock`` (mean of the last 91 evenings),
        ``today_order`` (mean pieces per order of the last 182 days); ``unit_cost``;
        ``assumed_lead``; ``left_out`` (key of ``LEFT_OUT``, empty for a policy).

    Raises:
        CannotTell: There is no forecast.
        ParameterError: A parameter lies outside its bounds.
    """
    _check(review_days, holding_rate, order_cost)
    if forecast is None:
        raise CannotTell(
            N_("without a forecast there are no stock levels; the section on demand says why")
        )
    panel, skus = forecast.panel, forecast.panel.skus
    has_orders = shop.has("purchase_orders", "sku", "supplier_id", "order_date")
    supplier = (
        suppliers_of(shop, skus["sku"], panel.end) if has_orders else np.full(len(skus), "", object)
    )
    lead, spread, assumed = _lead(supplier, leads)
    unit_cost = skus["unit_cost"].to_numpy(np.float64)
    until = forecast.over(np.minimum(lead, 365.0))
    following = forecast.over(np.minimum(lead + review_days, 365.0))
    month = forecast.over(28)
    daily = month["mean"].to_numpy(np.float64) / 28
    mean_lead, mean_next = (f["mean"].to_numpy(np.float64) for f in (until, following))
    sd_lead, sd_next = (f["sd"].to_numpy(np.float64) for f in (until, following))
    sd_lead = np.hypot(sd_lead, mean_lead / np.maximum(lead, 1e-9) * spread)
    sd_next = np.hypot(sd_next, mean_next / (lead + review_days) * spread)
    # By ordinary days: a festival's rate would buy for a year that has none.
    ordinary = forecast.skus["ordinary"].to_numpy(np.float64)
    quantity = order_quantities(
        ordinary * 365, unit_cost, order_cost=order_cost, holding_rate=holding_rate
    )
    price = paid_price(panel)
    abc = sales_class(panel)
    found = levels_for_fill(
        _targets(target, skus["sku"], abc), quantity, mean_lead, sd_lead, mean_next, sd_next
    )
    stock, on_way, orders = _now(shop, forecast, has_orders=has_orders)
    position = np.nan_to_num(stock) + on_way
    lacks = np.maximum(found.reorder_point + 1 - position, 0)
    lots = np.ceil(lacks / quantity - 1e-9)
    sells = found.reorder_point >= 0
    evening = found.reorder_point + (quantity + 1) / 2 - mean_lead - daily * review_days / 2
    evening = np.where(sells, np.maximum(evening, 0.0), 0.0)
    recent = np.asarray(panel.stock[:, -_TODAY:], np.float64)
    seen = np.isfinite(recent)
    today = np.where(
        seen.any(axis=1),
        np.nan_to_num(recent).sum(axis=1) / np.maximum(seen.sum(axis=1), 1),
        np.nan,
    )
    off = forecast.skus["method"].to_numpy(object) == "none"
    table = pd.DataFrame(
        {
            "sku": skus["sku"].to_numpy(object),
            "category": skus["category"].to_numpy(object),
            "supplier_id": supplier,
            "abc": abc,
            "daily": daily,
            "lead_days": lead,
            "lead_sd": spread,
            "protect_days": lead + review_days,
            "protect_mean": mean_next,
            "protect_sd": sd_next,
            "reorder_point": np.where(sells, found.reorder_point, 0),
            "order_quantity": np.where(sells, quantity, 0),
            "up_to": np.where(sells, found.up_to, 0),
            "safety_stock": found.safety_stock,
            "fill_rate": np.where(sells, found.fill_rate, np.nan),
            "cycle_service": np.where(sells, found.cycle_service, np.nan),
            "mean_stock": evening,
            "stock_value": evening * unit_cost,
            "stock_now": stock,
            "on_way": on_way,
            "order_now": np.where(sells, lots * quantity, 0).astype(np.int64),
            "source_line": safety_line(panel.sold),
            "today_stock": today,
            "today_order": orders,
            "unit_cost": unit_cost,
            "assumed_lead": assumed,
            "left_out": np.select([off, ~sells], ["off_sale", "no_demand"], ""),
        }
    )
    table["worth"] = daily * np.nan_to_num(price)
    table = table.sort_values(["worth", "sku"], ascending=[False, True], ignore_index=True)
    return table.drop(columns="worth")


def left_out_words(table: pd.DataFrame) -> str:
    """How many products have no policy, and why; empty if all have one."""
    parts = []
    for key, text in LEFT_OUT.items():
        n = int((table["left_out"] == key).sum())
        if n:
            parts.append(f"{n} {t(text)}")
    guessed = int((table["assumed_lead"] & (table["left_out"] == "")).sum())
    if guessed:
        parts.append(
            t("{n} with an assumed lead time: no delivery tells their supplier's", n=guessed)
        )
    costless = int((table["unit_cost"].isna() & (table["left_out"] == "")).sum())
    if costless:
        parts.append(t("{n} without a unit cost: ordered for 90 days at a time", n=costless))
    if not parts:
        return ""
    counted = "; ".join(parts)
    return t("Of {n} products: {parts}.", n=len(table), parts=counted)


def _check(review_days: int, holding_rate: float, order_cost: float) -> None:
    for name, value, least, most in (
        ("review_days", review_days, 1, 28),
        ("holding_rate", holding_rate, 0.01, 2.0),
        ("order_cost", order_cost, 0.01, 1e6),
    ):
        if not least <= value <= most:
            raise ParameterError(
                N_("{name} is {value}; use {least} to {most}"),
                name=name,
                value=value,
                least=least,
                most=most,
            )


def _targets(target: float | pd.Series, skus: pd.Series, abc: NDArray[np.object_]) -> Floats:
    if not isinstance(target, pd.Series):
        found = np.full(len(skus), float(target))
    elif set(target.index) <= {"A", "B", "C"}:
        found = target.reindex(abc).to_numpy(np.float64)
    else:
        found = target.reindex(skus).to_numpy(np.float64)
    bad = ~((found >= 0.5) & (found <= 0.999))
    if bad.any():
        raise ParameterError(
            N_("{name} is {value}; use {least} to {most}"),
            name="target_fill_rate",
            value=float(found[bad][0]),
            least=0.5,
            most=0.999,
        )
    return found


def _lead(
    supplier: NDArray[np.object_], leads: pd.DataFrame | None
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Mean and spread of each product's lead time, and whether they are an assumption."""
    n = len(supplier)
    if leads is None or not leads["mean_days"].notna().any():
        return np.full(n, ASSUMED_LEAD[0]), np.full(n, ASSUMED_LEAD[1]), np.ones(n, np.bool_)
    known = leads.drop_duplicates("supplier_id").set_index("supplier_id")
    mine = known.reindex(supplier)
    mean, sd = (mine[c].to_numpy(np.float64) for c in ("mean_days", "sd_days"))
    guessed = ~np.isfinite(mean)
    mean = np.where(guessed, float(known["mean_days"].mean()), mean)
    sd = np.where(np.isfinite(sd), sd, float(np.nan_to_num(known["sd_days"].mean())))
    return np.maximum(mean, 0.0), np.maximum(sd, 0.0), guessed


def _now(shop: Shop, forecast: Forecast, *, has_orders: bool) -> tuple[Floats, Floats, Floats]:
    """Free pieces last evening (NaN without a record), pieces on the way, pieces per order."""
    panel = forecast.panel
    stock = np.asarray(panel.stock[:, -1], np.float64)
    size = len(panel.skus)
    coming, mean = np.zeros(size), np.full(size, np.nan)
    if not has_orders or not shop.has("purchase_orders", "qty", "received_date"):
        return stock, coming, mean
    index = pd.Index(panel.skus["sku"])
    end = ibis.literal(panel.end)
    po = shop.purchase_orders
    po = po.filter(po.order_date < end)
    is_open = po.received_date.isnull() | (po.received_date >= end)
    # An order open for longer than half a year is no longer waited for.
    fresh = po.order_date >= ibis.literal(panel.end - timedelta(days=_ORDERS))
    found = (
        po.filter(fresh)
        .group_by("sku")
        .aggregate(
            waits=ibis.ifelse(is_open, po.qty, 0).sum(),
            pieces=po.qty.sum(),
            orders=po.order_date.nunique(),
        )
        .execute()
    )
    found = found[found["sku"].isin(index)]
    at = index.get_indexer(found["sku"])
    coming[at] = found["waits"].fillna(0).to_numpy(np.float64)
    mean[at] = (found["pieces"] / found["orders"]).to_numpy(np.float64)
    return stock, coming, mean

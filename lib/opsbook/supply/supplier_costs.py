"""What late deliveries, rejects and wrong invoices of each supplier cost.

A late delivery costs margin where the product ran out meanwhile, and stock that has to be
held because one cannot rely on the day. Rates that nobody measured are parameters and shown.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.sales import in_days, sales_lines
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.deliveries import known_end
from opsbook.supply.score_products import main_suppliers
from opsbook.supply.supplier_trend import current_lead_times

__all__ = ["CostRates", "SupplierCosts", "sku_money", "supplier_costs"]


@dataclass(frozen=True)
class CostRates:
    """Assumptions behind the costs; every report shows them.

    Args:
        holding: Cost of holding stock, share of its value per year, 0 to 2.
        capital: Cost of capital, share per year, 0 to 1.
        reject: What handling a rejected piece costs, share of its price, 0 to 2.
        service: Cycle service level that safety stock is held for, 0.5 to 0.9999.
        switch_days: Days until a new source delivers, 1 to 365.
    """

    holding: float = 0.25
    capital: float = 0.08
    reject: float = 0.15
    service: float = 0.95
    switch_days: int = 45

    def __post_init__(self) -> None:
        for name, low, high in (("holding", 0, 2), ("capital", 0, 1), ("reject", 0, 2),
                                ("service", 0.5, 0.9999), ("switch_days", 1, 365)):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise ParameterError(
                    N_("{name} {value} is out of range; use {low} to {high}"),
                    name=name, value=value, low=low, high=high,
                )  # fmt: skip


@dataclass(frozen=True)
class SupplierCosts:
    """Costs by supplier over the days looked back.

    Args:
        end: Day after the last one known.
        days: Days looked back.
        rates: The assumptions.
        suppliers: One row per supplier: ``supplier_id, spend`` (ordered, at agreed prices),
            ``lost_days`` (product days without stock while its delivery was overdue),
            ``lost_margin``, ``safety_cost`` (per year, of the stock its uneven lead times
            ask for), ``rejected`` (pieces), ``reject_cost``, ``overcharged``,
            ``wrong_invoices``, ``total``.
        has_stock: Whether lost margin could be told (``inventory_daily``).
        has_margin: Whether unit costs are known; else lost margin is lost sales.
        currency: ISO code.
        shop: Title of the shop.
    """

    end: date
    days: int
    rates: CostRates
    suppliers: pd.DataFrame
    has_stock: bool
    has_margin: bool
    currency: str
    shop: str


@shared
def supplier_costs(
    shop: Shop,
    end: date | None = None,
    *,
    days: int = 365,
    rates: CostRates | None = None,
    times: pd.DataFrame | None = None,
) -> SupplierCosts:
    """Price what suppliers do wrong.

    Lost margin: days on which a product had no free stock anywhere while a delivery of it
    was overdue, times its mean margin per day in stock. It is a lower bound: empty shelves
    in one warehouse alone are not counted. Safety stock: what the standard deviation of lead
    time adds to ``z sqrt(L s_d^2 + d^2 s_L^2)``, at unit cost and holding rate.

    Args:
        shop: Needs ``purchase_orders``; ``inventory_daily`` and ``order_lines`` for lost margin.
        end: Day after the last one known.
        days: Days looked back, 28 to 3650.
        rates: The assumptions.
        times: From ``lead_times``; ``current_lead_times`` unless given.

    Raises:
        CannotTell: No purchase order is known.

    Source:
        Safety stock: Silver, Pyke and Thomas, Inventory and Production Management in Supply
        Chains (2017), section 6.10.
    """
    rates = rates or CostRates()
    end = end or known_end(shop)
    if times is None:
        times = current_lead_times(shop, end, days=days)
    start = end - timedelta(days=days)
    table = times[["supplier_id"]].merge(_purchases(shop, start, end, rates), how="left")
    sold = shop.has("order_lines") and shop.has("orders")
    stocked = sold and shop.has("inventory_daily", "date", "sku", "on_hand")
    table["lost_days"], table["lost_margin"], table["safety_cost"] = np.nan, np.nan, np.nan
    has_margin = False
    if sold:
        each = sku_money(shop, end, days=days)
        has_margin = bool(each["unit_cost"].notna().any())
        safety = _safety(each, times, rates)
        table["safety_cost"] = table["supplier_id"].map(safety).fillna(0.0)
        if stocked:
            lost = _lost(shop, start, end).merge(each[["sku", "per_day"]], on="sku")
            lost["money"] = lost["empty"] * lost["per_day"].clip(lower=0)
            sums = lost.groupby("supplier_id")[["empty", "money"]].sum()
            table["lost_days"] = table["supplier_id"].map(sums["empty"]).fillna(0).astype(int)
            table["lost_margin"] = table["supplier_id"].map(sums["money"]).fillna(0.0)
    kinds = ["lost_margin", "safety_cost", "reject_cost", "overcharged"]
    table["total"] = table[kinds].sum(axis=1)
    table = table.sort_values(["total", "supplier_id"], ascending=[False, True], ignore_index=True)
    return SupplierCosts(end, days, rates, table, stocked, has_margin, shop.currency, shop.title)


def _purchases(shop: Shop, start: date, end: date, rates: CostRates) -> pd.DataFrame:
    """Spend, rejects and wrong invoices."""
    po = in_days(shop.purchase_orders, start, end, "order_date")
    have = po.columns
    null = ibis.null("float64")
    price = po.price if "price" in have else null
    # What came in on a later day is not known yet.
    known = po.received_date < ibis.literal(end)
    ok = ibis.ifelse(known, po.qty_ok, null) if "qty_ok" in have else null
    bad = (po.received_qty - ok).clip(lower=0) if "received_qty" in have else null
    due = price * ok
    billed = po.invoice_amount if "invoice_amount" in have else null
    wrong = (billed - due).abs() > due * 0.01 + 0.01
    po = po.mutate(
        worth=po.qty * price, bad=bad, bad_worth=bad * price,
        over=ibis.ifelse(wrong, (billed - due).clip(lower=0), 0.0), wrong=wrong.cast("int64"),
    )  # fmt: skip
    found = po.group_by("supplier_id").aggregate(
        spend=po.worth.sum(), rejected=po.bad.sum(), reject_cost=po.bad_worth.sum(),
        overcharged=po.over.sum(), wrong_invoices=po.wrong.sum(),
    ).execute()  # fmt: skip
    numbers = [c for c in found if c != "supplier_id"]
    found[numbers] = found[numbers].astype(float).fillna(0.0)
    found["reject_cost"] *= rates.reject
    return found


def sku_money(shop: Shop, end: date, *, days: int) -> pd.DataFrame:
    """What each product sells and earns per day in stock, with its main supplier.

    Args:
        shop: Needs ``orders``, ``order_lines``, ``purchase_orders``.
        end: Day after the last one known.
        days: Days looked back.

    Returns:
        ``sku, supplier_id, suppliers`` (sources), ``sales, margin`` (sales where no unit cost is
        known), ``pieces_per_day, pieces_sd`` (of a day), ``per_day`` (margin), ``unit_cost``.
    """
    start = end - timedelta(days=days)
    lines = in_days(sales_lines(shop), start, end)
    lines = lines.mutate(gain=ibis.coalesce(lines.amount - lines.cost, lines.amount))
    daily = lines.group_by("sku", "day").aggregate(
        qty=lines.qty.sum(), sales=lines.amount.sum(), gain=lines.gain.sum(), cost=lines.cost.sum()
    )
    each = daily.group_by("sku").aggregate(
        pieces=daily.qty.sum(), squares=(daily.qty * daily.qty).sum(), sales=daily.sales.sum(),
        margin=daily.gain.sum(), cost=daily.cost.sum(), first=daily.day.min(),
    )  # fmt: skip
    found = each.join(main_suppliers(shop, end, 730), "sku").execute()
    for name in ("pieces", "squares", "sales", "margin", "cost"):
        found[name] = found[name].astype(float)
    seen = (pd.Timestamp(end) - pd.to_datetime(found["first"])).dt.days.clip(lower=28)
    if shop.has("inventory_daily", "date", "sku", "on_hand"):
        stock = _free_stock(shop, start, end)
        full = stock.filter(stock.free > 0).group_by("sku").aggregate(days=ibis._.count())
        known = full.execute().set_index("sku")["days"]
        seen = found["sku"].map(known).fillna(seen).clip(lower=1)
    mean = found["pieces"] / seen
    found["pieces_per_day"] = mean
    found["pieces_sd"] = np.sqrt(np.maximum(found["squares"] / seen - mean**2, 0.0))
    found["per_day"] = found["margin"] / seen
    found["unit_cost"] = found["cost"] / found["pieces"].where(found["pieces"] > 0)
    if shop.has("products", "unit_cost"):
        listed = shop.products.select("sku", "unit_cost").execute().set_index("sku")["unit_cost"]
        found["unit_cost"] = found["unit_cost"].fillna(found["sku"].map(listed).astype(float))
    keep = ["sku", "supplier_id", "suppliers", "sales", "margin", "pieces_per_day", "pieces_sd",
            "per_day", "unit_cost"]  # fmt: skip
    return found[keep].sort_values("sku", ignore_index=True)


def _free_stock(shop: Shop, start: date, end: date) -> ibis.Table:
    """Free pieces of a product over all warehouses at the end of each day."""
    stock = in_days(shop.inventory_daily, start, end, "date")
    free = stock.on_hand
    if "reserved" in stock.columns:
        free = free - stock.reserved.fill_null(0)
    stock = stock.mutate(free=free)
    return stock.group_by("sku", "date").aggregate(free=stock.free.sum())


def _lost(shop: Shop, start: date, end: date) -> pd.DataFrame:
    """Product days without free stock while a delivery was overdue."""
    po = in_days(shop.purchase_orders, start, end, "order_date")
    if "promised_date" not in po.columns:
        return pd.DataFrame({"supplier_id": [], "sku": [], "empty": []})
    last = ibis.literal(end)
    until = ibis.coalesce(ibis.least(po.received_date, last), last)
    late = po.filter(po.promised_date < last, until > po.promised_date)
    late = late.select("supplier_id", "sku", due=late.promised_date,
                       until=ibis.coalesce(ibis.least(late.received_date, last), last))  # fmt: skip
    stock = _free_stock(shop, start, end)
    empty = stock.filter(stock.free <= 0).rename(of="sku")
    # On the day it came the shelf was empty for part of the day; that day is not counted.
    both = late.join(empty, [late.sku == empty.of, empty.date > late.due, empty.date < late.until])
    days = both.select("supplier_id", "sku", "date").distinct()
    return days.group_by("supplier_id", "sku").aggregate(empty=days.count()).execute()


def _safety(each: pd.DataFrame, times: pd.DataFrame, rates: CostRates) -> pd.Series:
    """Yearly holding cost of the safety stock that uneven lead times ask for, by supplier."""
    from scipy.stats import norm

    z = float(norm.ppf(rates.service))
    both = each.merge(times[["supplier_id", "mean_days", "sd_days"]], on="supplier_id")
    demand = both["mean_days"] * both["pieces_sd"] ** 2
    whole = np.sqrt(demand + (both["pieces_per_day"] * both["sd_days"]) ** 2)
    extra = z * (whole - np.sqrt(demand)) * both["unit_cost"] * rates.holding
    sums: pd.Series = extra.groupby(both["supplier_id"]).sum()
    return sums

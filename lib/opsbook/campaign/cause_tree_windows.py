"""What the cause tree measures in each of its two windows: from visitors to money that stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.common.censored import hidden_demand
from opsbook.common.demand import daily_demand
from opsbook.common.return_cohorts import cohort_nowcast, curve_of, period_nowcast
from opsbook.common.return_lines import NEEDS as RETURN_NEEDS
from opsbook.common.return_lines import asked_by_day, returned_lines, sold_by_day
from opsbook.errors import CannotTell
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import NOT_SALES
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Window", "lost_to_stock", "measured"]

_LONGEST_RETURN = 60
_HISTORY_DAYS = 730


@dataclass(frozen=True)
class Window:
    """One window of the tree. What the data do not say is not a number.

    Args:
        days: Its days, in order.
        visitors: Different visitors.
        orders: Orders placed, whatever became of them.
        units: Pieces in them.
        list_value: At list price, money.
        placed: Charged, money.
        paid: Charged for those paid and not cancelled: GMV.
        lost: Value of what stock-outs hid, money.
        returned: Value of paid goods that came back or are still expected to.
        returned_known: The part of it that has been asked for.
        cancels: Whether the data say which orders were cancelled or never paid.
        by_category: ``category, orders, units, list_value, placed, paid, lost, returned``.
        by_channel: Visits by channel: ``channel, visits``; empty without visits.
    """

    days: tuple[date, ...]
    visitors: float
    orders: float
    units: float
    list_value: float
    placed: float
    paid: float
    lost: float
    returned: float
    returned_known: float
    cancels: bool
    by_category: pd.DataFrame
    by_channel: pd.DataFrame

    @property
    def net(self) -> float:
        """GMV less what came back."""
        return self.paid - (self.returned if self.returned == self.returned else 0.0)


def measured(
    shop: Shop, days: Sequence[date], lost: pd.DataFrame | None, *, net: bool = True
) -> Window:
    """Measure one window.

    Args:
        shop: Needs ``orders`` and ``order_lines``.
        days: Days of the window, in order.
        lost: From ``lost_to_stock``; None where stock is not on record.
        net: Whether returns matter.
    """
    lines = _placed_lines(shop, days)
    sums = lines.group_by("category").aggregate(
        orders=lines.order_id.nunique(),
        units=lines.qty.sum(),
        list_value=lines.list_amount.sum(),
        placed=lines.amount.sum(),
        paid=lines.amount.sum(where=lines.is_paid),
    )
    table = sums.execute().fillna({"category": "–"}).fillna(0.0)
    orders = _whole_orders(shop, days)
    table["lost"] = _lost_in(lost, days, table["category"])
    returned = _returned(shop, days) if net else None
    table["returned"] = (
        table["category"].map(returned[0]).fillna(0.0) if returned is not None else np.nan
    )
    known = float(table["returned"].sum()) if returned is not None else float("nan")
    grown = known * returned[1] if returned is not None else float("nan")
    has_units = shop.has("order_lines", "qty")
    visits = _visits(shop, days)
    return Window(
        tuple(days),
        visits[0],
        orders,
        float(table["units"].sum()) if has_units else float("nan"),
        float(table["list_value"].sum()) if _has_list(shop) else float("nan"),
        float(table["placed"].sum()),
        float(table["paid"].sum()),
        float(table["lost"].sum()) if lost is not None else float("nan"),
        grown,
        known,
        shop.has("orders", "status") or shop.has("orders", "pay_ts"),
        table,
        visits[1],
    )


def _has_list(shop: Shop) -> bool:
    return shop.has("order_lines", "list_price") or shop.has("order_lines", "list_amount")


def _chosen(days: Sequence[date]) -> list[ibis.Value]:
    return [ibis.literal(day) for day in days]


def _orders(shop: Shop, days: Sequence[date]) -> Frame:
    """Every order placed on these days, and whether it was paid and not cancelled."""
    orders = shop.orders
    if "status" in orders.columns:
        paid = orders.status.fill_null("paid").notin(NOT_SALES)
    elif "pay_ts" in orders.columns:
        paid = orders.pay_ts.notnull()
    else:
        paid = ibis.literal(True)
    orders = orders.select("order_id", day=orders.order_ts.date(), is_paid=paid)
    return orders.filter(orders.day.isin(_chosen(days)))


def _whole_orders(shop: Shop, days: Sequence[date]) -> float:
    orders = _orders(shop, days)
    return float(orders.aggregate(n=orders.count()).execute()["n"].iloc[0])


def _placed_lines(shop: Shop, days: Sequence[date]) -> Frame:
    # Lines of orders that were never paid are needed too, so not sales_lines.
    lines = shop.order_lines
    have = lines.columns
    null = ibis.null("float64")
    qty = lines.qty if "qty" in have else null
    paid = lines.paid_price if "paid_price" in have else null
    listed = lines.list_price if "list_price" in have else null
    amount = ibis.coalesce(lines.paid_amount if "paid_amount" in have else null, qty * paid)
    before = ibis.coalesce(
        lines.list_amount if "list_amount" in have else null, qty * listed, amount
    )
    lines = lines.select("order_id", "sku", qty=qty, amount=amount, list_amount=before)
    lines = lines.join(_orders(shop, days), "order_id")
    if not shop.has("products", "category"):
        return lines.mutate(category=ibis.null("string"))
    return lines.left_join(shop.products.select("sku", "category"), "sku").drop("sku_right")


def _visits(shop: Shop, days: Sequence[date]) -> tuple[float, pd.DataFrame]:
    empty = pd.DataFrame({"channel": pd.Series(dtype=str), "visits": pd.Series(dtype=float)})
    if not shop.has("sessions", "visitor_id", "start_ts"):
        return float("nan"), empty
    visits = shop.sessions
    visits = visits.mutate(day=visits.start_ts.date())
    visits = visits.filter(visits.day.isin(_chosen(days)))
    row = visits.aggregate(n=visits.visitor_id.nunique(), days=visits.day.nunique()).execute()
    # Days without a single visit are days without a record, not days without visitors.
    if int(row["days"].iloc[0]) < len(days):
        return float("nan"), empty
    if "channel" not in visits.columns:
        return float(row["n"].iloc[0]), empty
    by = visits.group_by(channel=visits.channel.fill_null("–")).aggregate(visits=visits.count())
    return float(row["n"].iloc[0]), by.execute()


@shared
def lost_to_stock(shop: Shop, end: date) -> pd.DataFrame | None:
    """Value of demand that stock-outs hid, by category and day; None without a stock record.

    Args:
        shop: Needs ``order_lines`` with ``qty`` and ``inventory_daily``.
        end: Day after the last one; two years before it are read.

    Returns:
        ``day, category, pieces, value`` (at the shelf price of the day, or the SKU's list
        price; money).
    """
    if not shop.has("inventory_daily") or not shop.has("order_lines", "qty"):
        return None
    span = data_days(shop)
    try:
        panel = daily_demand(shop, min(end, span.end))
    except CannotTell:
        return None
    if not panel.has_stock:
        return None
    hidden = np.maximum(hidden_demand(panel).demand - panel.sold, 0.0)
    listed = panel.skus["list_price"].to_numpy(float)[:, None]
    price = np.where(np.isfinite(panel.price), panel.price, np.nan_to_num(listed))
    category = panel.skus["category"].fillna("–").astype(str).to_numpy()
    names, code = np.unique(category, return_inverse=True)
    parts = []
    for k, name in enumerate(names):
        mine = code == k
        parts.append(
            pd.DataFrame(
                {
                    "day": panel.dates,
                    "category": name,
                    "pieces": hidden[mine].sum(axis=0, dtype=float),
                    "value": (hidden[mine] * price[mine]).sum(axis=0, dtype=float),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _lost_in(
    lost: pd.DataFrame | None, days: Sequence[date], names: pd.Series
) -> "pd.Series | float":
    if lost is None:
        return float("nan")
    inside = lost[lost["day"].isin(pd.to_datetime(list(days)))]
    return names.map(inside.groupby("category")["value"].sum()).fillna(0.0)


def _returned(shop: Shop, days: Sequence[date]) -> tuple[pd.Series, float] | None:
    """Value asked back by category, and by how much the final value will exceed it."""
    if shop.lacks(RETURN_NEEDS):
        return None
    span = data_days(shop)
    known, start = span.end, max(span.start, span.end - timedelta(days=_HISTORY_DAYS))
    start = min(start, min(days))
    back = returned_lines(shop, start, known, known)
    share = ibis.coalesce(back.back_qty / back.pieces.nullif(0), 1.0)
    value = ibis.coalesce(back.refund_amount, back.amount * share)
    mine = back.mutate(value=value).filter(back.day.isin(_chosen(days)))
    sums = mine.group_by(category=mine.category.fill_null("–")).aggregate(v=mine.value.sum())
    by = sums.execute().set_index("category")["v"]
    first, after = min(days), max(days) + timedelta(days=1)
    if (known - after).days >= _LONGEST_RETURN:
        return by, 1.0
    sold, asked = sold_by_day(shop, start, known), asked_by_day(back)
    sold["day"], asked["day"] = pd.to_datetime(sold["day"]), pd.to_datetime(asked["day"])
    curve = curve_of(asked, start, known, _LONGEST_RETURN)
    _, bunching = cohort_nowcast(sold, asked, curve, known, 0.95)
    done = period_nowcast(sold, asked, curve, known, Period(first, after), bunching, 0.95)
    if done["known"] <= 0:
        return by, 1.0
    return by, (done["known"] + done["to_come"]) / done["known"]

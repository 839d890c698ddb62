"""The key figures of daily operation counted, in no language: the words are put on afterwards."""

from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd

from opsbook.shop.metrics import buyer_of, key_figures
from opsbook.shop.periods import Period, data_days
from opsbook.shop.sales import in_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.traffic.worth import order_worth

__all__ = ["FIGURES", "Counted", "counted"]


@dataclass(frozen=True)
class Counted:
    """One key figure without its words.

    Args:
        name: Id of the reference figure, such as ``cvr_mean``.
        value: The figure; fraction, or ratio for ``roi``.
        low: Lower bound of chance; missing where none is known.
        high: Upper bound.
        buyers_per_visitor: Of ``cvr_mean``, what its words compare it with; fraction.
        orders_per_visit: The same.
    """

    name: str
    value: float
    low: float
    high: float
    buyers_per_visitor: float = float("nan")
    orders_per_visit: float = float("nan")


@shared
def counted(shop: Shop, period: Period, level: float) -> tuple[Counted, ...]:
    """Those of the key figures that the data allow, in the order of ``FIGURES``.

    Args:
        shop: Orders; sessions, customers and ad spend for the figures that need them.
        period: Whole weeks; growth is against as many weeks before.
        level: Confidence of the bounds.
    """
    from scipy.stats import norm

    z = float(norm.ppf((1 + level) / 2))
    found = (make(shop, period, z) for make in FIGURES.values())
    return tuple(line for line in found if line is not None)


def _weekly(frame: pd.DataFrame, period: Period) -> np.ndarray | None:
    """Totals of the weeks before and of the period, where every week has some."""
    weeks = period.days // 7
    if not weeks:
        return None
    both = frame.set_index("week")["value"].reindex(range(-weeks, weeks)).to_numpy(np.float64)
    return both if np.isfinite(both).all() and (both > 0).all() else None


def _growth(
    weekly: np.ndarray | None, z: float, weeks_apart: float
) -> tuple[float, float, float] | None:
    """Growth per so many weeks, from the means of two spans, with bounds."""
    if weekly is None:
        return None
    half = len(weekly) // 2
    before, now = weekly[:half], weekly[half:]
    step = np.log(now.mean() / before.mean())
    error = np.nan
    if half >= 3:
        error = np.sqrt(sum(x.var(ddof=1) / half / x.mean() ** 2 for x in (before, now)))
    scale = weeks_apart / half
    low, high = (float(np.expm1((step + s * z * error) * scale)) for s in (-1, 1))
    return float(np.expm1(step * scale)), low, high


def _week(day: ibis.Value, period: Period) -> ibis.Value:
    start = int(pd.Timestamp(period.before().start).timestamp())
    past = (day.cast("timestamp").epoch_seconds() - start) // (7 * 86_400)
    return past.cast("int64") - period.days // 7


def _visitors(shop: Shop, period: Period, z: float) -> Counted | None:
    if not shop.has("sessions", "visitor_id"):
        return None
    span = Period(period.before().start, period.end)
    visits = in_days(shop.sessions, span.start, span.end, "start_ts")
    weeks = visits.group_by(week=_week(visits.start_ts, period))
    frame = weeks.aggregate(value=visits.visitor_id.nunique()).execute()
    found = _growth(_weekly(frame, period), z, 1.0)
    return Counted("visitors_wow", *found) if found else None


def _conversion(shop: Shop, period: Period, z: float) -> Counted | None:
    now = key_figures(shop, period)
    if not now.get("visitors"):
        return None
    orders, visitors = now["orders"], now["visitors"]
    half = z * orders**0.5 / visitors
    rate = orders / visitors
    return Counted(
        "cvr_mean", rate, max(rate - half, 0.0), rate + half,
        now["buyers"] / visitors, orders / max(now["sessions"], 1),
    )  # fmt: skip


def _sales(shop: Shop, period: Period, z: float) -> Counted | None:
    if not shop.has("order_lines"):
        return None
    sold, _ = order_worth(shop)
    sold = in_days(sold, period.before().start, period.end)
    frame = sold.group_by(week=_week(sold.day, period)).aggregate(value=sold.amount.sum()).execute()
    found = _growth(_weekly(frame, period), z, 365.25 / 12 / 7)
    return Counted("gmv_mom", *found) if found else None


def _repeat(shop: Shop, period: Period, z: float) -> Counted | None:
    days = data_days(shop)
    end = min(period.end, days.end)
    if not shop.has("orders", "customer_id") or (end - days.start).days < 60:
        return None
    sold, _ = order_worth(shop)
    sold = in_days(sold, end - timedelta(days=60), end).filter(lambda f: f.customer_id.notnull())
    sold = sold.mutate(buyer=buyer_of(sold))
    first = in_days(sold, end - timedelta(days=60), end - timedelta(days=30))
    first = first.group_by("buyer").aggregate(first=first.day.min())
    both = sold.select("buyer", "day").join(first, "buyer")
    age = (
        both.day.cast("timestamp").epoch_seconds() - both["first"].cast("timestamp").epoch_seconds()
    )
    again = both.mutate(again=(age > 0) & (age <= 30 * 86_400)).group_by("buyer")
    each = again.aggregate(again=lambda f: f.again.cast("int64").max())
    row = each.aggregate(n=each.count(), k=each.again.sum()).execute().iloc[0]
    n = int(row["n"])
    if not n:
        return None
    k = int(row["k"])
    middle, spread = (k + z * z / 2) / (n + z * z), z * (k * (n - k) / n + z * z / 4) ** 0.5
    low, high = middle - spread / (n + z * z), middle + spread / (n + z * z)
    return Counted("repeat_30d", k / n, low, high)


def _roas(shop: Shop, period: Period, z: float) -> Counted | None:
    if not shop.has("ad_spend", "date", "channel", "cost"):
        return None
    if not shop.has("orders", "channel") or not shop.has("order_lines"):
        return None
    spend = in_days(shop.ad_spend, period.start, period.end, "date")
    paid = spend.group_by("channel").aggregate(cost=spend.cost.sum())
    sold, _ = order_worth(shop)
    sold = in_days(sold, period.start, period.end).semi_join(paid.filter(paid.cost > 0), "channel")
    row = sold.aggregate(
        gmv=sold.amount.sum(), squares=(sold.amount * sold.amount).sum()
    ).execute().iloc[0]  # fmt: skip
    cost = float(paid.cost.sum().execute() or 0)
    gmv = float(row["gmv"]) if row["gmv"] == row["gmv"] and row["gmv"] is not None else 0.0
    if cost <= 0 or gmv <= 0:
        return None
    half = z * float(row["squares"]) ** 0.5 / cost
    return Counted("roi", gmv / cost, gmv / cost - half, gmv / cost + half)


FIGURES = {
    "visitors_wow": _visitors,
    "cvr_mean": _conversion,
    "gmv_mom": _sales,
    "repeat_30d": _repeat,
    "roi": _roas,
}
"""Id of each figure to what counts it, in the order of the table."""

"""Dormant customers, and how many of them come back without being asked."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import Table as Frame

from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.lifecycle.purchases import purchase_days
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["Dormant", "dormant_customers"]

_LOOKS = 6
"""Past days on which the natural return is observed."""
_PRIOR = 200.0
"""Customers' worth of their dormancy class that each finer cell is drawn towards."""


@dataclass(frozen=True)
class Dormant:
    """Customers silent for longer than the first bound.

    Args:
        customers: One row per dormant customer: ``customer_id, silent_days, days_bought,
            amount`` (of a purchase day, mean, drawn towards the shop's), ``margin`` (of a
            purchase day; not a number where costs are unknown), ``year`` (spend of the
            last purchase year, money), ``dormancy`` (short, mid, long), ``high_value``,
            ``returns`` (chance to buy within the window unasked), ``reachable``.
        observed: One row per class and cell: ``dormancy, often, high_value, n, came,
            returns``.
        looked: Past days on which returns were observed.
        window_days: Length of the window of return.
        unasked: Whether customers contacted in a window could be left out of ``observed``.
    """

    customers: pd.DataFrame
    observed: pd.DataFrame
    looked: tuple[date, ...]
    window_days: int
    unasked: bool


@shared
def dormant_customers(
    shop: Shop,
    end: date,
    start: date,
    *,
    bounds: tuple[int, int, int] = (30, 60, 90),
    window_days: int = 14,
    rest_days: int = 14,
) -> Dormant:
    """Who has been silent for how long, and how likely each is to return unasked.

    The chance is what happened on earlier days to customers as dormant, as frequent and as
    valuable, among those whom no contact reached in the window, so that it needs no model.

    Args:
        shop: Needs ``orders.customer_id``; contacts and consent are used where they are.
        end: Day after the last one known.
        start: First day of the data.
        bounds: Days of silence from which dormancy is short, mid, long.
        window_days: Length of the window of return.
        rest_days: Days in which a customer contacted before is left alone.

    Raises:
        CannotTell: Nobody is dormant, or the data do not reach back far enough.
    """
    days = shop.kept(f"win-back days {end}", purchase_days(shop, end), rows=shop.orders)
    looks = [end - timedelta(days=window_days * k) for k in range(1, _LOOKS + 1)]
    looks = [d for d in looks if d - timedelta(days=bounds[2]) > start]
    if not looks:
        raise CannotTell(
            N_(
                "win-back needs {need} days of orders to see who returns unasked; "
                "the data have {have}"
            ),
            need=bounds[2] + window_days + 1,
            have=(end - start).days,
        )
    edge = float(_edge(days, end))
    customers = _silent(days, end, bounds, edge).execute()
    if customers.empty:
        raise CannotTell(
            N_("no customer has been silent for {days} days: nobody to win back"), days=bounds[0]
        )
    unasked = shop.has("contacts", "customer_id", "contact_ts")
    parts = [_look(shop, days, d, bounds, edge, window_days, end) for d in looks]
    cells = parts[0] if len(parts) == 1 else ibis.union(*parts)
    keys = ["dormancy", "often", "high_value"]
    counts = cells.group_by(keys).aggregate(n=cells.n.sum(), came=cells.came.sum()).execute()
    observed = _shrunk(counts)
    customers = _valued(customers, shop)
    customers = customers.merge(observed[[*keys, "returns"]], on=keys, how="left")
    overall = float(counts["came"].sum() / max(counts["n"].sum(), 1))
    customers["returns"] = customers["returns"].fillna(overall)
    customers["reachable"] = ~customers["customer_id"].isin(_left_alone(shop, end, rest_days))
    customers = customers.sort_values("customer_id", ignore_index=True)
    return Dormant(customers, observed, tuple(looks), window_days, unasked)


def _edge(days: Frame, end: date) -> float:
    """Spend of a customer's last purchase year that the best fifth exceeds."""
    per = _totals(days, end)
    value = per.year.quantile(0.8).execute()
    return float(value) if value is not None and value == value else float("inf")


def _totals(days: Frame, end: date) -> Frame:
    last = days.day.max().over(ibis.window(group_by="customer_id"))
    rows = days.mutate(back=last.delta(days.day, unit="day"), amount=days.amount.fill_null(0.0))
    sums = {
        "last_day": rows.day.max(),
        "days_bought": rows.count(),
        "total": rows.amount.sum(),
        "year": rows.amount.sum(where=rows.back < 365),
    }
    if "margin" in rows.columns:
        sums["margin"] = rows.margin.sum()
    per = rows.group_by("customer_id").aggregate(**sums)
    return per.mutate(silent_days=ibis.literal(end).delta(per.last_day, unit="day"))


def _silent(days: Frame, end: date, bounds: tuple[int, int, int], edge: float) -> Frame:
    per = _totals(days.filter(days.day < ibis.literal(end)), end)
    per = per.filter(per.silent_days >= bounds[0])
    return per.mutate(
        dormancy=ibis.cases(
            (per.silent_days >= bounds[2], "long"), (per.silent_days >= bounds[1], "mid"),
            else_="short",
        ),
        often=ibis.cases((per.days_bought >= 5, 2), (per.days_bought >= 2, 1), else_=0),
        high_value=(per.year > edge),
    )  # fmt: skip


def _look(
    shop: Shop,
    days: Frame,
    when: date,
    bounds: tuple[int, int, int],
    edge: float,
    window: int,
    end: date,
) -> Frame:
    """Customers dormant on an earlier day, by cell, and how many bought soon after."""
    until = min(when + timedelta(days=window), end)
    frame = _silent(days, when, bounds, edge)
    asked = _contacted(shop, when - timedelta(days=window), until)
    if asked is not None:
        frame = frame.anti_join(asked, "customer_id")
    later = days.filter(days.day >= ibis.literal(when), days.day < ibis.literal(until))
    later = later.select("customer_id").distinct().mutate(back=ibis.literal(1))
    frame = frame.left_join(later, "customer_id").drop("customer_id_right")
    return frame.group_by("dormancy", "often", "high_value").aggregate(
        n=frame.count(), came=frame.back.fill_null(0).sum()
    )


def _contacted(shop: Shop, start: date, end: date) -> Frame | None:
    if not shop.has("contacts", "customer_id", "contact_ts"):
        return None
    rows = shop.contacts
    day = rows.contact_ts.date()
    rows = rows.filter(day >= ibis.literal(start), day < ibis.literal(end))
    if "outcome" in rows.columns:
        rows = rows.filter(rows.outcome.fill_null("sent") != "held_out")
    return rows.select("customer_id").distinct()


def _shrunk(counts: pd.DataFrame) -> pd.DataFrame:
    """Rates by cell, drawn towards the rate of their class: small cells say little."""
    frame = counts.sort_values(["dormancy", "often", "high_value"], ignore_index=True)
    sums = frame.groupby("dormancy")[["n", "came"]].transform("sum")
    base = sums["came"] / sums["n"]
    frame["returns"] = (frame["came"] + _PRIOR * base) / (frame["n"] + _PRIOR)
    return frame


def _valued(customers: pd.DataFrame, shop: Shop) -> pd.DataFrame:
    """Amount and margin of a purchase, drawn towards the shop's mean by two purchases."""
    frame = customers.copy()
    bought = frame["days_bought"].astype("float64")
    usual = float(frame["total"].sum() / bought.sum())
    frame["amount"] = np.maximum((frame["total"] + 2 * usual) / (bought + 2), 0.0)
    if "margin" in frame and frame["margin"].notna().any():
        mean = float(frame["margin"].sum() / bought.sum())
        frame["margin"] = (frame["margin"].fillna(mean) + 2 * mean) / (bought + 2)
    else:
        frame["margin"] = np.nan
    return frame.drop(columns="total")


def _left_alone(shop: Shop, end: date, rest_days: int) -> "pd.Series[str]":
    """Customers who must not or should not be written to."""
    names: list[Frame] = []
    if shop.has("customers", "consent"):
        refused = shop.customers
        names.append(refused.filter(~refused.consent.fill_null(True)).select("customer_id"))
    if shop.has("contacts", "customer_id", "outcome"):
        gone = shop.contacts
        names.append(gone.filter(gone.outcome == "unsubscribed").select("customer_id"))
    recent = _contacted(shop, end - timedelta(days=rest_days), end)
    if recent is not None:
        names.append(recent)
    if not names:
        return pd.Series(dtype="object")
    every = names[0] if len(names) == 1 else ibis.union(*names)
    return every.distinct().execute()["customer_id"]

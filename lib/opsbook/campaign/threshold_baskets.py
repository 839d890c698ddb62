"""Baskets with and without a spend-saving rule, counted by size in the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import floor, log10

import ibis
import numpy as np
import pandas as pd

from opsbook.campaign.event import Event, all_events
from opsbook.campaign.offer_days import all_offer_days, inside
from opsbook.common.discount_rules import steps_of
from opsbook.errors import CannotTell
from opsbook.language import N_
from opsbook.shop.sales import line_amounts, paid_orders
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop

__all__ = ["NEEDS", "Baskets", "nice_below", "rule_baskets"]

NEEDS: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("campaign_id", "start_date", "end_date"),
    "orders": ("order_id", "order_ts"),
    "order_lines": ("order_id", "sku"),
}
_DAYS = 364
_LEAST = 200


@dataclass(frozen=True)
class Baskets:
    """Order values before the order's discount, in fine classes.

    Args:
        width: Width of a class, money.
        frame: One row per ``rule`` (as written; empty for orders without one), ``own`` (of the
            event under study) and ``place`` (class: from ``place`` x width on): ``n`` (orders),
            ``value`` (sum), ``cost`` (of goods, sum), ``costed`` (value of what has a cost).
        campaigns: Campaigns that gave a rule, with days on which they did.
        offer_days: Days of the event with its rule.
    """

    width: float
    frame: pd.DataFrame
    campaigns: dict[str, int]
    offer_days: int

    def of(self, rule: str | None = None, *, own: bool | None = None) -> pd.DataFrame:
        """Classes of one rule, or of the event's own orders: ``place`` to sums."""
        rows = self.frame
        if rule is not None:
            rows = rows[rows["rule"] == rule]
        if own is not None:
            rows = rows[rows["own"] == own]
        return rows.groupby("place")[["n", "value", "cost", "costed"]].sum()

    @property
    def rules(self) -> tuple[str, ...]:
        """Rules under which orders were placed."""
        return tuple(sorted(set(self.frame["rule"]) - {""}))


def nice_below(value: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above a value.

    Example:
        >>> [nice_below(v) for v in (0.7, 3.0, 70.0)]
        [0.5, 2.0, 50.0]
    """
    scale = 10.0 ** floor(log10(value))
    return float(max(k * scale for k in (1, 2, 5) if k * scale <= value * (1 + 1e-9)))


@shared
def rule_baskets(shop: Shop, event: Event) -> Baskets:
    """Baskets of a year up to the event's end: under its rule, under others, without any.

    Orders count as under a rule when they carry its campaign on a day on which it was given;
    without ``orders.campaign_id`` every order of such a day does. Orders of a campaign with
    a rule on other days are left out: they knew of it.

    Args:
        shop: Needs ``campaigns``, ``orders`` and ``order_lines``.
        event: The event.

    Raises:
        CannotTell: There are fewer than 200 baskets without a rule to compare with.
    """
    shop.require(NEEDS)
    last = event.until if event.observed else event.days.start
    first = last - timedelta(days=_DAYS)
    ruled = [
        e for e in all_events(shop)
        if steps_of(e.rule) and e.observed and e.since < last and e.until > first
    ]  # fmt: skip
    offers = all_offer_days(shop, tuple(ruled))
    given = {name: tuple(d for d in days if first <= d < last) for name, days in offers.items()}
    orders = paid_orders(shop)
    orders = orders.filter(orders.day >= ibis.literal(first), orders.day < ibis.literal(last))
    tagged = "campaign_id" in orders.columns
    branches: list[tuple[ibis.Value, ibis.Value]] = []
    for e in ruled:
        on = inside(orders.day, given[e.id])
        near = (orders.day >= ibis.literal(e.days.start)) & (orders.day < ibis.literal(e.end))
        mine = (orders.campaign_id == ibis.literal(e.id)).fill_null(False) if tagged else near
        branches += [(mine & on, ibis.literal(e.id)), (mine, ibis.literal("-"))]
    whose = ibis.cases(*branches, else_="") if branches else ibis.literal("")
    off = orders.discount.fill_null(0.0) if "discount" in orders.columns else ibis.literal(0.0)
    orders = orders.select("order_id", whose=whose, off=off)
    orders = orders.filter(orders.whose != "-")
    lines = line_amounts(shop).semi_join(orders, "order_id")
    sums = lines.group_by("order_id").aggregate(
        amount=lines.amount.sum(),
        cost=lines.cost.sum().fill_null(0.0),
        costed=ibis.ifelse(lines.cost.notnull(), lines.amount, 0.0).sum(),
    )
    joined = orders.join(sums, "order_id")
    joined = joined.mutate(basket=joined.amount + joined.off).filter(lambda f: f.basket > 0)
    middle = joined.basket.approx_median().execute()
    if middle is None or middle != middle:
        raise CannotTell(N_("fewer than {n} baskets without a discount step"), n=_LEAST)
    width = nice_below(float(middle) / 100)
    place = (joined.basket / width + 1e-6).floor().cast("int64")
    found = (
        joined.group_by("whose", place=place)
        .aggregate(
            n=joined.count(), value=joined.basket.sum(), cost=joined.cost.sum(),
            costed=joined.costed.sum(),
        )
        .execute()
    )  # fmt: skip
    by_id = {e.id: e.rule for e in ruled}
    found["rule"] = [by_id.get(str(whose), "") for whose in found["whose"]]
    found["own"] = found["whose"] == event.id
    if found.loc[found["rule"] == "", "n"].sum() < _LEAST:
        raise CannotTell(N_("fewer than {n} baskets without a discount step"), n=_LEAST)
    found = found.astype({"n": float, "value": float, "cost": float, "costed": float})
    table = found.groupby(["rule", "own", "place"], as_index=False)[
        ["n", "value", "cost", "costed"]
    ].sum()
    counts = {k: len(days) for k, days in given.items() if days}
    return Baskets(width, table, counts, counts.get(event.id, 0))


def classes(frame: pd.DataFrame, size: int) -> np.ndarray:
    """Counts by class as an array; what lies beyond the end counts in the last class."""
    out = np.zeros(size)
    np.add.at(out, np.minimum(frame.index.to_numpy(), size - 1), frame["n"].to_numpy())
    return out

"""What purchase orders tell a replay: who delivers what, how long it took, what was on the way."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand import DemandPanel
from opsbook.shop.shop import Shop
from opsbook.supply.lead_times import lead_times, lead_times_on

__all__ = [
    "ASSUMED_LEAD",
    "RELEARN",
    "LeadsKnown",
    "deliveries_seen",
    "drawn_leads",
    "open_orders",
    "suppliers_of",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ASSUMED_LEAD = (7.0, 2.0)
"""Mean and standard deviation of the lead time, days, of a shop without purchase orders."""
_BLOCK, _NEAR, _FEW = 14, 28, 8
"""Days that share a pool of lead times; days about them it is taken from; deliveries it needs."""
_LONGEST = 365
_KNOWN = 180
"""Days of orders that a lead time is learned from."""
RELEARN = 28
"""Days after which a rule learns anew."""


def suppliers_of(shop: Shop, skus: pd.Series, end: date) -> NDArray[np.object_]:
    """Supplier of each product's latest order before a day; empty where there is none."""
    po = shop.purchase_orders
    po = po.filter(po.order_date < ibis.literal(end))
    latest = (
        po.group_by("sku", "supplier_id")
        .aggregate(last=po.order_date.max())
        .order_by("last", "supplier_id")
        .execute()
        .drop_duplicates("sku", keep="last")
    )
    of = latest.set_index("sku")["supplier_id"].reindex(skus)
    return of.where(of.notna(), "").to_numpy(object)


def deliveries_seen(shop: Shop, first: date, end: date) -> pd.DataFrame:
    """Deliveries by supplier, day of order (counted from ``first``) and lead time, with lines."""
    po = shop.purchase_orders
    po = po.filter(po.received_date.notnull(), po.order_date < ibis.literal(end))
    lead = po.received_date.delta(po.order_date, unit="day")
    placed = po.order_date.delta(ibis.literal(first), unit="day")
    po = po.mutate(lead=lead, placed=placed)
    # Goods that came before they were ordered are a wrong date; the same day counts as the next.
    po = po.filter(po["lead"] >= 0, po["lead"] <= _LONGEST)
    po = po.mutate(lead=ibis.greatest(po["lead"], 1))
    found: pd.DataFrame = (
        po.group_by("supplier_id", "placed", "lead").aggregate(lines=po.count()).execute()
    )
    return found.sort_values(["supplier_id", "placed", "lead"], ignore_index=True)


def drawn_leads(
    rng: np.random.Generator,
    leads: pd.DataFrame | None,
    who: NDArray[np.str_],
    at: Ints,
    start: int,
    days: int,
) -> Ints:
    """Lead time of an order placed on each day: one of those around it, drawn by lot.

    Args:
        rng: Source of the lot.
        leads: From ``deliveries_seen``; none draws from ``ASSUMED_LEAD``.
        who: Names of the suppliers.
        at: Place in ``who`` of each product.
        start: First day that is drawn for.
        days: Number of days.

    Returns:
        Whole days, at least 1: one row per product, one column per day.
    """
    out = np.ones((len(at), days), np.int64)
    if leads is None or leads.empty:
        mean, sd = ASSUMED_LEAD
        drawn = rng.gamma((mean / sd) ** 2, sd**2 / mean, (len(at), days - start))
        out[:, start:] = np.maximum(np.rint(drawn), 1)
        return out
    every = leads["lead"].to_numpy(np.int64), leads["lines"].to_numpy(np.float64)
    for row, name in enumerate(who):
        mine = leads[leads["supplier_id"] == name]
        rows = np.flatnonzero(at == row)
        placed = mine["placed"].to_numpy(np.int64)
        values = mine["lead"].to_numpy(np.int64), mine["lines"].to_numpy(np.float64)
        for begin in range(start, days, _BLOCK):
            stop = min(begin + _BLOCK, days)
            near = np.abs(placed - begin - _BLOCK // 2) <= _NEAR
            pool = every if not len(mine) else values
            if near.sum() >= _FEW:
                pool = values[0][near], values[1][near]
            out[rows, begin:stop] = rng.choice(
                pool[0], (len(rows), stop - begin), p=pool[1] / pool[1].sum()
            )
    return out


@dataclass(frozen=True)
class LeadsKnown:
    """Lead times as they were known on a day.

    Rules learn them anew every four weeks: whoever asks for one day is told of those after it
    too, which is one look at the purchase orders instead of many.

    Args:
        shop: Whose purchase orders they are.
        dates: Days of the panel.
        who: Suppliers.
        at: Supplier of each product, as a place in ``who``.
        assumed: Whether there is nothing to read.
    """

    shop: Shop
    dates: pd.DatetimeIndex
    who: NDArray[np.str_]
    at: Ints
    assumed: bool
    _read: dict[int, tuple[Floats, Floats]] = field(default_factory=dict, repr=False)

    def __call__(self, day: int) -> tuple[Floats, Floats]:
        """Mean and standard deviation by product, days, on the evening of a day."""
        if day not in self._read:
            self._look(day)
        return self._read[day]

    def _look(self, day: int) -> None:
        """Read a day, and what will be asked for after it."""
        if self.assumed:
            mean, sd = (np.full(len(self.at), value) for value in ASSUMED_LEAD)
            self._read[day] = mean, sd
            return
        days = range(day, len(self.dates), RELEARN)
        mornings = [self.dates[d].date() + timedelta(days=1) for d in days]
        for at, found in zip(days, lead_times_on(self.shop, mornings, days=_KNOWN), strict=True):
            if found is not None:
                self._read[at] = self._by_product(found)
        if day not in self._read:
            # Nothing was ordered before it: said as ``lead_times`` says it.
            self._read[day] = self._by_product(lead_times(self.shop, mornings[0], days=_KNOWN))

    def _by_product(self, leads: pd.DataFrame) -> tuple[Floats, Floats]:
        found = leads.set_index("supplier_id").reindex(self.who)
        mean, sd = found["mean_days"], found["sd_days"]
        # A product without a supplier, or one nobody has delivered yet: as the shop's others.
        mean = mean.fillna(mean.mean()).fillna(ASSUMED_LEAD[0])
        sd = sd.fillna(sd.mean()).fillna(ASSUMED_LEAD[1])
        return mean.to_numpy(np.float64)[self.at], sd.to_numpy(np.float64)[self.at]


def open_orders(
    shop: Shop, panel: DemandPanel, start: int, measure: int, *, assumed: bool
) -> tuple[Ints, Ints]:
    """Pieces that come from orders open at the start, and order lines on the days that count."""
    n = len(panel.dates)
    coming, lines = np.zeros((len(panel.skus), n), np.int64), np.zeros(len(panel.skus), np.int64)
    if assumed:
        return coming, lines
    index = pd.Index(panel.skus["sku"])
    po = shop.purchase_orders
    begin, begin_measure = (ibis.literal(panel.dates[k].date()) for k in (start, measure))
    got = po.received_qty if "received_qty" in po.columns else po.qty
    waiting = po.mutate(got=got).filter(po.order_date < begin, po.received_date >= begin)
    waiting = waiting.group_by("sku", "received_date").aggregate(pieces=waiting.got.sum()).execute()
    waiting = waiting[waiting["sku"].isin(index)]
    day = (pd.to_datetime(waiting["received_date"]) - panel.dates[0]).dt.days.to_numpy()
    inside = day < n
    rows = index.get_indexer(waiting["sku"])[inside]
    pieces = waiting["pieces"].fillna(0).to_numpy(np.float64)[inside].astype(np.int64)
    np.add.at(coming, (rows, day[inside]), np.maximum(pieces, 0))
    placed = po.filter(po.order_date >= begin_measure, po.order_date < ibis.literal(panel.end))
    # One product ordered for three warehouses on a day is one line to whoever places it.
    counted = placed.group_by("sku").aggregate(n=placed.order_date.nunique()).execute()
    counted = counted[counted["sku"].isin(index)]
    lines[index.get_indexer(counted["sku"])] = counted["n"]
    return coming, lines

"""The race between stock and the next receipt, on any day of the past as it stood on that day.

A circuit-breaker is looked at daily, so it stands on the quick forecast. Walking through the
past with what was known day by day is what tells how often its calls were right.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand import DemandPanel
from opsbook.errors import CannotTell
from opsbook.shop.shop import Shop
from opsbook.supply.day_plan import day_plan
from opsbook.supply.day_profile import day_profile, profile_input
from opsbook.supply.loss import demand_over
from opsbook.supply.quick_fit import fit_quick
from opsbook.supply.quick_forecast import QuickForecast, completed
from opsbook.supply.replay_orders import ASSUMED_LEAD, RELEARN, LeadsKnown, suppliers_of

__all__ = ["Arrivals", "Race", "arrivals", "race", "walk"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_FAR = 90
"""Days beyond which no receipt is looked for."""
_OPEN = 180
"""Days after which an open order is not waited for any more."""


def walk(shop: Shop, panel: DemandPanel, first: int) -> Iterator[tuple[int, QuickForecast]]:
    """The quick forecast as it stood in the evening of every day from ``first`` on.

    The same object is handed out each time, one day further; use it before the next.

    Args:
        shop: Its calendar and campaigns.
        panel: Sales and stock.
        first: Position of the first day.
    """
    names, category = np.unique(
        panel.skus["category"].fillna("").to_numpy(str), return_inverse=True
    )
    known_names = tuple(str(n) for n in names)
    until = panel.end + timedelta(days=_FAR + 1)
    plan = day_plan(shop, panel.dates[0].date(), until, known_names)
    wanted = np.array(panel.sold, np.float64)
    totals = np.zeros((len(names), len(panel.dates)))
    np.add.at(totals, category, wanted)
    forecast = None
    for day in range(first, len(panel.dates)):
        if forecast is None or (day - first) % RELEARN == 0:
            factors = day_profile(profile_input(totals[:, : day + 1], known_names, plan), day + 1)
            forecast = fit_quick(
                wanted[:, : day + 1], panel.on_sale[:, : day + 1], factors.factor, category
            )
        else:
            # Days of an empty shelf say what was sold, not what was wanted.
            empty = np.nan_to_num(np.asarray(panel.left[:, day], np.float64), nan=1.0) <= 0
            expected = forecast.level * forecast.factors[category, day]
            here = np.where(
                panel.on_sale[:, day], completed(wanted[:, day], empty, expected), wanted[:, day]
            )
            wanted[:, day] = here
            totals[:, day] = np.bincount(category, here, len(names))
            forecast.see(day, here, panel.on_sale[:, day])
        yield day, forecast


@dataclass(frozen=True)
class Arrivals:
    """When the next goods come, as known in the evening of a day; one element per product.

    Args:
        days: Days until they are expected, 1 to 90; from today's order where none is open.
        sd: How much that may vary, days.
        ordered: Whether an order is open.
        overdue: Whether its promised day is over.
        came: Days until the first of the open orders really came, as it is known today (NaN if
            none has yet); where none was open, ``days``. Only for a test.
    """

    days: Ints
    sd: Floats
    ordered: Flags
    overdue: Flags
    came: Floats


def arrivals(shop: Shop, panel: DemandPanel, first: int) -> Callable[[int], Arrivals]:
    """A function that tells the next receipt of every product, for each day from ``first`` on.

    Args:
        shop: Without ``purchase_orders`` every receipt is that of an order placed today.
        panel: Products and days.
        first: Position of the first day asked for.
    """
    skus = panel.skus["sku"]
    size = len(skus)
    known = shop.has("purchase_orders", "sku", "supplier_id", "order_date", "received_date")
    mine = suppliers_of(shop, skus, panel.end) if known else np.full(size, "", object)
    who, at = np.unique(mine.astype(str), return_inverse=True)
    leads = LeadsKnown(shop, panel.dates, who, at.astype(np.int64), assumed=not known)
    orders = _orders(shop, panel, first) if known else _NONE

    def of(day: int) -> Arrivals:
        # Lead times are learned anew once in four weeks, as the forecast is.
        try:
            mean, sd = leads(day - (day - first) % RELEARN)
        except CannotTell:
            # Nothing had been ordered yet by then: as if no supplier were known.
            mean, sd = (np.full(size, v) for v in ASSUMED_LEAD)
        lead = np.clip(np.ceil(np.nan_to_num(mean, nan=ASSUMED_LEAD[0]) - 1e-9), 1, _FAR)
        days, overdue = lead.astype(np.int64), np.zeros(size, np.bool_)
        ordered = np.zeros(size, np.bool_)
        open_ = orders[
            (orders["placed"] <= day)
            & (orders["placed"] > day - _OPEN)
            & ~(orders["received"] <= day)
        ]
        row = open_["row"].to_numpy(np.int64)
        due = open_["promised"].to_numpy(np.float64)
        due = np.where(np.isfinite(due), due, open_["placed"].to_numpy(np.float64) + lead[row])
        late = due <= day
        # What is late may come any day: as much longer as lead times vary.
        left = np.where(late, np.ceil(1 + sd[row]), due - day)
        nearest = np.full(size, np.inf)
        np.minimum.at(nearest, row, left)
        ordered[row] = True
        np.logical_or.at(overdue, row, late)
        days = np.where(ordered, np.clip(np.nan_to_num(nearest, posinf=1), 1, _FAR), days)
        came = np.full(size, np.inf)
        np.fmin.at(came, row, open_["received"].to_numpy(np.float64) - day)
        came = np.where(ordered, np.where(np.isfinite(came), came, np.nan), days)
        return Arrivals(days.astype(np.int64), np.nan_to_num(sd), ordered, overdue, came)

    return of


_NONE = pd.DataFrame({"row": [], "placed": [], "promised": [], "received": []}, dtype=float)


def _orders(shop: Shop, panel: DemandPanel, first: int) -> pd.DataFrame:
    """Orders that could be open on a day asked for, days counted from the panel's first."""
    po, start = shop.purchase_orders, panel.dates[0].date()
    begin = panel.dates[max(first - _OPEN, 0)].date()
    columns = {"placed": "order_date", "promised": "promised_date", "received": "received_date"}
    have = {k: c for k, c in columns.items() if c in po.columns}
    po = po.filter(po.order_date >= ibis.literal(begin), po.order_date < ibis.literal(panel.end))
    po = po.mutate(
        **{k: po[c].delta(ibis.literal(start), unit="day").cast("float64") for k, c in have.items()}
    )
    found = po.group_by("sku", *have).aggregate(lines=po.count()).execute()
    index = pd.Index(panel.skus["sku"])
    found = found.assign(row=index.get_indexer(found["sku"]), promised=found.get("promised"))
    found["promised"] = pd.to_numeric(found["promised"]).astype(float)
    found["received"] = pd.to_numeric(found["received"]).astype(float)
    return found.loc[found["row"] >= 0, ["row", "placed", "promised", "received"]]


@dataclass(frozen=True)
class Race:
    """Stock against demand until the next receipt, one element per product.

    Args:
        stock: Free pieces in the evening; NaN without a record.
        mean: Pieces expected to be asked for until the receipt.
        sd: Standard deviation, that of the receipt's day included.
        chance: That stock runs out before.
        missing: Pieces expected to be missing.
        daily: Pieces expected tomorrow.
    """

    stock: Floats
    mean: Floats
    sd: Floats
    chance: Floats
    missing: Floats
    daily: Floats


def race(panel: DemandPanel, forecast: QuickForecast, day: int, coming: Arrivals) -> Race:
    """Chance that stock runs out before the next receipt.

    Args:
        panel: Stock.
        forecast: As of that day.
        day: Position of the day.
        coming: Next receipts, from ``arrivals``.
    """
    stock = np.asarray(panel.stock[:, day], np.float64)
    # Goods of the day of receipt are there when its orders are sent.
    until = coming.days - 1
    mean, sd = forecast.over(day, until)
    on = panel.on_sale[:, day]
    mean = np.where(on, mean, 0.0)
    # A receipt may slip even where it is due tomorrow: its spread stands on a day's demand.
    daily = np.where(on, forecast.over(day, 1)[0], 0.0)
    sd = np.where(mean > 0, np.hypot(sd, daily * coming.sd), 0.0)
    demand = demand_over(mean, sd)
    here = np.maximum(np.nan_to_num(stock), 0.0)
    chance = np.where(here <= 0, 1.0, 1 - demand.covered(here - 1))
    chance = np.where(np.isfinite(stock) & (daily > 0), chance, np.nan)
    return Race(stock, mean, sd, chance, demand.loss(here), daily)

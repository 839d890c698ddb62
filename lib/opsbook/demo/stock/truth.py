"""The answer key of the supply side: what suppliers, planner and carriers really are."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, words
from opsbook.demo.draw import Floats, Ints
from opsbook.demo.stock.agenda import wide
from opsbook.demo.stock.inventory import Lags
from opsbook.demo.stock.parcels import break_rates
from opsbook.demo.stock.purchases import WRONG, Invoices, supplier_names

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["facts", "lead_moments", "truth_tables", "wrong_invoices"]

_LONGEST = 200
"""Days beyond which no lead time lies."""
_BLOCK = 4
"""Weeks in a block of the planner's error."""


def lead_moments(mean: Floats, sd: Floats, agreed: Ints) -> tuple[Floats, Floats, Floats]:
    """Mean, standard deviation and chance to exceed the agreed days of lead times in days.

    A lead time is a gamma variable rounded to days, at least 1.

    Args:
        mean: Mean of the gamma variable, days.
        sd: Its standard deviation, days.
        agreed: Agreed lead time, days.
    """
    from scipy.special import gammainc

    shape, scale = (mean / sd) ** 2, sd**2 / mean
    days = np.arange(1, _LONGEST + 1)
    below = gammainc(shape[:, None], (days + 0.5) / scale[:, None])
    chance = np.diff(below, axis=1, prepend=0.0)
    first = (chance * days).sum(axis=1)
    spread = np.sqrt((chance * days**2).sum(axis=1) - first**2)
    return first, spread, 1 - below[np.arange(len(mean)), agreed - 1]


def truth_tables(b: "Business", lags: Lags) -> dict[str, pa.Table]:
    """Latent tables: suppliers, carriers, unmet_demand, planner_error, po_warehouses, ..."""
    supply = b.stock.supply
    house, day = np.nonzero(lags.outage)
    bought, lost = b.stock.purchases, b.stock.lost
    first = np.flatnonzero(np.diff(bought.number, prepend=-1))
    names = [w.name for w in supply.used]
    return {
        "suppliers": _suppliers(b),
        "carriers": _carriers(b),
        "unmet_demand": pa.table(
            {
                "date": b.clock.dates(wide(lost.day)),
                "sku": numbered("P", wide(lost.product) + 1, 5),
                "region": words(wide(lost.region), [p.name for p in supply.places]),
                "warehouse_id": words(wide(lost.warehouse), names),
                "pieces": lost.pieces,
            }
        ),
        "planner_error": _planner_error(b),
        "product_supply": pa.table(
            {
                "sku": numbered("P", np.arange(1, len(b.range_) + 1), 5),
                "supplier_id": words(
                    b.stock.suppliers.of, supplier_names(len(b.stock.suppliers)).to_pylist()
                ),
            }
        ),
        "po_warehouses": pa.table(
            {
                "po_id": numbered("PO", wide(bought.number[first]) + 1, 7),
                "warehouse_id": words(wide(bought.warehouse[first]), names),
            }
        ),
        "sync_outages": pa.table(
            {
                "date": b.clock.dates(day),
                "warehouse_id": words(house, names),
                "sync_lag_s": lags.seconds[house, day],
            }
        ),
    }


def wrong_invoices(b: "Business", bills: Invoices) -> pa.Table:
    """Invoices received in the period that are wrong: what was due, what was asked for."""
    bought = b.stock.purchases
    rows = np.flatnonzero((bills.wrong >= 0) & (bought.received < b.clock.days))
    return pa.table(
        {
            "po_id": numbered("PO", wide(bought.number[rows]) + 1, 7),
            "sku": numbered("P", wide(bought.product[rows]) + 1, 5),
            "kind": words(wide(bills.wrong[rows]), WRONG),
            "due_amount": bills.right[rows],
            "invoice_amount": bills.amount[rows],
        }
    )


def facts(b: "Business") -> dict[str, Any]:
    """What ``truth.json`` holds about supply, under the key ``supply``."""
    supply, suppliers = b.stock.supply, b.stock.suppliers
    names = supplier_names(len(suppliers)).to_pylist()
    wanted = int(b.lines.pieces.sum()) + int(b.stock.lost.pieces.sum())
    return {
        "plan": asdict(supply),
        "deterioration": {
            "supplier_id": names[suppliers.worse],
            "from": str(b.clock.dates(np.array(suppliers.worse_day))),
        },
        "promised_days": {
            place.name: int(days)
            for place, days in zip(supply.places, supply.promised_days, strict=True)
        },
        "warehouse_preference": {
            place.name: [supply.used[w].name for w in row]
            for place, row in zip(supply.places, supply.fallback, strict=True)
        },
        "lost_pieces_share": float(b.stock.lost.pieces.sum()) / max(wanted, 1),
        "breakage": {
            c.name: float(rate) for c, rate in zip(b.plan.categories, break_rates(b), strict=True)
        },
    }


def _suppliers(b: "Business") -> pa.Table:
    """Two rows for the supplier that deteriorates: before and after."""
    s = b.stock.suppliers
    row = np.append(np.arange(len(s)), s.worse)
    after = np.arange(len(row)) == len(s)
    mean = s.mean[row] * np.where(after, s.worse_lead, 1.0)
    sd = s.sd[row] * np.where(after, s.worse_spread, 1.0)
    lead, spread, late = lead_moments(mean, sd, s.lead[row])
    start = np.where(after, s.worse_day, 0)
    return pa.table(
        {
            "supplier_id": words(row, supplier_names(len(s)).to_pylist()),
            "ordered_from": b.clock.dates(start),
            "category": words(s.category[row], [c.name for c in b.plan.categories]),
            "mean_lead_days": lead,
            "sd_lead_days": spread,
            "late_probability": late,
            "pass_rate": s.pass_rate[row] - np.where(after, s.worse_pass, 0.0),
            "price_growth": s.price_growth[row],
        }
    )


def _carriers(b: "Business") -> pa.Table:
    carriers = b.stock.supply.carriers
    tardy = np.array([1 - c.on_time for c in carriers])
    odds = tardy / (1 - tardy)
    return pa.table(
        {
            "carrier_id": [c.name for c in carriers],
            "on_time": 1 - tardy,
            "late_odds_ratio": odds / odds[0],
            "pace": [c.pace for c in carriers],
            "mean_overdue_days": [c.overdue for c in carriers],
            "base_cost": [c.base for c in carriers],
            "cost_per_1000_km": [c.per_1000_km for c in carriers],
            "breakage_factor": [c.breakage for c in carriers],
        }
    )


def _planner_error(b: "Business") -> pa.Table:
    """Factor on the true expectation, by product and block of four weeks."""
    error = b.stock.planner.error
    products, blocks = error.shape
    sku = numbered("P", np.arange(1, products + 1), 5)
    start = np.datetime64(b.clock.monday, "D") + np.arange(blocks) * 7 * _BLOCK
    return pa.table(
        {
            "sku": pa.DictionaryArray.from_arrays(
                pa.array(np.repeat(np.arange(products, dtype=np.int32), blocks)), sku
            ),
            "week": np.tile(start, products),
            "factor": error.ravel().astype(np.float32),
            "forgotten": b.stock.planner.forgotten.ravel(),
        }
    )

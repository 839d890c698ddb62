"""The supply side of the demo shop: suppliers, warehouses, stock and parcels."""

from opsbook.demo.stock.emit import emit
from opsbook.demo.stock.engine import Stock, run_stock
from opsbook.demo.stock.plan import SupplyPlan
from opsbook.demo.stock.transit import Dispatch, dispatch, late_chance
from opsbook.demo.stock.wanted import Wanted

__all__ = [
    "Dispatch",
    "Stock",
    "SupplyPlan",
    "Wanted",
    "dispatch",
    "emit",
    "late_chance",
    "run_stock",
]

"""The warehouses while the days go by: goods come in, orders take them, the planner reorders.

Every morning what was ordered or sent back goes on the shelf; then orders are served in the
order of time; in the evening parcels have left, a few pieces are broken, and the planner
writes purchase orders.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsbook.demo.clock import Clock
from opsbook.demo.draw import Ints
from opsbook.demo.lifecycles import Lives
from opsbook.demo.stock.agenda import Agenda, Whole
from opsbook.demo.stock.counter import serve
from opsbook.demo.stock.ledger import Book, Damage, Ledger, Lost, Purchases
from opsbook.demo.stock.plan import SupplyPlan
from opsbook.demo.stock.planner import Planner
from opsbook.demo.stock.suppliers import Suppliers
from opsbook.demo.stock.wanted import Wanted

__all__ = ["House", "Stock"]


@dataclass(frozen=True)
class Stock:
    """What became of the wanted orders, and the books behind it.

    Args:
        supply: Planted parameters.
        suppliers: Suppliers with what they really do.
        planner: What the planner believed.
        filled: Whether each wanted line was served.
        warehouse: Warehouse of each wanted order, -1 if all its lines were lost.
        ledger: Changes of stock.
        purchases: Lines of purchase orders.
        damage: Pieces damaged on the shelf.
        lost: Unmet demand.
    """

    supply: SupplyPlan
    suppliers: Suppliers
    planner: Planner
    filled: NDArray[np.bool_]
    warehouse: NDArray[np.int8]
    ledger: Ledger
    purchases: Purchases
    damage: Damage
    lost: Lost


class House:
    """The warehouses while the days go by.

    Args:
        rng: Source of randomness.
        supply: Planted parameters.
        clock: The period.
        planner: Who orders.
        lives: Lives of the products.
        wanted: What customers want.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        supply: SupplyPlan,
        clock: Clock,
        planner: Planner,
        lives: Lives,
        wanted: Wanted,
    ) -> None:
        self.rng, self.supply, self.clock = rng, supply, clock
        self.planner, self.wanted = planner, wanted
        self.warehouses = len(supply.used)
        self.fallback = supply.fallback
        retired = np.where(lives.retired < 0, clock.weeks + 1, lives.retired)
        self.retired = retired * 7 - clock.first.weekday()
        self.launched = lives.launch * 7 - clock.first.weekday()
        # Products of the period that nobody has bought yet.
        self.new = self.launched >= 0
        self.on_hand = self._opening()
        self.opening = self.on_hand.copy()
        self.reserved = np.zeros_like(self.on_hand)
        self.coming = np.zeros_like(self.on_hand)
        days = clock.days
        self.arrives, self.leaves, self.frees = Agenda(days), Agenda(days), Agenda(days)
        self.ends = Agenda(days)
        self.filled = np.ones(len(wanted), bool)
        self.served = np.full(wanted.orders, -1, np.int8)
        self.starts = np.searchsorted(wanted.day, np.arange(days + 1))
        self.orders = 0
        self.flows = Book(day=np.int16, cell=np.int32, shelf=np.int32, reserved=np.int32)
        self.bought = Book(
            **dict.fromkeys(("number", "product", "qty", "came", "passed"), np.int32),
            warehouse=np.int8,
            **dict.fromkeys(("supplier", "day", "received"), np.int16),
        )
        self.broken = Book(day=np.int16, cell=np.int32, pieces=np.int32)

    def _opening(self) -> Whole:
        product = np.arange(len(self.planner.pack))
        level = np.maximum(self.planner.levels(product, -1)[1], 0.0)
        part = self.rng.uniform(*self.supply.initial, level.shape)
        return np.floor(level * part + self.rng.random(level.shape)).astype(np.int32).ravel()

    def live(self, day: int) -> None:
        """One day from morning to evening."""
        before = self.on_hand.copy(), self.reserved.copy()
        self.arrives.move(day, self.on_hand, 1)
        self.ends.move(day, self.coming, -1)
        self._serve(day)
        self.leaves.move(day, self.on_hand, -1)
        self.frees.move(day, self.reserved, -1)
        self._break(day)
        self._reorder(day)
        shelf, reserved = self.on_hand - before[0], self.reserved - before[1]
        cell = np.flatnonzero(shelf | reserved)
        self.flows.write(
            day=np.full(len(cell), day), cell=cell, shelf=shelf[cell], reserved=reserved[cell]
        )

    def _serve(self, day: int) -> None:
        low, high = int(self.starts[day]), int(self.starts[day + 1])
        if low == high:
            return
        w = self.wanted
        lines = slice(low, high)
        order = w.order[lines]
        opens = np.flatnonzero(np.diff(order, prepend=order[0] - 1))
        product, pieces = w.product[lines].astype(np.int64), w.pieces[lines].astype(np.int32)
        free = self.on_hand - self.reserved
        warehouse, filled = serve(
            free, self.fallback, opens, product, pieces, w.region[lines][opens]
        )
        self.served[order[opens]] = warehouse
        self.filled[lines] = filled
        lines_of = np.diff(opens, append=len(order))
        cell = (product * self.warehouses + np.repeat(warehouse, lines_of)).astype(np.int32)
        got = np.flatnonzero(filled)
        cell, pieces = cell[got], pieces[got]
        np.add.at(self.reserved, cell, pieces)
        leaves, back = w.leaves[lines][got], w.restock[lines][got]
        self.frees.note(leaves, cell, pieces)
        parcels = np.flatnonzero(~w.released[lines][got])
        self.leaves.note(leaves[parcels], cell[parcels], pieces[parcels])
        back_at = parcels[back[parcels] >= 0]
        self.arrives.note(back[back_at], cell[back_at], pieces[back_at])

    def _break(self, day: int) -> None:
        """Pieces drawn one by one from the shelf; what is reserved is spared."""
        free = np.cumsum(self.on_hand - self.reserved, dtype=np.int64)
        count = self.rng.poisson(self.supply.damage_rate * float(free[-1]))
        if not count:
            return
        drawn = np.unique(self.rng.integers(0, free[-1], count))
        cell, pieces = np.unique(np.searchsorted(free, drawn, side="right"), return_counts=True)
        self.on_hand[cell] -= pieces.astype(np.int32)
        self.broken.write(day=np.full(len(cell), day), cell=cell, pieces=pieces)

    def _reorder(self, day: int) -> None:
        suppliers = self.planner.suppliers
        turn = suppliers.turn[suppliers.of] == day % self.supply.review_days
        product = np.flatnonzero(turn & (self.retired > day))
        position = (self.on_hand - self.reserved + self.coming).reshape(-1, self.warehouses)
        least = self._launches(product, day)
        wanted = self.planner.proposes(product, position[product], least, day)
        row, warehouse = np.nonzero(wanted)
        if not len(row):
            return
        supplier = suppliers.of[product[row]]
        by_order = np.lexsort((product[row], warehouse, supplier))
        row, warehouse, supplier = row[by_order], warehouse[by_order], supplier[by_order]
        _, first, group = np.unique(
            supplier * self.warehouses + warehouse, return_index=True, return_inverse=True
        )
        # All lines of a purchase order come on the same day.
        received = day + suppliers.lead_times(self.rng, supplier[first], day)[group]
        qty = wanted[row, warehouse].astype(np.int32)
        short = self.rng.random(len(qty)) < self.supply.short_rate
        came = np.where(short, np.floor(qty * (1 - self.supply.short_share)), qty).astype(np.int32)
        passed = self.rng.binomial(came, suppliers.passing(supplier, day)).astype(np.int32)
        cell = (product[row] * self.warehouses + warehouse).astype(np.int32)
        self.coming[cell] += qty
        self.arrives.note(received, cell, passed)
        self.ends.note(received, cell, qty)
        self.bought.write(
            number=self.orders + group,
            supplier=supplier,
            product=product[row],
            warehouse=warehouse,
            day=np.full(len(row), day),
            received=received,
            qty=qty,
            came=came,
            passed=passed,
        )
        self.orders += len(first)

    def _launches(self, product: Ints, day: int) -> Ints:
        """Pieces of new products that have to be there on the first day, whatever sells."""
        suppliers = self.planner.suppliers
        soon = day + suppliers.lead[suppliers.of[product]] + self.supply.review_days
        fresh = self.new[product] & (self.launched[product] <= soon)
        self.new[product[fresh]] = False
        return np.where(fresh, self.supply.launch_pieces, 0)

    def close(self) -> Stock:
        """The books at the end of the period."""
        w = self.wanted
        lost = np.flatnonzero(~self.filled)
        region = w.region[lost]
        return Stock(
            supply=self.supply,
            suppliers=self.planner.suppliers,
            planner=self.planner,
            filled=self.filled,
            warehouse=self.served,
            ledger=Ledger(opening=self.opening, **self.flows.columns()),
            purchases=Purchases(**self.bought.columns()),
            damage=Damage(**self.broken.columns()),
            lost=Lost(
                day=w.day[lost].astype(np.int16),
                product=w.product[lost].astype(np.int32),
                region=region.astype(np.int8),
                warehouse=self.fallback[region, 0].astype(np.int8),
                pieces=w.pieces[lost].astype(np.int32),
            ),
        )

"""Sales of every leaf in two windows: what was sold, what was to be expected, how it varies."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.reference.day_classes import DayClasses
from opsbook.traffic.drill_scan import dispersion
from opsbook.traffic.order_slices import SLICES

__all__ = ["SliceDays"]

Floats = NDArray[np.float64]


class SliceDays:
    """Daily sales as leaves, with what each base day weighs."""

    def __init__(self, sold: pd.DataFrame, classes: DayClasses) -> None:
        self.names = [name for name in SLICES if name in sold.columns]
        days = classes.days[classes.used].copy()
        now = days["now"].to_numpy()
        n_now, n_base = (np.bincount(classes.codes[s], minlength=classes.codes.max() + 1)
                         for s in (now, ~now))  # fmt: skip
        days["weight"] = np.where(now, 1.0, (n_now / n_base)[classes.codes])
        self.days = int(now.sum())
        rows = sold.merge(days[["day", "now", "weight", "week"]], on="day")
        keys = pd.MultiIndex.from_frame(rows[self.names])
        self.code, found = pd.factorize(keys, sort=True)
        self.leaves = pd.DataFrame(found.tolist(), columns=self.names)
        self.rows, self.base = rows, ~rows["now"].to_numpy()

    def _sum(self, values: Floats) -> Floats:
        return np.bincount(self.code, values, len(self.leaves)).astype(float)

    def now(self, name: str) -> Floats:
        """Sum of each leaf in the period."""
        return self._sum(np.where(self.base, 0.0, self.rows[name].to_numpy(float)))

    def expect(self, name: str, factors: Floats) -> Floats:
        """What the base leads to expect, the season of its category included."""
        weight = self.rows["weight"].to_numpy()
        plain = self._sum(np.where(self.base, self.rows[name].to_numpy(float) * weight, 0.0))
        seasonal = plain * factors
        # The season moves sales between categories; the shop's own is in what all share.
        scale = plain.sum() / seasonal.sum() if seasonal.sum() > 0 else 1.0
        result: Floats = seasonal * scale
        return result

    def noise(self, inside: NDArray[np.bool_], *, conditional: bool = True) -> Floats:
        """Variance of (sold - expected) over expected, by slice."""
        rows, base = self.rows, self.base
        weight = np.where(base, rows["weight"].to_numpy(), 0.0)
        squares = inside @ self._sum(rows["order_squares"].to_numpy(float))
        orders = inside @ self._sum(rows["orders"].to_numpy(float))
        chance = np.where(orders > 0, squares / np.maximum(orders, 1e-9), 1.0)
        # An expectation of few, heavily weighted base days is itself uncertain.
        first = inside @ self._sum(rows["order_squares"].to_numpy(float) * weight)
        second = inside @ self._sum(rows["order_squares"].to_numpy(float) * weight**2)
        known = np.where(first > 0, second / np.maximum(first, 1e-9), 1.0)
        weeks = int(rows["week"].max()) + 1
        cells = np.zeros((len(self.leaves), weeks))
        value = rows["orders"].to_numpy(float) * weight
        np.add.at(cells, (self.code[base], rows["week"].to_numpy()[base]), value[base])
        cells = cells[:, cells.sum(axis=0) > 0]
        weekly, total = inside @ cells, cells.sum(axis=0)
        share = weekly.sum(axis=1) / max(total.sum(), 1e-9)
        even = np.full(len(total), total.mean()) if len(total) else total
        usual = share[:, None] * (total if conditional else even)[None, :]
        unit = np.maximum(chance * known, 1e-9)[:, None]
        return dispersion(weekly / unit, usual / unit) * chance * (1 + known)

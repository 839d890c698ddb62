"""What people wanted on days when the shelf was empty, and so never shows in sales.

A SKU-day is one of four. *Open*: in the evening at least half of the usual warehouse mix had
free stock, so sales are demand (other warehouses serve what a small one lacks). *Empty*: free
stock nowhere all day, so demand is what the SKU's other days lead to expect. *Ran out*: stock
in the morning and none in the evening, so demand was at least what was sold. *Partly open*:
the larger part of the mix was empty; how much of its demand the others served is read from
the data.

What to expect is learnt from open days only. A day that ran out did so because it sold much:
counting it would make every stock-out look like the end of a busy spell.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand import DemandPanel
from opsbook.common.expectation import expectation, near
from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared

__all__ = ["HiddenDemand", "demand_estimate", "hidden_demand", "hidden_interval"]

Floats = NDArray[np.float32]

_OPEN = 0.5
"""Part of the usual warehouse mix with free stock that makes a day open."""
_LEAST_DAYS = 7.0
"""Open days about a day that tell what to expect without stock-outs."""
_LEAST_AWAY = 20.0
"""Pieces expected from empty warehouses that it takes to say how many others served."""


@dataclass(frozen=True)
class HiddenDemand:
    """Demand with what stock-outs hid, by SKU (rows) and day (columns).

    Args:
        panel: What it was computed from.
        demand: Pieces wanted: sold plus what was hidden. Never below sold.
        expected: Pieces expected on a day with stock.
        state: 0 open (or no stock record), 1 empty, 2 ran out, 3 partly open.
        taken_over: Share of the demand of an empty warehouse that others served; NaN if it
            was never seen.
        skus: One row per SKU: ``sku, category, sold, hidden`` (pieces), ``hidden_share`` (of
            demand), ``empty_days, short_days`` (ran out or partly open), ``days`` (on sale
            with a record), ``margin`` (shelf price of the days when pieces were missing less unit
            cost; money per piece, NaN where unknown), ``lost_margin`` (hidden x margin).
        dark: Share of the sold pieces on days without a stock record.
    """

    panel: DemandPanel
    demand: Floats
    expected: Floats
    state: NDArray[np.int8]
    taken_over: float
    skus: pd.DataFrame
    dark: float

    @property
    def hidden_share(self) -> float:
        """Hidden pieces over wanted pieces."""
        wanted = float(self.demand.sum(dtype=np.float64))
        sold = float(self.panel.sold.sum(dtype=np.float64))
        return (wanted - sold) / wanted if wanted > 0 else 0.0

    @property
    def stock_out_rate(self) -> float:
        """SKU-days that were empty, ran out or were partly open, of those on sale."""
        days = int(self.skus["days"].sum())
        return float((self.state > 0).sum()) / days if days else float("nan")

    @property
    def lost_margin(self) -> float:
        """Margin of the hidden pieces, as far as costs are known."""
        return float(self.skus["lost_margin"].sum())

    def since(self, start: date) -> "HiddenDemand":
        """The same estimate, summed over the days from ``start`` on."""
        panel = self.panel.since(start)
        days = slice(len(self.panel.dates) - len(panel.dates), None)
        demand, state = self.demand[:, days], self.state[:, days]
        return HiddenDemand(
            panel,
            demand,
            self.expected[:, days],
            state,
            self.taken_over,
            _by_sku(panel, demand, state),
            _dark(panel),
        )


def demand_estimate(panel: DemandPanel) -> Floats:
    """Pieces wanted by SKU and day: sales, corrected where stock ran out.

    Both sides of a day are used; for a forecast's training data cut the panel first
    (``panel.until(origin)``), so that nothing from after the origin leaks in.
    """
    return hidden_demand(panel).demand


@shared
def hidden_demand(panel: DemandPanel, *, window: int = 43) -> HiddenDemand:
    """Estimate the demand that stock-outs hid.

    An empty day is given what the SKU's open days around it lead to expect; a day that ran
    out the mean of a Poisson demand of which at least the sold pieces were wanted; a partly
    open day its sales and the part that other warehouses did not serve.

    Args:
        panel: From ``daily_demand``; without stock records demand is sales.
        window: Days on each side that make a SKU's level, 7 to 182.

    Raises:
        ParameterError: The window lies outside its bounds.

    Source:
        Conrad (1976), Operational Research Quarterly 27, 123-127 (Poisson demand cut off by
        stock); Nahmias (1994), Operations Research 42, 739-742.
    """
    if not 7 <= window <= 182:
        raise ParameterError(
            N_("{name} is {value}; use {least} to {most}"),
            name="window",
            value=window,
            least=7,
            most=182,
        )
    sold, left = panel.sold, panel.left
    empty = (panel.free <= 0) & (sold <= 0) & panel.on_sale
    ran_out = (panel.free > 0) & (left <= 0) & panel.on_sale
    partly = (left > 0) & (left < _OPEN) & panel.on_sale
    state = np.select([empty, ran_out, partly], [1, 2, 3], 0).astype(np.int8)
    category = np.unique(panel.skus["category"].to_numpy(str), return_inverse=True)[1]
    exposure = (panel.on_sale & (state == 0)).astype(np.float32)
    mean = expectation(sold, exposure, category, window=window).mean
    taken = float("nan")
    served = left[partly]
    if partly.any():
        known = near(exposure, window) >= _LEAST_DAYS
        taken = _taken_over(panel, partly & known, mean)
        # Where nothing tells, the others are taken to have served all: no demand is made up.
        rate = 1.0 if np.isnan(taken) else taken
        served = (served + rate * (1 - served)).astype(np.float32)
        exposure[partly] = np.maximum(served, 1e-3)
        mean = expectation(sold, exposure, category, window=window).mean
    demand = sold.copy()
    demand[empty] = mean[empty]
    demand[ran_out] = _at_least(mean[ran_out], sold[ran_out])
    demand[partly] = sold[partly] + (1 - served) * mean[partly]
    skus = _by_sku(panel, demand, state)
    return HiddenDemand(panel, demand, mean, state, taken, skus, _dark(panel))


def hidden_interval(
    found: HiddenDemand, *, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """How far the totals might be off by the chance of which SKUs ran out.

    SKUs are drawn with replacement; what the method itself gets wrong is not in it.

    Args:
        found: From ``hidden_demand``.
        level: Confidence, 0.5 to 0.999.
        draws: Samples, 100 or more.
        seed: Of the draws.

    Returns:
        Rows ``pieces, share, margin`` with ``value, low, high``.

    Raises:
        ParameterError: The level or the draws lie outside their bounds.
    """
    if not 0.5 <= level <= 0.999 or draws < 100:
        raise ParameterError(
            N_("level {level} and draws {draws}: use 0.5 to 0.999, and 100 or more"),
            level=level,
            draws=draws,
        )
    frame = found.skus
    n = len(frame)
    rng = np.random.default_rng(seed)
    values = frame[["hidden", "sold", "lost_margin"]].fillna(0.0).to_numpy(np.float64)
    sums = np.stack([rng.multinomial(n, np.full(n, 1 / n)) @ values for _ in range(draws)])
    sums = np.vstack([values.sum(axis=0), sums])
    hidden, sold, margin = sums.T
    share = hidden / np.maximum(hidden + sold, 1e-9)
    table = np.column_stack([hidden, share, margin])
    ends = np.quantile(table[1:], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return pd.DataFrame(
        {"value": table[0], "low": ends[0], "high": ends[1]}, index=["pieces", "share", "margin"]
    )


def _dark(panel: DemandPanel) -> float:
    silent = ~np.isfinite(panel.free)
    return float(panel.sold[silent].sum()) / max(float(panel.sold.sum()), 1e-9)


def _at_least(mean: Floats, seen: Floats) -> Floats:
    """Mean of a Poisson variable known to be at least what was seen."""
    from scipy.special import gammainc

    mean = np.maximum(mean, 1e-9)
    # P(X >= k) is the regularised incomplete gamma function of k and the mean.
    above = np.where(seen > 0, gammainc(np.maximum(seen, 1), mean), 1.0)
    before = np.where(seen > 1, gammainc(np.maximum(seen - 1, 1), mean), 1.0)
    found = np.where(above > 1e-12, mean * before / np.maximum(above, 1e-12), seen)
    return np.maximum(found, seen).astype(np.float32)


def _taken_over(panel: DemandPanel, partly: NDArray[np.bool_], mean: Floats) -> float:
    """How much of the demand of empty warehouses the others served.

    Only days are read on which the same warehouses were open all day: a day that ran out
    did so because it sold much.
    """
    steady = partly & (np.abs(panel.free - panel.left) < 1e-6)
    share, expected = panel.left[steady], mean[steady]
    away = float((expected * (1 - share)).sum())
    if away < _LEAST_AWAY:
        return float("nan")
    stayed = float(panel.sold[steady].sum() - (expected * share).sum())
    return float(np.clip(stayed / away, 0.0, 1.0))


def _by_sku(panel: DemandPanel, demand: Floats, state: NDArray[np.int8]) -> pd.DataFrame:
    sold = panel.sold.sum(axis=1, dtype=np.float64)
    hidden = np.maximum(demand.sum(axis=1, dtype=np.float64) - sold, 0.0)
    wanted = sold + hidden
    # What a missed piece would have brought: the price of the days when it was missing.
    weight = np.maximum(demand - panel.sold, 0)
    price = np.where(np.isfinite(panel.price), panel.price, 0)
    top = (weight * price).sum(axis=1)
    bottom = (weight * np.isfinite(panel.price)).sum(axis=1)
    paid = np.where(bottom > 0, top / np.maximum(bottom, 1e-9), np.nan)
    margin = paid - panel.skus["unit_cost"].to_numpy(np.float64)
    return pd.DataFrame(
        {
            "sku": panel.skus["sku"].to_numpy(),
            "category": panel.skus["category"].to_numpy(),
            "sold": sold,
            "hidden": hidden,
            "hidden_share": hidden / np.maximum(wanted, 1e-9),
            "empty_days": (state == 1).sum(axis=1),
            "short_days": (state > 1).sum(axis=1),
            "days": (panel.on_sale & np.isfinite(panel.free)).sum(axis=1),
            "margin": margin,
            "lost_margin": hidden * margin,
        }
    )

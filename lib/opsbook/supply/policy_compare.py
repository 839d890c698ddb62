"""Which stock rule would have served best at what cost: today's, the course's, the proposed one.

Each is run over the same half year that it had not seen, against the same demand, with the same
lead times; what the shop did itself stands beside them as recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.common.demand import DemandPanel
from opsbook.errors import ParameterError
from opsbook.language import N_
from opsbook.shop.shared import shared
from opsbook.shop.shop import Shop
from opsbook.supply.proposed_rule import FillTarget
from opsbook.supply.replay import Replay, Rule, measured, replay
from opsbook.supply.replay_world import World, replay_world
from opsbook.supply.source_rule import Reading, SevenDays

__all__ = ["PolicyComparison", "compare_policies", "run_rule", "saving_of"]

Floats = NDArray[np.float64]
_DRAWS = 1000


@dataclass(frozen=True)
class PolicyComparison:
    """Rules side by side.

    Args:
        table: One row per rule and group: ``rule`` (``today``, ``line``, ``safety``,
            ``proposed``), ``target`` (of the proposed rule, else NaN) and the columns of
            ``replay.measured``; for group ``all`` also ``fill_low, fill_high``.
        target: The fill rate asked for.
        world: What they were tried on.
        runs: The replay of each rule, by ``rule``, the proposed one at ``target``.
        level: Confidence of the intervals.
    """

    table: pd.DataFrame
    target: float
    world: World
    runs: dict[str, Replay]
    level: float

    def row(self, rule: str, group: str = "all") -> pd.Series:
        """Figures of one rule; of the proposed one at ``target``."""
        t = self.table
        chosen = (t["rule"] == rule) & (t["group"] == group)
        if rule == "proposed":
            chosen &= np.isclose(t["target"], self.target)
        found: pd.Series = t[chosen].iloc[0]
        return found

    @property
    def frontier(self) -> pd.DataFrame:
        """Stock against service of every rule and target, all products, by stock."""
        whole = self.table[self.table["group"] == "all"]
        return whole.sort_values("stock_value", ignore_index=True)

    @property
    def costless(self) -> float:
        """Share of the pieces wanted whose cost nobody knows."""
        c = self.world.costs
        pieces = self.world.demand[:, self.world.measure :].sum(axis=1)
        unknown = ~(np.isfinite(c.unit_cost) & np.isfinite(c.margin))
        return float(pieces[unknown].sum() / max(float(pieces.sum()), 1e-9))

    @property
    def cheapest(self) -> float:
        """Target whose stock, orders and lost margin cost least together, of those tried."""
        tried = self.frontier[self.frontier["rule"] == "proposed"]
        return float(tried.loc[tried["cost"].idxmin(), "target"])


@shared
def compare_policies(
    shop: Shop,
    end: date | None = None,
    *,
    target: float = 0.97,
    targets: Sequence[float] = (0.90, 0.95, 0.99),
    days: int = 182,
    holding_rate: float = 0.25,
    order_cost: float = 10.0,
    review_days: int = 7,
    demand: NDArray[np.floating] | None = None,
    panel: DemandPanel | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> PolicyComparison:
    """Replay the last days under each rule.

    Args:
        shop: See ``replay_world``.
        end: Day after the last one.
        target: Fill rate of the proposed rule, 0.5 to 0.999.
        targets: Others to draw the frontier with.
        days: Days that count, 28 to 366; the six weeks before them warm up.
        holding_rate: Yearly cost of keeping goods, as a share of their purchase price.
        order_cost: Money per order line.
        review_days: Days between two looks at a product, 1 to 28.
        demand: Pieces wanted, if known better than from sales and stock.
        panel: The demand panel, where it has been read already.
        level: Confidence of the intervals.
        seed: Of lead times and intervals.

    Raises:
        CannotTell: Too little history.
        ParameterError: A parameter lies outside its bounds.
    """
    for name, value, least, most in (
        *(("target_fill_rate", one, 0.5, 0.999) for one in (target, *targets)),
        ("level", level, 0.5, 0.999),
    ):
        if not least <= value <= most:
            raise ParameterError(
                N_("{name} is {value}; use {least} to {most}"),
                name=name,
                value=value,
                least=least,
                most=most,
            )
    world = replay_world(
        shop,
        end,
        days=days,
        holding_rate=holding_rate,
        order_cost=order_cost,
        review_days=review_days,
        demand=demand,
        panel=panel,
        seed=seed,
    )
    known, _ = world.known_leads(world.start)
    found: list[tuple[str, float, Replay]] = []
    if world.today is not None:
        found.append(("today", np.nan, world.today))
    readings: tuple[Reading, ...] = ("line", "safety")
    for reading in readings:
        rule = SevenDays(reading, known, review_days)
        found.append((reading, np.nan, run_rule(world, rule, review_days)))
    for one in sorted({target, *targets}):
        found.append(
            ("proposed", one, run_rule(world, _proposed(world, one, review_days), review_days))
        )
    rng = np.random.default_rng(seed)
    tables = []
    for name, asked, run in found:
        table = measured(run, world.costs, world.abc)
        low, high = _interval(run, rng, level)
        whole = table["group"] == "all"
        table["fill_low"] = np.where(whole, low, np.nan)
        table["fill_high"] = np.where(whole, high, np.nan)
        table.insert(0, "rule", name)
        table.insert(1, "target", asked)
        tables.append(table)
    runs = {
        name: run for name, asked, run in found if name != "proposed" or np.isclose(asked, target)
    }
    return PolicyComparison(pd.concat(tables, ignore_index=True), target, world, runs, level)


def run_rule(world: World, rule: Rule, review_days: int = 7) -> Replay:
    """Run one rule over a world; for rules of your own."""
    sold = np.asarray(world.panel.sold, np.float64)
    empty = np.asarray(world.panel.stock) <= 0
    return replay(
        rule,
        world.demand,
        sold,
        start=world.start,
        measure=world.measure,
        opening=world.opening,
        lead=world.lead,
        turn=world.turn,
        review_days=review_days,
        on_way=world.on_way,
        empty=empty,
    )


def saving_of(
    found: PolicyComparison, against: str, *, seed: int = 0
) -> tuple[float, float, float]:
    """Yearly cost of another rule less that of the proposed one, with its interval.

    The interval comes from drawing products anew: what would another range of products, sold
    in the same half year, have saved?

    Args:
        found: From ``compare_policies``.
        against: ``today``, ``line`` or ``safety``.
        seed: Of the draws.
    """
    gap = _cost(found.runs[against], found.world) - _cost(found.runs["proposed"], found.world)
    rng = np.random.default_rng(seed)
    draws = np.array([gap[rng.integers(0, len(gap), len(gap))].sum() for _ in range(_DRAWS)])
    tail = (1 - found.level) / 2
    return float(gap.sum()), float(np.quantile(draws, tail)), float(np.quantile(draws, 1 - tail))


def _proposed(world: World, target: float, review_days: int) -> FillTarget:
    return FillTarget(
        target=target,
        factors=world.factors,
        category=world.category,
        on_sale=world.panel.on_sale,
        launch=world.launch,
        leads=world.known_leads,
        unit_cost=world.costs.unit_cost,
        order_cost=max(world.costs.order_cost, 0.01),
        holding_rate=max(world.costs.holding_rate, 0.001),
        review_days=review_days,
    )


def _cost(run: Replay, world: World) -> Floats:
    """Yearly cost of each product."""
    days, c = run.demand.shape[1], world.costs
    stock = np.maximum(run.stock, 0.0).mean(axis=1) * np.nan_to_num(c.unit_cost)
    lost = np.maximum(run.demand - run.served, 0.0).sum(axis=1)
    lost = lost * np.maximum(np.nan_to_num(c.margin), 0.0)
    return np.asarray(stock * c.holding_rate + (run.orders * c.order_cost + lost) * 365 / days)


def _interval(run: Replay, rng: np.random.Generator, level: float) -> tuple[float, float]:
    """Interval of the fill rate, weeks drawn anew: stock-outs of a festival come together."""
    weeks = run.demand.shape[1] // 7
    wanted = run.demand.sum(axis=0)[: weeks * 7].reshape(weeks, 7).sum(axis=1)
    served = run.served.sum(axis=0)[: weeks * 7].reshape(weeks, 7).sum(axis=1)
    pick = rng.integers(0, weeks, (_DRAWS, weeks))
    total = wanted[pick].sum(axis=1)
    rates = np.where(total > 0, served[pick].sum(axis=1) / np.maximum(total, 1e-9), 1.0)
    tail = (1 - level) / 2
    return float(np.quantile(rates, tail)), float(np.quantile(rates, 1 - tail))

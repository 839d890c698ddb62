"""What a stock rule would have done: its orders, shelves and lost sales, day by day.

The rule sees what it would have seen: its own sales, its own empty shelves, nothing that comes
later. What is not there is not sold and not waited for (lost sales). Goods that arrive are on the
shelf the next morning; the rule looks at each product once per review, in the evening.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from opsbook.errors import ParameterError
from opsbook.language import N_

__all__ = ["Costs", "Past", "Replay", "Rule", "measured", "replay"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Costs:
    """What stock, orders and lost sales cost, one element per product where it is an array.

    Args:
        unit_cost: Purchase price per piece; NaN where unknown, which counts as 0 and is said.
        margin: Price less purchase price per piece; NaN likewise.
        holding_rate: Yearly cost of keeping goods, as a share of their purchase price.
        order_cost: Money per order line.
    """

    unit_cost: Floats
    margin: Floats
    holding_rate: float = 0.25
    order_cost: float = 10.0

    def __post_init__(self) -> None:
        for name, value in (("holding_rate", self.holding_rate), ("order_cost", self.order_cost)):
            if not (np.isfinite(value) and value >= 0):
                raise ParameterError(
                    N_("{name} is {value}; use a number from 0 on"), name=name, value=value
                )


@dataclass(frozen=True)
class Past:
    """What a rule knows in the evening of a day.

    Args:
        day: The day, as a column of the arrays.
        sold: Pieces sold until then: recorded before the replay, the rule's own since.
        empty: Whether the shelf was empty in the evening, so that more may have been wanted.
        due: Products under review this evening.
        position: Free stock and what is on the way.
    """

    day: int
    sold: Floats
    empty: Flags
    due: Flags
    position: Ints


class Rule(Protocol):
    """Decides what to order."""

    def order(self, past: Past) -> Ints:
        """Pieces to order of every product; those not under review are ignored."""


@dataclass(frozen=True)
class Replay:
    """What happened under a rule; arrays have one row per product, one column per day measured.

    Args:
        demand: Pieces wanted.
        served: Pieces sold.
        stock: Pieces in stock in the evening.
        orders: Order lines per product.
        ordered: Pieces ordered per product.
    """

    demand: Floats
    served: Floats
    stock: Floats
    orders: Ints
    ordered: Ints

    @property
    def fill_rate(self) -> float:
        """Share of pieces wanted that were served."""
        total = float(self.demand.sum())
        return float(self.served.sum()) / total if total else 1.0


def replay(
    rule: Rule,
    demand: NDArray[np.float32] | Floats,
    sold: NDArray[np.float32] | Floats,
    *,
    start: int,
    measure: int,
    opening: NDArray[np.int64],
    lead: Ints,
    turn: Ints,
    review_days: int = 7,
    on_way: Ints | None = None,
    empty: Flags | None = None,
) -> Replay:
    """Run a rule over the days from ``start`` to the last one.

    Args:
        rule: Decides what to order.
        demand: Pieces wanted per product and day, whole.
        sold: Pieces recorded as sold; only the days before ``start`` are shown to the rule.
        start: First day of the replay; its stock is ``opening``.
        measure: First day that counts; what lies between is for warming up.
        opening: Free pieces on the first morning.
        lead: Lead time of an order placed on each day of each product, days, at least 1.
        turn: Day of the review round on which a product is looked at, 0 to ``review_days`` - 1.
        review_days: Days between two looks.
        on_way: Pieces that arrive in the evening of each day whatever the rule does (orders
            open at the start).
        empty: Empty shelves before ``start``.

    Raises:
        ParameterError: The days are out of order, or a lead time is below 1.
    """
    products, days = demand.shape
    if not 0 < start <= measure < days:
        raise ParameterError(
            N_("a replay from day {start}, measured from {measure}, does not fit {days} days"),
            start=start,
            measure=measure,
            days=days,
        )
    if review_days < 1 or int(lead.min(initial=1)) < 1:
        raise ParameterError(
            N_("lead times and days between reviews must be at least 1; got {lead} and {review}"),
            lead=int(lead.min(initial=1)),
            review=review_days,
        )
    seen = np.array(sold, np.float64)
    seen[:, start:] = 0.0
    bare = np.zeros((products, days), np.bool_)
    if empty is not None:
        bare[:, :start] = empty[:, :start]
    arriving = np.zeros((products, days + 1), np.int64)
    if on_way is not None:
        arriving[:, :days] = on_way
    # What arrives after the last day is still on the way.
    coming = arriving[:, start:].sum(axis=1)
    stock = opening.astype(np.int64).copy()
    evenings = np.zeros((products, days), np.float64)
    orders, ordered = np.zeros(products, np.int64), np.zeros(products, np.int64)
    everyone = np.arange(products)
    for day in range(start, days):
        served = np.minimum(np.maximum(stock, 0), demand[:, day]).astype(np.int64)
        stock -= served
        seen[:, day] = served
        bare[:, day] = stock <= 0
        evenings[:, day] = stock
        stock += arriving[:, day]
        coming -= arriving[:, day]
        due = turn == day % review_days
        if not due.any():
            continue
        asked = rule.order(Past(day, seen[:, : day + 1], bare[:, : day + 1], due, stock + coming))
        asked = np.where(due, np.maximum(asked, 0), 0)
        comes = np.minimum(day + lead[:, day], days)
        np.add.at(arriving, (everyone, comes), asked)
        coming += asked
        if day >= measure:
            orders += asked > 0
            ordered += asked
    span = slice(measure, days)
    wanted = np.asarray(demand[:, span], np.float64)
    return Replay(wanted, seen[:, span], evenings[:, span], orders, ordered)


def measured(
    found: Replay, costs: Costs, groups: Sequence[str] | NDArray[np.object_] | None = None
) -> pd.DataFrame:
    """Service and yearly cost of a replay, overall and by group of products.

    Args:
        found: From ``replay``.
        costs: What things cost.
        groups: Group of each product, such as its ABC class.

    Returns:
        One row per group, in their order, then ``all``: ``group, products``; ``wanted`` and
        ``lost`` (pieces over the days measured), ``fill_rate``, ``out_days`` (share of evenings
        with an empty shelf of products that sell), ``stock_pieces`` and ``stock_value`` (mean of
        the evenings), ``order_lines`` (per year), and money per year: ``holding``,
        ``ordering``, ``lost_margin``, ``cost`` (their sum).
    """
    days = found.demand.shape[1]
    year = 365 / days
    price = np.nan_to_num(costs.unit_cost)
    margin = np.maximum(np.nan_to_num(costs.margin), 0.0)
    lost = np.maximum(found.demand - found.served, 0.0).sum(axis=1)
    stock = np.maximum(found.stock, 0.0).mean(axis=1)
    sells = found.demand.sum(axis=1) > 0
    per = pd.DataFrame(
        {
            "group": "all" if groups is None else np.asarray(groups, object),
            "products": 1,
            "wanted": found.demand.sum(axis=1),
            "lost": lost,
            "out": ((found.stock <= 0).sum(axis=1) * sells).astype(float),
            "shelf": sells * float(days),
            "stock_pieces": stock,
            "stock_value": stock * price,
            "order_lines": found.orders * year,
            "holding": stock * price * costs.holding_rate,
            "ordering": found.orders * year * costs.order_cost,
            "lost_margin": lost * margin * year,
        }
    )
    rows = per.groupby("group", sort=True).sum()
    if groups is not None:
        rows = pd.concat([rows, per.drop(columns="group").sum().rename("all").to_frame().T])
    rows = rows.rename_axis("group").reset_index()
    rows["products"] = rows["products"].astype("int64")
    with np.errstate(divide="ignore", invalid="ignore"):
        rows["fill_rate"] = np.where(rows["wanted"] > 0, 1 - rows["lost"] / rows["wanted"], 1.0)
        rows["out_days"] = np.where(rows["shelf"] > 0, rows["out"] / rows["shelf"], 0.0)
    rows["cost"] = rows["holding"] + rows["ordering"] + rows["lost_margin"]
    order = ["group", "products", "wanted", "lost", "fill_rate", "out_days", "stock_pieces"]
    order += ["stock_value", "order_lines", "holding", "ordering", "lost_margin", "cost"]
    return rows[order]

"""The answer key: every planted parameter, and the latent series behind the tables."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from opsbook.demo.baskets import region_shares
from opsbook.demo.festivals import festivals
from opsbook.demo.lifecycles import STAGES
from opsbook.demo.sessions import conversion
from opsbook.demo.tables import launch_dates, numbered

if TYPE_CHECKING:
    from opsbook.demo.simulation import Business

__all__ = ["truth_summary", "truth_tables"]


def truth_summary(b: "Business", version: str) -> dict[str, Any]:
    """What ``truth.json`` holds: how the shop was made and what was planted."""
    plan = asdict(b.plan)
    for category in plan["categories"]:
        del category["nouns"]
    return {
        "version": version,
        "seed": b.seed,
        "orders": b.wanted,
        "days": b.clock.days,
        "start": b.clock.first.isoformat(),
        "end": b.clock.last.isoformat(),
        "elasticity": {c.name: c.elasticity for c in b.plan.categories},
        "growth": {c.name: c.growth for c in b.plan.categories},
        "region_growth": {r.name: r.growth for r in b.plan.regions},
        "plan": plan,
        "festivals": [
            {
                "name": f.name,
                "anchor": f.anchor.isoformat(),
                "depth": f.depth,
                "phases": [asdict(p) for p in f.phases],
            }
            for f in festivals(b.clock.first, b.clock.last)
            if b.clock.first.year <= f.anchor.year <= b.clock.last.year
        ],
    }


def truth_tables(b: "Business") -> dict[str, pa.Table]:
    """Latent series: products, demand, days, category_days, region_days, customers."""
    return {
        "products": _products(b),
        "demand": _demand(b),
        "days": _days(b),
        "category_days": _category_days(b),
        "region_days": _region_days(b),
        "customers": _customers(b),
    }


def _week_dates(b: "Business", week: Any) -> Any:
    return np.datetime64(b.clock.monday, "D") + week * 7


def _products(b: "Business") -> pa.Table:
    lives, weeks = b.lives, b.clock.weeks
    retired = lives.retired
    declines = lives.declines < weeks
    return pa.table(
        {
            "sku": numbered("P", np.arange(1, len(b.range_) + 1), 5),
            "stage": np.array(STAGES)[lives.stage(weeks - 1)],
            "launch_date": launch_dates(b.clock, lives.launch),
            "growth_from": _week_dates(b, lives.grows),
            "mature_from": _week_dates(b, lives.matures),
            "decline_from": pa.array(
                _week_dates(b, np.where(declines, lives.declines, 0)), mask=~declines
            ),
            "retired_from": pa.array(_week_dates(b, np.maximum(retired, 0)), mask=retired < 0),
            "half_life_weeks": lives.half_life,
            "popularity": b.range_.popularity,
            "elasticity": np.array([c.elasticity for c in b.plan.categories])[b.range_.category],
        }
    )


def _demand(b: "Business") -> pa.Table:
    """One row per product and week on sale: expected units before and after the shock."""
    range_, demand, clock = b.range_, b.demand, b.clock
    by_week = np.zeros((clock.weeks, len(b.plan.categories)))
    np.add.at(by_week, clock.week, demand.daily.T)
    pieces = np.array([c.pieces for c in b.plan.categories])[range_.category]
    expected = demand.weekly * by_week.T[range_.category] * pieces[:, None]
    product, week = np.nonzero(expected)
    sku = numbered("P", np.arange(1, len(range_) + 1), 5)
    return pa.table(
        {
            "sku": pa.DictionaryArray.from_arrays(product.astype(np.int32), sku),
            "week": _week_dates(b, week),
            "expected_units": expected[product, week],
            "shock": demand.shock[product, week].astype(np.float32),
            "life_level": b.lives.level[product, week].astype(np.float32),
            "paid_price": b.prices.paid[product, week],
            "promotion_cut": b.prices.cut[product, week],
        }
    )


def _days(b: "Business") -> pa.Table:
    clock = b.clock
    planned = conversion(b.plan, clock)
    return pa.table(
        {
            "date": clock.dates(np.arange(clock.days)),
            "festival_effect": clock.festival,
            "weekday_effect": np.array(b.plan.weekday)[clock.weekday],
            "expected_orders": b.expected_orders,
            "orders_per_session": planned,
        }
    )


def _category_days(b: "Business") -> pa.Table:
    """Season x weekday x festival x trend, one row per category and day."""
    categories, days = b.demand.daily.shape
    return pa.table(
        {
            "category": np.repeat([c.name for c in b.plan.categories], days),
            "date": np.tile(b.clock.dates(np.arange(days)), categories),
            "effect": b.demand.daily.ravel(),
        }
    )


def _region_days(b: "Business") -> pa.Table:
    """Planned share of orders by region and day, for a basket of average log value."""
    share = region_shares(b.plan, b.clock)
    share = share / share.sum(axis=1, keepdims=True)
    days, regions = share.shape
    return pa.table(
        {
            "region": np.repeat([r.name for r in b.plan.regions], days),
            "date": np.tile(b.clock.dates(np.arange(days)), regions),
            "share": share.T.ravel(),
        }
    )


def _customers(b: "Business") -> pa.Table:
    people = b.people
    return pa.table(
        {
            "customer_id": numbered("C", np.arange(1, len(people) + 1), 7),
            "purchase_rate": people.rate,
            "dropout": people.dropout,
            "left": people.left,
        }
    )

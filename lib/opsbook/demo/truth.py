"""The answer key: every planted parameter, and the latent series behind the tables."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import day_dates, numbered
from opsbook.demo.demand import category_effect, halo_effect, weekday_effect
from opsbook.demo.festivals import festivals
from opsbook.demo.lifecycles import STAGES
from opsbook.demo.marketing.campaigns import campaign_effect
from opsbook.demo.tables import launch_dates

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["truth_summary", "truth_tables"]


def truth_summary(b: "Business", version: str) -> dict[str, Any]:
    """What ``truth.json`` holds first: how the shop was made and what was planted."""
    plan = asdict(b.plan)
    for category in plan["categories"]:
        del category["nouns"]
    free = [c for c in b.plan.categories if not c.price_follows]
    return {
        "version": version,
        "scenario": b.setting.scenario,
        "intervened": b.setting.intervened,
        "seed": b.seed,
        "orders": b.wanted,
        "days": b.clock.days,
        "start": b.clock.first.isoformat(),
        "end": b.clock.last.isoformat(),
        "elasticity": {c.name: c.elasticity for c in free},
        "confounded_elasticity": {
            c.name: c.elasticity for c in b.plan.categories if c.price_follows
        },
        "growth": {c.name: c.growth for c in b.plan.categories},
        "region_growth": {r.name: r.growth for r in b.plan.regions},
        "bg_nbd": {
            "r": b.plan.rate_shape,
            "alpha_days": b.plan.rate_days,
            "a": b.plan.dropout[0],
            "b": b.plan.dropout[1],
        },
        "gamma_gamma": {
            "p": b.plan.spend_shape,
            "q": b.plan.spend_spread,
            "v": b.plan.spend_scale,
        },
        "lost_orders": {
            "incident": int(b.losses.incident.sum()),
            "capacity": int(b.losses.capacity.sum()),
            "stock": int(b.losses.stock.sum()),
        },
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


def truth_tables(b: "Business") -> Iterator[tuple[str, pa.Table]]:
    """Latent series of demand and customers."""
    yield "products", _products(b)
    yield "demand", _demand(b)
    yield "days", _days(b)
    yield "category_days", _category_days(b)
    yield "region_days", _region_days(b)
    yield "customers", _customers(b)
    yield "orders", _orders(b)
    yield "pairs", _pairs(b)


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
    expected = b.demand.units(b.plan, b.clock, b.range_)
    product, week = np.nonzero(expected)
    sku = numbered("P", np.arange(1, len(b.range_) + 1), 5)
    return pa.table(
        {
            "sku": pa.DictionaryArray.from_arrays(product.astype(np.int32), sku),
            "week": _week_dates(b, week),
            "expected_units": expected[product, week],
            "shock": b.demand.shock[product, week].astype(np.float32),
            "life_level": b.lives.level[product, week].astype(np.float32),
            "paid_price": b.prices.paid[product, week],
            "promotion_cut": b.prices.cut[product, week],
        }
    )


def _days(b: "Business") -> pa.Table:
    clock = b.clock
    return pa.table(
        {
            "date": clock.dates(np.arange(clock.days)),
            "festival_effect": clock.festival,
            "weekday_effect": weekday_effect(b.plan, clock),
            "media_lift": b.media.lift.sum(axis=0),
            "expected_orders": b.expected_orders,
            "lost_to_incidents": b.losses.incident,
            "lost_to_capacity": b.losses.capacity,
            "lost_to_stock": b.losses.stock,
        }
    )


def _category_days(b: "Business") -> pa.Table:
    """Season x weekday x festival x trend, and what campaigns and advertising add."""
    base = category_effect(b.plan, b.clock)
    categories, days = base.shape
    return pa.table(
        {
            "category": np.repeat([c.name for c in b.plan.categories], days),
            "date": np.tile(b.clock.dates(np.arange(days)), categories),
            "effect": base.ravel(),
            "campaign_effect": campaign_effect(b.plan, b.clock, b.campaigns).ravel(),
            "halo_effect": halo_effect(b.plan, b.clock, b.campaigns).ravel(),
        }
    )


def _region_days(b: "Business") -> pa.Table:
    """Expected orders by region and day, and the speed of the region's purchase clock."""
    regions, days = b.expected.shape
    return pa.table(
        {
            "region": np.repeat([r.name for r in b.plan.regions], days),
            "date": np.tile(b.clock.dates(np.arange(days)), regions),
            "expected_orders": b.expected.ravel(),
            "pace": b.pace.ravel(),
        }
    )


def _customers(b: "Business") -> pa.Table:
    people = b.people
    ring = np.full(len(people), -1)
    ring[b.rings.customer] = b.rings.ring
    never = np.isnan(people.rate)
    return pa.table(
        {
            "customer_id": numbered("C", np.arange(1, len(people) + 1), 7),
            "purchase_rate": pa.array(people.rate, mask=never),
            "dropout": pa.array(people.dropout, mask=never),
            "joined_at": pa.array(people.joined_at, mask=never),
            "left_date": day_dates(b.clock, np.where(people.left_day < 0, 0, people.left_day)),
            "mean_order_value": people.spend,
            "ring": pa.array(ring, mask=ring < 0),
        }
    )


def _orders(b: "Business") -> pa.Table:
    """One row per order: what no table says about it."""
    topped = np.zeros(len(b.orders), bool)
    topped[b.topped_up] = True
    return pa.table(
        {
            "order_id": numbered("O", np.arange(1, len(b.orders) + 1), 8),
            "late": b.orders.late,
            "fraud": b.orders.fraud,
            "topped_up": topped,
        }
    )


def _pairs(b: "Business") -> pa.Table:
    return pa.table(
        {
            "sku": numbered("P", b.pairs.first + 1, 5),
            "drawn_sku": numbered("P", b.pairs.second + 1, 5),
            "chance": b.pairs.chance,
        }
    )

"""Competitors: what they charge for what we sell too, and how they answer our prices."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import numbered, words
from opsbook.demo.draw import Floats, Ints, stream

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["Rival", "RivalPlan", "Rivals", "competitor_prices", "rival_prices"]


@dataclass(frozen=True)
class Rival:
    """A competitor.

    Args:
        name: As it stands in the data.
        level: Usual price against our list price.
        follows: Log change of his price per log change of ours (pass-through).
        lag_weeks: Weeks until he follows.
        own_cuts: Share of product-weeks with a cut of his own.
        cost: His unit cost against ours.
        size: His sales against ours at equal prices.
    """

    name: str
    level: float
    follows: float
    lag_weeks: int
    own_cuts: float
    cost: float
    size: float


@dataclass(frozen=True)
class RivalPlan:
    """Planted parameters of competition.

    Args:
        rivals: The competitors.
        products: Number of our most popular products they compete with.
        noise: Standard deviation of their log price from week to week.
        festival_cut: Mean log cut in a festival's week, the same for all their products.
        elasticity: Derivative of their log sales by their log price against ours.
        fresh: Share of their products launched within the period.
    """

    rivals: tuple[Rival, ...] = (
        Rival("Rival Alpha", 0.97, 0.60, 1, 0.06, 0.93, 1.3),
        Rival("Rival Beta", 1.02, 0.30, 2, 0.10, 1.00, 0.8),
        Rival("Rival Gamma", 1.12, 0.00, 1, 0.03, 1.08, 0.5),
    )
    products: int = 150
    noise: float = 0.015
    festival_cut: float = 0.08
    elasticity: float = -1.6
    fresh: float = 0.10


@dataclass(frozen=True)
class Rivals:
    """Their prices by rival, product of the list and week; weeks before launch have nan.

    Args:
        product: Our products they compete with.
        price: CNY.
        cut: Whether a cut of their own is on.
        festival: Whether the week has a festival sale, by week.
        launch: Week of launch, negative if before the period; by rival and product.
        cost: Unit cost, CNY, by rival and product.
    """

    product: Ints
    price: Floats
    cut: Floats
    festival: Floats
    launch: Ints
    cost: Floats


def rival_prices(b: "Business", plan: RivalPlan) -> Rivals:
    """Weekly prices: usual level x pass-through of our cuts x own cuts x noise."""
    rng = stream(b.seed, "marketing rivals")
    best = np.argsort(-b.range_.popularity, kind="stable")[: plan.products]
    product = np.sort(best).astype(np.int64)
    ours = np.log(b.prices.paid[product] / b.range_.list_price[product][:, None])
    weeks = b.clock.weeks
    festival = np.zeros(weeks)
    np.maximum.at(festival, b.clock.week, (b.clock.festival > 1.5).astype(np.float64))
    size = (len(plan.rivals), len(product))
    usual = np.array([r.level for r in plan.rivals])[:, None] * np.exp(rng.normal(0, 0.06, size))
    cuts = np.array([r.own_cuts for r in plan.rivals])[:, None, None]
    cut = rng.random((*size, weeks)) < cuts
    depth = np.where(cut, rng.uniform(0.08, 0.2, cut.shape), 0.0)
    log = np.log(usual)[:, :, None] - depth - plan.festival_cut * festival
    log = log + rng.normal(0.0, plan.noise, cut.shape)
    for at, rival in enumerate(plan.rivals):
        past = np.maximum(np.arange(weeks) - rival.lag_weeks, 0)
        log[at] += rival.follows * ours[:, past]
    price = np.round(b.range_.list_price[product][None, :, None] * np.exp(log), 1)
    fresh = rng.random(size) < plan.fresh
    launch = np.where(fresh, rng.integers(2, max(weeks - 4, 3), size), -9)
    price = np.where(np.arange(weeks) >= launch[:, :, None], price, np.nan)
    cost_share = np.array([r.cost for r in plan.rivals])[:, None]
    cost = cost_share * b.range_.unit_cost[product] * np.exp(rng.normal(0, 0.05, size))
    return Rivals(product, price, cut.astype(np.float64), festival, launch, np.round(cost, 1))


def competitor_prices(b: "Business", plan: RivalPlan, rivals: Rivals) -> pa.Table:
    """Rows by day, competitor and product from the launch on.

    Sales are what a price robot guesses: chance about an expectation that falls with the
    price against ours.
    """
    rng = stream(b.seed, "marketing rival sales")
    days, week = b.clock.days, b.clock.week
    launch_day = np.maximum(rivals.launch * 7 - b.clock.first.weekday(), -60)
    on = np.arange(days)[None, None, :] >= launch_day[:, :, None]
    at, item, day = np.nonzero(on & ~np.isnan(rivals.price[:, :, week]))
    price = rivals.price[at, item, week[day]]
    product = rivals.product[item]
    ours = b.prices.paid[product, week[day]]
    size = np.array([r.size for r in plan.rivals])[at]
    scale = b.wanted * b.plan.lines_per_order / days
    usual = scale * b.range_.popularity[product] / b.range_.popularity.sum()
    # What is sold in ones a day at our shop is counted in tens at theirs.
    expected = 10 * usual * size * (price / ours) ** plan.elasticity * b.clock.festival[day] ** 0.8
    since = day - launch_day[at, item]
    code = np.where(rivals.cut[at, item, week[day]] > 0, 1, -1)
    code = np.where(rivals.festival[week[day]] > 0, 0, code)
    sort = np.lexsort((item, at, day))
    table = pa.table(
        {
            "date": pa.array(b.clock.dates(day)),
            "competitor": words(at, [r.name for r in plan.rivals]),
            "sku": numbered("P", product + 1, 5),
            "price": price,
            "promo": words(code, ["festival sale", "limited-time cut"]),
            "est_sales": rng.poisson(expected),
            "is_new": since < 30,
            "est_cost": rivals.cost[at, item],
        }
    )
    return table.take(pa.array(sort))

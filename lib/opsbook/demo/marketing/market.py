"""The whole market month by month, of which the shop is a small part."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from opsbook.demo.arrow import words
from opsbook.demo.draw import Floats, Ints, stream

if TYPE_CHECKING:
    from opsbook.demo.business import Business

__all__ = ["MarketPlan", "market_growth", "market_months", "market_shares", "market_size"]


@dataclass(frozen=True)
class MarketPlan:
    """Planted parameters of the market.

    Args:
        share: The shop's share of the market's sales, in the middle of the period.
        share_spread: Standard deviation of log share between categories.
        gain: Log growth per year by which the shop outgrows the market; by category in turn.
        noise: Standard deviation of log sales per cell and month.
    """

    share: float = 0.0004
    share_spread: float = 0.4
    gain: tuple[float, ...] = (0.04, -0.03, 0.02, -0.06, 0.05)
    noise: float = 0.02


def market_growth(b: "Business", plan: MarketPlan) -> Floats:
    """Log growth of the market per year, by category."""
    gain = np.resize(np.array(plan.gain), len(b.plan.categories))
    return np.array([c.growth for c in b.plan.categories]) - gain


def market_shares(b: "Business", plan: MarketPlan) -> Floats:
    """Share of the shop in the middle of the period, by category."""
    rng = stream(b.seed, "marketing market share")
    spread = rng.normal(0.0, plan.share_spread, len(b.plan.categories))
    return np.asarray(plan.share * np.exp(spread), np.float64)


def market_months(b: "Business") -> tuple[list[date], Ints]:
    """Whole months of the period, at least one, and for each day its month or -1."""
    starts: list[date] = []
    month = np.full(b.clock.days, -1, np.int64)
    first = b.clock.first.replace(day=1)
    if first < b.clock.first:
        first = _next(first)
    while _next(first) - timedelta(days=1) <= b.clock.last:
        begin = (first - b.clock.first).days
        month[begin : (_next(first) - b.clock.first).days] = len(starts)
        starts.append(first)
        first = _next(first)
    if not starts:
        starts, month = [b.clock.first.replace(day=1)], np.zeros(b.clock.days, np.int64)
    return starts, month


def market_size(b: "Business", plan: MarketPlan) -> pa.Table:
    """Sales of all sellers by month, category, region and platform.

    A category's market is the shop's own sales of the whole period over its share, spread
    over time by the market's growth, season and festivals.
    """
    rng = stream(b.seed, "marketing market")
    starts, month = market_months(b)
    categories = len(b.plan.categories)
    own = np.bincount(
        b.range_.category[b.lines.product], weights=b.lines.amount, minlength=categories
    )
    yearly = np.array(
        [d.timetuple().tm_yday for d in b.clock.dates(np.arange(b.clock.days)).tolist()]
    )
    daily = []
    for at, c in enumerate(b.plan.categories):
        season = c.season * np.cos(2 * np.pi * (yearly - c.season_peak) / 365.25)
        trend = market_growth(b, plan)[at] * b.clock.years
        daily.append(np.exp(season + trend) * b.clock.festival**c.festival)
    shape = np.array(daily)
    shape *= (own / market_shares(b, plan) / shape.sum(axis=1))[:, None]
    by_month = np.zeros((categories, len(starts)))
    inside = month >= 0
    np.add.at(by_month.T, month[inside], shape[:, inside].T)
    years = np.array([b.clock.years[month == m].mean() for m in range(len(starts))])
    region = _split(np.array([(r.share, r.growth) for r in b.plan.regions]), years)
    platform = _split(np.array([(p.share, p.growth) for p in b.plan.platforms]), years)
    cells = np.einsum("cm,rm,pm->mcrp", by_month, region, platform)
    cells = cells * np.exp(rng.normal(0.0, plan.noise, cells.shape))
    m, c, r, p = (axis.ravel() for axis in np.indices(cells.shape))
    return pa.table(
        {
            "period_date": pa.array(np.array(starts, "datetime64[D]")[m]),
            "region": words(r, [x.name for x in b.plan.regions]),
            "category": words(c, [x.name for x in b.plan.categories]),
            "platform": words(p, [x.name for x in b.plan.platforms]),
            "sales": cells.ravel().round(0),
        }
    )


def _split(kinds: Floats, years: Floats) -> Floats:
    """Share of each region or platform by month."""
    weight = kinds[:, :1] * np.exp(kinds[:, 1:] * years)
    return np.asarray(weight / weight.sum(axis=0), np.float64)


def _next(first: date) -> date:
    """First day of the month after."""
    return (first + timedelta(days=32)).replace(day=1)

"""The simulator does what its answer key says: textbook estimators on the truth side."""

import json
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from opsbook.demo.business import Business
from opsbook.demo.clock import DAY
from opsbook.demo.festivals import event_days, festivals


def poisson_elasticity(units: np.ndarray, log_price: np.ndarray) -> tuple[float, float]:
    """Slope and its robust standard error of a Poisson regression with row and column effects.

    Weighted least squares steps, each with both effects projected out by turns.
    """
    use = units.sum(1) > 0
    units, log_price = units[use], log_price[use]
    on_sale = np.isfinite(log_price)
    price = np.where(on_sale, log_price, 0.0)
    beta, mean = -1.0, np.where(on_sale, units + 0.5, 0.0)

    def project(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
        for _ in range(60):
            for axis in (1, 0):
                total = np.maximum(weight.sum(axis, keepdims=True), 1e-12)
                x = x - (weight * x).sum(axis, keepdims=True) / total
        return x

    for _ in range(40):
        safe = np.maximum(mean, 1e-12)
        working = np.where(on_sale, np.log(safe) + (units - mean) / safe, 0.0)
        flat_price, flat_z = project(price, mean), project(working, mean)
        new = float((mean * flat_price * flat_z).sum() / (mean * flat_price**2).sum())
        # What is left of z belongs to neither price nor effects.
        fitted = working - (flat_z - new * flat_price)
        mean = np.where(on_sale, np.exp(np.clip(fitted, -20, 12)), 0.0)
        if abs(new - beta) < 1e-8:
            break
        beta = new
    bread = (mean * flat_price**2).sum()
    score = (flat_price * (units - mean)).sum(1)
    return new, float(np.sqrt((score**2).sum()) / bread)


def test_planted_elasticity_is_found_by_poisson_regression(business: Business) -> None:
    """Units of all product-weeks on sale, weeks without a sale included, as only truth has them.

    Ten categories of 54 products, each with a 95 % interval clustered by product: fewer than
    seven hits happen by chance in one run of 10,000, a sum of squared z above 29.6 in one of
    1,000 (chi-square, 10 df).
    """
    lines, clock = business.lines, business.clock
    week = clock.week[business.orders.placed[lines.order] // DAY]
    units = np.zeros(business.demand.weekly.shape)
    np.add.at(units, (lines.product, week), lines.pieces)
    on_sale = business.demand.weekly > 0
    log_price = np.where(on_sale, np.log(business.prices.paid), np.nan)
    z = []
    for index, category in enumerate(business.plan.categories):
        if not category.price_follows:
            own = business.range_.category == index
            slope, error = poisson_elasticity(units[own], log_price[own])
            assert 0.05 < error < 1.2
            z.append((slope - category.elasticity) / error)
    assert sum(abs(value) < 1.96 for value in z) >= 7
    assert sum(value**2 for value in z) < 29.6


def test_log_expected_units_move_with_log_price_exactly(small: Any) -> None:
    """Same product, same life, same week of the year's effect: only the price is left."""
    demand = small.truth("demand").merge(small.products[["sku", "category"]], on="sku")
    elasticity = small.truth("products").set_index("sku").elasticity
    products = small.products.set_index("sku")
    demand["list_price"] = products.list_price.reindex(demand.sku).to_numpy()
    own = elasticity.reindex(demand.sku).to_numpy()
    popularity = small.truth("products").set_index("sku").popularity.reindex(demand.sku)
    rest = demand.expected_units / (
        popularity.to_numpy() * demand.life_level * (demand.paid_price / demand.list_price) ** own
    )
    spread = rest.groupby([demand.category, demand.week], observed=True).agg(["min", "max"])
    assert np.allclose(spread["min"], spread["max"], rtol=1e-5)


def test_price_is_independent_of_the_demand_shock_but_in_one_category(small: Any) -> None:
    demand = small.truth("demand").merge(small.products[["sku", "category", "list_price"]])
    demand["cut"] = np.log(demand.paid_price / demand.list_price)
    demand["log_shock"] = np.log(demand.shock)
    told = json.loads((small.folder / "truth.json").read_text())
    blind = demand.category.isin(list(told["elasticity"]))
    r = np.corrcoef(demand.cut[blind], demand.log_shock[blind])[0, 1]
    assert abs(r) < 4 / np.sqrt(blind.sum())
    follows = demand.category.isin(list(told["confounded_elasticity"]))
    assert np.corrcoef(demand.cut[follows], demand.log_shock[follows])[0, 1] > 0.4


def test_where_prices_follow_demand_the_naive_estimate_is_wrong(business: Business) -> None:
    """Within products and weeks, log units on log price: far from the planted elasticity."""
    for index, category in enumerate(business.plan.categories):
        own = np.flatnonzero(business.range_.category == index)
        weekly, shock = business.demand.weekly[own], business.demand.shock[own]
        always = (weekly > 0).all(axis=1)
        log_units = np.log(weekly[always] * shock[always])
        life = np.log(business.lives.level[own][always])
        log_price = np.log(business.prices.paid[own][always])
        y, x = log_units - life, log_price
        for axis in (1, 0):
            y, x = y - y.mean(axis=axis, keepdims=True), x - x.mean(axis=axis, keepdims=True)
        slope = float((x * y).sum() / (x**2).sum())
        if category.price_follows:
            assert slope > category.elasticity + 0.6
        else:
            assert slope == pytest.approx(category.elasticity, abs=0.25)


def test_units_add_up_to_what_was_expected(small: Any) -> None:
    demand = small.truth("demand")
    expected = (demand.expected_units * demand.shock).sum()
    lost = small.truth("unmet_demand").pieces.sum()
    # Pairs and topping up add about 3 % to demand, incidents take 0.4 %; orders come in
    # clumps by customer, so the variance of the sum is below 5 times its mean.
    ordered = small.order_lines.qty.sum() + lost
    assert ordered == pytest.approx(1.025 * expected, abs=4 * np.sqrt(5 * expected))


def test_cancelling_does_not_look_at_the_price(small: Any) -> None:
    lines = small.order_lines.merge(small.orders, on="order_id")
    gone = lines.status.isin(["unpaid", "cancelled"])
    depth = 1 - lines.paid_price / lines.list_price
    difference = depth[gone].mean() - depth[~gone].mean()
    assert abs(difference) < 4 * depth.std() / np.sqrt(gone.sum())


def test_life_runs_from_new_to_decline(small: Any) -> None:
    lives = small.truth("products")
    assert set(lives.stage) == {"new", "growth", "mature", "decline"}
    assert (pd.to_datetime(lives.launch_date) < pd.to_datetime(lives.growth_from)).all()
    assert (pd.to_datetime(lives.growth_from) < pd.to_datetime(lives.mature_from)).all()
    level = small.truth("demand").sort_values("week").groupby("sku", observed=True).life_level
    stage = lives.set_index("sku").stage
    last = level.last()
    assert (last[stage[last.index] == "mature"] > 0.999).all()
    assert (last[stage[last.index] == "new"] <= 0.21).all()
    falling = last[stage[last.index] == "decline"]
    assert (falling <= level.max()[falling.index]).all()
    retired = lives.sku[lives.retired_from.notna()]
    assert (falling.reindex(retired).dropna() < 0.1).all()


def test_lunar_feasts_move_with_the_moon() -> None:
    """New year's days as published by the State Council for 2023 to 2026."""
    days = {
        f.anchor
        for f in festivals(date(2023, 1, 1), date(2026, 12, 31))
        if f.name == "Spring Festival"
    }
    published = {date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17)}
    assert published <= days


def test_a_day_belongs_to_a_festival_once() -> None:
    rows = [(day, name) for day, name, _ in event_days(date(2023, 1, 1), date(2028, 12, 31))]
    assert len(rows) == len(set(rows))

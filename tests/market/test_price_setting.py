"""Prices that were set by a look at sales are found out; others are left alone."""

import numpy as np
import pandas as pd
import pytest

from opsbook.market.identification import Limits, reactive
from opsbook.market.price_setting import FollowTest, prices_follow_demand


def panel(follows: float, seed: int, products: int = 60, weeks: int = 80) -> pd.DataFrame:
    """Weekly purchases with a demand shock that lasts; log price = follows x last week's."""
    rng = np.random.default_rng(seed)
    shock = np.zeros((products, weeks))
    for week in range(1, weeks):
        shock[:, week] = 0.8 * shock[:, week - 1] + 0.25 * rng.normal(size=products)
    price = 0.08 * rng.normal(size=(products, weeks))
    price[:, 1:] += follows * shock[:, :-1]
    sold = rng.poisson(np.exp(1.5 + shock - 1.5 * price))
    row, week = np.nonzero(sold)
    return pd.DataFrame(
        {
            "sku": row.astype(str),
            "week": week,
            "log_price": price[row, week],
            "purchases": sold[row, week],
            "exposure": 1.0,
        }
    )


def test_prices_raised_after_good_weeks_are_found_out() -> None:
    found = prices_follow_demand(panel(0.4, seed=1))
    assert found.z > 5
    assert "prices follow demand here" in str(reactive(found, Limits()))


def test_prices_drawn_without_a_look_at_demand_are_left_alone() -> None:
    """Thirty panels: a z beyond 3 has a chance of 0.3 % each, so two of them hardly happen."""
    z = [prices_follow_demand(panel(0.0, seed)).z for seed in range(30)]
    assert sum(abs(value) > 3 for value in z) <= 1
    assert np.std(z) == pytest.approx(1.0, abs=0.4)


def test_too_few_products_say_nothing() -> None:
    found = prices_follow_demand(panel(0.4, seed=1, products=5))
    assert np.isnan(found.z)
    assert reactive(found, Limits()) is None


def test_a_faint_reaction_is_no_reason_to_stay_silent() -> None:
    assert reactive(FollowTest(slope=0.01, z=9.0), Limits()) is None

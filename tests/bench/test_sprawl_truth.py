"""The planted sku-sprawl shop is called two months before its cash breaks; a healthy one never."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import opsbook
from opsbook.demo.build import simulate
from opsbook.shop.shop import Shop
from opsbook.supply.cash_ahead import cash_path
from opsbook.supply.range_weeks import range_weeks
from opsbook.supply.sprawl import SprawlLimits, looks, sprawl
from opsbook.supply.stock_items import stock_end

pytestmark = pytest.mark.slow

SEEDS = (31, 32, 33)
LIMITS = SprawlLimits()


def shop_of_seed(folder: Path, seed: int, scenario: str, *, intervene: bool = False) -> Shop:
    simulate(
        folder, seed=seed, orders=12_000, scenario=scenario, intervene=intervene, events="none"
    )
    return opsbook.open_shop(folder)


def cash_of(shop: Shop) -> pd.Series:
    """Cash at the end of each week: eight weeks of sales to begin with, then what came and went.

    It breaks in the first week that ends below zero.
    """
    weeks = range_weeks(shop, stock_end(shop))
    opening = LIMITS.reserve_weeks * float(weeks["sales"].head(26).mean())
    path = cash_path(weeks, opening, LIMITS.operating)
    path.index = pd.Index([(w + pd.Timedelta("7D")).date() for w in weeks["week"]])
    return path


def calls(shop: Shop, path: pd.Series, until: date) -> list[date]:
    """Mornings up to a day on which the alarm is given, with the cash of that morning."""
    found = []
    for look in looks(stock_end(shop), 76):
        if look <= until and sprawl(shop, look, cash=float(path[look]), limits=LIMITS).called:
            found.append(look)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_sprawl_is_called_two_months_before_the_cash_breaks(tmp_path: Path, seed: int) -> None:
    shop = shop_of_seed(tmp_path, seed, "sku-sprawl")
    path = cash_of(shop)
    breaks = path.index[path < 0][0]
    given = calls(shop, path, breaks)
    first = min(given)
    print(f"seed {seed}: called {first}, cash breaks {breaks}, {(breaks - first).days} days before")
    assert (breaks - first).days >= 61
    # The range is blown up from 45 % of the period on: not a day too early either.
    known = range_weeks(shop, stock_end(shop)).set_index("week")["skus"]
    start = known.index[(known.pct_change() > 0.1).to_numpy() & (known.index > "2025-03-01")][0]
    assert first >= start.date()


@pytest.mark.parametrize("seed", SEEDS)
def test_healthy_shop_is_never_called(tmp_path: Path, seed: int) -> None:
    shop = shop_of_seed(tmp_path, seed, "healthy")
    path = cash_of(shop)
    assert (path > 0).all()
    assert calls(shop, path, stock_end(shop)) == []

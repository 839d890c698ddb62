"""Scenarios go wrong in the way of their case, and less so where the shop acts in time."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from opsbook import open_shop
from opsbook.demo import simulate
from opsbook.demo.clock import DAY
from opsbook.demo.scenarios import SCENARIOS, setting_of
from opsbook.errors import ParameterError
from opsbook.shop.checks import check


def daily(b: Any) -> np.ndarray:
    return np.bincount(b.orders.placed // DAY, minlength=b.clock.days)


def test_an_unknown_scenario_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ParameterError, match="healthy, sku-sprawl, one-channel"):
        setting_of("perfect")


def test_one_channel_loses_most_of_its_orders_when_clicks_become_dear(scenario: Any) -> None:
    """J19 claims -72 %; the same months a year apart, so season and festivals are the same."""
    sick, acted = scenario("one-channel"), scenario("one-channel", True)
    change = [daily(b)[-90:].sum() / daily(b)[-455:-365].sum() - 1 for b in (sick, acted)]
    assert -0.80 < change[0] < -0.55
    assert change[1] > -0.10
    spend = sick.media.spend.sum(axis=1)
    assert spend.max() / spend.sum() > 0.85


def test_overload_turns_orders_away_on_great_days_only(scenario: Any) -> None:
    sick, acted = scenario("overload"), scenario("overload", True)
    assert sick.losses.capacity.sum() > 0.01 * len(sick.orders)
    great = sick.clock.festival > 1.5
    assert sick.losses.capacity[~great].sum() == 0
    assert acted.losses.capacity.sum() < 0.1 * sick.losses.capacity.sum()
    assert sick.orders.late.mean() > acted.orders.late.mean()


def test_win_back_keeps_customers_who_would_have_left(scenario: Any) -> None:
    sick, acted = scenario("no-winback"), scenario("no-winback", True)
    half = slice(365, None)
    assert daily(acted)[half].sum() > 1.08 * daily(sick)[half].sum()
    cost = [b.media.spend.sum() / b.orders.first.sum() for b in (scenario("healthy"), sick)]
    assert cost[1] > 2.5 * cost[0]


@pytest.mark.slow
def test_a_blown_up_range_ties_up_stock(scenario: Any) -> None:
    sick, acted = scenario("sku-sprawl"), scenario("sku-sprawl", True)
    assert len(sick.range_) == 20_000
    assert len(acted.range_) < 5_000
    sold = [len(np.unique(b.lines.product)) / len(b.range_) for b in (sick, acted)]
    assert sold[0] < 0.8 * sold[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_contract_check_finds_nothing_wrong(name: str, tmp_path: Path) -> None:
    shop = open_shop(simulate(tmp_path / "shop", orders=3000, days=300, scenario=name))
    found = check(shop)
    assert [issue for issue in found.issues if issue.severity != "note"] == []

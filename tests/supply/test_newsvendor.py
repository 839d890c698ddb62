"""One season's stock: published answers and what the ratio means."""

import numpy as np
import pytest

from opsbook.errors import ParameterError
from opsbook.supply.newsvendor import (
    newsvendor,
    newsvendor_discrete,
    newsvendor_normal,
    season_order,
)


def test_normal_demand_of_the_textbook():
    """Snyder & Shen, Example 4.3 and Problem 4.1."""
    found = newsvendor_normal(0.18, 0.70, 50, 8)
    assert found.level == pytest.approx(56.603955927433887, abs=1e-8)
    assert found.cost == pytest.approx(1.997605193176645, abs=1e-8)
    assert newsvendor_normal(0.18, 0.70, 50, 8, level=40).cost == pytest.approx(7.356131552870388)
    other = newsvendor_normal(65 - 22, 129 - 65 + 15, 900, 60)
    assert other.level == pytest.approx(922.7214038234755, rel=1e-10)
    assert other.cost == pytest.approx(2718.196781782411, rel=1e-10)


def test_poisson_demand_of_the_textbook():
    """Snyder & Shen, Example 4.7 without order cost, and Problem 4.8(a)."""
    for over, short, mean, level, cost, at, costed in (
        (1, 4, 6, 8, 3.570106945770946, 5, 6.590296024616344),
        (200, 270, 18, 19, 786.0884409351115, 13, 1445.751062891969),
    ):
        found = newsvendor(over, short, mean, mean**0.5)
        assert found.level == level
        assert found.cost == pytest.approx(cost, rel=1e-9)
        other = newsvendor(over, short, mean, mean**0.5, level=at)
        assert other.cost == pytest.approx(costed, rel=1e-9)


def test_chances_by_hand_of_the_textbook():
    """Snyder & Shen, Problem 4.7(b)."""
    chances = {1: 0.25, 2: 0.05, 3: 0.1, 4: 0.2, 5: 0.15, 6: 0.10, 7: 0.10, 8: 0.05}
    found = newsvendor_discrete(500_000, 1_000_000, chances)
    assert found.level == 5
    assert found.cost == pytest.approx(1_225_000)
    assert newsvendor_discrete(500_000, 1_000_000, chances, level=3).cost == pytest.approx(
        1_725_000
    )


def test_ski_jackets():
    """Chopra & Meindl, Example 13-1 (Sportmart): N(350, 100), p 250, c 100, s 85 - 5: 468."""
    found = newsvendor_normal(100 - 80, 250 - 100, 350, 100)
    assert found.ratio == pytest.approx(0.88, abs=0.003)
    assert found.level == pytest.approx(468.6, abs=0.2)


def test_season_order_equals_its_costs():
    direct = newsvendor(40, 60, 30.0, 9.0)
    assert season_order(160, 100, 60, 30.0, 9.0) == direct


def test_no_level_beats_the_best_one():
    best = newsvendor(3.0, 11.0, 17.0, 7.0)
    costs = [newsvendor(3.0, 11.0, 17.0, 7.0, level=k).cost for k in range(0, 80)]
    assert best.cost == pytest.approx(min(costs))
    assert best.level == int(np.argmin(costs))


def test_prices_that_leave_no_choice_are_refused():
    with pytest.raises(ParameterError, match="clearance price"):
        season_order(100, 100, 50, 30, 9)
    with pytest.raises(ParameterError, match="short_cost"):
        newsvendor(1, 0, 30, 9)
    with pytest.raises(ParameterError, match="sum to"):
        newsvendor_discrete(1, 1, {0: 0.5, 1: 0.4})

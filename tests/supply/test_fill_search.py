"""The search for stock levels: the same shares as worked out one by one, for fewer of them."""

import numpy as np
import pytest

from opsbook.supply.fill_search import Served, first_guess
from opsbook.supply.loss import demand_over
from opsbook.supply.review_levels import fill_rate, points_for_fill


def made(seed, products=300):
    rng = np.random.default_rng(seed)
    mean = rng.gamma(0.5, 8, products) * rng.integers(0, 12, products).clip(0, 1)
    more = mean * rng.uniform(1.1, 3, products) + rng.random(products) * (
        rng.random(products) < 0.9
    )
    arrival = demand_over(mean, np.sqrt(mean * rng.uniform(0.5, 3, products)))
    following = demand_over(more, np.sqrt(more * rng.uniform(0.5, 3, products)))
    return rng, rng.integers(1, 60, products), arrival, following


def by_hand(point, quantity, arrival, following, points):
    """Share of one product at a time: the mean loss of its positions against demand in between."""
    out = []
    for k in range(len(quantity)):
        one = np.array([k])
        at = [point[k] + np.ceil((i + 0.5) / points * quantity[k]) for i in range(points)]
        lost = [
            max(float(following.of(one).loss([x])[0] - arrival.of(one).loss([x])[0]), 0.0)
            for x in at
        ]
        between = following.mean[k] - arrival.mean[k]
        share = sum(lost) / points / between if between > 0 else 0.0
        out.append(1 - share / (1 + share))
    return np.array(out)


def test_shares_are_those_of_positions_counted_one_by_one() -> None:
    rng, quantity, arrival, following = made(1, 60)
    point = rng.integers(-3, 40, 60)
    said = fill_rate(point, quantity, arrival, following)
    assert said == pytest.approx(by_hand(point, quantity, arrival, following, 12), abs=1e-12)


def test_some_products_have_the_shares_they_have_among_all() -> None:
    rng, quantity, arrival, following = made(2)
    served = Served.of(quantity, arrival, following)
    point = rng.integers(-3, 40, len(quantity))
    rows = rng.permutation(len(quantity))[:50]
    whole = served.rate(point, np.arange(len(quantity)))
    np.testing.assert_allclose(served.rate(point[rows], rows), whole[rows], rtol=1e-12)


def test_the_worst_position_never_decides_otherwise_than_all_positions() -> None:
    told = 0
    for seed in range(20):
        rng, quantity, arrival, following = made(seed)
        served, rows = Served.of(quantity, arrival, following), np.arange(len(quantity))
        point = rng.integers(-2, 60, len(rows))
        wanted = rng.uniform(0.5, 0.999, len(rows))
        found, rates = served.enough(point, wanted, rows)
        assert (found == (served.rate(point, rows) >= wanted)).all()
        told += int(np.isnan(rates).sum())
    # It spares the count of many: else it would not be there.
    assert told > 1000


def test_a_products_level_does_not_depend_on_the_products_searched_with_it() -> None:
    _, quantity, arrival, following = made(5)
    quantity = np.maximum(quantity, 12)
    together = points_for_fill(0.9, quantity, arrival, following)
    alone = [
        int(points_for_fill(0.9, quantity[k : k + 1], arrival.of(one), following.of(one))[0])
        for k, one in ((k, np.array([k])) for k in range(len(quantity)))
    ]
    assert together.tolist() == alone


def test_what_is_expected_to_sell_is_never_left_without_a_reorder_point() -> None:
    # Order 20 of something that sells about one: even at -1 nine in ten would be served, but a
    # point below 0 never orders.
    one = demand_over([0.0, 60.0], [0.0, 20.0]), demand_over([0.94987957, 90.0], [1.19938833, 30.0])
    point = points_for_fill(0.9, np.array([20, 20]), *one)
    assert point[0] == 0 and point[1] > 60


def test_the_point_found_is_the_least_that_serves_enough() -> None:
    _, quantity, arrival, following = made(7)
    served, rows = Served.of(quantity, arrival, following), np.arange(len(quantity))
    wanted = np.full(len(rows), 0.95)
    point = served.least(wanted, first_guess(following), nearest=False)
    assert (served.rate(point, rows) >= wanted).all()
    lower = point > 0
    assert (served.rate(point - 1, rows)[lower] < wanted[lower]).all()

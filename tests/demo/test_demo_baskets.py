"""Baskets hold what was planted: pairs, topping up, discounts that tie to the cent."""

import numpy as np
import pytest

from opsbook.demo.business import Business
from opsbook.demo.clock import DAY
from opsbook.demo.promotions import rule_steps


def test_planted_pairs_are_bought_together_as_often_as_planted(business: Business) -> None:
    """Confidence of each pair among baskets with its first product; pooled z below 4.

    Partners that are not on sale that week or out of stock lower it a little.
    """
    lines = business.lines
    pairs = set(zip(lines.order.tolist(), lines.product.tolist(), strict=True))
    hits = expected = variance = 0.0
    for first, second, chance in zip(
        *(business.pairs.first, business.pairs.second, business.pairs.chance), strict=True
    ):
        baskets = lines.order[lines.product == first]
        launched = business.demand.weekly[second][
            business.clock.week[business.orders.placed[baskets] // DAY]
        ]
        baskets = baskets[launched > 0]
        hits += sum((order, second) in pairs for order in baskets.tolist())
        expected += chance * len(baskets)
        variance += chance * (1 - chance) * len(baskets)
    assert expected > 100
    assert hits == pytest.approx(expected, abs=4 * np.sqrt(variance) + 0.06 * expected)


def test_discounts_tie_to_the_cent(business: Business) -> None:
    lines, orders = business.lines, business.orders
    shelf = np.round(lines.pieces * lines.shelf * 100).astype(np.int64)
    paid = np.round(lines.amount * 100).astype(np.int64)
    assert np.allclose(lines.amount * 100, paid, atol=1e-6)
    taken = np.bincount(lines.order, shelf - paid, minlength=len(orders))
    assert (taken == np.round(orders.discount * 100)).all()
    assert (paid > 0).all()
    assert (paid <= shelf).all()


def test_threshold_discounts_follow_the_campaigns_rule(business: Business) -> None:
    orders, lines = business.orders, business.lines
    value = np.bincount(lines.order, lines.pieces * lines.shelf, minlength=len(orders))
    day = orders.placed // DAY
    seen = 0
    for campaign in business.campaigns:
        if not campaign.rule:
            continue
        steps, savings = rule_steps(campaign.rule)
        on = (orders.campaign == campaign.number) & np.isin(day, campaign.sale_days)
        on &= orders.coupon < 0
        reached = np.searchsorted(steps, np.round(value[on], 2), side="right")
        due = np.concatenate([[0.0], savings])[reached]
        assert np.allclose(orders.discount[on], np.minimum(due, np.floor(value[on] * 50) / 100))
        seen += int((due > 0).sum())
    assert seen > 200


def test_baskets_gather_just_above_the_first_threshold(business: Business) -> None:
    """Topping up moves baskets over the threshold: against days without a rule, more lie in
    the fifth above it and fewer in the fifth below."""
    orders, lines = business.orders, business.lines
    value = np.bincount(lines.order, lines.pieces * lines.shelf, minlength=len(orders))
    day = orders.placed // DAY
    campaign = next(c for c in business.campaigns if c.rule)
    step = rule_steps(campaign.rule)[0][0]
    ruled = np.zeros(len(orders), bool)
    for c in business.campaigns:
        if c.rule == campaign.rule:
            ruled |= (orders.campaign == c.number) & np.isin(day, c.sale_days)

    def tilt(where: np.ndarray) -> float:
        above = ((value >= step) & (value < 1.2 * step) & where).sum()
        below = ((value >= 0.8 * step) & (value < step) & where).sum()
        return float(above / below)

    assert tilt(ruled) > 1.2 * tilt(~ruled)


def test_stock_is_never_sold_twice(business: Business) -> None:
    """What did not come about is in the truth and in no order."""
    assert business.stock.filled.sum() == len(business.lines)
    assert (business.orders.warehouse >= 0).all()

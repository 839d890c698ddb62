"""A level that moved of its own accord before an event is not the event's effect."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from made_shop import shop_of
from opsbook.campaign.baseline import event_lift, lift_of_series
from opsbook.campaign.event import event_of
from opsbook.campaign.ordinary import design_for, ordinary_days
from opsbook.campaign.uplift_findings import uplift_findings

FIRST, DAYS = date(2025, 1, 6), 500
STARTS = (180, 200, 310, 345, 400)


def shop_with(counts: np.ndarray, start: int, *more: tuple[str, int, int]):
    """A shop with so many orders a day and a ten-day event."""
    day = np.repeat(np.arange(len(counts)), counts)
    orders = pd.DataFrame(
        {
            "order_id": [f"O{i:06d}" for i in range(len(day))],
            "customer_id": "C",
            "order_ts": pd.Timestamp(FIRST) + pd.to_timedelta(day, unit="D"),
            "status": "paid",
        }
    )
    rows = [("K1", start, start + 9), *more]
    campaigns = pd.DataFrame(
        [(i, i, FIRST + timedelta(days=a), FIRST + timedelta(days=b)) for i, a, b in rows],
        columns=["campaign_id", "name", "start_date", "end_date"],
    )
    return shop_of(orders=orders, campaigns=campaigns)


def told(moves: dict[tuple[int, int], float], *more: tuple[str, int, int]):
    """The event of days 200 to 209; sales are multiplied from one day to before another."""
    mean = np.full(DAYS, 120.0)
    for (first, last), factor in moves.items():
        mean[first:last] *= factor
    shop = shop_with(np.random.default_rng(3).poisson(mean), 200, *more)
    return event_lift(shop, event_of(shop, "K1"))


def test_a_step_five_days_before_is_not_ascribed_to_the_event():
    found = told({(195, DAYS): 1.25})
    assert found.moved is not None
    assert (found.moved.kind, found.moved.days) == ("before", 5)
    assert found.moved.before == pytest.approx(0.25, abs=0.12)
    assert found.moved.after_low < 0.25 < found.moved.after_high
    assert not found.main.net.real
    assert "cannot be ascribed" in found.headline()
    assert "before the event sales departed" in found.words()
    note = uplift_findings(found)[0]
    assert note.confidence == "low"
    assert "what else changed" in note.action


def test_a_step_down_before_the_event_is_no_harm_done_by_it():
    found = told({(195, DAYS): 0.75})
    assert found.moved is not None
    assert not found.main.net.real


def test_a_level_that_stays_moved_after_the_event_is_said():
    found = told({(200, DAYS): 1.3})
    assert found.moved is not None
    assert found.moved.kind == "after"
    assert "a lasting change of the same weeks" in found.headline()


def test_a_true_sale_beside_a_step_keeps_what_the_step_cannot_explain():
    found = told({(195, DAYS): 1.25, (200, 210): 2.5})
    net = found.main.net
    assert found.moved is not None
    # On 10 days 120 x 1.25 x 1.5 more: 2,250. The step alone makes 31 days x 30 at most.
    assert net.low > 900
    assert net.low < 2_250 < net.high
    assert "only" in found.headline()


def test_a_sale_that_comes_and_goes_is_credited_in_full():
    found = told({(200, 210): 1.6, (210, 224): 0.9})
    assert found.moved is None
    assert "would not have come anyway" in found.headline()
    assert "own accord" not in found.words()


def test_waiting_for_the_event_is_no_move_of_the_level():
    found = told({(195, 200): 0.7, (200, 210): 1.8})
    assert found.moved is None


def test_days_before_that_belong_to_another_sale_are_said_to_be_unseen():
    found = told({(200, 210): 2.0}, ("K0", 180, 199))
    assert found.main.moved is not None
    assert found.main.moved.days == 0
    assert "cannot be seen" in found.words()


def drifting(kind: str, seed: int):
    """Sixty orders a day with weekdays and a drift; a step of a quarter five days before, or none.

    Returns:
        The lift, and what the event truly added on its window.
    """
    rng = np.random.default_rng([seed, 5])
    start = STARTS[seed % len(STARTS)]
    drift = np.zeros(DAYS)
    for k in range(1, DAYS):
        drift[k] = 0.95 * drift[k - 1] + 0.02 * rng.normal()
    day = np.arange(DAYS)
    week = np.array([0.95, 1.0, 1.0, 1.1, 1.15, 0.9, 0.9])[day % 7]
    mean = 60 * np.exp(drift) * week
    if kind == "step":
        mean = mean * np.where(day >= start - 5, 1.25, 1.0)
    added = np.where((day >= start) & (day < start + 10), 0.3 * mean, 0.0)
    added = added if kind == "sale" else np.zeros(DAYS)
    shop = shop_with(np.ones(DAYS, int), start)
    event = event_of(shop, "K1")
    days = pd.date_range(FIRST, periods=DAYS)
    ordinary = ordinary_days(shop, event, days)
    series = pd.Series(rng.poisson(mean + added).astype(float), index=days)
    lift = lift_of_series(series, "orders", ordinary, design_for(ordinary), event)
    return lift, float(added[ordinary.window].sum())


@pytest.mark.slow
def test_steps_are_noticed_and_calm_worlds_are_left_alone():
    """Measured over 40 seeds each: a false effect said without a word, warnings, coverage."""
    found = {
        kind: [drifting(kind, seed) for seed in range(40)] for kind in ("step", "none", "sale")
    }
    silent = [one.net.real and not one.moved.seen for one, _ in found["step"]]
    assert np.mean(silent) <= 0.1
    calm = [one.moved.seen for kind in ("none", "sale") for one, _ in found[kind]]
    assert np.mean(calm) <= 0.1
    inside = [one.net.low <= added <= one.net.high for kind in found for one, added in found[kind]]
    assert np.mean(inside) >= 0.9

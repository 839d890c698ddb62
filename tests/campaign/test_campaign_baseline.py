"""What ordinary days would have been: fits by hand, intervals that hold, placebo dates."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from made_shop import shop_of
from opsbook.campaign.baseline import event_lift
from opsbook.campaign.event import event_of
from opsbook.campaign.ordinary import ordinary_days
from opsbook.campaign.pull_forward import pull_forward
from opsbook.campaign.structural import Design, expected_days, left_out
from opsbook.errors import CannotTell, ParameterError

START = date(2025, 1, 6)


def plain_design(n: int) -> Design:
    weekday = np.arange(n) % 7
    columns = [np.ones(n)] + [(weekday == d).astype(float) - (weekday == 6) for d in range(6)]
    return Design(tuple("c" * 7), np.column_stack(columns), np.array([2.0] + [0.3] * 6))


def test_a_weekly_rhythm_without_noise_is_continued_exactly():
    y = np.tile([10.0, 20, 30, 40, 50, 60, 70], 30)
    ask = np.zeros(210, bool)
    ask[100:107] = True
    found = expected_days(y, plain_design(210), ~ask, ask)
    assert found.mean == pytest.approx(y[ask], rel=0.05)


def test_the_interval_grows_with_the_gap_that_must_be_bridged():
    rng = np.random.default_rng(1)
    drift = np.cumsum(rng.normal(0, 0.04, 400))
    y = rng.poisson(60 * np.exp(drift - drift.mean())).astype(float)

    ask = np.zeros(400, bool)
    ask[200:260] = True
    found = expected_days(y, plain_design(400), ~ask, ask)
    spread = np.log(found.draws).std(axis=0)
    assert spread[30] > 1.3 * spread[0]


def test_drifting_levels_stay_inside_their_intervals():
    rng, hits, worlds = np.random.default_rng(7), 0, 60
    for _ in range(worlds):
        drift = np.zeros(365)
        for i in range(1, 365):
            drift[i] = np.exp(-1 / 15) * drift[i - 1] + rng.normal(0, 0.035)
        mean = 40 * np.exp(drift)
        ask = np.zeros(365, bool)
        ask[170:190] = True
        found = expected_days(
            rng.poisson(mean).astype(float), plain_design(365), ~ask, ask, draws=600
        )
        low, high = np.quantile(found.draws.sum(axis=1), [0.025, 0.975])
        hits += low <= mean[ask].sum() <= high
    # Standard error of a share of .95 in 60: .028.
    assert hits / worlds >= 0.88


def test_placebo_blocks_are_off_by_as_much_as_the_model_says():
    rng = np.random.default_rng(3)
    y = rng.poisson(50, 600).astype(float)
    blocks = [np.arange(s, s + 14) for s in range(20, 560, 14)]
    actual, told, error = left_out(y, plain_design(600), np.ones(600, bool), blocks)
    z = (actual - told) / error
    assert 0.7 < z.std() < 1.35
    assert actual[0] == y[20:34].sum()


def test_six_weeks_are_needed():
    keep = np.zeros(100, bool)
    keep[:41] = True
    with pytest.raises(CannotTell, match="42 ordinary days"):
        expected_days(np.ones(100), plain_design(100), keep, ~keep)


def made(effects: dict[int, float], *, days: int = 400, seed: int = 1, campaigns=None, level=40):
    """A shop whose expected orders are multiplied on some days."""
    rng = np.random.default_rng(seed)
    mean = np.full(days, float(level))
    for day, factor in effects.items():
        mean[day] *= factor
    counts = rng.poisson(mean)
    day = np.repeat(np.arange(days), counts)
    orders = pd.DataFrame(
        {
            "order_id": [f"O{i:06d}" for i in range(len(day))],
            "customer_id": [f"C{i % 997}" for i in range(len(day))],
            "order_ts": pd.Timestamp(START) + pd.to_timedelta(day, unit="D"),
            "status": "paid",
        }
    )
    lines = orders[["order_id"]].assign(
        line_id="1", sku="A", qty=1, paid_price=10.0, list_price=10.0, unit_cost=6.0
    )
    rows = campaigns or [("K1", "Sale", 200, 209)]
    frame = pd.DataFrame(
        [
            (i, n, START + timedelta(days=a), START + timedelta(days=b))
            for i, n, a, b in rows
        ],
        columns=["campaign_id", "name", "start_date", "end_date"],
    )  # fmt: skip
    return shop_of(orders=orders, order_lines=lines, campaigns=frame), mean, counts


def test_a_sale_with_a_dip_is_told_apart_part_by_part():
    peak = dict.fromkeys(range(200, 210), 2.0)
    dip = dict.fromkeys(range(210, 224), 0.6)
    shop, _, counts = made(peak | dip)
    brought = event_lift(shop, event_of(shop, "K1"))
    lift = brought.lifts["orders"]
    assert lift.parts["peak"].actual == counts[200:210].sum()
    # Expected 10 x 40 more in the peak and 14 x 16 fewer after it: net 400 - 224 = 176.
    assert lift.parts["peak"].low < 400 < lift.parts["peak"].high
    assert lift.parts["after"].low < -224 < lift.parts["after"].high
    assert lift.net.low < 176 < lift.net.high
    dipped = pull_forward(brought, "orders")
    assert dipped.verdict == "pulled forward"
    assert dipped.share == pytest.approx(0.56, abs=0.2)


def test_margin_and_sales_are_those_of_the_orders_where_all_are_alike():
    shop, _, _ = made(dict.fromkeys(range(200, 210), 2.0))
    lifts = event_lift(shop, event_of(shop, "K1")).lifts
    assert lifts["gmv"].net.gain == pytest.approx(10 * lifts["orders"].net.gain, rel=0.03)
    assert lifts["margin"].net.gain == pytest.approx(4 * lifts["orders"].net.gain, rel=0.03)


def test_an_event_without_effect_is_not_credited():
    shop, _, _ = made({}, seed=5)
    brought = event_lift(shop, event_of(shop, "K1"))
    assert not brought.lifts["orders"].net.real
    assert "no effect" in brought.headline()


def test_a_lasting_step_just_before_the_event_widens_the_interval_and_is_said():
    """From two days before the sale on 40 % more is sold for good; the sale adds nothing."""
    step = dict.fromkeys(range(198, 400), 1.4)
    shop, _, _ = made(step, level=120)
    lift = event_lift(shop, event_of(shop, "K1")).lifts["orders"]
    assert lift.stepped > 0.5
    assert not lift.net.real
    # Everything from nothing to the whole step on ten days is possible.
    assert lift.event.high - lift.event.low > 0.3 * 10 * 120
    assert "stepped" in event_lift(shop, event_of(shop, "K1")).words()
    even, _, _ = made({}, level=120)
    calm = event_lift(even, event_of(even, "K1"))
    assert calm.lifts["orders"].stepped < 0.2
    assert "stepped" not in calm.words()


def test_a_small_campaign_on_the_same_days_keeps_its_usual_effect():
    # Six flash days, one of them inside the sale, each doubling its day: the sale adds nothing.
    flash = [60, 90, 120, 205, 260, 300]
    rows = [("K1", "Sale", 200, 209)] + [(f"F{d}", f"Flash {d}", d, d) for d in flash]
    shop, _, _ = made(dict.fromkeys(flash, 2.0), campaigns=rows, level=120)
    event = event_of(shop, "K1")
    days = pd.date_range(START, periods=400)
    ordinary = ordinary_days(shop, event, days)
    marks = [v for k, v in ordinary.columns.items() if k.startswith("small")]
    assert sum(float(m[205]) for m in marks) == 1.0
    net = event_lift(shop, event).lifts["orders"].net
    assert not net.real


def test_an_event_in_the_future_says_so():
    shop, _, _ = made({}, campaigns=[("K1", "Sale", 500, 509)])
    with pytest.raises(CannotTell, match="when it has begun"):
        event_lift(shop, event_of(shop, "K1"))


def test_a_running_event_tells_the_days_so_far():
    shop, _, counts = made(dict.fromkeys(range(390, 400), 2.0), campaigns=[("K1", "S", 390, 420)])
    brought = event_lift(shop, event_of(shop, "K1"))
    assert not brought.finished
    assert brought.lifts["orders"].event.actual == counts[390:].sum()
    assert "so far" in brought.words()


def test_a_one_day_event_has_an_answer():
    shop, _, _ = made({200: 4.0}, campaigns=[("K1", "Day", 200, 200)])
    gain = event_lift(shop, event_of(shop, "K1")).lifts["orders"].event
    assert gain.low < 120 < gain.high
    assert gain.real


def test_level_out_of_range_is_refused():
    shop, _, _ = made({})
    with pytest.raises(ParameterError, match="level"):
        event_lift(shop, event_of(shop, "K1"), level=1.0)

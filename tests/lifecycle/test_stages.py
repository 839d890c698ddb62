"""Stages by own rhythm: the clock is found, moves with the customer, and tells who left."""

import numpy as np
import pandas as pd
import pytest
from bought_days import day, shop_of_buyers
from scipy.integrate import quad
from scipy.stats import gamma
from value_shops import shop_of_purchases

from opsbook.common.shares import wilson
from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.own_clock import OwnClock, fit_own_clock
from opsbook.lifecycle.stage_customers import own_clock
from opsbook.lifecycle.stage_findings import stage_findings
from opsbook.lifecycle.stage_rules import STAGES, FixedDays, OwnRhythm
from opsbook.lifecycle.stages import stage_list, stages
from opsbook.lifecycle.stages_chart import stage_table

CLOCK = OwnClock(0.5, 30.0, 0.9, 0.7, 0, 0)
REFUNDS = pd.DataFrame(
    {
        "return_id": ["r1", "r2"],
        "order_id": ["o000000", "o000001"],
        "sku": ["s", "s"],
        "request_ts": pd.to_datetime(["2024-03-02", "2024-03-02"]),
        "refund_amount": [10.0, 80.0],
    }
)


def shop_with_refunds(**tables: pd.DataFrame):
    """40 and 80, the latter refunded, and a guest's 5."""
    return shop_of_purchases(
        pd.DataFrame(
            {
                "customer": ["a", "b", None],
                "day": ["2024-03-01", "2024-03-01", "2024-03-01"],
                "amount": [40.0, 80.0, 5.0],
                "status": ["completed", "refunded", "completed"],
            }
        ),
        **tables,
    )


def test_share_back_is_the_mixture_it_claims_to_be():
    """Integrate exp(-rate t) over the gamma left after 3 repeats in 60 days."""
    left, _ = quad(
        lambda rate: np.exp(-rate * 45) * gamma.pdf(rate, 0.5 + 3, scale=1 / (30 + 60)), 0, 1
    )
    assert float(CLOCK.share_back(45.0, 3.0, 60.0)) == pytest.approx(1 - left, rel=1e-6)


def test_due_days_invert_the_share():
    due = CLOCK.due_days(0.8, np.array([4.0]), np.array([100.0]), 365)
    within = CLOCK.share_back(np.array([365.0]), np.array([4.0]), np.array([100.0]))
    assert CLOCK.share_back(due, np.array([4.0]), np.array([100.0])) == pytest.approx(0.8 * within)


def test_a_frequent_buyer_is_late_sooner_than_a_slow_one():
    often, seldom = CLOCK.due_days(0.8, np.array([10.0, 2.0]), np.array([200.0, 300.0]), 365)
    assert often < 60 < 120 < seldom


def simulated(n: int = 4000, seed: int = 1):
    """Customers who follow the model exactly: shape .6, scale 40 days, stay .85 and .7."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.6, 1 / 40, n)
    start = rng.uniform(0, 600, n)
    now, last, repeats = start.copy(), start.copy(), np.zeros(n)
    stays = rng.random(n) < 0.85
    gone = ~stays
    for _ in range(400):
        step = now + rng.exponential(1 / rate)
        buys = stays & (step <= 720)
        last[buys], repeats[buys] = step[buys], repeats[buys] + 1
        stays = buys & (rng.random(n) < 0.7)
        gone |= buys & ~stays
        now = step
        if not stays.any():
            break
    frame = pd.DataFrame(
        {"repeats": repeats, "span_days": last - start, "silent_days": 720 - last, "customers": 1}
    )
    return frame, gone


def test_planted_rhythm_is_recovered():
    frame, _ = simulated(12_000)
    clock = fit_own_clock(frame)
    assert clock.shape == pytest.approx(0.6, abs=0.08)
    assert clock.scale_days == pytest.approx(40, rel=0.2)
    assert clock.stay == pytest.approx(0.7, abs=0.05)
    assert clock.stay_first == pytest.approx(0.85, abs=0.08)


def test_merging_many_histories_hardly_moves_the_fit(monkeypatch):
    frame, _ = simulated(6000)
    whole = fit_own_clock(frame)
    monkeypatch.setattr("opsbook.lifecycle.own_clock._MOST_CELLS", 100)
    merged = fit_own_clock(frame)
    assert merged.shape == pytest.approx(whole.shape, rel=0.03)
    assert merged.scale_days == pytest.approx(whole.scale_days, rel=0.06)


def test_own_clock_tells_who_left_better_than_days_of_silence():
    from sklearn.metrics import roc_auc_score

    frame, gone = simulated()
    clock = fit_own_clock(frame)
    chance = clock.chance_gone(
        *(frame[c].to_numpy(float) for c in ("silent_days", "repeats", "span_days"))
    )
    assert roc_auc_score(gone, chance) > roc_auc_score(gone, frame["silent_days"]) + 0.02
    # And its chance is a chance: with the planted clock as many are gone as it says.
    planted = OwnClock(0.6, 40.0, 0.85, 0.7, 0, 0).chance_gone(
        *(frame[c].to_numpy(float) for c in ("silent_days", "repeats", "span_days"))
    )
    assert planted.mean() == pytest.approx(gone.mean(), abs=0.02)


BUYERS = [
    *[("weekly", d) for d in range(0, 200, 7)],
    *[("yearly", d) for d in (0, 100, 200)],
    ("fresh", 235),
    *[("back", d) for d in (0, 5, 10, 15, 20, 236)],
    ("old", 2),
    ("z", 240),
]
SIGNUP = {"weekly": 0, "yearly": 0, "fresh": 230, "back": 0, "old": -300, "z": 240}


def at_240(rule=None):
    shop = shop_of_buyers(BUYERS, signup=SIGNUP)
    return shop, stages(shop, rule=rule or OwnRhythm(), clock=CLOCK)


def stage_of(result) -> dict[str, str]:
    frame = result.table.select("customer_id", "stage").execute()
    return dict(zip(frame["customer_id"], frame["stage"], strict=True))


def test_the_same_silence_means_different_things():
    _, result = at_240()
    found = stage_of(result)
    assert found["weekly"] in ("dormant", "lost")  # 44 days after a purchase every 7
    assert found["yearly"] == "active"  # 40 days after one every 100
    assert found["fresh"] == "new"
    assert found["back"] == "reactivated"  # 216 days away after one every 5
    assert found["old"] != "new"  # registered before the data


def test_fixed_days_treat_everyone_alike():
    found = stage_of(at_240(FixedDays())[1])
    assert found["weekly"] == found["yearly"] == "at risk"
    assert found["back"] == "reactivated"


def test_stages_in_the_engine_are_those_of_the_clock():
    _, result = at_240()
    frame = result.table.execute()
    due = CLOCK.due_days(
        0.8, frame["repeats"].to_numpy(float), frame["span_days"].to_numpy(float), 365
    )
    assert frame["at_risk_after"].to_numpy(float) == pytest.approx(due)


def test_stages_at_an_earlier_day_ignore_what_came_later():
    shop = shop_of_buyers(BUYERS, signup=SIGNUP)
    found = stage_of(stages(shop, at=day(21), clock=CLOCK))
    assert set(found) == {"weekly", "yearly", "back", "old"}
    assert found["back"] == "active"


def test_lists_reconcile_with_counts():
    shop, result = at_240()
    lists = {stage: stage_list(shop, result, stage) for stage in STAGES}
    for row in result.counts.itertuples():
        assert len(lists[row.stage]) == row.customers
    everyone = pd.concat(lists.values())
    assert everyone["customer_id"].is_unique
    assert len(everyone) == result.customers == 6
    # Net sales of the lists add up to the table's, stage by stage.
    for row in result.counts.itertuples():
        if row.customers:
            assert lists[row.stage]["sales"].sum() == pytest.approx(row.sales)


def test_too_few_repeat_buyers_for_a_rhythm_is_said_and_fixed_days_still_work():
    shop = shop_of_buyers([("a", 0), ("b", 5), ("b", 50)])
    with pytest.raises(CannotTell, match="go by fixed days"):
        stages(shop)
    result = stages(shop, rule=FixedDays())
    assert result.customers == 2
    assert stage_findings(result) == []
    assert "nan" not in stage_table(result).html()


def test_shop_with_one_customer_one_day_and_guests():
    assert stages(shop_of_buyers([("a", 0)]), rule=FixedDays()).customers == 1
    with pytest.raises(CannotTell):
        stages(shop_of_buyers([(None, 0)]), rule=FixedDays())


def test_rules_out_of_order_are_refused():
    with pytest.raises(ParameterError, match="rise"):
        OwnRhythm(at_risk=0.9, dormant=0.8)
    with pytest.raises(ParameterError, match="rise"):
        FixedDays(at_risk_days=90, dormant_days=30)


def test_clock_of_a_shop_uses_customers_known_from_their_first_purchase():
    frame, _ = simulated(900, seed=4)
    bought, signup = [], {}
    for i, row in enumerate(frame.itertuples()):
        first = int(720 - row.silent_days - row.span_days)
        signup[f"c{i}"] = first
        bought.append((f"c{i}", first))
        for step in range(1, int(row.repeats) + 1):
            bought.append((f"c{i}", int(first + row.span_days * step / row.repeats)))
    bought += [("older", 1), ("older", 2)]
    signup["older"] = -500
    clock = own_clock(shop_of_buyers(bought, signup=signup))
    assert clock.customers == 900


def outcomes(back: int, lost: int) -> pd.DataFrame:
    low = wilson(np.array([back]), np.array([lost]))[0]
    frame = pd.DataFrame({"stage": list(STAGES), "rate": 0.5, "low": 0.4})
    frame.loc[frame["stage"] == "lost", ["rate", "low"]] = [back / lost, low[0]]
    return frame


def test_where_the_lost_come_back_the_table_says_keep_writing():
    found = stages(shop_of_buyers([("a", 0), ("a", 40), ("b", 3)]), rule=FixedDays())
    assert "70 % of those called lost" in stage_table(found, outcomes(70, 100)).note
    assert stage_table(found, outcomes(2, 100)).note == ""
    # Two of three prove nothing.
    assert stage_table(found, outcomes(2, 3)).note == ""


def test_sales_by_stage_are_the_same_on_a_shop_too_large_to_write_down(monkeypatch):
    for extra in ({}, {"returns": REFUNDS}):
        small = stages(shop_with_refunds(**extra), rule=FixedDays()).counts["sales"]
        monkeypatch.setattr("opsbook.lifecycle.once._SMALL", 0)
        large = stages(shop_with_refunds(**extra), rule=FixedDays()).counts["sales"]
        monkeypatch.undo()
        assert small.sum() == (30.0 if extra else 40.0)
        pd.testing.assert_series_equal(small, large)

"""Migration between stages accounts for every customer."""

import numpy as np
import pytest
from bought_days import day, shop_of_buyers

from opsbook.errors import CannotTell, ParameterError
from opsbook.lifecycle.migration import NOT_YET, migration, stage_history, stage_outcomes
from opsbook.lifecycle.own_clock import OwnClock
from opsbook.lifecycle.stage_rules import STAGES, FixedDays, OwnRhythm
from opsbook.lifecycle.stages import stages
from opsbook.lifecycle.stages_chart import flow_table, plot_migration, plot_stage_history

CLOCK = OwnClock(0.5, 30.0, 0.9, 0.7, 0, 0)


@pytest.fixture(scope="module")
def shop():
    rng = np.random.default_rng(11)
    bought = []
    for i in range(400):
        now = float(rng.integers(0, 500))
        pace = rng.gamma(1.0, 60) + 5
        while now < 540:
            bought.append((f"c{i}", int(now)))
            if rng.random() < 0.3:
                break
            now += rng.exponential(pace) + 1
    return shop_of_buyers(bought)


@pytest.mark.parametrize("rule", [OwnRhythm(), FixedDays()], ids=["own rhythm", "fixed days"])
def test_flows_add_up_to_the_change_in_stock_to_the_customer(shop, rule):
    moved = migration(shop, day(400), rule=rule, clock=CLOCK)
    flows = moved.flows
    assert (flows["before"] + flows["came"] - flows["left"] == flows["after"]).all()
    assert flows["before"].tolist() == moved.before.counts["customers"].tolist()
    assert flows["after"].tolist() == moved.after.counts["customers"].tolist()
    assert moved.matrix.to_numpy().sum() == moved.after.customers
    assert moved.matrix.loc[NOT_YET].sum() == moved.after.customers - moved.before.customers
    s = moved.stock
    assert s["before"] + s["joined"] + s["won_back"] - s["fell_silent"] == s["after"]
    assert s["joined"] + s["passed_by"] == moved.matrix.loc[NOT_YET].sum()
    assert moved.matrix.to_numpy().sum() == 400


def test_nobody_leaves_lost_without_buying(shop):
    moved = migration(shop, day(400), clock=CLOCK)
    assert moved.matrix.loc["lost", ["dormant", "new"]].sum() == 0
    then = moved.before.table.filter(moved.before.table.stage == "lost").execute()
    now = moved.after.table.execute().set_index("customer_id")
    here = now.loc[then["customer_id"]]
    woke = here["last_day"] > np.datetime64(day(400))
    assert (here.loc[~woke.to_numpy(), "stage"] == "lost").all()


def test_history_ends_with_the_stages_of_today(shop):
    result = stages(shop, clock=CLOCK)
    history = stage_history(shop, result, months=3)
    last = history[history["at"] == history["at"].max()].set_index("stage")["customers"]
    assert last.to_dict() == dict(
        zip(result.counts["stage"], result.counts["customers"], strict=True)
    )
    assert set(history["stage"]) == set(STAGES)


def test_outcomes_count_only_what_came_after(shop):
    result = stages(shop, rule=FixedDays())
    found = stage_outcomes(shop, result, days=90)
    earlier = stages(shop, at=result.at.fromordinal(result.at.toordinal() - 90), rule=FixedDays())
    assert found["customers"].tolist() == earlier.counts["customers"].tolist()
    assert found["bought"].sum() < found["customers"].sum()
    per = found.set_index("stage")
    assert per.loc["active", "rate"] > per.loc["lost", "rate"]


def test_days_out_of_order_are_refused(shop):
    with pytest.raises(ParameterError, match="earlier"):
        migration(shop, day(500), at=day(400), rule=FixedDays())
    with pytest.raises(ParameterError, match="after the data"):
        stages(shop, at=day(5000), rule=FixedDays())


def test_too_short_to_look_ahead_is_said():
    shop = shop_of_buyers([("a", 0), ("b", 20)])
    with pytest.raises(CannotTell, match="too short"):
        stage_outcomes(shop, stages(shop, rule=FixedDays()))


def test_figures_can_be_drawn_and_read(shop):
    moved = migration(shop, day(400), rule=FixedDays())
    history = stage_history(shop, moved.after, months=3)
    for chart in (plot_migration(moved), plot_stage_history(history, moved.after)):
        assert "nan" not in (chart.title + chart.alt).lower()
        assert chart.svg(phone=True).startswith("<svg")
    assert "nan" not in flow_table(moved).html()
